"""Read official files of any format and size: :func:`read` and :func:`validate`.

Files are told apart by content. Those that cannot be trusted are refused one by one, each
with its reason, and the others are read; what was read but does not add up is listed as a
finding. Nothing is repaired.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd

from evaluatie.errors import EvaluatieError, InputError, UnknownNameError
from evaluatie.results import Results
from evaluatie.schema import TABLES
from evaluatie.sources import frames
from evaluatie.sources.columns import LEVEL_TABLES, MUNICIPAL
from evaluatie.sources.documents import Finding
from evaluatie.sources.intake import Item, Options, Piece, expand, read_items

__all__ = ["LEVELS", "Level", "Progress", "Reading", "read", "validate"]

Level = Literal["municipality", "polling_station", "candidate"]
LEVELS: tuple[str, ...] = get_args(Level)
Paths = Path | str | Iterable[Path | str]

_BATCH_BYTES = 4 << 20
_BATCH_ITEMS = 64
# Below this, starting worker processes costs more than they save.
_PARALLEL_BYTES = 48 << 20


@dataclass(frozen=True)
class Progress:
    """How far a reading is; bytes are unpacked bytes."""

    files: int
    total_files: int
    bytes: int
    total_bytes: int
    stations: int
    refused: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, eq=False)
class Reading:
    """What a set of files says.

    Attributes
    ----------
    level
        The level that was asked for; :attr:`frame` gives it.
    municipalities
        One row per election, municipality and vintage, as ``schema.TABLES["municipal_results"]``.
    national
        National totals of tables that give them, as ``schema.TABLES["national_results"]``.
    polling_stations, candidates, list_votes, totals, seats, candidate_names
        As described in ``sources.columns.LEVEL_TABLES``. Candidates are empty unless asked for.
    findings
        What was read but does not add up: file, election, unit, rule, value, expected, severity.
    files
        Every file that was met, with its format, outcome and reason.
    rejected
        The errors of the files that were refused, in the order of the files.
    """

    level: Level
    municipalities: pd.DataFrame
    national: pd.DataFrame
    polling_stations: pd.DataFrame
    candidates: pd.DataFrame
    list_votes: pd.DataFrame
    totals: pd.DataFrame
    seats: pd.DataFrame
    candidate_names: pd.DataFrame
    findings: pd.DataFrame
    files: pd.DataFrame
    rejected: tuple[EvaluatieError, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """The rows at the level that was asked for."""
        return {
            "municipality": self.municipalities,
            "polling_station": self.polling_stations,
            "candidate": self.candidates,
        }[self.level]

    @property
    def results(self) -> Results:
        """The municipal counts as :class:`~evaluatie.results.Results`, ready for analysis."""
        return Results(self.municipalities)

    @property
    def sound(self) -> bool:
        """Whether every file was read and nothing but remarks was found."""
        return not self.rejected and not self.findings["severity"].isin(["error", "warning"]).any()


def read(
    paths: Paths,
    level: str = "municipality",
    *,
    strict: bool = False,
    election: str | None = None,
    jobs: int | None = None,
    progress: OnProgress | None = None,
) -> Reading:
    """Read files, folders and zip archives of official counts.

    Parameters
    ----------
    paths
        One or more files, folders or archives.
    level
        ``municipality``, ``polling_station`` or ``candidate``. Candidates take about a
        hundred times the memory; :func:`evaluatie.ingesting.ingest` writes them to Parquet
        without holding them.
    strict
        Stop at the first file that is refused, instead of reading on.
    election
        Election, such as ``TK2021``, of tables that do not name theirs.
    jobs
        Worker processes; by default one for every core where the input is large enough, and
        whatever backend ``joblib.parallel_config`` has chosen (a Dask cluster, for one).
    progress
        Called after each batch of files.

    Returns
    -------
    Reading
        Rows, findings, and the files that were refused.

    Raises
    ------
    UnknownNameError
        For an unknown level.
    InputError
        If nothing could be read, if the only file is refused, or under ``strict``.
    """
    if level not in LEVELS:
        raise UnknownNameError.of("level", level, LEVELS)
    wanted: Level = level  # type: ignore[assignment]
    candidates = "keep" if wanted == "candidate" else "no"
    options = Options(candidates, election)  # type: ignore[arg-type]
    return _reading(paths, wanted, options, strict=strict, jobs=jobs, progress=progress)


def validate(
    paths: Paths,
    *,
    strict: bool = False,
    election: str | None = None,
    jobs: int | None = None,
    progress: OnProgress | None = None,
) -> Reading:
    """Read as :func:`read` and compare every candidate with the lists, keeping none of them.

    Returns
    -------
    Reading
        At the level of polling stations; ``sound`` tells whether all is well.
    """
    options = Options("check", election)
    return _reading(paths, "polling_station", options, strict=strict, jobs=jobs, progress=progress)


def pieces(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], list[Piece]],
    *,
    strict: bool,
    jobs: int | None,
    progress: OnProgress | None,
) -> Iterator[Piece]:
    """Run ``work`` over batches of items, in parallel where it pays, and yield in order.

    Raises
    ------
    EvaluatieError
        Under ``strict``, that of the first item that is refused.
    """
    total = sum(item.size for item in items)
    done = read_bytes = stations = refused = 0
    for batch in _results(list(_batches(items)), work, total, jobs):
        for piece in batch:
            done, read_bytes = done + 1, read_bytes + piece.size
            stations += piece.units
            if piece.error is not None:
                refused += 1
                if strict:
                    raise piece.error
            yield piece
        if progress is not None:
            progress(Progress(done, len(items), read_bytes, total, stations, refused))


def combine(found: Sequence[Piece], level: Level) -> Reading:
    """Make tables of what the pieces say."""
    documents = [piece.document for piece in found if piece.document is not None]
    municipal, findings = frames.municipalities(documents)
    for document in documents:
        findings = [*document.findings, *findings]
    parts = {
        "municipal_results": [municipal],
        "national_results": [],
        "polling_stations": [frames.polling_stations(documents)],
        "candidate_votes": [],
    }
    lists = [frames.list_votes(documents)]
    for piece in found:
        for name, rows in piece.tables.items():
            if name in parts:
                parts[name].append(rows)
            elif name == "unit_list_votes":
                lists.append(rows)
    municipal = _one_row_each(parts["municipal_results"], findings)
    stations = _unique_stations(parts["polling_stations"], findings)
    names = [row for piece in found for row in piece.names]
    if level == "candidate":
        parts["candidate_votes"].append(_candidates(found))
    return Reading(
        level=level,
        municipalities=municipal,
        national=_stacked(parts["national_results"], "national_results"),
        polling_stations=stations,
        candidates=_stacked(parts["candidate_votes"], "candidate_votes"),
        list_votes=_stacked(lists, "unit_list_votes"),
        totals=frames.unit_totals(documents),
        seats=_seats(found),
        candidate_names=_names(found) if names else _empty("candidate_names"),
        findings=frames.typed([each._asdict() for each in findings], LEVEL_TABLES["findings"]),
        files=_files(found),
        rejected=tuple(piece.error for piece in found if piece.error is not None),
    )


def listed(paths: Paths) -> list[Item]:
    """List the items under one or more paths."""
    several = [paths] if isinstance(paths, (str, Path)) else list(paths)
    items = expand(several)
    if not items:
        raise InputError(
            "there are no files here",
            file=", ".join(map(str, several[:3])),
            rule="files present",
        )
    return items


def complain_if_useless(found: Sequence[Piece]) -> None:
    """Raise the error of the files when none of them gave anything."""
    errors = [piece.error for piece in found if piece.error is not None]
    if errors and not any(piece.status == "read" for piece in found):
        if len(found) == 1:
            raise errors[0]
        raise InputError(
            f"none of {len(found)} files holds counts that can be read; the first that was "
            f"refused: {errors[0]}",
            rule="something readable",
        )
    if not errors and not any(piece.status == "read" for piece in found):
        raise InputError(
            f"nothing but {found[0].format}, which holds no counts",
            file=found[0].label,
            rule="counts present",
        )


def _reading(
    paths: Paths,
    level: Level,
    options: Options,
    *,
    strict: bool,
    jobs: int | None,
    progress: OnProgress | None,
) -> Reading:
    work = _Work(options)
    found = list(pieces(listed(paths), work, strict=strict, jobs=jobs, progress=progress))
    complain_if_useless(found)
    return combine(found, level)


@dataclass(frozen=True)
class _Work:
    """Reading with fixed options, in a form that worker processes can be sent."""

    options: Options

    def __call__(self, items: Sequence[Item]) -> list[Piece]:
        return read_items(items, self.options)


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Cut the items into batches: many small files together, large ones alone."""
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (size + item.size > _BATCH_BYTES or len(batch) >= _BATCH_ITEMS):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.size
    if batch:
        yield batch


def _results(
    batches: Sequence[Sequence[Item]],
    work: Callable[[Sequence[Item]], list[Piece]],
    total: int,
    jobs: int | None,
) -> Iterator[list[Piece]]:
    import joblib
    from joblib.parallel import get_active_backend

    chosen = type(get_active_backend()[0]).__name__ != "LokyBackend"
    alone = len(batches) < 2 or jobs == 1 or os.cpu_count() == 1
    if alone or (jobs is None and not chosen and total < _PARALLEL_BYTES):
        yield from map(work, batches)
        return
    parallel = joblib.Parallel(n_jobs=-1 if jobs is None else jobs, return_as="generator")
    yield from parallel(joblib.delayed(work)(batch) for batch in batches)


def _one_row_each(parts: Sequence[pd.DataFrame], findings: list[Finding]) -> pd.DataFrame:
    """Keep one row per key: the one that knows more counts; differences become findings."""
    key, counts = list(MUNICIPAL.key), ["eligible", "ballots", "valid", "blank", "invalid"]
    rows = pd.concat(parts, ignore_index=True)
    for values, group in rows[rows.duplicated(key, keep=False)].groupby(key, sort=False):
        for name in counts:
            known = group[name].dropna()
            if len(set(known)) > 1:
                findings.append(
                    Finding(
                        str(group["source"].iloc[-1]),
                        str(values[0]),
                        f"{values[1]}, {name}",
                        f"agrees with {group['source'].iloc[0]}",
                        str(known.iloc[-1]),
                        str(known.iloc[0]),
                        "error",
                    )
                )
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
        findings.append(
            Finding(
                str(row["file"]),
                str(row["election"]),
                str(row["polling_station"]),
                "agrees with the same station elsewhere",
                f"valid {row['valid']}, blank {row['blank']}, invalid {row['invalid']}",
                "",
                "error",
            )
        )
    return rows[~again].reset_index(drop=True)


def _candidates(found: Sequence[Piece]) -> pd.DataFrame:
    import pyarrow as pa

    names = frames.name_index(row for piece in found for row in piece.names)
    tables = [
        table
        for piece in found
        if piece.document is not None
        for table in frames.candidate_batches(piece.document, names)
    ]
    if not tables:
        return _empty("candidate_votes")
    whole = pa.concat_tables(tables).unify_dictionaries()
    integers = {pa.int32(): pd.Int32Dtype()}
    frame: pd.DataFrame = whole.to_pandas(types_mapper=integers.get)
    return frame


def _stacked(parts: Sequence[pd.DataFrame], name: str) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return _empty(name)
    return filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)


def _empty(name: str) -> pd.DataFrame:
    return frames.typed([], TABLES[name] if name in TABLES else LEVEL_TABLES[name])


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
    rows = [
        {
            **row._asdict(),
            "candidate_name": row.name,
            "source": frames.source_of(piece.label),
        }
        for piece in found
        for row in piece.names
    ]
    return frames.typed(rows, LEVEL_TABLES["candidate_names"])


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
