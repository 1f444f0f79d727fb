"""Experienced voters beside newcomers at one election, each net of the own baseline.

The comparison trend is the same for both groups and drops out; it stays in the variances,
which are those of changes of municipalities that kept the usual ballot. Effects differ between
municipalities beyond that, so that the main interval takes every municipality's effect as a
draw around the mean of its group (random-effects regression), and the main test is the exact
permutation of who is experienced.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.columns import POOLED
from evaluatie.answers.learning.excess import (
    CountedExcess,
    Excess,
    excess_at,
    left_out,
    name_of,
    observed,
)
from evaluatie.answers.learning.show import Estimated, tidy
from evaluatie.answers.statement import Statement, left_out_reasons
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design, Question
from evaluatie.stats.estimates import Flags, Floats
from evaluatie.stats.prediction import predict_mean, predict_new
from evaluatie.stats.randomization import Randomization, randomization_test
from evaluatie.stats.student import t_row

Row = dict[str, Any]

_NUMBERS = ["estimate", "conf_low", "conf_high", "p_value"]
MATCHES = 2
"""Newcomers taken per experienced municipality when matching on size."""


def sides(
    results: Results, question: Question, election: str | None, fewest: int
) -> tuple[str, CountedExcess, Flags]:
    """Return the election, the excess there, and who is experienced.

    By default of the latest election at which both groups were counted; refused where fewer than
    ``fewest`` are experienced, or fewer than two new.
    """
    name = election or _latest(results, question)
    excess = excess_at(results, question, name)
    flags = experienced(excess.codes, results.counted_plan, name)
    if flags.sum() < fewest or (~flags).sum() < 2:
        raise EstimationError(
            "too few municipalities on one side to compare experienced and newcomers",
            unit=name,
            rule="experienced >= 1 and newcomers >= 2",
            value=(int(flags.sum()), int((~flags).sum())),
        )
    return name, excess, flags


def experienced(codes: Sequence[str], plan: Design, election: str) -> Flags:
    """Flag the municipalities that had the new ballot before."""
    return np.asarray([plan.exposure(code, election) for code in codes]) > 1


def _latest(results: Results, question: Question) -> str:
    plan = results.counted_plan
    for name in reversed(list(plan.new_ballot)):
        uses = [plan.exposure(code, name) for code in observed(results, question, name)]
        if any(use > 1 for use in uses) and uses.count(1) >= 2:
            return name
    raise EstimationError(
        "no election with counts of both experienced municipalities and newcomers"
        + left_out_reasons(*(left_out(results, question, name) for name in plan.new_ballot)),
        rule="experienced >= 1 and newcomers >= 2",
    )


def compared(name: str, excess: CountedExcess, flags: Flags) -> Row:
    """Return what all rows share that compare both sides at an election."""
    return {
        "what": "experienced minus newcomers",
        "unit": POOLED,
        "to_election": name,
        "scale": "points",
        "basis": "counts",
        **_sizes(flags),
        "n_comparison": excess.fit.n,
        "vintage": excess.vintage_of(excess.codes),
    }


def between(results: Results, question: Question, election: str | None = None) -> Estimated:
    """Return the table, the excess of every municipality for the figure, and sentences."""
    plan, alpha = results.counted_plan, question.alpha
    name, excess, flags = sides(results, question, election, 1)
    test = permutation(excess, flags, alpha)
    plain = permutation(excess, flags, alpha, per_voter=True)
    means, matched = group_means(excess, flags), _matched(excess, flags)
    main = _random_effects("random-effects t", excess, flags, alpha)
    rows = [
        _permuted(test, "exact permutation") | {"role": "primary"},
        _permuted(plain, "exact permutation, plain"),
        main | {"role": "primary"},
        _random_effects("random-effects t, size", excess, flags, alpha, adjusted=True),
        {"method": "variance-weighted t", **excess.combine(means).row(alpha)},
        {"method": "matched on size", **excess.combine(matched).row(alpha)},
        *_leave_one_out(excess, flags, plan, alpha),
    ]
    common = compared(name, excess, flags)
    table = tidy([{"role": "sensitivity", **common, **row} for row in rows], "between", question)
    said = _said(excess, flags, plan, common, main, test)
    return Estimated(table, _detail(excess, flags, plan, alpha), said)


def permutation(
    excess: Excess, flags: Flags, alpha: float, *, per_voter: bool = False
) -> Randomization:
    """Permute who is experienced among the municipalities with the new ballot.

    Municipalities of unlike size are not exchangeable as they are: in simulations with the four
    experienced and seven newcomers of the latest election the plain difference of means per
    voter rejected a true null in 8 to 12%. Precision weights and a studentised statistic, both
    of variances that do not depend on who is experienced, bring this to 5 to 7%.

    Parameters
    ----------
    per_voter
        The plain difference of means by the weights of the estimand instead.
    """
    if per_voter:
        weights = excess.ballots if excess.weights == "voters" else None
        return randomization_test(excess.change, flags, weights=weights, alpha=alpha)
    variance = _variances(excess)
    return randomization_test(
        excess.change, flags, weights=1 / variance, variance=variance, alpha=alpha
    )


def _variances(excess: Excess) -> Floats:
    """Variances around one common mean, as if nobody had learned."""
    return excess.sampling + predict_new(excess.values, excess.sampling).tau2


def random_effects(excess: Excess, flags: Flags, alpha: float, *, adjusted: bool = False) -> Row:
    """Regress excesses on experience (and log ballots), effects differing between municipalities.

    Weights are 1 / (variance between effects + sampling variance), so that a large
    municipality counts for at most as much as the spread between municipalities allows.
    """
    columns = [flags.astype(np.float64)]
    if adjusted:
        size = np.log(excess.ballots)
        columns.append(size - size.mean())
    x = np.column_stack(columns)
    made = predict_mean(
        excess.values,
        excess.sampling,
        [1.0],
        characteristics=x,
        target_characteristics=np.zeros((1, x.shape[1])),
        alpha=alpha,
    )
    df = float(len(flags) - x.shape[1] - 1)
    return t_row(made.coefficients[1], made.coefficient_errors[1], df, alpha)


def _random_effects(
    method: str, excess: Excess, flags: Flags, alpha: float, *, adjusted: bool = False
) -> Row:
    """Return the row of :func:`random_effects`, or why there is none."""
    try:
        return {"method": method, **random_effects(excess, flags, alpha, adjusted=adjusted)}
    except EstimationError as refusal:
        return {"method": method, "note": str(refusal)}


def _permuted(test: Randomization, method: str) -> Row:
    numbers = {name: getattr(test.result, name) for name in _NUMBERS}
    about = {"method": method, "smallest_p": test.smallest_p, "n_assignments": test.n_assignments}
    return about | numbers


def group_means(excess: Excess, flags: Flags) -> Floats:
    """Coefficients of the difference in weighted means."""
    return excess.weight(flags) - excess.weight(~flags)


def _matched(excess: Excess, flags: Flags) -> Floats:
    """Every experienced municipality against the newcomers nearest in ballots."""
    size = np.log(excess.ballots)
    coefficients = excess.weight(flags)
    others = np.flatnonzero(~flags)
    for position in np.flatnonzero(flags):
        near = others[np.argsort(np.abs(size[others] - size[position]), kind="stable")[:MATCHES]]
        coefficients[near] -= coefficients[position] / len(near)
    return coefficients


def _leave_one_out(excess: Excess, flags: Flags, plan: Design, alpha: float) -> list[Row]:
    rows = []
    for position, code in enumerate(excess.codes):
        keep = np.arange(len(flags)) != position
        left = flags[keep]
        about = {"unit": code, "municipality": name_of(plan, code), **_sizes(left)}
        rows.append(about | _random_effects("leave-one-out", excess.only(keep), left, alpha))
    return rows


def _sizes(flags: Flags) -> Row:
    experienced = int(flags.sum())
    return {
        "n_units": len(flags),
        "n_experienced": experienced,
        "n_newcomers": len(flags) - experienced,
    }


def _detail(excess: Excess, flags: Flags, plan: Design, alpha: float) -> pd.DataFrame:
    """Excess per municipality with its own interval, experienced first.

    ``weight`` is that in the mean of its group, as the exact permutation weighs it.
    """
    precision = 1 / _variances(excess)
    weight = precision / np.where(flags, precision[flags].sum(), precision[~flags].sum())
    rows = []
    for at in np.lexsort((-excess.values, ~flags)):
        code = excess.codes[at]
        own = excess.pooled([code]).row(alpha)
        rows.append(
            {
                "unit": code,
                "municipality": name_of(plan, code),
                "experienced": flags[at],
                "ballots": excess.ballots[at],
                "weight": weight[at],
                "before": excess.share_before[at],
                "after": excess.share[at],
                **{name: own[name] for name in ("estimate", "conf_low", "conf_high")},
            }
        )
    return pd.DataFrame(rows)


def _said(
    excess: CountedExcess, flags: Flags, plan: Design, about: Row, main: Row, test: Randomization
) -> list[Statement]:
    values: Row = {
        "election": about["to_election"],
        "outcome": f"@common.{excess.table.outcome}",
        "vintage": f"@common.{about['vintage']}",
        "n": len(flags),
        "estimate": float(group_means(excess, flags) @ excess.values),
        "p": test.result.p_value,
        "smallest": test.smallest_p,
        "n_assignments": test.n_assignments,
        "random": main.get("estimate", math.nan),
        "low": main.get("conf_low", math.nan),
        "high": main.get("conf_high", math.nan),
    }
    for name, group in (("experienced", flags), ("newcomers", ~flags)):
        weight = excess.weight(group)
        values[f"n_{name}"] = int(group.sum())
        values[name] = float(weight @ excess.share)
        values[f"before_{name}"] = float(weight @ excess.share_before)
        values[f"excess_{name}"] = excess.combine(weight).estimate
    said = ["between", "between_interval", "between_permutation"]
    if math.isnan(values["low"]):
        said.remove("between_interval")
    once, voters = (replace(excess, weights=name) for name in ("municipalities", "voters"))
    found = [Statement(f"learning.{key}", values) for key in said]
    found.append(Statement("learning.between_counted_once", _plain_test(once, flags)))
    keep = excess.values < excess.values.max()
    if flags[keep].any() and (~flags[keep]).any():
        (largest, *_) = np.asarray(excess.codes)[~keep].tolist()
        per_voter = _plain_test(voters.only(keep), flags[keep])
        without = {"name": name_of(plan, largest), **_plain_test(once.only(keep), flags[keep])}
        without |= {f"{name}_voters": value for name, value in per_voter.items()}
        found.append(Statement("learning.between_without", without))
    return found


def _plain_test(excess: Excess, flags: Flags) -> Row:
    """Return the weighted mean excess of both groups and the exact p of their difference."""
    return {
        "experienced": excess.pooled(flags).estimate,
        "newcomers": excess.pooled(~flags).estimate,
        "p": permutation(excess, flags, 0.05, per_voter=True).result.p_value,
    }
