"""Documents to tidy tables at the levels of municipality, polling station and candidate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import pandas as pd

from evaluatie.counts.schema import Table
from evaluatie.sources.columns import LEVEL_TABLES, MUNICIPAL
from evaluatie.sources.documents import COUNTS, Document, Finding, Unit

_TYPES: Mapping[str, Any] = {"integer": "Int64", "boolean": "boolean", "number": "Float64"}
_SUMMED = ("valid", "blank", "invalid")


def source_of(file: str) -> str:
    """Return the bare name of a file or of a member of an archive."""
    return PurePath(file.rpartition("!")[2]).name or file


def polling_stations(documents: Sequence[Document]) -> pd.DataFrame:
    """Return one row per polling station, in the order of the documents.

    A station's eligible voters are unknown where the file says 0, and where one station
    carries the number of its whole municipality (then also a finding).
    """
    rows = []
    for document in documents:
        stations = [unit for unit in document.units if unit.kind == "polling_station"]
        carrier = _carrier(document, stations)
        for unit in stations:
            eligible = None if unit is carrier else unit.eligible
            rows.append(
                {
                    **_head(document, unit),
                    "polling_station": unit.id,
                    "station_name": unit.name,
                    "postcode": unit.postcode or None,
                    **_counts(unit, eligible),
                    **{f"initial_{name}": unit.initial.get(name) for name in COUNTS},
                    **_conditions(document, unit),
                }
            )
    return typed(rows, LEVEL_TABLES["polling_stations"])


def unit_totals(documents: Sequence[Document]) -> pd.DataFrame:
    """Return counts of municipalities, districts and the country as the files state them."""
    rows = [
        {
            **_head(document, unit),
            "level": unit.kind,
            "unit": unit.id,
            "name": unit.name,
            **_counts(unit, unit.eligible),
            **_conditions(document, unit),
        }
        for document in documents
        for unit in (*document.units, *document.totals)
        if unit.kind != "polling_station"
    ]
    return typed(rows, LEVEL_TABLES["unit_totals"])


def list_votes(documents: Sequence[Document]) -> pd.DataFrame:
    """Return votes per list of every unit and total."""
    # Column by column: a national election has a quarter of a million of these rows.
    table = LEVEL_TABLES["unit_list_votes"]
    columns: dict[str, list[Any]] = {name: [] for name in table.names}
    for document in documents:
        for unit in (*document.units, *document.totals):
            lists, rows = document.slates[unit.slate].lists, len(unit.votes)
            head = {**_head(document, unit), "level": unit.kind, "unit": unit.id}
            for name, value in head.items():
                if name in columns:
                    columns[name].extend([value] * rows)
            columns["list_number"].extend(number for number, _ in lists)
            columns["list_name"].extend(name for _, name in lists)
            columns["votes"].extend(unit.votes)
            initial = unit.initial_votes
            columns["initial_votes"].extend(
                map(initial.get, range(rows)) if initial else [None] * rows
            )
    return typed_columns(columns, table)


def municipalities(documents: Sequence[Document]) -> tuple[pd.DataFrame, list[Finding]]:
    """Return one row per election and municipality, and where documents disagree.

    A municipality comes from its row in a district's or the country's file where there is
    one, else from the sum over its own polling stations. Where both are there and differ,
    the former stands and every count that differs is a finding; nothing is repaired.
    """
    findings: list[Finding] = []
    chosen: dict[tuple[str, str], dict[str, Any]] = {}
    for document in sorted(documents, key=_rank):
        for row in _municipal_rows(document, findings):
            first = chosen.setdefault((row["election"], row["municipality_code"]), row)
            if first is not row:
                if first["eligible"] is None:
                    first["eligible"] = row["eligible"]
                findings.extend(_disagreements(first, row))
    return typed([row for _, row in sorted(chosen.items())], MUNICIPAL), findings


def fullest(rows: pd.DataFrame, key: list[str], counts: list[str]) -> pd.DataFrame:
    """Keep, of rows with one key, the one that knows most counts, and of alike ones the first."""
    known = rows[counts].notna().sum(axis=1)
    order = known.sort_values(ascending=False, kind="stable").index
    return rows.loc[order].drop_duplicates(key, keep="first")


def typed(rows: Sequence[Mapping[str, Any]], table: Table) -> pd.DataFrame:
    """Give rows the columns and types of a described table."""
    return typed_columns({name: [row.get(name) for row in rows] for name in table.names}, table)


def typed_columns(columns: Mapping[str, Sequence[Any]], table: Table) -> pd.DataFrame:
    """Give whole columns the order and types of a described table."""
    return pd.DataFrame(
        {
            column.name: pd.Series(columns[column.name], dtype=_TYPES.get(column.type, "str"))
            for column in table.columns
        }
    )


def disagreement(file: str, election: str, unit: str, value: Any, expected: str) -> Finding:
    """Return the finding that a file gives another count than one before it."""
    return Finding(file, election, unit, "files agree", str(value), expected, "error")


def _carrier(document: Document, stations: list[Unit]) -> Unit | None:
    filled = [unit for unit in stations if unit.eligible]
    if len(filled) != 1 or len(stations) < 2 or not document.totals:
        return None
    return filled[0] if filled[0].eligible == document.totals[0].eligible else None


def _head(document: Document, unit: Unit) -> dict[str, Any]:
    return {
        "election": document.election,
        "municipality_code": unit.municipality_code or None,
        "municipality": unit.municipality or None,
        "vintage": "official",
        "source": source_of(document.file),
        "file": document.file,
    }


def _counts(unit: Unit, eligible: int | None) -> dict[str, Any]:
    return {
        **{name: unit.counts.get(name) for name in COUNTS},
        "eligible": eligible,
        "ballots": unit.ballots,
        "rejected": unit.counts["blank"] + unit.counts["invalid"],
    }


def _conditions(document: Document, unit: Unit) -> dict[str, Any]:
    return {
        "phase": document.phase or None,
        "counting_method": document.counting_method or None,
        "unit_type": unit.unit_type or None,
        "shared_location": unit.shared_location,
    }


def _rank(document: Document) -> tuple[int, str]:
    order = ("EML 510d", "EML 510c", "OSV4-3", "EML 510b", "EML 510a")
    return order.index(document.format), document.file


def _municipal_rows(document: Document, findings: list[Finding]) -> Iterator[dict[str, Any]]:
    if document.format == "EML 510a":
        return  # one station; whether all stations are at hand nobody can tell
    own = [unit for unit in document.units if unit.kind == "municipality"]
    if not any(unit.kind in ("municipality", "polling_station") for unit in document.units):
        # A count of nothing but a total, or of a council with its districts as units.
        own = [unit for unit in document.totals if unit.kind == "municipality"]
    for unit in own:
        eligible = unit.eligible
        if eligible is None:
            findings.append(document.finding(unit.id, "eligible given", "0", "", "info"))
        yield _municipal_row(document, unit.municipality_code, unit.municipality, [unit], eligible)
    stations: dict[str, list[Unit]] = {}
    for unit in document.units:
        if unit.kind == "polling_station":
            stations.setdefault(unit.municipality_code, []).append(unit)
    for code, units in stations.items():
        label = units[0].id
        if not code:
            findings.append(document.finding(label, "municipality known", "", "", "warning"))
            continue
        carrier = _carrier(document, units)
        if carrier is not None:
            found = (carrier.id, "eligible per station", carrier.eligible, "")
            findings.append(document.finding(*found, "info"))
        eligible = _eligible(document, code, units)
        yield _municipal_row(document, code, units[0].municipality, units, eligible)


def _eligible(document: Document, code: str, units: list[Unit]) -> int | None:
    for total in document.totals:
        if total.kind == "municipality" and total.municipality_code == code:
            return total.eligible
    given = [unit.eligible for unit in units]
    return None if None in given else sum(each for each in given if each)


def _municipal_row(
    document: Document, code: str, name: str, units: list[Unit], eligible: int | None
) -> dict[str, Any]:
    counts = {each: sum(unit.counts[each] for unit in units) for each in _SUMMED}
    whole = units[0]._replace(municipality_code=code, municipality=name or code, counts=counts)
    return {**_head(document, whole), **_counts(whole, eligible)}


def _disagreements(first: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Finding]:
    code, called = other["municipality_code"], other["municipality"]
    who = f"{called} ({code})" if called else code
    for name in ("eligible", *_SUMMED):
        left, right = first[name], other[name]
        if left is not None and right is not None and left != right:
            known = f"{left} ({source_of(first['file'])})"
            yield disagreement(other["file"], other["election"], f"{who}, {name}", right, known)
