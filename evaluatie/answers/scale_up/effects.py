"""Effects per municipality, and the ballots of the whole country."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.effect.problem import Problem
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design, Question


@dataclass(frozen=True, eq=False)
class MunicipalEffects:
    """One effect per municipality with the new ballot.

    Attributes
    ----------
    frame
        municipality_code, municipality, use, effect (fraction of ballots), variance (known:
        what changes in comparison municipalities vary by), ballots.
    shared_variance
        Variance of the comparison mean, which all effects share.
    vintages
        Of the counts at election and baseline.
    sources
        Ids of the sources.
    n_comparison
        Comparison municipalities.
    """

    frame: pd.DataFrame
    shared_variance: float
    vintages: tuple[str, ...]
    sources: tuple[str, ...]
    n_comparison: int


def municipal_effects(
    results: Results,
    election: str,
    outcome: str,
    *,
    comparison: str | Sequence[str] = "all",
    vintage: str = "best",
) -> MunicipalEffects:
    """Effect in each municipality: its change minus the comparison mean, per voter.

    The variance of an effect is what an untreated municipality of that size would vary by,
    ``tau2 + phi v`` of the comparison changes (Spiegelhalter 2005 and others: see
    :mod:`evaluatie.stats.changes`), so that only what effects vary beyond it counts as spread.

    Raises
    ------
    EstimationError
        As :func:`evaluatie.answers.effect.changes_of`.
    """
    plan = results.counted_plan
    question = Question.of(plan, outcome=outcome, vintage=vintage, comparison=comparison)
    problem = Problem.of(results, election, question)
    table, s, fit = problem.table, problem.scaled, problem.scaled.fit
    treated, others = s.treated, ~s.treated
    weight = s.weight[others] / s.weight[others].sum()
    effect = s.y[treated] - weight @ s.y[others]
    # A higher share also has more counting noise.
    noise = s.v[treated] + s.slope[treated] * np.maximum(effect, 0)
    return MunicipalEffects(
        frame=pd.DataFrame(
            {
                "municipality_code": table.compared["municipality_code"][treated],
                "municipality": table.compared["municipality"][treated],
                "use": table.compared["plan_group"][treated],
                "effect": effect,
                "variance": fit.variance(noise),
                "ballots": s.weight[treated].astype("int64"),
            }
        ),
        shared_variance=float(weight**2 @ fit.variance(s.v[others])),
        vintages=tuple(sorted(frozenset().union(*table.vintages))),
        sources=table.sources,
        n_comparison=int(others.sum()),
    )


def national_ballots(results: Results, election: str) -> pd.DataFrame:
    """Return the ballots of every municipality that could use the new ballot.

    Where only valid votes are known, ballots are these times the ratio of ballots to valid
    votes in the municipalities with the usual ballot where both are known.

    Returns
    -------
    pandas.DataFrame
        municipality_code, ballots, estimated.

    Raises
    ------
    EstimationError
        If no municipality has known ballots.
    """
    plan = results.counted_plan
    rows = results.rows[results.rows["election"] == election]
    codes = rows["municipality_code"].tolist()
    excluded = [plan.excluded(code, election) is not None for code in codes]
    kept = rows[~np.array(excluded, dtype=bool) | _experiment(rows, election, plan)]
    first = kept.assign(_official=kept["vintage"] == "official").sort_values(
        "_official", ascending=False, kind="stable"
    )
    by_code = first.groupby("municipality_code")[["ballots", "valid"]].first().astype("Float64")
    both = by_code.dropna()
    usual = both[~both.index.isin(plan.treated(election))]
    if usual.empty:
        raise EstimationError(
            "no municipality has a known number of ballots", unit=election, rule="ballots known"
        )
    # Both numbers of one row: an official and a provisional one do not make a ratio.
    pairs = kept.dropna(subset=["ballots", "valid"])
    pairs = pairs[~pairs["municipality_code"].isin(plan.treated(election))]
    ratio = float(pairs["ballots"].sum()) / float(pairs["valid"].sum())
    estimated = by_code["ballots"].isna() & by_code["valid"].notna()
    ballots = by_code["ballots"].fillna(by_code["valid"] * ratio)
    return (
        pd.DataFrame({"ballots": ballots, "estimated": estimated})
        .dropna()
        .astype({"ballots": "float64", "estimated": "bool"})
        .reset_index()
    )


def _experiment(rows: pd.DataFrame, election: str, plan: Design) -> Any:
    # A municipality that went back to the usual ballot is no comparison, but it has voters.
    codes = rows["municipality_code"].tolist()
    return np.array([plan.exposure(code, election) > 0 for code in codes], dtype=bool)


def has_effects(results: Results, election: str, plan: Design) -> bool:
    """Tell whether a municipality with the new ballot has counts, and the baseline rows."""
    rows = results.rows[results.rows["election"] == election]
    treated = rows[rows["municipality_code"].isin(plan.treated(election))]
    base = plan.election(election).baseline in results.elections
    return bool(base and treated[["invalid", "rejected"]].notna().any(axis=None))
