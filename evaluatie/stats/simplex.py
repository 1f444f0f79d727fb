"""Least squares with weights that are non-negative and add to one.

The weights of synthetic controls, solved exactly.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.estimates import Floats

_MAX_STEPS = 200


def simplex_weights(columns: Floats, target: Floats, ridge: float = 0.0) -> Floats:
    """Minimise ``|columns @ w - target|² + ridge |w|²`` over ``w >= 0``, ``sum(w) = 1``.

    Without a ridge this is the point of the columns' convex hull nearest to the target, a
    non-negative least-squares problem; if the target lies inside the hull, the solution with the
    smallest ``|w|²`` is returned.

    Parameters
    ----------
    columns, target
        Shapes (rows, k) and (rows,).
    ridge
        Penalty, in squared units of the target.
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
