"""Columns of every tidy table: names, types, units, constraints.

One description serves three readers: the loader checks tables against it, the data build
writes ``datapackage.json`` from it, the documentation prints it.
"""

from __future__ import annotations

from evaluatie.counts.schema.checking import (
    check_table,
    check_unique,
    line_at,
    missing_columns,
    read_table,
    refuse_rows,
)
from evaluatie.counts.schema.columns import Field, Table, Type, count, text
from evaluatie.counts.schema.delimited import (
    TITLE_LINES,
    blank_before,
    cells_of,
    decode,
    header_of,
    read_cells,
    without_comments,
)
from evaluatie.counts.schema.tables import STATION_COUNTS, SUBJECTS, TABLES

__all__ = [
    "STATION_COUNTS",
    "SUBJECTS",
    "TABLES",
    "TITLE_LINES",
    "Field",
    "Table",
    "Type",
    "blank_before",
    "cells_of",
    "check_table",
    "check_unique",
    "count",
    "decode",
    "header_of",
    "line_at",
    "missing_columns",
    "read_cells",
    "read_table",
    "refuse_rows",
    "text",
    "without_comments",
]
