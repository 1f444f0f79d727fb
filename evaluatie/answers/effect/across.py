"""The elections together: the mean of what the ballot did at each, with its range.

Every election counts once. One of which only rounded shares were printed comes in with its
bounds, so that the mean has bounds too. How elections differ is seen in a few of them only: the
mean at elections like these is a random-effects mean with a t on one less than there are
elections, and one more election is predicted with the same t (Partlett and Riley 2017,
Statistics in Medicine 36, 301-317). The same municipalities voted at several elections, which is
not allowed for: their own peculiarities look like those of the ballot.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaluatie.answers.effect.analyse import effect, pooled
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Outcome
from evaluatie.stats.prediction import predict_new
from evaluatie.stats.student import critical_value

__all__ = ["Across", "across"]


@dataclass(frozen=True, eq=False)
class Across:
    """The effect over several elections, fractions of ballots, per voter.

    Attributes
    ----------
    table
        A row per election: election, low, high (the estimate, or its bounds), std_error,
        conf_low, conf_high, n_treated, n_comparison.
    low, high
        Bounds of the mean; the same where every election has an estimate.
    conf_low, conf_high
        Interval of the mean at elections like these: the outer ends over all bounds.
    pred_low, pred_high
        Interval of the effect at one more election.
    tau
        Largest standard deviation between elections over all bounds.
    assumptions
        Those of every election.
    """

    table: pd.DataFrame
    low: float
    high: float
    conf_low: float
    conf_high: float
    pred_low: float
    pred_high: float
    tau: float
    assumptions: tuple[str, ...]


def across(results: Results, outcome: Outcome, *, alpha: float | None = None) -> Across:
    """Combine the effects of all elections with the new ballot; ``alpha`` is the plan's by default.

    Raises
    ------
    EstimationError
        If fewer than three elections have an effect.
    """
    plan = results.design
    rows: list[dict[str, Any]] = []
    assumptions: list[str] = []
    for election in plan.new_ballot:
        if election not in results.elections:
            continue
        method = (plan.raw["inference"]["primary_model"],)
        try:
            made = effect(results, election, outcome, methods=method, alpha=alpha)
        except EstimationError:
            continue
        row = pooled(made).iloc[0]
        bounded = pd.isna(row["estimate"])
        low, high = (row[f"bound_{end}"] if bounded else row["estimate"] for end in ("low", "high"))
        kept = ["std_error", "conf_low", "conf_high", "n_treated", "n_comparison"]
        rows.append(
            {"election": election, "low": low, "high": high, **{name: row[name] for name in kept}}
        )
        assumptions += made.assumptions
    if len(rows) < 3:
        raise EstimationError(
            "fewer than three elections have an effect: how elections differ is unknown",
            rule="elections >= 3",
            value=len(rows),
        )
    table = pd.DataFrame(rows)
    level = plan.alpha if alpha is None else alpha
    corners = [
        predict_new(corner, table["std_error"].astype(float) ** 2, alpha=level)
        for corner in itertools.product(*zip(table["low"], table["high"], strict=True))
    ]
    reach = critical_value(level, len(table) - 1.0)
    return Across(
        table=table,
        low=float(table["low"].mean()),
        high=float(table["high"].mean()),
        conf_low=min(each.conf_low for each in corners),
        conf_high=max(each.conf_high for each in corners),
        pred_low=min(each.estimate - reach * each.pred_error for each in corners),
        pred_high=max(each.estimate + reach * each.pred_error for each in corners),
        tau=max(math.sqrt(each.tau2) for each in corners),
        assumptions=("elections-alike", *dict.fromkeys(assumptions)),
    )
