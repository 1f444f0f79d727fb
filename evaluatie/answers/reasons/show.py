"""What readers see of reasons: columns, a table, a figure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.reasons.table import load_reasons
from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run

__all__ = ["CHANGES", "FIGURES", "RULES", "SHARES", "TABLES", "draw", "reason"]


def reason(row: Row, lang: str) -> str:
    """Say which reason, or which group of reasons, a row is about."""
    key = str(row["reason"])
    return say(f"reasons.group_{key}", lang) if row["level"] == "group" else _words(key, lang)


def _words(key: str, lang: str) -> str:
    return load_reasons()[key].words(lang)


def _count(row: Row, lang: str) -> str:
    low, high = row["count_low"], row["count_high"]
    if bool(pd.isna(low)) or bool(pd.isna(high)):
        return formatting.UNKNOWN
    ends = (formatting.count(int(end), lang) for end in (low, high))
    return formatting.count(int(low), lang) if low == high else formatting.span(ends, lang)


def _share(stem: str, decimals: int) -> Callable[[Row, str], str]:
    """Print a share with its interval, or the range that print leaves open."""

    def cell(row: Row, lang: str) -> str:
        shown = partial(formatting.percent, lang=lang, decimals=decimals)
        low, high = row[f"{stem}_low"], row[f"{stem}_high"]
        if bool(pd.isna(low)) or bool(pd.isna(high)):
            return formatting.UNKNOWN
        ends = formatting.span((shown(float(low)), shown(float(high))), lang)
        return ends if row["basis"] == "printed" else f"{shown(float(row[stem]))} ({ends})"

    return cell


_REASON = Column(
    "reason", "text", "Reden", "Reason",
    "Key of the reason in reasons.toml; of a group of reasons design or any", True, reason,
)  # fmt: skip
_LEVEL = Column("level", about="reason, group of reasons, or valid (only a party)", filled=True)
_GROUP = Column(
    "group", about="design (tied to the new ballot), any (possible on any) or valid", filled=True
)
_N = c.N_MUNICIPALITIES.called("", "")
_CHANGE = ("Verandering (procentpunt)", "Change (percentage points)")

SHARES: tuple[Column, ...] = (
    c.ELECTION,
    Column("basis", about="What it rests on: counts or printed totals", filled=True),
    _LEVEL,
    _REASON,
    _GROUP,
    _N,
    Column("count", "count", "Stembiljetten", "Ballots", "Ballots of this reason", show=_count),
    Column("count_low", "count", about="Fewest ballots that what is known allows"),
    Column("count_high", "count", about="Most ballots that what is known allows"),
    Column(
        "share_invalid", "percent1", "Van de ongeldige", "Of invalid",
        "Share of the invalid votes", show=_share("share_invalid", 1),
    ),
    Column("share_invalid", "interval", about="end of the share of the invalid votes"),
    Column(
        "share_ballots", "percent3", "Van alle", "Of all", "Share of the ballots found",
        show=_share("share_ballots", 3),
    ),
    Column("share_ballots", "interval", about="end of the share of the ballots found"),
    Column("design_effect", "number", about="Variance over that of independent ballots"),
    c.METHOD,
)  # fmt: skip
"""Rows by election and reason or group of reasons."""


def _rule(row: Row, lang: str) -> str:
    return say(f"reasons.rule_{row['rule']}", lang)


RULES: tuple[Column, ...] = (
    c.ELECTION,
    Column(
        "rule", "text", "Regel", "Rule",
        "Rule of validity: as_held, nonexistent_counts or party_only_invalid", True, _rule,
    ),
    _N,
    Column("ballots", "count", about="Ballots found", filled=True),
    Column("invalid", "count", "Ongeldig", "Invalid", "Invalid votes under the rule", True),
    Column("share", "percent", "Aandeel", "Share", "Of the ballots found", True),
    Column("change", "count", about="Ballots more invalid than as held", filled=True),
    Column("share_change", "points", *_CHANGE, "The same, as a share of ballots", True),
)  # fmt: skip
"""Rows by election and rule of validity."""

CHANGES: tuple[Column, ...] = (
    c.ELECTION.called("", ""),
    c.BASELINE.called("", "", filled=True),
    _LEVEL,
    _REASON,
    _GROUP,
    _N,
    Column("before", "percent", "Eerst", "First", "Share of ballots at the baseline", True),
    Column("after", "percent", "Daarna", "Then", "Share of ballots at the election", True),
    c.ESTIMATE.called(*_CHANGE, about="Share at the election minus share at the baseline"),
    c.CONF,
    c.METHOD,
)
"""Rows by reason, of two elections in the same municipalities."""


def _rows(run: Run) -> pd.DataFrame:
    return run.frame("reasons")


def _draw(rows: pd.DataFrame, run: Run, lang: str) -> Figure:
    from evaluatie.answers.reasons.draw import reasons

    return reasons(rows, lang)


def draw(answer: Answer, lang: str) -> Figure:
    """Draw shares of all ballots by reason."""
    from evaluatie.answers.reasons.draw import reasons

    return reasons(answer.table, lang)


TABLES = (TableFor("reasons", SHARES, _rows, "reasons"),)
FIGURES = (FigureFor("reasons", _draw, TABLES[0]),)
