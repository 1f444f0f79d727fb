r"""The effect of the new ballot: difference in differences with few treated municipalities.

Every municipality is collapsed to its change in share since the last election of the same
kind with the usual ballot, :math:`y_i = x_{1i} / n_{1i} - x_{0i} / n_{0i}`. The estimate is

.. math:: \hat\delta = \sum_{i \in T} a_i y_i - \sum_{i \in C} a_i y_i,

over the municipalities with the new ballot (T) and those compared with (C), with weights
:math:`a_i` that sum to one within each: in proportion to the ballots :math:`n_{1i}` (per voter),
or equal (per municipality). This module takes y and a from the counts; standard error,
degrees of freedom, interval and p-value are those of :func:`evaluatie.stats.changes.weighted_t`.

On the ratio scale y is each municipality's contribution to a log rate ratio:
:mod:`evaluatie.answers.effect.ratio`. Other tests of the same y are in
:mod:`evaluatie.answers.effect.methods`; elections of which only rounded shares were printed in
:mod:`evaluatie.answers.effect.bounded`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.answers.answer import Answer, Statement
from evaluatie.answers.effect import show
from evaluatie.answers.effect.bounds import known_as_intervals
from evaluatie.answers.effect.changes import ChangeTable, changes_of
from evaluatie.answers.effect.comparison import balance, characteristics
from evaluatie.answers.effect.methods import (
    METHODS,
    POOLED,
    default_methods,
    estimate_rows,
    null_of,
)
from evaluatie.answers.effect.ratio import contributions, own_log_ratio
from evaluatie.answers.effect.reliability import reliability
from evaluatie.counts import Results
from evaluatie.counts.names import pick
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import SCALES, WEIGHTS, Comparison, Outcome, Question, Scale, Weights
from evaluatie.stats.change_variance import VarianceFit, fit_between_variance
from evaluatie.stats.changes import change_in_share, weighted_t
from evaluatie.stats.estimates import Estimate, Flags, Floats

__all__ = ["Problem", "Scaled", "effect", "on_scale", "pooled"]


def effect(
    results: Results,
    election: str | None = None,
    outcome: Outcome = "invalid",
    *,
    weights: Weights = "voters",
    treated: str | Sequence[str] | None = None,
    comparison: Comparison = "all",
    scale: Scale = "points",
    vintage: str | None = None,
    methods: Sequence[str] | None = None,
    seed: int | None = None,
    alpha: float | None = None,
) -> Answer:
    """Estimate what the new ballot did, by difference in differences.

    The estimand is the mean, over the municipalities with the new ballot, of their change in
    share since the last election of the same kind with the usual ballot, minus the mean
    change of the comparison municipalities.

    Parameters
    ----------
    results
        Counts, from :func:`evaluatie.load`.
    election
        One with the new ballot, such as ``TK2025``; by default the latest with counts.
    outcome
        ``invalid``, ``blank``, ``rejected`` (shares of ballots found) or ``turnout`` (share
        of eligible voters; a placebo outcome).
    weights
        ``voters``: municipalities count by their ballots at the election, in both groups;
        ``municipalities``: each counts once.
    treated
        Municipalities with the new ballot, by name or code; all by default. The others with
        the new ballot then take no part.
    comparison
        A rule of :data:`evaluatie.answers.effect.comparison.RULES`, or names or codes.
    scale
        ``points``: difference of shares, as fractions; ``ratio``: rate ratio of the Poisson
        regression with municipality and election effects (its standard error is that of the
        logarithm).
    vintage
        ``best``, ``official`` or ``provisional`` count of the election; that of ``results``
        by default. The baseline is taken in the best there is, and both are marked.
    methods
        Names in :data:`evaluatie.answers.effect.METHODS`; the plan's primary and sensitivity
        methods by default.
    seed, alpha
        Instead of the plan's seeds and level.

    Returns
    -------
    Answer
        ``table`` holds a row per method and unit; see :data:`evaluatie.answers.effect.COLUMNS`. A
        method that cannot be used keeps its row, without numbers and with the reason in
        ``note``. Where the counts are known only from rounded printed shares, the table
        holds bounds and no estimate; see :mod:`evaluatie.answers.effect.bounded`. In ``parts``:
        ``changes`` (every municipality's counts and change, whatever its group), ``balance``
        (characteristics of treated, candidates and comparison group) and, where that method
        was run, ``null`` (the re-assignment distribution).

    Raises
    ------
    UnknownNameError
        For an unknown election, outcome, weighting, scale, vintage, rule, method or
        municipality, with the nearest name.
    InputError
        For an alpha outside 0 to 1.
    EstimationError
        Where the data cannot support an estimate: no baseline in the plan, nobody treated who
        was counted at both elections, fewer than two comparison municipalities, the outcome
        unknown in the vintage, or all counts zero.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.effect(evaluatie.load(["GR2022", "GR2026"]), "GR2026")
    >>> first = made.table.iloc[0]
    >>> int(first["n_treated"]), int(first["n_comparison"])
    (11, 318)
    >>> f"{100 * first['estimate']:+.2f} percentage points"
    '+0.44 percentage points'
    """
    election = results.design.latest if election is None else election
    if treated is not None:
        results = _only_treated(results, election, treated)
    question = Question.of(
        results.design,
        outcome=outcome,
        weights=weights,
        comparison=comparison,
        scale=scale,
        vintage=results.vintage if vintage is None else vintage,
        seed=seed,
        alpha=alpha,
    )
    names = default_methods(results.design) if methods is None else tuple(methods)
    for name in names:
        if name not in METHODS:
            raise UnknownNameError.of("method", name, METHODS)
    if known_as_intervals(results, election, question.vintage):
        from evaluatie.answers.effect.bounded import bounded_effect

        return bounded_effect(results, election, question)
    table = changes_of(results, election, question)
    rows, assumptions, test = estimate_rows(Problem.of(results, table, question), names)
    frame = pd.DataFrame(rows).reindex(columns=list(show.COLUMNS))
    units = results.design.treated(election)
    about = results.table("covariates")
    numbers = characteristics(results, question.outcome, table.baseline, units, about)
    parts: dict[str, Any] = {"changes": table.frame, "balance": balance(table.frame, numbers)}
    return Answer(
        table=frame,
        columns=show.EFFECT,
        statements=_said(frame, question.alpha),
        assumptions=assumptions,
        seed=results.design.seed("randomization") if seed is None else seed,
        sources=table.sources,
        left_out=table.left_out,
        parts=parts if test is None else {**parts, "null": null_of(test)},
        draw=show.draw,
    )


def _only_treated(results: Results, election: str, names: str | Sequence[str]) -> Results:
    """Leave out the municipalities with the new ballot that are not asked for."""
    codes = results.design.treated(election)
    called = [(code, results.design.municipalities[code]) for code in codes]
    what = f"municipality with the new ballot at {election}"
    listed = [names] if isinstance(names, str) else names
    asked = {pick(name, called, what) for name in listed}
    return results.without(code for code in codes if code not in asked)


def pooled(answer: Answer) -> pd.DataFrame:
    """Return the rows about all municipalities with the new ballot together, one a method."""
    return answer.table[answer.table["unit"] == POOLED].reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Scaled:
    """Arrays over treated and comparison municipalities, in order of code.

    Attributes
    ----------
    y, v, slope
        What is compared, its sampling variance without an effect, and how the variance of a
        treated unit grows with the effect (zero on the ratio scale).
    weight
        Weight in the mean of the own group; not normalised.
    treated
        Flags.
    own
        The municipality's own change or log rate ratio, for effects per municipality: equal
        to ``y`` on the points scale; infinite where a count is zero on the ratio scale.
    """

    y: Floats
    v: Floats
    slope: Floats
    weight: Floats
    treated: Flags
    own: Floats

    @property
    def estimate(self) -> float:
        """Difference of the weighted means."""
        return self._mean(self.treated) - self._mean(~self.treated)

    def _mean(self, some: Flags) -> float:
        return float(self.weight[some] @ self.y[some] / self.weight[some].sum())


def on_scale(used: pd.DataFrame, scale: str, weights: str) -> Scaled:
    """Turn counts before and after into the arrays of one scale and weighting.

    Parameters
    ----------
    used
        Rows with group ``treated`` or ``comparison``; columns of ``ChangeTable.frame``.
    scale
        ``points`` or ``ratio``.
    weights
        ``voters``: by ballots at the later election (ratio: as the Poisson regression on
        counts weighs); ``municipalities``: equally.

    Raises
    ------
    UnknownNameError
        For another scale or weighting.
    EstimationError
        If all counts are zero, or, on the ratio scale, all of one group at one election.
    """
    if scale not in SCALES:
        raise UnknownNameError.of("scale", scale, SCALES)
    if weights not in WEIGHTS:
        raise UnknownNameError.of("weights", weights, WEIGHTS)
    x0, n0, x1, n1 = (
        used[f"{what}_{when}"].to_numpy("float64")
        for when in ("before", "after")
        for what in ("count", "ballots")
    )
    treated = (used["group"] == "treated").to_numpy(dtype=np.bool_)
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
    return Scaled(y, v, 0 * equal, weight, treated, own=own_log_ratio(x0, n0, x1, n1))


@dataclass(frozen=True, eq=False)
class Problem:
    """What a method works on.

    Attributes
    ----------
    by_unit
        Whether rows per municipality are wanted beside the pooled one.
    """

    results: Results
    table: ChangeTable
    question: Question
    scaled: Scaled
    by_unit: bool = True

    @classmethod
    def of(
        cls, results: Results, table: ChangeTable, question: Question, *, by_unit: bool = True
    ) -> Problem:
        """Put counts on the scale and under the weights of a question.

        Raises
        ------
        EstimationError
            As :func:`on_scale`.
        """
        scaled = on_scale(table.used, question.scale, question.weights)
        return cls(results, table, question, scaled, by_unit)

    def without(self, codes: Sequence[str]) -> Problem:
        """Return the same problem with some municipalities left out of both groups."""
        frame = self.table.frame
        left = frame["municipality_code"].isin(list(codes))
        group = frame["group"].where(~left, "other")
        table = replace(self.table, frame=frame.assign(group=group))
        return Problem.of(self.results, table, self.question, by_unit=False)

    def t_test(
        self,
        weights: Literal["voters", "model"] = "voters",
        *,
        unit: int | None = None,
        fit: VarianceFit | None = None,
    ) -> Estimate:
        """Return the variance-weighted t: the estimate and test of the first page.

        Parameters
        ----------
        weights
            ``voters`` stands for the weights of the question; ``model`` for precision weights.
        unit
            Position of the one municipality whose own effect is wanted; else all are pooled.
        fit
            Other variances than those by restricted maximum likelihood.
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
            fit=fit or self.fit,
            alpha=self.alpha,
        )

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

    @property
    def codes(self) -> tuple[str, ...]:
        """Municipality codes, in the order of the arrays."""
        return tuple(str(code) for code in self.table.used["municipality_code"])

    @property
    def strata(self) -> NDArray[np.intp]:
        """Strata of ballots: as many as the plan says, fewer in a small comparison group."""
        ballots = self.table.used["ballots_after"].to_numpy("float64")
        n_comparison = int((~self.scaled.treated).sum())
        wanted = max(1, min(self.setting("size_strata"), n_comparison // 10))
        cuts = np.quantile(ballots, np.arange(1, wanted) / wanted)
        return np.searchsorted(cuts, ballots, side="left")

    def setting(self, name: str) -> int:
        """Return a setting of the tests in the plan."""
        return int(self.results.design.raw["inference"][name])

    def seed(self, name: str) -> int:
        """Return the seed of a method."""
        own = self.question.seed
        return self.results.design.seed(name) if own is None else own


def _said(table: pd.DataFrame, alpha: float) -> tuple[Statement, ...]:
    """Say the pooled effect with its interval, and that of re-assignment beside it."""
    rows = table[table["unit"] == POOLED]
    known = rows.dropna(subset=["conf_low"])
    if known.empty:
        row = rows.iloc[0]
        return (Statement("effect.refused", {**show.words(row), "note": show.reason(row)}),)
    first = known.iloc[0]
    opening = Statement(
        f"effect.opening_{first['scale']}", {**show.words(first), "level": show.level(alpha)}
    )
    said = [opening, *_expected(known, alpha)]
    design = known[known["method"] == "randomization by re-assignment"]
    if not design.empty and first["method"] != "randomization by re-assignment":
        row = design.iloc[0]
        ends = np.isfinite(row[["conf_low", "conf_high"]].to_numpy("float64")).all()
        key = f"design_{first['scale']}" if ends else "design_unbounded"
        said.append(Statement(f"effect.{key}", show.words(row)))
    if len(said) > 1 and first["scale"] == "points":
        said += reliability(*(first[each] for each in ("n_treated", "outcome", "comparison")))
    return tuple(said)


def _expected(known: pd.DataFrame, alpha: float) -> Iterator[Statement]:
    """Say of whom the first number is, what others may expect, and how far effects differ."""
    by_estimand = known[known["estimand"].isin(["mean", "next"])].set_index("estimand")
    if by_estimand.empty:
        return
    yield Statement("effect.of_these")
    for estimand, row in by_estimand.iterrows():
        words = {**show.words(row), "level": show.level(alpha)}
        yield Statement(f"effect.{estimand}_{row['scale']}", words)
    if row["scale"] == "points":
        differ = "yes" if row["q_p_value"] <= alpha else "no"
        # A spread has no sign: in points without a plus.
        numbers = {name: 100 * row[name] for name in ("tau", "tau_low", "tau_high")}
        words = {
            "q": row["q"],
            "df": row["n_treated"] - 1,
            "p": row["q_p_value"],
            "level": show.level(alpha),
        }
        yield Statement(
            "effect.spread_points",
            {**numbers, **words, "differ": f"@effect.differ_{differ}", "level": show.level(alpha)},
        )
