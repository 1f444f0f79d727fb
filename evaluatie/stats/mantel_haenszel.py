"""One ratio of shares from many strata, each of which compares only within itself.

References
----------
Mantel, N. and Haenszel, W. (1959). Statistical aspects of the analysis of data from
retrospective studies of disease. Journal of the National Cancer Institute 22, 719-748.

Greenland, S. and Robins, J. M. (1985). Estimation of a common effect parameter from sparse
follow-up data. Biometrics 41, 55-68 (ratio of risks; variance of its logarithm).

McCullagh, P. and Nelder, J. A. (1989). Generalized linear models, 2nd ed., 4.5 (a variance that
is ``phi`` times the binomial one).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.checks import as_number, by_label, check_level
from evaluatie.stats.estimates import Shown
from evaluatie.stats.intervals import check_counts
from evaluatie.stats.student import critical_value


@dataclass(frozen=True, repr=False)
class PooledRatio(Shown):
    """A ratio of shares, all strata together.

    Attributes
    ----------
    estimate
        Share of the first group over that of the second; NaN where a stratum with both does not
        exist or the second group holds no counts.
    conf_low, conf_high
        Its interval; NaN where the first group holds no counts.
    n_strata
        Strata that have both groups.
    """

    estimate: float
    conf_low: float
    conf_high: float
    n_strata: int


@by_label
def pooled_ratio(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    other_x: npt.ArrayLike,
    other_n: npt.ArrayLike,
    *,
    phi: float = 1.0,
    alpha: float = 0.05,
) -> PooledRatio:
    """Pool the ratio of two shares over strata (Mantel and Haenszel 1959).

    Parameters
    ----------
    x, n, other_x, other_n
        Counts and totals of both groups by stratum, shape (k,). Strata without one of the groups,
        or with a count that is not known, say nothing of the ratio and are left out.
    phi
        Dispersion of counts within strata beyond binomial: the variance of the logarithm
        (Greenland and Robins 1985) is multiplied by it, by 1 at least.
    alpha
        One minus the confidence level; the interval is normal on the logarithmic scale.

    Examples
    --------
    >>> from evaluatie import stats
    >>> round(stats.pooled_ratio([6, 9], [1000, 900], [3, 5], [1000, 900]).estimate, 3)
    1.875
    """
    check_level(alpha)
    dispersion = as_number(phi, "phi")
    if not dispersion > 0:
        raise EstimationError("a dispersion is above zero", rule="phi > 0", value=phi)
    a, n1 = check_counts(x, n)
    c, n0 = check_counts(other_x, other_n)
    if a.ndim != 1 or a.shape != c.shape:
        raise EstimationError(
            "counts must be one number per unit", rule="counts", value=c.shape, expected=a.shape
        )
    both = np.isfinite(a) & (n1 > 0) & np.isfinite(c) & (n0 > 0)
    a, n1, c, n0 = a[both], n1[both], c[both], n0[both]
    whole = n1 + n0
    above, below = float((a * n0 / whole).sum()), float((c * n1 / whole).sum())
    if not below > 0:
        return PooledRatio(np.nan, np.nan, np.nan, int(both.sum()))
    ratio = above / below
    if not above > 0:
        return PooledRatio(0.0, np.nan, np.nan, int(both.sum()))
    spread = ((n1 * n0 * (a + c) - a * c * whole) / whole**2).sum() / (above * below)
    half = critical_value(alpha, np.inf) * float(np.sqrt(max(dispersion, 1.0) * spread))
    return PooledRatio(ratio, ratio * np.exp(-half), ratio * np.exp(half), int(both.sum()))
