"""Rates by how often voters met the new ballot: one regression over all elections.

Log rate = municipality + election + number of use; municipality effects are constant over
elections of every kind.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluatie.answers.baselines import counts_of, same_division, shares_of
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
    rows = [{"vintage": one_vintage(panel.vintages), **row} for row in _model_rows(panel, question)]
    said = _said(rows, question)
    if question.outcome == "invalid":
        rows += _printed_rows(results, question)
    about = {"unit": POOLED, "scale": "ratio", "role": "primary", "basis": "counts"}
    table = tidy([about | row for row in rows], "exposure", question)
    detail = table[table["what"].str.startswith("use")].reset_index(drop=True)
    return Estimated(table, detail, said)


def panel_of(results: Results, question: Question) -> Panel:
    """Collect counts of every election with the new ballot and of its baseline; refused if none."""
    plan = results.counted_plan
    counted = [name for name in plan.new_ballot if observed(results, question, name)]
    wanted = {*counted, *(plan.election(name).baseline for name in counted)}
    elections = tuple(name for name in plan.elections if name in wanted)
    if not elections:
        raise EstimationError("no election with the new ballot has counts", rule="counts known")
    shares = shares_of(same_division(results, elections), question.outcome, question.vintage)
    shares = shares[shares["election"].isin(elections)]
    codes = tuple(sorted(set(shares["municipality_code"])))
    vintages = [question.vintage if name in plan.new_ballot else "best" for name in elections]
    count, ballots = counts_of(results, elections, codes, question.outcome, vintages)
    count[count > ballots] = np.nan
    use = np.zeros(count.shape, dtype=np.int64)
    back = np.zeros(count.shape, dtype=np.bool_)
    for t, name in enumerate(elections):
        treated = set(plan.treated(name))
        # Without a baseline of the same kind there is nothing to hold the share against.
        lacking = set(left_out(results, question, name)["municipality_code"]) & treated
        for i, code in enumerate(codes):
            met = plan.exposure(code, name)
            use[i, t] = met * (code in treated)
            back[i, t] = met > 0 and code not in treated
            # The plan leaves a municipality that went back out of comparisons; here it has its
            # own term.
            out = plan.excluded(code, name) is not None and not back[i, t]
            if out or (code in lacking and name in plan.new_ballot):
                count[i, t] = np.nan
    known = shares["share"].notna() & shares["election"].isin(plan.new_ballot)
    found = frozenset(map(str, shares.loc[known, "vintage"]))
    return Panel(codes, elections, count, ballots, use, back, found)


def _model_rows(panel: Panel, question: Question) -> list[Row]:
    """Return the ratio of every number of use to none, of later to earlier uses, and the way back.

    The design has election dummies (the first left out), then these terms.
    """
    there = np.isfinite(panel.counts)
    cells = {f"use {k}": (panel.use == k) & there for k in range(1, int(panel.use.max()) + 1)}
    cells = {
        name: term for name, term in (cells | {"back": panel.back & there}).items() if term.any()
    }
    dummies = [
        np.broadcast_to(np.arange(there.shape[1]) == t, there.shape)
        for t in range(1, there.shape[1])
    ]
    design = np.stack([*dummies, *cells.values()], axis=2).astype(np.float64)
    try:
        fit = fit_conditional_poisson(panel.counts, panel.ballots, design)
    except EstimationError as refusal:
        return [{"what": "use", "method": "quasi-Poisson", "note": str(refusal)}]
    column = {name: len(dummies) + position for position, name in enumerate(cells)}
    # Number of municipalities that each coefficient rests on.
    carriers = {name: int(term.any(axis=1).sum()) for name, term in cells.items()}
    contrasts: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in cells]
    uses = [name for name in cells if name != "back"]
    contrasts += [(f"{b} / {a}", (b, a)) for a, b in itertools.combinations(uses, 2)]
    rows = []
    for what, names in contrasts:
        vector = np.zeros(len(fit.beta))
        vector[[column[name] for name in names]] = (1.0, -1.0)[: len(names)]
        fewest = min(carriers[name] for name in names)
        rows += _rows(what, fit, vector, fewest, question.alpha)
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
        row: Row = {"what": what, "method": method, "note": note, "df": df}
        row |= {"estimate": math.exp(estimate), "n_units": fewest, "n_comparison": fit.n_groups}
        variance = float(vector[used] @ covariance[np.ix_(used, used)] @ vector[used])
        if fewest < 2 and method != "quasi-Poisson":
            row["note"] = "carried by a single municipality"
        elif math.isfinite(variance) and variance > 0:
            made = t_row(estimate, math.sqrt(variance), df, alpha)
            row |= {name: made[name] for name in ("std_error", "p_value")}
            high = made["conf_high"]
            row["conf_low"] = math.exp(made["conf_low"])
            row["conf_high"] = math.inf if high > 700 else math.exp(high)
        rows.append(row)
    return rows


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
                "what": f"use {plan.exposure(treated[0], name)}",
                "to_election": name,
                "method": "bounds",
                "basis": "printed",
                "vintage": "official",
                "bound_low": span.low,
                "bound_high": span.high,
                "n_units": len(treated),
            }
        )
    return rows


def _said(model: Sequence[Row], question: Question) -> list[Statement]:
    rows = {(row["method"], row["what"]): row for row in model if "estimate" in row}
    words = {
        what: f"@learning.what_{what.replace(' ', '_')}"
        for method, what in rows
        if method == "quasi-Poisson" and what.startswith("use") and "/" not in what
    }

    def values(what: str, interval: str = "quasi-Poisson") -> Row:
        row, wide = rows["quasi-Poisson", what], rows[interval, what]
        ends = {end: wide.get(f"conf_{end}", math.nan) for end in ("low", "high")}
        return {"estimate": row["estimate"], "n": row["n_units"], **ends}

    outcome = f"@common.{question.outcome}"
    said = [
        Statement("learning.exposure_use", {"outcome": outcome, "use": word, **values(what)})
        for what, word in words.items()
    ]
    if len(words) > 1:
        first, *_, last = words
        contrast = {"later": words[last], "earlier": words[first]}
        contrast |= values(f"{last} / {first}", "CRV3 jackknife")
        said.append(Statement("learning.exposure_contrast", contrast))
    return said
