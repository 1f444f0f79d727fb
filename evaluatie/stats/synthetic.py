"""Synthetic control, and synthetic difference in differences.

Both estimate the effect on the mean of the treated units in a balanced panel as a doubly
weighted difference; they differ in the weights of comparison units and earlier periods (equal
ones give difference in differences):

=================  ================================  ======================
method             comparison units                  earlier periods
=================  ================================  ======================
synthetic control  fit the treated before            none (levels compared)
synthetic DiD      fit the treated up to a constant  fit the later periods
=================  ================================  ======================

Abadie, Diamond and Hainmueller (2010), JASA 105; Arkhangelsky, Athey, Hirshberg, Imbens and
Wager (2021), American Economic Review 111. With at most six earlier elections these serve as
robustness checks only: placebo tests of synthetic control then reject far too often.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.checks import as_groups, as_positive, check_level, refuse
from evaluatie.stats.estimates import Floats, Shown


@dataclass(frozen=True)
class Panel:
    """A checked balanced panel: comparison units, and the mean of the treated.

    ``comparison``, shape (n_comparison, n_periods), and ``treated``, the weighted mean outcome of
    ``n_treated`` units, shape (n_periods,); of the periods ``n_pre`` lie before treatment, first.
    """

    comparison: Floats
    treated: Floats
    n_pre: int
    n_treated: int


@dataclass(frozen=True, repr=False)
class SyntheticEstimate(Shown):
    """An effect on the treated, in the unit of the outcome: the mean over periods after treatment.

    ``gaps``, shape (n_periods,), are treated minus comparison units weighted by ``unit_weights``;
    for methods with a constant its weighted mean before treatment is taken out. ``pre_rmse`` is
    their root mean square before treatment: how well the treated are imitated.
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

    ``std_error`` is the standard deviation of ``placebos`` (Arkhangelsky et al. 2021, algorithm 4),
    ``low`` to ``high`` the normal interval from it around the estimate, ``p_value`` the share of
    placebos at least as large in size, the real one included.
    """

    std_error: float
    low: float
    high: float
    p_value: float
    placebos: Floats


Method = Callable[[Panel], SyntheticEstimate]
_MAX_STEPS = 200


def panel(
    outcomes: npt.ArrayLike,
    treated: npt.ArrayLike,
    n_pre: int,
    treated_weights: npt.ArrayLike | None = None,
) -> Panel:
    """Check a balanced panel and take the mean of its treated units.

    ``outcomes``, shape (n_units, n_periods), stand in order of time, without gaps; ``treated``
    units are so in all periods from ``n_pre`` on. ``treated_weights``, such as ballots, are equal
    by default.
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


def simplex_weights(columns: Floats, target: Floats, ridge: float = 0.0) -> Floats:
    """Minimise ``|columns @ w - target|² + ridge |w|²`` over ``w >= 0``, ``sum(w) = 1``, exactly.

    ``columns`` and ``target`` have shapes (rows, k) and (rows,); ``ridge`` is in squared units of
    the target. Without one this is the point of the columns' convex hull nearest to the target, a
    non-negative least-squares problem; if the target lies inside the hull, the solution with the
    smallest ``|w|²`` is returned.
    """
    shifted = columns - target[:, None]
    scale = float(np.sqrt((shifted**2).sum(axis=0).max()))
    k = columns.shape[1]
    if scale == 0:
        return np.full(k, 1 / k)
    shifted, penalty = shifted / scale, ridge / scale**2
    if penalty >= 1e-6:
        return _ridge_weights(shifted, penalty)
    if penalty > 0:
        return _nearest_point(np.vstack([shifted, np.sqrt(penalty) * np.eye(k)]))
    weights = _nearest_point(shifted)
    if float(np.linalg.norm(shifted @ weights)) > 1e-7:
        return weights
    return _ridge_weights(shifted, 1e-12)


def _nearest_point(columns: Floats) -> Floats:
    """Weights of the point of the hull nearest to the origin.

    Minimising ``|C u|² + (sum(u) - 1)²`` over ``u >= 0`` only shrinks the solution by a factor.
    """
    rows = np.vstack([columns, np.ones(columns.shape[1])])
    goal = np.append(np.zeros(len(columns)), 1.0)
    try:
        found, _ = optimize.nnls(rows, goal, maxiter=50 * columns.shape[1])
    except RuntimeError as error:
        raise EstimationError("the weights do not converge", rule="convergence") from error
    return np.asarray(found / found.sum(), dtype=np.float64)


def _ridge_weights(columns: Floats, ridge: float) -> Floats:
    """Weights with a ridge, by Newton steps on the dual, which has only rows + 1 unknowns.

    The optimum is ``w = max(0, -(C's + m))`` with ``C w = ridge s`` and ``sum(w) = 1``.
    """
    rows, k = columns.shape
    full = np.vstack([columns, np.ones(k)])
    damp = np.append(np.full(rows, ridge), 0.0)
    goal = np.append(np.zeros(rows), 1.0)

    def state(point: Floats) -> tuple[Floats, float, Floats]:
        weights = np.maximum(0.0, -(point @ full))
        value = 0.5 * float(damp @ point**2) + float(goal @ point) + 0.5 * float(weights @ weights)
        return weights, value, damp * point + goal - full @ weights

    point = -goal / k
    weights, value, slope = state(point)
    for _ in range(_MAX_STEPS):
        # Weights are differences of numbers as large as the point: that is their precision.
        if float(np.abs(slope).max()) < 1e-13 * (1 + float(np.abs(point).max())):
            return np.asarray(weights / weights.sum(), dtype=np.float64)
        active = full[:, weights > 0]
        curve = active @ active.T + np.diag(damp)
        curve += 1e-14 * max(float(np.trace(curve)), 1e-8) * np.eye(rows + 1)
        step = -np.linalg.solve(curve, slope)
        fall, size = float(slope @ step), 1.0
        while size > 1e-12:
            trial, trial_value, trial_slope = state(point + size * step)
            if trial_value <= value + 1e-4 * size * fall + 1e-15 * abs(value):
                break
            size /= 2
        point = point + size * step
        weights, value, slope = trial, trial_value, trial_slope
    raise EstimationError("the weights do not converge", rule="convergence")
