"""How far counts may lie from what is expected: binomial plus between-municipality variance.

Shares are compared on the scale ``y = arcsin sqrt((x + 3/8) / (n + 3/4))``, on which the
binomial variance is ``1 / 4n`` whatever the share (Anscombe 1948, Biometrika 35, 246-254).
Between municipalities a variance ``tau2`` is added, as in a funnel plot (Spiegelhalter 2005,
Statistics in Medicine 24, 1185-1202). It is set so that the median standardised distance is
that of a normal variable: half of the units may be wrong without widening the funnel they
are to be found by.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from evaluatie.stats.estimates import Floats

_MEDIAN_OF_NORMAL = 0.6744897501960817
"""Median of the absolute value of a standard normal variable."""


def to_scale(count: npt.ArrayLike, total: npt.ArrayLike) -> Floats:
    """Return ``arcsin sqrt`` of the share ``count / total``; also defined for a count of 0."""
    x, n = np.asarray(count, dtype=np.float64), np.asarray(total, dtype=np.float64)
    return np.asarray(np.arcsin(np.sqrt((x + 0.375) / (n + 0.75))), dtype=np.float64)


def to_count(y: npt.ArrayLike, total: npt.ArrayLike) -> Floats:
    """Return the count out of ``total`` that lies at ``y``, never below zero."""
    angle = np.clip(np.asarray(y, dtype=np.float64), 0.0, np.pi / 2)
    n = np.asarray(total, dtype=np.float64)
    return np.asarray(np.maximum((n + 0.75) * np.sin(angle) ** 2 - 0.375, 0.0), dtype=np.float64)


def between_variance(residual: Floats, variance: Floats) -> float:
    """Return ``tau2`` such that the median of ``|residual| / sqrt(variance + tau2)`` is 0.674.

    Of distances from the centre with their variance by counting alone, shape (k,), k > 0; 0 where
    counting alone explains the spread.
    """
    square = residual**2
    target = _MEDIAN_OF_NORMAL**2
    half, odd = divmod(len(square), 2)

    def median(values: Floats) -> float:  # NumPy's own takes five times as long
        ordered = np.sort(values)
        return float(ordered[half + odd - 1] + ordered[half]) / 2

    low, high = 0.0, median(square) / target
    # What counting alone cannot move lies infinitely far, or nowhere.
    far = np.where(square > 0, np.inf, 0.0)
    if median(np.divide(square, variance, out=far, where=variance > 0)) <= target:
        return 0.0
    # The median falls as tau2 rises, and at ``high`` it is at most the target.
    for _ in range(50):
        middle = (low + high) / 2
        if median(square / (variance + middle)) > target:
            low = middle
        else:
            high = middle
    return high


def log_probability(count: npt.ArrayLike, mean: npt.ArrayLike, variance: npt.ArrayLike) -> Floats:
    """Log probability of a count under a negative binomial with this mean and variance.

    Where the variance is not above the mean, under a Poisson distribution.
    """
    x, mu = np.asarray(count, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    # A size of a million times the mean is Poisson for every purpose here.
    extra = np.maximum(np.asarray(variance, dtype=np.float64) - mu, 1e-6 * mu)
    size = mu**2 / extra
    return np.asarray(
        special.gammaln(x + size)
        - special.gammaln(size)
        - special.gammaln(x + 1)
        + size * np.log(size / (size + mu))
        + special.xlogy(x, mu / (size + mu)),
        dtype=np.float64,
    )


def log_zero(frame: pd.DataFrame) -> pd.Series[float]:
    """Return the log probability of a count of zero, from columns expected and variance."""
    zero = log_probability(0, np.maximum(frame["expected"], 1e-3), frame["variance"])
    return pd.Series(zero, index=frame.index)
