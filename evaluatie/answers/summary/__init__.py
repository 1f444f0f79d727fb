"""What is the answer, in a few sentences?"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.summary import show
from evaluatie.answers.summary.analyse import run, statements, summary

__all__ = ["ENTRY", "statements", "summary"]

ENTRY = Entry(
    name="summary",
    analyse=run,
    figures=show.FIGURES,
    commands=(
        Command(
            summary,
            (show.TABLE,),
            select=(),
            listed=True,
            more={"names": ("object", "Election ids in words, nl and en")},
        ),
    ),
)
