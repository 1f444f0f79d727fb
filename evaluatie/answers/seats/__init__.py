"""Seats: who gets them by law, how few votes would have moved one, and whether lost votes could.

``allocate(votes, n_seats)`` is a pure function in exact integers; :func:`margins` and
:func:`could_matter` build on it; :func:`allocate_election`, :func:`margins_election` and
:func:`seats_at_stake` do the same for every body in a table.
"""

from evaluatie.answers.seats.allocation import (
    RULES,
    Rule,
    TieError,
    allocate,
    council_size,
    outcomes,
    rule_named,
)
from evaluatie.answers.seats.elections import (
    NATION,
    ElectionSeats,
    SeatMargins,
    SeatsAtStake,
    allocate_election,
    margins_election,
    rule_of,
    seats_at_stake,
)
from evaluatie.answers.seats.lost import LOSSES, is_national, lost_votes
from evaluatie.answers.seats.margins import Margins, SeatRisk, could_matter, margins
from evaluatie.answers.seats.readers import at_stake_for_readers, bodies_for_readers, body_votes
from evaluatie.answers.seats.search import smallest_change

__all__ = [
    "LOSSES",
    "NATION",
    "RULES",
    "ElectionSeats",
    "Margins",
    "Rule",
    "SeatMargins",
    "SeatRisk",
    "SeatsAtStake",
    "TieError",
    "allocate",
    "allocate_election",
    "at_stake_for_readers",
    "bodies_for_readers",
    "body_votes",
    "could_matter",
    "council_size",
    "is_national",
    "lost_votes",
    "margins",
    "margins_election",
    "outcomes",
    "rule_named",
    "rule_of",
    "seats_at_stake",
    "smallest_change",
]
