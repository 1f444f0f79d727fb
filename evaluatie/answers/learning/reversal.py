"""A municipality that went back to the usual ballot: does its share go back too?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.learning.excess import Scene, excess_at
from evaluatie.answers.learning.result import Statement, tidy
from evaluatie.ground.errors import EstimationError

__all__ = ["reversal"]


def reversal(scene: Scene) -> tuple[pd.DataFrame, pd.DataFrame, list[Statement]]:
    """Return what is left of the excess after the return, per municipality.

    The interval is that of a prediction: what one municipality that always had the usual
    ballot could have shown, τ² + φ v, with the uncertainty of the comparison mean.

    Raises
    ------
    EstimationError
        If no municipality went back, or none of those has counts.
    """
    choices = scene.choices
    plan = choices.plan
    rows: list[dict[str, Any]] = []
    said: list[Statement] = []
    for election, entry in plan.elections.items():
        returned = [
            code
            for code in plan.municipalities
            if plan.exposure(code, election) > 0 and code not in plan.treated(election)
        ]
        if entry.baseline is None or not returned:
            continue
        known = _counted(scene, election, returned)
        for code in known:
            left = excess_at(scene, election, treated=[code])
            now = left.pooled([code])
            low, high = now.interval(choices.alpha)
            last = _last_use(scene, code, election)
            rows.append(
                {
                    "what": "excess after return",
                    "unit": code,
                    "municipality": plan.municipalities.get(code, code),
                    "from_election": None if last is None else last[0],
                    "to_election": election,
                    "from_use": plan.exposure(code, election),
                    "scale": "points",
                    "estimate": now.estimate,
                    "std_error": math.sqrt(now.variance),
                    "conf_low": low,
                    "conf_high": high,
                    "p_value": now.p_value,
                    "df": now.df,
                    "method": "variance-weighted t",
                    "role": "primary",
                    "basis": "counts",
                    "n_units": 1,
                    "n_comparison": left.fit.n,
                    "vintage": left.vintage_of([code]),
                    "before": float(left.share_before[0]),
                    "after": float(left.share[0]),
                    "with_new_ballot": math.nan if last is None else last[1],
                }
            )
            said.append(_said(rows[-1]))
    if not rows:
        raise EstimationError(
            "no municipality that went back to the usual ballot has counts", rule="reversal counted"
        )
    table = tidy(rows, "reversal", choices.outcome)
    extra = pd.DataFrame(rows)[["before", "after", "with_new_ballot"]]
    table = pd.concat([table, extra], axis=1)
    return table, table, said


def _counted(scene: Scene, election: str, codes: list[str]) -> list[str]:
    shares = scene.aligned(election).shares(scene.choices.outcome, scene.choices.vintage)
    base = scene.choices.plan.election(election).baseline
    best = scene.aligned(election).shares(scene.choices.outcome, "best")
    after = shares[(shares["election"] == election) & shares["share"].notna()]
    before = best[(best["election"] == base) & best["share"].notna()]
    both = set(after["municipality_code"]) & set(before["municipality_code"])
    return [code for code in codes if code in both]


def _last_use(scene: Scene, code: str, election: str) -> tuple[str, float] | None:
    """Return the latest earlier election at which the excess of a municipality was counted."""
    plan = scene.choices.plan
    until = plan.election(election).date
    for name in reversed(list(plan.new_ballot)):
        if plan.election(name).date < until and code in scene.observed(name):
            excess = scene.excess(name)
            at = int(np.flatnonzero(np.asarray(excess.codes) == code)[0])
            return name, float(excess.values[at])
    return None


def _said(row: dict[str, Any]) -> Statement:
    names = ("municipality", "to_election", "estimate", "conf_low", "conf_high", "before", "after")
    values = {name: row[name] for name in names}
    values |= {"vintage": f"@common.{row['vintage']}", "n_comparison": row["n_comparison"]}
    inside = float(row["conf_low"]) <= 0 <= float(row["conf_high"])
    if row["from_election"] is None:
        return Statement("reversal_back" if inside else "reversal_not_back", values)
    values |= {"from_election": row["from_election"], "with_new_ballot": row["with_new_ballot"]}
    # Back at the old level, and too far from the last excess to be still there?
    still = float(row["with_new_ballot"]) <= float(row["conf_high"])
    if not inside:
        return Statement("reversal_not_back", values)
    return Statement("reversal_undecided" if still else "reversal_back", values)
