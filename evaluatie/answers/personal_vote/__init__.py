"""Do voters with the new ballot still vote for persons, and do numbers draw votes by mistake?

On the new ballot a voter marks a party and a number, not a name. :func:`personal_vote` compares
votes on candidates before and after, in municipalities with the new ballot and in others:
:mod:`~evaluatie.answers.personal_vote.measures` says of what,
:mod:`~evaluatie.answers.personal_vote.analyse` how. Everything starts from one row per
municipality and list: the shipped ones and a user's own counts by :func:`load_candidates`, any
other by :func:`summarise`.
"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.personal_vote import show
from evaluatie.answers.personal_vote.analyse import WEIGHTS, personal_vote
from evaluatie.answers.personal_vote.counts import elections_compared, load_candidates
from evaluatie.answers.personal_vote.measures import MEASURES, measures
from evaluatie.answers.personal_vote.run import personal_vote_command, run
from evaluatie.sources.candidate_table import summarise

__all__ = [
    "ENTRY",
    "MEASURES",
    "WEIGHTS",
    "elections_compared",
    "load_candidates",
    "measures",
    "personal_vote",
    "summarise",
]

ENTRY = Entry(
    name="personal_vote",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(
            personal_vote_command,
            (show.EFFECTS, show.MUNICIPALITIES),
            name="personal-vote",
            positional=("what",),
            select=(),
            files="candidate",
            more=show.PARTS,
        ),
    ),
)
