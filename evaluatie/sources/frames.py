"""Documents to tidy tables at the levels of municipality, polling station and candidate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.schema import Table
from evaluatie.sources.columns import LEVEL_TABLES, MUNICIPAL
from evaluatie.sources.documents import COUNTS, INITIAL, Document, Finding, Unit
from evaluatie.sources.eml_lists import CandidateName

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Names",
    "candidate_batches",
    "candidate_schema",
    "list_votes",
    "municipalities",
    "name_index",
    "polling_stations",
    "typed",
    "unit_totals",
]

Names = Mapping[tuple[str, str, int, int], str]
"""Candidate names by election identifier, contest, list and number."""

_SUMMED = ("valid", "blank", "invalid")
_UNITS_A_BATCH = 100  # about 110,000 candidates: a few MB


def name_index(rows: Iterable[CandidateName]) -> dict[tuple[str, str, int, int], str]:
    """Index candidate names for :func:`candidate_batches`."""
    return {
        (row.election_id, row.contest, row.list_number, row.candidate_number): row.name
        for row in rows
    }


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
            eligible = None if unit is carrier else unit.counts["eligible"] or None
            rows.append(
                {
                    **_head(document, unit),
                    "polling_station": unit.id,
                    "station_name": unit.name,
                    "postcode": unit.postcode or None,
                    **_counts(unit, eligible),
                    **{f"initial_{name}": unit.initial.get(name) for name in INITIAL},
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
            **_counts(unit, unit.counts.get("eligible") or None),
            **_conditions(document, unit),
        }
        for document in documents
        for unit in (*document.units, *document.totals)
        if unit.kind != "polling_station"
    ]
    return typed(rows, LEVEL_TABLES["unit_totals"])


def list_votes(documents: Sequence[Document]) -> pd.DataFrame:
    """Return votes per list of every unit and total."""
    rows = []
    for document in documents:
        for unit in (*document.units, *document.totals):
            head = {**_head(document, unit), "level": unit.kind, "unit": unit.id}
            lists = document.slates[unit.slate].lists
            for position, ((number, name), votes) in enumerate(zip(lists, unit.votes, strict=True)):
                rows.append(
                    {
                        **head,
                        "list_number": number,
                        "list_name": name,
                        "votes": votes,
                        "initial_votes": unit.initial_votes.get(position),
                    }
                )
    return typed(rows, LEVEL_TABLES["unit_list_votes"])


def municipalities(documents: Sequence[Document]) -> tuple[pd.DataFrame, list[Finding]]:
    """Return one row per election and municipality, and where documents disagree.

    A municipality comes from its row in a district's or the country's file where there is
    one, else from the sum over its own polling stations. Where both are there and differ,
    the former stands and every count that differs is a finding; nothing is repaired.
    """
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    chosen: dict[tuple[str, str], dict[str, Any]] = {}
    ranked = sorted(documents, key=_rank)
    for document in ranked:
        for row in _municipal_rows(document, findings):
            key = (row["election"], row["municipality_code"])
            first = chosen.setdefault(key, row)
            if first is row:
                rows.append(row)
                continue
            if first["eligible"] is None:
                first["eligible"] = row["eligible"]
            findings.extend(_disagreements(first, row))
    rows.sort(key=lambda row: (row["election"], row["municipality_code"]))
    return typed(rows, MUNICIPAL), findings


def candidate_schema() -> pa.Schema:
    """Return the Arrow schema of ``candidate_votes``: text as dictionaries, 32-bit counts."""
    import pyarrow as pa

    text, count = pa.dictionary(pa.int32(), pa.string()), pa.int32()
    return pa.schema(
        [
            (column.name, count if column.type == "integer" else text)
            for column in LEVEL_TABLES["candidate_votes"].columns
        ]
    )


def candidate_batches(document: Document, names: Names) -> Iterator[pa.Table]:
    """Yield the candidates of a document as Arrow tables of about 100 units each.

    Rows of polling stations, or of municipalities where the document has no stations.
    """
    units = [unit for unit in document.units if unit.kind in ("polling_station", "municipality")]
    for start in range(0, len(units), _UNITS_A_BATCH):
        yield _candidate_table(document, units[start : start + _UNITS_A_BATCH], names)


def typed(rows: Sequence[Mapping[str, Any]], table: Table) -> pd.DataFrame:
    """Give rows the columns and types of a described table."""
    types: Mapping[str, Any] = {"integer": "Int64", "boolean": "boolean", "number": "Float64"}
    return pd.DataFrame(
        {
            column.name: pd.Series(
                [row.get(column.name) for row in rows], dtype=types.get(column.type, "str")
            )
            for column in table.columns
        }
    )


def _candidate_table(document: Document, units: list[Unit], names: Names) -> pa.Table:
    import pyarrow as pa

    # Units share their ballot: what does not depend on the unit is made once per ballot.
    keys = dict.fromkeys((unit.slate, unit.contest) for unit in units)
    ballots = {
        (slate, contest): _ballot(document, slate, contest, names) for slate, contest in keys
    }
    own = [ballots[unit.slate, unit.contest] for unit in units]
    sizes = [len(each["list_number"]) for each in own]

    def repeated(values: Sequence[str]) -> pa.Array:
        positions, distinct = _positions(values)
        return _dictionary(np.repeat(positions, sizes), distinct)

    def of_ballot(name: str) -> np.ndarray[Any, Any]:
        return np.concatenate([each[name] for each in own])

    def text(name: str) -> pa.Array:
        values = [value for each in ballots.values() for value in each[name]]
        _, distinct = _positions(values)
        known = {value: position for position, value in enumerate(distinct)}
        coded = {
            key: np.array([known[value] for value in each[name]], dtype=np.int32)
            for key, each in ballots.items()
        }
        parts = [coded[unit.slate, unit.contest] for unit in units]
        return _dictionary(np.concatenate(parts), distinct)

    places = of_ballot("candidate_number")
    initial = np.concatenate([_initial(document, unit) for unit in units])
    stations = [unit.id if unit.kind == "polling_station" else "" for unit in units]
    votes = np.concatenate([_votes(unit) for unit in units])
    columns = {
        "election": repeated([document.election] * len(units)),
        "municipality_code": repeated([unit.municipality_code for unit in units]),
        "municipality": repeated([unit.municipality for unit in units]),
        "polling_station": repeated(stations),
        "list_number": pa.array(of_ballot("list_number"), pa.int32()),
        "list_name": text("list_name"),
        "candidate_number": pa.array(places, pa.int32(), mask=places == 0),
        "candidate_name": text("candidate_name"),
        "short_code": text("short_code"),
        "votes": pa.array(votes, pa.int32()),
        "initial_votes": pa.array(initial, pa.int32(), mask=initial < 0),
        "vintage": repeated(["official"] * len(units)),
        "source": repeated([source_of(document.file)] * len(units)),
    }
    return pa.table(columns, schema=candidate_schema())


def _ballot(document: Document, slate: int, contest: str, names: Names) -> dict[str, Any]:
    own = document.slates[slate]
    numbers = [own.lists[owner][0] for owner in own.candidate_list]
    printed: Sequence[str] = own.candidate_names
    if names:
        printed = [
            known or names.get((document.election_id, contest, number, place), "")
            for known, number, place in zip(
                own.candidate_names, numbers, own.candidate_numbers, strict=True
            )
        ]
    return {
        "list_number": np.array(numbers, dtype=np.int32),
        "list_name": [own.lists[owner][1] for owner in own.candidate_list],
        "candidate_number": np.array(own.candidate_numbers, dtype=np.int32),
        "candidate_name": printed,
        "short_code": own.short_codes,
    }


def _votes(unit: Unit) -> np.ndarray[Any, Any]:
    return np.zeros(0, np.int32) if unit.candidate_votes is None else unit.candidate_votes


def _initial(document: Document, unit: Unit) -> np.ndarray[Any, Any]:
    initial = np.full(len(_votes(unit)), -1, dtype=np.int32)
    lists = len(document.slates[unit.slate].lists)
    for position, value in unit.initial_votes.items():
        if position >= lists:
            initial[position - lists] = value
    return initial


def _positions(values: Sequence[str]) -> tuple[np.ndarray[Any, Any], list[str]]:
    distinct = {value: position for position, value in enumerate(dict.fromkeys(values))}
    return np.array([distinct[value] for value in values], dtype=np.int32), list(distinct)


def _dictionary(positions: np.ndarray[Any, Any], distinct: list[str]) -> pa.Array:
    import pyarrow as pa

    missing = np.array([not value for value in distinct], dtype=bool)
    mask = missing[positions] if len(distinct) else np.zeros(0, dtype=bool)
    return pa.DictionaryArray.from_arrays(
        pa.array(positions, pa.int32(), mask=mask), pa.array(distinct, pa.string())
    )


def _carrier(document: Document, stations: list[Unit]) -> Unit | None:
    filled = [unit for unit in stations if unit.counts["eligible"]]
    if len(filled) != 1 or len(stations) < 2 or not document.totals:
        return None
    if filled[0].counts["eligible"] != document.totals[0].counts["eligible"]:
        return None
    return filled[0]


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
    if not document.units:
        own = [unit for unit in document.totals if unit.kind == "municipality"]
    for unit in own:
        eligible = unit.counts["eligible"] or None
        if eligible is None:
            findings.append(
                Finding(
                    document.file, document.election, unit.id, "eligible given", "0", "", "info"
                )
            )
        yield _municipal_row(document, unit.municipality_code, unit.municipality, [unit], eligible)
    stations: dict[str, list[Unit]] = {}
    for unit in document.units:
        if unit.kind == "polling_station":
            stations.setdefault(unit.municipality_code, []).append(unit)
    for code, units in stations.items():
        label = units[0].id
        if not code:
            findings.append(
                Finding(
                    document.file, document.election, label, "municipality known", "", "", "warning"
                )
            )
            continue
        carrier = _carrier(document, units)
        if carrier is not None:
            findings.append(
                Finding(
                    document.file,
                    document.election,
                    carrier.id,
                    "eligible per station",
                    str(carrier.counts["eligible"]),
                    "",
                    "info",
                )
            )
        yield _municipal_row(
            document, code, units[0].municipality, units, _eligible(document, code, units)
        )


def _eligible(document: Document, code: str, units: list[Unit]) -> int | None:
    for total in document.totals:
        if total.kind == "municipality" and total.municipality_code == code:
            return total.counts["eligible"] or None
    given = [unit.counts["eligible"] for unit in units]
    return sum(given) if all(given) else None


def _municipal_row(
    document: Document, code: str, name: str, units: list[Unit], eligible: int | None
) -> dict[str, Any]:
    counts = {each: sum(unit.counts[each] for unit in units) for each in _SUMMED}
    return {
        "election": document.election,
        "municipality_code": code,
        "municipality": name or code,
        "vintage": "official",
        "source": source_of(document.file),
        "file": document.file,
        "eligible": eligible,
        **counts,
        "ballots": sum(counts.values()),
        "rejected": counts["blank"] + counts["invalid"],
    }


def _disagreements(first: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Finding]:
    for name in ("eligible", *_SUMMED):
        left, right = first[name], other[name]
        if left is not None and right is not None and left != right:
            yield Finding(
                other["file"],
                other["election"],
                f"{other['municipality_code']}, {name}",
                f"agrees with {source_of(first['file'])}",
                str(right),
                str(left),
                "error",
            )
