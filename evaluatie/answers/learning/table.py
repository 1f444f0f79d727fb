"""The one table that every estimand of learning returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from evaluatie.answers.answer import Statement
from evaluatie.answers.learning.show import COLUMNS, POOLED, TABLE
from evaluatie.stats.student import critical_value, two_sided_p

__all__ = ["POOLED", "Estimated", "Row", "t_row", "tidy"]

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
