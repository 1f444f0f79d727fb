"""Did the treated move with the others before? Tests of each earlier change, and of all at once.

Every column is a difference in mean change over some stretch of time before treatment. Each is
tested by its t; all together by the quadratic form in the inverse of their covariance, which has
an F distribution (Hotelling 1931, Annals of Mathematical Statistics 2). Both are also tested by
re-assigning who is treated within strata, with the same statistics; the covariance of every
assignment is its own. That no test rejects is no proof of parallel trends (Roth 2022, American
Economic Review: Insights 4): how strong the tests are is not said here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.stats.assignments import assignment_sums, count_assignments, members
from evaluatie.stats.change_variance import deviations
from evaluatie.stats.checks import as_groups, refuse
from evaluatie.stats.estimates import Flags, Floats, Shown
from evaluatie.stats.student import two_sided_p

_TIE = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class EventChanges(Shown):
    """Differences in change between treated and comparison group, one per stretch of time.

    ``estimates`` with their ``covariance`` (neighbouring changes share an election), in the unit of
    the changes; ``df`` are those of the comparison group.
    """

    estimates: Floats
    covariance: Floats
    df: float
    n_treated: int
    n_comparison: int


@dataclass(frozen=True, eq=False, repr=False)
class EarlierChanges(EventChanges):
    """Differences before treatment, and whether they can be chance.

    Of each column ``p_values`` of its t and ``p_design`` by re-assignment, ``joint_p`` and
    ``joint_p_design`` of all together; ``exact`` where every assignment was enumerated.
    """

    p_values: Floats
    p_design: Floats
    joint_p: float
    joint_p_design: float
    exact: bool


def event_changes(
    changes: ArrayLike, v: ArrayLike, treated: ArrayLike, weights: ArrayLike
) -> EventChanges:
    """Return differences in mean change for several stretches of time, with their covariance.

    Parameters
    ----------
    changes, v
        Shape (units, columns): change of every unit over every stretch and its sampling variance;
        see :func:`evaluatie.stats.change_variance.deviations`.
    treated, weights
        Which units are treated, and the weight of each in the mean of its group, shape (units,), or
        one per column too.

    Examples
    --------
    >>> changes = [[0.0], [1.0], [-1.0], [2.0]]
    >>> made = event_changes(changes, np.ones((4, 1)), [0, 0, 0, 1], np.ones(4))
    >>> made.estimates.tolist(), made.df
    ([2.0], 2.0)
    """
    columns, flags, k = _columns(changes, v, treated, weights)
    return EventChanges(**_events(columns, flags, k))


def earlier_changes(
    changes: ArrayLike,
    v: ArrayLike,
    treated: ArrayLike,
    weights: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    max_assignments: int = 2_000_000,
    draws: int = 99_999,
    seed: int = 0,
) -> EarlierChanges:
    """Test differences in change before treatment, each and jointly.

    Parameters as for :func:`event_changes` (treated are those that are treated later) and for
    :func:`evaluatie.stats.randomization.randomization_test`, for the re-assignment.

    Examples
    --------
    >>> changes = [[0.0], [1.0], [-1.0], [2.0]]
    >>> made = earlier_changes(changes, np.ones((4, 1)), [0, 0, 0, 1], np.ones(4))
    >>> made.estimates.tolist(), made.p_design.tolist()
    ([2.0], [0.5])
    """
    columns, flags, k = _columns(changes, v, treated, weights)
    events, total = _events(columns, flags, k), columns.sum(axis=0)
    groups = members(strata, len(columns))
    exact = count_assignments(flags, groups) <= max_assignments
    each, joint = _statistics(events["estimates"][None], events["covariance"][None])
    beyond, count = np.zeros(k + 1), 0
    observed = np.append(each[0], joint[0])
    for sums in assignment_sums(columns, flags, groups, exact, draws, seed):
        some, all_ = _statistics(*_contrasts(sums, total, k))
        beyond += (np.column_stack([some, all_]) >= observed * (1 - _TIE)).sum(axis=0)
        count += len(sums)
    df = events["df"]
    return EarlierChanges(
        **events,
        p_values=np.array([two_sided_p(float(t), df) for t in each[0]]),
        p_design=beyond[:k] / count,
        joint_p=float(special.fdtrc(k, df - k + 1, joint[0] * (df - k + 1) / (k * df))),
        joint_p_design=float(beyond[k] / count),
        exact=exact,
    )


def _columns(
    changes: ArrayLike, v: ArrayLike, treated: ArrayLike, weights: ArrayLike
) -> tuple[Floats, Flags, int]:
    """Return weights, weighted changes and parts of every covariance, by unit; who is treated."""
    y, noise, weight = (np.asarray(each, dtype=np.float64) for each in (changes, v, weights))
    if weight.ndim == 1 and weight.shape == y.shape[:1]:
        weight = np.repeat(weight[:, None], y.shape[-1], axis=1)
    if y.ndim != 2 or not y.shape == noise.shape == weight.shape:
        raise refuse("changes, v and weights need one shape", rule="shape", value=y.shape)
    flags = as_groups(treated, len(y), minimum_comparison=3)
    deviation, correlation = deviations(y, noise, ~flags)
    upper = np.triu_indices(y.shape[1])
    products = (weight * deviation)[:, upper[0]] * (weight * deviation)[:, upper[1]]
    return np.hstack([weight, weight * y, products * correlation[upper]]), flags, y.shape[1]


def _events(columns: Floats, flags: Flags, k: int) -> dict[str, Any]:
    sums = columns[flags].sum(axis=0)[None]
    estimates, covariance = _contrasts(sums, columns.sum(axis=0), k)
    n_comparison = int((~flags).sum())
    return {
        "estimates": estimates[0],
        "covariance": covariance[0],
        "df": n_comparison - 1.0,
        "n_treated": int(flags.sum()),
        "n_comparison": n_comparison,
    }


def _contrasts(sums: Floats, total: Floats, k: int) -> tuple[Floats, Floats]:
    """Return differences in means (b, k) and their covariances (b, k, k) from sums over groups."""
    rest = total - sums
    one, other = sums[:, :k], rest[:, :k]
    estimates = sums[:, k : 2 * k] / one - rest[:, k : 2 * k] / other
    rows, cols = np.triu_indices(k)
    covariance = np.empty((len(sums), k, k))
    made = sums[:, 2 * k :] / (one[:, rows] * one[:, cols])
    made = made + rest[:, 2 * k :] / (other[:, rows] * other[:, cols])
    covariance[:, rows, cols] = made
    covariance[:, cols, rows] = made
    return estimates, covariance


def _statistics(estimates: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Return the absolute t of every column (b, k) and the quadratic form of all (b,)."""
    each = np.abs(estimates) / np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    solved = np.linalg.solve(covariance, estimates[:, :, None])[:, :, 0]
    return each, (estimates * solved).sum(axis=1)
