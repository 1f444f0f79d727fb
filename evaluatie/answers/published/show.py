"""What readers see of printed figures: each beside what the counts give."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.entry import TableFor
from evaluatie.answers.run import Run
from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

__all__ = ["FIGURES", "TABLES"]

_COUNTED = ("invalid", "blank", "rejected", "turnout", "valid", "ballots", "eligible")


def _known(value: Any) -> bool:
    return bool(pd.notna(value))


def _about(row: Row, lang: str) -> str:
    """Say whom and what a figure speaks of."""
    units, what = str(row["units"]), str(row["quantity"])
    named = row["municipality"] if units.startswith("GM") else say(f"published.of_{units}", lang)
    kind = "share" if row["is_share"] else "count"
    quantity = f"{kind}_{what}" if what in _COUNTED else what
    return f"{named}: {say(f'published.{quantity}', lang)}"


def _printed(row: Row, lang: str) -> str:
    """Print a figure with the decimals that it was printed with."""
    if not _known(row["printed_low"]):
        return say("published.more_than_a_third", lang)
    value, decimals = float(row["printed"]), int(row["decimals"])
    if row["is_share"]:
        return formatting.percent(value / 100, lang, decimals)
    return formatting.number(value, lang, decimals)


def _counted(row: Row, lang: str) -> str:
    """Print what the counts give, to one decimal more; a star marks a provisional count."""

    def one(value: float) -> str:
        if row["is_share"]:
            return formatting.percent(value, lang, int(row["decimals"]) + 1)
        return formatting.count(value, lang)

    parts = []
    if _known(row["computed"]):
        text = one(row["computed"]) + ("*" if row["vintage"] == "provisional" else "")
        n = int(row["n_missing"])
        key = "published.without_one" if n == 1 else "published.without"
        parts.append(say(key, lang, value=text, n=n) if n else text)
    if _known(row["low"]):
        # JSON has no infinity: there an open end is empty.
        high = float(row["high"]) if _known(row["high"]) else math.inf
        open_ended = math.isinf(high) or (row["is_share"] and high >= 1)
        parts.append(
            say("published.at_least", lang, value=one(row["low"]))
            if open_ended
            else formatting.span((one(row["low"]), one(high)), lang)
        )
    return "; ".join(parts) or formatting.UNKNOWN


def _why(row: Row, lang: str) -> str:
    """Say what may explain a difference, other readings that would fit first."""
    keys = dict.fromkeys(f"{row['readings']} {row['why']}".split())
    return " ".join(say(f"published.why_{key}", lang) for key in keys)


_ID = Column("id", "text", "", "", "Id of the printed figure", filled=True)
_ABOUT = Column(
    "units", "text", "Wat", "What", "The municipalities that the figure is computed over",
    show=_about,
)  # fmt: skip
_PRINTED = Column(
    "printed", "text", "Gepubliceerd", "Published", "The figure as printed", True, _printed
)
_COUNTS = Column("counts", "text", "Tellingen geven", "Counts give", show=_counted)
_WHY = Column(
    "why", "text", "Toelichting", "Explanation",
    "Why it cannot be computed or is second-hand, by stable short names", True, _why,
)  # fmt: skip

FIGURES: tuple[Column, ...] = (
    _ID,
    c.ELECTION,
    _ABOUT,
    _PRINTED,
    _COUNTS,
    Column(
        "verdict", "word", "Oordeel", "Verdict",
        "reproduced, reproduced-provisional, contradicted or not-computable", True,
    ),
    Column("scope", about="Whom the printed figure speaks of", filled=True),
    c.MUNICIPALITY.called("", ""),
    Column("measure", about="What was measured, as printed", filled=True),
    Column("quantity", about="What is computed: a share, a count, or what no count speaks to"),
    Column("is_share", "flag", about="The figure is a share", filled=True),
    Column("unit", about="Unit as printed", filled=True),
    Column("decimals", "count", about="Decimals that were printed; null where printed in words"),
    Column("printed", "interval", about="end of what the printed figure can stand for"),
    c.VINTAGE.called("", "", filled=False),
    Column("computed", "number", about="The figure as the counts give it"),
    Column("low", "number", about="Smallest value that the counts allow"),
    Column("high", "number", about="Largest value that the counts allow"),
    Column("mean", "number", about="Mean over municipalities, each counting once"),
    c.COUNT.called("", ""),
    c.TOTAL.called("", ""),
    Column("n_units", "count", about="Municipalities in the estimate"),
    Column("n_missing", "count", about="Municipalities without counts"),
    Column(
        "implied", "interval",
        about="end of the numbers of invalid votes that the printed share leaves possible",
    ),
    Column(
        "readings", filled=True,
        about="Other readings of the printed figure under which it reproduces",
    ),
    _WHY.called("", ""),
    Column("source_title", about="Title of the publication"),
    Column("source_url", about="Address of the publication"),
    Column("source_date", about="Day or month of the publication"),
)  # fmt: skip
"""Rows of printed figures. JSON has no infinity: a high end that is open is null there."""

_REPRODUCED = (_ID, c.ELECTION, _ABOUT, _PRINTED, _COUNTS)
_DIFFERENT = (*_REPRODUCED, _WHY)


def _with(*verdicts: str) -> Callable[[Run], pd.DataFrame]:
    return lambda run: run.frame("published", verdict=verdicts)


TABLES = (
    TableFor("printed-contradicted", _DIFFERENT, _with("contradicted"), "published"),
    TableFor(
        "printed-reproduced",
        _REPRODUCED,
        _with("reproduced", "reproduced-provisional"),
        "published",
    ),
    TableFor("printed-unknown", _DIFFERENT, _with("not-computable"), "published"),
)
