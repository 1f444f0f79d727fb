"""Beta-binomial regression by maximum likelihood, with the exact Hessian.

A ballot of unit i is rejected with a chance drawn from a beta distribution with mean
``expit(design_i @ params)`` and intra-class correlation ``rho``, common to all units
(Williams 1975, Biometrics 31; Prentice 1986, JASA 81). With ``s = 1 / rho - 1`` a count has
variance ``n p (1 - p) (1 + (n - 1) rho)``.

All gamma functions enter as differences over the count, evaluated by series where the
argument is large: that keeps full precision when ``rho`` is nearly 0, and is fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.checks import by_label
from evaluatie.stats.estimates import Floats
from evaluatie.stats.intervals import moment_icc
from evaluatie.stats.quasibinomial import (
    IntArray,
    ShareRegression,
    cluster_sandwich,
    fit_quasibinomial,
    regression_rows,
)

__all__ = ["BetaBinomialFit", "fit_betabinomial", "log_likelihood"]

_SERIES_FROM = 25.0
_MAX_ITERATIONS = 100


@dataclass(frozen=True, repr=False)
class BetaBinomialFit(ShareRegression):
    """A beta-binomial regression.

    ``cov`` is of ``(params, logit(rho))``, shape (p + 1, p + 1): the inverse of the exact observed
    information, or the sandwich. Its last row and column are NaN at the boundary ``rho = 0``.

    Attributes
    ----------
    rho
        Intra-class correlation, in [0, 1).
    log_likelihood
        At the maximum, binomial coefficients included.
    boundary
        True if the counts vary no more than binomial, so that ``rho`` is 0.
    iterations
        Newton steps taken.
    """

    rho: float
    log_likelihood: float
    boundary: bool
    iterations: int


@by_label
def fit_betabinomial(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    design: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
) -> BetaBinomialFit:
    """Fit a beta-binomial regression with a common intra-class correlation.

    Parameters and errors as for :func:`evaluatie.stats.quasibinomial.fit_quasibinomial`; it also
    refuses counts of one ballot each, in which no correlation can be seen, and says so if the
    maximum is not found.

    Notes
    -----
    Whether ``rho`` is 0 is decided by the score at 0 (Tarone 1979, Biometrika 66): if the
    likelihood does not rise there, the binomial fit is returned and marked ``boundary``.

    Examples
    --------
    >>> from evaluatie import stats
    >>> made = stats.fit_betabinomial([6, 9, 4, 40], [1000, 1200, 900, 1000])
    >>> made.boundary
    False
    """
    count, total, columns, group, unknown = regression_rows(x, n, design, cluster)
    if total.max() <= 1:
        raise EstimationError(
            "no unit has more than one ballot: overdispersion cannot be seen", rule="counts"
        )
    if ((count == 0) | (count == total)).all():
        raise EstimationError(
            "every count is zero or equal to its denominator: the correlation is not below 1",
            rule="counts",
        )
    start = fit_quasibinomial(count, total, columns)
    if _score_at_zero(count, total, start.fitted) <= 0:
        return _binomial(count, total, columns, group, unknown, start.params, start.fitted)
    guess = float(np.clip(np.nan_to_num(moment_icc(count, total), nan=0.01), 1e-6, 0.5))
    # Overdispersion left by the covariates is at most what the raw shares show.
    excess = max(start.phi - 1, 1e-3) / max(float(np.average(total, weights=total)), 1.0)
    guess = min(guess, max(excess, 1e-6)) if np.isfinite(excess) else guess
    theta = np.append(start.params, special.logit(guess))
    theta, information, steps = _newton(theta, count, total, columns)
    scores = _scores(theta, count, total, columns)
    bread = np.asarray(np.linalg.inv(information), dtype=np.float64)
    cov, clusters = (bread, 0) if group is None else cluster_sandwich(scores, bread, group)
    mean = special.expit(columns @ theta[:-1])
    return BetaBinomialFit(
        params=theta[:-1],
        rho=float(special.expit(theta[-1])),
        cov=cov,
        log_likelihood=_objective(theta, count, total, columns) + _choose(count, total),
        boundary=False,
        fitted=mean,
        n_units=len(count),
        n_unknown=unknown,
        n_clusters=clusters,
        iterations=steps,
    )


def log_likelihood(x: npt.ArrayLike, n: npt.ArrayLike, mean: npt.ArrayLike, rho: float) -> float:
    """Beta-binomial log-likelihood of counts at given mean shares and ``0 < rho < 1``."""
    s = 1 / rho - 1
    count, total, share = (
        np.ascontiguousarray(each, dtype=np.float64) for each in np.broadcast_arrays(x, n, mean)
    )
    terms = (
        _log_rise(share * s, count)
        + _log_rise((1 - share) * s, total - count)
        - _log_rise(np.full_like(total, s), total)
    )
    return float(terms.sum()) + _choose(count, total)


def _newton(
    theta: Floats, count: Floats, total: Floats, columns: Floats
) -> tuple[Floats, Floats, int]:
    """Maximise by Newton steps, bent towards the gradient where the surface is not concave."""
    value = _objective(theta, count, total, columns)
    for iteration in range(_MAX_ITERATIONS):
        gradient, information = _derivatives(theta, count, total, columns)
        # Each parameter on its own scale, so that near rho = 0 none seems flat beside another.
        scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
        values, vectors = np.linalg.eigh(information * np.outer(scale, scale))
        along = vectors.T @ (gradient * scale)
        step = scale * (vectors @ (along / np.maximum(np.abs(values), 1e-9)))
        gain = float(gradient @ step)
        if values.min() > 1e-12 and gain < 1e-16 * max(abs(value), 1.0) + 1e-18:
            return theta + step, information, iteration + 1
        if not np.isfinite(step).all():
            break
        step *= min(1.0, 5.0 / float(np.abs(step).max()))
        # Rounding of the sum hides gains below this; a full Newton step is then safe.
        noise = 1e-15 * float(total.sum()) * (1 + np.log1p(total.max()) + abs(theta[-1]))
        for _ in range(40):
            trial = _objective(theta + step, count, total, columns)
            if np.isfinite(trial) and trial >= value + 1e-4 * float(gradient @ step) - noise:
                break
            step = step / 2
        else:
            break
        theta, value = theta + step, trial
        if theta[-1] < -40 or theta[-1] > 15:
            break
    raise EstimationError(
        "the beta-binomial fit does not converge", rule="convergence", value=f"{count.size} rows"
    )


def _shape(theta: Floats, columns: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Mean share, the beta's two parameters and their sum ``s`` (``logit rho = -log s``)."""
    mean = special.expit(columns @ theta[:-1])
    rest = special.expit(-(columns @ theta[:-1]))
    s = float(np.exp(-theta[-1]))
    return mean, mean * s, rest * s, s


def _objective(theta: Floats, count: Floats, total: Floats, columns: Floats) -> float:
    _, a, b, s = _shape(theta, columns)
    sizes, times = np.unique(total, return_counts=True)
    whole = float(times @ _log_rise(np.full_like(sizes, s), sizes))
    return float((_log_rise(a, count) + _log_rise(b, total - count)).sum()) - whole


def _row_slopes(theta: Floats, count: Floats, total: Floats, columns: Floats) -> tuple[Floats, ...]:
    """Differentiate each row's log-likelihood to its linear predictor and to log s."""
    mean, a, b, s = _shape(theta, columns)
    spread = mean * (1 - mean) * s
    a1, a2 = _digamma_rise(a, count)
    b1, b2 = _digamma_rise(b, total - count)
    sizes, back = np.unique(total, return_inverse=True)
    c1, c2 = (each[back] for each in _digamma_rise(np.full_like(sizes, s), sizes))
    slope = spread * (a1 - b1)
    shape = a * a1 + b * b1 - s * c1
    return (
        slope,
        shape,
        spread**2 * (a2 + b2) + (1 - 2 * mean) * slope,
        slope + spread * (a * a2 - b * b2),
        shape + a**2 * a2 + b**2 * b2 - s**2 * c2,
    )


def _derivatives(
    theta: Floats, count: Floats, total: Floats, columns: Floats
) -> tuple[Floats, Floats]:
    """Gradient, and minus the Hessian, to ``(params, logit rho)``."""
    slope, shape, slope2, cross, shape2 = _row_slopes(theta, count, total, columns)
    gradient = np.append(columns.T @ slope, -shape.sum())
    p = columns.shape[1]
    information = np.empty((p + 1, p + 1))
    information[:p, :p] = -(columns * slope2[:, None]).T @ columns
    information[:p, p] = information[p, :p] = columns.T @ cross
    information[p, p] = -shape2.sum()
    return gradient, information


def _scores(theta: Floats, count: Floats, total: Floats, columns: Floats) -> Floats:
    slope, shape, *_ = _row_slopes(theta, count, total, columns)
    return np.column_stack([columns * slope[:, None], -shape])


def _score_at_zero(count: Floats, total: Floats, mean: Floats) -> float:
    """Slope of the log-likelihood in rho at rho = 0, times two."""
    rest = total - count
    terms = count * (count - 1) / mean + rest * (rest - 1) / (1 - mean) - total * (total - 1)
    return float(terms.sum())


def _binomial(
    count: Floats,
    total: Floats,
    columns: Floats,
    group: IntArray | None,
    unknown: int,
    params: Floats,
    mean: Floats,
) -> BetaBinomialFit:
    """Build the fit at the boundary rho = 0."""
    p = columns.shape[1]
    information = (columns * (total * mean * (1 - mean))[:, None]).T @ columns
    bread = np.asarray(np.linalg.inv(information), dtype=np.float64)
    cov = np.full((p + 1, p + 1), np.nan)
    cov[:p, :p], clusters = bread, 0
    if group is not None:
        scores = columns * (count - total * mean)[:, None]
        cov[:p, :p], clusters = cluster_sandwich(scores, bread, group)
    likelihood = special.xlogy(count, mean) + special.xlog1py(total - count, -mean)
    return BetaBinomialFit(
        params=params,
        rho=0.0,
        cov=cov,
        log_likelihood=float(likelihood.sum()) + _choose(count, total),
        boundary=True,
        fitted=mean,
        n_units=len(count),
        n_unknown=unknown,
        n_clusters=clusters,
        iterations=0,
    )


def _choose(count: Floats, total: Floats) -> float:
    """Sum of the logarithms of the binomial coefficients."""
    log = (
        special.gammaln(total + 1) - special.gammaln(count + 1) - special.gammaln(total - count + 1)
    )
    return float(log.sum())


def _log_rise(a: Floats, k: Floats) -> Floats:
    """``lgamma(a + k) - lgamma(a)``, without cancellation for large ``a``."""
    out, low, left = np.zeros(a.shape), a.copy(), k.copy()
    for rows, value in _climb(a, k):
        out[rows] += np.log(value)
        low[rows] += 1
        left[rows] -= 1
    top = low + left
    series = low >= _SERIES_FROM
    rest = np.flatnonzero(~series & (left > 0))
    out[rest] += special.gammaln(top[rest]) - special.gammaln(low[rest])
    low, top, step = low[series], top[series], left[series]
    out[series] += (
        (low - 0.5) * np.log1p(step / low)
        + step * (np.log(top) - 1)
        + _stirling(top)
        - _stirling(low)
    )
    return out


def _climb(a: Floats, k: Floats) -> Iterator[tuple[IntArray, Floats]]:
    """Give the whole steps ``a, a + 1, ...`` below ``a + k``, until the series can take over.

    Yields the rows that take a step and where they stand; small counts need no more.
    """
    steps = np.floor(np.minimum(k, np.ceil(_SERIES_FROM - a)))
    rows = np.flatnonzero(steps > 0)
    done = 0
    while len(rows):
        yield rows, a[rows] + done
        done += 1
        rows = rows[steps[rows] > done]


def _stirling(z: Floats) -> Floats:
    r = 1 / z**2
    return np.asarray((1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / z)


def _digamma_rise(a: Floats, k: Floats) -> tuple[Floats, Floats]:
    """Differences of digamma and trigamma between ``a + k`` and ``a``."""
    first, second = np.zeros(a.shape), np.zeros(a.shape)
    low, left = a.copy(), k.copy()
    for rows, value in _climb(a, k):
        first[rows] += 1 / value
        second[rows] -= 1 / value**2
        low[rows] += 1
        left[rows] -= 1
    top = low + left
    series = low >= _SERIES_FROM
    rest = np.flatnonzero(~series & (left > 0))
    first[rest] += special.psi(top[rest]) - special.psi(low[rest])
    # Trigamma is Hurwitz' zeta(2, .).
    second[rest] += special.zeta(2.0, top[rest]) - special.zeta(2.0, low[rest])
    low, top, step = low[series], top[series], left[series]
    tail1, tail2 = _digamma_tails(low)
    top1, top2 = _digamma_tails(top)
    first[series] += np.log1p(step / low) + top1 - tail1
    second[series] += -step / (low * top) + top2 - tail2
    return first, second


def _digamma_tails(z: Floats) -> tuple[Floats, Floats]:
    """Asymptotic digamma minus ``log z``, and trigamma minus ``1 / z`` (Abramowitz, Stegun 6.3)."""
    q = 1 / z
    r = q * q
    first = -q / 2 - r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r / 132))))
    second = r / 2 + q * r * (1 / 6 - r * (1 / 30 - r * (1 / 42 - r * (1 / 30 - r * 5 / 66))))
    return first, second
