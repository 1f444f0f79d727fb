"""Seats: who gets them by law, how few votes would have moved one, and whether lost votes could.

``allocate(votes, n_seats)`` is a pure function in exact integers; :func:`margins` and
:func:`could_matter` build on it; :func:`allocate_election`, :func:`margins_election` and
:func:`seats_at_stake` do the same for every body in a table.
"""

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.seats import show
from evaluatie.answers.seats.allocation import (
    RULES,
    Rule,
    TieError,
    allocate,
    outcomes,
    rule_named,
)
from evaluatie.answers.seats.elections import (
    allocate_election,
    margins_election,
    rule_of,
    seats_at_stake,
)
from evaluatie.answers.seats.margins import could_matter, margins
from evaluatie.answers.seats.run import run, seats_command
from evaluatie.answers.seats.show import NATION
from evaluatie.answers.seats.votes import LOSSES, body_votes, is_national, lost_votes

__all__ = [
    "ENTRY",
    "LOSSES",
    "NATION",
    "RULES",
    "Rule",
    "TieError",
    "allocate",
    "allocate_election",
    "body_votes",
    "could_matter",
    "is_national",
    "lost_votes",
    "margins",
    "margins_election",
    "outcomes",
    "rule_named",
    "rule_of",
    "seats_at_stake",
]

ENTRY = Entry(
    name="seats",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(
            seats_command,
            (show.MARGINS, show.STAKE, show.LAW),
            name="seats",
            select=(),
            positional=("what",),
            more={"bodies": ("array", "Of law: councils or chambers, and whether lots decided")},
        ),
    ),
)
