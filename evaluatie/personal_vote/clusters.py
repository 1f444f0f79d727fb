"""Uncertainty of sums over lists and municipalities at once: a two-way jackknife.

What makes a candidate more popular here than elsewhere is shared by the lists of one
municipality (they campaign in one place) and by the municipalities of one list (it has one
campaign), so neither can stand for the other. The variance is that of Cameron, Gelbach and
Miller (2011, Journal of Business & Economic Statistics 29): lists plus municipalities minus
their intersection, each by deleting one at a time (Tukey 1958), and never below the larger of
the two. With t on one degree of freedom less than the fewer of lists and municipalities, 95%
intervals held the truth in 97 to 100% of placebos with five old-ballot municipalities at two
national elections: wide rather than bold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["Floats", "Ints", "Spread", "one_way", "two_way"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Spread:
    """Standard error with its degrees of freedom."""

    std_error: float
    df: int

    def interval(self, centre: float, alpha: float) -> tuple[float, float]:
        """Return the two-sided t interval around ``centre``."""
        half = float(special.stdtrit(self.df, 1 - alpha / 2)) * self.std_error
        return centre - half, centre + half

    def p_value(self, statistic: float) -> float:
        """Return the two-sided p-value of ``statistic`` = 0."""
        if not self.std_error > 0:
            return float("nan")
        return float(2 * special.stdtr(self.df, -abs(statistic) / self.std_error))


def one_way(parts: Floats, cluster: Ints, of_sums: Callable[[Floats], Floats]) -> float:
    """Jackknife variance of ``of_sums(parts.sum(axis=0))``, deleting clusters in turn.

    Parameters
    ----------
    parts
        Shape (cells, q): what is summed.
    cluster
        Cluster of each cell, 0 to n - 1.
    of_sums
        Statistic of sums, shape (n, q) to (n,).
    """
    n = int(cluster.max()) + 1
    own = np.stack([np.bincount(cluster, column, n) for column in parts.T], axis=1)
    left = of_sums(parts.sum(axis=0) - own)
    if not np.isfinite(left).all():
        return float("nan")
    return float((n - 1) / n * ((left - left.mean()) ** 2).sum())


def two_way(
    parts: Floats, lists: Ints, municipalities: Ints, of_sums: Callable[[Floats], Floats]
) -> Spread:
    """Return the two-way jackknife; parameters as :func:`one_way`."""
    by_list = one_way(parts, lists, of_sums)
    by_municipality = one_way(parts, municipalities, of_sums)
    by_cell = one_way(parts, np.arange(len(parts)), of_sums)
    variance = max(by_list + by_municipality - by_cell, by_list, by_municipality)
    fewer = min(int(lists.max()), int(municipalities.max()))
    return Spread(float(np.sqrt(variance)), fewer)
