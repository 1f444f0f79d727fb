"""Many municipalities at once: empirical Bayes shrinkage, and Holm's correction.

Effects of single municipalities are noisy; ranking them raw mistakes noise for difference.
Shrinkage pulls each towards their mean by as much as its noise warrants (Efron and Morris
1975, JASA 70; Morris 1983, JASA 78); Holm (1979, Scandinavian Journal of Statistics 6) keeps
the chance of any false finding at alpha.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.checks import as_column, as_numbers, as_positive, check_level
from evaluatie.stats.estimates import Floats, Shown

_SMALLEST_GROUP = 4
"""Morris' intervals divide by the number of units minus 3."""


@dataclass(frozen=True, repr=False)
class Shrinkage(Shown):
    """Shrunken estimates with intervals that allow for the estimation of ``tau2``.

    Per unit, shape (k,), ``estimates``, ``std_errors``, ``low`` and ``high`` in the unit of what
    was given, and ``pull``, the fraction of the way to the mean; ``mean`` and ``tau2`` are those of
    the units' true values.
    """

    estimates: Floats
    std_errors: Floats
    low: Floats
    high: Floats
    pull: Floats
    mean: float
    tau2: float


def shrink(
    estimates: npt.ArrayLike,
    variances: npt.ArrayLike,
    *,
    alpha: float = 0.05,
) -> Shrinkage:
    """Shrink noisy estimates with known variances above 0 towards their weighted mean.

    True values are normal with unknown mean and variance ``tau2``; estimates are normal around
    them. Pull, standard errors and intervals are those of Morris (1983), sections 1 and 5: they
    allow for the uncertainty of the mean and of ``tau2``. Errors must be independent: one that all
    units share, such as that of a common comparison group, moves the mean and is to be added to the
    intervals by the caller.
    """
    check_level(alpha)
    y = as_column(estimates, "estimates")
    v = as_positive(variances, "variances", len(y))
    k = len(y)
    if k < _SMALLEST_GROUP:
        raise EstimationError(
            "shrinkage needs at least four units", rule="units", value=k, expected="at least 4"
        )
    tau2 = between_variance(y, v)
    weight = 1 / (v + tau2)
    mean = float(weight @ y / weight.sum())
    pull = (k - 3) / (k - 1) * v * weight
    typical = float(weight @ v / weight.sum())
    # Uncertainty of the pull itself, larger for units far from the mean.
    wobble = 2 / (k - 3) * pull**2 * (typical + tau2) * weight
    variance = v * (1 - (1 - weight / weight.sum()) * pull) + wobble * (y - mean) ** 2
    shrunken = (1 - pull) * y + pull * mean
    error = np.sqrt(variance)
    half = float(special.ndtri(1 - alpha / 2)) * error
    return Shrinkage(shrunken, error, shrunken - half, shrunken + half, pull, mean, tau2)


def between_variance(estimates: npt.ArrayLike, variances: npt.ArrayLike) -> float:
    """Variance between the true values of units with noisy estimates; 0 if there is none.

    By restricted maximum likelihood (Viechtbauer 2005, Journal of Educational and Behavioral
    Statistics 30); that of Paule and Mandel is in :func:`evaluatie.stats.prediction.heterogeneity`.
    """
    y = as_column(estimates, "estimates")
    v = as_positive(variances, "variances", len(y))
    if len(y) < 2:
        raise EstimationError(
            "variance between units needs two units", rule="units", value=len(y), expected=2
        )
    # Beyond the sum of squares the slope has no root.
    top = float(((y - y.mean()) ** 2).sum()) + float(v.max())
    points = np.concatenate([[0.0], np.geomspace(1e-6 * float(v.min()), top, 60)])
    slopes = np.array([_reml_slope(t, y, v) for t in points])
    falls = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    roots = [
        float(optimize.brentq(_reml_slope, points[i], points[i + 1], args=(y, v), xtol=1e-300))
        for i in falls
    ]
    if slopes[0] <= 0:
        roots.append(0.0)
    # The likelihood can have two maxima; the higher one is the estimate.
    return max(roots, key=lambda t: _reml(t, y, v))


def holm(p_values: npt.ArrayLike) -> Floats:
    """Adjust p-values for the number of tests by Holm's step-down rule.

    NaN (no test) stays NaN and does not count as a test.

    Examples
    --------
    >>> from evaluatie import stats
    >>> stats.holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = np.atleast_1d(as_numbers(p_values, "p_values"))
    if p.ndim > 1:
        raise EstimationError("p_values has the wrong shape", rule="shape", value=p.shape)
    if ((p < 0) | (p > 1)).any():
        raise EstimationError("a p-value lies outside 0 and 1", rule="p-value")
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _weighted(tau2: float, y: Floats, v: Floats) -> tuple[Floats, float, float]:
    weight = 1 / (v + tau2)
    total = float(weight.sum())
    return weight, total, float(weight @ y / total)


def _reml_slope(tau2: float, y: Floats, v: Floats) -> float:
    """Twice the derivative of the restricted log-likelihood to tau2."""
    weight, total, mean = _weighted(tau2, y, v)
    squares = float(weight @ weight)
    return float(weight**2 @ (y - mean) ** 2) - total + squares / total


def _reml(tau2: float, y: Floats, v: Floats) -> float:
    weight, total, mean = _weighted(tau2, y, v)
    return 0.5 * float(np.log(weight).sum() - np.log(total) - weight @ (y - mean) ** 2)
