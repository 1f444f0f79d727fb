"""The same electorates at their first, second and third use of the new ballot.

Compared is the *excess* share, so that the kind of election, the level of the municipality
and what changed everywhere are taken out. Where an election's counts are known only from
printed shares the change of the excess is bounded; see :mod:`evaluatie.answers.learning.printed`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import pandas as pd

from evaluatie.answers.answer import Statement
from evaluatie.answers.baselines import shares_of
from evaluatie.answers.learning.excess import CountedExcess, Excess, excess_at, observed
from evaluatie.answers.learning.printed import names_of, point_row, printed_step, step_columns
from evaluatie.answers.learning.table import POOLED, Estimated, Row, fieller, t_row, tidy
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.plan import Design, Question

__all__ = ["difference", "within"]


def within(results: Results, question: Question) -> Estimated:
    """Return the table, the excess by use for the figure, and sentences."""
    plan = results.design
    rows: list[Row] = []
    points: list[Row] = []
    said: list[Statement] = []
    for first, second in itertools.pairwise(plan.new_ballot):
        again = [code for code in plan.treated(first) if code in plan.treated(second)]
        seen = [set(observed(results, question, name)) for name in (first, second)]
        counted = [code for code in again if code in seen[0] & seen[1]]
        if counted:
            made, shown, spoken = _counted_step(results, question, first, second, counted)
        else:
            made, shown, spoken = printed_step(results, question, (first, second), again)
        rows += made
        points += shown
        said += spoken
    said += _kinds(results, question)
    return Estimated(tidy(rows, "within", question.outcome), pd.DataFrame(points), said)


def _kinds(results: Results, question: Question) -> list[Statement]:
    """Say the shares, by election, of those whose ballot did not change."""
    plan = results.design
    elsewhere: dict[str, float] = {}
    for name in plan.new_ballot:
        if not observed(results, question, name):
            continue
        used = excess_at(results, question, name).table.used
        others = used[used["group"] == "comparison"]
        for when, at in (("before", str(plan.election(name).baseline)), ("after", name)):
            ballots = others[f"ballots_{when}"].sum()
            elsewhere[at] = float(others[f"count_{when}"].sum() / ballots)
    if not elsewhere:
        return []
    known = shares_of(results, question.outcome, results.vintage).dropna(subset=["share"])
    mine = known[known["municipality_code"].eq(plan.raw["learning"]["abroad"])]
    abroad = dict(zip(mine["election"], mine["share"].astype("float64"), strict=True))
    words = {
        "outcome": f"@common.{question.outcome}",
        "elsewhere": _by_election(elsewhere, plan),
        "abroad": _by_election(abroad, plan),
    }
    return [Statement("learning.kinds" if abroad else "learning.kinds_elsewhere", words)]


def _by_election(shares: Mapping[str, float], plan: Design) -> list[Statement]:
    return [
        Statement("learning.kinds_at", {"election": name, "share": shares[name]})
        for name in plan.elections
        if name in shares
    ]


def _counted_step(
    results: Results, question: Question, first: str, second: str, codes: Sequence[str]
) -> tuple[list[Row], list[Row], list[Statement]]:
    """Compare two elections at which the same municipalities were counted."""
    plan = results.design
    one, two = (excess_at(results, question, name) for name in (first, second))
    shared = _change_covariance(one, two)
    rows, points = [], []
    groups = [list(codes), *([code] for code in codes if len(codes) > 1)]
    for group in groups:
        unit = POOLED if len(group) == len(codes) else group[0]
        made = difference(one, two, group, shared, question.alpha)
        rows += [
            {**step_columns(plan, first, second, group, unit), **_basis(one, two, group), **row}
            for row in made
        ]
        points += [_point(each, group, unit, plan, question.alpha) for each in (one, two)]
    points_row, ratio_row = rows[0], rows[1]
    words: Row = {
        "outcome": f"@common.{question.outcome}",
        "names": names_of(plan, codes),
        "first": first,
        "second": second,
        "before": one.pooled(codes).estimate,
        "after": two.pooled(codes).estimate,
        "ratio": ratio_row["estimate"],
        "ratio_low": ratio_row["conf_low"],
        "ratio_high": ratio_row["conf_high"],
        "vintage": f"@common.{points_row['vintage']}",
    }
    ends = {"estimate": "estimate", "low": "conf_low", "high": "conf_high"}
    words |= {name: points_row[column] for name, column in ends.items()}
    ratio = "" if math.isfinite(ratio_row["conf_low"]) else "_no_ratio"
    return rows, points, [Statement(f"learning.within_counts{ratio}", words)]


def _change_covariance(one: CountedExcess, two: CountedExcess) -> float:
    """Covariance of a municipality's changes at two elections, from those compared with.

    Counting noise of different elections is independent, so the mean product of residuals
    estimates what municipalities carry from one pair of elections to the other.
    """
    residuals = []
    for each in (one, two):
        used = each.table.used
        others = used[used["group"] == "comparison"].set_index("municipality_code")["change"]
        residuals.append(others - others.mean())
    both = pd.concat(residuals, axis=1, join="inner").to_numpy("float64")
    return float((both[:, 0] * both[:, 1]).mean()) if len(both) > 2 else 0.0


def difference(
    one: Excess, two: Excess, codes: Sequence[str], shared: float, alpha: float
) -> list[Row]:
    """Compare the pooled excess of the same municipalities at two elections.

    ``shared`` is the covariance of a municipality's changes at the two. Returned are a row in
    points (t interval) and one as a ratio (Fieller).
    """
    before, after = one.pooled(codes), two.pooled(codes)
    overlap = dict(zip(one.codes, one.weight(codes), strict=True))
    covariance = shared * sum(
        overlap.get(c, 0.0) * w for c, w in zip(two.codes, two.weight(codes), strict=True)
    )
    total = before.variance + after.variance
    # Noise cannot make the difference more certain than half of its parts.
    variance = max(total - 2 * covariance, total / 2)
    df = total**2 / (before.variance**2 / before.df + after.variance**2 / after.df)
    low, high = fieller(
        after.estimate,
        before.estimate,
        after.variance,
        before.variance,
        (total - variance) / 2,
        df,
        alpha,
    )
    made = t_row(after.estimate - before.estimate, math.sqrt(variance), df, alpha)
    ratio = {"estimate": after.estimate / before.estimate, "conf_low": low, "conf_high": high}
    return [
        {"scale": "points", "method": "variance-weighted t", "role": "primary", **made},
        {"scale": "ratio", "method": "Fieller", "role": "primary", "df": df, **ratio},
    ]


def _basis(one: CountedExcess, two: CountedExcess, codes: Sequence[str]) -> Row:
    vintages = {each.vintage_of(codes) for each in (one, two)}
    return {
        "basis": "counts",
        "vintage": vintages.pop() if len(vintages) == 1 else "mixed",
        "n_comparison": two.fit.n,
    }


def _point(each: CountedExcess, codes: Sequence[str], unit: str, plan: Design, alpha: float) -> Row:
    made = each.pooled(codes).row(alpha)
    known = Interval(made["estimate"], made["estimate"])
    row = point_row(each.table.election, known, unit, "counts", plan, codes)
    return row | {name: made[name] for name in ("estimate", "conf_low", "conf_high")}
