"""Variance of changes between municipalities, by restricted maximum likelihood.

References
----------
Huggins, R. M. (1993). A robust approach to the analysis of repeated measures. Biometrics 49,
715-720.
Patterson, H. D. and Thompson, R. (1971). Recovery of inter-block information when block sizes
are unequal. Biometrika 58, 545-554.
Harville, D. A. (1977). Maximum likelihood approaches to variance component estimation and to
related problems. Journal of the American Statistical Association 72, 320-338.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from evaluatie.stats.checks import as_column, as_positive, by_label, refuse
from evaluatie.stats.estimates import Flags, Floats, Shown

_LIMIT = 2.0
"""Standard deviations from where on an outlier pulls no harder."""
_ROUNDS = 200


@dataclass(frozen=True, eq=False, repr=False)
class VarianceFit(Shown):
    """Variances of changes: ``tau2 + phi * v``.

    Attributes
    ----------
    tau2
        Between-municipality variance of changes, in squared units of the change.
    phi
        Overdispersion of the counts; 1 is binomial. May be below 1.
    covariance
        Of (tau2, phi), from the expected information; zero for a parameter on its bound.
    boundary
        ``"tau2"`` or ``"phi"`` if that estimate is zero, ``"equal"`` if all v are equal, so
        that only the sum is known (it is then given as tau2), else ``"none"``.
    mean, mean_variance
        Weighted mean change of the group that was fitted and its variance.
    n
        Number of units.
    log_likelihood
        Restricted, at the maximum, up to a constant.
    """

    tau2: float
    phi: float
    covariance: Floats
    boundary: Literal["none", "tau2", "phi", "equal"]
    mean: float
    mean_variance: float
    n: int
    log_likelihood: float

    def variance(self, v: ArrayLike) -> Floats:
        """Return ``tau2 + phi * v``."""
        return self.tau2 + self.phi * np.asarray(v, dtype=np.float64)


@by_label
def fit_between_variance(y: ArrayLike, v: ArrayLike) -> VarianceFit:
    """Estimate (τ², φ) of ``Var(y) = τ² + φ v`` by restricted maximum likelihood.

    The likelihood is profiled over the overall scale, so that one bounded share
    ``r = τ² / (τ² + φ v̄)`` is left: a search over a grid of [0, 1] finds the highest hill,
    the root of the exact gradient its top. Both variances are thereby at least zero, and the
    fit scales with the units of y and of v.

    Parameters
    ----------
    y
        Changes of the comparison group.
    v
        Their sampling variances.

    Raises
    ------
    EstimationError
        With fewer than three units (a mean and two variances), or without any variation.

    Examples
    --------
    >>> from evaluatie import stats
    >>> stats.fit_between_variance([0.1, 0.0, 0.05, -0.1], [0.001] * 4).boundary
    'equal'
    """
    changes = as_column(y, "y")
    noise = as_positive(v, "v", len(changes))
    n = len(changes)
    if n < 3:
        raise refuse(
            "too few comparison units to estimate a mean and two variances",
            rule="comparison >= 3",
            value=n,
            expected="at least 3",
        )
    scale = float(changes.std())
    if scale <= 1e-13 * float(np.abs(changes).max()):
        raise refuse("all comparison changes are equal: no variance", rule="variance > 0")
    unit, level = (changes - changes.mean()) / scale, float(noise.mean())
    relative = noise / level
    if float(np.ptp(relative)) < 1e-12:
        share, boundary = 1.0, "equal"
    else:
        share = _maximise(unit, relative)
        boundary = "tau2" if share == 0 else "phi" if share == 1 else "none"
    profile = _Profile(unit, relative, np.array([share]))
    sigma2 = float(profile.q[0]) / (n - 1) * scale**2
    tau2, phi = share * sigma2, (1 - share) * sigma2 / level
    weight = 1 / (tau2 + phi * noise)
    return VarianceFit(
        tau2=tau2,
        phi=phi,
        covariance=_covariance(weight, noise, boundary),
        boundary=boundary,  # type: ignore[arg-type]
        mean=float(weight @ changes / weight.sum()),
        mean_variance=float(1 / weight.sum()),
        n=n,
        log_likelihood=float(profile.log_likelihood[0]) - (n - 1) * math.log(scale),
    )


def fit_robustly(y: ArrayLike, v: ArrayLike) -> VarianceFit:
    """Estimate (τ², φ) so that a few far changes do not make all others look as noisy.

    Each change that lies more than two standard deviations from the mean is drawn in to that
    distance, (τ², φ) are fitted again to what results (with the factor that makes them right for
    normal changes), and so on until nothing moves: the score equations of restricted likelihood
    with bounded residuals (Huggins 1993), whose mean and covariance are returned. Of use beside
    :func:`fit_between_variance`, not instead of it: a municipality with the new ballot may be an
    outlier too, and on real counts a test with these variances rejects a true null too often.

    Examples
    --------
    >>> changes = [0.1, -0.2, 0.0, 0.2, -0.1, 0.1, -0.1, 9.0]
    >>> plain, robust = fit_between_variance(changes, [1.0] * 8), fit_robustly(changes, [1.0] * 8)
    >>> round(plain.tau2, 2), round(robust.tau2, 2)
    (10.14, 0.06)
    """
    fit = fit_between_variance(y, v)
    changes = as_column(y, "y")
    noise = as_positive(v, "v", len(changes))
    mean = float(np.median(changes))
    # Start from the middle half, which outliers do not move.
    start = float(np.median((changes - mean) ** 2 / noise)) / float(special.chdtri(1, 0.5))
    if start <= 0:
        raise refuse("more than half of the changes are equal", rule="variance > 0")
    # Of a standard normal z: mean of min(z², 4), of its square, and of z² within the limit.
    tail = float(special.chdtrc(1, _LIMIT**2))
    inside = float(special.chdtr(3, _LIMIT**2))
    second = inside + _LIMIT**2 * tail
    fourth = 3 * float(special.chdtr(5, _LIMIT**2)) + _LIMIT**4 * tail
    error = np.sqrt(start * noise)
    for _ in range(_ROUNDS):
        z = (changes - mean) / error
        bounded = np.clip(z, -_LIMIT, _LIMIT)
        fit = fit_between_variance(mean + error * bounded / math.sqrt(second), noise)
        within = float((1 / error**2)[np.abs(z) <= _LIMIT].sum())
        step = float((bounded / error).sum()) / within
        mean, before, error = mean + step, error, np.sqrt(fit.variance(noise))
        if abs(step) < 1e-9 * error.min() and np.abs(error / before - 1).max() < 1e-8:
            break
    wider = (fourth - second**2) / 2 / inside**2
    return replace(fit, mean=mean, covariance=fit.covariance * wider)


def deviations(changes: Floats, v: Floats, comparison: Flags) -> tuple[Floats, Floats]:
    """Model changes over several stretches of time at once: deviations and correlation of columns.

    Every column has its own (τ², φ), fitted on the comparison group; correlations, shape (columns,
    columns), are those of its changes in units of their standard deviations, shape (units,
    columns).
    """
    fits = [
        fit_between_variance(each, noise)
        for each, noise in zip(changes[comparison].T, v[comparison].T, strict=True)
    ]
    pairs = zip(fits, v.T, strict=True)
    deviation = np.sqrt(np.column_stack([fit.variance(noise) for fit, noise in pairs]))
    scaled = (changes - [fit.mean for fit in fits]) / deviation
    return deviation, np.atleast_2d(np.corrcoef(scaled[comparison], rowvar=False))


class _Profile:
    """Restricted likelihood at several shares r at once, with its exact slope."""

    def __init__(self, unit: Floats, relative: Floats, share: Floats) -> None:
        n = len(unit)
        k = share[:, None] + (1 - share)[:, None] * relative
        w = 1 / k
        total = w.sum(axis=1)
        residual2 = (unit - (w @ unit / total)[:, None]) ** 2
        self.q = (w * residual2).sum(axis=1)
        self.log_likelihood = -0.5 * (
            (n - 1) * np.log(self.q) + np.log(k).sum(axis=1) + np.log(total)
        )
        change = 1 - relative
        steep = (w * w) @ change
        self.slope = -0.5 * (
            -(n - 1) * ((w * w * residual2) @ change) / self.q + w @ change - steep / total
        )


_GRID: Floats = np.concatenate(
    [[0.0], np.geomspace(1e-7, 0.5, 33), 1 - np.geomspace(0.4, 1e-4, 15), [1.0]]
)


def _maximise(unit: Floats, relative: Floats) -> float:
    """Return the share r in [0, 1] with the highest restricted likelihood."""
    profile = _Profile(unit, relative, _GRID)
    # Each grid interval over which the slope falls through zero holds a local maximum.
    inside = np.flatnonzero((profile.slope[:-1] > 0) & (profile.slope[1:] <= 0))
    found = [
        float(
            optimize.brentq(
                lambda r: float(_Profile(unit, relative, np.array([r])).slope[0]),
                _GRID[i],
                _GRID[i + 1],
                xtol=1e-15,
            )
        )
        for i in inside
    ]
    candidates = np.array([0.0, 1.0, *found])
    best = _Profile(unit, relative, candidates).log_likelihood
    return float(candidates[int(np.argmax(best))])


def _covariance(weight: Floats, noise: Floats, boundary: str) -> Floats:
    """Return the inverse of the expected restricted information on (τ², φ)."""
    total = weight.sum()
    columns = np.stack([np.ones_like(noise), noise])
    w2, w3 = weight**2, weight**3
    second = columns @ w2
    information = 0.5 * (
        (columns * w2) @ columns.T
        - 2 * (columns * w3) @ columns.T / total
        + np.outer(second, second) / total**2
    )
    free = {"none": [0, 1], "tau2": [1], "phi": [0], "equal": [0]}[boundary]
    covariance = np.zeros((2, 2))
    # Scaled, because a variance of shares and an overdispersion differ by ten powers of ten.
    scale = 1 / np.sqrt(np.diag(information)[free])
    scaled = information[np.ix_(free, free)] * np.outer(scale, scale)
    covariance[np.ix_(free, free)] = np.linalg.inv(scaled) * np.outer(scale, scale)
    return covariance
