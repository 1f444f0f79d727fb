"""Counts of the same units at earlier elections, in today's municipal division."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluatie.answers.baselines import counted_at, same_division
from evaluatie.counts import Results
from evaluatie.plan import Design
from evaluatie.stats._types import Floats

__all__ = ["Earlier", "counts_of", "earlier_counts", "placebo_elections"]


@dataclass(frozen=True, eq=False)
class Earlier:
    """Counts per unit and election, shape (units, elections), in order of time.

    The last column is the election itself, the one before it the baseline. NaN = unknown.
    """

    elections: tuple[str, ...]
    count: Floats
    ballots: Floats


def placebo_elections(plan: Design, election: str, base: str) -> tuple[str, ...]:
    """Return the elections of the plan's placebos in time, of this kind, with both at the end."""
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
    baseline is (:func:`evaluatie.answers.effect.changes.baseline_counts`).
    """
    aligned = same_division(results, elections)
    pairs = [
        counts_of(aligned, name, codes, outcome, vintage if name == elections[-1] else "best")
        for name in elections
    ]
    return Earlier(
        elections=tuple(elections),
        count=np.column_stack([count for count, _ in pairs]),
        ballots=np.column_stack([ballots for _, ballots in pairs]),
    )


def counts_of(
    results: Results,
    election: str,
    codes: Sequence[str],
    outcome: str,
    vintage: str,
) -> tuple[Floats, Floats]:
    """Return counts and ballots in the order of ``codes``; NaN where unknown."""
    here = counted_at(results, election, outcome, vintage)
    wanted = here[["count", "total"]].reindex(list(codes)).to_numpy()
    return wanted[:, 0], wanted[:, 1]
