"""Event study: did the treated move with the others before the new ballot came?

Every election of the kind is set against the baseline, in today's municipal division: the
difference, between treated and comparison municipalities, of the change in share since the
baseline. Before the new ballot it should be near zero; that is a check on parallel trends,
not a proof. How far trends may fail before the conclusion falls is bounded after Rambachan
and Roth (2023); see :mod:`evaluatie.stats.sensitivity`.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer, Statement, on_provisional
from evaluatie.answers.baselines import same_division
from evaluatie.answers.effect import show
from evaluatie.answers.effect.changes import changes_of
from evaluatie.answers.effect.pretrends import counts_of, event_problem, pretrends, said
from evaluatie.answers.effect.problem import Problem
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Comparison, Question
from evaluatie.stats.changes import change_in_share, weighted_t
from evaluatie.stats.pretrends import EventChanges
from evaluatie.stats.sensitivity import relative_magnitudes

__all__ = ["MAGNITUDES", "event_study"]

MAGNITUDES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Relative magnitudes of a violation of parallel trends that are reported."""


def event_study(
    results: Results,
    election: str = "TK2025",
    outcome: str = "invalid",
    *,
    weights: str = "voters",
    comparison: Comparison = "all",
    vintage: str | None = None,
    alpha: float | None = None,
) -> Answer:
    """Compare every election of the kind with the baseline, treated against others.

    Parameters
    ----------
    results, election, outcome, weights, comparison, vintage, alpha
        As in :func:`evaluatie.answers.effect.effect`; ballots at ``election`` weigh every row.

    Returns
    -------
    Answer
        ``table``, a row per election: election, baseline, period (``earlier``, ``baseline``,
        ``after``), date, estimate (fraction: difference of the change since the baseline),
        std_error, conf_low, conf_high, p_value, n_treated, n_comparison, missing (treated
        municipalities without comparable counts then), method. In ``parts``: ``bounds`` of
        Rambachan and Roth (magnitude; bound_low, bound_high: identified set; conf_low,
        conf_high; empty where there are no two earlier pairs), and ``breakdown``, the
        smallest magnitude at which the robust interval reaches zero; ``pretrends``, tests of
        the earlier elections (:func:`evaluatie.answers.effect.pretrends.pretrends`).

    Raises
    ------
    EstimationError
        As ``effect``, and where no earlier election of the kind has counts.
    """
    question = Question.of(
        results.design,
        outcome=outcome,
        weights=weights,
        comparison=comparison,
        vintage=results.vintage if vintage is None else vintage,
        alpha=alpha,
    )
    problem = Problem.of(results, changes_of(results, election, question), question)
    plan, present = results.design, set(results.rows["election"])
    now = plan.election(election)
    kind = [
        name
        for name, each in plan.elections.items()
        if each.kind == now.kind and each.date <= now.date and name in present
    ]
    found = [row for i in range(len(kind)) if (row := _event(kind[i:], problem)) is not None]
    if not any(row["period"] == "earlier" for row in found):
        raise EstimationError(
            "no earlier election of this kind has municipal counts of the outcome",
            unit=election,
            rule="earlier election",
        )
    bounds, breakdown, trends = pd.DataFrame(), math.nan, pd.DataFrame()
    # With a single earlier election there is no earlier change to measure by.
    with contextlib.suppress(EstimationError):
        bounds, breakdown = _violations(event_problem(problem), question.alpha)
        trends = pretrends(problem)
    table = pd.DataFrame(found)[c.names_of(show.EVENT_STUDY)]
    return Answer(
        table=table,
        columns=show.EVENT_STUDY,
        statements=(
            *_said(table, question.outcome, breakdown),
            *said(trends, problem.table.baseline, election, question.alpha),
        ),
        assumptions=(
            *("parallel-trends", "variance-model", "comparable-units", "bounded-trends"),
            *(() if trends.empty else ("exchangeable-strata",)),
            *on_provisional(*problem.table.vintages),
        ),
        sources=results.where([row["election"] for row in found]).sources,
        left_out=problem.table.left_out,
        parts={"bounds": bounds, "breakdown": breakdown, "pretrends": trends},
        draw=show.draw_event_study,
    )


def _said(table: pd.DataFrame, outcome: str, breakdown: float) -> tuple[Statement, ...]:
    """Say how large the earlier differences are beside the effect, and the breakdown."""
    earlier = table[table["period"] == "earlier"]
    now = table[table["period"] == "after"].iloc[0]
    opening = Statement(
        "effect.event_study",
        {
            "outcome": f"@common.{outcome}",
            "n": len(earlier),
            "low": earlier["estimate"].min(),
            "high": earlier["estimate"].max(),
            "first": earlier["election"].iloc[0],
            "baseline": now["baseline"],
            "effect": now["estimate"],
            "election": now["election"],
        },
    )
    if not math.isfinite(breakdown):
        return (opening,)
    return opening, Statement("effect.breakdown", {"breakdown": breakdown})


def _event(since: Sequence[str], problem: Problem) -> dict[str, Any] | None:
    """Return the row of the first election in ``since``, or None where none is comparable.

    All elections of the kind since then decide together which units are comparable: borders
    are followed from each to the next.
    """
    name, table, treated = since[0], problem.table, problem.scaled.treated
    now = name == table.election
    row: dict[str, Any] = {
        "election": name,
        "baseline": table.baseline,
        "period": "after" if now else "earlier",
        "date": problem.results.design.election(name).date.isoformat(),
        "missing": "",
        "method": "variance-weighted t",
    }
    if name == table.baseline:
        counts = {"n_treated": problem.n_treated, "n_comparison": problem.n_comparison}
        return {**row, "period": "baseline", "estimate": 0.0, **counts}
    aligned = same_division(problem.results, since)
    vintage = problem.question.vintage if now else "best"
    x, n = counts_of(aligned, name, problem.codes, table.outcome, vintage)
    known = np.isfinite(x)
    if not (known & treated).any() or (known & ~treated).sum() < 3:
        return None
    used = table.used
    x0, n0 = (used[f"{what}_before"].to_numpy("float64") for what in ("count", "ballots"))
    change = change_in_share(x0[known], n0[known], x[known], n[known], ~treated[known])
    made = weighted_t(
        change.change,
        change.sampling_variance,
        treated[known],
        weights="voters",
        ballots=problem.scaled.weight[known],
        variance_slope=change.variance_slope if now else None,
        alpha=problem.alpha,
    )
    missing = ", ".join(used.loc[treated & ~known, "municipality"])
    return {**problem.row(made), **row, "missing": missing}


def _violations(events: EventChanges, alpha: float) -> tuple[pd.DataFrame, float]:
    found = relative_magnitudes(
        events.estimates, events.covariance, MAGNITUDES, alpha=alpha, df=events.df
    )
    names = c.names_of(show.VIOLATIONS)
    return pd.DataFrame({name: getattr(found, name) for name in names}), found.breakdown
