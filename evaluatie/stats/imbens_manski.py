"""Intervals around bounds: they cover a value, wherever between its bounds it lies.

References
----------
Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for partially identified parameters.
Econometrica 72, 1845-1857.
"""

from __future__ import annotations

import math

from scipy import optimize

from evaluatie.stats.student import critical_value, t_cdf


def imbens_manski(width: float, error: float, alpha: float, df: float = math.inf) -> float:
    """Return the critical value of Imbens and Manski (2004), equation (7), with a t reference.

    It falls from the two-sided quantile for a point (``width`` 0) to the one-sided quantile
    for wide bounds.
    """
    if width <= 0:
        return critical_value(alpha, df)
    spread = width / error

    def gap(c: float) -> float:
        return t_cdf(c + spread, df) - t_cdf(-c, df) - (1 - alpha)

    top = critical_value(alpha, df)
    return float(optimize.brentq(gap, 0.0, top + 1e-9, xtol=1e-12))


def imbens_manski_p(distance: float, width: float, error: float, df: float = math.inf) -> float:
    """Return the p-value of an effect outside bounds: the level at which the interval meets it.

    ``distance`` is that from the effect to the nearest bound, in standard errors; 0 inside.
    """
    if distance <= 0:
        return 1.0
    return t_cdf(-distance - max(width, 0.0) / error, df) + t_cdf(-distance, df)
