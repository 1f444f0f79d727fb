"""Counts in OSV4-3 CSV: a column per polling station, municipality or district.

A preamble of four lines, an empty line, then the header, the numbers of the units and
(for stations) their postcodes, the counts, and a row per list followed by its candidates.
Files re-saved by a spreadsheet program have lost their quotation marks and leading zeros and
write dates the Dutch way; they are read all the same. Every row must be as wide as the
header.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from evaluatie.counts.delimited import cells_of, decode, rows_of
from evaluatie.counts.identifiers import (
    Kind,
    election_of_name,
    municipality_code,
    split_station_name,
    whole_of,
)
from evaluatie.ground.errors import InputError, in_file
from evaluatie.sources.documents import Document, Slate, Unit, compare_with_totals
from evaluatie.sources.limits import MAX_NAME_LENGTH, MAX_SELECTIONS
from evaluatie.sources.xml_stream import whole

HEADER = ("Lijstnummer", "Aanduiding", "Volgnummer", "Naam kandidaat", "Totaal")
"""The fixed part of the header, by which the format is known."""

_PREAMBLE = ("Verkiezing", "Datum", "Gebied", "Nummer")
_FIXED = len(HEADER)
_ROWS: Mapping[str, str] = {
    "opgeroepenen": "eligible",
    "geldige stempas": "poll_cards",
    "geldig volmachtbewijs": "proxies",
    "geldige kiezerspas": "voter_passes",
    "toegelaten kiezers": "admitted",
    "geldige stembiljetten": "valid",
    "blanco stembiljetten": "blank",
    "ongeldige stembiljetten": "invalid",
    "aangetroffen stembiljetten": "ballots",
    "meer stembiljetten dan toegelaten kiezers": "more_ballots",
    "minder stembiljetten dan toegelaten kiezers": "fewer_ballots",
    "kiezers met stembiljet hebben niet gestemd": "taken_ballots",
    "er zijn te weinig stembiljetten uitgereikt": "too_few_issued",
    "er zijn te veel stembiljetten uitgereikt": "too_many_issued",
    "geen verklaring": "no_explanation",
    "andere verklaring": "other_explanation",
}
_NEEDED = ("valid", "blank", "invalid")
_DATES = (
    re.compile(r"(?P<year>\d{4})-\d\d-\d\d"),
    re.compile(r"\d\d?[-/]\d\d?[-/](?P<year>\d{4})"),
)


def read_osv(content: bytes, *, file: str = "", candidates: bool = False) -> Document:
    """Read one OSV4-3 file: units in the order of the columns, ``Totaal`` as its own total.

    ``candidates``: keep the votes of every candidate too, not only of every list.
    """
    with in_file(file):
        text = decode(content)
        lines = text.split("\n")
        document, kind = _preamble(lines, file)
        table = _table(text, lines)
    lists = tuple(table.lists.items())
    owners, places = zip(*table.people, strict=True) if table.people else ((), ())
    people = (owners, places, ("",) * len(owners), tuple(table.people.values()))
    document.slates.append(Slate(lists, *people) if candidates else Slate(lists))
    columns = [_unit(table, document, kind, at, candidates) for at in range(len(table.names) + 1)]
    document.totals, document.units = columns[:1], columns[1:]
    for label in table.unknown:
        document.find("", "known rows", label)
    for position, unit in enumerate(columns):
        sums: Counter[int] = Counter()
        for owner, row in zip(owners, table.votes, strict=True):
            sums[owner] += row[position]
        document.check(unit, sums if candidates else None)
        stated = table.counts.get("ballots")
        if stated is not None and stated[position] != unit.ballots:
            document.find(
                unit.id, "valid+blank+invalid=ballots", unit.ballots, stated[position], "error"
            )
    compare_with_totals(document)
    return document


@dataclass
class _Table:
    """The file as columns: position 0 is ``Totaal``, then the units."""

    names: list[str]
    numbers: list[str]
    postcodes: list[str] = field(default_factory=list)
    counts: dict[str, list[int]] = field(default_factory=dict)
    lists: dict[int, str] = field(default_factory=dict)
    list_votes: list[list[int]] = field(default_factory=list)
    people: dict[tuple[int, int], str] = field(default_factory=dict)
    """Names by position of the list and number on it."""
    votes: list[list[int]] = field(default_factory=list)
    unknown: dict[str, list[int]] = field(default_factory=dict)


def _unit(
    table: _Table, document: Document, of_file: Kind, position: int, candidates: bool
) -> Unit:
    own_id = document.authority_id
    kind, identifier, name = of_file, own_id, document.authority
    postcode, code = "", municipality_code(own_id)
    municipality = name if code else ""
    if position:
        number, name = table.numbers[position - 1], table.names[position - 1]
        kind = "polling_station" if of_file == "municipality" else "municipality"
        if kind == "polling_station":
            identifier, name = f"{own_id}::SB{number}", split_station_name(name).name
            postcode = table.postcodes[position - 1] if table.postcodes else ""
        elif code := municipality_code(number):
            identifier, municipality = f"{own_id}::{code[2:]}", name
        else:
            kind, identifier, municipality = "district", number, ""
    counts = {name: row[position] for name, row in table.counts.items() if name != "ballots"}
    own = np.array([row[position] for row in table.votes], dtype=np.int32) if candidates else None
    return Unit(
        *(kind, identifier, code, municipality, name, postcode, counts),
        votes=tuple(row[position] for row in table.list_votes),
        candidate_votes=own,
    )


def _preamble(lines: Sequence[str], file: str) -> tuple[Document, Kind]:
    """Return the document without its counts, and what it is the count of."""
    found: dict[str, str] = {}
    for line, (label, text) in enumerate(zip(_PREAMBLE, lines, strict=False), 1):
        cells = cells_of(text, ";")
        if cells[0] != label or len(cells) < 3 or not cells[2] or any(cells[3:]):
            said = f"the line {label!r} of the preamble is not there"
            shown = ";".join(cells)[:80]
            raise _bad(said, line, "preamble", shown, expected=f"{label};;…")
        found[label] = cells[2]
    if len(found) < len(_PREAMBLE):
        raise InputError("the file ends in its preamble", rule="preamble")
    matches = (pattern.fullmatch(found["Datum"]) for pattern in _DATES)
    date = next((each for each in matches if each), None)
    if date is None:
        given = found["Datum"]
        raise _bad("no date of the election", 2, "date", given, expected="such as 2023-11-22")
    area, number = found["Gebied"], found["Nummer"]
    election = election_of_name(found["Verkiezing"], date["year"])
    kind = whole_of(election)
    if municipality_code(number):
        kind, number = "municipality", f"{number:0>4}"
    elif number.startswith("HSB"):
        kind = "district"
    for prefix in ("Gemeente ", "Openbaar lichaam "):
        area = area.removeprefix(prefix)
    return Document(file, "OSV4-3", election, election, number, area), kind


def _table(text: str, lines: Sequence[str]) -> _Table:
    below = range(len(_PREAMBLE), len(lines))
    top = next((at for at in below if lines[at].strip(' ;"\r')), 0)
    header = cells_of(lines[top], ";")
    if not top or tuple(header[:_FIXED]) != HEADER:
        where, found = f"line {top + 1}" if top else None, ";".join(header[:_FIXED])
        said, wanted = "the header is another", ";".join(HEADER)
        raise InputError(said, unit=where, rule="header", value=found, expected=wanted)
    rows = rows_of(text, top, ";", even=True)
    if len(header) == _FIXED:
        raise _bad("no column for a unit", top + 1, "number of units", 0)
    line, numbers = rows[1] if len(rows) > 1 else (0, [])
    units = numbers[_FIXED:]
    if numbers[:_FIXED] != ["Gebiednummer", "", "", "", ""] or len({*units}) != len(units):
        said = "the numbers of the units are missing, or one stands twice"
        raise _bad(said, line, "unique unit")
    table = _Table(rows[0][1][_FIXED:], units)
    for line, cells in rows:
        longest = max(map(len, cells))
        if longest > MAX_NAME_LENGTH:
            said, most = "a cell is too long for a name or a count", f"at most {MAX_NAME_LENGTH}"
            found = f"{longest} characters"
            raise _bad(said, line, "length of a name", found, expected=most)
    for line, cells in rows[2:]:
        if cells[0] == "Postcode" and not table.counts and not table.lists:
            table.postcodes = [cell.upper() for cell in cells[_FIXED:]]
        else:
            _take(table, line, cells)
    for name in _NEEDED:
        if name not in table.counts:
            label = next(printed for printed, tidy in _ROWS.items() if tidy == name)
            raise InputError(f"the row {label!r} is missing", rule="rows present")
    if not table.lists:
        raise InputError("the file ends before its first list", rule="rows present")
    return table


def _take(table: _Table, line: int, cells: list[str]) -> None:
    number, label, place, person = cells[:4]
    shown = ";".join(cells[:5])
    values = _counts(table, line, cells)
    if number:
        own = whole(number)
        if not own or own in table.lists or place or person:
            raise _bad("a list without its own number", line, "unique list", shown)
        table.lists[own] = label
        table.list_votes.append(values)
    elif place:
        own, owner = whole(place), len(table.lists) - 1
        if not own or owner < 0 or (owner, own) in table.people:
            said = "a candidate without list or own number"
            raise _bad(said, line, "unique candidate", shown)
        table.people[owner, own] = person
        table.votes.append(values)
    else:
        name = _ROWS.get(label, label)
        rows = table.counts if label in _ROWS else table.unknown
        if not label or name in rows or table.lists or person:
            raise _bad("a row that stands twice or out of place", line, "rows", shown)
        # A later version may add rows; none of the package's counts depends on them.
        rows[name] = values
    if len(table.votes) > MAX_SELECTIONS:
        raise _bad("more candidates than any ballot has", line, "candidates", shown)


def _counts(table: _Table, line: int, cells: list[str]) -> list[int]:
    values = []
    for position, cell in enumerate(cells[_FIXED - 1 :]):
        value = whole(cell)
        if value is None:
            column = "Totaal" if not position else table.names[position - 1]
            raise InputError(
                "a cell is not a count",
                unit=f"{column}, line {line}",
                rule="count",
                value=cell or "an empty cell",
                expected="a whole number",
            )
        values.append(value)
    return values


def _bad(
    message: str, line: int, rule: str, value: object = None, *, expected: object = None
) -> InputError:
    unit = f"line {line}"
    return InputError(message, unit=unit, rule=rule, value=value, expected=expected)
