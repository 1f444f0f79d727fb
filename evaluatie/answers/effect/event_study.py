"""Event study: did the treated move with the others before the new ballot came?

Every election of the kind is set against the baseline, in today's municipal division: the
difference, between treated and comparison municipalities, of the change in share since the
baseline. Before the new ballot it should be near zero; that is a check on parallel trends,
not a proof. How far trends may fail before the conclusion falls is bounded after Rambachan
and Roth (2023); see :mod:`evaluatie.stats.sensitivity`.

Earlier elections are also tested one by one and together, on the scale of points and on that of
ratios (:mod:`evaluatie.stats.pretrends`), and what is found is carried on: had the difference
grown by as much from every election to the next, the effect would be what is left.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.baselines import counted_at, same_division
from evaluatie.answers.effect import show
from evaluatie.answers.effect.problem import (
    Problem,
    Row,
    Scaled,
    event_problem,
    known_earlier,
    on_scale,
)
from evaluatie.answers.statement import Statement, on_provisional
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.tables import rows_of
from evaluatie.plan import SCALES, Comparison, Question
from evaluatie.stats.changes import change_in_share, weighted_t
from evaluatie.stats.estimates import Flags, Floats
from evaluatie.stats.pretrends import EarlierChanges, EventChanges, earlier_changes, event_changes
from evaluatie.stats.sensitivity import relative_magnitudes
from evaluatie.stats.student import t_row

JOINT, NET = "joint", "net"
"""What stands under ``test`` for all earlier elections together, and for the effect without an
equal step; else the id of the earlier election."""
_ENDS = ("estimate", "conf_low", "conf_high")
MAGNITUDES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Relative magnitudes of a violation of parallel trends that are reported."""


def event_study(
    results: Results,
    election: str = "TK2025",
    *,
    comparison: Comparison = "all",
    vintage: str | None = None,
) -> Answer:
    """Compare every election of the kind with the baseline, treated against others, per voter.

    Asked as :func:`evaluatie.answers.effect.effect`, about the plan's outcome; ballots at
    ``election`` weigh every row. The table (:data:`show.EVENT_STUDY`) has a row per election. In
    ``parts``: ``bounds`` of Rambachan and Roth (:data:`show.VIOLATIONS`; bound: identified set;
    empty where there are no two earlier pairs), ``breakdown``, the smallest magnitude at which the
    robust interval reaches zero, and ``pretrends``, tests of the earlier elections
    (:func:`pretrends`). Refused as ``effect``, and where no earlier election of the kind has
    counts.
    """
    plan = results.counted_plan
    question = Question.of(plan, comparison=comparison, vintage=vintage or results.vintage)
    problem = Problem.of(results, election, question)
    now = plan.election(election)
    kind = [
        name
        for name, each in plan.elections.items()
        if each.kind == now.kind and each.date <= now.date and name in results.elections
    ]
    found = [row for i in range(len(kind)) if (row := _event(kind[i:], problem)) is not None]
    earlier = [row for row in found if row["period"] == "earlier"]
    if not earlier:
        raise EstimationError(
            "no earlier election of this kind has municipal counts of the outcome",
            unit=election,
            rule="earlier election",
        )
    bounds, breakdown, trends = pd.DataFrame(), math.nan, pd.DataFrame()
    # With a single earlier election there is no earlier change to measure by.
    with contextlib.suppress(EstimationError):
        events = event_problem(problem)
        allowed = relative_magnitudes(
            events.estimates, events.covariance, MAGNITUDES, alpha=problem.alpha, df=events.df
        )
        names = c.names_of(show.VIOLATIONS)
        bounds = pd.DataFrame({name: getattr(allowed, name) for name in names})
        breakdown = allowed.breakdown
        trends = pretrends(problem)
    opening = {
        "outcome": f"@common.{question.outcome}",
        "n": len(earlier),
        "low": min(row["estimate"] for row in earlier),
        "high": max(row["estimate"] for row in earlier),
        "first": earlier[0]["election"],
        "baseline": problem.table.baseline,
        "effect": next(row["estimate"] for row in found if row["period"] == "after"),
        "election": election,
    }
    said = [Statement("effect.event_study", opening)]
    if math.isfinite(breakdown):
        said.append(Statement("effect.breakdown", {"breakdown": breakdown}))
    said += pretrends_said(trends, problem.table.baseline, election, problem.alpha)
    return Answer(
        table=pd.DataFrame(found)[c.names_of(show.EVENT_STUDY)],
        columns=show.EVENT_STUDY,
        statements=tuple(said),
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


def _event(since: Sequence[str], problem: Problem) -> Row | None:
    """Return the row of the first election in ``since``, or None where none is comparable.

    All elections of the kind since then decide together which units are comparable: borders
    are followed from each to the next.
    """
    name, table, treated = since[0], problem.table, problem.scaled.treated
    now = name == table.election
    row: Row = {
        "election": name,
        "baseline": table.baseline,
        "period": "after" if now else "earlier",
        "date": problem.results.counted_plan.election(name).date.isoformat(),
        "missing": "",
        "method": "variance-weighted t",
    }
    if name == table.baseline:
        counts = {"n_treated": problem.n_treated, "n_comparison": problem.n_comparison}
        return {**row, "period": "baseline", "estimate": 0.0, **counts}
    aligned = same_division(problem.results, since)
    vintage = problem.question.vintage if now else "best"
    here = counted_at(aligned, name, table.outcome, vintage).reindex(list(problem.codes))
    x, n = (here[what].to_numpy() for what in ("count", "total"))
    known = np.isfinite(x)
    if not (known & treated).any() or (known & ~treated).sum() < 3:
        return None
    x0, n0 = (table.compared[f"{what}_before"] for what in ("count", "ballots"))
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
    missing = ", ".join(table.compared["municipality"][treated & ~known])
    return {**problem.row(made), **row, "missing": missing}


def pretrends(problem: Problem) -> pd.DataFrame:
    """Test every earlier election of the kind against the baseline.

    A row per scale and test: scale, test, estimate (change from that election to the baseline,
    treated minus comparison; fraction, or ratio), conf_low, conf_high, p_value (t or F), p_design
    (re-assignment), n_treated, n_comparison. The row ``net`` is the effect less a step as large as
    the mean step from the first earlier election to the baseline.
    """
    elections, x, n, treated, _, known = known_earlier(problem)
    rows: list[Row] = []
    for scale in SCALES:
        *before, now = (
            on_scale(
                {
                    "group": np.where(treated, "treated", "comparison"),
                    "count_before": x[:, at],
                    "ballots_before": n[:, at],
                    "count_after": x[:, until],
                    "ballots_after": n[:, until],
                },
                scale,
                problem.question.weights,
            )
            for at, until in [*((k, -2) for k in range(x.shape[1] - 2)), (-2, -1)]
        )
        made = earlier_changes(
            *_together(before),
            strata=problem.strata[known],
            max_assignments=problem.setting("max_assignments"),
            draws=problem.setting("draws"),
            seed=problem.seed("randomization"),
        )
        whole = event_changes(*_together([before[0], now]))
        counts = {"n_treated": made.n_treated, "n_comparison": made.n_comparison}
        for row in _tests(made, whole, elections, problem.alpha):
            if scale == "ratio":
                row |= {name: math.exp(row[name]) for name in _ENDS if name in row}
            rows.append({"scale": scale, **row, **counts})
    columns = ["scale", "test", *_ENDS, "p_value", "p_design", "n_treated", "n_comparison"]
    return pd.DataFrame(rows)[columns]


def _tests(
    made: EarlierChanges, whole: EventChanges, elections: Sequence[str], alpha: float
) -> list[Row]:
    """Return a row per earlier election, one of all together, and the effect net of a step.

    ``whole`` holds the stretch from the first earlier election to the baseline, then the effect.
    """
    errors = np.sqrt(np.diag(made.covariance))
    rows: list[Row] = [
        {
            "test": elections[k],
            **t_row(float(made.estimates[k]), float(errors[k]), made.df, alpha),
            "p_value": float(made.p_values[k]),
            "p_design": float(made.p_design[k]),
        }
        for k in range(len(errors))
    ]
    rows.append({"test": JOINT, "p_value": made.joint_p, "p_design": made.joint_p_design})
    loads = np.array([-1 / len(errors), 1.0])
    error = math.sqrt(float(loads @ whole.covariance @ loads))
    return [*rows, {"test": NET, **t_row(float(loads @ whole.estimates), error, whole.df, alpha)}]


def _together(changes: Sequence[Scaled]) -> tuple[Floats, Floats, Flags, Floats]:
    """Return changes, sampling variances, who is treated and weights, a column a stretch."""
    y, v, weight = (
        np.column_stack([getattr(each, name) for each in changes]) for name in ("y", "v", "weight")
    )
    return y, v, changes[0].treated, weight


def pretrends_said(
    table: pd.DataFrame, baseline: str, election: str, alpha: float
) -> tuple[Statement, ...]:
    """Say whether earlier trends were parallel, by every test, and the effect net of a step.

    They are said not to be where any test, each or joint, by t or by re-assignment, on either
    scale, has a p-value of at most ``alpha``.
    """
    rows = rows_of(table)
    if not rows:
        return ()
    each = {(row["scale"], row["test"]): row for row in rows}
    tested = [row[p] for row in rows if row["test"] != NET for p in ("p_value", "p_design")]
    verdict = "fail" if any(p <= alpha for p in tested) else "hold"
    single = [
        each["points", test]
        for scale, test in each
        if scale == "points" and test not in (JOINT, NET)
    ]
    # The earlier election with the smallest p-value.
    worst = min(single, key=lambda row: row["p_value"])
    first, net = worst["test"], each["points", NET]
    values = {"first": first, "baseline": baseline, "election": election}
    values |= {name: int(worst[name]) for name in ("n_treated", "n_comparison")}
    for scale, stem in (("points", ""), ("ratio", "ratio_")):
        for test, name in ((first, "p"), (JOINT, "joint")):
            row = each[scale, test]
            values |= {f"{stem}{name}": row["p_value"], f"{stem}{name}_design": row["p_design"]}
    values |= {"estimate": worst["estimate"], "ratio": each["ratio", first]["estimate"]}
    values |= {"net": net["estimate"], "net_low": net["conf_low"], "net_high": net["conf_high"]}
    values["net_ratio"] = each["ratio", NET]["estimate"]
    return Statement(f"effect.pretrends_{verdict}", values), Statement("effect.net_of_step", values)
