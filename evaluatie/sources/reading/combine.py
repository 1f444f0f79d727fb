"""Pieces of many files to the tables of one :class:`Reading`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from evaluatie.counts.results import Level
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import InputError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.words import say
from evaluatie.sources import candidate_frames, frames
from evaluatie.sources.columns import LEVEL_TABLES, MUNICIPAL
from evaluatie.sources.documents import RULES, Finding
from evaluatie.sources.intake import Piece
from evaluatie.sources.reading.result import HELD, Reading


def combine(found: Sequence[Piece], level: Level, dropped: frozenset[str] = frozenset()) -> Reading:
    """Make tables of what the pieces say, but for those ``dropped``: :func:`.later.settle`."""
    counting = [piece for piece in found if piece.label not in dropped]
    documents = [piece.document for piece in counting if piece.document is not None]
    municipal, disagreeing = frames.municipalities(documents)
    findings = [each for document in reversed(documents) for each in document.findings]
    findings += [*disagreeing, *(each for piece in found for each in piece.findings)]
    made = {
        "municipal_results": municipal,
        "polling_stations": frames.polling_stations(documents),
        "unit_totals": frames.unit_totals(documents),
        "unit_list_votes": frames.list_votes(documents),
        "seats": frames.typed(_seats(found), LEVEL_TABLES["seats"]),
        "candidate_names": frames.typed(_names(found), LEVEL_TABLES["candidate_names"]),
    }
    if level == "candidate":
        made["candidate_votes"] = _candidates(counting, found)
    parts = {name: [made[name]] if name in made else [] for name in HELD.values()}
    for piece in found:
        for name, rows in piece.tables.items():
            parts[name].append(rows)
    parts["municipal_results"] = [_one_row_each(parts["municipal_results"], findings)]
    parts["polling_stations"] = [_unique_stations(parts["polling_stations"], findings)]
    parts["findings"] = [frames.typed([*map(_told, findings)], LEVEL_TABLES["findings"])]
    parts["files"] = [frames.typed([*map(_file, found)], LEVEL_TABLES["files"])]
    return Reading(
        level=level,
        rejected=tuple(piece.error for piece in found if piece.error is not None),
        **{held: _stacked(parts[name], name) for held, name in HELD.items()},
    )


def complain_if_useless(found: Sequence[Piece]) -> None:
    """Raise the error of the files when none of them gave anything."""
    if any(piece.status == "read" for piece in found):
        return
    errors = [piece.error for piece in found if piece.error is not None]
    if not errors:
        said = f"nothing but {found[0].format}, which holds no counts"
        raise InputError(said, file=found[0].label, rule="counts present")
    first = errors[0]
    if len(found) == 1:
        raise first
    raise InputError(
        f"none of {len(found)} files holds counts that can be read; of this one: {first.message}",
        file=first.file,
        unit=first.unit,
        rule="something readable",
        value=first.value,
        expected=first.expected,
    )


def _one_row_each(parts: Sequence[pd.DataFrame], findings: list[Finding]) -> pd.DataFrame:
    """Keep one row per key: the one that knows more counts; differences become findings."""
    key, counts = list(MUNICIPAL.key), ["eligible", "ballots", "valid", "blank", "invalid"]
    rows = pd.concat(parts, ignore_index=True)
    for values, group in rows[rows.duplicated(key, keep=False)].groupby(key, sort=False):
        for name in counts:
            known = group[name].dropna()
            if len(set(known)) > 1:
                last = group.iloc[-1]
                who = f"{last['municipality']} ({values[1]}), {name}"
                first = f"{known.iloc[0]} ({group['source'].iloc[0]})"
                told = (str(last["source"]), str(values[0]), who, known.iloc[-1], first)
                findings.append(frames.disagreement(*told))
    kept = frames.fullest(rows, key, counts)
    return kept.sort_values(key, kind="stable", ignore_index=True)


def _unique_stations(parts: Sequence[pd.DataFrame], findings: list[Finding]) -> pd.DataFrame:
    """Keep the first row of each station; another that says something else is a finding."""
    key = list(LEVEL_TABLES["polling_stations"].key)
    rows = _stacked(parts, "polling_stations")
    again = rows.duplicated(key)
    if not again.any():
        return rows
    same = rows.duplicated([*key, "valid", "blank", "invalid"])
    for _, row in rows[again & ~same].iterrows():
        counts = f"valid {row['valid']}, blank {row['blank']}, invalid {row['invalid']}"
        where = (str(row["file"]), str(row["election"]), str(row["polling_station"]))
        findings.append(frames.disagreement(*where, counts, "the same in every file"))
    return rows[~again].reset_index(drop=True)


def _candidates(counting: Sequence[Piece], found: Sequence[Piece]) -> pd.DataFrame:
    import pyarrow as pa

    names = candidate_frames.name_index(row for piece in found for row in piece.names)
    tables = [
        table
        for piece in counting
        if piece.document is not None
        for table in candidate_frames.candidate_batches(piece.document, names)
    ]
    if not tables:
        return _stacked([], "candidate_votes")
    whole, integers = pa.concat_tables(tables).unify_dictionaries(), {pa.int32(): pd.Int32Dtype()}
    frame: pd.DataFrame = whole.to_pandas(types_mapper=integers.get)
    return frame


def _stacked(parts: Sequence[pd.DataFrame], name: str) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return frames.typed([], {**TABLES, **LEVEL_TABLES}[name])
    return filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)


def _told(each: Finding) -> dict[str, Any]:
    words = {**each._asdict(), "file": frames.source_of(each.file)}
    key = f"reading.{RULES[each.rule]}"
    return each._asdict() | {f"sentence_{lang}": say(key, lang, **words) for lang in LANGUAGES}


def _seats(found: Sequence[Piece]) -> list[dict[str, Any]]:
    return [
        {
            **row._asdict(),
            "municipality_code": row.municipality_code or None,
            "source": frames.source_of(piece.label),
        }
        for piece in found
        for row in piece.seats
    ]


def _names(found: Sequence[Piece]) -> list[dict[str, Any]]:
    return [
        {**row._asdict(), "candidate_name": row.name, "source": frames.source_of(piece.label)}
        for piece in found
        for row in piece.names
    ]


def _file(piece: Piece) -> dict[str, Any]:
    return {
        "file": piece.label,
        "format": piece.format or None,
        "status": piece.status,
        "election": piece.document.election if piece.document else None,
        "units": piece.units,
        "bytes": piece.size,
        "error": None if piece.error is None else str(piece.error),
    }
