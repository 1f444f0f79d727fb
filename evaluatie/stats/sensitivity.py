"""How far parallel trends may fail, and what each treated unit carries.

:func:`relative_magnitudes` bounds the effect when the comparison group is allowed to be wrong
after treatment by at most ``magnitude`` times the largest difference in change that was seen
between two earlier elections (Rambachan and Roth 2023, the restriction called ΔRM), and gives
the breakdown value: the magnitude from which on the interval holds no effect.

For one later period the set of possible violations is the union, over the earlier periods and
the two signs of their violation, of sets with two linear bounds. In each of them either end
of the effect is an estimate with a normal error, so that its interval is elementary, and the
union of the intervals covers at least at its nominal level. The paper's conditional and hybrid
tests are shorter with many later periods; with one there is little to gain.

References
----------
Rambachan, A. and Roth, J. (2023). A more credible approach to parallel trends. Review of
Economic Studies 90, 2555-2591.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.stats.changes import Weights, fit_between_variance, group_weights, weighted_t
from evaluatie.stats.checks import as_column, as_groups, as_positive, check_level, refuse
from evaluatie.stats.estimates import Estimate, Floats, Shown
from evaluatie.stats.student import critical_value

__all__ = [
    "EventChanges",
    "LeaveOneOut",
    "RelativeMagnitudes",
    "event_changes",
    "leave_one_out",
    "relative_magnitudes",
]


@dataclass(frozen=True, eq=False, repr=False)
class EventChanges(Shown):
    """Differences in change between treated and comparison group, one per pair of elections.

    Attributes
    ----------
    estimates
        The last one is the effect, those before it are placebos.
    covariance
        Their covariance: neighbouring changes share an election.
    df
        Smallest degrees of freedom among them.
    """

    estimates: Floats
    covariance: Floats
    df: float
    n_treated: int
    n_comparison: int


@dataclass(frozen=True, eq=False, repr=False)
class RelativeMagnitudes(Shown):
    """Bounds on an effect under relative-magnitude violations of parallel trends.

    Attributes
    ----------
    magnitude
        How many times the largest earlier violation is allowed.
    bound_low, bound_high
        Identified set at the estimates, without sampling error.
    conf_low, conf_high
        Robust interval for the effect.
    breakdown
        Smallest magnitude at which the robust interval reaches zero; 0 if it always does,
        infinite if it never does.
    largest_placebo
        Largest absolute earlier difference in change.
    """

    magnitude: Floats
    bound_low: Floats
    bound_high: Floats
    conf_low: Floats
    conf_high: Floats
    breakdown: float
    largest_placebo: float
    alpha: float


@dataclass(frozen=True, eq=False, repr=False)
class LeaveOneOut(Shown):
    """The effect without each of the treated units, in row order.

    Attributes
    ----------
    position
        Row of the unit that was left out.
    estimates
        The weighted t without it.
    influence
        Full estimate minus the estimate without the unit.
    """

    full: Estimate
    position: tuple[int, ...]
    estimates: tuple[Estimate, ...]
    influence: Floats


def event_changes(
    changes: ArrayLike,
    v: ArrayLike,
    treated: ArrayLike,
    *,
    weights: Weights = "model",
    ballots: ArrayLike | None = None,
) -> EventChanges:
    """Difference in mean change for several pairs of elections, with their covariance.

    Every pair gets its own variance model, fitted on the comparison group. Correlations
    between pairs are those of the comparison changes in units of their standard deviations.

    Parameters
    ----------
    changes
        Shape (units, pairs), in order of time; the last column is the effect.
    v
        Sampling variances in the same shape.
    treated
        Which units are treated.
    weights, ballots
        As in :func:`evaluatie.stats.changes.weighted_t`; the ballots of the last election
        weigh every pair, so that each compares the same mix of units. ``"model"`` takes the
        variances of the last pair.

    Raises
    ------
    EstimationError
        As ``weighted_t``, or with a single pair: there is no placebo.
    """
    table = np.asarray(changes, dtype=np.float64)
    noise = np.asarray(v, dtype=np.float64)
    if table.ndim != 2 or table.shape != noise.shape or table.shape[1] < 2:
        raise refuse(
            "changes and v need units in rows and at least one placebo before the effect",
            rule="shape",
            value=(table.shape, noise.shape),
        )
    pairs = table.shape[1]
    flags = as_groups(treated, len(table), minimum_comparison=3)
    fits = [
        fit_between_variance(
            as_column(table[~flags, k], f"changes of pair {k}"),
            as_positive(noise[~flags, k], f"v of pair {k}"),
        )
        for k in range(pairs)
    ]
    as_column(table.ravel(), "changes")
    as_positive(noise.ravel(), "v")
    variances = np.column_stack([fit.variance(noise[:, k]) for k, fit in enumerate(fits)])
    weight = group_weights(weights, variances[:, -1], ballots, flags)
    signed = np.where(flags, weight, -weight)
    scaled = (table - [fit.mean for fit in fits]) / np.sqrt(variances)
    correlation = np.atleast_2d(np.corrcoef(scaled[~flags], rowvar=False))
    loads = signed[:, None] * np.sqrt(variances)
    return EventChanges(
        estimates=signed @ table,
        covariance=correlation * (loads.T @ loads),
        df=float(len(table) - flags.sum() - 1),
        n_treated=int(flags.sum()),
        n_comparison=int((~flags).sum()),
    )


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
    estimates
        Differences in change per pair of elections in order of time: placebos, then the
        effect. (In terms of an event study with the last election before treatment as
        reference: first differences of the coefficients.)
    covariance
        Of these estimates.
    magnitude
        The values of M̄ to report; at least zero.
    alpha, df
        One minus the confidence level, and degrees of freedom of the t quantile; normal by
        default.

    Raises
    ------
    EstimationError
        Without a placebo, or for a covariance that is not symmetric with a positive diagonal.
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
    ):
        raise refuse("covariance is not a covariance of the estimates", rule="covariance")
    effect, placebos = float(values[-1]), values[:-1]
    largest = float(np.abs(placebos).max())
    critical = critical_value(alpha, df)
    arms = _Arms(effect, placebos, matrix, critical)
    low, high = arms.interval(wanted)
    return RelativeMagnitudes(
        magnitude=wanted,
        bound_low=effect - wanted * largest,
        bound_high=effect + wanted * largest,
        conf_low=low,
        conf_high=high,
        breakdown=arms.breakdown(),
        largest_placebo=largest,
        alpha=alpha,
    )


def leave_one_out(
    y: ArrayLike,
    v: ArrayLike,
    treated: ArrayLike,
    *,
    weights: Weights = "model",
    ballots: ArrayLike | None = None,
    variance_slope: ArrayLike | None = None,
    alpha: float = 0.05,
) -> LeaveOneOut:
    """Weighted t without each treated unit in turn; parameters as ``weighted_t``.

    Raises
    ------
    EstimationError
        With a single treated unit, and as ``weighted_t``.
    """
    changes, noise = as_column(y, "y"), np.asarray(v, dtype=np.float64)
    flags = as_groups(treated, len(changes), minimum_comparison=3)
    if flags.sum() < 2:
        raise refuse(
            "leaving out the only treated unit leaves no effect", rule="treated >= 2", value=1
        )
    size = None if ballots is None else np.asarray(ballots, dtype=np.float64)
    slope = None if variance_slope is None else np.asarray(variance_slope, dtype=np.float64)
    # Variances are those of the comparison group, which stays whole.
    fit = fit_between_variance(changes[~flags], noise[~flags])

    def estimate(keep: np.ndarray) -> Estimate:
        return weighted_t(
            changes[keep],
            noise[keep],
            flags[keep],
            weights=weights,
            ballots=None if size is None else size[keep],
            variance_slope=None if slope is None else slope[keep],
            fit=fit,
            alpha=alpha,
        )

    everything = np.ones(len(changes), dtype=np.bool_)
    full = estimate(everything)
    positions = tuple(int(p) for p in np.flatnonzero(flags))
    without = tuple(estimate(np.arange(len(changes)) != p) for p in positions)
    return LeaveOneOut(
        full=full,
        position=positions,
        estimates=without,
        influence=np.array([full.estimate - each.estimate for each in without]),
    )


class _Arms:
    """Upper and lower end of the effect for each placebo and each sign of its violation."""

    def __init__(
        self, effect: float, placebos: Floats, covariance: Floats, critical: float
    ) -> None:
        self.effect, self.critical = effect, critical
        # One arm per placebo and sign: the violation is at most M times this.
        self.size = np.concatenate([placebos, -placebos])
        shared = covariance[-1, :-1]
        self.cross = np.concatenate([shared, -shared])
        self.own = float(covariance[-1, -1])
        self.spread = np.tile(np.diag(covariance)[:-1], 2)

    def interval(self, magnitude: Floats) -> tuple[Floats, Floats]:
        m = magnitude[:, None]
        low = self.effect - m * self.size - self.critical * self._error(-m)
        high = self.effect + m * self.size + self.critical * self._error(m)
        # An arm whose ends cross has a sign that the data exclude.
        open_ = low <= high
        return (
            np.where(open_, low, math.inf).min(axis=1),
            np.where(open_, high, -math.inf).max(axis=1),
        )

    def _error(self, m: Floats) -> Floats:
        error: Floats = np.sqrt(np.maximum(self.own + 2 * m * self.cross + m**2 * self.spread, 0.0))
        return error

    def breakdown(self) -> float:
        """Smallest magnitude at which the union of intervals holds zero."""
        low, high = self.interval(np.zeros(1))
        if low[0] <= 0 <= high[0]:
            return 0.0
        # Where an end meets zero: (effect ± M size)² = critical² error²(±M), a quadratic.
        z2 = self.critical**2
        roots: list[float] = []
        for sign in (-1.0, 1.0):
            for size, cross, spread in zip(self.size, self.cross, self.spread, strict=True):
                roots += _positive_roots(
                    size**2 - z2 * spread,
                    2 * sign * (self.effect * size - z2 * cross),
                    self.effect**2 - z2 * self.own,
                )
        for root in sorted(roots):
            around = np.array([root, root * (1 + 1e-9)])
            low, high = self.interval(around)
            slack = 1e-9 * abs(self.effect)
            if ((low <= slack) & (high >= -slack)).any():
                return root
        return math.inf


def _positive_roots(a: float, b: float, c: float) -> list[float]:
    """Real positive roots of ``a x² + b x + c``."""
    if a == 0:
        return [-c / b] if b and -c / b > 0 else []
    inside = b * b - 4 * a * c
    if inside < 0:
        return []
    # The form without cancellation.
    q = -0.5 * (b + math.copysign(math.sqrt(inside), b))
    return [root for root in (q / a, c / q if q else 0.0) if root > 0]
