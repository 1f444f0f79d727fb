"""The excess share of every municipality with the new ballot at one election.

Excess = own change since the last election of the same kind with the usual ballot, minus the
mean change of the comparison municipalities. Its variance is that of
:mod:`evaluatie.stats.changes`: τ² + φ v, estimated on the comparison group.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Self

import numpy as np
import pandas as pd

from evaluatie.answers.baselines import counted_at, same_division, uncounted
from evaluatie.answers.effect.changes import ChangeTable, changes_of, known_counts
from evaluatie.answers.printed import PrintedFigures
from evaluatie.answers.statement import left_out_reasons, one_vintage
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, IntervalCounts, Quantity
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design, Question
from evaluatie.stats.change_variance import VarianceFit, fit_between_variance
from evaluatie.stats.changes import change_in_share, satterthwaite
from evaluatie.stats.estimates import Flags, Floats
from evaluatie.stats.student import t_row

_FEWEST = 3
"""Comparison municipalities that a mean and two variances need."""


@dataclass(frozen=True)
class Combination:
    """A weighted sum of changes, its variance under the fitted model, and the df of its t."""

    estimate: float
    variance: float
    df: float

    def row(self, alpha: float) -> dict[str, float]:
        """Return it with its t interval and the p-value of zero."""
        return t_row(self.estimate, math.sqrt(self.variance), self.df, alpha)


@dataclass(frozen=True, eq=False, kw_only=True)
class Excess:
    """Changes of the municipalities with the new ballot and of those compared with.

    In order of ``codes``: changes in share, ``noise`` (their binomial variance at their own level),
    ballots at the election, shares at the election and at the baseline. ``trend`` is the mean
    change of the comparison municipalities; its variance is ``trend_tau2 * τ² + trend_phi * φ``,
    with τ² and φ of ``fit``.
    """

    codes: tuple[str, ...]
    change: Floats
    noise: Floats
    ballots: Floats
    share: Floats
    share_before: Floats
    trend: float
    trend_tau2: float
    trend_phi: float
    fit: VarianceFit
    weights: str

    @property
    def values(self) -> Floats:
        """Excess per municipality, fractions of ballots."""
        return self.change - self.trend

    @property
    def sampling(self) -> Floats:
        """Variance of each change under the model, without that of the trend."""
        return self.fit.variance(self.noise)

    @property
    def trend_variance(self) -> float:
        """Variance of the comparison mean, which all excesses share."""
        return self.trend_tau2 * self.fit.tau2 + self.trend_phi * self.fit.phi

    def weight(self, some: Flags | Iterable[str]) -> Floats:
        """Weights of some municipalities, by flag or code, that sum to one; zero for the others."""
        flags = some if isinstance(some, np.ndarray) else np.isin(self.codes, list(some))
        raw = np.where(flags, self.ballots if self.weights == "voters" else 1.0, 0.0)
        return np.asarray(raw / raw.sum(), dtype=np.float64)

    def combine(self, coefficients: Floats) -> Combination:
        """Give the sum of coefficients times excesses; the trend enters by their sum."""
        total = float(coefficients.sum())
        on_tau2 = float((coefficients**2).sum() + total**2 * self.trend_tau2)
        on_phi = float(coefficients**2 @ self.noise + total**2 * self.trend_phi)
        variance, df = satterthwaite(self.fit, on_tau2, on_phi)
        return Combination(float(coefficients @ self.values), variance, df)

    def pooled(self, some: Flags | Iterable[str] | None = None) -> Combination:
        """Give the weighted mean excess of some municipalities; all by default."""
        return self.combine(self.weight(self.codes if some is None else some))

    def only(self, keep: Flags) -> Self:
        """Keep some of the municipalities with the new ballot."""
        names = ("change", "noise", "ballots", "share", "share_before")
        kept = {name: getattr(self, name)[keep] for name in names}
        return replace(self, codes=tuple(np.asarray(self.codes)[keep]), **kept)


@dataclass(frozen=True, eq=False, kw_only=True)
class CountedExcess(Excess):
    """An excess from the results table, and the changes it was computed from."""

    table: ChangeTable

    def vintage_of(self, codes: Iterable[str]) -> str:
        """``official``, ``provisional`` or ``mixed``: of the counts of some municipalities."""
        return one_vintage(self._vintages[code] for code in codes)

    @cached_property
    def _vintages(self) -> Mapping[str, str]:
        used = self.table.used
        return dict(zip(used["municipality_code"], used["vintage"], strict=True))


def aligned(results: Results, election: str) -> Results:
    """Return an election and its baseline in the municipal division of the election."""
    base = results.counted_plan.election(election).baseline
    return same_division(results, (election,) if base is None else (base, election))


@lru_cache(maxsize=64)
def observed(results: Results, question: Question, election: str) -> tuple[str, ...]:
    """Return the codes with the new ballot and counts at the election and its baseline.

    Empty where the outcome is unknown at one of them, or known of too few others to compare
    with.
    """
    plan = results.counted_plan
    base = plan.election(election).baseline
    if base is None:
        return ()
    pair = aligned(results, election)
    try:
        after = known_counts(pair, election, question.outcome, question.vintage)
        before = known_counts(pair, base, question.outcome, "best")
    except EstimationError:
        return ()
    both = set(after["municipality_code"]) & set(before["municipality_code"])
    own = both & set(plan.treated(election))
    return tuple(sorted(own)) if len(both - own) >= _FEWEST else ()


def followed(
    results: Results, question: Question, first: str, second: str
) -> tuple[list[str], list[str]]:
    """Return who had the new ballot at both elections, and who of them was counted at both."""
    plan = results.counted_plan
    again = [code for code in plan.treated(first) if code in plan.treated(second)]
    seen = set(observed(results, question, first)) & set(observed(results, question, second))
    return again, [code for code in again if code in seen]


def left_out(results: Results, question: Question, election: str) -> pd.DataFrame:
    """Return who lacks counts at the election or its baseline; as in ``Answer.left_out``."""
    return uncounted(results, results.counted_plan, election, question.outcome, question.vintage)


@lru_cache(maxsize=64)
def excess_at(results: Results, question: Question, election: str) -> CountedExcess:
    """Compute excess shares at an election; kept for the next estimand.

    Refused where no municipality has both counts, or too few are left to compare with.
    """
    plan = results.counted_plan
    codes = observed(results, question, election)
    if not codes:
        raise EstimationError(
            f"no municipality with the new ballot has counts of {question.outcome} votes at this "
            "election and its baseline" + left_out_reasons(left_out(results, question, election)),
            unit=election,
            rule="treated >= 1",
        )
    base = plan.election(election).baseline
    unusable = {
        code
        for exclusion in plan.exclusions
        for at in (election, str(base))
        if exclusion.applies(at)
        for code in exclusion.codes
    }
    table = changes_of(results, election, question, treated=codes, without=unusable - set(codes))
    used = table.used
    own = (used["group"] == "treated").to_numpy(dtype=np.bool_)
    x0, n0, x1, n1 = (
        used[f"{what}_{when}"].to_numpy("float64")
        for when in ("before", "after")
        for what in ("count", "ballots")
    )
    names = tuple(used.loc[own, "municipality_code"])
    made = excess_of_counts(x0, n0, x1, n1, own, names, question.weights)
    return CountedExcess(**vars(made), table=table)


def excess_of_counts(
    x0: Floats,
    n0: Floats,
    x1: Floats,
    n1: Floats,
    treated: Flags,
    codes: Sequence[str],
    weights: str = "voters",
) -> Excess:
    """Compute excess shares from counts and ballots of all municipalities at two elections.

    ``codes`` are those of the treated, in order; errors as
    :func:`evaluatie.stats.changes.change_in_share` and ``fit_between_variance``.
    """
    others = ~treated
    made = change_in_share(x0, n0, x1, n1, others)
    y, v = made.change, made.sampling_variance
    fit = fit_between_variance(y[others], v[others])
    weight = n1 if weights == "voters" else np.ones(len(n1))
    share = weight[others] / weight[others].sum()
    trend = float(share @ y[others])
    # Where the share is higher its counting noise is too; judged at the level of the group,
    # since a municipality's own share is noisy itself.
    level = max(float(np.average(y[treated], weights=weight[treated])) - trend, 0.0)
    return Excess(
        codes=tuple(codes),
        change=y[treated],
        noise=v[treated] + made.variance_slope[treated] * level,
        ballots=n1[treated],
        share=x1[treated] / n1[treated],
        share_before=x0[treated] / n0[treated],
        trend=trend,
        trend_tau2=float((share**2).sum()),
        trend_phi=float(share**2 @ v[others]),
        fit=fit,
        weights=weights,
    )


def bounded_excess(
    results: Results, counts: IntervalCounts, election: str, outcome: Quantity, codes: Sequence[str]
) -> Interval | None:
    """Bound the excess: share minus that of the rest of the country, less that at the baseline."""
    base = base_difference(results, election, outcome, codes)
    if base is None:
        return None
    if counts.whole is not None:
        return counts.difference(outcome, codes) - base[2]
    if counts.rest is not None and outcome == "invalid":
        return counts.share(outcome, codes) - counts.rest - base[2]
    return None


def names_of(plan: Design, codes: Sequence[str]) -> str:
    """Return the names of municipalities, in order, for a sentence."""
    return ", ".join(sorted(name_of(plan, code) for code in codes))


def name_of(plan: Design, code: str) -> str:
    """Return the name of a municipality; its code if the plan knows no name."""
    return plan.municipalities.get(code, code)


def base_difference(
    results: Results, election: str, outcome: Quantity, codes: Sequence[str]
) -> tuple[float, float, float] | None:
    """Return share, rest share and their difference at the baseline of an election.

    "Rest" is the nation without all municipalities that had the new ballot at ``election``.
    None where one of the counts is unknown.
    """
    found = _baseline(results, election, outcome)
    if found is None:
        return None
    counted, rest = found
    count, total = np.sum([counted[code] for code in codes], axis=0).tolist()
    return count / total, rest, count / total - rest


@lru_cache(maxsize=32)
def _baseline(
    results: Results, election: str, outcome: Quantity
) -> tuple[Mapping[str, tuple[float, float]], float] | None:
    """Return count and total by municipality with the new ballot, and the share of the rest."""
    plan = results.counted_plan
    base = plan.election(election).baseline
    whole = None if base is None else PrintedFigures.of(results).whole(base)
    if base is None or whole is None:
        return None
    here = counted_at(aligned(results, election), base, outcome, "best")
    treated = list(plan.treated(election))
    if not set(treated) <= set(here.index):
        return None
    numbers = here.loc[treated, ["count", "total"]].to_numpy("float64")
    count, total = numbers.sum(axis=0).tolist()
    rest = (whole.count(outcome) - count) / (whole.ballots - total)
    return dict(zip(treated, map(tuple, numbers.tolist()), strict=True)), rest
