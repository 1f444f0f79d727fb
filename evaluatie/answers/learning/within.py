"""The same electorates at their first, second and third use of the new ballot.

Compared is the *excess* share, so that the kind of election, the level of the municipality
and what changed everywhere are taken out. Where the counts of an election are known only from
printed shares, all counts that fit what was printed are allowed: the smallest and the largest
change they give are the bounds, and nothing in between is singled out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.baselines import shares_of
from evaluatie.answers.columns import POOLED
from evaluatie.answers.learning.excess import (
    CountedExcess,
    Excess,
    base_difference,
    bounded_excess,
    excess_at,
    followed,
    name_of,
    names_of,
    observed,
)
from evaluatie.answers.learning.show import Estimated, tidy
from evaluatie.answers.printed import interval_counts
from evaluatie.answers.statement import Statement, one_vintage
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, IntervalCounts, Quantity
from evaluatie.ground.errors import InputError
from evaluatie.plan import Design, Question
from evaluatie.stats.student import critical_value, fieller, t_row

Row = dict[str, Any]
_Step = tuple[list[Row], list[Row], list[Statement]]
"""Rows of the table, of the figure, and sentences."""

_KNOWN = 1e-8
"""Bounds this close are one value: the programs are solved to about a billionth of a ballot."""


def within(results: Results, question: Question) -> Estimated:
    """Return the table, the excess by use for the figure, and sentences."""
    rows: list[Row] = []
    points: list[Row] = []
    said: list[Statement] = []
    for first, second in itertools.pairwise(results.counted_plan.new_ballot):
        again, counted = followed(results, question, first, second)
        step = _counted_step if counted else _printed_step
        made, shown, spoken = step(results, question, first, second, counted or again)
        rows += made
        points += shown
        said += spoken
    said += _kinds(results, question)
    return Estimated(tidy(rows, "within", question), pd.DataFrame(points), said)


def _kinds(results: Results, question: Question) -> list[Statement]:
    """Say the shares, by election, of those whose ballot did not change."""
    plan = results.counted_plan
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


def _about(plan: Design, first: str, second: str, codes: Sequence[str], basis: str) -> Row:
    """Return what all rows share of some municipalities in a step, pooled or only one."""
    return {
        "what": "change of excess",
        "unit": POOLED,
        "municipality": None,
        "n_units": len(codes),
        "n_experienced": len(codes),
        "basis": basis,
        "from_election": first,
        "to_election": second,
        "from_use": plan.exposure(codes[0], first),
        "to_use": plan.exposure(codes[0], second),
        "role": "primary",
    }


def _alone(plan: Design, code: str) -> Row:
    return {"unit": code, "municipality": name_of(plan, code)}


def _points(about: Row, spans: Sequence[Interval]) -> list[Row]:
    """Return what the figure shows of both elections: a point, or bounds."""
    shared = {name: about[name] for name in ("unit", "municipality", "n_units", "basis")}
    return [
        {
            "election": about[f"{end}_election"],
            "use": about[f"{end}_use"],
            **shared,
            "estimate": span.low if span.width < _KNOWN else math.nan,
            "bound_low": span.low,
            "bound_high": span.high,
            "conf_low": math.nan,
            "conf_high": math.nan,
        }
        for end, span in zip(("from", "to"), spans, strict=True)
    ]


def _counted_step(
    results: Results, question: Question, first: str, second: str, codes: Sequence[str]
) -> _Step:
    """Compare two elections at which the same municipalities were counted."""
    plan = results.counted_plan
    one, two = both = [excess_at(results, question, name) for name in (first, second)]
    shared = _change_covariance(one, two)
    cases: list[tuple[Sequence[str], Row]] = [(codes, {})]
    if len(codes) > 1:
        cases += [([code], _alone(plan, code)) for code in codes]
    rows, points = [], []
    for some, who in cases:
        about = _about(plan, first, second, some, "counts") | who
        about["vintage"] = one_vintage(each.vintage_of(some) for each in both)
        about["n_comparison"] = two.fit.n
        rows += [about | row for row in difference(one, two, some, shared, question.alpha)]
        means = [each.pooled(some).row(question.alpha) for each in both]
        shown = _points(about, [_exactly(mean["estimate"]) for mean in means])
        for point, mean in zip(shown, means, strict=True):
            points.append(point | {end: mean[end] for end in ("conf_low", "conf_high")})
    change, ratio = rows[:2]
    words = {
        **change,
        "outcome": f"@common.{question.outcome}",
        "names": names_of(plan, codes),
        "before": points[0]["estimate"],
        "after": points[1]["estimate"],
        "ratio": ratio["estimate"],
        "ratio_low": ratio["conf_low"],
        "ratio_high": ratio["conf_high"],
        "vintage": f"@common.{change['vintage']}",
    }
    end = "" if math.isfinite(ratio["conf_low"]) else "_no_ratio"
    return rows, points, [Statement(f"learning.within_counts{end}", words)]


def _exactly(value: float) -> Interval:
    return Interval(value, value)


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
    variances = after.variance, before.variance, (total - variance) / 2
    low, high = fieller(after.estimate, before.estimate, *variances, df, alpha)
    made = t_row(after.estimate - before.estimate, math.sqrt(variance), df, alpha)
    ratio = {"estimate": after.estimate / before.estimate, "conf_low": low, "conf_high": high}
    return [
        {"scale": "points", "method": "variance-weighted t", **made},
        {"scale": "ratio", "method": "Fieller", "df": df, **ratio},
    ]


def _printed_step(
    results: Results, question: Question, first: str, second: str, codes: Sequence[str]
) -> _Step:
    """Bound the change where the first election, or both, are known from print only."""
    plan, outcome = results.counted_plan, _quantity(question.outcome)
    start, end = (_bounded(results, name) for name in (first, second))
    if start is None:
        return [], [], [Statement("learning.undecided_no_counts", {"election": first})]
    if not codes:  # nobody used it at both
        return [], [], []
    known = set(codes) <= set(observed(results, question, second))
    later = excess_at(results, question, second) if known else None
    # Both from print; then the first from print and the second as it was counted.
    cases: list[tuple[str, Sequence[str], Row]] = [("printed", codes, {}), ("mixed", codes, {})]
    cases += [("mixed", [code], _alone(plan, code)) for code in codes]
    rows: list[Row] = []
    points: list[Row] = []
    said: list[Statement] = []
    for basis, some, who in cases:
        about = _about(plan, first, second, some, basis) | {"vintage": "official"} | who
        before, after = bounded_excess(results, start, first, outcome, some), None
        if basis == "printed" and end is not None:
            after = bounded_excess(results, end, second, outcome, some)
        elif basis == "mixed" and later is not None:
            after = _exactly(later.pooled(some).estimate)
            about["role"] = "sensitivity"
            if later.vintage_of(some) != "official":
                about["vintage"] = "mixed"
        if before is None or after is None:
            continue
        noise = None
        if later is not None:
            about["n_comparison"] = later.fit.n
            noise = _borrowed(results, start, outcome, first, later, some)
        made = _bounds(before, after, noise, question.alpha)
        rows += [about | row for row in made]
        points += _points(about, (before, after))
        if not said:
            values = {"outcome": f"@common.{outcome}", "names": names_of(plan, codes)}
            said = [_said(rows, before, after, basis, values)]
    return rows, points, said


def _bounded(results: Results, election: str) -> IntervalCounts | None:
    counts = interval_counts(results, election)
    try:
        if counts is not None:
            counts.share("invalid")
    except InputError:
        return None  # what was printed contradicts itself; the table of printed figures says so
    return counts


def _bounds(
    before: Interval, after: Interval, noise: tuple[float, float, float] | None, alpha: float
) -> list[Row]:
    """Bounds of the change and of the ratio, and intervals around them."""
    spans = {"points": after - before, "ratio": after / before}
    rows: list[Row] = []
    for scale, span in spans.items():
        row: Row = {"scale": scale, "bound_low": span.low, "bound_high": span.high}
        row["method"] = "bounds"
        if span.width < _KNOWN:
            row["estimate"] = (span.low + span.high) / 2
        rows.append(row)
    if noise is None:
        return rows
    one, two, df = noise
    error, change = math.sqrt(one + two), spans["points"]
    half = critical_value(alpha, df) * error
    rows[0] |= {"std_error": error, "df": df}
    rows[0] |= {"conf_low": change.low - half, "conf_high": change.high + half}
    corners = itertools.product((after.low, after.high), (before.low, before.high))
    ratios = [fieller(top, bottom, two, one, 0.0, df, alpha) for top, bottom in corners]
    lows, highs = zip(*ratios, strict=True)
    rows[1] |= {"df": df, "conf_low": min(lows), "conf_high": max(highs)}
    return rows


def _borrowed(
    results: Results,
    counts: IntervalCounts,
    outcome: Quantity,
    election: str,
    later: CountedExcess,
    codes: Sequence[str],
) -> tuple[float, float, float]:
    """Sampling variance of both excesses and df, with τ² and φ of the later election.

    Nothing but a national total is known of the comparison municipalities at the earlier
    election, so that its own spread cannot be estimated.
    """
    after = later.pooled(codes)
    valid = np.array([unit.valid for unit in counts.units if unit.name in set(codes)])
    base = base_difference(results, election, outcome, codes)
    share = counts.share("invalid", codes)
    p0 = base[0] if base is not None else 0.0
    p1 = (share.low + share.high) / 2
    weight = valid / valid.sum()
    # Ballots at the baseline are of the same order as valid votes at the election.
    noise = (p0 * (1 - p0) + p1 * (1 - p1)) / valid
    before = later.fit.tau2 * float((weight**2).sum()) + later.fit.phi * float(weight**2 @ noise)
    return before + later.trend_variance, after.variance, after.df


def _said(
    rows: Sequence[Row], before: Interval, after: Interval, basis: str, words: Row
) -> Statement:
    if after.width < _KNOWN:
        basis = "mixed"  # the later election was counted
    change, ratio = rows
    ends = {
        f"{name}_{end}": value
        for name, span in (
            ("before", (before.low, before.high)),
            ("after", (after.low, after.high)),
            ("ratio", (ratio["bound_low"], ratio["bound_high"])),
        )
        for end, value in zip(("low", "high"), span, strict=True)
    }
    ended = math.isfinite(ends["ratio_low"]) and math.isfinite(ends["ratio_high"])
    key = f"within_{basis}{'' if ended else '_no_ratio'}"
    return Statement(f"learning.{key}", {**change, **words, **ends})


def _quantity(outcome: str) -> Quantity:
    match outcome:
        case "invalid" | "blank" | "rejected":
            return outcome
    raise InputError("only counts of ballots have bounds", rule="outcome of ballots", value=outcome)
