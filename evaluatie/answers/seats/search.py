"""Find the smallest number of votes that could change an allocation, by exact search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluatie.answers.seats.allocation import Rule
from evaluatie.answers.seats.grid import BoolArray, IntArray, differ_in_blocks, is_monotone

__all__ = ["smallest_change"]


def smallest_change(
    votes: IntArray, directions: IntArray, seats: Sequence[int], rule: Rule
) -> IntArray:
    """Find for each direction the smallest number of steps, from 1, that could change seats.

    Parameters
    ----------
    votes
        Votes per list.
    directions
        One row a direction: what one step does to the votes of each list (−1, 0 or 1).
    seats, rule
        The real allocation and the law.

    Returns
    -------
    numpy.ndarray
        One number a direction; −1 where no number of steps changes anything.
    """
    limits = _limits(votes, directions, seats)
    if is_monotone(sum(seats), rule):
        return _bisect(votes, directions, seats, rule, limits)
    return _scan(votes, directions, seats, rule, limits)


def _limits(votes: IntArray, directions: IntArray, seats: Sequence[int]) -> IntArray:
    """Return how many steps can be taken, or need to be looked at."""
    n, total = sum(seats), int(votes.sum())
    # After this many more votes the list has every seat, under any rule: others then have
    # less than 1 / (2n + 1) of the votes together, half a quota.
    plenty = np.full(len(directions), 2 * n * total + 1, dtype=np.int64)
    plenty[np.array([s == n for s in seats])[directions.argmax(axis=1)]] = 0
    takes = directions.min(axis=1) < 0
    giver = directions.argmin(axis=1)
    return np.where(takes, votes[giver], plenty)


def _bisect(
    votes: IntArray, directions: IntArray, seats: Sequence[int], rule: Rule, limits: IntArray
) -> IntArray:
    def differ(steps: IntArray) -> BoolArray:
        return differ_in_blocks(votes + steps[:, None] * directions, seats, rule)

    reachable = (limits > 0) & differ(limits)
    low, high = np.zeros_like(limits), limits.copy()  # unchanged (or not asked) at low
    while (open_rows := reachable & (high - low > 1)).any():
        middle = (low + high) // 2
        changed = differ(middle)
        high = np.where(open_rows & changed, middle, high)
        low = np.where(open_rows & ~changed, middle, low)
    return np.where(reachable, high, -1)


def _scan(
    votes: IntArray, directions: IntArray, seats: Sequence[int], rule: Rule, limits: IntArray
) -> IntArray:
    found = np.full(len(directions), -1, dtype=np.int64)
    searching = np.flatnonzero(limits > 0)
    start, width = 1, 64
    while len(searching):
        steps = np.arange(start, start + width, dtype=np.int64)
        inside = steps[None, :] <= limits[searching, None]
        taken: IntArray = np.minimum(steps[None, :], limits[searching, None])
        counts: IntArray = votes + taken[:, :, None] * directions[searching][:, None, :]
        changed = differ_in_blocks(counts.reshape(-1, len(votes)), seats, rule)
        changed = changed.reshape(inside.shape)
        changed &= inside
        hit = changed.any(axis=1)
        found[searching[hit]] = steps[changed[hit].argmax(axis=1)]
        start += width
        searching = searching[~hit & (limits[searching] >= start)]
        width = min(2 * width, 4096)
    return found
