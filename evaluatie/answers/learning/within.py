"""The same electorates at their first, second and third use of the new ballot.

Compared is the *excess* share, so that the kind of election, the level of the municipality
and what changed everywhere are taken out. Where an election's counts are known only from
printed shares the change of the excess is bounded; see :mod:`evaluatie.answers.learning.bounds`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import pandas as pd

from evaluatie.answers.answer import Statement
from evaluatie.answers.learning.bounds import names_of, point_row, printed_step, step_columns
from evaluatie.answers.learning.excess import CountedExcess, Excess, excess_at, observed
from evaluatie.answers.learning.ratio import fieller
from evaluatie.answers.learning.table import POOLED, Estimated, Row, tidy
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.plan import Design, Question
from evaluatie.stats.student import critical_value, two_sided_p

__all__ = ["change_covariance", "counted_step", "difference", "within"]


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
            made, shown, spoken = counted_step(results, question, first, second, counted)
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
    shares = results.shares(question.outcome)
    mine = shares[shares["municipality_code"].eq(plan.raw["learning"]["abroad"])]
    known = mine.dropna(subset=["share"])
    abroad = dict(zip(known["election"], known["share"].astype("float64"), strict=True))
    if not elsewhere:
        return []
    return [
        Statement(
            "learning.kinds" if abroad else "learning.kinds_elsewhere",
            {
                "outcome": f"@common.{question.outcome}",
                "elsewhere": _by_election(elsewhere, plan),
                "abroad": _by_election(abroad, plan),
            },
        )
    ]


def _by_election(shares: Mapping[str, float], plan: Design) -> list[Statement]:
    return [
        Statement("learning.kinds_at", {"election": name, "share": shares[name]})
        for name in plan.elections
        if name in shares
    ]


def counted_step(
    results: Results, question: Question, first: str, second: str, codes: Sequence[str]
) -> tuple[list[Row], list[Row], list[Statement]]:
    """Compare two elections at which the same municipalities were counted."""
    plan = results.design
    one, two = (excess_at(results, question, name) for name in (first, second))
    shared = change_covariance(one, two)
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
    said = Statement(
        f"learning.within_counts{'' if math.isfinite(ratio_row['conf_low']) else '_no_ratio'}",
        {
            "outcome": f"@common.{question.outcome}",
            "names": names_of(plan, codes),
            "first": first,
            "second": second,
            "before": one.pooled(codes).estimate,
            "after": two.pooled(codes).estimate,
            "estimate": points_row["estimate"],
            "low": points_row["conf_low"],
            "high": points_row["conf_high"],
            "ratio": ratio_row["estimate"],
            "ratio_low": ratio_row["conf_low"],
            "ratio_high": ratio_row["conf_high"],
            "vintage": f"@common.{points_row['vintage']}",
        },
    )
    return rows, points, [said]


def change_covariance(one: CountedExcess, two: CountedExcess) -> float:
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

    Parameters
    ----------
    shared
        Covariance of a municipality's changes at the two; see :func:`change_covariance`.

    Returns
    -------
    list of dict
        A row in points (t interval) and one as a ratio (Fieller).
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
    error = math.sqrt(variance)
    estimate = after.estimate - before.estimate
    half = critical_value(alpha, df) * error
    p = two_sided_p(estimate / error, df)
    low, high = fieller(
        after.estimate,
        before.estimate,
        after.variance,
        before.variance,
        (total - variance) / 2,
        df,
        alpha,
    )
    common = {"df": df, "method": "variance-weighted t", "role": "primary"}
    return [
        {
            "scale": "points",
            "estimate": estimate,
            "std_error": error,
            "conf_low": estimate - half,
            "conf_high": estimate + half,
            "p_value": p,
            **common,
        },
        {
            "scale": "ratio",
            "estimate": after.estimate / before.estimate,
            "conf_low": low,
            "conf_high": high,
            **common,
            "method": "Fieller",
        },
    ]


def _basis(one: CountedExcess, two: CountedExcess, codes: Sequence[str]) -> Row:
    vintages = {each.vintage_of(codes) for each in (one, two)}
    return {
        "basis": "counts",
        "vintage": vintages.pop() if len(vintages) == 1 else "mixed",
        "n_comparison": two.fit.n,
    }


def _point(each: CountedExcess, codes: Sequence[str], unit: str, plan: Design, alpha: float) -> Row:
    made = each.pooled(codes)
    low, high = made.interval(alpha)
    row = point_row(
        each.table.election, Interval(made.estimate, made.estimate), unit, "counts", plan, codes
    )
    return {**row, "estimate": made.estimate, "conf_low": low, "conf_high": high}
