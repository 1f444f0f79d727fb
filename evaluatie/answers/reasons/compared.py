"""Reasons under other rules of validity, and between two elections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from evaluatie.answers.answer import Answer, Statement
from evaluatie.answers.reasons import show
from evaluatie.answers.reasons.analyse import ballots_of, wide
from evaluatie.answers.reasons.table import load_reasons
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import Question
from evaluatie.stats.intervals import wilson

__all__ = ["counterfactuals", "reason_changes"]


def counterfactuals(table: pd.DataFrame, results: Results) -> Answer:
    """Recount the invalid votes under three rules, everything else as it was counted.

    ``as_held``: the rules of the experiment. ``nonexistent_counts``: a number that is not on
    the chosen list counts as a vote for the list. ``party_only_invalid``: a party without a
    number is invalid, as the law has it outside the experiment.

    Returns
    -------
    Answer
        ``table``: election, rule, n_municipalities, ballots, invalid, share (fraction of
        ballots), change (ballots more invalid than as held), share_change.

    Raises
    ------
    EstimationError
        If ballots are unknown in a municipality of the table.
    """
    rows: list[dict[str, Any]] = []
    for election in dict.fromkeys(table["election"]):
        counts = wide(table, election)
        known = ballots_of(results, election).reindex(counts.index)
        for code in sorted(known.index[known.isna()])[:1]:
            raise EstimationError("the number of ballots is not known", unit=f"{election}, {code}")
        sums, ballots = counts.sum(), float(known.sum())
        held = float(sums["design"] + sums["any"])
        changes = {
            "as_held": 0.0,
            "nonexistent_counts": -float(sums["nonexistent_number"]),
            "party_only_invalid": float(sums["party_only"]),
        }
        rows += [
            {
                "election": election,
                "rule": rule,
                "n_municipalities": len(counts),
                "ballots": int(ballots),
                "invalid": int(held + change),
                "share": (held + change) / ballots,
                "change": int(change),
                "share_change": change / ballots,
            }
            for rule, change in changes.items()
        ]
    # Of the latest election: what each rule would have done.
    latest = [row for row in rows if row["election"] == rows[-1]["election"]]
    named = {f"{row['rule']}_{key}": value for row in latest for key, value in row.items()}
    said = Statement("reasons.counterfactual", {"election": rows[-1]["election"], **named})
    return Answer(
        table=pd.DataFrame(rows),
        columns=show.RULES,
        statements=(said,),
        assumptions=("reasons-list", "same-marks"),
    )


def reason_changes(
    table: pd.DataFrame,
    results: Results,
    election: str,
    baseline: str,
    *,
    alpha: float | None = None,
) -> Answer:
    """Compare reasons, as shares of ballots, between two elections in the same municipalities.

    Returns
    -------
    Answer
        ``table``: election, baseline, level, reason, group, n_municipalities, before, after
        (fractions of ballots found, pooled), estimate (after - before), conf_low, conf_high
        (simultaneous over the reasons by Bonferroni; jackknife over municipalities with t, or
        Newcombe 1998 for a single one), method.

    Raises
    ------
    UnknownNameError
        For an election that the table does not have.
    EstimationError
        If no municipality has counts and known ballots at both.
    """
    level = Question.of(results.design, alpha=alpha).alpha
    both = []
    for name in (baseline, election):
        if name not in set(table["election"]):
            raise UnknownNameError.of("election", name, dict.fromkeys(table["election"]))
        both.append(wide(table, name).assign(ballots=ballots_of(results, name)).dropna())
    then, now = both
    codes = now.index.intersection(then.index)
    if codes.empty:
        raise EstimationError(
            "no municipality has counted reasons and known ballots at both elections",
            unit=f"{baseline}, {election}",
            rule="same municipalities",
        )
    then, now = then.loc[codes], now.loc[codes]
    keys, known = [str(key) for key in now if key != "ballots"], load_reasons()
    rows = []
    for key in keys:
        x0, n0, x1, n1 = (
            frame[name].to_numpy("float64") for frame in (then, now) for name in (key, "ballots")
        )
        low, high, method = _difference(x0, n0, x1, n1, level / len(keys))
        before, after = x0.sum() / n0.sum(), x1.sum() / n1.sum()
        rows.append(
            {
                "election": election,
                "baseline": baseline,
                "level": "reason" if key in known else "group",
                "reason": key,
                "group": known[key].group if key in known else key,
                "n_municipalities": len(codes),
                "before": before,
                "after": after,
                "estimate": after - before,
                "conf_low": low,
                "conf_high": high,
                "method": method,
            }
        )
    return Answer(
        table=pd.DataFrame(rows),
        columns=show.CHANGES,
        statements=(Statement("reasons.change", rows[keys.index("design")]),),
        assumptions=("reasons-list", "clustered-municipality"),
    )


def _difference(x0: Any, n0: Any, x1: Any, n1: Any, alpha: float) -> tuple[float, float, str]:
    """Interval of the difference of two pooled shares of the same municipalities."""
    estimate = x1.sum() / n1.sum() - x0.sum() / n0.sum()
    k = len(x0)
    if k > 1:
        left = (x1.sum() - x1) / (n1.sum() - n1) - (x0.sum() - x0) / (n0.sum() - n0)
        error = float(np.sqrt((k - 1) / k * ((left - left.mean()) ** 2).sum()))
        half = float(special.stdtrit(k - 1, 1 - alpha / 2)) * error
        return estimate - half, estimate + half, "jackknife over municipalities, Bonferroni"
    (low0, low1), (high0, high1) = wilson(np.array([x0[0], x1[0]]), np.array([n0[0], n1[0]]), alpha)
    p0, p1 = x0[0] / n0[0], x1[0] / n1[0]
    low = estimate - float(np.hypot(p1 - low1, high0 - p0))
    high = estimate + float(np.hypot(high1 - p1, p0 - low0))
    return low, high, "Newcombe, Bonferroni"
