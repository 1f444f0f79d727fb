"""The shipped tables as a Frictionless Data Package, from ``schema.TABLES``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evaluatie.counts.schema import TABLES, Field, Table


def describe(
    tables: Sequence[Mapping[str, Any]],
    sources: Sequence[Mapping[str, Any]],
    contents: Mapping[str, str],
) -> str:
    """Return ``datapackage.json``: every table and column, with types and constraints.

    ``tables`` are entries of the manifest (path, rows, sha256), ``sources`` those of the catalogue,
    ``contents`` the text of each table by path, for its size.
    """
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "evaluatie",
        "title": "Counts of Dutch elections 2010-2026 for the evaluation of a new ballot paper",
        "description": (
            "One row per election, municipality and vintage: eligible voters, ballots, valid, "
            "blank and invalid votes; empty = unknown. Counts are public facts; each row names "
            "its source, and manifest.toml describes what was checked about it."
        ),
        "sources": [
            {"title": f"{each['id']}: {each['publisher']}, {each['title']}"} for each in sources
        ],
        "resources": [
            _resource(entry, len(contents[entry["path"]].encode("utf-8"))) for entry in tables
        ],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(entry: Mapping[str, Any], size: int) -> dict[str, Any]:
    path = str(entry["path"])
    name, _, part = path.removesuffix(".csv").partition("/")
    table = TABLES[name]
    return {
        "name": f"{name}-{part}".lower() if part else name,
        "title": f"{table.title}: {part}" if part else table.title,
        "path": path,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{entry['sha256']}",
        "schema": _schema(table),
    }


def _schema(table: Table) -> dict[str, Any]:
    return {
        "fields": [_field(column) for column in table.columns],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }


def _field(column: Field) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.minimum is not None:
        constraints["minimum"] = column.minimum
    if column.values:
        constraints["enum"] = list(column.values)
    if column.pattern:
        constraints["pattern"] = column.pattern
    field: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "description": column.description,
    }
    return {**field, "constraints": constraints} if constraints else field
