r"""The effect of the new ballot: difference in differences with few treated municipalities.

Every municipality is collapsed to its change in share since the last election of the same
kind with the usual ballot, :math:`y_i = x_{1i} / n_{1i} - x_{0i} / n_{0i}`. The estimate is

.. math:: \hat\delta = \sum_{i \in T} a_i y_i - \sum_{i \in C} a_i y_i,

over the municipalities with the new ballot (T) and those compared with (C), with weights
:math:`a_i` that sum to one within each: in proportion to the ballots :math:`n_{1i}` (per voter),
or equal (per municipality): :mod:`evaluatie.answers.effect.problem` takes y and a from the counts.
Standard error, degrees of freedom, interval and p-value are those of
:func:`evaluatie.stats.changes.weighted_t`.

On the ratio scale y is each municipality's contribution to a log rate ratio. Other tests of the
same y are in :mod:`evaluatie.answers.effect.methods`; elections of which only rounded shares were
printed in :mod:`evaluatie.answers.effect.bounded`.

Over several elections every one counts once. One with bounds gives the mean bounds too. How
elections differ is seen in a few of them only: the mean at elections like these is a
random-effects mean with a t on one less than there are elections, and one more election is
predicted with the same t (Partlett and Riley 2017, Statistics in Medicine 36, 301-317). The same
municipalities voted at several, which is not allowed for: their own peculiarities look like
those of the ballot.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.columns import POOLED
from evaluatie.answers.effect import show
from evaluatie.answers.effect.bounded import bounded_effect
from evaluatie.answers.effect.bounds import known_as_intervals
from evaluatie.answers.effect.comparison import balance, characteristics
from evaluatie.answers.effect.methods import default_methods, estimate_rows, method_called, null_of
from evaluatie.answers.effect.problem import Problem, Row
from evaluatie.answers.effect.reliability import reliability, sizes
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results
from evaluatie.counts.names import pick
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.tables import rows_of
from evaluatie.plan import Comparison, Outcome, Question, Scale, Weights
from evaluatie.stats.prediction import predict_new
from evaluatie.stats.student import critical_value


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
        A rule of :data:`evaluatie.plan.COMPARISONS`, or names or codes.
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
    election = results.counted_plan.latest if election is None else election
    if treated is not None:
        results = _only_treated(results, election, treated)
    plan = results.counted_plan
    question = Question.of(
        plan,
        outcome=outcome,
        weights=weights,
        comparison=comparison,
        scale=scale,
        vintage=results.vintage if vintage is None else vintage,
        seed=seed,
        alpha=alpha,
    )
    names = default_methods(plan) if methods is None else tuple(methods)
    for name in names or ("",):
        method_called(name)
    if known_as_intervals(results, election, question.vintage):
        return bounded_effect(results, election, question)
    problem = Problem.of(results, election, question, whole=True)
    table = problem.table
    rows, assumptions = estimate_rows(problem, names)
    if question.scale == "points" and question.comparison == "all":
        # How often each method rejects a true null, where that was simulated.
        size = sizes(problem.n_treated, question.outcome, question.weights)
        for row in rows:
            row.update(size.get(row["method"], {}) if row["unit"] == POOLED else {})
    numbers = characteristics(results, question.outcome, table.baseline, plan.treated(election))
    parts: dict[str, Any] = {"changes": table.frame, "balance": balance(table.frame, numbers)}
    tests = [row.pop("test") for row in rows if "test" in row]
    return Answer(
        table=pd.DataFrame(rows).reindex(columns=list(show.COLUMNS)),
        columns=show.EFFECT,
        statements=_said(rows, question.alpha),
        assumptions=assumptions,
        seed=plan.seed("randomization") if seed is None else seed,
        sources=table.sources,
        left_out=table.left_out,
        parts={**parts, "null": null_of(tests[-1])} if tests else parts,
        draw=show.draw,
    )


def _only_treated(results: Results, election: str, names: str | Sequence[str]) -> Results:
    """Leave out the municipalities with the new ballot that are not asked for."""
    codes = results.counted_plan.treated(election)
    called = [(code, results.counted_plan.municipalities[code]) for code in codes]
    what = f"municipality with the new ballot at {election}"
    listed = [names] if isinstance(names, str) else names
    asked = {pick(name, called, what) for name in listed}
    return results.without(code for code in codes if code not in asked)


def pooled(answer: Answer) -> pd.DataFrame:
    """Return the rows about all municipalities with the new ballot together, one a method."""
    return answer.table[answer.table["unit"] == POOLED].reset_index(drop=True)


def _said(rows: Sequence[Row], alpha: float) -> tuple[Statement, ...]:
    """Say the pooled effect with its interval, and that of re-assignment beside it."""
    every = [row for row in rows if row["unit"] == POOLED]
    known = [row for row in every if not math.isnan(row["conf_low"])]
    if not known:
        words = {**show.words(every[0]), "note": show.reason(every[0])}
        return (Statement("effect.refused", words),)
    first, level = known[0], {"level": show.level(alpha)}
    said = [Statement(f"effect.opening_{first['scale']}", {**show.words(first), **level})]
    said += _expected(known, alpha)
    for row in known[1:]:
        if row["method"] == "randomization by re-assignment":
            bounded = math.isfinite(row["conf_low"]) and math.isfinite(row["conf_high"])
            key = f"design_{row['scale']}" if bounded else "design_unbounded"
            said.append(Statement(f"effect.{key}", show.words(row)))
    if len(said) > 1 and first["scale"] == "points":
        said += reliability(first["n_treated"], first["outcome"], first["comparison"])
    return tuple(said)


def _expected(known: Sequence[Row], alpha: float) -> Iterator[Statement]:
    """Say of whom the first number is, what others may expect, and how far effects differ."""
    rows = [row for row in known if row["estimand"] in ("mean", "next")]
    if not rows:
        return
    level = {"level": show.level(alpha)}
    yield Statement("effect.of_these")
    for row in rows:
        key = f"effect.{row['estimand']}_{row['scale']}"
        yield Statement(key, {**show.words(row), **level})
    if row["scale"] == "points":
        differ = "yes" if row["q_p_value"] <= alpha else "no"
        words = {"q": row["q"], "df": row["n_treated"] - 1, "p": row["q_p_value"]}
        # A spread has no sign: in points without a plus.
        words |= {name: 100 * row[name] for name in ("tau", "tau_low", "tau_high")}
        words |= {"differ": f"@effect.differ_{differ}", **level}
        yield Statement("effect.spread_points", words)


@dataclass(frozen=True, eq=False)
class Across:
    """The effect over several elections, fractions of ballots, per voter.

    ``table`` has a row per election: election, low, high (the estimate, or its bounds), std_error,
    conf_low, conf_high, n_treated, n_comparison. ``low`` and ``high`` bound the mean; ``conf`` is
    the interval of the mean at elections like these and ``pred`` that of the effect at one more,
    both with the outer ends over all bounds; ``tau`` is the largest standard deviation between
    elections.
    """

    table: pd.DataFrame
    low: float
    high: float
    conf_low: float
    conf_high: float
    pred_low: float
    pred_high: float
    tau: float
    assumptions: tuple[str, ...]


@lru_cache(maxsize=16)
def across(results: Results, outcome: Outcome) -> Across:
    """Combine the effects of all elections with the new ballot; refused for fewer than three."""
    plan = results.counted_plan
    method = plan.raw["inference"]["primary_model"]
    rows: list[Row] = []
    assumptions: list[str] = []
    for election in plan.new_ballot:
        try:
            made = effect(results, election, outcome, methods=(method,))
        except EstimationError:
            continue
        first = rows_of(made.table)[0]
        low, high = (
            first[f"bound_{end}"] if math.isnan(first["estimate"]) else first["estimate"]
            for end in ("low", "high")
        )
        kept = ("election", "std_error", "conf_low", "conf_high", "n_treated", "n_comparison")
        rows.append({**{name: first[name] for name in kept}, "low": low, "high": high})
        assumptions += made.assumptions
    if len(rows) < 3:
        raise EstimationError(
            "fewer than three elections have an effect: how elections differ is unknown",
            rule="elections >= 3",
            value=len(rows),
        )
    table = pd.DataFrame(rows)
    corners = [
        predict_new(corner, table["std_error"].astype(float) ** 2, alpha=plan.alpha)
        for corner in itertools.product(*zip(table["low"], table["high"], strict=True))
    ]
    reach = critical_value(plan.alpha, len(table) - 1.0)
    return Across(
        table=table,
        low=float(table["low"].mean()),
        high=float(table["high"].mean()),
        conf_low=min(each.conf_low for each in corners),
        conf_high=max(each.conf_high for each in corners),
        pred_low=min(each.estimate - reach * each.pred_error for each in corners),
        pred_high=max(each.estimate + reach * each.pred_error for each in corners),
        tau=max(math.sqrt(each.tau2) for each in corners),
        assumptions=("elections-alike", *dict.fromkeys(assumptions)),
    )
