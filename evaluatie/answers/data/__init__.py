"""What does the evaluation rest on: its plan, the counts, their sources, the size of its tests?"""

from __future__ import annotations

from evaluatie.answers.data import show
from evaluatie.answers.data.analyse import coverage
from evaluatie.answers.data.run import run
from evaluatie.answers.entry import Entry

__all__ = ["ENTRY", "coverage"]

ENTRY = Entry(name="data", analyse=run, tables=show.TABLES, figures=show.FIGURES)
