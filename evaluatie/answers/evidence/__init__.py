"""What has been published on every subject of the evaluation, reasons for invalidity included.

One long table holds it all: rows that ship, and the user's own. Counts per reason are recorded in
every experiment municipality and are not public yet; who has them adds them as rows, and until
then :func:`reasons` gives what printed totals leave possible, and no count.
"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.evidence import show
from evaluatie.answers.evidence.analyse import counting, evidence
from evaluatie.answers.evidence.reasons import reasons, rules
from evaluatie.answers.evidence.run import evidence_command, reasons_command, run
from evaluatie.answers.evidence.table import load_reasons

__all__ = ["ENTRY", "counting", "evidence", "load_reasons", "reasons", "rules"]

ENTRY = Entry(
    name="evidence",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(
            evidence_command,
            (show.SUBJECTS, show.ROWS),
            name="evidence",
            select=(),
            positional=("file",),
            more={
                "rows": ("array", "The rows of evidence"),
                "n_subjects": ("integer", "Subjects of the evaluation"),
                "n_empty": ("integer", "Subjects without anything at the latest election"),
            },
        ),
        Command(
            reasons_command,
            (show.REASONS, show.RULES),
            name="reasons",
            select=(),
            positional=("file",),
            more={"sums": ("array", "Sums over the reasons beside the invalid votes")},
        ),
    ),
)
