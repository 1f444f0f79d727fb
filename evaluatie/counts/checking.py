"""Check frames and files against their description, and give them its types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.counts.delimited import read_cells, without_comments
from evaluatie.counts.schema import TABLES, Field, Table
from evaluatie.ground.errors import InputError, UnknownNameError, in_file
from evaluatie.ground.files import unreadable


def read_table(path: Path, table: Table | str, *, lines: bool = False) -> pd.DataFrame:
    """Read a UTF-8 CSV file with ``,`` or ``;`` between cells and check it against its description.

    ``table`` is the description, or its name in :data:`TABLES`; with ``lines`` the index, called
    ``line``, says on which line each row stands. The described columns are returned, in order, with
    nullable integers; other columns are dropped.
    """
    if isinstance(table, str):
        if table not in TABLES:
            raise UnknownNameError.of("table", table, TABLES)
        table = TABLES[table]
    with in_file(path):
        text = _read_text(path)
        if table.comments:
            text = without_comments(text)
        cells = read_cells(text, lambda _: False).replace("", None)
        checked = check_table(cells, table)
    return checked.set_axis(cells.index) if lines else checked


_READ_AS = {"string": "str", "date": "str", "boolean": "boolean"}


def read_checked(path: Path, name: str) -> pd.DataFrame:
    """Read a table that was checked when it was written, as :func:`read_table` does.

    That it is still the same is for the caller to know, by its checksum.
    """
    table = TABLES[name]
    frame = pd.read_csv(
        path,
        encoding="utf-8",
        dtype={each.name: _READ_AS.get(each.type, "float64") for each in table.columns},
        keep_default_na=False,
        na_values=[""],
    )
    whole = [each.name for each in table.columns if each.type == "integer"]
    return frame[table.names].astype(dict.fromkeys(whole, "Int64"))


def check_table(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Check a frame of any origin against a table's description and give it its types.

    Errors name the line where the index of the frame, called ``line``, has it; else rows are
    counted with the header as line 1.
    """
    needed = [column.name for column in table.columns if column.required]
    need_columns(needed, frame.columns, expected=", ".join(table.names))
    empty = pd.Series([None] * len(frame), index=frame.index, dtype="str")
    typed = {each.name: _typed(frame.get(each.name, empty), each) for each in table.columns}
    return check_unique(pd.DataFrame(typed), table.key).reset_index(drop=True)


def check_unique(rows: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Return ``rows`` if no key stands twice; else refuse the first whose key stood before.

    Rows of a table without a key may be alike.
    """
    repeated = rows.duplicated(list(key)) if key else pd.Series(False, rows.index)
    if repeated.any():
        values = rows[list(key)].iloc[int(repeated.to_numpy().argmax())]
        shown, what = ", ".join(map(str, values)), " + ".join(key)
        message = f"the same {what} stands twice"
        refuse_rows(repeated, message, rule="unique key", value=shown)
    return rows


def refuse_rows(
    wrong: pd.Series[bool],
    message: str,
    *,
    rule: str,
    value: object = None,
    expected: object = None,
) -> None:
    """Refuse a table at its first row that is wrong, if there is one, by its line.

    ``value`` and ``expected`` may be columns: then what they hold in that row is told.
    """
    if not wrong.any():
        return
    position = int(wrong.to_numpy(dtype=bool).argmax())
    unit = line_at(wrong.index, position)
    value, expected = _cell(value, position), _cell(expected, position)
    raise InputError(message, unit=unit, rule=rule, value=value, expected=expected)


def _cell(of: object, position: int) -> object:
    if not isinstance(of, pd.Series):
        return of
    cell = of.iloc[position]
    if isinstance(cell, np.generic):
        return cell.item()
    return "an empty cell" if isinstance(cell, str) and not cell else cell


def under_headings(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that have a heading; those without must hold nothing."""
    # pandas calls what stands under no heading "Unnamed: 3".
    headings = [str(name).strip() for name in frame.columns]
    named = [bool(each) and not each.startswith("Unnamed: ") for each in headings]
    for place in np.flatnonzero(~np.array(named)):  # several may be called nothing
        cells = frame.iloc[:, int(place)]
        filled, said = cells.notna() & (cells != ""), "a cell stands under no heading"
        refuse_rows(filled, said, rule="columns", value=cells)
    return frame.loc[:, named]


def need_columns(
    needed: Iterable[str],
    there: Iterable[str],
    *,
    unit: str | None = None,
    expected: str | None = None,
) -> None:
    """Refuse a table without columns that it needs, and name all of these at once."""
    found = [str(name) for name in there]
    missing = [name for name in needed if name not in found]
    if missing:
        listed = ", ".join(map(repr, missing))
        several, shown = len(missing) > 1, ", ".join(found)
        said = f"columns {listed} are missing" if several else f"column {listed} is missing"
        raise InputError(said, unit=unit, rule="columns", value=shown, expected=expected)


def line_at(index: pd.Index[Any], position: int) -> str:
    """Name the line of a row by the index of its frame."""
    return f"line {index[position] if index.name == 'line' else position + 2}"


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", unit=f"byte {error.start}", rule="encoding") from error
    except OSError as error:
        raise unreadable(path, error) from error


def _typed(cells: pd.Series[Any], column: Field) -> pd.Series[Any]:
    name, empty, rule = column.name, cells.isna(), f"type of {column.name}"
    if column.required:
        refuse_rows(empty, f"{name} is empty", rule=rule, expected="a value")
    if column.type in ("integer", "number"):
        typed = _numbers(cells, empty, column)
    elif column.type == "boolean":
        typed = cells.map({"true": True, "false": False}).astype("boolean")
    else:
        # Before pandas 3, astype writes a missing cell out as the word "nan".
        typed = cells.astype("str").where(~empty)
    if column.values:
        wrong = ~empty & ~typed.isin(column.values)
        allowed = " or ".join(column.values)
        said = f"{name} is not allowed"
        refuse_rows(wrong, said, rule=rule, value=cells, expected=allowed)
    if column.pattern:
        form = re.compile(column.pattern)
        wrong = typed.isin([each for each in typed[~empty].unique() if not form.fullmatch(each)])
        said = f"{name} has another form"
        refuse_rows(wrong, said, rule=rule, value=cells, expected=column.description)
    return typed


def _numbers(cells: pd.Series[Any], empty: pd.Series[bool], column: Field) -> pd.Series[Any]:
    name, rule = column.name, f"type of {column.name}"
    values = pd.to_numeric(cells, errors="coerce").astype("float64")
    numbers, filled = values.to_numpy(), ~empty.to_numpy()

    def among_filled(wrong: NDArray[np.bool_]) -> pd.Series[bool]:
        return pd.Series(filled & wrong, cells.index)

    wrong = among_filled(~np.isfinite(numbers))
    said = f"{name} is not a number"
    wanted = column.type if column.required else f"{column.type}, or an empty cell if unknown"
    refuse_rows(wrong, said, rule=rule, value=cells, expected=wanted)
    if column.type == "integer":
        # Beyond 2**53 a float no longer holds every integer; no count comes near it.
        broken = among_filled((numbers % 1 != 0) | (np.abs(numbers) > 2**53))
        said = f"{name} is not a whole number"
        refuse_rows(broken, said, rule=rule, value=cells, expected="a count")
    if column.minimum is not None:
        low = among_filled(numbers < column.minimum)
        least = f"at least {column.minimum}"
        refuse_rows(low, f"{name} is too small", rule=rule, value=cells, expected=least)
    return values.astype("Int64") if column.type == "integer" else values
