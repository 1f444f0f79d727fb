"""Checks of the design: where nothing should be found, is nothing found?

``time``
    The municipalities of the experiment as if treated at earlier pairs of elections.
``outcome``
    Turnout, which the ballot cannot change much, at the elections with the new ballot.
``reversal``
    A municipality back to the usual ballot, as if treated: its change since before the
    experiment should be like that of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaluatie.answers.analysis import Analysis, on_provisional
from evaluatie.answers.effect.changes import change_table
from evaluatie.answers.effect.estimation import estimate_rows, problem_of
from evaluatie.answers.effect.scales import WEIGHTS
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.words import say
from evaluatie.plan import Design

__all__ = ["CHECKS", "PlaceboResult", "placebos"]

CHECKS = ("time", "outcome", "reversal")


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaceboResult(Analysis):
    """Placebos and reversal; see :func:`placebos` for the columns."""

    outcome: str
    alpha: float

    def sentence(self, lang: str = "nl") -> str:
        """Say what the placebos in time and the reversal show, per voter."""
        known = self.table[(self.table["weights"] == "voters") & self.table["estimate"].notna()]
        parts = []
        for check in CHECKS:
            rows = known[known["check"] == check]
            words = [
                say(
                    "effect.placebo_row",
                    lang,
                    pair=f"{row['baseline']}–{row['election']}",
                    estimate=row["estimate"],
                    low=row["conf_low"],
                    high=row["conf_high"],
                )
                for row in rows.to_dict(orient="records")
            ]
            if words:
                outcome = say(f"common.{rows['outcome'].iloc[0]}", lang)
                parts.append(
                    say(
                        f"effect.placebo_{check}",
                        lang,
                        rows="; ".join(words),
                        outcome=outcome,
                        who=str(rows["who"].iloc[0]),
                    )
                )
        return " ".join(parts)


def placebos(
    results: Results,
    outcome: str = "invalid",
    *,
    vintage: str | None = None,
    design: Design | None = None,
    seed: int | None = None,
    alpha: float | None = None,
) -> PlaceboResult:
    """Run the checks that the plan lists.

    Returns
    -------
    PlaceboResult
        ``table``, a row per check × pair of elections × weighting: check (one of
        :data:`CHECKS`), election, baseline, outcome, weights, who (names as if treated),
        estimate (fractions), std_error, conf_low, conf_high, p_value (variance-weighted t),
        p_design, design_low, design_high (re-assignment), n_treated, n_comparison, vintage,
        note and reason (why a check could not be made).

    Raises
    ------
    EstimationError
        If none of the checks can be made.
    """
    plan = design or results.design
    asked = results.vintage if vintage is None else vintage
    level = plan.alpha if alpha is None else alpha
    rows = [
        _row(check, results, weights, plan, asked, seed, level)
        for check in _checks(results, outcome, plan)
        for weights in WEIGHTS
    ]
    table = pd.DataFrame(rows)
    if "estimate" not in table or table["estimate"].isna().all():
        raise EstimationError("no check can be made with these counts", rule="known counts")
    return PlaceboResult(
        table=table,
        assumptions=(
            *("parallel-trends", "variance-model", "exchangeable-strata"),
            *on_provisional(table["vintage"]),
        ),
        seed=plan.seed("randomization") if seed is None else seed,
        sources=results.sources,
        outcome=outcome,
        alpha=level,
    )


@dataclass(frozen=True)
class _Check:
    kind: str
    election: str
    baseline: str
    outcome: str
    treated: tuple[str, ...]


def _checks(results: Results, outcome: str, plan: Design) -> Iterator[_Check]:
    present = set(results.rows["election"])
    first = next(iter(plan.history.values()), ())
    for election, baseline in plan.raw["placebo"]["time"]:
        if {election, baseline} <= present:
            yield _Check("time", election, baseline, outcome, first)
    for election, treated in plan.new_ballot.items():
        base = plan.election(election).baseline
        if base is None or not {election, base} <= present:
            continue
        yield _Check("outcome", election, base, str(plan.raw["placebo"]["outcome"]), treated)
        back = tuple(
            code for code in plan.municipalities if plan.group(code, election) == "reversal"
        )
        if back:
            yield _Check("reversal", election, base, outcome, back)


def _row(
    check: _Check,
    results: Results,
    weights: str,
    plan: Design,
    vintage: str,
    seed: int | None,
    alpha: float,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "check": check.kind,
        "election": check.election,
        "baseline": check.baseline,
        "outcome": check.outcome,
        "weights": weights,
        "who": ", ".join(sorted(plan.municipalities.get(c, c) for c in check.treated)),
        "note": "",
        "reason": "",
    }
    try:
        table = change_table(
            results,
            check.election,
            check.outcome,
            plan=plan,
            vintage=vintage,
            baseline=check.baseline,
            treated=check.treated,
        )
        problem = problem_of(
            table,
            results,
            weights=weights,
            scale="points",
            plan=plan,
            vintage=vintage,
            seed=seed,
            alpha=alpha,
            by_unit=False,
        )
        (model, design), _, _ = estimate_rows(
            table, problem, ("variance-weighted t", "randomization by re-assignment")
        )
    except EstimationError as refusal:
        return {**row, "note": str(refusal), "reason": refusal.rule or ""}
    columns = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
    return {
        **row,
        **{name: float(model[name]) for name in columns},
        "p_design": float(design["p_value"]),
        "design_low": float(design["conf_low"]),
        "design_high": float(design["conf_high"]),
        "n_treated": int(model["n_treated"]),
        "n_comparison": int(model["n_comparison"]),
        "vintage": model["vintage"],
        "note": str(design["note"]),
        "reason": str(design["reason"]),
    }
