"""From bytes to cells, for every reader of delimited text.

Readers get text cells with the number of the line they stand on, so that every complaint
can name the line. Nothing is repaired here: white space around a cell is the only thing
that is taken away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from evaluatie.counts.checking import check_unique, need_columns, refuse_rows, under_headings
from evaluatie.counts.delimited import decode, first_line, framed, header_of, rows_of
from evaluatie.counts.identifiers import any_code
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import InputError

# No count in the Netherlands has ten digits; a longer one is a slip.
_INTEGER = "[0-9]{1,9}"
_COLUMNS = [column for table in TABLES.values() for column in table.columns]
_CODES = {column.name for column in _COLUMNS if column.pattern}
_COUNTS = {column.name for column in _COLUMNS if column.type == "integer"}


def read_sheet(content: bytes, columns: Iterable[str], *, unnamed: bool = False) -> pd.DataFrame:
    """Read text cells under a header that has ``columns``, as of :func:`framed`.

    A column without a name (after a closing separator) must be empty and is dropped; with
    ``unnamed`` it is dropped whatever it holds.
    """
    wanted, text = list(columns), decode(content)
    found = header_of(text, lambda cells: len({*wanted} & {*cells}) > 1)
    position, separator, header = found or first_line(text)
    if any(header):
        need_columns(wanted, header, unit="line 1")
    frame = framed(rows_of(text, position, separator, even=True, bare=True))
    if frame.empty:
        raise InputError("the file holds no rows", rule="not empty")
    return frame.loc[:, frame.columns != ""] if unnamed else under_headings(frame)


def read_rows(
    content: bytes,
    columns: Mapping[str, str],
    key: Sequence[str] = (),
    *,
    empty: Iterable[str] = (),
) -> pd.DataFrame:
    """Read the rows of a delimited file as :func:`tidy` has them; errors as of both functions."""
    return tidy(read_sheet(content, columns.values()), columns, key, empty=empty)


def tidy(
    cells: pd.DataFrame,
    columns: Mapping[str, str],
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
            made[name] = municipality_codes(cells[printed])
        elif name in _COUNTS:
            made[name] = integers(cells[printed], required=name not in empty)
        else:
            made[name] = cells[printed]
    return with_rejected(check_unique(pd.DataFrame(made), key))


def with_rejected(counts: pd.DataFrame) -> pd.DataFrame:
    """Add ``rejected`` = blank + invalid where both columns are there."""
    if "blank" not in counts or "invalid" not in counts:
        return counts
    return counts.assign(rejected=counts["blank"] + counts["invalid"])


def integers(cells: pd.Series[Any], *, required: bool = True) -> pd.Series[Any]:
    """Turn text cells into counts; an empty cell is unknown (or an error if ``required``)."""
    empty = cells == ""
    wrong = ~empty & ~cells.str.fullmatch(_INTEGER)
    if required:
        wrong |= empty
    said = f"column {cells.name!r} holds no count"
    refuse_rows(wrong, said, rule="whole number", value=cells, expected="digits only")
    return pd.to_numeric(cells.mask(empty)).astype("Int64")


def municipality_codes(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Write codes as GM and four digits, as :func:`any_code` reads them."""
    codes = cells.map({each: any_code(each) for each in cells.unique()}).astype("str")
    said, wanted = "no municipality code", "such as G0484, GM0484 or 484"
    rule = "municipality code"
    refuse_rows(codes == "", said, rule=rule, value=cells, expected=wanted)
    return codes


def refuse_sums(
    stated: pd.Series[Any],
    summed: pd.Series[Any],
    message: str,
    *,
    rule: str,
    missing: str | int = 0,
) -> None:
    """Refuse the first municipality, or list of one, whose parts are not what is stated of it.

    What one side lacks is ``missing`` there.
    """
    both = pd.DataFrame({"stated": stated, "summed": summed}).astype("object")
    both = both.where(both.notna(), missing)
    wrong = both[both["stated"] != both["summed"]]
    if len(wrong):
        key, (wanted, found) = wrong.index[0], wrong.iloc[0]
        unit = key if isinstance(key, str) else f"{key[0]}, list {key[1]}"
        raise InputError(message, unit=unit, rule=rule, value=found, expected=wanted)
