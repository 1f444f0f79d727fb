"""Sums over the treated units of all, or of random, assignments within strata.

A statistic made of sums over the treated needs no matrix of assignments: they are summed block
by block, so that memory stays bounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluatie.stats.checks import refuse
from evaluatie.stats.estimates import Flags, Floats

_BLOCK = 1 << 16
_ROWS = _BLOCK // 4


def members(strata: ArrayLike | None, size: int) -> list[NDArray[np.intp]]:
    """Return the rows of every stratum; one of all ``size`` without labels."""
    if strata is None:
        return [np.arange(size)]
    labels = np.asarray(strata, dtype=np.object_)
    if labels.shape != (size,):
        raise refuse("strata has the wrong shape", rule="shape", value=labels.shape, expected=size)
    codes, _ = pd.factorize(labels, sort=True)
    if (codes < 0).any():
        raise refuse("a unit has no stratum", rule="strata given")
    return [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]


def count_assignments(flags: Flags, groups: list[NDArray[np.intp]]) -> int:
    """Count the assignments that keep the number of treated in every stratum."""
    return math.prod(math.comb(len(group), int(flags[group].sum())) for group in groups)


def assignment_sums(
    columns: Floats,
    flags: Flags,
    groups: list[NDArray[np.intp]],
    exact: bool,
    draws: int,
    seed: int,
) -> Iterator[Floats]:
    """Yield blocks of column sums over the treated of every assignment.

    ``columns`` holds values to sum, units in rows; ``flags`` who is treated, their number kept in
    each of ``groups``, the rows of every stratum. ``exact`` enumerates all assignments, else the
    observed one comes first and then ``draws`` random ones.
    """
    chosen = [int(flags[members].sum()) for members in groups]
    parts = [(columns[g], m) for g, m in zip(groups, chosen, strict=True) if m]
    if exact:
        yield from _product(parts, _BLOCK)
        return
    yield columns[flags].sum(axis=0)[None]
    picked = _subsets(tuple((len(values), m) for values, m in parts), draws, seed)
    for start in range(0, draws, _ROWS):
        stop = min(start + _ROWS, draws)
        sums = np.zeros((stop - start, columns.shape[1]))
        for (values, m), rows in zip(parts, picked, strict=True):
            _add(sums, values, m, rows[:, start:stop])
        yield sums


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
    rows = chain.from_iterable(combinations(range(len(values)), m))
    left = math.comb(len(values), m)
    while left:
        size = min(block, left)
        left -= size
        sums = np.zeros((size, values.shape[1]))
        for each in np.fromiter(rows, np.intp, size * m).reshape(size, m).T:
            sums += values[each]
        yield sums


# Draws depend on sizes and seed alone: a specification curve asks for the same ones a hundred
# times, for other outcomes, weights and scales.
@lru_cache(maxsize=4)
def _subsets(
    sizes: tuple[tuple[int, int], ...], draws: int, seed: int
) -> tuple[NDArray[np.uint32], ...]:
    """Draw ``m`` of ``n`` rows at random, for every ``(n, m)``; one column per draw.

    Where more than half are wanted, the rows that are left over are drawn instead.
    """
    generator = np.random.default_rng(seed)
    smaller = [(n, min(m, n - m)) for n, m in sizes]
    picked = tuple(np.empty((m, draws), dtype=np.uint32) for _, m in smaller)
    for start in range(0, draws, _ROWS):
        stop = min(start + _ROWS, draws)
        for (n, m), rows in zip(smaller, picked, strict=True):
            here = rows[:, start:stop]
            # Floyd's subset sampling, all draws at once: m steps instead of shuffling all units.
            for step, top in enumerate(range(n - m, n)):
                draw = generator.integers(0, top + 1, stop - start)
                seen = (here[:step] == draw).any(axis=0)
                here[step] = np.where(seen, top, draw)
    for rows in picked:
        rows.flags.writeable = False
    return picked


def _add(sums: Floats, values: Floats, m: int, rows: NDArray[np.uint32]) -> None:
    """Add to ``sums`` those of the drawn rows of ``values``, or of all others."""
    left_over = m > len(rows)
    if left_over:
        sums += values.sum(axis=0)
        values = -values
    for each in rows:
        sums += values.take(each, axis=0)
