"""What a method works on: counts before and after as arrays, on a scale and with weights."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.answers.baselines import counts_of
from evaluatie.answers.columns import POOLED
from evaluatie.answers.effect.changes import ChangeTable, Columns, changes_of
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import SCALES, WEIGHTS, Question
from evaluatie.stats.change_variance import VarianceFit, fit_between_variance
from evaluatie.stats.changes import change_in_share, weighted_t
from evaluatie.stats.estimates import Estimate, Flags, Floats
from evaluatie.stats.pretrends import EventChanges, event_changes
from evaluatie.stats.rate_ratio import contributions

Row = dict[str, Any]
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high", "p_value")


@dataclass(frozen=True, eq=False)
class Scaled:
    """Arrays over treated and comparison municipalities, in order of code.

    ``y``: what is compared; ``v``: its sampling variance without an effect; ``slope``: how the
    variance of a treated unit grows with the effect (zero on the ratio scale); ``weight`` in the
    mean of the own group, not normalised; ``own``: the municipality's own change or log rate ratio,
    equal to ``y`` in points and infinite where a count is zero on the ratio scale.
    """

    y: Floats
    v: Floats
    slope: Floats
    weight: Floats
    treated: Flags
    own: Floats

    @cached_property
    def fit(self) -> VarianceFit:
        """Variance of changes, fitted on the comparison group."""
        return fit_between_variance(self.y[~self.treated], self.v[~self.treated])


def on_scale(used: Columns | pd.DataFrame, scale: str, weights: str) -> Scaled:
    """Turn counts before and after into the arrays of one scale and weighting.

    ``used`` holds columns of a ``ChangeTable`` of the treated and the compared. ``voters`` weighs
    by ballots at the later election (ratio: as the Poisson regression on counts does). Refused if
    all counts are zero, or, on the ratio scale, all of one group at one election.
    """
    if scale not in SCALES:
        raise UnknownNameError.of("scale", scale, SCALES)
    if weights not in WEIGHTS:
        raise UnknownNameError.of("weights", weights, WEIGHTS)
    x0, n0, x1, n1 = (
        np.asarray(used[f"{what}_{when}"], dtype=np.float64)
        for when in ("before", "after")
        for what in ("count", "ballots")
    )
    treated: Flags = np.asarray(used["group"]) == "treated"
    equal = np.ones(len(n1))
    changes = change_in_share(x0, n0, x1, n1, ~treated)
    if scale == "points":
        weight = n1 if weights == "voters" else equal
        y, v = changes.change, changes.sampling_variance
        return Scaled(y, v, changes.variance_slope, weight, treated, own=y)
    q0, q1 = changes.share_before, changes.share_after
    if q0 == 0 or q1 == 0:
        raise EstimationError(
            "the comparison group has no counts at one of the elections: no rate ratio",
            rule="counts > 0",
            value=(q0, q1),
        )
    v = 1 / (n0 * q0) + 1 / (n1 * q1)
    weight = 1 / v if weights == "voters" else equal
    y = np.empty(len(n1))
    for some in (treated, ~treated):
        if some.any():
            y[some] = contributions(x0[some], n0[some], x1[some], n1[some], weight[some], weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.log(x1 / n1) - np.log(x0 / n0)
    return Scaled(y, v, 0 * equal, weight, treated, own=own)


@dataclass(frozen=True, eq=False)
class Problem:
    """What a method works on.

    ``whole``: whether rows per municipality and the re-assignments themselves are wanted too.
    """

    results: Results
    table: ChangeTable
    question: Question
    scaled: Scaled
    whole: bool = False

    # A summary and a specification curve ask about the same counts, weighed the same way.
    @classmethod
    @lru_cache(maxsize=128)
    def of(
        cls,
        results: Results,
        election: str,
        question: Question,
        *,
        whole: bool = False,
        baseline: str | None = None,
        treated: tuple[str, ...] | None = None,
    ) -> Problem:
        """Put counts on the scale and under the weights of a question, as :func:`on_scale`.

        ``baseline`` and ``treated`` as :func:`changes_of`.
        """
        table = changes_of(results, election, question, baseline=baseline, treated=treated)
        scaled = on_scale(table.compared, question.scale, question.weights)
        return cls(results, table, question, scaled, whole)

    def without(self, codes: Iterable[str]) -> Problem:
        """Return the same problem with some municipalities left out of both groups."""
        left = set(codes)
        kept = np.array([code not in left for code in self.codes], dtype=np.bool_)
        used = {name: column[kept] for name, column in self.table.compared.items()}
        scaled = on_scale(used, self.question.scale, self.question.weights)
        table = replace(self.table, columns=used)
        return replace(self, table=table, scaled=scaled, whole=False)

    def t_test(
        self,
        weights: Literal["voters", "model"] = "voters",
        *,
        unit: int | None = None,
        fit: VarianceFit | None = None,
    ) -> Estimate:
        """Return the variance-weighted t: the estimate and test of the first page.

        ``voters`` stands for the weights of the question, ``model`` for precision weights. ``unit``
        is the position of the one municipality whose own effect is wanted; ``fit`` holds other
        variances than those by restricted maximum likelihood.
        """
        s = self.scaled
        y, kept = s.y, np.ones(len(s.y), dtype=np.bool_)
        if unit is not None:
            kept = ~s.treated
            kept[unit] = True
            y = np.where(np.arange(len(y)) == unit, s.own, y)
        return weighted_t(
            y[kept],
            s.v[kept],
            s.treated[kept],
            weights=weights,
            ballots=s.weight[kept],
            variance_slope=s.slope[kept],
            fit=fit or self.scaled.fit,
            alpha=self.alpha,
        )

    @cached_property
    def flagged(self) -> tuple[str, ...]:
        """Comparison municipalities of which a count was found odd, at either election."""
        from evaluatie.answers.quality import flagged

        table = self.table
        counts = (table.election, table.vintage), (table.baseline, table.baseline_vintage)
        codes = flagged(self.results, counts, table.outcome)
        pairs = zip(self.codes, self.scaled.treated, strict=True)
        return tuple(code for code, treated in pairs if not treated and code in codes)

    @property
    def alpha(self) -> float:
        """One minus the confidence level."""
        return self.question.alpha

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Municipality codes, in the order of the arrays."""
        return tuple(self.table.compared["municipality_code"].tolist())

    @cached_property
    def strata(self) -> NDArray[np.intp]:
        """Strata of ballots: as many as the plan says, fewer in a small comparison group."""
        ballots = self.table.compared["ballots_after"]
        wanted = max(1, min(self.setting("size_strata"), self.n_comparison // 10))
        cuts = np.quantile(ballots, np.arange(1, wanted) / wanted)
        return np.searchsorted(cuts, ballots, side="left")

    @property
    def n_treated(self) -> int:
        """Municipalities with the new ballot."""
        return int(self.scaled.treated.sum())

    @property
    def n_comparison(self) -> int:
        """Municipalities compared with."""
        return len(self.scaled.treated) - self.n_treated

    def row(self, made: Estimate | None = None, unit: str = POOLED, **numbers: Any) -> Row:
        """Return a row of the result table, on the scale of the test.

        Without ``made`` what is not in ``numbers`` is unknown; ``unit`` is ``pooled`` or a code.
        """
        known = self if made is None else made
        counts = {"n_treated": known.n_treated, "n_comparison": known.n_comparison}
        found = {name: getattr(made, name, math.nan) for name in NUMBERS}
        return {"unit": unit, "note": "", "reason": "", **found, **counts, **numbers}

    def refused(self, refusal: EstimationError, unit: str = POOLED) -> Row:
        """Return a row without numbers, with the reason."""
        return self.row(unit=unit, note=str(refusal), reason=refusal.rule or "")

    def setting(self, name: str) -> int:
        """Return a setting of the tests in the plan."""
        return int(self.results.counted_plan.raw["inference"][name])

    def seed(self, name: str) -> int:
        """Return the seed of a method."""
        own = self.question.seed
        return self.results.counted_plan.seed(name) if own is None else own


class Earlier(NamedTuple):
    """Counts at several elections, of municipalities that have all of them.

    Elections in order of time, the last two the baseline and the election itself; ``counts`` and
    ``ballots`` have a column for each. ``known``: who in the problem they are of.
    """

    elections: tuple[str, ...]
    counts: Floats
    ballots: Floats
    treated: Flags
    weight: Floats
    known: Flags


@lru_cache(maxsize=8)
def known_earlier(problem: Problem) -> Earlier:
    """Return the counts at the elections of the plan's placebos in time of this kind, and since.

    Refused without a pair of earlier ones, where a treated municipality lacks one of them, and on
    another scale than points.
    """
    if problem.question.scale != "points":
        raise EstimationError("computed on the scale of points only", rule="scale points")
    plan, table = problem.results.counted_plan, problem.table
    kind, until = plan.election(table.election).kind, plan.election(table.baseline).date
    listed = {name for pair in plan.raw["placebo"]["time"] for name in pair}
    before = [
        name
        for name, entry in plan.elections.items()
        if name in listed and entry.kind == kind and entry.date < until
    ]
    if not before:
        raise EstimationError(
            "no earlier pair of elections of this kind with counts", rule="placebo >= 1"
        )
    elections = (*before, table.baseline, table.election)
    # A baseline is taken in the best count there is.
    vintages = [*("best" for _ in elections[1:]), problem.question.vintage]
    count, ballots = counts_of(problem.results, elections, problem.codes, table.outcome, vintages)
    known: Flags = np.asarray(np.isfinite(count).all(axis=1), dtype=np.bool_)
    s = problem.scaled
    if not known[s.treated].all():
        raise EstimationError(
            "a treated municipality has no counts at an earlier election",
            rule="treated known at earlier elections",
        )
    return Earlier(
        elections, count[known], ballots[known], s.treated[known], s.weight[known], known
    )


def event_problem(problem: Problem) -> EventChanges:
    """Return the differences in change per pair of successive elections, the effect last."""
    _, x, n, treated, weight, _ = known_earlier(problem)
    pairs = [
        change_in_share(x[:, k], n[:, k], x[:, k + 1], n[:, k + 1], ~treated)
        for k in range(x.shape[1] - 1)
    ]
    return event_changes(
        np.column_stack([pair.change for pair in pairs]),
        np.column_stack([pair.sampling_variance for pair in pairs]),
        treated,
        weight,
    )
