"""Student's t by the functions underneath ``scipy.stats``.

The values are those of ``scipy.stats.t``, which calls the same functions; importing all of
``scipy.stats`` for two of them would cost every process more than most of its estimates do.
"""

from __future__ import annotations

from scipy import special

__all__ = ["critical_value", "t_cdf", "two_sided_p"]


def critical_value(alpha: float, df: float) -> float:
    """Return the number that a t statistic exceeds in size with probability ``alpha``."""
    return float(special.stdtrit(df, 1 - alpha / 2))


def t_cdf(value: float, df: float) -> float:
    """Return the probability of at most ``value``."""
    return float(special.stdtr(df, value))


def two_sided_p(statistic: float, df: float) -> float:
    """Return the probability of a t statistic at least as far from zero as ``statistic``."""
    return 2 * float(special.stdtr(df, -abs(statistic)))
