"""Read files of any format and size, or only check them; in parallel where it pays."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from evaluatie.counts.results import known_level
from evaluatie.ground.errors import InputError
from evaluatie.sources.intake import Item, Options, Piece, expand, read_items
from evaluatie.sources.reading.combine import combine, complain_if_useless
from evaluatie.sources.reading.later import settle
from evaluatie.sources.reading.result import Reading

Paths = Path | str | Iterable[Path | str]
_BATCH_BYTES = 4 << 20
_BATCH_ITEMS = 64
# Below this, starting worker processes costs more than they save.
_PARALLEL_BYTES = 48 << 20

Work = Callable[[Sequence[Item]], list[Piece]]


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


def read(
    paths: Paths,
    level: str = "municipality",
    *,
    strict: bool = False,
    election: str | None = None,
    jobs: int | None = None,
    progress: OnProgress | None = None,
) -> Reading:
    r"""Read files, folders and zip archives of official counts.

    Parameters
    ----------
    paths
        One or more files, folders or archives.
    level
        ``municipality``, ``polling_station`` or ``candidate``. Candidates take about a
        hundred times the memory; :func:`evaluatie.sources.reading.ingest` writes them to Parquet
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

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import evaluatie
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "municipal_results.csv"
    ...     rows = "election,municipality_code,municipality,vintage,"
    ...     rows += "ballots,valid,blank,invalid,source"
    ...     rows += "\nGR2026,GM0513,Gouda,official,1000,990,4,6,own\n"
    ...     _ = file.write_text(rows)
    ...     reading = evaluatie.read(file)
    >>> int(reading.municipalities["invalid"].item())
    6
    """
    options = Options("keep" if level == "candidate" else "no", election)
    return _reading(paths, level, options, strict, jobs, progress)


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
    return _reading(paths, "polling_station", Options("check", election), strict, jobs, progress)


def listed(paths: Paths) -> list[Item]:
    """List the items under one or more paths."""
    several = [paths] if isinstance(paths, (str, Path)) else list(paths)
    items = expand(several)
    if not items:
        where = ", ".join(map(str, several[:3]))
        raise InputError("there are no files here", file=where, rule="files present")
    return items


def _reading(
    paths: Paths,
    level: str,
    options: Options,
    strict: bool,
    jobs: int | None,
    progress: OnProgress | None,
) -> Reading:
    wanted = known_level(level)
    work = partial(read_items, options=options)  # worker processes can be sent it
    found = list(pieces(listed(paths), work, strict=strict, jobs=jobs, progress=progress))
    complain_if_useless(found)
    return combine(found, wanted, settle(found))


def pieces(
    items: Sequence[Item],
    work: Work,
    *,
    strict: bool,
    jobs: int | None,
    progress: OnProgress | None,
) -> Iterator[Piece]:
    """Run ``work`` over batches of items, in parallel where it pays, and yield in order."""
    total = sum(item.size for item in items)
    done = read_bytes = stations = refused = 0
    with contextlib.closing(_results(list(_batches(items)), work, total, jobs)) as batches:
        for batch in batches:
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
    batches: Sequence[Sequence[Item]], work: Work, total: int, jobs: int | None
) -> Generator[list[Piece], None, None]:
    import joblib
    from joblib.parallel import get_active_backend

    chosen = type(get_active_backend()[0]).__name__ != "LokyBackend"
    alone = len(batches) < 2 or jobs == 1 or os.cpu_count() == 1
    if alone or (jobs is None and not chosen and total < _PARALLEL_BYTES):
        yield from map(work, batches)
        return
    parallel = joblib.Parallel(n_jobs=-1 if jobs is None else jobs, return_as="generator")
    results = parallel(joblib.delayed(work)(batch) for batch in batches)
    try:
        # Not "yield from", which would hand the closing on unguarded.
        for result in results:  # noqa: UP028
            yield result
    finally:
        # Stopping at the first bad file leaves batches under way; joblib warns of them.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.close()
