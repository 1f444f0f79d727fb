"""Official files to tidy tables on disk, in bounded memory: :func:`ingest`.

Candidates never pass through the process that coordinates: each worker writes those of its
files to a part of a Parquet dataset, about 100 polling stations at a time.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

from evaluatie.counts.results import Level, known_level
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.ground.escape import spreadsheet_text
from evaluatie.ground.files import atomic_folder
from evaluatie.sources import candidate_frames, intake
from evaluatie.sources.documents import Document
from evaluatie.sources.intake import Item, Options, Piece
from evaluatie.sources.reading.combine import combine, complain_if_useless
from evaluatie.sources.reading.later import settle
from evaluatie.sources.reading.reader import OnProgress, Paths, listed, pieces
from evaluatie.sources.reading.result import HELD, Reading

if TYPE_CHECKING:
    import pyarrow as pa


Format = Literal["csv", "parquet"]
FORMATS: tuple[str, ...] = get_args(Format)

_CANDIDATES = "candidate_votes"
_NAMES = ".candidate-names.json"


@dataclass(frozen=True, eq=False)
class Ingested:
    """What was written.

    Attributes
    ----------
    out
        The folder.
    rows
        Rows of each table; the file is ``<table>.csv`` or ``<table>.parquet``, except that
        candidates as Parquet are a folder, partitioned by election.
    reading
        The same tables in memory, without candidates, with findings and refused files.
    """

    out: Path
    rows: Mapping[str, int]
    reading: Reading


def ingest(
    paths: Paths,
    out: Path | str,
    level: str = "polling_station",
    *,
    format: str = "csv",  # noqa: A002 -- the word that users expect
    strict: bool = False,
    election: str | None = None,
    jobs: int | None = None,
    progress: OnProgress | None = None,
) -> Ingested:
    """Write what files, folders and archives say as tidy tables: all tables or none.

    Parameters
    ----------
    paths, strict, election, jobs, progress
        As in :func:`evaluatie.sources.reading.read`.
    out
        Folder to write into. On a cluster it must be one that every worker can reach.
    level
        How far down: ``municipality``, ``polling_station`` or ``candidate``.
    format
        ``csv`` (UTF-8; text that a spreadsheet would run gets an apostrophe before it) or
        ``parquet``.

    Returns
    -------
    Ingested
        What was written, what was found, and what was refused.

    Raises
    ------
    UnknownNameError
        For an unknown level or format.
    InputError
        If nothing could be read, under ``strict`` for the first file that is refused, or if
        the folder cannot be written to; the folder is then as it was.
    """
    wanted = known_level(level)
    if format not in FORMATS:
        raise UnknownNameError.of("format", format, FORMATS)
    kind: Format = format  # type: ignore[assignment]
    folder = Path(out)
    items = listed(paths)
    earlier = any((folder / f"files.{each}").is_file() for each in FORMATS)
    with atomic_folder(folder, replaced=_written() if earlier else ()) as scratch:
        work = functools.partial(intake.read_items, options=Options("no", election))
        if wanted == "candidate":
            _write_names(items, scratch / _NAMES)
            options = Options("keep", election)
            work = functools.partial(_candidates, options=options, scratch=scratch, kind=kind)
        found = list(pieces(items, work, strict=strict, jobs=jobs, progress=progress))
        complain_if_useless(found)
        dropped = settle(found)
        if wanted == "candidate":
            _refuse_parts(found)
        reading = combine(found, "polling_station" if wanted == "candidate" else wanted, dropped)
        rows = _write_tables(reading, wanted, kind, scratch)
        if wanted == "candidate":
            (scratch / _NAMES).unlink()
            rows[_CANDIDATES] = sum(piece.rows for piece in found if piece.label not in dropped)
            for label in dropped:
                for part in scratch.rglob(f"part-{_part(label)}.*"):
                    part.unlink()
            if kind == "csv":
                _join_parts(scratch)
    return Ingested(folder, rows, reading)


def _candidates(
    items: Sequence[Item], *, options: Options, scratch: Path, kind: Format
) -> list[Piece]:
    """Read items in a worker, which writes the candidates of one before it reads the next."""
    found = []
    for item in items:
        piece = intake.read_item(item, options)
        if piece.document is not None:
            piece.rows = _write_part(piece.document, _names(scratch), scratch, kind)
            intake.drop_candidates(piece.document)
        found.append(piece)
    return found


@functools.lru_cache(maxsize=1)
def _names(scratch: Path) -> candidate_frames.Names:
    rows = json.loads((scratch / _NAMES).read_text("utf-8"))
    return {(election, contest, own, place): name for election, contest, own, place, name in rows}


def _refuse_parts(found: Sequence[Piece]) -> None:
    """Refuse a corrigendum of some stations: candidates were written before it was known."""
    for piece in found:
        if any(each.rule == "part corrected" for each in piece.findings):
            raise InputError(
                "a corrigendum of some polling stations, which cannot be joined with votes of "
                "candidates; leave out the candidates, or ask for the whole corrected count",
                file=piece.label,
                rule="whole count",
            )


def _write_names(items: Sequence[Item], target: Path) -> None:
    """Read the candidate lists first: counts elsewhere get their names from them."""
    rows: list[tuple[str, str, int, int, str]] = []
    for item in items:
        if item.error is None and intake.is_candidate_list(item):
            rows.extend(
                (row.election_id, row.contest, row.list_number, row.candidate_number, row.name)
                for row in intake.read_item(item, Options()).names
            )
    target.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def _write_part(
    document: Document, names: candidate_frames.Names, scratch: Path, kind: Format
) -> int:
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    folder, name, rows = scratch / _CANDIDATES, f"part-{_part(document.file)}.{kind}", 0
    schema, plain = candidate_frames.candidate_schema(), pacsv.WriteOptions(include_header=False)
    schema = schema.remove(schema.get_field_index("election"))
    if kind == "parquet":
        folder /= f"election={document.election}"
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        writer = None
        for batch in candidate_frames.candidate_batches(document, names):
            rows += batch.num_rows
            if kind == "parquet":
                writer = writer or stack.enter_context(pq.ParquetWriter(folder / name, schema))
                writer.write_table(batch.drop_columns(["election"]))
            else:
                writer = writer or stack.enter_context((folder / name).open("wb"))
                pacsv.write_csv(_plain_text(batch), writer, plain)
    return rows


def _part(label: str) -> str:
    return hashlib.sha256(label.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _plain_text(table: pa.Table) -> pa.Table:
    """Decode dictionaries, with text that no spreadsheet runs."""
    import pyarrow as pa

    for position, column in enumerate(table.schema):
        if not pa.types.is_dictionary(column.type):
            continue
        chunks = []
        for chunk in table[column.name].chunks:
            texts = pa.array(map(spreadsheet_text, chunk.dictionary.to_pylist()), pa.string())
            whole = pa.DictionaryArray.from_arrays(chunk.indices, texts)
            chunks.append(whole.cast(pa.string()))
        table = table.set_column(position, column.name, pa.chunked_array(chunks, pa.string()))
    return table


def _join_parts(scratch: Path) -> None:
    """Make one CSV file of the parts that the workers wrote."""
    folder = scratch / _CANDIDATES
    header = ",".join(f'"{name}"' for name in candidate_frames.candidate_schema().names)
    with (scratch / f"{_CANDIDATES}.csv").open("wb") as whole:
        whole.write(f"{header}\n".encode())
        for part in sorted(folder.glob("part-*.csv")):
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, whole, 1 << 20)
    shutil.rmtree(folder, ignore_errors=True)


def _write_tables(reading: Reading, level: Level, kind: Format, scratch: Path) -> dict[str, int]:
    left_out = {_CANDIDATES}  # which the workers write
    if level == "municipality":
        left_out.add("polling_stations")
    if level != "candidate":
        left_out.add("candidate_names")
    tables = {name: getattr(reading, held) for held, name in HELD.items() if name not in left_out}
    for name, frame in tables.items():
        if kind == "parquet":
            frame.to_parquet(scratch / f"{name}.parquet", index=False)
        else:
            _guarded(frame).to_csv(scratch / f"{name}.csv", index=False, lineterminator="\n")
    return {name: len(frame) for name, frame in tables.items()}


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    text = [name for name in frame.columns if pd.api.types.is_string_dtype(frame[name].dtype)]
    return frame.assign(
        **{name: frame[name].map(spreadsheet_text, na_action="ignore") for name in text}
    )


def _written() -> list[str]:
    """Patterns of all that this module ever writes, of which nothing old may stay."""
    parts = [f"{_CANDIDATES}/part-*", f"{_CANDIDATES}/election=*/part-*.parquet"]
    return [*(f"{name}.{kind}" for name in HELD.values() for kind in FORMATS), *parts]
