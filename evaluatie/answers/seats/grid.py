"""Find the smallest number of votes that could change an allocation, by exact search.

The search asks of thousands of counts, a few votes apart, whether their seats could differ. The
answer is exact (64-bit integers, cross-multiplied) and the same as that of
:func:`evaluatie.answers.seats.allocation.outcomes`, to which rare cases are handed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from evaluatie.answers.seats.allocation import Rule, outcomes
from evaluatie.ground.errors import EvaluatieError, InputError

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# Products of votes and seats must stay below 2**63; thresholds multiply by at most 100 more.
_MOST_VOTES = 10**12
# Cells (rows × lists × lists) held in memory at once.
_CELLS = 4_000_000
# Averages nearer than this, as a fraction, are compared exactly.
_NEAR = 1e-12


def smallest_change(votes: IntArray, seats: Sequence[int], rule: Rule) -> IntArray:
    """Find for each list the smallest number of votes for it, from 1, that could change seats.

    With largest averages a changed allocation stays changed as votes are added
    (:func:`is_monotone`), so bisection finds the number. With largest remainders it need not:
    there every number of votes is tried.

    Parameters
    ----------
    votes
        Votes per list.
    seats, rule
        The real allocation and the law.

    Returns
    -------
    numpy.ndarray
        One number a list; −1 where no number of votes changes anything.
    """
    # After this many more votes the list has every seat, under any rule: others then have
    # less than 1 / (2n + 1) of the votes together, half a quota.
    plenty = 2 * sum(seats) * int(votes.sum()) + 1
    most = np.where(np.asarray(seats) == sum(seats), 0, plenty)
    search = _bisect if is_monotone(sum(seats), rule) else _scan
    return search(votes, seats, rule, most)


def _bisect(votes: IntArray, seats: Sequence[int], rule: Rule, most: IntArray) -> IntArray:
    def differ(more: IntArray) -> BoolArray:
        return differ_in_blocks(votes + np.diag(more), seats, rule)

    reachable = (most > 0) & differ(most)
    low, high = np.zeros_like(most), most.copy()  # unchanged (or not asked) at low
    while (open_rows := reachable & (high - low > 1)).any():
        middle = (low + high) // 2
        changed = differ(middle)
        high = np.where(open_rows & changed, middle, high)
        low = np.where(open_rows & ~changed, middle, low)
    return np.where(reachable, high, -1)


def _scan(votes: IntArray, seats: Sequence[int], rule: Rule, most: IntArray) -> IntArray:
    found = np.full(len(votes), -1, dtype=np.int64)
    searching = np.flatnonzero(most > 0)
    start, width = 1, 64
    while len(searching):
        more = np.arange(start, start + width, dtype=np.int64)
        added: IntArray = np.eye(len(votes), dtype=np.int64)[searching][:, None, :]
        counts: IntArray = votes + more[None, :, None] * added
        changed = differ_in_blocks(counts.reshape(-1, len(votes)), seats, rule)
        changed = changed.reshape(len(searching), width)
        hit = changed.any(axis=1)
        found[searching[hit]] = more[changed[hit].argmax(axis=1)]
        start += width
        searching = searching[~hit & (most[searching] >= start)]
        width = min(2 * width, 4096)
    return found


def is_monotone(n_seats: int, rule: Rule) -> bool:
    """Tell whether a changed allocation stays changed as more votes go to the same list.

    True for largest averages. Full seats and largest averages together are the method of
    D'Hondt among the lists that take part: the list that gets votes only gains, lists that
    drop below a threshold do not come back, so nothing that changed is undone. Largest
    remainders know no such order, because every vote also raises the quota.
    """
    return n_seats >= rule.remainders_below


def could_differ(votes: IntArray, seats: Sequence[int], rule: Rule) -> BoolArray:
    """Tell for each row of votes whether its allocation could be another than ``seats``.

    Parameters
    ----------
    votes
        Whole votes, one row a count, one column a list.
    seats
        The allocation to compare with; its sum is the number of seats.

    Returns
    -------
    numpy.ndarray
        One value a row; True also where a lot decides and could give other seats, and where
        there are no votes at all.
    """
    if votes.size and int(votes.max()) > _MOST_VOTES:
        raise InputError(
            "votes beyond what is counted exactly",
            rule="votes",
            value=int(votes.max()),
            expected=f"at most {_MOST_VOTES}",
        )
    held = np.asarray(seats, dtype=np.int64)
    if is_monotone(int(held.sum()), rule):
        differ, rare = _averages(votes, held, rule)
    else:
        differ, rare = _remainders(votes, held, rule)
    real = [list(map(int, held))]
    for row in np.flatnonzero(rare):
        count = [int(v) for v in votes[row]]
        try:
            differ[row] = outcomes(count, int(held.sum()), rule=rule) != real
        except EvaluatieError:  # no votes, or no list may have the seats
            differ[row] = True
    differ[votes.sum(axis=1) == 0] = True
    return differ


def differ_in_blocks(votes: IntArray, seats: Sequence[int], rule: Rule) -> BoolArray:
    """Do :func:`could_differ` on any number of rows without holding all of them in memory."""
    block = max(1, _CELLS // votes.shape[1] ** 2)
    parts = [could_differ(votes[i : i + block], seats, rule) for i in range(0, len(votes), block)]
    return np.concatenate(parts)


def _averages(votes: IntArray, held: IntArray, rule: Rule) -> tuple[BoolArray, BoolArray]:
    """Full seats and largest averages: D'Hondt among the lists that take part.

    The seats stand without a lot exactly if every list with seats takes part, and no list
    that takes part has a next average as large as the last average of another list.
    """
    n, seated = int(held.sum()), held > 0
    votes = np.asfortranarray(votes)  # over lists of many counts at once
    total = votes.sum(axis=1)
    part = _reaches(votes, n, total, rule.averages_from) & (votes > 0)
    outside = ~part[:, seated].all(axis=1)
    following = np.where(part, votes / (held + 1), -1.0).max(axis=1)
    last = (votes[:, seated] / held[seated]).min(axis=1)
    overtakes = following > last
    close = np.abs(following - last) <= _NEAR * last
    overtakes[close] = _overtakes(votes[close], held, part[close])
    differ = outside | overtakes
    # A majority of votes has more than half of the seats by law, and at least half by largest
    # averages. Only where these give it just half, of an even number, does article P 9 move one.
    most = votes.max(axis=1)
    majority = 2 * most > total
    leader_holds = held[(votes == most[:, None]).argmax(axis=1)]
    differ |= majority & (2 * leader_holds <= n)
    return differ, majority & (2 * leader_holds == n + 2)


def _overtakes(votes: IntArray, held: IntArray, part: BoolArray) -> BoolArray:
    """Tell where an average is as large as another list's, to the last vote."""
    following = votes[:, :, None] * held[None, None, :]  # v_k · s_j, list k to gain
    last = votes[:, None, :] * (held[None, :, None] + 1)  # v_j · (s_k + 1), list j to lose
    overtakes = (following >= last) & part[:, :, None] & (held > 0)
    return np.asarray(overtakes.any(axis=(1, 2)), dtype=np.bool_)


def _remainders(votes: IntArray, held: IntArray, rule: Rule) -> tuple[BoolArray, BoolArray]:
    """Full seats, largest remainders, then at most one seat each by largest averages."""
    n = int(held.sum())
    total = np.maximum(votes.sum(axis=1), 1)
    seats = votes * n // total[:, None]
    left = n - seats.sum(axis=1)
    remainder = votes * n - seats * total[:, None]
    part = _reaches(votes, n, total, rule.remainders_from) & (votes > 0)
    places = np.minimum(left, part.sum(axis=1))
    taken, tied = _first(remainder[:, :, None], remainder[:, None, :], part, places)
    seats += taken
    left -= places
    part = _reaches(votes, n, total, rule.averages_from) & (votes > 0)
    # list j before list k: v_j · (s_k + 1) > v_k · (s_j + 1)
    mine = votes[:, :, None] * (seats[:, None, :] + 1)
    theirs = votes[:, None, :] * (seats[:, :, None] + 1)
    taken, tied_average = _first(mine, theirs, part, left)
    seats += taken
    differ = tied | tied_average | (seats != held).any(axis=1)
    rare = left > part.sum(axis=1)  # a second round of averages
    leader = votes.argmax(axis=1)
    majority = 2 * votes.max(axis=1) > total
    few = 2 * np.take_along_axis(seats, leader[:, None], axis=1)[:, 0] <= n
    return differ, rare | (majority & few)


def _reaches(votes: IntArray, n: int, total: IntArray, share: Fraction) -> BoolArray:
    numerator, denominator = share.numerator, share.denominator
    reached: BoolArray = votes * (n * denominator) >= (total * numerator)[:, None]
    return reached


def _first(
    mine: IntArray, theirs: IntArray, part: BoolArray, places: IntArray
) -> tuple[BoolArray, BoolArray]:
    """Pick the lists ranked first; also tell where equals stand on both sides of the line."""
    others = part[:, None, :] & ~np.eye(part.shape[1], dtype=bool)
    above = ((theirs > mine) & others).sum(axis=2)
    level = ((theirs == mine) & others).sum(axis=2)
    taken = part & (above + level < places[:, None])
    tied = part & (above < places[:, None]) & (above + level >= places[:, None])
    return taken, tied.any(axis=1)
