"""Columns of every tidy table: names, types, units, constraints.

One description serves three readers: the loader checks tables against it, the data build
writes ``datapackage.json`` from it, the documentation prints it.
"""

from __future__ import annotations

from evaluatie.counts.schema.checking import check_table, read_table
from evaluatie.counts.schema.columns import Field, Table, Type
from evaluatie.counts.schema.tables import STATION_COUNTS, SUBJECTS, TABLES

__all__ = [
    "STATION_COUNTS",
    "SUBJECTS",
    "TABLES",
    "Field",
    "Table",
    "Type",
    "check_table",
    "read_table",
]
