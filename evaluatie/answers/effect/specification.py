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
from dataclasses import replace
from typing import Any

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.columns import POOLED
from evaluatie.answers.effect import show
from evaluatie.answers.effect.methods import estimate_rows
from evaluatie.answers.effect.problem import Problem
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

_VINTAGES = ("official", "provisional")


def specification_curve(
    results: Results,
    election: str,
    *,
    outcomes: Sequence[str] | None = None,
    scales: Sequence[str] = SCALES,
    weights: Sequence[str] = WEIGHTS,
    comparisons: Sequence[Comparison] = COMPARISONS,
    vintages: Sequence[str] = _VINTAGES,
    methods: Sequence[str] = SPECIFIED_METHODS,
    seed: int | None = None,
    alpha: float | None = None,
) -> Answer:
    """Estimate the effect at one election in every combination of choices.

    Asked as :func:`evaluatie.answers.effect.effect`, with several choices of each; the outcomes are
    those of the plan by default. The table (:data:`show.SPECIFICATION`) numbers the combinations,
    method included, and marks that of the plan. One that cannot be estimated keeps its row, without
    numbers and with the reason.
    """
    plan = results.counted_plan
    chosen = plan.outcomes if outcomes is None else tuple(outcomes)
    base = str(plan.election(election).baseline)
    rows: list[dict[str, Any]] = []
    keys: dict[str, None] = {}
    sources: set[str] = set()
    for outcome, vintage, rule in itertools.product(chosen, vintages, comparisons):
        question = Question.of(
            plan, outcome=outcome, vintage=vintage, comparison=rule, alpha=alpha, seed=seed
        )
        name = rule if isinstance(rule, str) else "list"
        common = {"outcome": outcome, "election": election, "comparison": name}
        common |= {"vintage": vintage, "baseline": base}
        for scale, weighting in itertools.product(scales, weights):
            asked = replace(question, scale=scale, weights=weighting)
            try:
                problem = Problem.of(results, election, asked)
                made, assumed, _ = estimate_rows(problem, methods)
            except EstimationError as refusal:
                cells = {"scale": scale, "weights": weighting, "note": str(refusal)}
                cells["reason"] = refusal.rule or ""
                rows += [{**common, **cells, "method": m} for m in methods]
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
        seed=plan.seed("randomization") if seed is None else seed,
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


def _finished(rows: list[dict[str, Any]], plan: Design) -> pd.DataFrame:
    columns = [name for name in c.names_of(show.SPECIFICATION) if name not in ("spec", "primary")]
    table = pd.DataFrame(rows).reindex(columns=columns)
    # An open end of an interval is empty, as in JSON.
    numbers = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]
    table[numbers] = table[numbers].astype("float64").replace([math.inf, -math.inf], math.nan)
    primary = (
        (table["outcome"] == plan.primary_outcome)
        & (table["scale"] == "points")
        & (table["weights"] == "voters")
        & (table["comparison"] == "all")
        & (table["method"] == plan.raw["inference"]["primary_model"])
        & table["estimate"].notna()
    )
    # The plan takes the official count where there is one.
    official = primary & (table["vintage"] == "official")
    primary = official if official.any() else primary
    table.insert(0, "spec", range(len(table)))
    table.insert(1, "primary", primary)
    return table
