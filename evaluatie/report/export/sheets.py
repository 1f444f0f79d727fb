"""The tables of the report as sheets: what a reader sees, with numbers still numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from evaluatie.answers.run import NotAvailableError, Run
from evaluatie.ground.folders import bundled
from evaluatie.ground.formatting import Language
from evaluatie.ground.tables import Column as Shown
from evaluatie.ground.words import say
from evaluatie.report import exhibits
from evaluatie.report.prose import included

__all__ = ["Column", "Kind", "Sheet", "collect"]

Kind = Literal["text", "count", "percent1", "percent2", "percent3", "points", "ratio", "p"]

# How a view prints a column, as a number format of a spreadsheet.
_KINDS: Mapping[str, Kind] = {
    "count": "count",
    "percent": "percent2",
    "percent1": "percent1",
    "percent3": "percent3",
    "percent_marked": "percent2",
    "change": "percent1",
    "points": "points",
    "points3": "points",
    "ratio": "ratio",
    "number1": "ratio",
    "p": "p",
    "interval": "percent2",
    "interval_percent1": "percent1",
    "interval_points": "points",
    "interval_ratio": "ratio",
}


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a sheet: numbers of one kind, or text; unknown is None."""

    heading: str
    kind: Kind
    values: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table of the report.

    Attributes
    ----------
    name
        Of the exhibit, such as ``groups``.
    title
        The caption in the report.
    frame
        Tidy rows for programs.
    columns
        What a reader sees. Points are percentage points, percentages fractions.
    """

    name: str
    title: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]


def collect(done: Run, lang: Language) -> tuple[list[Sheet], dict[str, str]]:
    """Return the sheets in the order of the report, and why others are missing."""
    sheets: list[Sheet] = []
    missing: dict[str, str] = {}
    for name in _in_order(lang):
        try:
            shown = exhibits.table(name, done)
        except NotAvailableError as error:
            missing[f"table {name}"] = error.words[lang]
            continue
        if name == "changed" and shown.frame.empty:
            continue  # no counts of the user's own
        columns = tuple(column for each in shown.columns for column in _columns(each, shown, lang))
        frame = shown.frame.reset_index(drop=True)
        title = exhibits.words(exhibits.TABLES[name], "caption", done, lang)
        sheets.append(Sheet(name, title, frame, columns))
    return sheets, missing


def _in_order(lang: Language) -> list[str]:
    """Return the names of tables as the report in this language shows them, others at the end."""
    from evaluatie.report.making import DOCUMENTS
    from evaluatie.report.rendering.source import asked

    _, files = asked(bundled("report") / DOCUMENTS[lang])
    pieces = included(bundled("report"), files)
    shown = [name.partition("/table-")[2].removesuffix(".md") for name in pieces]
    return list(dict.fromkeys([name for name in shown if name] + list(exhibits.TABLES)))


def _columns(each: Shown, shown: exhibits.Shown, lang: Language) -> Iterator[Column]:
    kind = _KINDS.get(each.kind, "text")
    heading = each.heading(lang)
    if kind == "points":
        heading = say("export.in_points", lang, heading=heading)
    rows: list[dict[str, Any]] = shown.frame.to_dict(orient="records")  # type: ignore[assignment]
    if each.kind.startswith("interval"):
        for end in ("low", "high"):
            values = tuple(_number(row[f"{each.name}_{end}"], kind) for row in rows)
            yield Column(say(f"export.{end}", lang, heading=heading), kind, values)
    elif kind == "text":
        yield Column(heading, kind, tuple(each.cell(row, lang) for row in rows))
    else:
        yield Column(heading, kind, tuple(_number(row[each.name], kind) for row in rows))
        if each.kind == "percent_marked":
            marked = (row[f"{each.name}_vintage"] for row in rows)
            words = tuple("" if pd.isna(m) else say(f"common.{m}", lang) for m in marked)
            yield Column(say("export.vintage_of", lang, heading=heading), "text", words)


def _number(value: Any, kind: Kind) -> float | None:
    if pd.isna(value):
        return None
    return 100 * float(value) if kind == "points" else float(value)
