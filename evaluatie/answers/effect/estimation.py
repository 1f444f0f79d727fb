"""The estimate itself: changes, comparison group, methods, table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.analysis import on_provisional
from evaluatie.answers.effect.changes import ChangeTable, change_table
from evaluatie.answers.effect.earlier import Earlier, earlier_counts, placebo_elections
from evaluatie.answers.effect.methods import METHODS, default_methods, run_method
from evaluatie.answers.effect.problem import POOLED, Problem, Row
from evaluatie.answers.effect.result import COLUMNS, EffectResult, NullDistribution
from evaluatie.answers.effect.scales import on_scale
from evaluatie.counts import OUTCOMES, Results
from evaluatie.ground.errors import UnknownNameError
from evaluatie.plan import Design
from evaluatie.stats._checks import check_level

if TYPE_CHECKING:
    from evaluatie.stats.randomization import Randomization

__all__ = ["effect", "estimate_changes", "estimate_rows", "problem_of"]

_LOG_COLUMNS = ("estimate", "conf_low", "conf_high", "shrunk", "shrunk_low", "shrunk_high")


def effect(
    results: Results,
    election: str,
    outcome: str = "invalid",
    *,
    weights: str = "voters",
    comparison: str | Sequence[str] = "all",
    scale: str = "points",
    vintage: str | None = None,
    methods: Sequence[str] | None = None,
    design: Design | None = None,
    covariates: pd.DataFrame | None = None,
    seed: int | None = None,
    alpha: float | None = None,
    data: Path | str | None = None,
) -> EffectResult:
    """Estimate what the new ballot did, by difference in differences.

    The estimand is the mean, over the municipalities with the new ballot, of their change in
    share since the last election of the same kind with the usual ballot, minus the mean
    change of the comparison municipalities.

    Parameters
    ----------
    results
        Counts, from :func:`evaluatie.load`.
    election
        One with the new ballot, such as ``TK2025``.
    outcome
        ``invalid``, ``blank``, ``rejected`` (shares of ballots found) or ``turnout`` (share
        of eligible voters; a placebo outcome).
    weights
        ``voters``: municipalities count by their ballots at the election, in both groups;
        ``municipalities``: each counts once.
    comparison
        A rule of :data:`evaluatie.answers.comparison.RULES`, or names or codes.
    scale
        ``points``: difference of shares, as fractions; ``ratio``: rate ratio of the Poisson
        regression with municipality and election effects (its standard error is that of the
        logarithm).
    vintage
        ``best``, ``official`` or ``provisional`` count of the election; that of ``results``
        by default. The baseline is taken in the best there is, and both are marked.
    methods
        Names in :data:`evaluatie.answers.effect.METHODS`; the plan's primary and sensitivity methods
        by default.
    design, covariates
        Another plan; another table ``covariates``.
    seed, alpha
        Instead of the plan's seeds and level.
    data
        A folder with the user's own tables, for covariates and printed figures; that of
        ``results`` by default.

    Returns
    -------
    EffectResult
        ``table`` holds a row per method and unit; see :data:`evaluatie.answers.effect.COLUMNS`. A
        method that cannot be used keeps its row, without numbers and with the reason in
        ``note``. Where the counts are known only from rounded printed shares, the table
        holds bounds and no estimate; see :mod:`evaluatie.answers.effect.bounded`.

    Raises
    ------
    UnknownNameError
        For an unknown election, outcome, weighting, scale, vintage, rule, method or
        municipality, with the nearest name.
    EstimationError
        Where the data cannot support an estimate: no baseline in the plan, nobody treated who
        was counted at both elections, fewer than two comparison municipalities, the outcome
        unknown in the vintage, or all counts zero.
    """
    plan = design or results.design
    if outcome not in OUTCOMES:
        raise UnknownNameError.of("outcome", outcome, OUTCOMES)
    names = default_methods(plan) if methods is None else tuple(methods)
    for name in names:
        if name not in METHODS:
            raise UnknownNameError.of("method", name, METHODS)
    asked = results.vintage if vintage is None else vintage
    level = check_level(plan.alpha if alpha is None else alpha)
    if _known_as_intervals(results, election, asked, plan):
        from evaluatie.answers.effect.bounded import bounded_effect

        return bounded_effect(
            results,
            election,
            outcome,
            weights=weights,
            scale=scale,
            comparison=comparison,
            vintage=asked,
            plan=plan,
            alpha=level,
            data=data,
        )
    about = results.beside(data).table("covariates") if covariates is None else covariates
    table = change_table(
        results,
        election,
        outcome,
        plan=plan,
        vintage=asked,
        comparison=comparison,
        covariates=about,
    )
    return estimate_changes(
        table,
        results,
        weights=weights,
        scale=scale,
        methods=names,
        plan=plan,
        vintage=asked,
        seed=seed,
        alpha=level,
    )


def estimate_changes(
    table: ChangeTable,
    results: Results,
    *,
    weights: str,
    scale: str,
    methods: Iterable[str],
    plan: Design,
    vintage: str,
    seed: int | None = None,
    alpha: float | None = None,
) -> EffectResult:
    """Run methods on changes that are already there; parameters as :func:`effect`."""
    problem = problem_of(
        table,
        results,
        weights=weights,
        scale=scale,
        plan=plan,
        vintage=vintage,
        seed=seed,
        alpha=alpha,
    )
    rows, keys, test = estimate_rows(table, problem, methods)
    return EffectResult(
        table=pd.DataFrame(rows).reindex(columns=list(COLUMNS)),
        assumptions=keys,
        seed=problem.seed_of("randomization"),
        sources=table.sources,
        changes=table.frame,
        null=None if test is None else NullDistribution.of(test),
        balance=table.group.balance,
        left_out=table.left_out,
        alpha=problem.alpha,
    )


def estimate_rows(
    table: ChangeTable, problem: Problem, methods: Iterable[str]
) -> tuple[list[dict[str, Any]], tuple[str, ...], Randomization | None]:
    """Return rows of the result table, assumptions, and the re-assignments to be shown."""
    used = table.used
    names = dict(zip(used["municipality_code"], used["municipality"], strict=True))
    common = {
        "outcome": table.outcome,
        "election": table.election,
        "baseline": table.baseline,
        "scale": problem.scale,
        "weights": problem.weights,
        "comparison": table.group.rule,
        "vintage": table.vintage,
        "baseline_vintage": table.baseline_vintage,
    }
    rows: list[dict[str, Any]] = []
    keys: list[str] = []
    test: Randomization | None = None
    for name in methods:
        for made in run_method(name, problem):
            rows.append({**common, **_cells(made, name, problem.scale, names)})
            test = made.test or test
        keys += METHODS[name].assumptions
    return rows, _assumptions(table, problem.scale, keys), test


def problem_of(
    table: ChangeTable,
    results: Results,
    *,
    weights: str,
    scale: str,
    plan: Design,
    vintage: str,
    seed: int | None = None,
    alpha: float | None = None,
    by_unit: bool = True,
) -> Problem:
    """Turn changes into what the methods work on; ``by_unit``: rows per municipality too."""
    used = table.used
    codes = tuple(str(code) for code in used["municipality_code"])

    @cache
    def earlier() -> Earlier:
        elections = placebo_elections(plan, table.election, table.baseline)
        return earlier_counts(results, elections, codes, table.outcome, vintage)

    return Problem(
        scaled=on_scale(used, scale, weights),
        codes=codes,
        ballots=used["ballots_after"].to_numpy("float64"),
        scale=scale,
        weights=weights,
        plan=plan,
        alpha=plan.alpha if alpha is None else alpha,
        earlier=earlier,
        seed=seed,
        by_unit=by_unit,
    )


def _known_as_intervals(results: Results, election: str, vintage: str, plan: Design) -> bool:
    """Whether no treated municipality has counts, but the plan bounds what was printed."""
    plan.election(election)
    rows = results.rows[results.rows["election"] == election]
    treated = rows[rows["municipality_code"].isin(plan.treated(election))]
    unknown = not treated[["ballots", "rejected"]].notna().any(axis=None)
    bounded = election in plan.raw["bounds"]["blank_share"]
    return bounded and unknown and not treated.empty and vintage != "provisional"


def _cells(row: Row, method: str, scale: str, names: Mapping[str, str]) -> dict[str, Any]:
    each = row.estimate
    cells: dict[str, Any] = {
        "unit": row.unit,
        "municipality": None if row.unit == POOLED else names.get(row.unit),
        "estimate": each.estimate,
        "std_error": each.std_error,
        "conf_low": each.conf_low,
        "conf_high": each.conf_high,
        "p_value": each.p_value,
        **row.extra,
        "method": method,
        "role": METHODS[method].role,
        "n_treated": each.n_treated,
        "n_comparison": each.n_comparison,
        "assumption": " ".join(METHODS[method].assumptions),
        "note": row.note,
        "reason": row.reason,
    }
    if scale == "ratio":
        for column in _LOG_COLUMNS:
            if column in cells:
                cells[column] = _exp(cells[column])
    return cells


def _exp(value: float) -> float:
    return math.inf if value >= 700 else math.exp(value)  # NaN stays NaN


def _assumptions(table: ChangeTable, scale: str, keys: Iterable[str]) -> tuple[str, ...]:
    found = list(keys)
    found += on_provisional(*table.vintages)
    if table.vintage != table.baseline_vintage:
        found.append("mixed-vintage-pair")
    if scale == "ratio":
        found.append("log-linearised")
    if table.group.rule == "nearest":
        found.append("matched-on-baseline")
    if (table.left_out["group"] == "treated").any():
        found.append("treated-missing")
    return tuple(dict.fromkeys(found))
