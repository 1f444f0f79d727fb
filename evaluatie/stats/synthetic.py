"""Synthetic control, synthetic difference in differences, and difference in differences.

All three estimate the effect on the mean of the treated units in a balanced panel as a doubly
weighted difference; they differ in the weights of comparison units and earlier periods:

=========================  ================================  ======================
method                     comparison units                  earlier periods
=========================  ================================  ======================
difference in differences  equal                             equal
synthetic control          fit the treated before            none (levels compared)
synthetic DiD              fit the treated up to a constant  fit the later periods
=========================  ================================  ======================

Abadie, Diamond and Hainmueller (2010), JASA 105; Arkhangelsky, Athey, Hirshberg, Imbens and
Wager (2021), American Economic Review 111. With at most six earlier elections these serve as
robustness checks only: placebo tests of synthetic control then reject far too often.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from evaluatie.stats.checks import as_groups, as_positive, check_level, refuse
from evaluatie.stats.estimates import Floats, Shown
from evaluatie.stats.simplex import simplex_weights


@dataclass(frozen=True)
class Panel:
    """A checked balanced panel: comparison units, and the mean of the treated.

    Attributes
    ----------
    comparison
        Outcomes of the comparison units, shape (n_comparison, n_periods).
    treated
        Weighted mean outcome of the treated units, shape (n_periods,).
    n_pre
        Number of periods before treatment; they come first.
    n_treated
        Number of treated units behind the mean.
    """

    comparison: Floats
    treated: Floats
    n_pre: int
    n_treated: int


@dataclass(frozen=True, repr=False)
class SyntheticEstimate(Shown):
    """An effect on the treated, in the unit of the outcome.

    Attributes
    ----------
    estimate
        Mean effect over the periods after treatment.
    gaps
        Treated minus weighted comparison units in every period, shape (n_periods,); for methods
        with a constant its weighted mean before treatment is taken out.
    unit_weights
        Weights of the comparison units.
    pre_rmse
        Root mean square of the gaps before treatment: how well the treated are imitated.
    method, n_treated, n_comparison
        Name of the method, and the units on both sides.
    """

    estimate: float
    gaps: Floats
    unit_weights: Floats
    pre_rmse: float
    method: str
    n_treated: int
    n_comparison: int


@dataclass(frozen=True, repr=False)
class PlaceboTest(Shown):
    """What the method finds where nothing was done: comparison units as if treated.

    Attributes
    ----------
    std_error
        Standard deviation of the placebo estimates (Arkhangelsky et al. 2021, algorithm 4).
    low, high
        Normal interval from it around the estimate.
    p_value
        Share of placebo estimates at least as large in size, the real one included.
    placebos
        The placebo estimates.
    """

    std_error: float
    low: float
    high: float
    p_value: float
    placebos: Floats


Method = Callable[[Panel], SyntheticEstimate]


def panel(
    outcomes: npt.ArrayLike,
    treated: npt.ArrayLike,
    n_pre: int,
    treated_weights: npt.ArrayLike | None = None,
) -> Panel:
    """Check a balanced panel and take the mean of its treated units.

    Parameters
    ----------
    outcomes
        Shape (n_units, n_periods), in order of time, without gaps.
    treated
        Which units are treated in all periods from ``n_pre`` on, shape (n_units,).
    n_pre
        Number of periods before treatment.
    treated_weights
        Weights of the treated units, such as ballots; equal by default.
    """
    y = np.asarray(outcomes, dtype=np.float64)
    if y.ndim != 2:
        raise refuse(
            "a panel needs units in rows and periods in columns", rule="shape", value=y.shape
        )
    if not np.isfinite(y).all():
        unit, period = np.argwhere(~np.isfinite(y))[0]
        raise refuse(
            "an outcome is unknown: a synthetic comparison needs a panel without gaps",
            rule="balanced panel",
            value=f"unit {unit}, period {period}",
        )
    flags = as_groups(treated, len(y))
    if not 1 <= n_pre < y.shape[1]:
        raise refuse(
            "there must be a period before and a period after treatment",
            rule="periods",
            value=f"{n_pre} of {y.shape[1]} before",
        )
    weights = np.ones(int(flags.sum()))
    if treated_weights is not None:
        weights = as_positive(treated_weights, "treated weights", len(weights))
    return Panel(y[~flags], weights @ y[flags] / weights.sum(), int(n_pre), len(weights))


def difference_in_differences(data: Panel) -> SyntheticEstimate:
    """Estimate by equal weights for all comparison units and all earlier periods."""
    units, pre = len(data.comparison), data.n_pre
    return _estimate(
        data, np.full(units, 1 / units), np.full(pre, 1 / pre), "difference in differences"
    )


def synthetic_control(data: Panel) -> SyntheticEstimate:
    """Estimate against the mix of comparison units nearest to the treated before treatment.

    Weights are non-negative and add to one, chosen by least squares on all earlier outcomes
    (no covariates). Where several mixes imitate the treated perfectly, as is usual with more
    comparison units than periods, the one with the smallest sum of squared weights is taken.
    """
    pre = data.n_pre
    weights = simplex_weights(data.comparison[:, :pre].T, data.treated[:pre])
    return _estimate(data, weights, np.zeros(pre), "synthetic control")


def synthetic_did(data: Panel) -> SyntheticEstimate:
    """Estimate by synthetic difference in differences.

    The unit weights are penalised as in the paper, by ``(n_treated * n_post) ** 0.25`` times the
    standard deviation of the comparison units' changes between neighbouring earlier periods. They
    are solved exactly: the software of the paper stops short of the optimum, and so does the
    literature (California: -15.604, exactly -15.605).

    Raises
    ------
    EstimationError
        With a single earlier period, from which neither weights nor their penalty follow.
    """
    pre, post = data.n_pre, len(data.treated) - data.n_pre
    if pre < 2:
        raise refuse(
            "synthetic difference in differences needs two periods before treatment",
            rule="periods",
            value=pre,
            expected="at least 2",
        )
    before = data.comparison[:, :pre]
    noise = float(np.diff(before, axis=1).std(ddof=1))
    penalty = float((data.n_treated * post) ** 0.25 * noise)
    # Centring both sides over time, or over units, leaves the constant free.
    target = data.treated[:pre] - data.treated[:pre].mean()
    columns = (before - before.mean(axis=1, keepdims=True)).T
    unit_weights = simplex_weights(columns, target, penalty**2 * pre)
    after = data.comparison[:, pre:].mean(axis=1)
    ridge = (1e-6 * noise) ** 2 * len(before)
    time_weights = simplex_weights(before - before.mean(axis=0), after - after.mean(), ridge)
    return _estimate(data, unit_weights, time_weights, "synthetic DiD")


def each_treated(
    outcomes: Floats, treated: npt.NDArray[np.bool_], n_pre: int, method: Method
) -> list[SyntheticEstimate]:
    """Estimate for every treated unit by itself, the other treated units left out."""
    made = []
    for unit in np.flatnonzero(treated):
        keep = ~treated
        keep[unit] = True
        made.append(method(panel(outcomes[keep], treated[keep], n_pre)))
    return made


def placebo_test(
    data: Panel, method: Method, *, draws: int = 200, seed: int = 0, alpha: float = 0.05
) -> PlaceboTest:
    """Apply a method to comparison units as if they were treated.

    With one treated unit every comparison unit takes its place once; with more, groups of
    that size are drawn from the comparison units ``draws`` times. The treated themselves take
    no part.

    Raises
    ------
    EstimationError
        If fewer than two comparison units would be left over, or ``draws`` is below 2.
    """
    check_level(alpha)
    units, size = len(data.comparison), data.n_treated
    if units - size < 2 or draws < 2:
        raise refuse(
            "a placebo test needs at least two comparison units more than treated units",
            rule="comparison units",
            value=units,
            expected=f"at least {size + 2}",
        )
    groups = np.arange(units)[:, None]
    if size > 1:
        rng = np.random.default_rng(seed)
        groups = np.array([rng.choice(units, size, replace=False) for _ in range(draws)])
    real = method(data).estimate
    placebos = np.array([method(_as_if(data, group)).estimate for group in groups])
    error = float(placebos.std(ddof=1))
    half = float(special.ndtri(1 - alpha / 2)) * error
    # Ties by rounding count as at least as large.
    larger = int((np.abs(placebos) >= abs(real) * (1 - 1e-12)).sum())
    return PlaceboTest(
        error, real - half, real + half, (1 + larger) / (1 + len(placebos)), placebos
    )


def _estimate(
    data: Panel, unit_weights: Floats, time_weights: Floats, method: str
) -> SyntheticEstimate:
    gaps = data.treated - unit_weights @ data.comparison
    gaps = gaps - float(time_weights @ gaps[: data.n_pre])
    return SyntheticEstimate(
        estimate=float(gaps[data.n_pre :].mean()),
        gaps=gaps,
        unit_weights=unit_weights,
        pre_rmse=float(np.sqrt((gaps[: data.n_pre] ** 2).mean())),
        method=method,
        n_treated=data.n_treated,
        n_comparison=len(data.comparison),
    )


def _as_if(data: Panel, group: npt.NDArray[np.intp]) -> Panel:
    others = np.delete(data.comparison, group, axis=0)
    return Panel(others, data.comparison[group].mean(axis=0), data.n_pre, len(group))
