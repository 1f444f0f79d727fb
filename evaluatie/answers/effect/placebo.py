"""Checks of the design: where nothing should be found, is nothing found?

``new``
    The municipalities that are new at the latest election, as if treated at pairs of elections
    when they still had the usual ballot. Only these had no reason at all to differ: the others
    were chosen for the experiment before.
``time``
    The municipalities of the experiment as if treated at earlier pairs of elections.
``outcome``
    Turnout, which the ballot cannot change much, at the elections with the new ballot.
``reversal``
    A municipality back to the usual ballot, as if treated: its change since before the
    experiment should be like that of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import show
from evaluatie.answers.effect.methods import estimate_rows
from evaluatie.answers.effect.problem import Problem
from evaluatie.answers.statement import Statement, on_provisional
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import WEIGHTS, Question

CHECKS = ("new", "time", "outcome", "reversal")


def placebos(
    results: Results,
    outcome: str = "invalid",
    *,
    vintage: str | None = None,
    seed: int | None = None,
    alpha: float | None = None,
) -> Answer:
    """Run the checks that the plan lists; refused if none of them can be made.

    The table (:data:`show.PLACEBOS`) has a row per check of :data:`CHECKS`, pair of elections and
    weighting: by the variance-weighted t, and by re-assignment (p_design, design).
    """
    plan = results.counted_plan
    question = Question.of(
        plan,
        outcome=outcome,
        vintage=results.vintage if vintage is None else vintage,
        alpha=alpha,
        seed=seed,
    )
    table = pd.DataFrame(
        [
            _row(check, results, replace(question, weights=weights))
            for check in _checks(results, question.outcome)
            for weights in WEIGHTS
        ]
    )
    if "estimate" not in table or table["estimate"].isna().all():
        raise EstimationError("no check can be made with these counts", rule="known counts")
    return Answer(
        table=table,
        columns=show.PLACEBOS,
        statements=tuple(_said(table)),
        assumptions=(
            *("parallel-trends", "variance-model", "exchangeable-strata"),
            *on_provisional(table["vintage"]),
        ),
        seed=plan.seed("randomization") if seed is None else seed,
        sources=results.sources,
    )


def _said(table: pd.DataFrame) -> Iterator[Statement]:
    """Say what every kind of check shows, per voter."""
    known = table[(table["weights"] == "voters") & table["estimate"].notna()]
    for check in CHECKS:
        rows = known[known["check"] == check].to_dict(orient="records")
        if rows:
            parts = [
                Statement(
                    "effect.placebo_row", {**row, "pair": f"{row['baseline']}–{row['election']}"}
                )
                for row in rows
            ]
            about = {"outcome": f"@common.{rows[0]['outcome']}", "who": rows[0]["who"]}
            yield Statement(f"effect.placebo_{check}", {"rows": parts, **about})


_Check = tuple[str, str, str, str, tuple[str, ...]]
"""Kind, election, baseline, outcome, and codes as if treated."""


def _checks(results: Results, outcome: str) -> Iterator[_Check]:
    plan = results.counted_plan
    present = set(results.elections)
    first = next(iter(plan.history.values()), ())
    latest = next(reversed(list(plan.history)), None)
    new = tuple(c for c in plan.treated(latest) if plan.exposure(c, latest) == 1) if latest else ()
    for kind, treated in (("new", new), ("time", first)):
        for election, baseline in plan.raw["placebo"][kind]:
            if treated and {election, baseline} <= present:
                yield kind, election, baseline, outcome, treated
    for election, treated in plan.new_ballot.items():
        base = plan.election(election).baseline
        if base is None or not {election, base} <= present:
            continue
        yield "outcome", election, base, str(plan.raw["placebo"]["outcome"]), treated
        back = tuple(
            code for code in plan.municipalities if plan.group(code, election) == "reversal"
        )
        if back:
            yield "reversal", election, base, outcome, back


def _row(check: _Check, results: Results, question: Question) -> dict[str, Any]:
    kind, election, baseline, outcome, treated = check
    names = results.counted_plan.municipalities
    row: dict[str, Any] = {
        "check": kind,
        "election": election,
        "baseline": baseline,
        "outcome": outcome,
        "weights": question.weights,
        "who": ", ".join(sorted(names.get(code, code) for code in treated)),
    }
    asked = replace(question, outcome=outcome)
    try:
        problem = Problem.of(results, election, asked, baseline=baseline, treated=treated)
        (model, design), _, _ = estimate_rows(
            problem, ("variance-weighted t", "randomization by re-assignment")
        )
    except EstimationError as refusal:
        return {**row, "note": str(refusal), "reason": refusal.rule or ""}
    by_model = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]
    by_model += ["n_treated", "n_comparison", "vintage"]
    return {
        **row,
        **{name: model[name] for name in by_model},
        "p_design": design["p_value"],
        "design_low": design["conf_low"],
        "design_high": design["conf_high"],
        "note": design["note"],
        "reason": design["reason"],
    }
