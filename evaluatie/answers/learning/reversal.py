"""A municipality that went back to the usual ballot: does its share go back too?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Statement
from evaluatie.answers.baselines import counted_at
from evaluatie.answers.effect.problem import Problem
from evaluatie.answers.learning.excess import aligned, excess_at, observed
from evaluatie.answers.learning.table import Estimated, Row, tidy
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Question

__all__ = ["reversal"]

_NUMBERS = ("estimate", "std_error", "conf_low", "conf_high", "p_value", "df", "n_comparison")


def reversal(results: Results, question: Question) -> Estimated:
    """Return what is left of the excess after the return, per municipality.

    The interval is that of a prediction: what one municipality that always had the usual
    ballot could have shown, τ² + φ v, with the uncertainty of the comparison mean.

    Raises
    ------
    EstimationError
        If no municipality went back, or none of those has counts.
    """
    plan = results.design
    rows: list[Row] = []
    said: list[Statement] = []
    for election, entry in plan.elections.items():
        returned = [
            code
            for code in plan.municipalities
            if plan.exposure(code, election) > 0 and code not in plan.treated(election)
        ]
        if entry.baseline is None or not returned:
            continue
        pair = aligned(results, election)
        after = counted_at(pair, election, question.outcome, question.vintage).index
        before = counted_at(pair, entry.baseline, question.outcome, "best").index
        for code in (code for code in returned if code in after and code in before):
            left = excess_at(results, question, election, (code,))
            # The same test as the effect's, so that one quantity has one interval.
            now = Problem.of(results, left.table, question, by_unit=False).t_test()
            last = _last_use(results, question, code, election)
            rows.append(
                {
                    "what": "excess after return",
                    "unit": code,
                    "municipality": plan.municipalities.get(code, code),
                    "from_election": None if last is None else last[0],
                    "to_election": election,
                    "from_use": plan.exposure(code, election),
                    "scale": "points",
                    **{name: getattr(now, name) for name in _NUMBERS},
                    "method": "variance-weighted t",
                    "role": "primary",
                    "basis": "counts",
                    "n_units": 1,
                    "vintage": left.vintage_of([code]),
                    "before": float(left.share_before[0]),
                    "after": float(left.share[0]),
                    "with_new_ballot": math.nan if last is None else last[1],
                }
            )
            said.append(_said(rows[-1], question.outcome))
    if not rows:
        raise EstimationError(
            "no municipality that went back to the usual ballot has counts", rule="reversal counted"
        )
    table = tidy(rows, "reversal", question.outcome)
    extra = pd.DataFrame(rows)[["before", "after", "with_new_ballot"]]
    table = pd.concat([table, extra], axis=1)
    return Estimated(table, table, said)


def _last_use(
    results: Results, question: Question, code: str, election: str
) -> tuple[str, float] | None:
    """Return the latest earlier election at which the excess of a municipality was counted."""
    plan = results.design
    until = plan.election(election).date
    for name in reversed(list(plan.new_ballot)):
        if plan.election(name).date < until and code in observed(results, question, name):
            excess = excess_at(results, question, name)
            at = int(np.flatnonzero(np.asarray(excess.codes) == code)[0])
            return name, float(excess.values[at])
    return None


def _said(row: Row, outcome: str) -> Statement:
    names = ("municipality", "to_election", "estimate", "conf_low", "conf_high", "before", "after")
    values = {name: row[name] for name in names} | {"outcome": f"@common.{outcome}"}
    values |= {"vintage": f"@common.{row['vintage']}", "n_comparison": row["n_comparison"]}
    inside = float(row["conf_low"]) <= 0 <= float(row["conf_high"])
    key = "back" if inside else "not_back"
    if row["from_election"] is not None:
        values |= {name: row[name] for name in ("from_election", "with_new_ballot")}
        # Back at the old level, and too far from the last excess to be still there?
        if inside and float(row["with_new_ballot"]) <= float(row["conf_high"]):
            key = "undecided"
    return Statement(f"learning.reversal_{key}", values)
