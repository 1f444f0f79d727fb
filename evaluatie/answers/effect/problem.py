"""What a method works on, and the rows that it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evaluatie.answers.effect.earlier import Earlier
from evaluatie.answers.effect.scales import Scaled
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design
from evaluatie.stats._types import Estimate, Flags, Floats
from evaluatie.stats.change_variance import VarianceFit, fit_between_variance

if TYPE_CHECKING:
    from evaluatie.stats.randomization import Randomization
    from evaluatie.stats.sensitivity import EventChanges

__all__ = ["POOLED", "Problem", "Row", "event_problem", "known_earlier"]

POOLED = "pooled"


@dataclass(frozen=True, eq=False)
class Problem:
    """What a method works on.

    Attributes
    ----------
    ballots
        At the election, per unit: strata of the re-assignment are made of it.
    earlier
        Gives the counts at earlier elections when they are needed.
    seed
        Overrides the plan's seeds.
    by_unit
        Whether rows per municipality are wanted beside the pooled one.
    """

    scaled: Scaled
    codes: tuple[str, ...]
    ballots: Floats
    scale: str
    weights: str
    plan: Design
    alpha: float
    earlier: Callable[[], Earlier] | None = None
    seed: int | None = None
    by_unit: bool = True

    def seed_of(self, name: str) -> int:
        """Return the seed for ``name``."""
        return self.plan.seed(name) if self.seed is None else self.seed

    @property
    def inference(self) -> Mapping[str, int]:
        """The plan's settings of the tests."""
        settings: Mapping[str, int] = self.plan.raw["inference"]
        return settings

    @cached_property
    def fit(self) -> VarianceFit:
        """Variances of the comparison changes, which most methods ask for.

        Raises
        ------
        EstimationError
            As :func:`evaluatie.stats.change_variance.fit_between_variance`.
        """
        s = self.scaled
        return fit_between_variance(s.y[~s.treated], s.v[~s.treated])

    @property
    def strata(self) -> NDArray[np.intp]:
        """Strata of ballots: as many as the plan says, fewer in a small comparison group."""
        n_comparison = int((~self.scaled.treated).sum())
        wanted = max(1, min(int(self.inference["size_strata"]), n_comparison // 10))
        cuts = np.quantile(self.ballots, np.arange(1, wanted) / wanted)
        return np.searchsorted(cuts, self.ballots, side="left")


@dataclass(frozen=True, eq=False)
class Row:
    """One row of the result table, on the scale of the test.

    Attributes
    ----------
    unit
        ``pooled`` or a municipality code.
    extra
        Other columns of the table.
    note, reason
        Why there are no numbers: in words, and the rule that stood in the way.
    test
        The whole re-assignment distribution, where it is to be shown.
    """

    estimate: Estimate
    unit: str = POOLED
    extra: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    reason: str = ""
    test: Randomization | None = None


def event_problem(problem: Problem) -> EventChanges:
    """Return the differences in change per pair of successive elections, the effect last."""
    from evaluatie.stats.changes import change_in_share
    from evaluatie.stats.sensitivity import event_changes

    s = problem.scaled
    earlier, known = known_earlier(problem)
    pairs = [
        change_in_share(
            earlier.count[known, k],
            earlier.ballots[known, k],
            earlier.count[known, k + 1],
            earlier.ballots[known, k + 1],
            ~s.treated[known],
        )
        for k in range(len(earlier.elections) - 1)
    ]
    return event_changes(
        np.column_stack([pair.change for pair in pairs]),
        np.column_stack([pair.sampling_variance for pair in pairs]),
        s.treated[known],
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
    if problem.scale != "points":
        raise EstimationError("computed on the scale of points only", rule="scale points")
    earlier = None if problem.earlier is None else problem.earlier()
    if earlier is None or len(earlier.elections) < 3:
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
