"""One table or figure to one file."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.ground.escape import spreadsheet_text
from evaluatie.ground.formatting import Language
from evaluatie.ground.tables import to_csv
from evaluatie.ground.words import say
from evaluatie.report.export.sheets import Sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure


PICTURES = ("svg", "pdf", "png")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write UTF-8 CSV: comma, decimal point, unknown empty; fractions, not percentages."""
    path.with_suffix(".csv").write_text(to_csv(frame), "utf-8", newline="\n")


def write_dutch_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write the CSV that a Dutch spreadsheet opens by itself: ``;``, decimal comma, BOM."""
    rows = frame.map(lambda cell: spreadsheet_text(cell) if isinstance(cell, str) else cell)
    rows.columns = pd.Index([spreadsheet_text(str(name)) for name in rows.columns])
    made = rows.to_csv(sep=";", float_format=_dutch, index=False)
    path.with_suffix(".csv").write_text(made, "utf-8-sig", newline="\r\n")


def _dutch(value: Any) -> str:
    """Write eight digits, never with an exponent, which not every spreadsheet reads."""
    shown = np.format_float_positional(value, precision=8, fractional=False, trim="-")
    return shown.replace(".", ",")


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write Parquet; a column of mixed kinds becomes text."""
    rows = frame.copy()
    for name in rows.columns:
        if rows[name].dtype != object:
            continue
        kinds = {type(value) for value in rows[name].dropna()}
        if len(kinds) > 1 or kinds & {list, dict}:
            rows[name] = [None if _missing(value) else str(value) for value in rows[name]]
    rows.to_parquet(path.with_suffix(".parquet"), index=False)


WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": write_csv,
    "csv-nl": write_dutch_csv,
    "parquet": write_parquet,
}


def picture(drawn: Figure, kind: str) -> bytes:
    """Return a figure as SVG, PDF or PNG (300 dots an inch), the same bytes each time."""
    made = io.BytesIO()
    drawn.savefig(made, format=kind, dpi=300)
    return made.getvalue()


def stem(lang: Language) -> str:
    """Return the name of the workbook."""
    return say("export.workbook", lang)


def write_index(out: Path, sheets: Sequence[Sheet], lang: Language) -> None:
    """Write which table is which."""
    index = pd.DataFrame(
        {
            "table": [sheet.name for sheet in sheets],
            "title": [sheet.title for sheet in sheets],
            "rows": [len(sheet.frame) for sheet in sheets],
        }
    )
    write_csv(index, out / "index")


def _missing(value: object) -> bool:
    return not isinstance(value, (list, dict)) and bool(pd.isna(value))  # type: ignore[call-overload]
