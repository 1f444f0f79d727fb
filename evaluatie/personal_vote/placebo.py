"""Uncertainty from placebos: what sets of old-ballot municipalities show without any effect.

A candidate who is known in one village, a campaign that one list ran in one region: both make
counts differ from their expectation where nothing else happened. Sets of as many comparison
municipalities of about the same sizes, each compared with the rest in the very same way, show
how much. The interval moves that distribution to the estimate (Conley and Taber 2011, Review
of Economics and Statistics 93), so that it does not widen merely because an effect is larger
on some lists than on others. Of 100 random sets of five old-ballot municipalities, 5% tests
of the ratio rejected 2 to 6% at either national election and for either of two numbers;
intervals of the excess missed zero in 3 to 13%.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluatie.personal_vote.cells import (
    Cells,
    dispersion_of,
    dispersion_parts,
    excess,
    log_ratio,
)
from evaluatie.personal_vote.clusters import Floats, Ints

__all__ = ["LEAST_COMPARISON", "interval", "p_value", "placebo_sets", "placebo_statistics"]

LEAST_COMPARISON = 40
"""With fewer comparison municipalities their sets say too little, and the jackknife is used."""

_DRAWS = 1999
_NEAREST = 40


def placebo_sets(
    votes: pd.Series[int], treated: Sequence[str], comparison: Sequence[str], seed: int
) -> list[list[str]]:
    """Draw sets of comparison municipalities, each member near a treated one in size.

    Parameters
    ----------
    votes
        Votes per municipality code.
    treated, comparison
        Codes. Every treated municipality is stood in for by one of the forty nearest in size
        that the set does not have yet.
    """
    pool = np.array(sorted(comparison), dtype=object)
    size = np.log(votes.reindex(pool).to_numpy("float64"))
    nearest = [
        np.argsort(np.abs(size - np.log(float(votes[code]))), kind="stable")[:_NEAREST]
        for code in sorted(treated)
    ]
    rng = np.random.default_rng(seed)
    sets = []
    for _ in range(_DRAWS):
        taken: list[int] = []
        for candidates in nearest:
            free = [each for each in candidates if each not in taken]
            taken.append(int(free[rng.integers(len(free))]))
        sets.append([str(pool[each]) for each in taken])
    return sets


def placebo_statistics(counted: Cells, sets: Sequence[Sequence[str]]) -> Floats:
    """Return log ratio and excess of every set, shape (sets, 2); NaN where there is none.

    A set's expectation and the dispersion of its lists come from the comparison municipalities
    outside the set, as those of the treated do: a set with a local hero must not be allowed to
    weigh its own surprise down.
    """
    free = ~counted.treated
    expected = counted.expected(counted.treated)
    usable = free & np.isfinite(expected)
    squares, number = dispersion_parts(counted, expected, np.flatnonzero(usable))
    cells_of = {
        str(code): np.flatnonzero(usable & (counted.code == code))
        for code in {each for one in sets for each in one}
    }
    n = int(counted.rate_of.max()) + 1
    totals: list[Floats] = [
        np.bincount(counted.rate_of[free], values[free], n).astype(np.float64)
        for values in (counted.observed, counted.base)
    ]
    found = np.full((len(sets), 2), np.nan)
    for position, codes in enumerate(sets):
        at = np.concatenate([cells_of[code] for code in codes])
        own_squares, own_number = dispersion_parts(counted, expected, at)
        phi = dispersion_of(squares - own_squares, number - own_number)[counted.spread_of[at]]
        sums = _sums(counted, at, phi, totals, n)
        if sums is not None:
            found[position] = float(log_ratio(sums)), float(excess(sums))
    return found


def interval(estimate: float, placebos: Floats, alpha: float) -> tuple[float, float]:
    """Return the interval of an estimate whose error is distributed as the placebos."""
    known = placebos[np.isfinite(placebos)]
    low, high = np.quantile(known, [alpha / 2, 1 - alpha / 2])
    return estimate - float(high), estimate - float(low)


def p_value(estimate: float, placebos: Floats) -> float:
    """Return the two-sided p-value of no effect, never zero; the real set counts as one."""
    known = placebos[np.isfinite(placebos)]
    above = 1 + int((known >= estimate - 1e-12).sum())
    below = 1 + int((known <= estimate + 1e-12).sum())
    return min(1.0, 2 * min(above, below) / (len(known) + 1))


def _sums(counted: Cells, at: Ints, phi: Floats, totals: list[Floats], n: int) -> Floats | None:
    strata, o, b = counted.rate_of[at], counted.observed[at], counted.base[at]
    count, base = (
        whole - np.bincount(strata, part, n) for whole, part in zip(totals, (o, b), strict=True)
    )
    expected = b * np.divide(count, base, out=np.zeros(n), where=base > 0)[strata]
    known = (expected > 0) & np.isfinite(phi)
    if not known.any():
        return None
    o, e, v, spread = o[known], expected[known], counted.votes[at][known], phi[known]
    lists = counted.lists[at][known]
    per_list = np.bincount(lists, v) / np.maximum(np.bincount(lists, e), 1e-300)
    scale = per_list[lists] / spread
    sums: Floats = np.array([(o / spread).sum(), (e / spread).sum(), scale @ (o - e), scale @ v])
    return sums
