r"""The number per municipality that every test works on: points or a log rate ratio.

Points
    The change in share itself; the estimate is the difference of (weighted) mean changes.

Ratio
    The Poisson regression of counts on municipality, election and treatment, with ballots as
    exposure. Given a municipality's total over both elections its later count is binomial, so
    the regression collapses to one equation per group,

    .. math:: \sum_i x_{1i} = \sum_i (x_{0i} + x_{1i})
              \frac{n_{1i} e^{\theta}}{n_{0i} + n_{1i} e^{\theta}},

    and the log rate ratio is :math:`\theta_T - \theta_C`, exactly the coefficient of the
    regression with a dummy for every municipality (Wooldridge 2023, Econometrics Journal 26).
    Weighted by municipality the same regression is run on shares: then
    :math:`\theta` is the logarithm of a ratio of mean shares. Tests use each municipality's
    first-order contribution to :math:`\theta`, scaled so that its weighted mean in each group
    is :math:`\theta` itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import optimize

from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.stats._types import Flags, Floats
from evaluatie.stats.changes import change_in_share

__all__ = ["SCALES", "WEIGHTS", "Scale", "Scaled", "Weighting", "log_rate_ratio", "on_scale"]

Scale = Literal["points", "ratio"]
Weighting = Literal["voters", "municipalities"]
SCALES: tuple[str, ...] = get_args(Scale)
WEIGHTS: tuple[str, ...] = get_args(Weighting)


@dataclass(frozen=True, eq=False)
class Scaled:
    """Arrays over treated and comparison municipalities, in order of code.

    Attributes
    ----------
    y, v, slope
        What is compared, its sampling variance without an effect, and how the variance of a
        treated unit grows with the effect (zero on the ratio scale).
    weight
        Weight in the mean of the own group; not normalised.
    treated
        Flags.
    own, own_v
        The municipality's own change or log rate ratio and its variance, for effects per
        municipality: equal to ``y`` and ``v`` on the points scale; infinite where a count is
        zero on the ratio scale.
    """

    y: Floats
    v: Floats
    slope: Floats
    weight: Floats
    treated: Flags
    own: Floats
    own_v: Floats

    @property
    def estimate(self) -> float:
        """Difference of the weighted means."""
        return self._mean(self.treated) - self._mean(~self.treated)

    def _mean(self, some: Flags) -> float:
        return float(self.weight[some] @ self.y[some] / self.weight[some].sum())


def on_scale(used: pd.DataFrame, scale: str, weights: str) -> Scaled:
    """Turn counts before and after into the arrays of one scale and weighting.

    Parameters
    ----------
    used
        Rows with group ``treated`` or ``comparison``; columns of ``ChangeTable.frame``.
    scale
        ``points`` or ``ratio``.
    weights
        ``voters``: by ballots at the later election (ratio: as the Poisson regression on
        counts weighs); ``municipalities``: equally.

    Raises
    ------
    UnknownNameError
        For another scale or weighting.
    EstimationError
        If all counts are zero, or, on the ratio scale, all of one group at one election.
    """
    if scale not in SCALES:
        raise UnknownNameError.of("scale", scale, SCALES)
    if weights not in WEIGHTS:
        raise UnknownNameError.of("weights", weights, WEIGHTS)
    x0, n0, x1, n1 = (
        used[f"{what}_{when}"].to_numpy("float64")
        for when in ("before", "after")
        for what in ("count", "ballots")
    )
    treated = (used["group"] == "treated").to_numpy(dtype=np.bool_)
    changes = change_in_share(x0, n0, x1, n1, ~treated)
    if scale == "points":
        weight = n1 if weights == "voters" else np.ones(len(n1))
        y, v = changes.change, changes.sampling_variance
        return Scaled(y, v, changes.variance_slope, weight, treated, y, v)
    q0, q1 = changes.share_before, changes.share_after
    if q0 == 0 or q1 == 0:
        raise EstimationError(
            "the comparison group has no counts at one of the elections: no rate ratio",
            rule="counts > 0",
            value=(q0, q1),
        )
    v = 1 / (n0 * q0) + 1 / (n1 * q1)
    weight = 1 / v if weights == "voters" else np.ones(len(n1))
    y = np.empty(len(n1))
    for some in (treated, ~treated):
        if some.any():
            y[some] = _contributions(x0[some], n0[some], x1[some], n1[some], weight[some], weights)
    return Scaled(y, v, np.zeros(len(n1)), weight, treated, _own(x0, n0, x1, n1), v)


def log_rate_ratio(x0: Floats, n0: Floats, x1: Floats, n1: Floats, weights: str) -> float:
    """Return θ, the log rate ratio between two elections of one group.

    Raises
    ------
    EstimationError
        If the group has no counts at one of the elections.
    """
    if weights == "municipalities":
        x0, x1 = x0 / n0, x1 / n1
        n0 = n1 = np.ones(len(x0))
    if not (x0.sum() > 0 and x1.sum() > 0):
        raise EstimationError(
            "all counts of a group are zero at one of the elections: no rate ratio",
            rule="counts > 0",
            value=(float(x0.sum()), float(x1.sum())),
        )
    total, ratio = x0 + x1, n1 / n0
    start = math.log(x1.sum() / x0.sum())

    def surplus(theta: float) -> float:
        return float(x1.sum() - (total * _share(theta, ratio)).sum())

    # The root lies between the values that the extreme ratios of ballots would give.
    low, high = start - math.log(ratio.max()), start - math.log(ratio.min())
    if high - low < 1e-14:
        return (low + high) / 2
    pad = 1e-9 + 1e-9 * abs(start)
    return float(optimize.brentq(surplus, low - pad, high + pad, xtol=1e-14, rtol=1e-14))


def _share(theta: float, ratio: Floats) -> Floats:
    grown = ratio * math.exp(theta)
    return grown / (1 + grown)


def _contributions(
    x0: Floats, n0: Floats, x1: Floats, n1: Floats, weight: Floats, weights: str
) -> Floats:
    """θ plus each municipality's influence on it; their weighted mean is θ."""
    theta = log_rate_ratio(x0, n0, x1, n1, weights)
    if weights == "municipalities":
        x0, x1 = x0 / n0, x1 / n1
        ratio = np.ones(len(x0))
    else:
        ratio = n1 / n0
    share = _share(theta, ratio)
    score = x1 - (x0 + x1) * share
    information = float(((x0 + x1) * share * (1 - share)).sum())
    contribution: Floats = theta + score / information * weight.sum() / weight
    return contribution


def _own(x0: Floats, n0: Floats, x1: Floats, n1: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        own: Floats = np.log(x1 / n1) - np.log(x0 / n0)
    return own
