"""Synthetic control and synthetic difference in differences, as robustness checks.

With two or three earlier elections placebo tests of the synthetic control reject a true null
far too often (up to 40% at four periods): no conclusion rests on these rows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from evaluatie.answers.effect.earlier import known_earlier
from evaluatie.answers.effect.methods import Row
from evaluatie.stats.estimates import Estimate
from evaluatie.stats.synthetic import (
    Method,
    PlaceboTest,
    SyntheticEstimate,
    each_treated,
    panel,
    placebo_test,
    synthetic_control,
    synthetic_did,
)

if TYPE_CHECKING:
    from evaluatie.answers.effect.analyse import Problem

__all__ = ["synthetic_rows"]

_DRAWS = 200


def synthetic_rows(problem: Problem, which: str) -> list[Row]:
    """Estimate pooled, with placebo-based uncertainty, and per treated municipality.

    Parameters
    ----------
    which
        ``control`` or ``did``.

    Raises
    ------
    EstimationError
        Without earlier elections, or where a treated municipality lacks one.
    """
    earlier, known = known_earlier(problem)
    s = problem.scaled
    shares = earlier.count[known] / earlier.ballots[known]
    treated, n_pre = s.treated[known], shares.shape[1] - 1
    data = panel(shares, treated, n_pre, s.weight[known][treated])
    method: Method = synthetic_control if which == "control" else synthetic_did
    made = method(data)
    placebo = placebo_test(
        data, method, draws=_DRAWS, seed=problem.seed("bootstrap"), alpha=problem.alpha
    )
    rows = [Row(_estimate(made, problem, placebo), extra={"pre_rmse": made.pre_rmse})]
    codes = [code for code, kept in zip(problem.codes, s.treated & known, strict=True) if kept]
    for code, each in zip(codes, each_treated(shares, treated, n_pre, method), strict=True):
        rows.append(
            Row(_estimate(each, problem, None), unit=code, extra={"pre_rmse": each.pre_rmse})
        )
    return rows


def _estimate(made: SyntheticEstimate, problem: Problem, placebo: PlaceboTest | None) -> Estimate:
    return Estimate(
        estimate=made.estimate,
        std_error=math.nan if placebo is None else placebo.std_error,
        conf_low=math.nan if placebo is None else placebo.low,
        conf_high=math.nan if placebo is None else placebo.high,
        p_value=math.nan if placebo is None else placebo.p_value,
        df=math.nan,
        method=made.method,
        n_treated=made.n_treated,
        n_comparison=made.n_comparison,
        alpha=problem.alpha,
    )
