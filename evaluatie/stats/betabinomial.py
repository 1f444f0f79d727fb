"""A common share of counts that vary beyond chance: beta-binomial, by maximum likelihood.

A ballot of unit i is rejected with a chance drawn from a beta distribution with mean ``share``
and intra-class correlation ``rho``, both common to all units (Williams 1975, Biometrics 31;
Prentice 1986, JASA 81): a count has variance ``n p (1 - p) (1 + (n - 1) rho)``.

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
from evaluatie.stats.estimates import Floats, Shown
from evaluatie.stats.intervals import known_counts, moment_icc

_SERIES_FROM = 25.0
_MAX_ITERATIONS = 100


@dataclass(frozen=True, repr=False)
class BetaBinomialFit(Shown):
    """A common share and correlation.

    Attributes
    ----------
    share
        Mean share, a fraction.
    rho
        Intra-class correlation, in [0, 1).
    cov
        Of (logit share, logit rho): the inverse of the exact observed information. Its last row
        and column are NaN at the boundary ``rho = 0``.
    log_likelihood
        At the maximum, binomial coefficients included.
    boundary
        True if the counts vary no more than binomial, so that ``rho`` is 0.
    n_units, n_unknown
        Rows used, and rows left out (unknown count or no ballots).
    """

    share: float
    rho: float
    cov: Floats
    log_likelihood: float
    boundary: bool
    n_units: int
    n_unknown: int

    @property
    def std_errors(self) -> Floats:
        """Standard errors of logit share and logit rho."""
        return np.asarray(np.sqrt(np.diag(self.cov)), dtype=np.float64)


@by_label
def fit_betabinomial(x: npt.ArrayLike, n: npt.ArrayLike) -> BetaBinomialFit:
    """Fit a share and an intra-class correlation that all units have in common.

    Whether ``rho`` is 0 is decided by the score at 0 (Tarone 1979, Biometrika 66): if the
    likelihood does not rise there, the binomial fit is returned and marked ``boundary``.

    Parameters
    ----------
    x, n
        Counts and denominators, shape (k,); rows with an unknown count or ``n = 0`` are left
        out and counted.

    Raises
    ------
    EstimationError
        For impossible counts, counts that are all zero or equal to their denominator, counts of
        one ballot each, in which no correlation can be seen, or if the maximum is not found.

    Examples
    --------
    >>> from evaluatie import stats
    >>> made = stats.fit_betabinomial([6, 9, 4, 40], [1000, 1200, 900, 1000])
    >>> made.boundary
    False
    """
    count, total, unknown, _ = known_counts(x, n)
    if total.max() <= 1:
        raise EstimationError(
            "no unit has more than one ballot: overdispersion cannot be seen", rule="counts"
        )
    if ((count == 0) | (count == total)).all():
        raise EstimationError(
            "every count is zero or equal to its denominator: the correlation is not below 1",
            rule="counts",
        )
    share, rho = float(count.sum() / total.sum()), 0.0
    boundary = _score_at_zero(count, total, share) <= 0
    if boundary:
        value = float(special.xlogy(count, share).sum())
        value += float(special.xlog1py(total - count, -share).sum())
        cov = np.array([[1 / (total.sum() * share * (1 - share)), np.nan], [np.nan, np.nan]])
    else:
        guess = float(np.clip(np.nan_to_num(moment_icc(count, total), nan=0.01), 1e-6, 0.5))
        start = np.array([special.logit(share), special.logit(guess)])
        theta, (value, _, information) = _maximise(start, count, total)
        share, rho = (float(each) for each in special.expit(theta))
        cov = np.linalg.inv(information)
    return BetaBinomialFit(
        share=share,
        rho=rho,
        cov=cov,
        log_likelihood=value + _choose(count, total),
        boundary=boundary,
        n_units=len(count),
        n_unknown=unknown,
    )


def log_likelihood(x: npt.ArrayLike, n: npt.ArrayLike, share: float, rho: float) -> float:
    """Beta-binomial log-likelihood of counts at a mean share and ``0 < rho < 1``."""
    count, total = (np.asarray(each, dtype=np.float64) for each in (x, n))
    theta = np.array([special.logit(share), special.logit(rho)])
    return _evaluate(theta, count, total)[0] + _choose(count, total)


Evaluated = tuple[float, Floats, Floats]
"""Log-likelihood but for binomial coefficients, its gradient, and minus its Hessian."""


def _maximise(theta: Floats, count: Floats, total: Floats) -> tuple[Floats, Evaluated]:
    """Maximise by Newton steps, bent towards the gradient where the surface is not concave."""
    here = _evaluate(theta, count, total)
    for _ in range(_MAX_ITERATIONS):
        value, gradient, information = here
        # Each parameter on its own scale, so that near rho = 0 none seems flat beside another.
        scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
        values, vectors = np.linalg.eigh(information * np.outer(scale, scale))
        along = vectors.T @ (gradient * scale)
        step = scale * (vectors @ (along / np.maximum(np.abs(values), 1e-9)))
        gain = float(gradient @ step)
        if values.min() > 1e-12 and gain < 1e-16 * max(abs(value), 1.0) + 1e-18:
            return theta + step, _evaluate(theta + step, count, total)
        if not np.isfinite(step).all():
            break
        step *= min(1.0, 5.0 / float(np.abs(step).max()))
        # Rounding of the sum hides gains below this; a full Newton step is then safe.
        noise = 1e-15 * float(total.sum()) * (1 + np.log1p(total.max()) + abs(theta[1]))
        for _ in range(40):
            here = _evaluate(theta + step, count, total)
            if np.isfinite(here[0]) and here[0] >= value + 1e-4 * float(gradient @ step) - noise:
                break
            step = step / 2
        else:
            break
        theta = theta + step
        if not -40 < theta[1] < 15:
            break
    raise EstimationError(
        "the beta-binomial fit does not converge", rule="convergence", value=f"{count.size} rows"
    )


def _evaluate(theta: Floats, count: Floats, total: Floats) -> Evaluated:
    """Log-likelihood of ``(logit share, logit rho)`` with its derivatives; ``s = 1 / rho - 1``."""
    mean, rest = float(special.expit(theta[0])), float(special.expit(-theta[0]))
    s = float(np.exp(-theta[1]))
    a, b, spread = mean * s, rest * s, mean * rest * s
    a0, a1, a2 = _rises(a, count)
    b0, b1, b2 = _rises(b, total - count)
    c0, c1, c2 = _rises(s, total)
    # Derivatives to logit share and, with the other sign, to log s.
    slope, shape = spread * (a1 - b1), a * a1 + b * b1 - s * c1
    slope2 = spread**2 * (a2 + b2) + (1 - 2 * mean) * slope
    cross = slope + spread * (a * a2 - b * b2)
    shape2 = shape + a**2 * a2 + b**2 * b2 - s**2 * c2
    gradient = np.array([slope.sum(), -shape.sum()])
    information = np.array([[-slope2.sum(), cross.sum()], [cross.sum(), -shape2.sum()]])
    return float((a0 + b0 - c0).sum()), gradient, information


def _score_at_zero(count: Floats, total: Floats, mean: float) -> float:
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


def _rises(a: float, k: Floats) -> tuple[Floats, Floats, Floats]:
    """Differences of log gamma, digamma and trigamma between ``a + k`` and ``a``."""
    top = a + k
    if a < _SERIES_FROM:
        log = special.gammaln(top) - special.gammaln(a)
        # Trigamma is Hurwitz' zeta(2, .).
        return log, special.psi(top) - special.psi(a), special.zeta(2.0, top) - special.zeta(2.0, a)
    growth = np.log1p(k / a)
    main = np.stack([(a - 0.5) * growth + k * (np.log(top) - 1), growth, -k / (a * top)])
    log, first, second = main + _tails(top) - _tails(np.full_like(top, a))
    return log, first, second


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
