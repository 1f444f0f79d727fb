"""Specification curve: every defensible way to make the estimate, beside each other.

Simonsohn, Simmons and Nelson (2020, Nature Human Behaviour 4, 1208-1214). A single estimate
rests on choices: which outcome, scale, weights, comparison group, vintage of the counts and
test. The curve shows all combinations, and where the one of the plan stands among them.
Combinations share their data, so that their number is no number of independent confirmations.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.columns import POOLED
from evaluatie.answers.effect import show
from evaluatie.answers.effect.methods import estimate_rows
from evaluatie.answers.effect.problem import NUMBERS, Problem, Row
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import COMPARISONS, SCALES, WEIGHTS, Comparison, Design, Question

SPECIFIED_METHODS = (
    "variance-weighted t",
    "randomization by re-assignment",
    "precision-weighted t",
    "conley-taber",
    "ferman-pinto",
)
"""Methods of the curve; those that are refused with few treated are left to the main table."""


def specification_curve(
    results: Results,
    election: str,
    *,
    outcomes: Sequence[str] | None = None,
    scales: Sequence[str] = SCALES,
    weights: Sequence[str] = WEIGHTS,
    comparisons: Sequence[Comparison] = COMPARISONS,
    vintages: Sequence[str] = ("official", "provisional"),
    methods: Sequence[str] = SPECIFIED_METHODS,
) -> Answer:
    """Estimate the effect at one election in every combination of choices.

    Asked as :func:`evaluatie.answers.effect.effect`, with several choices of each; the outcomes are
    those of the plan by default. The table (:data:`show.SPECIFICATION`) numbers the combinations,
    method included, and marks that of the plan. One that cannot be estimated keeps its row, without
    numbers and with the reason.
    """
    plan = results.counted_plan
    rows: list[Row] = []
    keys: dict[str, None] = {}
    sources: set[str] = set()
    for outcome, vintage, rule, scale, weighting in itertools.product(
        outcomes or plan.outcomes, vintages, comparisons, scales, weights
    ):
        choice: Row = {"outcome": outcome, "vintage": vintage, "scale": scale, "weights": weighting}
        question = Question.of(plan, comparison=rule, **choice)
        try:
            problem = Problem.of(results, election, question)
            made, assumed = estimate_rows(problem, methods)
        except EstimationError as refusal:
            choice |= {"comparison": rule if isinstance(rule, str) else "list"}
            choice |= {"election": election, "baseline": plan.election(election).baseline}
            choice |= {"note": str(refusal), "reason": refusal.rule or ""}
            rows += [{**choice, "method": method} for method in methods]
            continue
        rows += [row for row in made if row["unit"] == POOLED]
        keys |= dict.fromkeys(assumed)
        sources |= set(problem.table.sources)
    table = _finished(rows, plan)
    return Answer(
        table=table,
        columns=show.SPECIFICATION,
        statements=(_said(table, election, plan.primary_outcome),),
        assumptions=("specifications-share-data", *keys),
        seed=plan.seed("randomization"),
        sources=tuple(sorted(sources)),
        draw=show.draw_specification,
    )


def _said(table: pd.DataFrame, election: str, outcome: str) -> Statement:
    """Say how far the estimates in points of one outcome run, and how many exclude zero."""
    mine = (table["scale"] == "points") & (table["outcome"] == outcome)
    rows = table[mine & table["estimate"].notna()]
    if rows.empty:
        return Statement("effect.specification_none", {"election": election})
    away = (rows["conf_low"] > 0) | (rows["conf_high"] < 0)
    return Statement(
        "effect.specification",
        {
            "election": election,
            "outcome": f"@common.{outcome}",
            "n": len(rows),
            "low": rows["estimate"].min(),
            "high": rows["estimate"].max(),
            "median": rows["estimate"].median(),
            "away": int(away.sum()),
        },
    )


def _finished(rows: list[Row], plan: Design) -> pd.DataFrame:
    """Number the combinations, and mark that of the plan: of the official count where it can."""
    table = pd.DataFrame(rows).reindex(columns=c.names_of(show.SPECIFICATION))
    # An open end of an interval is empty, as in JSON.
    table[list(NUMBERS)] = (
        table[list(NUMBERS)].astype("float64").replace([-math.inf, math.inf], math.nan)
    )
    own = Question.of(plan)
    choice = {name: getattr(own, name) for name in ("outcome", "scale", "weights", "comparison")}
    choice["method"] = plan.raw["inference"]["primary_model"]
    primary = (table[list(choice)] == list(choice.values())).all(axis=1) & table["estimate"].notna()
    official = primary & (table["vintage"] == "official")
    return table.assign(spec=range(len(table)), primary=official if official.any() else primary)
