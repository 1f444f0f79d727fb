"""What was printed about the experiment, and whether the counts reproduce it."""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.published import show
from evaluatie.answers.published.analyse import published
from evaluatie.answers.published.run import run
from evaluatie.answers.published.statements import statements

__all__ = ["ENTRY", "published", "statements"]

ENTRY = Entry(
    name="published",
    analyse=run,
    tables=show.TABLES,
    commands=(
        Command(published, (show.FIGURES,), select=(), hide=("elections",)),
        Command(statements, (show.STATEMENTS,), select=()),
    ),
)  # fmt: skip
