"""The tables of the report as sheets: what a reader sees, with numbers still numbers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from evaluatie.answers.run import NotAvailableError, Run
from evaluatie.ground.folders import bundled
from evaluatie.ground.formatting import UNKNOWN, Language
from evaluatie.ground.tables import Column as Shown
from evaluatie.ground.words import say
from evaluatie.report import exhibits
from evaluatie.report.prose import included

Kind = Literal[
    "text", "count", "percent0", "percent1", "percent2", "percent3", "points", "number1", "ratio",
    "p",
]  # fmt: skip
_MINUS = "\N{MINUS SIGN}"
_PLAIN: tuple[Kind, ...] = ("count", "number1", "ratio", "p")
_PERCENT: tuple[Kind, ...] = ("percent0", "percent1", "percent2", "percent3")
"""By the number of decimals."""

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
    "number1": "number1",
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

    def tab(self, lang: Language) -> str:
        """Return the name of the sheet in a workbook for readers of a language."""
        return _dutch_names()[self.name] if lang == "nl" else self.name


@cache
def _dutch_names() -> Mapping[str, str]:
    return tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))


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
        title = exhibits.words(exhibits.TABLES[name], "caption", done, lang)
        sheets.append(Sheet(name, title, _tidy(shown.frame), columns))
    every = _municipalities(done)
    if len(every):
        shown = exhibits.Shown(every, _EVERY)
        columns = tuple(column for each in _EVERY for column in _columns(each, shown, lang))
        sheets.append(Sheet("municipalities", say("export.every", lang), every, columns))
    return sheets, missing


_EVERY = (
    Shown("election", nl="Verkiezing", en="Election"),
    Shown("baseline", nl="Vergeleken met", en="Compared with"),
    Shown("municipality_code", nl="Code", en="Code"),
    Shown("municipality", nl="Gemeente", en="Municipality"),
    Shown("plan_group", "word", nl="Groep", en="Group"),
    Shown("ballots_before", "count", nl="Biljetten, eerder", en="Ballots, before"),
    Shown("count_before", "count", nl="Ongeldig, eerder", en="Invalid, before"),
    Shown("share_before", "percent", nl="Aandeel, eerder", en="Share, before"),
    Shown("baseline_vintage", "word", nl="Telling, eerder", en="Count, before"),
    Shown("ballots_after", "count", nl="Biljetten", en="Ballots"),
    Shown("count_after", "count", nl="Ongeldig", en="Invalid"),
    Shown("share_after", "percent", nl="Aandeel", en="Share"),
    Shown("vintage", "word", nl="Telling", en="Count"),
    Shown("change", "points", nl="Verandering", en="Change"),
)


def _municipalities(done: Run) -> pd.DataFrame:
    """Every municipality at each election of the experiment: counts, shares, change, status."""
    made = []
    for election, name in done.of_each("effect"):
        found = done.result(name)
        if found.get("changes") and "plan_group" in found["changes"][0]:
            baseline = found["table"][0]["baseline"]
            part = pd.DataFrame(found["changes"]).assign(election=election, baseline=baseline)
            made.append(part)
    if not made:
        return pd.DataFrame()
    names = [each.name for each in _EVERY]
    return _tidy(pd.concat(made, ignore_index=True)[[*names, "source", "baseline_source"]])


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which whole numbers are integers, whatever JSON made of them."""
    rows = frame.reset_index(drop=True)
    for name in rows.select_dtypes("float"):
        known = rows[name].dropna()
        if len(known) and (known % 1 == 0).all():
            rows[name] = rows[name].astype("Int64")
    return rows


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
    if kind == "points" and say("export.in_points", lang, heading="") not in heading:
        heading = say("export.in_points", lang, heading=heading)
    rows: list[dict[str, Any]] = shown.frame.to_dict(orient="records")  # type: ignore[assignment]
    if each.kind == "interval" and each.show is not None:
        yield from _ends(each, rows, heading, lang)
    elif each.kind.startswith("interval"):
        for end in ("low", "high"):
            values = tuple(_number(row[f"{each.name}_{end}"], kind) for row in rows)
            yield Column(say(f"export.{end}", lang, heading=heading), kind, values)
    elif kind == "text":
        cells = tuple(each.cell(row, lang) for row in rows)
        yield (None if each.show is None else _read_back(heading, cells, lang)) or Column(
            heading, kind, cells
        )
    elif _bounded(each, rows):
        for end in ("low", "high"):
            known = (row[each.name] for row in rows)
            bounds = (row[f"{each.name}_{end}"] for row in rows)
            both = zip(known, bounds, strict=True)
            values = tuple(_number(b if pd.isna(k) else k, kind) for k, b in both)
            yield Column(say(f"export.{end}", lang, heading=heading), kind, values)
    else:
        yield Column(heading, kind, tuple(_number(row[each.name], kind) for row in rows))
        if each.kind == "percent_marked":
            marked = (row[f"{each.name}_vintage"] for row in rows)
            words = tuple("" if pd.isna(m) else say(f"common.{m}", lang) for m in marked)
            yield Column(say("export.vintage_of", lang, heading=heading), "text", words)


def _bounded(each: Shown, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether of some rows not the number is known but bounds of it."""
    low = f"{each.name}_low"
    return any(low in row and pd.isna(row[each.name]) and not pd.isna(row[low]) for row in rows)


def _ends(
    each: Shown, rows: Sequence[dict[str, Any]], heading: str, lang: Language
) -> Iterator[Column]:
    """Yield both ends of an interval that its answer prints itself, or the text that it prints."""
    cells = [each.cell(row, lang) for row in rows]
    pairs = [cell.split(" – ") if " – " in cell else [cell, cell] for cell in cells]
    ends = [
        _read_back(say(f"export.{end}", lang, heading=heading), tuple(p[n] for p in pairs), lang)
        for n, end in enumerate(("low", "high"))
    ]
    if None in ends:
        yield Column(heading, "text", tuple(cells))
    else:
        yield from (end for end in ends if end)


_PRINTED = re.compile(r"([+\N{MINUS SIGN}]?)(\d+)(?:[.,](\d+))?(%?)")


def _read_back(heading: str, cells: tuple[str, ...], lang: Language) -> Column | None:
    """Return a column that its answer prints itself as the numbers that it prints, if it does."""
    grouped = "." if lang == "nl" else ","
    unknown = ("", UNKNOWN)
    found = [None if c in unknown else _PRINTED.fullmatch(c.replace(grouped, "")) for c in cells]
    known = [each for each in found if each]
    if not known or len(known) < sum(cell not in unknown for cell in cells):
        return None
    decimals, percent = {len(m[3] or "") for m in known}, {m[4] for m in known}
    if len(decimals) > 1 or len(percent) > 1 or max(decimals) > 3:
        return None
    signed, places = any(m[1] for m in known), max(decimals)
    kind: Kind = "points" if signed and places == 2 else _PLAIN[places]
    if percent == {"%"}:
        kind = _PERCENT[places]
    scale = 100 if percent == {"%"} else 1
    values = [
        None if m is None else float(f"{'-' * (m[1] == _MINUS)}{m[2]}.{m[3] or 0}") for m in found
    ]
    values = [None if each is None else round(each / scale, 8) for each in values]
    return Column(heading, kind, tuple(values))


def _number(value: Any, kind: Kind) -> float | None:
    if pd.isna(value):
        return None
    if kind == "count":
        return round(float(value))
    return 100 * float(value) if kind == "points" else float(value)
