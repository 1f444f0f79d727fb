"""Student's t by the functions underneath ``scipy.stats``.

The values are those of ``scipy.stats.t``, which calls the same functions; importing all of
``scipy.stats`` for two of them would cost every process more than most of its estimates do.
"""

from __future__ import annotations

from scipy import special

from evaluatie.stats.estimates import Estimate

__all__ = ["critical_value", "t_cdf", "t_estimate", "two_sided_p"]


def critical_value(alpha: float, df: float) -> float:
    """Return the number that a t statistic exceeds in size with probability ``alpha``."""
    return float(special.stdtrit(df, 1 - alpha / 2))


def t_cdf(value: float, df: float) -> float:
    """Return the probability of at most ``value``."""
    return float(special.stdtr(df, value))


def two_sided_p(statistic: float, df: float) -> float:
    """Return the probability of a t statistic at least as far from zero as ``statistic``."""
    return 2 * float(special.stdtr(df, -abs(statistic)))


def t_estimate(
    estimate: float,
    error: float,
    df: float,
    method: str,
    sizes: tuple[int, int],
    alpha: float,
    **details: object,
) -> Estimate:
    """Return the t test and interval of an estimate; ``sizes`` are treated and comparison."""
    half = critical_value(alpha, df) * error
    return Estimate(
        estimate=estimate,
        std_error=error,
        conf_low=estimate - half,
        conf_high=estimate + half,
        p_value=two_sided_p(estimate / error, df),
        df=df,
        method=method,
        n_treated=sizes[0],
        n_comparison=sizes[1],
        alpha=alpha,
        details={"statistic": estimate / error, **details},
    )
