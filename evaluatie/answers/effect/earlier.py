"""Counts of the same units at earlier elections, in today's municipal division."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluatie.answers.baselines import counted_at, same_division
from evaluatie.answers.effect.problem import Problem
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design
from evaluatie.stats.changes import change_in_share
from evaluatie.stats.estimates import Flags, Floats
from evaluatie.stats.sensitivity import EventChanges, event_changes

__all__ = ["Earlier", "counts_of", "earlier_counts", "event_problem", "known_earlier"]


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
        weights="voters",
        ballots=s.weight[known],
    )


def known_earlier(problem: Problem) -> tuple[Earlier, Flags]:
    """Return earlier counts and which units have all of them.

    Raises
    ------
    EstimationError
        Without a pair of earlier elections, where a treated municipality lacks one of them,
        or on another scale than points.
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
