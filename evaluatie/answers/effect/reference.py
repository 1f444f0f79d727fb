"""The printed share of unnamed reference municipalities: how unusual would it be?

The official evaluation compared the experiment with "reference municipalities" whose names it
did not print. Every group of that size that could have been chosen has a pooled share of its
own; where the printed share lies among them tells how much of the printed contrast the choice
of reference can have made.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from evaluatie.answers.comparison import (
    NEAREST,
    RULES,
    ExtremenessResult,
    candidate_shares,
    comparison_group,
    nearest,
    reference_extremeness,
)
from evaluatie.answers.effect.changes import characteristics
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, printed_interval
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design

__all__ = ["reference_groups"]


def reference_groups(
    results: Results,
    election: str = "TK2025",
    outcome: str = "invalid",
    *,
    design: Design | None = None,
    data: Path | str | None = None,
    seed: int | None = None,
) -> ExtremenessResult:
    """Place the printed share of the reference municipalities among all groups of that size.

    Returns
    -------
    ExtremenessResult
        See :func:`evaluatie.answers.comparison.reference_extremeness`.

    Raises
    ------
    EstimationError
        If no share of reference municipalities was printed for the election, or municipal
        counts are unknown.
    """
    plan = design or results.design
    own = results.beside(data)
    printed = _printed(own.table("published_figures"), election)
    treated = plan.treated(election)
    units = candidate_shares(results, election, outcome)
    units = units.assign(treated=units["municipality_code"].isin(treated))
    if units.empty:
        raise EstimationError("no municipal counts", unit=election, rule="known counts")
    covariates = own.table("covariates")
    numbers = characteristics(
        results,
        outcome,
        plan,
        covariates,
        base=str(plan.election(election).baseline),
        units=treated,
    )
    provinces = dict(zip(covariates["municipality_code"], covariates["province"], strict=True))
    groups = {
        rule: comparison_group(
            rule, units, election, characteristics=numbers, provinces=provinces, design=plan
        )
        for rule in RULES
    }
    candidates = units[units["municipality_code"].isin(groups["all"].codes)]
    first = plan.seed("randomization") if seed is None else seed
    return reference_extremeness(
        units,
        {rule: group.codes for rule, group in groups.items()},
        nearest(units[units["treated"]], candidates, numbers, NEAREST),
        printed,
        election=election,
        outcome=outcome,
        draws=int(plan.raw["inference"]["draws"]),
        seed=first,
        sources=(*results.where(election).sources, "published-figures"),
    )


def _printed(figures: pd.DataFrame, election: str) -> Interval:
    here = figures[
        (figures["election"] == election)
        & (figures["measure"] == "invalid share")
        & figures["scope"].str.startswith("reference")
    ]
    if here.empty:
        raise EstimationError(
            "no share of reference municipalities was printed", unit=election, rule="printed share"
        )
    row = here.iloc[0]
    return printed_interval(float(row["value"]), int(row["decimals"]), unit=0.01)
