"""Rates by how often voters met the new ballot: one regression over all elections.

Log rate = municipality + election + number of use; municipality effects are constant over
elections of every kind.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.answers.baselines import counts_of, same_division
from evaluatie.answers.columns import POOLED
from evaluatie.answers.learning.excess import base_difference, left_out, observed
from evaluatie.answers.learning.show import Estimated, tidy
from evaluatie.answers.printed import interval_counts
from evaluatie.answers.statement import Statement, one_vintage
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Question
from evaluatie.stats.conditional_poisson import ConditionalPoisson, fit_conditional_poisson
from evaluatie.stats.estimates import Floats
from evaluatie.stats.student import t_row

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Panel:
    """Counts of many municipalities at several elections; NaN = unknown or left out.

    ``use`` is the number of the use of the new ballot, 0 with the usual one; ``back`` marks cells
    of municipalities that went back to the usual ballot.
    """

    codes: tuple[str, ...]
    elections: tuple[str, ...]
    counts: Floats
    ballots: Floats
    use: NDArray[np.int64]
    back: NDArray[np.bool_]
    vintages: frozenset[str]


def exposure(results: Results, question: Question) -> Estimated:
    """Return the table, rate ratios by use for the figure, and sentences."""
    panel = panel_of(results, question)
    rows = _model_rows(panel, question.alpha)
    if question.outcome == "invalid":
        rows += _printed_rows(results, question)
    table = tidy(rows, "exposure", question).assign(vintage=one_vintage(panel.vintages))
    table.loc[table["basis"] == "printed", "vintage"] = "official"
    detail = table[table["what"].str.startswith("use")].reset_index(drop=True)
    return Estimated(table, detail, _said(table, question.outcome))


def panel_of(results: Results, question: Question) -> Panel:
    """Collect counts of every election with the new ballot and of its baseline; refused if none."""
    plan = results.counted_plan
    wanted: list[str] = []
    for name in plan.new_ballot:
        base = plan.election(name).baseline
        if base is not None and observed(results, question, name):
            wanted += [base, name]
    elections = tuple(name for name in plan.elections if name in wanted)
    if not elections:
        raise EstimationError("no election with the new ballot has counts", rule="counts known")
    aligned = same_division(results, elections)
    shares = aligned.shares(question.outcome, question.vintage)
    codes = tuple(sorted(set(shares.loc[shares["election"].isin(elections), "municipality_code"])))
    vintages = [question.vintage if name in plan.new_ballot else "best" for name in elections]
    count, ballots = counts_of(results, elections, codes, question.outcome, vintages)
    cells = [(code, name) for code in codes for name in elections]
    treated = {name: set(plan.treated(name)) for name in elections}
    met = np.array([plan.exposure(code, name) for code, name in cells]).reshape(count.shape)
    new = np.array([code in treated[name] for code, name in cells]).reshape(count.shape)
    use, back = np.where(new, met, 0), (met > 0) & ~new
    out = np.array([plan.excluded(code, name) is not None for code, name in cells])
    out = out.reshape(count.shape)
    # The plan leaves a municipality that went back out of comparisons; here it has its own term.
    count[out & ~back] = np.nan
    count[count > ballots] = np.nan
    # Without a baseline of the same kind there is nothing to hold the share against.
    for name in set(plan.new_ballot) & set(elections):
        lacking = set(left_out(results, question, name)["municipality_code"]) & set(
            plan.treated(name)
        )
        count[[code in lacking for code in codes], elections.index(name)] = np.nan
    known = shares[shares["election"].isin(elections) & shares["share"].notna()]
    latest = known[known["election"].isin(plan.new_ballot)]
    return Panel(
        codes, elections, count, ballots, use, back, frozenset(map(str, latest["vintage"]))
    )


def _design(panel: Panel) -> tuple[Floats, list[str]]:
    """Election dummies (the first left out), then uses and the way back; names of the latter."""
    there = np.isfinite(panel.counts)
    terms: list[tuple[str, NDArray[np.bool_]]] = [
        *((f"use {k}", (panel.use == k) & there) for k in range(1, int(panel.use.max()) + 1)),
        ("back", panel.back & there),
    ]
    terms = [(name, cells) for name, cells in terms if cells.any()]
    dummies = [
        np.broadcast_to(np.arange(len(panel.elections)) == t, there.shape)
        for t in range(1, len(panel.elections))
    ]
    cells = [*dummies, *(each for _, each in terms)]
    return np.stack(cells, axis=2).astype(np.float64), [name for name, _ in terms]


def _model_rows(panel: Panel, alpha: float) -> list[Row]:
    design, names = _design(panel)
    try:
        fit = fit_conditional_poisson(panel.counts, panel.ballots, design)
    except EstimationError as refusal:
        return [_row("use", note=str(refusal))]
    # Number of municipalities that each coefficient rests on.
    terms = design[:, :, -len(names) :]
    carriers = dict(zip(names, terms.any(axis=1).sum(axis=0).tolist(), strict=True))
    uses = [name for name in names if name != "back"]
    contrasts: list[tuple[str, dict[str, float]]] = [(name, {name: 1.0}) for name in names]
    contrasts += [
        (f"{later} / {earlier}", {later: 1.0, earlier: -1.0})
        for earlier, later in itertools.combinations(uses, 2)
    ]
    rows = []
    for what, weights in contrasts:
        vector = np.zeros(len(fit.beta))
        for name, weight in weights.items():
            vector[len(fit.beta) - len(names) + names.index(name)] = weight
        fewest = min(carriers[name] for name in weights)
        rows += _rows(what, fit, vector, fewest, alpha)
    return rows


def _rows(
    what: str, fit: ConditionalPoisson, vector: Floats, fewest: int, alpha: float
) -> list[Row]:
    """Quasi-Poisson and jackknife of one contrast, as a ratio of rates."""
    estimate, used = float(vector @ fit.beta), vector != 0
    rows = []
    for method, covariance, df, note in (
        ("quasi-Poisson", fit.covariance, float(fit.df), f"dispersion {fit.dispersion:.2f}"),
        # No more certain than the few municipalities that carry the coefficient allow.
        ("CRV3 jackknife", fit.jackknife, float(max(fewest - 1, 1)), ""),
    ):
        row = _row(what, note)
        row |= {"method": method, "estimate": math.exp(estimate), "df": df}
        row |= {"n_units": fewest, "n_comparison": fit.n_groups}
        variance = float(vector[used] @ covariance[np.ix_(used, used)] @ vector[used])
        if fewest < 2 and method != "quasi-Poisson":
            row["note"] = "carried by a single municipality"
        elif math.isfinite(variance) and variance > 0:
            made = t_row(estimate, math.sqrt(variance), df, alpha)
            row |= {name: made[name] for name in ("std_error", "p_value")}
            row |= {"conf_low": math.exp(made["conf_low"]), "conf_high": _exp(made["conf_high"])}
        rows.append(row)
    return rows


def _row(what: str, note: str = "") -> Row:
    return {
        "what": what,
        "unit": POOLED,
        "scale": "ratio",
        "basis": "counts",
        "method": "quasi-Poisson",
        "role": "primary",
        "note": note,
    }


def _exp(value: float) -> float:
    return math.inf if value > 700 else math.exp(value)


def _printed_rows(results: Results, question: Question) -> list[Row]:
    """Rate ratios of elections known from print only, as bounds."""
    plan = results.counted_plan
    rows: list[Row] = []
    for name in plan.new_ballot:
        treated = plan.treated(name)
        if observed(results, question, name):
            continue
        counts = interval_counts(results, name)
        base = base_difference(results, name, "invalid", treated)
        if counts is None or base is None or counts.whole is None:
            continue
        share, rest = counts.share("invalid"), counts.rest_share("invalid")
        # The rest hardly moves with what the few have, so the two are taken as free.
        span = (share / Interval(base[0], base[0])) / (rest / Interval(base[1], base[1]))
        rows.append(
            {
                **_row(f"use {plan.exposure(treated[0], name)}"),
                "to_election": name,
                "method": "bounds",
                "basis": "printed",
                "bound_low": span.low,
                "bound_high": span.high,
                "n_units": len(treated),
            }
        )
    return rows


def _said(table: pd.DataFrame, outcome: str) -> list[Statement]:
    known = table[(table["role"] == "primary") & table["estimate"].notna()]
    rows = {(row["method"], row["what"]): row for row in known.to_dict(orient="records")}
    uses = [what for method, what in rows if method == "quasi-Poisson" and what.startswith("use")]
    uses = [what for what in uses if "/" not in what]
    words = {what: f"@learning.what_{what.replace(' ', '_')}" for what in uses}

    def values(what: str, interval: str = "quasi-Poisson") -> Row:
        row, wide = rows["quasi-Poisson", what], rows[interval, what]
        ends = {"low": wide["conf_low"], "high": wide["conf_high"]}
        return {"estimate": row["estimate"], "n": int(row["n_units"]), **ends}

    said = [
        Statement(
            "learning.exposure_use",
            {"outcome": f"@common.{outcome}", "use": words[what], **values(what)},
        )
        for what in uses
    ]
    if len(uses) > 1:
        first, last = uses[0], uses[-1]
        contrast = {"later": words[last], "earlier": words[first]}
        contrast |= values(f"{last} / {first}", "CRV3 jackknife")
        said.append(Statement("learning.exposure_contrast", contrast))
    return said
