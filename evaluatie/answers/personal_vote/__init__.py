"""Do voters with the new ballot still vote for persons, and do numbers draw votes by mistake?

On the new ballot a voter marks a party and a number, not a name. :func:`personal_vote` compares
votes on candidates before and after, in municipalities with the new ballot and in others:
:mod:`~evaluatie.answers.personal_vote.measures` says of what, :mod:`~evaluatie.answers.personal_vote.analyse`
how. Everything starts from one row per municipality and list: the shipped ones and a user's own
counts by :func:`load_candidates`, any other by :func:`summarise`.
"""

from __future__ import annotations

from evaluatie.answers.personal_vote.analyse import WEIGHTS, PersonalVoteResult, personal_vote
from evaluatie.answers.personal_vote.counts import elections_compared, load_candidates
from evaluatie.answers.personal_vote.measures import MEASURES, measures
from evaluatie.answers.personal_vote.printed import PrintedGap, printed_gap
from evaluatie.answers.personal_vote.show import for_readers, main_rows, preference_changes
from evaluatie.sources.candidate_table import summarise

__all__ = [
    "MEASURES",
    "WEIGHTS",
    "PersonalVoteResult",
    "PrintedGap",
    "elections_compared",
    "for_readers",
    "load_candidates",
    "main_rows",
    "measures",
    "personal_vote",
    "preference_changes",
    "printed_gap",
    "summarise",
]
