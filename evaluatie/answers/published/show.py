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

_COUNTED = ("invalid", "blank", "rejected", "turnout", "valid", "ballots", "eligible")


def _known(value: Any) -> bool:
    return bool(pd.notna(value))


def about(row: Row, lang: str) -> str:
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
    show=about,
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


_SAID = Column(
    "said_in_words", "text", "Uitspraak", "Statement",
    show=lambda row, lang: str(row[f"said_{lang}"]),
)  # fmt: skip
_HELD = Column(
    "held", "text", "Wat de tellingen zeggen", "What the counts say",
    show=lambda row, lang: str(row[f"held_{lang}"]),
)  # fmt: skip
_OF_FIGURES = (
    *("election", "municipality", "units", "quantity", "is_share", "printed", "decimals"),
    *("vintage", "computed", "low", "high", "n_units", "n_missing", "readings", "why"),
)

STATEMENTS: tuple[Column, ...] = (
    _SAID,
    Column(
        "document", "text", "Document", "Document",
        "The document that it stands in, by its key in words.toml", True,
        lambda row, lang: say(f"published.document_{row['document']}", lang),
    ),
    _HELD,
    Column(
        "verdict", "text", "Oordeel", "Verdict",
        "holds, holds-first, partly, not-computable, with-experiment, contradicted or no-longer",
        True, lambda row, lang: say(f"published.verdict_{row['verdict']}", lang),
    ),
    Column("statement", about="Key of the statement in statements.toml", filled=True),
    Column("kind", about="house: told to the House or of the official count; media", filled=True),
    Column("said", about="Day on which it was said; null where the document is undated"),
    Column("figure", about="Id of the printed figure; empty for a step of a trend"),
    *(
        each.called("", "", filled=False, about=each.about or "The figure as printed")
        for each in FIGURES
        if each.name in _OF_FIGURES
    ),
    Column("earlier", about="Of a step of a trend: the election before"),
    Column("before", "number", about="Of a step of a trend: the share of ballots at that one"),
)  # fmt: skip
"""Rows by statement and figure; readers see one row per statement."""


def by_statement(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per statement, with it and what the counts say of it in both languages."""
    rows = []
    for key, own in table.groupby("statement", sort=False):
        parts: list[Any] = own.to_dict(orient="records")
        figures = [part for part in parts if part["figure"]]
        told = {}
        for lang in formatting.LANGUAGES:
            values = {part["figure"]: _with_place(part, lang) for part in figures}
            told[f"said_{lang}"] = say(f"published.said_{key}", lang, **values)
            held = (
                [_held(part, lang) for part in figures]
                or [_step(part, lang) for part in parts if _known(part["before"])]
                or [say("published.no_numbers", lang)]
            )
            told[f"held_{lang}"] = " ".join(dict.fromkeys(held))
        rows.append({**{name: parts[0][name] for name in ("kind", "document", "verdict")}, **told})
    return pd.DataFrame(rows)


def _with_place(row: Row, lang: str) -> str:
    """Print a figure, and of a municipality its name with it."""
    named = str(row["units"]).startswith("GM")
    return f"{row['municipality']} {_printed(row, lang)}" if named else _printed(row, lang)


def _held(row: Row, lang: str) -> str:
    why = _why(row, lang)
    if not (_known(row["computed"]) or _known(row["low"])):
        return why
    units = str(row["units"])
    named = row["municipality"] if units.startswith("GM") else say(f"published.of_{units}", lang)
    return f"{named}: {_counted(row, lang)}. {why}".strip()


def _step(row: Row, lang: str) -> str:
    earlier, election = (formatting.short(str(row[name])) for name in ("earlier", "election"))
    words = {"earlier": earlier, "election": election, "n": row["n_units"]}
    return say("published.step", lang, before=row["before"], after=row["computed"], **words)


def _of_kind(kind: str) -> Callable[[Run], pd.DataFrame]:
    return lambda run: by_statement(run.frame("published_statements", kind=kind))


def _with(*verdicts: str) -> Callable[[Run], pd.DataFrame]:
    return lambda run: run.frame("published", verdict=verdicts)


_TOLD = tuple(each for each in STATEMENTS if each.nl)
TABLES = (
    TableFor("statements", _TOLD, _of_kind("house")),
    TableFor("statements-media", _TOLD, _of_kind("media")),
    TableFor("printed-contradicted", _DIFFERENT, _with("contradicted")),
    TableFor(
        "printed-reproduced",
        _REPRODUCED,
        _with("reproduced", "reproduced-provisional"),
    ),
    TableFor("printed-unknown", _DIFFERENT, _with("not-computable")),
)
