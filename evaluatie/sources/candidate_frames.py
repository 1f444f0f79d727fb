"""Votes of candidates as Arrow tables: millions of rows, a few bytes each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluatie.sources.columns import LEVEL_TABLES
from evaluatie.sources.documents import Document, Unit, list_label
from evaluatie.sources.eml_lists import CandidateName
from evaluatie.sources.frames import source_of

if TYPE_CHECKING:
    import pyarrow as pa


Names = Mapping[tuple[str, str, int, int], str]
"""Candidate names by election identifier, contest, list and number."""

_UNITS_A_BATCH = 100  # about 110,000 candidates: a few MB


def name_index(rows: Iterable[CandidateName]) -> dict[tuple[str, str, int, int], str]:
    """Index candidate names for :func:`candidate_batches`."""
    return {
        (row.election_id, row.contest, row.list_number, row.candidate_number): row.name
        for row in rows
    }


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


def _candidate_table(document: Document, units: list[Unit], names: Names) -> pa.Table:
    import pyarrow as pa

    # Units share their ballot: what does not depend on the unit is made once per ballot.
    keys = dict.fromkeys((unit.slate, unit.contest) for unit in units)
    ballots = {key: _ballot(document, *key, names) for key in keys}
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
        "list_name": [list_label(*own.lists[owner]) for owner in own.candidate_list],
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
