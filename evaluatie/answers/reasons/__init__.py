"""Why ballots were invalid: reader, template, shares, changes, and what other rules would do.

The counts per reason are recorded in every experiment municipality and are not public yet.
The user who has them fills in :func:`template` and gives the file to :func:`read_reasons`;
until then :func:`reasons` gives what the printed totals leave possible, and no count.
"""

from __future__ import annotations

from evaluatie.answers.reasons.analysis import ReasonsResult, reasons
from evaluatie.answers.reasons.changes import ReasonChangesResult, reason_changes
from evaluatie.answers.reasons.readers import for_readers
from evaluatie.answers.reasons.rules import CounterfactualResult, counterfactuals
from evaluatie.answers.reasons.table import (
    REASONS_TABLE,
    Reason,
    check_sums,
    load_reasons,
    read_reasons,
    template,
)

__all__ = [
    "REASONS_TABLE",
    "CounterfactualResult",
    "Reason",
    "ReasonChangesResult",
    "ReasonsResult",
    "check_sums",
    "counterfactuals",
    "for_readers",
    "load_reasons",
    "read_reasons",
    "reason_changes",
    "reasons",
    "template",
]
