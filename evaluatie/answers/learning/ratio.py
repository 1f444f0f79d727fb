"""The interval of a ratio of two estimates (Fieller 1954, JRSS B 16)."""

from __future__ import annotations

import math

from evaluatie.stats.student import critical_value

__all__ = ["fieller"]


def fieller(
    top: float,
    bottom: float,
    top_variance: float,
    bottom_variance: float,
    covariance: float,
    df: float,
    alpha: float,
) -> tuple[float, float]:
    """Return the ratios that a t test of ``top = ratio * bottom`` does not reject.

    They solve ``(top - r bottom)² <= t² (top_variance - 2 r covariance + r² bottom_variance)``,
    or ``a r² - 2 b r + c <= 0``. Where ``a > 0`` that is an interval, and never an empty one:
    it holds ``top / bottom``, so that ``b² - a c`` is negative by rounding only. Where
    ``a <= 0`` it is everything, or everything but an interval.

    Parameters
    ----------
    top, bottom
        Estimates.
    top_variance, bottom_variance, covariance
        Theirs.
    df, alpha
        Of the t quantile.

    Returns
    -------
    tuple of float
        Infinite on both sides where the bottom cannot be told from zero (``a <= 0``): the
        ratios that are not rejected then have no end on one side at least.
    """
    t2 = critical_value(alpha, df) ** 2
    a = bottom**2 - t2 * bottom_variance
    if a <= 0:
        return -math.inf, math.inf
    b = top * bottom - t2 * covariance
    c = top**2 - t2 * top_variance
    half = math.sqrt(max(b * b - a * c, 0.0))
    return (b - half) / a, (b + half) / a
