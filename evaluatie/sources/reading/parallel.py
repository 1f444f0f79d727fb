"""Work over many files, in parallel where it pays, always in the order of the files."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from evaluatie.sources.intake import Item, Piece

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


def pieces(
    items: Sequence[Item],
    work: Work,
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
