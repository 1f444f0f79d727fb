"""Tables of the user's own: CSV, Parquet, XLSX or ODS with the package's columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from evaluatie.counts.checking import refuse_rows
from evaluatie.counts.delimited import decode, read_cells
from evaluatie.counts.own import check_own, heading, is_own_header
from evaluatie.counts.schema import TABLES, Table
from evaluatie.ground.errors import InputError, in_file
from evaluatie.ground.files import too_large
from evaluatie.sources import office
from evaluatie.sources.columns import LEVEL_TABLES, MUNICIPAL
from evaluatie.sources.limits import MAX_NAME_LENGTH, MAX_PARQUET_BYTES, MAX_PARQUET_CELLS

_FORMULA_SIGNS = "=+-@\t\r\n"


class Named(NamedTuple):
    """A table, which of the package's it is, and what of the file is not in it.

    ``columns`` and ``sheets`` are names; ``sheet`` is the one that was read, if there is more
    than one.
    """

    name: str
    rows: pd.DataFrame
    columns: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    sheet: str = ""


def read_csv_table(content: bytes, *, file: str) -> Named:
    """Read a delimited table and tell which table it is.

    An apostrophe that guards a cell against spreadsheets (``'=1+1``) is taken away again.
    """
    cells = read_cells(decode(content), is_own_header)
    return _checked(cells.map(_unguarded), file)


def read_parquet_table(content: bytes, *, file: str, election: str | None = None) -> Named:
    """Read a Parquet table; otherwise as :func:`read_csv_table`.

    ``election`` is that of a part in a folder such as ``election=TK2025``, where rows do not
    repeat it. What it would take is read from its foot before any of it is unpacked, and texts stay
    dictionaries until their lengths are known.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Arrow's own buffer: its threads would ask a file of Python for bytes, also while Python ends.
    try:
        with pq.ParquetFile(pa.BufferReader(content)) as foot:
            _check_size(foot.metadata)
            text = [
                each.name
                for each in foot.schema_arrow
                if pa.types.is_string(getattr(each.type, "value_type", each.type))
                or pa.types.is_large_string(each.type)
            ]
        table = pq.ParquetFile(pa.BufferReader(content), read_dictionary=text).read()
        for name in text:
            _check_lengths(table[name], name)
        frame = table.to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        message = " ".join(str(error).split())[:120]
        raise InputError(f"not sound Parquet ({message})", rule="parquet") from None
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            frame[name] = frame[name].astype(frame[name].cat.categories.dtype)
    if election is not None and "election" not in frame:
        frame = frame.assign(election=election)
    return _checked(frame, file)


def _check_size(metadata: Any) -> None:
    unpacked = sum(
        metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups)
    )
    cells = metadata.num_rows * metadata.num_columns
    if cells > MAX_PARQUET_CELLS or unpacked > MAX_PARQUET_BYTES:
        shape = f"{metadata.num_rows} rows of {metadata.num_columns} columns"
        allowed = f"at most {MAX_PARQUET_CELLS} cells and {MAX_PARQUET_BYTES >> 20} MB"
        raise too_large(allowed, f"{shape}, {unpacked >> 20} MB unpacked")


def _check_lengths(column: Any, name: str) -> None:
    import pyarrow.compute as pc

    for chunk in column.chunks:
        longest = pc.max(pc.utf8_length(chunk.dictionary)).as_py() if len(chunk) else None
        if longest is not None and longest > MAX_NAME_LENGTH:
            said = f"{name} is too long for a name"
            found = f"{longest} characters"
            wanted = f"at most {MAX_NAME_LENGTH}"
            raise InputError(said, rule="length of a name", value=found, expected=wanted)


def read_office_table(content: bytes, *, file: str) -> Named:
    """Read the sheet of an XLSX or ODS file that is a table; otherwise as :func:`read_csv_table`.

    Values only: formulas are never computed, their last value counts.
    """
    read = office.read_sheets(content)
    label = f"{file}, sheet {read.name}" if read.others else file
    with in_file(label):
        made = _checked(read.cells, label)
    return made._replace(sheets=read.others, sheet=read.name if read.others else "")


def _unguarded(cell: Any) -> Any:
    guarded = isinstance(cell, str) and cell.startswith("'") and cell[1:].lstrip(" ")[:1]
    return cell[1:] if guarded and guarded in _FORMULA_SIGNS else cell


def _checked(frame: pd.DataFrame, file: str) -> Named:
    table = _table_of(set(map(heading, frame.columns)))
    for place, name in enumerate(frame.columns):
        cells = frame.iloc[:, place]
        if pd.api.types.is_numeric_dtype(cells.dtype):
            continue
        long = cells.astype("str").str.len() > MAX_NAME_LENGTH
        refuse_rows(long, f"{name} is too long for a name", rule="length of a name")
    own = check_own(frame, table, file=file)
    return Named(table.name, own.rows, own.unused)


def _table_of(names: Iterable[str]) -> Table:
    """Tell which table it is by the columns that only one of them has."""
    names = set(names)
    if "votes" in names and names & {"candidate_number", "short_code"}:
        return LEVEL_TABLES["candidate_votes"]
    if "polling_station" in names:
        return LEVEL_TABLES["polling_stations"]
    for table, own in (
        ("unit_list_votes", {"level", "unit", "votes"}),
        ("unit_totals", {"level", "unit", "valid"}),
        ("seats", {"list_number", "seats"}),
        ("candidate_names", {"election_id", "contest"}),
        ("findings", {"rule", "severity"}),
        ("files", {"status", "bytes"}),
    ):
        if own <= names:
            return LEVEL_TABLES[table]
    # Counts of municipalities without their codes are no counts of the country.
    places = {"municipality_code", "municipality"}
    if not names & places and {"election", "vintage", "valid"} <= names:
        return TABLES["national_results"]
    return MUNICIPAL
