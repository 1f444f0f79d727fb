"""Rates by how often voters met the new ballot: one regression over all elections.

Log rate = municipality + election + number of use. Municipality effects are constant over
elections of every kind in the main model; a second one gives every municipality a level for
each kind of election, so that each is held to its own baseline alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.answers.answer import Statement
from evaluatie.answers.baselines import same_division
from evaluatie.answers.effect.earlier import counts_of
from evaluatie.answers.learning.excess import left_out, observed
from evaluatie.answers.learning.poisson import ConditionalPoisson, fit_conditional_poisson
from evaluatie.answers.learning.printed import base_difference, interval_counts
from evaluatie.answers.learning.table import POOLED, Estimated, Row, tidy
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design, Question
from evaluatie.stats.estimates import Floats
from evaluatie.stats.student import critical_value, two_sided_p

__all__ = ["Panel", "exposure", "panel_of"]

MODELS = ("municipality effects", "effects by kind of election")


@dataclass(frozen=True, eq=False)
class Panel:
    """Counts of many municipalities at several elections; NaN = unknown or left out.

    Attributes
    ----------
    use
        Number of the use of the new ballot; 0 with the usual ballot.
    back
        Cells of municipalities that went back to the usual ballot.
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
    rows: list[Row] = []
    for model in MODELS:
        rows += _model_rows(panel, model, results.design, question.alpha)
    if question.outcome == "invalid":
        rows += _printed_rows(results, question)
    table = tidy(rows, "exposure", question.outcome).assign(
        vintage=next(iter(panel.vintages)) if len(panel.vintages) == 1 else "mixed"
    )
    table.loc[table["basis"] == "printed", "vintage"] = "official"
    detail = table[table["what"].str.startswith("use")].reset_index(drop=True)
    return Estimated(table, detail, _said(table, question.outcome))


def panel_of(results: Results, question: Question) -> Panel:
    """Collect counts of every election with the new ballot and of its baseline.

    Raises
    ------
    EstimationError
        If no election with the new ballot has counts.
    """
    plan = results.design
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
    pairs = [
        counts_of(
            aligned,
            name,
            codes,
            question.outcome,
            question.vintage if name in plan.new_ballot else "best",
        )
        for name in elections
    ]
    count = np.column_stack([one for one, _ in pairs])
    ballots = np.column_stack([two for _, two in pairs])
    use = np.array(
        [[plan.exposure(c, e) if c in plan.treated(e) else 0 for e in elections] for c in codes]
    )
    back = np.array(
        [[plan.exposure(c, e) > 0 and c not in plan.treated(e) for e in elections] for c in codes]
    )
    out = np.array([[plan.excluded(c, e) is not None for e in elections] for c in codes])
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


def _by_kind(panel: Panel, plan: Design) -> tuple[Floats, Floats, Floats, NDArray[np.intp]]:
    """Split every municipality into one group per kind of election."""
    kinds = [plan.election(name).kind for name in panel.elections]
    design, _ = _design(panel)
    # One election effect per kind is taken up by the municipality effects.
    first = {kind: kinds.index(kind) for kind in dict.fromkeys(kinds)}
    keep = [
        column
        for column in range(design.shape[2])
        if column >= len(kinds) - 1 or (column + 1) not in first.values()
    ]
    counts, ballots, owners = [], [], []
    for kind in first:
        inside = np.array([each == kind for each in kinds])
        counts.append(np.where(inside, panel.counts, np.nan))
        ballots.append(panel.ballots)
        owners.append(np.arange(len(panel.codes)))
    return (
        np.vstack(counts),
        np.vstack(ballots),
        np.concatenate([design[:, :, keep]] * len(first)),
        np.concatenate(owners),
    )


def _model_rows(panel: Panel, model: str, plan: Design, alpha: float) -> list[Row]:
    design, names = _design(panel)
    try:
        if model == MODELS[0]:
            owners = np.arange(len(panel.codes))
            fit = fit_conditional_poisson(panel.counts, panel.ballots, design, owners)
        else:
            fit = fit_conditional_poisson(*_by_kind(panel, plan))
    except EstimationError as refusal:
        return [_row("use", model, note=str(refusal))]
    first = len(fit.beta) - len(names)
    carriers = _carriers(panel, names)
    contrasts: list[tuple[str, dict[str, float]]] = [(name, {name: 1.0}) for name in names]
    uses = [name for name in names if name != "back"]
    contrasts += [
        (f"{later} / {earlier}", {later: 1.0, earlier: -1.0})
        for i, earlier in enumerate(uses)
        for later in uses[i + 1 :]
    ]
    rows = []
    for what, weights in contrasts:
        vector = np.zeros(len(fit.beta))
        for name, weight in weights.items():
            vector[first + names.index(name)] = weight
        fewest = min(carriers[name] for name in weights)
        rows += _rows(what, model, fit, vector, fewest, alpha)
    return rows


def _rows(
    what: str, model: str, fit: ConditionalPoisson, vector: Floats, fewest: int, alpha: float
) -> list[Row]:
    """Quasi-Poisson and jackknife of one contrast, as a ratio of rates."""
    estimate = float(vector @ fit.beta)
    used = vector != 0
    rows = []
    for method, covariance, df in (
        ("quasi-Poisson", fit.covariance, float(fit.df)),
        # No more certain than the few municipalities that carry the coefficient allow.
        ("CRV3 jackknife", fit.jackknife, float(max(fewest - 1, 1))),
    ):
        row = _row(what, model)
        row |= {
            "method": method,
            "estimate": math.exp(estimate),
            "n_units": fewest,
            "n_comparison": fit.n_clusters,
            "df": df,
            "note": f"dispersion {fit.dispersion:.2f}" if method == "quasi-Poisson" else "",
        }
        variance = float(vector[used] @ covariance[np.ix_(used, used)] @ vector[used])
        if fewest < 2 and method != "quasi-Poisson":
            row["note"] = "carried by a single municipality"
        elif math.isfinite(variance) and variance > 0:
            error = math.sqrt(variance)
            half = critical_value(alpha, df) * error
            row |= {
                "std_error": error,
                "conf_low": math.exp(estimate - half),
                "conf_high": _exp(estimate + half),
                "p_value": two_sided_p(estimate / error, df),
            }
        rows.append(row)
    return rows


def _row(what: str, model: str, note: str = "") -> Row:
    return {
        "what": what,
        "unit": POOLED,
        "scale": "ratio",
        "basis": "counts",
        "method": "quasi-Poisson",
        "role": "primary" if model == MODELS[0] else "by kind",
        "note": note,
    }


def _exp(value: float) -> float:
    return math.inf if value > 700 else math.exp(value)


def _carriers(panel: Panel, names: Sequence[str]) -> Mapping[str, int]:
    """Number of municipalities that each coefficient rests on."""
    there = np.isfinite(panel.counts)
    return {
        name: int(
            ((panel.back if name == "back" else panel.use == int(name.split()[1])) & there)
            .any(axis=1)
            .sum()
        )
        for name in names
    }


def _printed_rows(results: Results, question: Question) -> list[Row]:
    """Rate ratios of elections known from print only, as bounds."""
    plan = results.design
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
                **_row(f"use {plan.exposure(treated[0], name)}", "printed"),
                "to_election": name,
                "method": "bounds",
                "basis": "printed",
                "role": "primary",
                "bound_low": span.low,
                "bound_high": span.high,
                "n_units": len(treated),
            }
        )
    return rows


def _said(table: pd.DataFrame, outcome: str) -> list[Statement]:
    numbers = ["estimate", "conf_low", "conf_high", "n_units"]
    main, jackknife = (
        table[(table["role"] == "primary") & (table["method"] == method)]
        .dropna(subset=["estimate"])
        .set_index("what")[numbers]
        .astype("float64")
        .to_dict(orient="index")
        for method in ("quasi-Poisson", "CRV3 jackknife")
    )
    uses = [str(what) for what in main if str(what).startswith("use") and "/" not in str(what)]
    words = {what: f"@learning.what_{what.replace(' ', '_')}" for what in uses}
    said = [
        Statement(
            "learning.exposure_use",
            {
                "outcome": f"@common.{outcome}",
                "use": words[what],
                "estimate": main[what]["estimate"],
                "low": main[what]["conf_low"],
                "high": main[what]["conf_high"],
                "n": main[what]["n_units"],
            },
        )
        for what in uses
    ]
    if len(uses) > 1:
        what = f"{uses[-1]} / {uses[0]}"
        said.append(
            Statement(
                "learning.exposure_contrast",
                {
                    "later": words[uses[-1]],
                    "earlier": words[uses[0]],
                    "estimate": main[what]["estimate"],
                    "low": jackknife[what]["conf_low"],
                    "high": jackknife[what]["conf_high"],
                    "n": main[what]["n_units"],
                },
            )
        )
    return said
