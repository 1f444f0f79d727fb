r"""The rate ratio of counts before and after in one group, and what each unit contributes to it.

The effect on this scale is that of a Poisson regression of counts on municipality, election and
treatment, with ballots as exposure. Given a municipality's total over both elections its later
count is binomial, so that the regression collapses to one equation per group,

.. math:: \sum_i x_{1i} = \sum_i (x_{0i} + x_{1i})
          \frac{n_{1i} e^{\theta}}{n_{0i} + n_{1i} e^{\theta}},

and the log rate ratio is :math:`\theta_T - \theta_C`, exactly the coefficient (Wooldridge 2023,
Econometrics Journal 26). Weighted by municipality the same regression is run on shares: then
:math:`\theta` is the logarithm of a ratio of mean shares. Tests use each municipality's
first-order contribution to :math:`\theta`, scaled so that its weighted mean is :math:`\theta`.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.estimates import Floats


def log_rate_ratio(x0: Floats, n0: Floats, x1: Floats, n1: Floats, weights: str) -> float:
    """Return θ of one group; refused where it has no counts at one of the elections."""
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


def contributions(
    x0: Floats, n0: Floats, x1: Floats, n1: Floats, weight: Floats, weights: str
) -> Floats:
    """Return θ plus each municipality's influence on it; their weighted mean is θ."""
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
