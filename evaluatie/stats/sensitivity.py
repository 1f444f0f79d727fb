"""How far parallel trends may fail.

:func:`relative_magnitudes` bounds the effect when the comparison group is allowed to be wrong
after treatment by at most ``magnitude`` times the largest difference in change that was seen
between two earlier elections (Rambachan and Roth 2023, the restriction called ΔRM), and gives
the breakdown value: the magnitude from which on the interval holds no effect.

For one later period the set of possible violations is the union, over the earlier periods and
the two signs of their violation, of sets with two linear bounds. Whether an effect fits one of
them is a test of two moment inequalities, with the conditional least-favourable hybrid of the
paper (section 4.2): the critical value knows which bound binds, so that far from the other it is
that of a one-sided test. The union of what is not rejected covers at least at its level.

References
----------
Rambachan, A. and Roth, J. (2023). A more credible approach to parallel trends. Review of
Economic Studies 90, 2555-2591.
Andrews, I., Roth, J. and Pakes, A. (2023). Inference for linear conditional moment
inequalities. Review of Economic Studies 90, 2763-2791.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, owens_t

from evaluatie.stats.checks import as_column, as_positive, check_level, refuse
from evaluatie.stats.estimates import Flags, Floats, Shown
from evaluatie.stats.student import critical_value


@dataclass(frozen=True, eq=False, repr=False)
class RelativeMagnitudes(Shown):
    """Bounds on an effect under relative-magnitude violations of parallel trends.

    At each ``magnitude``, how many times the largest earlier violation is allowed: the identified
    set ``bound_low`` to ``bound_high`` at the estimates, without sampling error, and the robust
    interval ``conf_low`` to ``conf_high``. ``breakdown`` is the smallest magnitude at which no
    effect is no longer rejected; infinite only if no earlier difference was seen at all.
    """

    magnitude: Floats
    bound_low: Floats
    bound_high: Floats
    conf_low: Floats
    conf_high: Floats
    breakdown: float
    alpha: float


def relative_magnitudes(
    estimates: ArrayLike,
    covariance: ArrayLike,
    magnitude: ArrayLike = (0.0, 0.5, 1.0, 1.5, 2.0),
    *,
    alpha: float = 0.05,
    df: float = math.inf,
) -> RelativeMagnitudes:
    """Bound the effect when trends may differ by ``magnitude`` times the largest placebo.

    Parameters
    ----------
    estimates, covariance
        Differences in change per pair of elections in order of time: placebos, then the effect. (In
        terms of an event study with the last election before treatment as reference: first
        differences of the coefficients.)
    magnitude
        The values of M̄ to report; at least zero.
    alpha, df
        One minus the confidence level, and degrees of freedom of the covariance: it is enlarged by
        the squared ratio of t to normal quantile, so that without a violation the interval is that
        of the t test. Taken as known by default.

    Raises
    ------
    EstimationError
        Without a placebo, or for a matrix that is no covariance: not symmetric, a variance of zero,
        or a sum of the estimates with a variance below zero.
    """
    values = as_column(estimates, "estimates")
    matrix = np.asarray(covariance, dtype=np.float64)
    wanted = as_positive(np.atleast_1d(magnitude), "magnitude", zero=True)
    check_level(alpha)
    if len(values) < 2:
        raise refuse("no earlier pair of elections to compare with", rule="placebo >= 1")
    if (
        matrix.shape != (len(values), len(values))
        or not np.allclose(matrix, matrix.T, atol=0, rtol=1e-9)
        or not (np.diag(matrix) > 0).all()
        or float(np.linalg.eigvalsh(matrix)[0]) < -1e-9 * float(np.trace(matrix))
    ):
        raise refuse("covariance is not a covariance of the estimates", rule="covariance")
    effect, placebos = float(values[-1]), values[:-1]
    largest = float(np.abs(placebos).max())
    enlarged = matrix * (critical_value(alpha, df) / critical_value(alpha, math.inf)) ** 2
    test = _Hybrid(effect, placebos, enlarged, alpha)
    ends = np.array([test.interval(m) for m in wanted])
    return RelativeMagnitudes(
        magnitude=wanted,
        bound_low=effect - wanted * largest,
        bound_high=effect + wanted * largest,
        conf_low=ends[:, 0],
        conf_high=ends[:, 1],
        breakdown=test.breakdown(),
        alpha=alpha,
    )


class _Hybrid:
    """Test of an effect against every earlier difference with either sign, at one magnitude.

    Of an earlier difference ``p`` the bounds are ``effect - value - M p <= 0`` and
    ``value - effect - M p <= 0``. The larger of the two, in standard errors, is rejected beyond
    the least-favourable critical value of a tenth of alpha, else beyond a normal that is
    truncated to where this bound is the larger one and was not rejected before.
    """

    def __init__(self, effect: float, placebos: Floats, covariance: Floats, alpha: float) -> None:
        self.effect = effect
        self.size = np.concatenate([placebos, -placebos])
        shared = covariance[-1, :-1]
        self.cross = np.concatenate([shared, -shared])
        self.own = float(covariance[-1, -1])
        self.spread = np.tile(np.diag(covariance)[:-1], 2)
        self.first = alpha / 10
        self.second = (alpha - self.first) / (1 - self.first)

    def kept(self, value: Floats, magnitude: Floats | float) -> Flags:
        """Tell which effects, shape (k,), are not rejected under at least one of the bounds."""
        m = np.broadcast_to(magnitude, value.shape)[:, None]
        errors = np.sqrt(
            np.maximum(
                self.own + m**2 * self.spread + np.array([-2, 2])[:, None, None] * (m * self.cross),
                1e-300,
            )
        )
        shared = np.clip((m**2 * self.spread - self.own) / (errors[0] * errors[1]), -1, 1)
        away = self.effect - value[:, None]
        both = np.stack([away - m * self.size, -away - m * self.size]) / errors
        larger, smaller = both.max(axis=0), both.min(axis=0)
        least_favourable = _largest_of_two(shared, self.first)
        with np.errstate(divide="ignore", invalid="ignore"):
            from_ = (smaller - shared * larger) / (1 - shared)
        from_ = np.where(shared < 1 - 1e-12, from_, -math.inf)
        beyond = ndtr(-least_favourable)
        chance = (ndtr(-larger) - beyond) / (ndtr(-from_) - beyond)
        kept = (larger <= least_favourable) & ((larger <= 0) | ~(chance < self.second))
        return np.asarray(kept.any(axis=1), dtype=np.bool_)

    def interval(self, magnitude: float) -> tuple[float, float]:
        """Return the smallest and the largest effect that is not rejected."""
        reach = magnitude * np.abs(self.size).max() + 6 * math.sqrt(
            self.own + magnitude**2 * float(self.spread.max())
        )
        low = _last(lambda x: self.kept(self.effect - x, magnitude), reach)
        high = _last(lambda x: self.kept(self.effect + x, magnitude), reach)
        return self.effect - low, self.effect + high

    def breakdown(self) -> float:
        """Return the smallest magnitude at which zero is not rejected."""
        largest = float(np.abs(self.size).max())
        if largest == 0:
            return math.inf
        # From here on zero is among the effects that fit the estimates themselves.
        top = abs(self.effect) / largest
        return top - _last(
            lambda x: self.kept(np.zeros_like(x), np.maximum(top - x, 0.0)), top, 200
        )


def _last(holds: Callable[[Floats], Flags], reach: float, points: int = 400) -> float:
    """Return the largest number up to ``reach`` at which something holds that holds at zero."""
    low, high = 0.0, reach
    for _ in range(4):
        at = np.linspace(low, high, points + 1)
        found = np.flatnonzero(holds(at))
        if not len(found):
            return low
        last = int(found[-1])
        if last == points:
            return high
        low, high = float(at[last]), float(at[last + 1])
        points = 30
    return low


def _largest_of_two(correlation: Floats, alpha: float) -> Floats:
    """Return what the larger of two standard normals exceeds with probability ``alpha``."""
    known, back = np.unique(correlation, return_inverse=True)
    with np.errstate(divide="ignore"):
        slope = np.sqrt((1 - known) / (1 + known))
    # One of them exceeds this so often, and both more often; the chance is convex from here on.
    x = np.full_like(known, ndtri(1 - alpha))
    for _ in range(8):
        chance = ndtr(-x) + 2 * owens_t(x, slope)
        x += (chance - alpha) / (2 * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) * ndtr(slope * x))
    return x[back].reshape(correlation.shape)
