"""Excess shares of elections whose counts are known only from printed shares: bounds.

All counts that fit what was printed are allowed; the smallest and the largest change they give
are the bounds. Nothing in between is singled out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evaluatie.answers.answer import Statement
from evaluatie.answers.baselines import counted_at
from evaluatie.answers.learning.excess import CountedExcess, aligned, excess_at, observed
from evaluatie.answers.learning.table import POOLED, Row, fieller
from evaluatie.answers.printed import PrintedFigures, interval_counts
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, IntervalCounts, Quantity
from evaluatie.ground.errors import InputError
from evaluatie.plan import Design, Question
from evaluatie.stats.estimates import Floats
from evaluatie.stats.student import critical_value

__all__ = [
    "base_difference",
    "bounded_excess",
    "names_of",
    "point_row",
    "printed_step",
    "step_columns",
]


def bounded_excess(
    results: Results, counts: IntervalCounts, election: str, outcome: Quantity, codes: Sequence[str]
) -> Interval | None:
    """Bound the excess: share minus that of the rest of the country, less that at the baseline."""
    base = base_difference(results, election, outcome, codes)
    if base is None:
        return None
    if counts.whole is not None:
        return counts.difference(outcome, codes) - base[2]
    if counts.rest is not None and outcome == "invalid":
        return counts.share(outcome, codes) - counts.rest - base[2]
    return None


def base_difference(
    results: Results, election: str, outcome: Quantity, codes: Sequence[str]
) -> tuple[float, float, float] | None:
    """Return share, rest share and their difference at the baseline of an election.

    "Rest" is the nation without all municipalities that had the new ballot at ``election``.
    None where one of the counts is unknown.
    """
    plan = results.design
    base = plan.election(election).baseline
    whole = None if base is None else PrintedFigures.of(results).whole(base)
    if base is None or whole is None:
        return None
    here = counted_at(aligned(results, election), base, outcome, "best")
    treated = plan.treated(election)
    if not set(treated) <= set(here.index):
        return None
    every, own = here.loc[list(treated)].sum(), here.loc[list(codes)].sum()
    share = float(own["count"] / own["total"])
    rest = (whole.count(outcome) - every["count"]) / (whole.ballots - every["total"])
    return share, float(rest), share - float(rest)


_KNOWN = 1e-8
"""Bounds this close are one value: the programs are solved to about a billionth of a ballot."""


def printed_step(
    results: Results,
    question: Question,
    elections: tuple[str, str],
    codes: Sequence[str],
) -> tuple[list[Row], list[Row], list[Statement]]:
    """Bound the change where the first election, or both, are known from print only."""
    plan, (first, second) = results.design, elections
    outcome = _quantity(question.outcome)
    start, end = (_bounded(results, name) for name in elections)
    if start is None:
        return [], [], [Statement("learning.undecided_no_counts", {"election": first})]
    known = set(codes) <= set(observed(results, question, second))
    later = excess_at(results, question, second) if known else None
    # Both from print; then the first from print and the second as it was counted.
    cases = [("printed", codes, POOLED), ("mixed", codes, POOLED)]
    cases += [("mixed", [code], code) for code in codes]
    rows: list[Row] = []
    points: list[Row] = []
    said: list[Statement] = []
    for basis, some, unit in cases:
        before = bounded_excess(results, start, first, outcome, some)
        if basis == "mixed":
            after = None if later is None else _exact(later, some)
        else:
            after = None if end is None else bounded_excess(results, end, second, outcome, some)
        if before is None or after is None:
            continue
        noise = None if later is None else _borrowed(results, start, outcome, first, later, some)
        made = _bounds(before, after, noise, question.alpha)
        counted = basis == "mixed" and later is not None
        common = {
            "basis": basis,
            "vintage": "mixed"
            if counted and later is not None and later.vintage_of(some) != "official"
            else "official",
            "role": "primary" if basis == "printed" else "sensitivity",
            "n_comparison": None if later is None else later.fit.n,
        }
        step = step_columns(plan, first, second, some, unit)
        rows += [{**step, **row, **common} for row in made]
        points += [
            point_row(name, span, unit, basis, plan, some)
            for name, span in ((first, before), (second, after))
        ]
        if not said and unit == POOLED:
            values = {"outcome": f"@common.{outcome}", "names": names_of(plan, codes)}
            said = [_said(made, before, after, basis, {"first": first, "second": second, **values})]
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
    corners = [
        fieller(top, bottom, two, one, 0.0, df, alpha)
        for top in (after.low, after.high)
        for bottom in (before.low, before.high)
    ]
    lows, highs = zip(*corners, strict=True)
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
    weight: Floats = valid / valid.sum()
    # Ballots at the baseline are of the same order as valid votes at the election.
    noise = (p0 * (1 - p0) + p1 * (1 - p1)) / valid
    before = later.fit.tau2 * float((weight**2).sum()) + later.fit.phi * float(weight**2 @ noise)
    return before + later.trend_variance, after.variance, after.df


def _exact(later: CountedExcess, codes: Sequence[str]) -> Interval:
    value = later.pooled(codes).estimate
    return Interval(value, value)


def step_columns(plan: Design, first: str, second: str, codes: Sequence[str], unit: str) -> Row:
    """Return what all rows of a step share: who, from which election and use to which."""
    return {
        "what": "change of excess",
        "unit": unit,
        "municipality": None if unit == POOLED else plan.municipalities.get(unit, unit),
        "from_election": first,
        "to_election": second,
        "from_use": plan.exposure(codes[0], first),
        "to_use": plan.exposure(codes[0], second),
        "n_units": len(codes),
        "n_experienced": len(codes),
    }


def point_row(
    election: str, span: Interval, unit: str, basis: str, plan: Design, codes: Sequence[str]
) -> Row:
    """Return what the figure shows of one election: a point, or bounds."""
    return {
        "election": election,
        "use": plan.exposure(codes[0], election),
        "unit": unit,
        "municipality": None if unit == POOLED else plan.municipalities.get(unit, unit),
        "n_units": len(codes),
        "basis": basis,
        "estimate": span.low if span.width < _KNOWN else math.nan,
        "bound_low": span.low,
        "bound_high": span.high,
        "conf_low": math.nan,
        "conf_high": math.nan,
    }


def _said(
    made: Sequence[Row], before: Interval, after: Interval, basis: str, values: Row
) -> Statement:
    points, ratio = made
    if after.high - after.low < _KNOWN:
        basis = "mixed"  # the later election was counted
    ended = math.isfinite(ratio["bound_low"]) and math.isfinite(ratio["bound_high"])
    return Statement(
        f"learning.within_{basis}" if ended else f"learning.within_{basis}_no_ratio",
        {
            **values,
            "before_low": before.low,
            "before_high": before.high,
            "after_low": after.low,
            "after_high": after.high,
            "low": points["bound_low"],
            "high": points["bound_high"],
            "ratio_low": ratio["bound_low"],
            "ratio_high": ratio["bound_high"],
        },
    )


def names_of(plan: Design, codes: Sequence[str]) -> str:
    """Return the names of municipalities, in order, for a sentence."""
    return ", ".join(sorted(plan.municipalities.get(code, code) for code in codes))


def _quantity(outcome: str) -> Quantity:
    match outcome:
        case "invalid" | "blank" | "rejected":
            return outcome
    raise InputError("only counts of ballots have bounds", rule="outcome of ballots", value=outcome)
