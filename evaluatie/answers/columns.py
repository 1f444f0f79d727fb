"""Columns that many answers have: each means the same everywhere.

An answer takes them as they are, or under a heading of its own with :meth:`Column.called`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Row

POOLED = "pooled"
"""What stands under ``unit`` where a row is about all municipalities together."""
PRIMARY = "variance-weighted t"
"""The method of the effect that the report tells of, under ``method``."""

ELECTION = Column(
    "election", "text", "Verkiezing", "Election", "Election id such as TK2025", filled=True
)
BASELINE = Column(
    "baseline", "text", "Vergeleken met", "Compared with", "Election that is compared with"
)
OUTCOME = Column(
    "outcome", "word", "Uitkomst", "Outcome", "invalid, blank, rejected (both) or turnout", True
)
MUNICIPALITY_CODE = Column("municipality_code", about="CBS code: GM and four digits")
MUNICIPALITY = Column(
    "municipality", "text", "Gemeente", "Municipality",
    "Name; null where the row is of no single municipality",
)  # fmt: skip
GROUP = Column(
    "group", "word", "Groep", "Group",
    "Group of municipalities: experiment, comparison, first use, later use, all, …",
)  # fmt: skip
EXPOSURE = Column(
    "exposure", "count", "Hoeveelste keer", "Use",
    "How often voters of the municipality have met the new ballot, this election included",
)  # fmt: skip
VINTAGE = Column(
    "vintage", "word", "Telling", "Count", "official, provisional, mixed or printed", True
)
COUNT = Column("count", "count", "Aantal", "Number", "Numerator: votes of this kind")
TOTAL = Column(
    "total", "count", "Stembiljetten", "Ballots",
    "Denominator: ballots, or eligible voters for turnout",
)  # fmt: skip
ESTIMATE = Column(
    "estimate", "points", "Effect", "Effect",
    "The estimate, a difference of shares (fraction of ballots); null where it is known only "
    "between bounds, or not at all",
)  # fmt: skip
CONF = Column("conf", "interval_points", "95%-interval", "95% interval", "end of the 95% interval")
BOUND = Column(
    "bound", "interval_points", "Grenzen", "Bounds", "value that what is known allows at the most"
)
STD_ERROR = Column("std_error", "points", about="Standard error, as a fraction of ballots")
P_VALUE = Column("p_value", "p", "p", "p", "Two-sided p-value of no difference")
N_MUNICIPALITIES = Column(
    "n_municipalities", "count", "Gemeenten", "Municipalities", "Municipalities in the row"
)
N_TREATED = Column(
    "n_treated", "count", "Experiment", "Experiment",
    "Municipalities with the new ballot",
)  # fmt: skip
N_COMPARISON = Column(
    "n_comparison", "count", "Vergelijking", "Comparison",
    "Municipalities in the comparison group",
)  # fmt: skip
METHOD = Column("method", about="Method, by its stable short name", filled=True)
NOTE = Column(
    "note", about="Why there are no numbers, or a remark; empty where there is none", filled=True
)
REMARK = Column("remark", "text", "Opmerking", "Remark")


def names_of(columns: Iterable[Column]) -> list[str]:
    """Return the names in the frame that columns stand for."""
    return [name for column in columns for name in column.names]


def on_scale(value: float, scale: str, lang: str) -> str:
    """Print an estimate: a ratio, or a difference in percentage points; it may be infinite."""
    if value in (math.inf, -math.inf):
        return "∞" if value > 0 else "\N{MINUS SIGN}∞"
    return formatting.number(value, lang, 2) if scale == "ratio" else formatting.points(value, lang)


def range_on_scale(row: Row, stem: str, lang: str) -> str:
    """Print both ends of an interval or of bounds, on the ``scale`` of the row."""
    ends = [row[f"{stem}_low"], row[f"{stem}_high"]]
    if not pd.notna(ends).all():
        return formatting.UNKNOWN
    return formatting.span((on_scale(end, row["scale"], lang) for end in ends), lang)
