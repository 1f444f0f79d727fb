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

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import show
from evaluatie.answers.effect.methods import estimate_rows
from evaluatie.answers.effect.problem import NUMBERS, Problem, Row
from evaluatie.answers.statement import Statement, on_provisional
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Question

CHECKS = ("new", "time", "outcome", "reversal")
_METHODS = ("variance-weighted t", "randomization by re-assignment")


def placebos(results: Results) -> Answer:
    """Run the checks that the plan lists, on its outcome; refused if none of them can be made.

    The table (:data:`show.PLACEBOS`) has a row per check of :data:`CHECKS` and pair of elections,
    per voter: by the variance-weighted t, and by re-assignment (p_design, design).
    """
    plan = results.counted_plan
    question = Question.of(plan, vintage=results.vintage)
    rows = [_row(check, results, question) for check in _checks(results)]
    known = [row for row in rows if math.isfinite(row.get("estimate", math.nan))]
    if not known:
        raise EstimationError("no check can be made with these counts", rule="known counts")
    table = pd.DataFrame(rows)
    return Answer(
        table=table,
        columns=show.PLACEBOS,
        statements=tuple(_said(known)),
        assumptions=(
            *("parallel-trends", "variance-model", "exchangeable-strata"),
            *on_provisional(table["vintage"]),
        ),
        seed=plan.seed("randomization"),
        sources=results.sources,
    )


def _said(known: Sequence[Row]) -> Iterator[Statement]:
    """Say what every kind of check shows."""
    for check in CHECKS:
        rows = [row for row in known if row["check"] == check]
        parts = [
            Statement("effect.placebo_row", {**row, "pair": f"{row['baseline']}–{row['election']}"})
            for row in rows
        ]
        if rows:
            about = {"outcome": f"@common.{rows[0]['outcome']}", "who": rows[0]["who"]}
            yield Statement(f"effect.placebo_{check}", {"rows": parts, **about})


_Check = tuple[str, str, str, str, tuple[str, ...]]
"""Kind, election, baseline, outcome, and codes as if treated."""


def _checks(results: Results) -> Iterator[_Check]:
    plan, present = results.counted_plan, set(results.elections)
    listed, outcome = plan.raw["placebo"], plan.primary_outcome
    first = next(iter(plan.history.values()), ())
    latest = next(reversed(list(plan.history)), None)
    new = tuple(c for c in plan.treated(latest) if plan.exposure(c, latest) == 1) if latest else ()
    for kind, treated in (("new", new), ("time", first)):
        for election, baseline in listed[kind]:
            if treated and {election, baseline} <= present:
                yield kind, election, baseline, outcome, treated
    for election, treated in plan.new_ballot.items():
        base = plan.election(election).baseline
        if base is None or not {election, base} <= present:
            continue
        yield "outcome", election, base, str(listed["outcome"]), treated
        back = tuple(
            code for code in plan.municipalities if plan.group(code, election) == "reversal"
        )
        if back:
            yield "reversal", election, base, outcome, back


def _row(check: _Check, results: Results, question: Question) -> Row:
    kind, election, baseline, outcome, treated = check
    names = results.counted_plan.municipalities
    row = {
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
        (model, design), _ = estimate_rows(problem, _METHODS)
    except EstimationError as refusal:
        return {**row, "note": str(refusal), "reason": refusal.rule or ""}
    return {
        **row,
        **{name: model[name] for name in (*NUMBERS, "n_treated", "n_comparison", "vintage")},
        "p_design": design["p_value"],
        "design_low": design["conf_low"],
        "design_high": design["conf_high"],
        "note": design["note"],
        "reason": design["reason"],
    }
