"""The change of the excess where an election's counts are known only from printed shares.

All counts that fit what was printed are allowed; the smallest and the largest change they give
are the bounds. Nothing in between is singled out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evaluatie.errors import InputError
from evaluatie.learning.excess import Choices, CountedExcess, Scene
from evaluatie.learning.printed import (
    PrintedFigures,
    base_difference,
    bounded_difference,
    interval_counts,
)
from evaluatie.learning.ratio import fieller
from evaluatie.learning.result import POOLED, Statement
from evaluatie.partly_known import Interval, IntervalCounts
from evaluatie.stats._student import critical_value
from evaluatie.stats._types import Floats

__all__ = ["Row", "names_of", "point_row", "printed_step", "step_columns"]

Row = dict[str, Any]

_KNOWN = 1e-8
"""Bounds this close are one value: the programs are solved to about a billionth of a ballot."""


def printed_step(
    scene: Scene,
    figures: PrintedFigures,
    elections: tuple[str, str],
    codes: Sequence[str],
) -> tuple[list[Row], list[Row], list[Statement]]:
    """Bound the change where the first election, or both, are known from print only."""
    choices = scene.choices
    first, second = elections
    rows: list[Row] = []
    points: list[Row] = []
    said: list[Statement] = []
    spans = [_bounded(scene, figures, name) for name in elections]
    if spans[0] is None:
        return [], [], [Statement("undecided_no_counts", {"election": first})]
    known = set(codes) <= set(scene.observed(second))
    later = scene.excess(second) if known else None
    starts = spans[0].excess(codes)
    for basis, ends in (
        ("printed", spans[1].excess(codes) if spans[1] is not None else None),
        ("mixed", None if later is None else _exact(later, codes)),
    ):
        if starts is None or ends is None:
            continue
        noise = None if later is None else _borrowed(spans[0], later, codes)
        made = _bounds(starts, ends, noise, choices.alpha)
        vintage = "official" if basis == "printed" or later is None else later.vintage_of(codes)
        step = step_columns(choices, first, second, codes, POOLED)
        common = {
            "basis": basis,
            "vintage": "official" if vintage == "official" else "mixed",
            "role": "primary" if basis == "printed" else "sensitivity",
            "n_comparison": None if later is None else later.fit.n,
        }
        rows += [{**step, **row, **common} for row in made]
        points += [
            point_row(first, starts, POOLED, basis, choices, codes),
            point_row(second, ends, POOLED, basis, choices, codes),
        ]
        said = said or [_said(made, starts, ends, choices, (first, second), codes, basis)]
    if later is not None:
        for code in codes:
            start = spans[0].excess([code])
            if start is None:
                continue
            noise = _borrowed(spans[0], later, [code])
            made = _bounds(start, _exact(later, [code]), noise, choices.alpha)
            common = {
                "basis": "mixed",
                "vintage": "official" if later.vintage_of([code]) == "official" else "mixed",
                "role": "sensitivity",
                "n_comparison": later.fit.n,
            }
            step = step_columns(choices, first, second, [code], code)
            rows += [{**step, **row, **common} for row in made]
            points.append(point_row(first, start, code, "mixed", choices, [code]))
            points.append(point_row(second, _exact(later, [code]), code, "mixed", choices, [code]))
    return rows, points, said


@dataclass(frozen=True, eq=False)
class _Bounded:
    """Counts of an election between bounds, and what the excess is measured from."""

    counts: IntervalCounts
    election: str
    scene: Scene
    figures: PrintedFigures

    def base(self, codes: Sequence[str]) -> tuple[float, float, float] | None:
        outcome = _quantity(self.scene.choices.outcome)
        return base_difference(self.scene, self.election, self.figures, outcome, codes)

    def excess(self, codes: Sequence[str]) -> Interval | None:
        base = self.base(codes)
        now = bounded_difference(self.counts, _quantity(self.scene.choices.outcome), codes)
        return None if base is None or now is None else now - base[2]


def _bounded(scene: Scene, figures: PrintedFigures, election: str) -> _Bounded | None:
    if scene.choices.outcome not in ("invalid", "blank", "rejected"):
        return None
    counts = interval_counts(scene.results, election, scene.choices.plan, figures)
    if counts is None:
        return None
    try:
        counts.share("invalid")
    except InputError:
        return None  # what was printed contradicts itself; the table of printed figures says so
    return _Bounded(counts, election, scene, figures)


def _bounds(
    before: Interval, after: Interval, noise: tuple[float, float, float] | None, alpha: float
) -> list[Row]:
    """Bounds of the change and of the ratio, and intervals around them."""
    change, ratio = after - before, after / before
    rows: list[Row] = []
    for scale, span in (("points", change), ("ratio", ratio)):
        row: Row = {
            "scale": scale,
            "bound_low": span.low,
            "bound_high": span.high,
            "method": "bounds",
        }
        if span.width < _KNOWN:
            row["estimate"] = (span.low + span.high) / 2
        if noise is not None:
            one, two, df = noise
            if scale == "points":
                half = critical_value(alpha, df) * math.sqrt(one + two)
                row |= {"std_error": math.sqrt(one + two), "df": df}
                row |= {"conf_low": span.low - half, "conf_high": span.high + half}
            else:
                corners = [
                    fieller(top, bottom, two, one, 0.0, df, alpha)
                    for top in (after.low, after.high)
                    for bottom in (before.low, before.high)
                ]
                row |= {
                    "df": df,
                    "conf_low": min(low for low, _ in corners),
                    "conf_high": max(high for _, high in corners),
                }
        rows.append(row)
    return rows


def _borrowed(
    start: _Bounded, later: CountedExcess, codes: Sequence[str]
) -> tuple[float, float, float]:
    """Sampling variance of both excesses and df, with τ² and φ of the later election.

    Nothing but a national total is known of the comparison municipalities at the earlier
    election, so that its own spread cannot be estimated.
    """
    after = later.pooled(codes)
    valid = np.array([unit.valid for unit in start.counts.units if unit.name in set(codes)])
    base = start.base(codes)
    share = start.counts.share("invalid", codes)
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


def step_columns(choices: Choices, first: str, second: str, codes: Sequence[str], unit: str) -> Row:
    """Return what all rows of a step share: who, from which election and use to which."""
    plan = choices.plan
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
    election: str,
    span: Interval,
    unit: str,
    basis: str,
    choices: Choices,
    codes: Sequence[str],
) -> Row:
    """Return what the figure shows of one election: a point, or bounds."""
    plan = choices.plan
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
    made: Sequence[Row],
    before: Interval,
    after: Interval,
    choices: Choices,
    elections: tuple[str, str],
    codes: Sequence[str],
    basis: str,
) -> Statement:
    points, ratio = made
    if after.high - after.low < _KNOWN:
        basis = "mixed"  # the later election was counted
    ended = math.isfinite(ratio["bound_low"]) and math.isfinite(ratio["bound_high"])
    return Statement(
        f"within_{basis}" if ended else f"within_{basis}_no_ratio",
        {
            "names": names_of(choices, codes),
            "first": elections[0],
            "second": elections[1],
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


def names_of(choices: Choices, codes: Sequence[str]) -> str:
    """Return the names of municipalities, in order, for a sentence."""
    return ", ".join(sorted(choices.plan.municipalities.get(code, code) for code in codes))


def _quantity(outcome: str) -> Literal["invalid", "blank", "rejected"]:
    match outcome:
        case "invalid" | "blank" | "rejected":
            return outcome
    raise InputError("only counts of ballots have bounds", rule="outcome of ballots", value=outcome)
