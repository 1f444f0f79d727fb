"""Tables of the user's own: CSV, Parquet, XLSX or ODS with the package's columns."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pandas as pd

from evaluatie.counts.schema import Table, check_table
from evaluatie.ground.errors import InputError
from evaluatie.sources.archive import check_office, open_archive, open_member
from evaluatie.sources.cells import decode
from evaluatie.sources.columns import LEVEL_TABLES, MUNICIPAL
from evaluatie.sources.limits import MAX_NAME_LENGTH
from evaluatie.sources.xml_stream import elements

__all__ = ["read_csv_table", "read_office_table", "read_parquet_table"]

_MAX_ROWS = 2_000_000
_MAX_COLUMNS = 500
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_FORMULA_SIGNS = "=+-@\t\r\n"

Named = tuple[str, pd.DataFrame]


def read_csv_table(content: bytes, *, file: str) -> Named:
    """Read a delimited table and tell which table it is.

    An apostrophe that guards a cell against spreadsheets (``'=1+1``) is taken away again.

    Returns
    -------
    tuple of str and pandas.DataFrame
        Name of the table and its checked rows.

    Raises
    ------
    InputError
        Naming line, column, value and what was expected.
    """
    text = decode(content, file)
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    try:
        frame = pd.read_csv(
            io.StringIO(text), sep=separator, dtype="str", keep_default_na=False, na_values=[""]
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise InputError(f"not a readable table ({error})", file=file, rule="csv") from None
    return _checked(frame.map(_unguarded), file)


def read_parquet_table(content: bytes, *, file: str) -> Named:
    """Read a Parquet table; otherwise as :func:`read_csv_table`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
        frame = table.to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        message = " ".join(str(error).split())[:120]
        raise InputError(f"not sound Parquet ({message})", file=file, rule="parquet") from None
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            frame[name] = frame[name].astype(frame[name].cat.categories.dtype)
    return _checked(frame.map(_plain), file)


def read_office_table(content: bytes, *, file: str) -> Named:
    """Read the first sheet of an XLSX or ODS file; otherwise as :func:`read_csv_table`.

    Values only: formulas are never computed, their last value counts.
    """
    with open_archive(io.BytesIO(content), file=file) as archive:
        check_office(archive, file=file)
        names = set(archive.namelist())
        read: Callable[[zipfile.ZipFile, bytes, str], Iterator[list[Any]]]
        if "xl/workbook.xml" in names:
            read = _xlsx
        elif "content.xml" in names:
            read = _ods
        else:
            raise InputError("neither XLSX nor ODS", file=file, rule="supported format")
        frame = _framed(read(archive, content, file), file)
    return _checked(frame, file)


def _xlsx(archive: zipfile.ZipFile, content: bytes, file: str) -> Iterator[list[Any]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # A sheet may claim any size; what it holds is found by reading it.
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True):
            yield list(row)
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers meet
        message = " ".join(str(error).split())[:120]
        raise InputError(f"not sound XLSX ({message})", file=file, rule="xlsx") from None


def _ods(archive: zipfile.ZipFile, content: bytes, file: str) -> Iterator[list[Any]]:
    row_tag, sheet_tag = f"{_TABLE}table-row", f"{_TABLE}table"
    with open_member(archive, "content.xml", file=file) as stream:
        for element in elements(stream.read, (row_tag, sheet_tag), (row_tag,), file=file):
            if element.tag == sheet_tag:
                return  # the first sheet only
            cells: list[Any] = []
            for cell in element:
                repeated = _repeat(cell, "number-columns-repeated")
                value = _ods_value(cell)
                # Sheets end in one cell that is repeated to the edge.
                cells.extend([value] * (repeated if value is not None else min(repeated, 50)))
                if len(cells) > 2 * _MAX_COLUMNS:
                    break
            while cells and cells[-1] is None:
                cells.pop()
            for _ in range(_repeat(element, "number-rows-repeated") if cells else 1):
                yield list(cells)


def _repeat(element: Any, name: str) -> int:
    text = element.get(f"{_TABLE}{name}") or "1"
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 else 1


def _ods_value(cell: Any) -> Any:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return cell.get(f"{_OFFICE}value")
    if kind == "date":
        return cell.get(f"{_OFFICE}date-value")
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value")
    text = "\n".join("".join(each.itertext()) for each in cell.iterchildren(f"{_TEXT}p"))
    return text or None


def _framed(rows: Iterable[list[Any]], file: str) -> pd.DataFrame:
    header: list[str] | None = None
    data: list[list[Any]] = []
    for number, row in enumerate(rows, start=1):
        if number > _MAX_ROWS or len(row) > 2 * _MAX_COLUMNS:
            raise InputError(
                "the sheet is larger than any table of counts",
                file=file,
                unit=f"row {number}",
                rule="size of a table",
                expected=f"at most {_MAX_ROWS} rows and {_MAX_COLUMNS} columns",
            )
        cells = [_plain(value) for value in row]
        if not any(cell is not None for cell in cells):
            continue
        if header is None:
            header = ["" if cell is None else str(cell).strip() for cell in cells]
            continue
        if any(cell is not None for cell in cells[len(header) :]):
            raise InputError(
                "the row is wider than the header", file=file, unit=f"row {number}", rule="columns"
            )
        data.append((cells + [None] * len(header))[: len(header)])
    if header is None:
        raise InputError("the sheet is empty", file=file, rule="not empty")
    return pd.DataFrame(data, columns=header, dtype="object")


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return text if text.strip() else None


def _unguarded(cell: Any) -> Any:
    guarded = isinstance(cell, str) and cell.startswith("'") and cell[1:].lstrip(" ")[:1]
    return cell[1:] if guarded and guarded in _FORMULA_SIGNS else cell


def _checked(frame: pd.DataFrame, file: str) -> Named:
    names = [str(name) for name in frame.columns]
    repeated = next((name for name in names if name and names.count(name) > 1), None)
    if repeated is not None:
        raise InputError(
            f"column {repeated!r} stands twice", file=file, unit="line 1", rule="unique columns"
        )
    frame.columns = pd.Index(names)
    table = _table_of(set(names))
    for column in table.columns:
        if column.type == "string" and column.name in frame:
            long = frame[column.name].astype("str").str.len() > MAX_NAME_LENGTH
            if long.any():
                raise InputError(
                    f"{column.name} is too long for a name",
                    file=file,
                    unit=f"line {int(long.to_numpy().argmax()) + 2}",
                    rule="length of a name",
                )
    if "source" not in frame:
        frame = frame.assign(source=file)
    return table.name, check_table(frame, table, file=file)


def _table_of(names: set[str]) -> Table:
    if "votes" in names and names & {"candidate_number", "short_code"}:
        return LEVEL_TABLES["candidate_votes"]
    if "polling_station" in names:
        return LEVEL_TABLES["polling_stations"]
    return MUNICIPAL
