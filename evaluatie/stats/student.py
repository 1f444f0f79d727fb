"""Student's t by the functions underneath ``scipy.stats``.

The values are those of ``scipy.stats.t``, which calls the same functions; importing all of
``scipy.stats`` for two of them would cost every process more than most of its estimates do.
"""

from __future__ import annotations

import math

from scipy import optimize, special

from evaluatie.stats.estimates import Estimate


def critical_value(alpha: float, df: float) -> float:
    """Return the number that a t statistic exceeds in size with probability ``alpha``."""
    return float(special.stdtrit(df, 1 - alpha / 2))


def t_cdf(value: float, df: float) -> float:
    """Return the probability of at most ``value``."""
    return float(special.stdtr(df, value))


def two_sided_p(statistic: float, df: float) -> float:
    """Return the probability of a t statistic at least as far from zero as ``statistic``."""
    return 2 * float(special.stdtr(df, -abs(statistic)))


def t_row(estimate: float, error: float, df: float, alpha: float) -> dict[str, float]:
    """Return an estimate with its t interval and the p-value of zero."""
    half = critical_value(alpha, df) * error
    return {
        "estimate": estimate,
        "std_error": error,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
        "p_value": two_sided_p(estimate / error, df),
        "df": df,
    }


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

    Fieller (1954, JRSS B 16): they solve ``(top - r bottom)² <= t² (top_variance - 2 r covariance
    + r² bottom_variance)``, or ``a r² - 2 b r + c <= 0``. Where ``a > 0`` that is an interval, and
    never an empty one: it holds ``top / bottom``, so that ``b² - a c`` is negative by rounding
    only. Where ``a <= 0`` the bottom cannot be told from zero, the ratios have no end on one side
    at least, and both ends are infinite.
    """
    t2 = critical_value(alpha, df) ** 2
    a = bottom**2 - t2 * bottom_variance
    if a <= 0:
        return -math.inf, math.inf
    b = top * bottom - t2 * covariance
    c = top**2 - t2 * top_variance
    half = math.sqrt(max(b * b - a * c, 0.0))
    return (b - half) / a, (b + half) / a


def imbens_manski(width: float, error: float, alpha: float, df: float = math.inf) -> float:
    """Return the critical value of an interval that covers a value wherever in its bounds it lies.

    Imbens and Manski (2004, Econometrica 72), equation (7), with a t reference. It falls from the
    two-sided quantile for a point (``width`` 0) to the one-sided quantile for wide bounds.
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
    return Estimate(
        **t_row(estimate, error, df, alpha),
        method=method,
        n_treated=sizes[0],
        n_comparison=sizes[1],
        alpha=alpha,
        details={"statistic": estimate / error, **details},
    )
