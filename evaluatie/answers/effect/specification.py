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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.analysis import Analysis
from evaluatie.answers.comparison import RULES
from evaluatie.answers.effect.changes import change_table
from evaluatie.answers.effect.estimation import estimate_rows, problem_of
from evaluatie.answers.effect.problem import POOLED
from evaluatie.answers.effect.scales import SCALES, WEIGHTS
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.words import say
from evaluatie.plan import Design

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SPECIFIED_METHODS", "SpecificationResult", "specification_curve"]

SPECIFIED_METHODS = (
    "variance-weighted t",
    "randomization by re-assignment",
    "precision-weighted t",
    "conley-taber",
    "ferman-pinto",
)
"""Methods of the curve; those that are refused with few treated are left to the main table."""

_VINTAGES = ("official", "provisional")


@dataclass(frozen=True, kw_only=True, eq=False)
class SpecificationResult(Analysis):
    """All specifications of one election; see :func:`specification_curve`."""

    election: str
    outcome: str
    alpha: float

    def chosen(self, scale: str = "points", outcome: str | None = None) -> pd.DataFrame:
        """Return the estimates of one scale and outcome, sorted, one row per specification."""
        rows = self.table[
            (self.table["scale"] == scale)
            & (self.table["outcome"] == (outcome or self.outcome))
            & self.table["estimate"].notna()
        ]
        return rows.sort_values(["estimate", "spec"], ignore_index=True)

    def sentence(self, lang: str = "nl") -> str:
        """Say how far the estimates of the primary outcome run, and how many exclude zero."""
        rows = self.chosen()
        if rows.empty:
            return say("effect.specification_none", lang, election=self.election)
        away = (rows["conf_low"] > 0) | (rows["conf_high"] < 0)
        return say(
            "effect.specification",
            lang,
            election=self.election,
            outcome=say(f"common.{self.outcome}", lang),
            n=len(rows),
            low=rows["estimate"].min(),
            high=rows["estimate"].max(),
            median=rows["estimate"].median(),
            away=int(away.sum()),
        )

    def plot(self, lang: str = "nl") -> Figure:
        """Draw the curve of the primary outcome in points, with its choices below it."""
        from evaluatie.answers.plots.effect_checks import specification_curve as draw

        return draw(self.table, lang, outcome=self.outcome)


def specification_curve(
    results: Results,
    election: str,
    *,
    outcomes: Sequence[str] | None = None,
    scales: Sequence[str] = SCALES,
    weights: Sequence[str] = WEIGHTS,
    comparisons: Sequence[str | Sequence[str]] = RULES,
    vintages: Sequence[str] = _VINTAGES,
    methods: Sequence[str] = SPECIFIED_METHODS,
    design: Design | None = None,
    covariates: pd.DataFrame | None = None,
    seed: int | None = None,
    alpha: float | None = None,
    data: Path | str | None = None,
) -> SpecificationResult:
    """Estimate the effect at one election in every combination of choices.

    Parameters
    ----------
    results, election, design, covariates, seed, alpha, data
        As in :func:`evaluatie.answers.effect.effect`.
    outcomes, scales, weights, comparisons, vintages, methods
        Choices to combine; outcomes are those of the plan by default.

    Returns
    -------
    SpecificationResult
        ``table``: spec (number of the combination, method included), primary (whether it is
        the plan's own), outcome, election, baseline, scale, weights, comparison, vintage,
        baseline_vintage, method, estimate, conf_low, conf_high, p_value, n_treated,
        n_comparison, note, reason. A combination that cannot be estimated keeps its row, without
        numbers and with the reason.

    Raises
    ------
    UnknownNameError
        For an unknown election, outcome, scale, weighting, comparison rule or method.
    """
    plan = design or results.design
    entry = plan.election(election)
    chosen = plan.outcomes if outcomes is None else tuple(outcomes)
    about = results.beside(data).table("covariates") if covariates is None else covariates
    base = str(entry.baseline)
    level = plan.alpha if alpha is None else alpha
    rows: list[dict[str, Any]] = []
    keys: dict[str, None] = {}
    sources: set[str] = set()
    for outcome, vintage, rule in itertools.product(chosen, vintages, comparisons):
        name = rule if isinstance(rule, str) else "list"
        common = {"outcome": outcome, "election": election, "comparison": name}
        common |= {"vintage": vintage, "baseline": base}
        try:
            table = change_table(
                results,
                election,
                outcome,
                plan=plan,
                vintage=vintage,
                comparison=rule,
                covariates=about,
            )
        except EstimationError as refusal:
            rows += [
                {**common, "scale": s, "weights": w, "method": m, **_why(refusal)}
                for s, w, m in itertools.product(scales, weights, methods)
            ]
            continue
        for scale, weighting in itertools.product(scales, weights):
            try:
                problem = problem_of(
                    table,
                    results,
                    weights=weighting,
                    scale=scale,
                    plan=plan,
                    vintage=vintage,
                    seed=seed,
                    alpha=level,
                    by_unit=False,
                )
                made, assumed, _ = estimate_rows(table, problem, methods)
            except EstimationError as refusal:
                cells = {"scale": scale, "weights": weighting, **_why(refusal)}
                rows += [{**common, **cells, "method": m} for m in methods]
                continue
            rows += [row for row in made if row["unit"] == POOLED]
            keys |= dict.fromkeys(assumed)
            sources |= set(table.sources)
    return SpecificationResult(
        table=_finished(rows, plan),
        assumptions=("specifications-share-data", *keys),
        seed=plan.seed("randomization") if seed is None else seed,
        sources=tuple(sorted(sources)),
        election=election,
        outcome=plan.primary_outcome,
        alpha=level,
    )


def _why(refusal: EstimationError) -> dict[str, str]:
    return {"note": str(refusal), "reason": refusal.rule or ""}


def _finished(rows: list[dict[str, Any]], plan: Design) -> pd.DataFrame:
    columns = ["outcome", "election", "baseline", "scale", "weights", "comparison", "vintage"]
    columns += ["baseline_vintage", "method", "estimate", "std_error", "conf_low", "conf_high"]
    columns += ["p_value", "n_treated", "n_comparison", "note", "reason"]
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
    table.insert(0, "spec", range(len(table)))
    table.insert(1, "primary", primary)
    return table
