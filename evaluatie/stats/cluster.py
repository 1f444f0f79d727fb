"""Cluster-robust errors of the difference-in-differences coefficient: CRV1 and CRV3.

The regression is ``y_gt = effect * d_gt + unit_g + period_t + error``, with a unit as its own
cluster. Unit effects are absorbed within each cluster, which leaves the treatment and the
period effects: a handful of columns whose cross-products per cluster are all that both
variances need. Coefficient and standard errors are exactly those of the regression with a
dummy for every unit and period.

Both variances are far too small with few treated clusters: the residuals of the treated are
fitted almost to zero. In simulations on this design a nominal 5% test rejected a true null
in 16-91% of cases (CRV1) and 9-25% (CRV3) with one to five treated. They are therefore
refused below ten treated clusters, unless the caller lowers that number to compare with
other software.

References
----------
Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear
models. Biometrika 73, 13-22.
MacKinnon, J. G., Nielsen, M. O. and Webb, M. D. (2023). Fast and reliable jackknife and
bootstrap methods for cluster-robust inference. Journal of Applied Econometrics 38, 671-694.
MacKinnon, J. G. and Webb, M. D. (2018). The wild bootstrap for few (treated) clusters.
Econometrics Journal 21, 114-135.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.stats.checks import as_groups, by_label, check_level, refuse
from evaluatie.stats.estimates import Estimate, Floats
from evaluatie.stats.student import t_estimate

__all__ = ["MINIMUM_TREATED", "AbsorbedPanel", "absorb", "crv1", "crv3"]

MINIMUM_TREATED = 10
"""Treated clusters below which cluster-robust errors are refused."""


@dataclass(frozen=True, eq=False)
class AbsorbedPanel:
    """A panel with unit and period effects taken out, units in rows, periods in columns.

    Attributes
    ----------
    y, d
        Outcome and treatment, residualised on unit and period effects.
    periods
        Period dummies (all but the first) residualised on unit effects, shape (G, T, T - 1).
    weights
        Weight of every cell; zero where it is missing.
    n_treated
        Units that are ever treated.
    """

    y: Floats
    d: Floats
    periods: Floats
    weights: Floats
    n_treated: int

    @property
    def effect(self) -> float:
        """The coefficient of the treatment."""
        return float((self.weights * self.d * self.y).sum() / self.information)

    @property
    def information(self) -> float:
        """Weighted sum of squares of the residualised treatment."""
        return float((self.weights * self.d**2).sum())

    @property
    def crv1_error(self) -> float:
        """The cluster-robust (CRV1) standard error of the coefficient."""
        residual = self.y - self.effect * self.d
        scores = (self.weights * self.d * residual).sum(axis=1)
        return math.sqrt(self.small_sample * float(scores @ scores)) / self.information

    @property
    def small_sample(self) -> float:
        """Return ``G/(G-1) (N-1)/(N-K)``; K without unit effects, which are nested in clusters."""
        units, periods = self.y.shape
        cells = int((self.weights > 0).sum())
        return float(units / (units - 1) * (cells - 1) / (cells - (1 + periods)))

    def need(self, minimum: int, what: str) -> None:
        """Refuse fewer treated clusters than ``minimum``, for the reason given."""
        if self.n_treated < minimum:
            raise refuse(
                what,
                rule="minimum treated clusters",
                value=self.n_treated,
                expected=f"at least {minimum}",
            )

    def check_error(self, error: float) -> None:
        """Refuse a standard error that is nothing but rounding."""
        if error <= 1e-14 * max(abs(self.effect), float(np.abs(self.y).max())):
            raise refuse("the residuals are all zero: no variance", rule="variance > 0")


@by_label
def absorb(y: ArrayLike, d: ArrayLike, weights: ArrayLike | None = None) -> AbsorbedPanel:
    """Take unit and period effects out of a panel by weighted least squares.

    Parameters
    ----------
    y
        Outcome, shape (units, periods); NaN where a unit misses a period.
    d
        Treatment in each cell.
    weights
        One per cell or one per unit; equal by default.

    Raises
    ------
    EstimationError
        For shapes that do not fit, infinite values, weights that are not positive, units with
        fewer than two periods, fewer than two units that are never treated, or a treatment
        that unit and period effects explain entirely.
    """
    outcome = np.asarray(y, dtype=np.float64)
    treatment = np.asarray(d, dtype=np.float64)
    if outcome.ndim != 2 or outcome.shape != treatment.shape or outcome.shape[1] < 2:
        raise refuse(
            "a panel needs units in rows and at least two periods in columns",
            rule="shape",
            value=(outcome.shape, treatment.shape),
        )
    units, n_periods = outcome.shape
    known = ~np.isnan(outcome)
    if np.isinf(outcome).any() or not np.isfinite(treatment).all():
        raise refuse("outcome or treatment is not finite", rule="finite")
    cells = _cell_weights(weights, known)
    outcome = np.where(known, outcome, 0.0)
    thin = np.flatnonzero(known.sum(axis=1) < 2)
    if len(thin):
        raise refuse(
            f"unit {thin[0]} is known in one period only", rule="two periods", value=int(thin[0])
        )
    ever = as_groups((known & (treatment != 0)).any(axis=1), units)
    dummies = np.broadcast_to(np.eye(n_periods)[:, 1:], (units, n_periods, n_periods - 1))
    columns = np.concatenate([outcome[..., None], treatment[..., None], dummies], axis=2)
    within = (
        columns - np.einsum("gt,gtk->gk", cells, columns)[:, None] / cells.sum(1)[:, None, None]
    )
    within[~known] = 0.0
    periods = within[..., 2:]
    flat = periods.reshape(-1, n_periods - 1)
    weighted = flat * cells.reshape(-1, 1)
    # A period that nobody is known in has no effect to estimate: least squares drops it.
    solve = np.linalg.pinv(weighted.T @ flat, hermitian=True)
    left_y, left_d = (
        each - periods @ (solve @ (weighted.T @ each.reshape(-1)))
        for each in (within[..., 0], within[..., 1])
    )
    panel = AbsorbedPanel(left_y, left_d, periods, cells, int(ever.sum()))
    if panel.information <= 1e-12 * float((cells * treatment**2).sum()):
        raise refuse(
            "unit and period effects explain the treatment entirely", rule="treatment varies"
        )
    return panel


@by_label
def crv1(
    y: ArrayLike,
    d: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    alpha: float = 0.05,
    minimum_treated: int = MINIMUM_TREATED,
) -> Estimate:
    """Effect with the cluster-robust variance of Liang and Zeger (1986), t with G - 1 df.

    Parameters
    ----------
    y, d, weights
        As in :func:`absorb`.
    alpha
        One minus the confidence level.
    minimum_treated
        Refuse below this number of treated clusters; lower it only to compare software.

    Examples
    --------
    >>> import numpy as np
    >>> from evaluatie import stats
    >>> y = np.arange(48.0).reshape(24, 2) ** 1.5
    >>> d = np.array([[0, 1]]) * (np.arange(24) % 2)[:, None]
    >>> stats.crv1(y, d).n_treated
    12
    """
    panel = absorb(y, d, weights)
    panel.need(minimum_treated, _few(panel, "CRV1", "16-91%"))
    return _t_test(panel, panel.crv1_error, "CRV1", alpha)


@by_label
def crv3(
    y: ArrayLike,
    d: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    alpha: float = 0.05,
    minimum_treated: int = MINIMUM_TREATED,
) -> Estimate:
    """Effect with the cluster jackknife variance, t with G - 1 df.

    ``(G - 1) / G`` times the sum of squared differences between the coefficient without one
    cluster and the coefficient, after MacKinnon, Nielsen and Webb (2023). Parameters as
    :func:`crv1`. One treated cluster is always refused: nothing is left without it.

    Examples
    --------
    >>> import numpy as np
    >>> from evaluatie import stats
    >>> y = np.arange(48.0).reshape(24, 2) ** 1.5
    >>> d = np.array([[0, 1]]) * (np.arange(24) % 2)[:, None]
    >>> stats.crv3(y, d).method
    'CRV3'
    """
    panel = absorb(y, d, weights)
    if panel.n_treated == 1:
        raise refuse(
            "CRV3 is undefined for one treated cluster: without it no effect is left",
            rule="treated >= 2",
            value=1,
        )
    panel.need(minimum_treated, _few(panel, "CRV3", "9-25%"))
    columns = np.concatenate([panel.d[..., None], panel.periods], axis=2)
    weighted = columns * panel.weights[..., None]
    products = np.einsum("gtj,gtk->gjk", weighted, columns)
    moments = np.einsum("gtj,gt->gj", weighted, panel.y)
    try:
        without = np.linalg.solve(
            products.sum(axis=0) - products, (moments.sum(axis=0) - moments)[..., None]
        )[:, 0, 0]
    except np.linalg.LinAlgError as error:
        raise refuse(
            "CRV3 is undefined: without one of the clusters the effect is not identified",
            rule="identified without each cluster",
        ) from error
    units = len(without)
    variance = (units - 1) / units * float(((without - panel.effect) ** 2).sum())
    return _t_test(panel, math.sqrt(variance), "CRV3", alpha)


def _t_test(panel: AbsorbedPanel, error: float, method: str, alpha: float) -> Estimate:
    check_level(alpha)
    panel.check_error(error)
    units = len(panel.y)
    sizes = panel.n_treated, units - panel.n_treated
    return t_estimate(panel.effect, error, units - 1.0, method, sizes, alpha, clusters=units)


def _few(panel: AbsorbedPanel, method: str, size: str) -> str:
    return (
        f"{method} is refused with {panel.n_treated} treated clusters: with one to five "
        f"treated its 5% test rejects a true null in {size} of simulations of this design"
    )


def _cell_weights(weights: ArrayLike | None, known: np.ndarray) -> Floats:
    if weights is None:
        return known.astype(np.float64)
    given = np.asarray(weights, dtype=np.float64)
    if given.shape == known.shape[:1]:
        given = np.repeat(given[:, None], known.shape[1], axis=1)
    if given.shape != known.shape:
        raise refuse("weights have the wrong shape", rule="shape", value=given.shape)
    if not (np.isfinite(given) & (given > 0))[known].all():
        raise refuse("weights must be positive and finite", rule="positive weights")
    return np.where(known, given, 0.0)
