"""A table that somebody made by hand, to the columns and cells that a table is described by.

What can be read in one way only is read: Dutch headings, codes in any spelling, capitals,
decimal commas and points between thousands. What follows from other cells is filled in. What
may be a slip is refused with its line; what is not used is told.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from evaluatie.counts.checking import (
    check_table,
    line_at,
    need_columns,
    refuse_rows,
    under_headings,
)
from evaluatie.counts.delimited import decode, header_of, once_each, read_cells, without_comments
from evaluatie.counts.identifiers import any_code
from evaluatie.counts.names import known_names, owners, plain
from evaluatie.counts.schema import STATION_COUNTS, TABLES, Table
from evaluatie.ground.errors import InputError, in_file
from evaluatie.ground.files import too_large, unreadable

MAX_BYTES = 32 << 20
"""One table of the user's own, read as a whole: the largest that ships has 1 MB."""

_DUTCH: Mapping[str, tuple[str, ...]] = {
    "election": ("verkiezing",),
    "municipality_code": ("gemeentecode", "gemeente code", "cbs-code", "cbs code", "regiocode"),
    "municipality": ("gemeente", "gemeentenaam", "regionaam"),
    "vintage": ("telling", "soort telling"),
    "eligible": ("kiesgerechtigden", "aantal kiesgerechtigden"),
    "ballots": ("stembiljetten", "aangetroffen stembiljetten", "opkomst", "uitgebrachte stemmen"),
    "valid": ("geldig", "geldige stemmen", "geldige stembiljetten", "aantalgeldigestemmen"),
    "blank": ("blanco", "blanco stemmen", "blanco stembiljetten", "aantalblancostemmen"),
    "invalid": (
        *("ongeldig", "ongeldige stemmen", "ongeldige stembiljetten", "aantalongeldigestemmen"),
    ),
    "rejected": ("ongeldig en blanco", "blanco en ongeldig", "ongeldig + blanco"),
    "source": ("bron",),
    "polling_station": ("stembureau", "stembureaucode", "stembureaunummer"),
    "station_name": ("stembureaunaam", "naam stembureau"),
    "admitted": ("toegelaten kiezers",),
    "poll_cards": ("geldige stempassen", "stempassen"),
    "proxies": ("geldige volmachtbewijzen", "volmachten"),
    "voter_passes": ("geldige kiezerspassen", "kiezerspassen"),
    "more_ballots": ("meer getelde stembiljetten",),
    "fewer_ballots": ("minder getelde stembiljetten",),
    "list_number": ("lijstnummer",),
    "list_name": ("lijst", "lijstnaam", "partij"),
    "candidate_number": ("kandidaatnummer",),
    "candidate_name": ("kandidaat",),
    "votes": ("stemmen", "aantal stemmen"),
    "seats": ("zetels", "aantal zetels"),
}
_HEADINGS = {dutch: name for name, listed in _DUTCH.items() for dutch in listed}
_VINTAGES = {"officieel": "official", "voorlopig": "provisional"}
_ELECTION = re.compile(r"[A-Za-z]{2}[0-9]{4}")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:([.,\u00a0\u202f ' ])[0-9]{3})(?:\1[0-9]{3})*")
_EXPONENT = re.compile(r"[0-9]+(?:[.,][0-9]*)?[Ee][+-]?[0-9]+")
_ZERO_DECIMALS = re.compile(r"[0-9]+[.,]0+")
_INGESTED = re.compile(
    "initial_.*|phase|counting_method|unit_type|shared_location|file|candidate_name|short_code"
)
"""Columns that ``ingest`` writes for whoever reads its tables, and no analysis needs."""
_MEANT: Mapping[str, Callable[[str], str]] = {
    "election": lambda cell: cell.upper() if _ELECTION.fullmatch(cell) else cell,
    "municipality_code": lambda cell: any_code(cell) or cell,
    "vintage": lambda cell: _VINTAGES.get(cell.casefold(), cell.casefold()),
    "number": lambda cell: (
        cell.replace(".", "").replace(",", ".") if cell.count(",") == 1 else cell
    ),
}
"""How text is meant in a column of a name or a type."""
_FOLLOWS = ("municipality", "source", "ballots", "rejected")
"""Required columns that follow from others."""
_PARTS = ("valid", "blank", "invalid")


class Own(NamedTuple):
    """Checked rows, and the columns of the file that no table has."""

    rows: pd.DataFrame
    unused: tuple[str, ...]


def heading(name: object) -> str:
    """Return the column that a heading means, in Dutch or English and in capitals or not."""
    folded = " ".join(str(name).replace("\ufeff", "").casefold().split())
    return _HEADINGS.get(folded, folded.replace(" ", "_"))


def is_own_header(cells: Iterable[object]) -> bool:
    """Tell whether a line is the header of a user's own table of counts.

    Not only a whole one: what a table lacks can be said once it is known to be one.
    """
    named = set(map(heading, cells))
    whole = {"election", "municipality_code"} <= named
    return whole or ("municipality" in named and len(named & _DUTCH.keys()) > 2)


def read_own(path: Path, table: Table) -> pd.DataFrame:
    """Read a table from a user's folder."""
    with in_file(path):
        cells = read_cells(_text(path, table), _header(table))
        return check_own(cells, table, file=path).rows


def unused_columns(path: Path, table: Table) -> tuple[str, ...]:
    """Return the headings of a table in a user's folder that no table has a column for."""
    text = _text(path, table)
    _, _, cells = header_of(text, _header(table)) or (0, "", [])
    return tuple(
        name
        for name in cells
        if name and heading(name) not in table.names and not _INGESTED.fullmatch(name)
    )


def _text(path: Path, table: Table) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise too_large(f"at most {MAX_BYTES >> 20} MB", f"{size >> 20} MB")
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    text = decode(content)
    return without_comments(text) if table.comments else text


def _header(table: Table) -> Callable[[list[str]], bool]:
    """Return what tells the header of a table from the lines above it."""
    wanted = set(table.names) if len(table.names) < 3 else set(table.names[:2])
    return lambda cells: wanted <= set(map(heading, cells))


def check_own(frame: pd.DataFrame, table: Table, *, file: Path | str) -> Own:
    """Check a user's own table against a description, after reading it as it is meant.

    Raises
    ------
    InputError
        For every required column that is missing, a heading that is nearly one that is known,
        a municipality's code beside another's name, and whatever :func:`check_table` refuses.
    """
    frame, unused = _headed(frame, table)
    text = frame[[name for name in frame.columns if name in table.names]].copy()
    for column in table.columns:
        if column.name not in text or _is_number(text[column.name]):
            continue
        cells = _mapped(text[column.name], lambda cell: cell.strip() or None)
        if column.type == "integer":
            cells = _whole(cells, column.name)
        elif meant := _MEANT.get(column.type) or _MEANT.get(column.name):
            cells = _mapped(cells, meant)
        text[column.name] = cells
    return Own(_counted(check_table(_completed(text, table, file), table)), unused)


def _counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Refuse a row that would replace counts by nothing, such as one that was cut off."""
    if {"rejected", *_PARTS} <= set(rows.columns):
        silent = rows[["ballots", "rejected", *_PARTS]].isna().all(axis=1)
        said, wanted = "the row holds no count of votes", ", ".join(("ballots", *_PARTS))
        refuse_rows(silent, said, rule="counts in a row", expected=wanted)
    return rows


def _headed(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Give columns the names of the table; name those that it does not have."""
    frame = under_headings(frame)
    printed = [str(name) for name in frame.columns]
    known = {*table.names, *(name for each in TABLES.values() for name in each.names)}
    known |= {*STATION_COUNTS, *_DUTCH}
    names = [heading(name) if heading(name) in known else name for name in printed]
    if "vintage" in table.names and "vintage" not in names:
        # What other tables have of that name is no count.
        names = ["vintage" if name.lower() == "status" else name for name in names]
    once_each(names)
    unused = [shown for shown, name in zip(printed, names, strict=True) if name not in table.names]
    lacking = [name for name in table.names if name not in names]
    needed = [each.name for each in table.columns if each.required and each.name not in _FOLLOWS]
    for shown in unused:
        nearest = _nearest(shown, lacking)
        if nearest and heading(shown) not in known:
            said = f"column {shown!r} is unknown (did you mean {nearest!r}?)"
            raise InputError(said, unit="line 1", rule="columns")
    missing = [name for name in needed if name not in names]
    hint = " (vintage = official or provisional)" if "vintage" in missing else ""
    need_columns(missing, printed, expected=", ".join(needed) + hint)
    return frame.set_axis(names, axis=1), tuple(unused)


def _nearest(shown: str, lacking: list[str]) -> str:
    spelt = {name: name for name in lacking}
    spelt |= {dutch: name for dutch, name in _HEADINGS.items() if name in lacking}
    near = difflib.get_close_matches(heading(shown), list(spelt), n=1, cutoff=0.8)
    return near[0] if near else ""


def _completed(text: pd.DataFrame, table: Table, file: Path | str) -> pd.DataFrame:
    """Fill in what follows from other cells: ballots, rejected, the name, the source."""
    if "source" in table.names and "source" not in text:
        text = text.assign(source=Path(file).name)
    if "municipality_code" in table.names and "municipality" in table.names:
        text = _named(text)
    for total, parts in (("rejected", ("blank", "invalid")), ("ballots", _PARTS)):
        if total in table.names and set(parts) <= set(text.columns):
            numbers = text[list(parts)].apply(pd.to_numeric, errors="coerce")
            summed = numbers.sum(axis=1, min_count=len(parts))
            given = text[total] if total in text else pd.Series(None, text.index, dtype="object")
            text = text.assign(**{total: given.astype("object").where(given.notna(), summed)})
    return text


def _named(text: pd.DataFrame) -> pd.DataFrame:
    """Give rows without a name that of their code; refuse the name of another municipality."""
    if "municipality_code" not in text:
        return text
    names = known_names()
    codes = text["municipality_code"]
    official = codes.map(lambda code: names[code][0] if code in names else None)
    if "municipality" not in text:
        return text.assign(municipality=official)
    given = text["municipality"]
    for position, (code, name) in enumerate(zip(codes, given, strict=True)):
        if code in names and isinstance(name, str):
            of_name = owners().get(plain(name), frozenset())
            if of_name and code not in of_name:
                others = " or ".join(f"{names[each][0]} ({each})" for each in sorted(of_name))
                raise InputError(
                    f"code and name are of different municipalities: {code} is {names[code][0]}",
                    unit=line_at(text.index, position),
                    rule="code and name agree",
                    value=name,
                    expected=f"{names[code][0]}, or the code of {others}",
                )
    return text.assign(municipality=given.astype("object").where(given.notna(), official))


def _is_number(cells: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(cells.dtype) and cells.dtype != "bool"


def _mapped(cells: pd.Series[Any], read: Callable[[str], str | None]) -> pd.Series[Any]:
    """Read every text; alike cells, of which long tables are full, once."""
    places, found = pd.factorize(cells, use_na_sentinel=True)
    values = np.array([*(_text_of(each, read) for each in found), None], dtype="object")
    return pd.Series(values[places], index=cells.index, name=cells.name, dtype="object")


def _text_of(cell: Any, read: Callable[[str], str | None]) -> Any:
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    return read(cell) if isinstance(cell, str) else cell


def _whole(cells: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Take away points between thousands and decimals that are zero; refuse exponents.

    ``1.000`` is a thousand; in a column that prints ``50000.000`` as well, it may be one.
    """
    texts = {each for each in cells.unique() if isinstance(each, str) and not each.isdecimal()}

    # Not by pandas, some versions of which leave patterns to a library that knows fewer signs.
    def like(pattern: re.Pattern[str]) -> set[str]:
        return {each for each in texts if pattern.fullmatch(each)}

    grouped, exponents = like(_THOUSANDS), like(_EXPONENT)
    decimals = like(_ZERO_DECIMALS) - grouped
    said, rule = f"{name} is written with an exponent, which leaves out digits", f"type of {name}"
    wanted = "digits only"
    refuse_rows(cells.isin(exponents), said, rule=rule, value=cells, expected=wanted)
    if decimals:
        said = f"{name}: is the point here one between thousands, or are these decimals?"
        refuse_rows(cells.isin(grouped), said, rule=rule, value=cells, expected=wanted)
    read = {each: re.sub(r"[^0-9]", "", each) for each in grouped}
    read |= {each: re.sub(r"[.,]0+$", "", each) for each in decimals}
    return cells.map(lambda cell: read.get(cell, cell)) if read else cells
