"""Beta-binomial regression by maximum likelihood, with the exact Hessian.

A ballot of unit i is rejected with a chance drawn from a beta distribution with mean
``expit(design_i @ params)`` and intra-class correlation ``rho``, common to all units
(Williams 1975, Biometrics 31; Prentice 1986, JASA 81). With ``s = 1 / rho - 1`` a count has
variance ``n p (1 - p) (1 + (n - 1) rho)``.

All gamma functions enter as differences over the count, evaluated by series where the
argument is large: that keeps full precision when ``rho`` is nearly 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.checks import by_label
from evaluatie.stats.estimates import Floats
from evaluatie.stats.intervals import moment_icc
from evaluatie.stats.quasibinomial import (
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
    """

    rho: float
    log_likelihood: float
    boundary: bool


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
    boundary = _score_at_zero(count, total, start.fitted) <= 0
    if boundary:
        params, rho, mean = start.params, 0.0, start.fitted
        value = float((special.xlogy(count, mean) + special.xlog1py(total - count, -mean)).sum())
        scores = columns * (count - total * mean)[:, None]
        information = (columns * (total * mean * (1 - mean))[:, None]).T @ columns
    else:
        guess = float(np.clip(np.nan_to_num(moment_icc(count, total), nan=0.01), 1e-6, 0.5))
        # Overdispersion left by the covariates is at most what the raw shares show.
        excess = max(start.phi - 1, 1e-3) / max(float(np.average(total, weights=total)), 1.0)
        guess = min(guess, max(excess, 1e-6)) if np.isfinite(excess) else guess
        theta = np.append(start.params, special.logit(guess))
        theta, (value, scores, information) = _maximise(theta, count, total, columns)
        params, rho = theta[:-1], float(special.expit(theta[-1]))
        mean = special.expit(columns @ params)
    cov, clusters = np.asarray(np.linalg.inv(information), dtype=np.float64), 0
    if group is not None:
        cov, clusters = cluster_sandwich(scores, cov, group)
    return BetaBinomialFit(
        params=params,
        rho=rho,
        cov=np.pad(cov, (0, 1), constant_values=np.nan) if boundary else cov,
        log_likelihood=value + _choose(count, total),
        boundary=boundary,
        fitted=mean,
        n_units=len(count),
        n_unknown=unknown,
        n_clusters=clusters,
    )


def log_likelihood(x: npt.ArrayLike, n: npt.ArrayLike, mean: npt.ArrayLike, rho: float) -> float:
    """Beta-binomial log-likelihood of counts at given mean shares and ``0 < rho < 1``."""
    s = 1 / rho - 1
    count, total, share = (
        np.asarray(each, dtype=np.float64) for each in np.broadcast_arrays(x, n, mean)
    )
    terms = _rises(share * s, count)[0] + _rises((1 - share) * s, total - count)[0]
    terms = terms - _rises(np.full_like(total, s), total)[0]
    return float(terms.sum()) + _choose(count, total)


Evaluated = tuple[float, Floats, Floats]
"""Log-likelihood but for binomial coefficients, scores by row, and minus the Hessian."""


def _maximise(
    theta: Floats, count: Floats, total: Floats, columns: Floats
) -> tuple[Floats, Evaluated]:
    """Maximise by Newton steps, bent towards the gradient where the surface is not concave."""
    here = _evaluate(theta, count, total, columns)
    for _ in range(_MAX_ITERATIONS):
        value, scores, information = here
        gradient = scores.sum(axis=0)
        # Each parameter on its own scale, so that near rho = 0 none seems flat beside another.
        scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
        values, vectors = np.linalg.eigh(information * np.outer(scale, scale))
        along = vectors.T @ (gradient * scale)
        step = scale * (vectors @ (along / np.maximum(np.abs(values), 1e-9)))
        gain = float(gradient @ step)
        if values.min() > 1e-12 and gain < 1e-16 * max(abs(value), 1.0) + 1e-18:
            return theta + step, _evaluate(theta + step, count, total, columns)
        if not np.isfinite(step).all():
            break
        step *= min(1.0, 5.0 / float(np.abs(step).max()))
        # Rounding of the sum hides gains below this; a full Newton step is then safe.
        noise = 1e-15 * float(total.sum()) * (1 + np.log1p(total.max()) + abs(theta[-1]))
        for _ in range(40):
            here = _evaluate(theta + step, count, total, columns)
            if np.isfinite(here[0]) and here[0] >= value + 1e-4 * float(gradient @ step) - noise:
                break
            step = step / 2
        else:
            break
        theta = theta + step
        if theta[-1] < -40 or theta[-1] > 15:
            break
    raise EstimationError(
        "the beta-binomial fit does not converge", rule="convergence", value=f"{count.size} rows"
    )


def _evaluate(theta: Floats, count: Floats, total: Floats, columns: Floats) -> Evaluated:
    """Log-likelihood of ``(params, logit rho)`` with its derivatives; ``logit rho = -log s``."""
    mean = special.expit(columns @ theta[:-1])
    s = float(np.exp(-theta[-1]))
    a, b, spread = mean * s, special.expit(-(columns @ theta[:-1])) * s, mean * (1 - mean) * s
    sizes, back = np.unique(total, return_inverse=True)
    a0, a1, a2 = _rises(a, count)
    b0, b1, b2 = _rises(b, total - count)
    c0, c1, c2 = (each[back] for each in _rises(np.full_like(sizes, s), sizes))
    # Derivatives by row to the linear predictor and to log s.
    slope = spread * (a1 - b1)
    shape = a * a1 + b * b1 - s * c1
    slope2 = spread**2 * (a2 + b2) + (1 - 2 * mean) * slope
    cross = columns.T @ (slope + spread * (a * a2 - b * b2))
    shape2 = shape + a**2 * a2 + b**2 * b2 - s**2 * c2
    information = np.block(
        [[-(columns * slope2[:, None]).T @ columns, cross[:, None]], [cross, -shape2.sum()]]
    )
    scores = np.column_stack([columns * slope[:, None], -shape])
    return float((a0 + b0 - c0).sum()), scores, information


def _score_at_zero(count: Floats, total: Floats, mean: Floats) -> float:
    """Slope of the log-likelihood in rho at rho = 0, times two."""
    rest = total - count
    terms = count * (count - 1) / mean + rest * (rest - 1) / (1 - mean) - total * (total - 1)
    return float(terms.sum())


def _choose(count: Floats, total: Floats) -> float:
    """Sum of the logarithms of the binomial coefficients."""
    log = (
        special.gammaln(total + 1) - special.gammaln(count + 1) - special.gammaln(total - count + 1)
    )
    return float(log.sum())


def _rises(a: Floats, k: Floats) -> tuple[Floats, Floats, Floats]:
    """Differences of log gamma, digamma and trigamma between ``a + k`` and ``a``."""
    made = np.empty((3, len(a)))
    series = a >= _SERIES_FROM
    low, top = a[~series], (a + k)[~series]
    made[0, ~series] = special.gammaln(top) - special.gammaln(low)
    made[1, ~series] = special.psi(top) - special.psi(low)
    # Trigamma is Hurwitz' zeta(2, .).
    made[2, ~series] = special.zeta(2.0, top) - special.zeta(2.0, low)
    low, top, step = a[series], (a + k)[series], k[series]
    growth = np.log1p(step / low)
    main = (low - 0.5) * growth + step * (np.log(top) - 1), growth, -step / (low * top)
    made[:, series] = np.stack(main) + _tails(top) - _tails(low)
    return made[0], made[1], made[2]


def _tails(z: Floats) -> Floats:
    """What the asymptotic series of the three add to their first terms.

    Abramowitz and Stegun 6.1.41, 6.3.18 and 6.4.12, without what :func:`_rises` adds itself.
    """
    q = 1 / z
    r = q * q
    return np.stack(
        [
            q * (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))),
            -q / 2 - r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r / 132)))),
            r / 2 + q * r * (1 / 6 - r * (1 / 30 - r * (1 / 42 - r * (1 / 30 - r * 5 / 66)))),
        ]
    )
