"""Sheets of XLSX and ODS files as rows of values, bounded by cells and never by trust.

Formulas are not computed: their last value counts, and one without a value is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.counts.delimited import TITLE_LINES
from evaluatie.counts.own import is_own_header
from evaluatie.ground.errors import InputError, in_file
from evaluatie.sources.archive import check_office, open_archive, open_member
from evaluatie.sources.limits import MAX_SHEET_CELLS, MAX_SHEET_ROWS
from evaluatie.sources.xml_stream import elements

if TYPE_CHECKING:
    from lxml.etree import _Element


_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_MAIN = (
    "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}",
    "{http://purl.oclc.org/ooxml/spreadsheetml/main}",
)
_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_REL_ID = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]+")


@dataclass(frozen=True)
class Sheets:
    """The sheet that holds a table, and the names of the others that hold anything, hidden too.

    ``cells`` are text under their headings; their index, called ``line``, is the row in the sheet.
    """

    cells: pd.DataFrame
    name: str
    others: tuple[str, ...]


@dataclass
class _Sheet:
    name: str
    hidden: bool
    rows: dict[int, list[str | None]] = field(default_factory=dict)

    @property
    def header(self) -> int | None:
        """Row of the header: the first of the upper ones that is known for one."""
        upper = list(self.rows)[:TITLE_LINES]
        return next((row for row in upper if is_own_header(map(str, self.rows[row]))), None)


def is_office(archive: zipfile.ZipFile) -> bool:
    """Tell whether an archive is a spreadsheet."""
    return bool({"xl/workbook.xml", "content.xml"} & set(archive.namelist()))


def read_sheets(content: bytes) -> Sheets:
    """Read the first visible sheet that is a table of counts, else the first that holds any.

    Raises
    ------
    InputError
        For a file that is unsafe, no spreadsheet or larger than any table; a formula without a
        value or with an error, by sheet and cell; a row that is wider than its header.
    """
    with open_archive(io.BytesIO(content)) as archive:
        check_office(archive)
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            read = _xlsx(archive)
        elif "content.xml" in names:
            read = _ods(archive)
        else:
            raise InputError("neither XLSX nor ODS", rule="supported format")
        sheets = [each for each in read if each.rows]
    visible = [each for each in sheets if not each.hidden]
    chosen = next((each for each in visible if each.header is not None), None)
    chosen = chosen or next(iter(visible), None)
    if chosen is None:
        what = "every sheet that holds anything is hidden" if sheets else "the sheet is empty"
        raise InputError(what, rule="not empty")
    others = [each.name + (" (hidden)" if each.hidden else "") for each in sheets]
    others.remove(chosen.name)
    return Sheets(_framed(chosen), chosen.name, tuple(others))


def _framed(sheet: _Sheet) -> pd.DataFrame:
    rows = list(sheet.rows)
    top = rows[0] if sheet.header is None else sheet.header
    header = ["" if cell is None else cell.strip() for cell in sheet.rows[top]]
    numbers = [row for row in rows if row > top]
    data = []
    for row in numbers:
        cells = sheet.rows[row]
        if any(cell is not None for cell in cells[len(header) :]):
            said = "the row is wider than the header"
            raise InputError(said, unit=f"sheet {sheet.name}, row {row}", rule="columns")
        data.append((cells + [None] * len(header))[: len(header)])
    index = pd.Index(numbers, name="line")
    return pd.DataFrame(data, columns=header, index=index, dtype="object")


class _Filling:
    """Puts cells into sheets, and refuses before there are too many."""

    cells = 0

    def put(self, sheet: _Sheet, row: int, cells: Sequence[str | None], times: int = 1) -> None:
        width = len(cells)
        while width and cells[width - 1] is None:
            width -= 1
        if not width:
            return
        self.room(width * times)
        for each in range(row, row + times):
            sheet.rows[each] = list(cells[:width])
        if len(sheet.rows) > MAX_SHEET_ROWS:
            raise self.too_large()

    def room(self, cells: int) -> None:
        """Refuse unless there is room for so many cells more."""
        self.cells += cells
        if self.cells > MAX_SHEET_CELLS:
            raise self.too_large()

    def too_large(self) -> InputError:
        said = "the sheet is larger than any table of counts"
        wanted = f"at most {MAX_SHEET_CELLS} cells and {MAX_SHEET_ROWS} rows"
        return InputError(said, rule="size of a table", expected=wanted)


# --- XLSX ------------------------------------------------------------------------------------


def _tags(*names: str) -> tuple[str, ...]:
    return tuple(space + name for space in _MAIN for name in names)


def _parts(
    archive: zipfile.ZipFile, member: str, tags: tuple[str, ...], *, must: bool = True
) -> Iterator[_Element]:
    if member not in archive.namelist():
        if must:
            raise InputError(f"not sound XLSX (no {member[:80]})", rule="xlsx")
        return
    with in_file(f"!{member}"), open_member(archive, member) as stream:
        yield from elements(stream.read, tags, tags)


def _xlsx(archive: zipfile.ZipFile) -> Iterator[_Sheet]:
    filling = _Filling()
    targets = {
        each.get("Id"): str(each.get("Target"))
        for each in _parts(archive, "xl/_rels/workbook.xml.rels", (_REL,))
    }
    shared = _shared(archive, filling)
    listed = [
        (
            each.get("name") or "",
            each.get("state", "visible") != "visible",
            targets.get(next((each.get(key) for key in _REL_ID if each.get(key)), None)),
        )
        for each in _parts(archive, "xl/workbook.xml", _tags("sheet"))
    ]
    if not listed:
        raise InputError("not sound XLSX (it lists no sheet)", rule="xlsx")
    for name, hidden, target in listed:
        if target is None:
            raise InputError("not sound XLSX (a sheet without a part)", rule="xlsx")
        if "worksheet" not in target:
            continue  # a sheet that is a chart
        member = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        yield _worksheet(archive, member, _Sheet(name, hidden), shared, filling)


def _shared(archive: zipfile.ZipFile, filling: _Filling) -> list[str]:
    strings = []
    for each in _parts(archive, "xl/sharedStrings.xml", _tags("si"), must=False):
        strings.append(_rich(each))
        if len(strings) > MAX_SHEET_CELLS:
            raise filling.too_large()
    return strings


def _rich(element: _Element) -> str:
    """Text of a string in several styles, without its phonetic reading."""
    return "".join(
        each.text or ""
        for each in element.iter(*_tags("t"))
        if not str(getattr(each.getparent(), "tag", "")).endswith("}rPh")
    )


def _worksheet(
    archive: zipfile.ZipFile, member: str, sheet: _Sheet, shared: list[str], filling: _Filling
) -> _Sheet:
    row = 0
    for seen, element in enumerate(_parts(archive, member, _tags("row"))):
        if seen > 4 * MAX_SHEET_ROWS:
            raise filling.too_large()
        given = element.get("r") or ""
        row = int(given) if given.isdigit() and len(given) < 8 else row + 1
        cells: list[str | None] = []
        for cell in element.iterchildren(*_tags("c")):
            place = _REFERENCE.fullmatch(cell.get("r") or "")
            column = len(cells) if place is None else _column(place[1])
            value = _xlsx_value(cell, shared, sheet.name, row)
            if value is not None:
                if column + 1 - len(cells) > MAX_SHEET_CELLS // 50:
                    raise filling.too_large()
                cells.extend([None] * (column + 1 - len(cells)))
                cells[column] = value
        filling.put(sheet, row, cells)
    return sheet


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _xlsx_value(cell: _Element, shared: list[str], sheet: str, row: int) -> str | None:
    kind = cell.get("t") or "n"
    value = next((each.text for each in cell.iterchildren(*_tags("v"))), None)
    formula = next(cell.iterchildren(*_tags("f")), None) is not None
    where = f"sheet {sheet}, cell {cell.get('r') or f'in row {row}'}"
    if kind == "inlineStr":
        value = _rich(cell)
    elif formula and value is None:
        raise _no_value(where)
    elif kind == "e":
        raise InputError("the cell holds an error", unit=where, rule="a value", value=value)
    elif kind == "s":
        place = value or ""
        if not place.isdigit() or len(place) > 8 or int(place) >= len(shared):
            raise InputError("not sound XLSX (no such text)", unit=where, rule="xlsx")
        value = shared[int(place)]
    elif kind == "b":
        value = "true" if value == "1" else "false"
    return _number(value) if kind == "n" else _plain(value)


def _number(text: str | None) -> str | None:
    """Write a number as a count is written: 103 for 103.0 and 1.03E2."""
    try:
        value = float(text or "")
    except ValueError:
        return _plain(text)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else text


def _plain(text: str | None) -> str | None:
    return text if text is not None and text.strip() else None


def _no_value(where: str) -> InputError:
    said = "the formula has no value yet; open the file in a spreadsheet program and save it"
    return InputError(said, unit=where, rule="a value")


# --- ODS -------------------------------------------------------------------------------------


def _ods(archive: zipfile.ZipFile) -> Iterator[_Sheet]:
    row_tag, sheet_tag, style_tag = f"{_TABLE}table-row", f"{_TABLE}table", f"{_STYLE}style"
    filling, seen = _Filling(), 0
    sheet, row = _Sheet("", hidden=False), 1
    hidden: set[str] = set()
    with open_member(archive, "content.xml") as stream:
        tags = (row_tag, sheet_tag, style_tag)
        for element in elements(stream.read, tags, (row_tag, style_tag)):
            if element.tag == style_tag:
                properties = element.find(f"{_STYLE}table-properties")
                if properties is not None and properties.get(f"{_TABLE}display") == "false":
                    hidden.add(element.get(f"{_STYLE}name") or "")
                continue
            owner = element if element.tag == sheet_tag else None
            owner = next(element.iterancestors(sheet_tag), None) if owner is None else owner
            if owner is not None:
                sheet.name = owner.get(f"{_TABLE}name") or ""
                sheet.hidden = (owner.get(f"{_TABLE}style-name") or "") in hidden
            if element.tag == sheet_tag:
                yield sheet
                sheet, row = _Sheet("", hidden=False), 1
                continue
            seen += 1
            if seen > 4 * MAX_SHEET_ROWS:
                raise filling.too_large()
            times = _repeat(element, "number-rows-repeated")
            filling.put(sheet, row, _ods_cells(element, sheet, row, filling), times)
            row += times


def _ods_cells(element: _Element, sheet: _Sheet, row: int, filling: _Filling) -> list[str | None]:
    cells: list[str | None] = []
    gap = 0
    for cell in element:
        repeated = _repeat(cell, "number-columns-repeated")
        value = _ods_value(cell, f"sheet {sheet.name}, row {row}")
        if value is None:
            gap += repeated  # sheets end in one empty cell that is repeated to the edge
            continue
        if gap + repeated > MAX_SHEET_CELLS // 50:
            raise filling.too_large()
        cells.extend([None] * gap)
        cells.extend([value] * repeated)
        gap = 0
        if len(cells) > MAX_SHEET_CELLS // 50:
            raise filling.too_large()
    return cells


def _repeat(cell: _Element, name: str) -> int:
    text = cell.get(f"{_TABLE}{name}") or "1"
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 else 1


def _ods_value(cell: _Element, where: str) -> str | None:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return _number(cell.get(f"{_OFFICE}value"))
    if kind in ("date", "boolean"):
        return _plain(cell.get(f"{_OFFICE}{kind}-value"))
    text = _plain(
        "\n".join("".join(map(str, each.itertext())) for each in cell.iterchildren(f"{_TEXT}p"))
    )
    if text is None and kind is None and cell.get(f"{_TABLE}formula") is not None:
        raise _no_value(where)
    return text
