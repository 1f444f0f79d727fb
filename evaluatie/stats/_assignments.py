"""Sums over the treated units of all, or of random, assignments within strata.

A statistic made of sums over the treated needs no matrix of assignments: sums over larger
subsets are built from those over smaller ones, block by block, so that memory stays bounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evaluatie.stats._types import Flags, Floats

__all__ = ["assignment_sums"]

_BLOCK = 1 << 16


def assignment_sums(
    columns: Floats,
    flags: Flags,
    groups: list[NDArray[np.intp]],
    exact: bool,
    draws: int,
    seed: int,
) -> Iterator[Floats]:
    """Yield blocks of column sums over the treated of every assignment.

    Parameters
    ----------
    columns
        Values to sum, units in rows.
    flags
        Who is treated; the number in each of ``groups`` is kept.
    groups
        Rows of every stratum.
    exact
        Enumerate all assignments, else the observed one and ``draws`` random ones.
    """
    chosen = [int(flags[members].sum()) for members in groups]
    parts = [(columns[g], m) for g, m in zip(groups, chosen, strict=True) if m]
    if exact:
        yield from _product(parts, _BLOCK)
        return
    yield columns[flags].sum(axis=0)[None]
    generator = np.random.default_rng(seed)
    block = max(64, _BLOCK // 4)
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        yield sum(
            (_sample(values, m, rows, generator) for values, m in parts),
            np.zeros((rows, columns.shape[1])),
        )


def _product(parts: list[tuple[Floats, int]], block: int) -> Iterator[Floats]:
    """Yield sums over the product of the combinations of every stratum."""
    (values, m), rest = parts[0], parts[1:]
    if not rest:
        yield from _combinations(values, m, block)
        return
    others = math.prod(math.comb(len(each), k) for each, k in rest)
    for first in _combinations(values, m, max(1, block // min(others, block))):
        for second in _product(rest, max(1, block // len(first))):
            yield (first[:, None] + second[None]).reshape(-1, values.shape[1])


def _combinations(values: Floats, m: int, block: int) -> Iterator[Floats]:
    """Yield column sums over all ``m``-subsets of rows, in lexicographic order, in blocks."""
    n = len(values)
    ways = np.array([[math.comb(i, k) for k in range(m + 1)] for i in range(n + 1)], dtype=float)

    def walk(sums: Floats, last: NDArray[np.intp], depth: int) -> Iterator[Floats]:
        if depth == m:
            yield from (sums[i : i + block] for i in range(0, len(sums), block))
            return
        size = ways[n - 1 - last, m - depth]
        if size.sum() > block and len(last) > 1:
            # Cut the prefixes into runs that grow into about one block each.
            run = (np.cumsum(size) // block).astype(np.intp)
            cuts = np.flatnonzero(np.diff(run)) + 1
            if len(cuts):
                for piece in np.split(np.arange(len(last)), cuts):
                    yield from walk(sums[piece], last[piece], depth)
                return
        followers = n - (m - depth) - last  # rows that may come next
        repeat = np.repeat(np.arange(len(last)), followers)
        start = np.cumsum(followers) - followers
        following = last[repeat] + 1 + np.arange(len(repeat)) - start[repeat]
        yield from walk(sums[repeat] + values[following], following, depth + 1)

    yield from walk(np.zeros((1, values.shape[1])), np.array([-1]), 0)


def _sample(values: Floats, m: int, rows: int, generator: np.random.Generator) -> Floats:
    """Column sums over ``rows`` random ``m``-subsets of the rows of ``values``."""
    n = len(values)
    if m > n // 2:
        total: Floats = values.sum(axis=0) - _sample(values, n - m, rows, generator)
        return total
    # Floyd's subset sampling, all rows at once: m steps instead of shuffling all units.
    picked = np.empty((rows, m), dtype=np.intp)
    for step, top in enumerate(range(n - m, n)):
        draw = generator.integers(0, top + 1, rows)
        seen = (picked[:, :step] == draw[:, None]).any(axis=1)
        picked[:, step] = np.where(seen, top, draw)
    sums = values[picked[:, 0]].copy() if m else np.zeros((rows, values.shape[1]))
    for step in range(1, m):
        sums += values[picked[:, step]]
    return sums
