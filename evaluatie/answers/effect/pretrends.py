"""Did the municipalities of the experiment move with the others before they got the new ballot?

Every earlier election of the kind is set against the baseline, on the scale of points and on
that of ratios; see :mod:`evaluatie.stats.pretrends`. What is found is also carried on: had the
difference grown by as much from every election to the next, and after the new ballot too, the
effect would be what is left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Statement
from evaluatie.answers.baselines import counted_at, same_division
from evaluatie.answers.effect.problem import Problem, Scaled, on_scale
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import SCALES, Design
from evaluatie.stats.changes import change_in_share
from evaluatie.stats.estimates import Flags, Floats
from evaluatie.stats.pretrends import (
    EarlierChanges,
    EventChanges,
    earlier_changes,
    event_changes,
)
from evaluatie.stats.student import critical_value, two_sided_p

__all__ = [
    "JOINT",
    "NET",
    "Earlier",
    "counts_of",
    "earlier_counts",
    "event_problem",
    "known_earlier",
    "pretrends",
    "said",
]

JOINT, NET = "joint", "net"
"""What stands under ``test`` for all earlier elections together, and for the effect without an
equal step; else the id of the earlier election."""


@dataclass(frozen=True, eq=False)
class Earlier:
    """Counts per unit and election, shape (units, elections), in order of time.

    The last column is the election itself, the one before it the baseline. NaN = unknown.
    """

    elections: tuple[str, ...]
    count: Floats
    ballots: Floats


def _elections(plan: Design, election: str, base: str) -> tuple[str, ...]:
    """Elections of the plan's placebos in time, of this kind, with both at the end."""
    kind, until = plan.election(election).kind, plan.election(base).date
    listed = {name for pair in plan.raw["placebo"]["time"] for name in pair}
    before = [
        name
        for name, entry in plan.elections.items()
        if name in listed and entry.kind == kind and entry.date < until
    ]
    return (*before, base, election)


def earlier_counts(
    results: Results,
    elections: Sequence[str],
    codes: Sequence[str],
    outcome: str,
    vintage: str,
) -> Earlier:
    """Collect the counts of ``codes`` at every election; unknown ones are NaN.

    The last election is taken in ``vintage``, those before it in the best there is, as a
    baseline is.
    """
    aligned = same_division(results, elections)
    pairs = [
        counts_of(aligned, name, codes, outcome, vintage if name == elections[-1] else "best")
        for name in elections
    ]
    count, ballots = (np.column_stack(each) for each in zip(*pairs, strict=True))
    return Earlier(tuple(elections), count, ballots)


def counts_of(
    results: Results, election: str, codes: Sequence[str], outcome: str, vintage: str
) -> tuple[Floats, Floats]:
    """Return counts and ballots in the order of ``codes``; NaN where unknown."""
    here = counted_at(results, election, outcome, vintage)
    wanted = here[["count", "total"]].reindex(list(codes)).to_numpy()
    return wanted[:, 0], wanted[:, 1]


def event_problem(problem: Problem) -> EventChanges:
    """Return the differences in change per pair of successive elections, the effect last."""
    s = problem.scaled
    earlier, known = known_earlier(problem)
    x, n, treated = earlier.count[known], earlier.ballots[known], s.treated[known]
    pairs = [
        change_in_share(x[:, k], n[:, k], x[:, k + 1], n[:, k + 1], ~treated)
        for k in range(x.shape[1] - 1)
    ]
    return event_changes(
        np.column_stack([pair.change for pair in pairs]),
        np.column_stack([pair.sampling_variance for pair in pairs]),
        treated,
        s.weight[known],
    )


def known_earlier(problem: Problem) -> tuple[Earlier, Flags]:
    """Return earlier counts and which units have all of them.

    Refused without a pair of earlier elections, where a treated municipality lacks one of them, and
    on another scale than points.
    """
    if problem.question.scale != "points":
        raise EstimationError("computed on the scale of points only", rule="scale points")
    table, question = problem.table, problem.question
    elections = _elections(problem.results.design, table.election, table.baseline)
    earlier = earlier_counts(
        problem.results, elections, problem.codes, table.outcome, question.vintage
    )
    if len(earlier.elections) < 3:
        raise EstimationError(
            "no earlier pair of elections of this kind with counts", rule="placebo >= 1"
        )
    known: Flags = np.asarray(np.isfinite(earlier.count).all(axis=1), dtype=np.bool_)
    if not known[problem.scaled.treated].all():
        raise EstimationError(
            "a treated municipality has no counts at an earlier election",
            rule="treated known at earlier elections",
        )
    return earlier, known


def pretrends(problem: Problem) -> pd.DataFrame:
    """Test every earlier election of the kind against the baseline.

    Errors as :func:`known_earlier`.

    Returns
    -------
    pandas.DataFrame
        A row per scale and test: scale, test, estimate (change from that election to the
        baseline, treated minus comparison; fraction, or ratio), conf_low, conf_high, p_value (t
        or F), p_design (re-assignment), n_treated, n_comparison. The row ``net`` is the effect
        less a step as large as the mean step from the first earlier election to the baseline.
    """
    points = replace(problem, question=replace(problem.question, scale="points"))
    earlier, known = known_earlier(points)
    treated = problem.scaled.treated[known]
    x, n = earlier.count[known], earlier.ballots[known]
    rows: list[dict[str, Any]] = []
    for scale in SCALES:
        *before, now = (
            _scaled(x, n, treated, at, scale, problem.question.weights)
            for at in [*((k, -2) for k in range(x.shape[1] - 2)), (-2, -1)]
        )
        made = earlier_changes(
            *_together(before),
            strata=problem.strata[known],
            max_assignments=problem.setting("max_assignments"),
            draws=problem.setting("draws"),
            seed=problem.seed("randomization"),
        )
        whole = event_changes(*_together([before[0], now]))
        tests = _tests(made, earlier.elections, problem.alpha)
        tests.append(_net(whole, len(before), problem.alpha))
        if scale == "ratio":
            tests = [
                {name: math.exp(v) if name in _ON_SCALE else v for name, v in row.items()}
                for row in tests
            ]
        counts = {"n_treated": made.n_treated, "n_comparison": made.n_comparison}
        rows += [{"scale": scale, **row, **counts} for row in tests]
    return pd.DataFrame(rows)


def _together(changes: Sequence[Scaled]) -> tuple[Floats, Floats, Flags, Floats]:
    """Return changes, sampling variances, who is treated and weights, a column a stretch."""
    y, v, weight = (
        np.column_stack([getattr(each, name) for each in changes]) for name in ("y", "v", "weight")
    )
    return y, v, changes[0].treated, weight


_ON_SCALE = ("estimate", "conf_low", "conf_high")


def _scaled(
    x: Floats, n: Floats, treated: Any, at: tuple[int, int], scale: str, weights: str
) -> Scaled:
    first, second = at
    frame = pd.DataFrame(
        {
            "group": np.where(treated, "treated", "comparison"),
            "count_before": x[:, first],
            "ballots_before": n[:, first],
            "count_after": x[:, second],
            "ballots_after": n[:, second],
        }
    )
    return on_scale(frame, scale, weights)


def _interval(estimate: float, error: float, df: float, alpha: float) -> dict[str, float]:
    half = critical_value(alpha, df) * error
    return {"estimate": estimate, "conf_low": estimate - half, "conf_high": estimate + half}


def _tests(made: EarlierChanges, elections: Sequence[str], alpha: float) -> list[dict[str, Any]]:
    errors = np.sqrt(np.diag(made.covariance))
    rows: list[dict[str, Any]] = [
        {
            "test": elections[k],
            **_interval(float(made.estimates[k]), float(errors[k]), made.df, alpha),
            "p_value": float(made.p_values[k]),
            "p_design": float(made.p_design[k]),
        }
        for k in range(len(errors))
    ]
    return [*rows, {"test": JOINT, "p_value": made.joint_p, "p_design": made.joint_p_design}]


def _net(made: EventChanges, steps: int, alpha: float) -> dict[str, Any]:
    """Effect less the mean step of the stretch before; columns: that stretch, then the effect."""
    loads = np.array([-1 / steps, 1.0])
    estimate = float(loads @ made.estimates)
    error = math.sqrt(float(loads @ made.covariance @ loads))
    return {
        "test": NET,
        **_interval(estimate, error, made.df, alpha),
        "p_value": two_sided_p(estimate / error, made.df),
    }


def said(table: pd.DataFrame, baseline: str, election: str, alpha: float) -> tuple[Statement, ...]:
    """Say whether earlier trends were parallel, by every test, and the effect net of a step.

    They are said not to be where any test, each or joint, by t or by re-assignment, on either
    scale, has a p-value of at most ``alpha``.
    """
    if table.empty:
        return ()
    tested = table.loc[table["test"] != NET, ["p_value", "p_design"]]
    verdict = "fail" if bool((tested <= alpha).any(axis=None)) else "hold"
    each = dict(table.set_index(["scale", "test"]).iterrows())
    single = table[(table["scale"] == "points") & ~table["test"].isin([JOINT, NET])]
    # The earlier election with the smallest p-value.
    first = str(single.sort_values("p_value", kind="stable")["test"].iloc[0])
    values: dict[str, Any] = {"first": first, "baseline": baseline, "election": election}
    worst = each["points", first]
    values |= {name: int(worst[name]) for name in ("n_treated", "n_comparison")}
    for scale, stem in (("points", ""), ("ratio", "ratio_")):
        alone, joint = each[scale, first], each[scale, JOINT]
        values |= {f"{stem}p": alone["p_value"], f"{stem}p_design": alone["p_design"]}
        values |= {f"{stem}joint": joint["p_value"], f"{stem}joint_design": joint["p_design"]}
    net = each["points", NET]
    values |= {"estimate": worst["estimate"], "ratio": each["ratio", first]["estimate"]}
    values |= {"net": net["estimate"], "net_low": net["conf_low"], "net_high": net["conf_high"]}
    values["net_ratio"] = each["ratio", NET]["estimate"]
    return Statement(f"effect.pretrends_{verdict}", values), Statement("effect.net_of_step", values)
