"""Why ballots were invalid: reader, template, shares, changes, and what other rules would do.

The counts per reason are recorded in every experiment municipality and are not public yet.
The user who has them fills in :func:`template` and gives the file to :func:`read_reasons`;
until then :func:`reasons` gives what the printed totals leave possible, and no count.
"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.reasons import show
from evaluatie.answers.reasons.analyse import reasons
from evaluatie.answers.reasons.compared import counterfactuals, reason_changes
from evaluatie.answers.reasons.run import reasons_command, run
from evaluatie.answers.reasons.table import (
    REASONS_TABLE,
    Reason,
    check_sums,
    load_reasons,
    read_reasons,
    template,
)

__all__ = [
    "ENTRY",
    "REASONS_TABLE",
    "Reason",
    "check_sums",
    "counterfactuals",
    "load_reasons",
    "read_reasons",
    "reason_changes",
    "reasons",
    "template",
]

ENTRY = Entry(
    name="reasons",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(
            reasons_command,
            (show.SHARES, show.RULES, show.CHANGES),
            name="reasons",
            select=(),
            positional=("file",),
            more={"sums": ("array", "Sums over the reasons beside the invalid votes")},
        ),
    ),
)
