"""The one table that every estimand of learning returns, and its intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from evaluatie.answers.answer import Statement
from evaluatie.answers.learning.show import COLUMNS, POOLED, TABLE
from evaluatie.stats.student import critical_value, two_sided_p

__all__ = ["POOLED", "Estimated", "Row", "fieller", "t_row", "tidy"]

Row = dict[str, Any]


class Estimated(NamedTuple):
    """What an estimand finds: its table, the rows behind its figure, and sentences."""

    table: pd.DataFrame
    detail: pd.DataFrame
    said: list[Statement]


def t_row(estimate: float, error: float, df: float, alpha: float) -> Row:
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


def tidy(rows: Sequence[Mapping[str, Any]], estimand: str, outcome: str) -> pd.DataFrame:
    """Put rows in the columns that all estimands share."""
    frame = pd.DataFrame(list(rows)).assign(estimand=estimand, outcome=outcome)
    frame = frame.reindex(columns=list(COLUMNS))
    for column in TABLE:
        names = list(column.names)
        if column.json_type != "string":
            frame[names] = frame[names].astype("float64")
        if column.json_type == "integer":
            frame[names] = frame[names].round().astype("Int64")
    frame["note"] = frame["note"].astype("object").where(frame["note"].notna(), "")
    return frame
