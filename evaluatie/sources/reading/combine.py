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
from evaluatie.sources.eml_lists import CandidateName
from evaluatie.sources.intake import Piece
from evaluatie.sources.reading.result import Reading


def combine(found: Sequence[Piece], level: Level, dropped: frozenset[str] = frozenset()) -> Reading:
    """Make tables of what the pieces say, but for those ``dropped``: :func:`.later.settle`."""
    counting = [piece for piece in found if piece.label not in dropped]
    documents = [piece.document for piece in counting if piece.document is not None]
    municipal, findings = frames.municipalities(documents)
    for document in documents:
        findings = [*document.findings, *findings]
    findings.extend(each for piece in found for each in piece.findings)
    parts = {
        "municipal_results": [municipal],
        "national_results": [],
        "polling_stations": [frames.polling_stations(documents)],
        "candidate_votes": [],
        "unit_totals": [frames.unit_totals(documents)],
        "unit_list_votes": [frames.list_votes(documents)],
        "seats": [_seats(found)],
    }
    for piece in found:
        for name, rows in piece.tables.items():
            parts[name].append(rows)
    municipal = _one_row_each(parts["municipal_results"], findings)
    stations = _unique_stations(parts["polling_stations"], findings)
    names = [row for piece in found for row in piece.names]
    if level == "candidate":
        parts["candidate_votes"].append(_candidates(counting, names))
    return Reading(
        level=level,
        municipalities=municipal,
        national=_stacked(parts["national_results"], "national_results"),
        polling_stations=stations,
        candidates=_stacked(parts["candidate_votes"], "candidate_votes"),
        list_votes=_stacked(parts["unit_list_votes"], "unit_list_votes"),
        totals=_stacked(parts["unit_totals"], "unit_totals"),
        seats=_stacked(parts["seats"], "seats"),
        candidate_names=_names(found) if names else _empty("candidate_names"),
        findings=_findings(findings),
        files=_files(found),
        rejected=tuple(piece.error for piece in found if piece.error is not None),
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
    known = rows[counts].notna().sum(axis=1)
    order = known.sort_values(ascending=False, kind="stable").index
    kept = rows.loc[order].drop_duplicates(key, keep="first")
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


def _candidates(found: Sequence[Piece], known: Sequence[CandidateName]) -> pd.DataFrame:
    import pyarrow as pa

    names = candidate_frames.name_index(known)
    tables = [
        table
        for piece in found
        if piece.document is not None
        for table in candidate_frames.candidate_batches(piece.document, names)
    ]
    if not tables:
        return _empty("candidate_votes")
    whole, integers = pa.concat_tables(tables).unify_dictionaries(), {pa.int32(): pd.Int32Dtype()}
    frame: pd.DataFrame = whole.to_pandas(types_mapper=integers.get)
    return frame


def _stacked(parts: Sequence[pd.DataFrame], name: str) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return _empty(name)
    return filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)


def _empty(name: str) -> pd.DataFrame:
    return frames.typed([], LEVEL_TABLES[name] if name in LEVEL_TABLES else TABLES[name])


def _findings(found: Sequence[Finding]) -> pd.DataFrame:
    def said(each: Finding, lang: str) -> str:
        words = {**each._asdict(), "file": frames.source_of(each.file)}
        return say(f"reading.{RULES[each.rule]}", lang, **words)

    rows = [
        {**each._asdict(), **{f"sentence_{lang}": said(each, lang) for lang in LANGUAGES}}
        for each in found
    ]
    return frames.typed(rows, LEVEL_TABLES["findings"])


def _seats(found: Sequence[Piece]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            **row._asdict(),
            "municipality_code": row.municipality_code or None,
            "source": frames.source_of(piece.label),
        }
        for piece in found
        for row in piece.seats
    ]
    return frames.typed(rows, LEVEL_TABLES["seats"])


def _names(found: Sequence[Piece]) -> pd.DataFrame:
    named = [(piece.label, *row) for piece in found for row in piece.names]
    names = ("source", *CandidateName._fields[:-1], "candidate_name")
    columns: dict[str, Any] = dict(zip(names, zip(*named, strict=True), strict=True))
    columns["source"] = list(map(frames.source_of, columns["source"]))
    return frames.typed_columns(columns, LEVEL_TABLES["candidate_names"])


def _files(found: Sequence[Piece]) -> pd.DataFrame:
    rows = [
        {
            "file": piece.label,
            "format": piece.format or None,
            "status": piece.status,
            "election": piece.document.election if piece.document else None,
            "units": piece.units,
            "bytes": piece.size,
            "error": None if piece.error is None else str(piece.error),
        }
        for piece in found
    ]
    return frames.typed(rows, LEVEL_TABLES["files"])
