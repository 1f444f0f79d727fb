"""From bytes to cells, for every reader of delimited text.

Readers get text cells with the number of the line they stand on, so that every complaint
can name the line. Nothing is repaired here: white space around a cell is the only thing
that is taken away.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from evaluatie.counts.checking import check_unique, missing_columns, refuse_rows
from evaluatie.counts.delimited import decode
from evaluatie.counts.identifiers import any_code
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import InputError

# No count in the Netherlands has ten digits; a longer one is a slip.
_INTEGER = "[0-9]{1,9}"
_COLUMNS = [column for table in TABLES.values() for column in table.columns]
_CODES = {column.name for column in _COLUMNS if column.pattern}
_COUNTS = {column.name for column in _COLUMNS if column.type == "integer"}


def read_sheet(
    content: bytes, separator: str, columns: Iterable[str], file: str, *, unnamed: bool = False
) -> pd.DataFrame:
    """Read text cells under their header and check that ``columns`` are there.

    The index, called ``line``, is the line in the file.

    Every data line must have as many cells as the header. A header cell without a name (after
    a closing separator) must stand over empty cells and is dropped; with ``unnamed`` it is
    dropped whatever stands below it.
    """
    lines, header, data = _split(decode(content, file), separator, file)
    other = "," if separator == ";" else ";"
    if len(header) == 1 and other in header[0]:
        said = "another separator between cells"
        raise InputError(
            said, file=file, unit="line 1", rule="separator", value=other, expected=separator
        )
    missing = [column for column in columns if column not in header]
    if missing:
        said, found = missing_columns(missing), ", ".join(header)
        raise InputError(said, file=file, unit="line 1", rule="columns", value=found)
    index = pd.Index(lines, name="line")
    widths = pd.Series([*map(len, data)], index)
    wrong, said = widths != len(header), "the line has another number of cells than the header"
    refuse_rows(wrong, said, file=file, rule="line length", value=widths, expected=len(header))
    frame = pd.DataFrame(data, columns=header, index=index, dtype="str")
    return _without_unnamed(frame, file, check=not unnamed)


def read_rows(
    content: bytes,
    separator: str,
    columns: Mapping[str, str],
    file: str,
    key: Sequence[str] = (),
    *,
    empty: Iterable[str] = (),
) -> pd.DataFrame:
    """Read the rows of a delimited file as :func:`tidy` has them; errors as of both functions."""
    return tidy(
        read_sheet(content, separator, columns.values(), file), columns, file, key, empty=empty
    )


def tidy(
    cells: pd.DataFrame,
    columns: Mapping[str, str],
    file: str,
    key: Sequence[str] = (),
    *,
    empty: Iterable[str] = (),
) -> pd.DataFrame:
    """Read text cells, as of :func:`read_sheet`, into the tidy columns that ``columns`` names.

    Codes and counts become what the tables describe under the tidy name, everything else stays
    text; blank and invalid votes together give ``rejected``. Cells of the counts in ``empty`` may
    be empty; the columns of ``key`` stand once together.
    """
    made: dict[str, pd.Series[Any]] = {}
    for name, printed in columns.items():
        if name in _CODES:
            made[name] = municipality_codes(cells[printed], file)
        elif name in _COUNTS:
            made[name] = integers(cells[printed], file, required=name not in empty)
        else:
            made[name] = cells[printed]
    return with_rejected(check_unique(pd.DataFrame(made), key, file))


def with_rejected(counts: pd.DataFrame) -> pd.DataFrame:
    """Add ``rejected`` = blank + invalid where both columns are there."""
    if "blank" not in counts or "invalid" not in counts:
        return counts
    return counts.assign(rejected=counts["blank"] + counts["invalid"])


def _split(text: str, separator: str, file: str) -> tuple[list[int], list[str], list[list[str]]]:
    try:
        lines, data = _cells(text, separator, csv.QUOTE_MINIMAL)
    except csv.Error:
        # Some exports never quote, and print the quotation marks of a list's name bare.
        try:
            lines, data = _cells(text, separator, csv.QUOTE_NONE)
        except csv.Error as error:
            raise InputError(f"not a readable table ({error})", file=file, rule="csv") from error
    if not data:  # separators and nothing else
        raise InputError("the file is empty", file=file, rule="not empty")
    header = data[0]
    named = [name for name in header if name]
    repeated = next((name for name in named if named.count(name) > 1), None)
    if repeated is not None:
        said = f"column {repeated!r} stands twice in the header"
        raise InputError(said, file=file, unit="line 1", rule="unique columns")
    if len(data) == 1:
        raise InputError("the file holds no rows", file=file, rule="not empty")
    return lines[1:], header, data[1:]


def _cells(text: str, separator: str, quoting: Any) -> tuple[list[int], list[list[str]]]:
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, strict=True, quoting=quoting
    )
    lines: list[int] = []
    data: list[list[str]] = []
    for cells in reader:  # a million lines: a plain loop is the fastest
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            data.append(stripped)
            lines.append(reader.line_num)
    return lines, data


def _without_unnamed(frame: pd.DataFrame, file: str, *, check: bool) -> pd.DataFrame:
    unnamed = frame.loc[:, [name == "" for name in frame.columns]]
    filled = (unnamed != "").any(axis=1) & check
    refuse_rows(filled, "a cell under a header without a name", file=file, rule="columns")
    return frame.loc[:, [name != "" for name in frame.columns]]


def integers(cells: pd.Series[Any], file: str, *, required: bool = True) -> pd.Series[Any]:
    """Turn text cells into counts; an empty cell is unknown (or an error if ``required``)."""
    empty = cells == ""
    wrong = ~empty & ~cells.str.fullmatch(_INTEGER)
    if required:
        wrong |= empty
    said = f"column {cells.name!r} holds no count"
    refuse_rows(wrong, said, file=file, rule="whole number", value=cells, expected="digits only")
    return pd.to_numeric(cells.mask(empty)).astype("Int64")


def municipality_codes(cells: pd.Series[Any], file: str) -> pd.Series[Any]:
    """Write codes as GM and four digits, as :func:`any_code` reads them."""
    codes = cells.map({each: any_code(each) for each in cells.unique()}).astype("str")
    said, wanted = "no municipality code", "such as G0484, GM0484 or 484"
    rule = "municipality code"
    refuse_rows(codes == "", said, file=file, rule=rule, value=cells, expected=wanted)
    return codes


def refuse_sums(
    stated: pd.Series[Any], summed: pd.Series[Any], message: str, *, file: str, rule: str
) -> None:
    """Refuse the first municipality, or list of one, whose parts are not what is stated of it.

    What is missing on one side is 0 there.
    """
    both = pd.DataFrame({"stated": stated, "summed": summed}).fillna(0)
    wrong = both[both["stated"] != both["summed"]]
    if len(wrong):
        key, row = wrong.index[0], wrong.iloc[0]
        raise InputError(
            message,
            file=file,
            unit=key if isinstance(key, str) else f"{key[0]}, list {key[1]}",
            rule=rule,
            value=int(row["summed"]),
            expected=int(row["stated"]),
        )
