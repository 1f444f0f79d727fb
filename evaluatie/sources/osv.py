"""Counts in OSV4-3 CSV: a column per polling station, municipality or district.

A preamble of four lines, an empty line, then the header, the numbers of the units and
(for stations) their postcodes, the counts, and a row per list followed by its candidates.
Files re-saved by a spreadsheet program have lost their quotation marks and leading zeros and
write dates the Dutch way; they are read all the same. Every row must be as wide as the
header.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from evaluatie.counts.identifiers import (
    Kind,
    election_of_name,
    municipality_code,
    split_station_name,
    whole_of,
)
from evaluatie.ground.errors import InputError
from evaluatie.sources.documents import Document, Slate, Unit, compare_with_totals
from evaluatie.sources.limits import MAX_NAME_LENGTH, MAX_SELECTIONS, MAX_UNITS
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


def read_osv(content: bytes, *, file: str, candidates: bool = False) -> Document:
    """Read one OSV4-3 file: units in the order of the columns, ``Totaal`` as its own total.

    ``candidates``: keep the votes of every candidate too, not only of every list.
    """
    rows = _rows(content, file)
    document, kind = _preamble(rows, file)
    table = _table(rows, file)
    document.slates.append(table.slate(candidates))
    columns = [
        table.unit(document, kind, position, candidates) for position in range(len(table.names) + 1)
    ]
    document.totals, document.units = columns[:1], columns[1:]
    for label in table.unknown:
        document.find("", "known rows", label)
    for position, unit in enumerate(columns):
        document.check(unit, table.candidate_sums(position) if candidates else None)
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

    file: str
    names: list[str]
    numbers: list[str]
    postcodes: list[str]
    counts: dict[str, list[int]] = field(default_factory=dict)
    lists: dict[int, str] = field(default_factory=dict)
    list_votes: list[list[int]] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    votes: list[list[int]] = field(default_factory=list)
    taken: set[tuple[int, int]] = field(default_factory=set)
    unknown: dict[str, list[int]] = field(default_factory=dict)

    def slate(self, candidates: bool) -> Slate:
        lists = tuple(self.lists.items())
        if not candidates:
            return Slate(lists)
        people = (tuple(self.owners), tuple(self.places), ("",) * len(self.owners))
        return Slate(lists, *people, tuple(self.people))

    def candidate_sums(self, position: int) -> dict[int, int]:
        sums: dict[int, int] = {}
        for owner, row in zip(self.owners, self.votes, strict=True):
            sums[owner] = sums.get(owner, 0) + row[position]
        return sums

    def unit(self, document: Document, of_file: Kind, position: int, candidates: bool) -> Unit:
        counts = {
            name: values[position] for name, values in self.counts.items() if name != "ballots"
        }
        own_id = document.authority_id
        kind, identifier, name = of_file, own_id, document.authority
        postcode, code = "", municipality_code(own_id)
        municipality = name if code else ""
        if position:
            number, name = self.numbers[position - 1], self.names[position - 1]
            kind = "polling_station" if of_file == "municipality" else "municipality"
            if kind == "polling_station":
                identifier, name = f"{own_id}::SB{number}", split_station_name(name).name
                postcode = self.postcodes[position - 1] if self.postcodes else ""
            elif code := municipality_code(number):
                identifier, municipality = f"{own_id}::{code[2:]}", name
            else:
                kind, identifier, municipality = "district", number, ""
        own = None
        if candidates:
            own = np.array([row[position] for row in self.votes], dtype=np.int32)
        return Unit(
            *(kind, identifier, code, municipality, name, postcode, counts),
            votes=tuple(row[position] for row in self.list_votes),
            candidate_votes=own,
        )


Rows = Iterator[tuple[int, list[str]]]


def _rows(content: bytes, file: str) -> Rows:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _bad("not UTF-8 text", file, line, "encoding") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            said = f"not a readable table ({error})"
            raise _bad(said, file, reader.line_num, "csv") from None
        for cell in cells:
            if len(cell) > MAX_NAME_LENGTH:
                said, found = "a cell is too long for a name or a count", f"{len(cell)} characters"
                most, where = f"at most {MAX_NAME_LENGTH}", reader.line_num
                raise _bad(said, file, where, "length of a name", found, expected=most)
        yield reader.line_num, [cell.strip() for cell in cells]


def _preamble(rows: Rows, file: str) -> tuple[Document, Kind]:
    """Return the document without its counts, and what it is the count of."""
    found: dict[str, str] = {}
    for label, (line, cells) in zip(_PREAMBLE, rows, strict=False):
        if not cells or cells[0] != label or len(cells) < 3 or not cells[2] or any(cells[3:]):
            said = f"the line {label!r} of the preamble is not there"
            shown = ";".join(cells)[:80]
            raise _bad(said, file, line, "preamble", shown, expected=f"{label};;…")
        found[label] = cells[2]
    if len(found) < len(_PREAMBLE):
        raise InputError("the file ends in its preamble", file=file, rule="preamble")
    matches = (pattern.fullmatch(found["Datum"]) for pattern in _DATES)
    date = next((each for each in matches if each), None)
    if date is None:
        given = found["Datum"]
        raise _bad("no date of the election", file, 2, "date", given, expected="such as 2023-11-22")
    area, number = found["Gebied"], found["Nummer"]
    election = election_of_name(found["Verkiezing"], date["year"], file=file)
    kind = whole_of(election)
    if municipality_code(number):
        kind, number = "municipality", f"{number:0>4}"
    elif number.startswith("HSB"):
        kind = "district"
    for prefix in ("Gemeente ", "Openbaar lichaam "):
        area = area.removeprefix(prefix)
    return Document(file, "OSV4-3", election, election, number, area), kind


def _table(rows: Rows, file: str) -> _Table:
    line, header = next(((n, cells) for n, cells in rows if any(cells)), (0, []))
    if tuple(header[:_FIXED]) != HEADER:
        where, found = f"line {line}" if line else None, ";".join(header[:_FIXED])
        said, wanted = "the header is another", ";".join(HEADER)
        raise InputError(said, file=file, unit=where, rule="header", value=found, expected=wanted)
    width = len(header)
    if not _FIXED < width <= MAX_UNITS:
        raise _bad("no column for a unit", file, line, "number of units", width - _FIXED)
    line, numbers = _next(rows, width, file)
    if numbers[:_FIXED] != ["Gebiednummer", "", "", "", ""] or len(set(numbers[_FIXED:])) != len(
        numbers[_FIXED:]
    ):
        said = "the numbers of the units are missing, or one stands twice"
        raise _bad(said, file, line, "unique unit")
    table = _Table(file, header[_FIXED:], numbers[_FIXED:], [])
    while True:
        line, cells = _next(rows, width, file)
        if not cells:
            break
        if cells[0] == "Postcode" and not table.counts and not table.lists:
            table.postcodes = [cell.upper() for cell in cells[_FIXED:]]
        else:
            _take(table, line, cells)
    for name in _NEEDED:
        if name not in table.counts:
            label = next(printed for printed, tidy in _ROWS.items() if tidy == name)
            raise InputError(f"the row {label!r} is missing", file=file, rule="rows present")
    if not table.lists:
        raise InputError("the file ends before its first list", file=file, rule="rows present")
    return table


def _next(rows: Rows, width: int, file: str) -> tuple[int, list[str]]:
    for line, cells in rows:
        if not any(cells):
            continue
        if len(cells) != width:
            said = "the row has another number of cells than the header"
            raise _bad(said, file, line, "row width", len(cells), expected=width)
        return line, cells
    return 0, []


def _take(table: _Table, line: int, cells: list[str]) -> None:
    number, label, place, person = cells[:4]
    values = _counts(table, line, cells)
    if number:
        own = whole(number)
        if not own or own in table.lists or place or person:
            raise _row_error(table, line, "a list without its own number", "unique list", cells)
        table.lists[own] = label
        table.list_votes.append(values)
    elif place:
        own, owner = whole(place), len(table.lists) - 1
        if not own or owner < 0 or (owner, own) in table.taken:
            raise _row_error(
                table, line, "a candidate without list or own number", "unique candidate", cells
            )
        table.taken.add((owner, own))
        table.owners.append(owner)
        table.places.append(own)
        table.people.append(person)
        table.votes.append(values)
    else:
        name = _ROWS.get(label, label)
        rows = table.counts if label in _ROWS else table.unknown
        if not label or name in rows or table.lists or person:
            raise _row_error(table, line, "a row that stands twice or out of place", "rows", cells)
        # A later version may add rows; none of the package's counts depends on them.
        rows[name] = values
    if len(table.votes) > MAX_SELECTIONS:
        raise _row_error(table, line, "more candidates than any ballot has", "candidates", cells)


def _counts(table: _Table, line: int, cells: list[str]) -> list[int]:
    values = []
    for position, cell in enumerate(cells[_FIXED - 1 :]):
        value = whole(cell)
        if value is None:
            column = "Totaal" if not position else table.names[position - 1]
            found, wanted = cell or "an empty cell", "a whole number"
            said, where, file = "a cell is not a count", f"{column}, line {line}", table.file
            raise InputError(
                said, file=file, unit=where, rule="count", value=found, expected=wanted
            )
        values.append(value)
    return values


def _row_error(table: _Table, line: int, message: str, rule: str, cells: list[str]) -> InputError:
    return _bad(message, table.file, line, rule, ";".join(cells[:5]))


def _bad(
    message: str, file: str, line: int, rule: str, value: object = None, *, expected: object = None
) -> InputError:
    unit = f"line {line}"
    return InputError(message, file=file, unit=unit, rule=rule, value=value, expected=expected)
