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

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.stats.assignments import assignment_sums, count_assignments, members
from evaluatie.stats.change_variance import deviations
from evaluatie.stats.checks import as_groups, refuse
from evaluatie.stats.estimates import Floats
from evaluatie.stats.student import two_sided_p

__all__ = ["EarlierChanges", "earlier_changes"]

_TIE = 1e-9


@dataclass(frozen=True, eq=False)
class EarlierChanges:
    """Differences in change of treated and comparison group, and whether they can be chance.

    Attributes
    ----------
    estimates, covariance, df
        One per column, in the unit of the changes; degrees of freedom of the comparison group.
    p_values, p_design
        Per column: of its t, and by re-assignment.
    joint_p, joint_p_design
        The same of all columns together.
    exact
        Whether every assignment was enumerated.
    """

    estimates: Floats
    covariance: Floats
    df: float
    p_values: Floats
    p_design: Floats
    joint_p: float
    joint_p_design: float
    exact: bool
    n_treated: int
    n_comparison: int


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

    Parameters
    ----------
    changes, v, weights
        Shape (units, columns): change of every unit over every stretch, its sampling variance
        and its weight in the mean of its group. Variances are τ² + φ v, by column, fitted on the
        comparison group; correlations are those of its changes.
    treated
        Who is treated later, shape (units,).
    strata
        Label of the stratum of every unit, within which treatment is re-assigned.
    max_assignments, draws, seed
        As in :func:`evaluatie.stats.randomization.randomization_test`.

    Examples
    --------
    >>> changes = [[0.0], [1.0], [-1.0], [2.0]]
    >>> made = earlier_changes(changes, np.ones((4, 1)), [0, 0, 0, 1], np.ones((4, 1)))
    >>> made.estimates.tolist(), made.p_design.tolist()
    ([2.0], [0.5])
    """
    y, noise, weight = (np.asarray(each, dtype=np.float64) for each in (changes, v, weights))
    if y.ndim != 2 or not y.shape == noise.shape == weight.shape:
        raise refuse("changes, v and weights need one shape", rule="shape", value=y.shape)
    flags = as_groups(treated, len(y), minimum_comparison=3)
    k = y.shape[1]
    deviation, correlation = deviations(y, noise, ~flags)
    upper = np.triu_indices(k)
    # Per unit: weights, weighted changes, and its part of every covariance.
    products = (weight * deviation)[:, upper[0]] * (weight * deviation)[:, upper[1]]
    columns = np.hstack([weight, weight * y, products * correlation[upper]])
    total = columns.sum(axis=0)
    groups = members(strata, len(y))
    exact = count_assignments(flags, groups) <= max_assignments
    estimates, covariance = _contrasts(columns[flags].sum(axis=0)[None], total, k)
    each, joint = _statistics(estimates, covariance)
    beyond, count = np.zeros(k + 1), 0
    observed = np.append(each[0], joint[0])
    for sums in assignment_sums(columns, flags, groups, exact, draws, seed):
        some, all_ = _statistics(*_contrasts(sums, total, k))
        beyond += (np.column_stack([some, all_]) >= observed * (1 - _TIE)).sum(axis=0)
        count += len(sums)
    df = float((~flags).sum() - 1)
    return EarlierChanges(
        estimates=estimates[0],
        covariance=covariance[0],
        df=df,
        p_values=np.array([two_sided_p(float(t), df) for t in each[0]]),
        p_design=beyond[:k] / count,
        joint_p=float(special.fdtrc(k, df - k + 1, joint[0] * (df - k + 1) / (k * df))),
        joint_p_design=float(beyond[k] / count),
        exact=exact,
        n_treated=int(flags.sum()),
        n_comparison=int((~flags).sum()),
    )


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
