"""What the printed series of the experiment is made of, step by step.

For the electorates that had the new ballot at both elections of a step (and were counted),

    share = level at the baseline of the same kind + comparison trend + excess,

so that the difference of their shares falls apart into *election kind* (their own level with
the usual ballot differs by kind of election), *comparison trend* and *learning*: the change of
their excess, with whatever the kind of election does to the excess itself. *Composition* is
what the others add: the share of all minus that of the electorates that are in both. *Print
against counts* is the printed share minus the share of the counts used. Levels and trends are
taken within the same electorates, so no part depends on the order in which parts are taken out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluatie.answers.answer import Statement
from evaluatie.answers.learning.excess import CountedExcess, excess_at, observed
from evaluatie.answers.learning.printed import (
    EXPERIMENT,
    Printed,
    PrintedFigures,
    base_difference,
    interval_counts,
)
from evaluatie.answers.learning.table import POOLED, Estimated, Row, tidy
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Question

__all__ = ["PARTS", "decomposition", "shown_parts"]

PARTS = ("composition", "election kind", "comparison trend", "learning", "print against counts")
"""In the order of the waterfall; they add up to ``printed difference``."""


@dataclass(frozen=True)
class _Level:
    """One election's share taken apart; values with what print leaves possible around them."""

    printed: Printed
    composition: float
    baseline: float
    trend: Interval
    trend_value: float
    excess_value: float
    excess: Interval
    mismatch: float
    basis: str


def decomposition(results: Results, question: Question) -> Estimated:
    """Return the table (also what the waterfall shows) and sentences.

    The outcome is that of the printed series, invalid; municipalities count by their ballots.

    Raises
    ------
    EstimationError
        If fewer than two elections of the experiment have a printed share: no series.
    """
    plan, figures = results.design, PrintedFigures.of(results)
    series = [
        (name, printed)
        for name in plan.new_ballot
        if (printed := figures.share(name, EXPERIMENT)) is not None
    ]
    if len(series) < 2:
        raise EstimationError(
            "a series needs printed shares of two elections of the experiment",
            rule="printed share",
            value=len(series),
        )
    rows: list[Row] = []
    ends = {"first": series[0][0], "last": series[-1][0], "n": len(series)}
    said: list[Statement] = [Statement("learning.decomposition_series", ends)]
    for (first, before), (second, after) in itertools.pairwise(series):
        made = _step(results, question, (first, before), (second, after))
        rows += made
        said.append(_said(made, first, second, before, after))
    table = tidy(rows, "decomposition", "invalid")
    table = table.assign(shown=_all_shown(rows))
    return Estimated(table, table, said)


def shown_parts(parts: Sequence[float], total: float, decimals: int) -> list[float]:
    """Round parts so that they add up to the printed total to the last digit.

    Largest remainders: every part is rounded down to the last decimal of a percentage and the
    units still missing go to the parts that lost most.

    Parameters
    ----------
    parts, total
        Fractions; their difference is less than rounding can explain.
    decimals
        Of the printed percentage.
    """
    unit = 10.0 ** -(decimals + 2)
    exact = [part / unit for part in parts]
    floors = [math.floor(each + 1e-9) for each in exact]
    missing = round(total / unit) - sum(floors)
    by_loss = sorted(range(len(parts)), key=lambda i: floors[i] - exact[i])
    for i in by_loss[: max(missing, 0)]:
        floors[i] += 1
    return [each * unit for each in floors]


def _all_shown(rows: Sequence[Row]) -> list[float]:
    """Parts as the waterfall prints them, one decimal beyond the print."""
    shown: list[float] = []
    for _, group in itertools.groupby(rows, key=lambda row: row["from_election"]):
        step = list(group)
        total, parts = step[0], step[1:]
        if any(math.isnan(row["estimate"]) for row in parts):
            shown += [row["estimate"] for row in step]
        else:
            decimals = total["decimals"] + 1
            rounded = shown_parts([row["estimate"] for row in parts], total["estimate"], decimals)
            shown += [total["estimate"], *rounded]
    return shown


def _step(
    results: Results,
    question: Question,
    first: tuple[str, Printed],
    second: tuple[str, Printed],
) -> list[Row]:
    (one, before), (two, after) = first, second
    plan = results.design
    both = [code for code in plan.treated(one) if code in plan.treated(two)]
    seen = [set(observed(results, question, name)) for name in (one, two)]
    counted = [code for code in both if code in seen[0] & seen[1]]
    if counted:
        levels: list[_Level | None] = [
            _counted(excess_at(results, question, name), counted, printed)
            for name, printed in (first, second)
        ]
        n_units = len(counted)
    else:
        levels = [_printed(results, name, printed) for name, printed in (first, second)]
        n_units = len(both)
    total = after.value - before.value
    width = (after.interval - before.interval) - total
    common = {
        "unit": POOLED,
        "from_election": one,
        "to_election": two,
        "scale": "points",
        "method": "decomposition",
        "role": "primary",
        "n_units": n_units,
    }
    rows: list[Row] = [
        {
            **common,
            "what": "printed difference",
            "estimate": total,
            "bound_low": total + width.low,
            "bound_high": total + width.high,
            "basis": "printed",
            "decimals": after.decimals,
        }
    ]
    a, b = levels
    if a is None or b is None:
        note = "no counts or bounds of the same electorates at both elections"
        return rows + [
            {**common, "what": part, "estimate": math.nan, "note": note} for part in PARTS
        ]
    values: Mapping[str, tuple[float, Interval | None]] = {
        "composition": (b.composition - a.composition, None),
        "election kind": (b.baseline - a.baseline, None),
        "comparison trend": (b.trend_value - a.trend_value, b.trend - a.trend),
        "learning": (b.excess_value - a.excess_value, b.excess - a.excess),
        "print against counts": (
            b.mismatch - a.mismatch,
            (after.interval - before.interval) - (total - (b.mismatch - a.mismatch))
            if counted
            else None,
        ),
    }
    for part in PARTS:
        value, span = values[part]
        known = span is None or span.width < 1e-12
        rows.append(
            {
                **common,
                "what": part,
                "estimate": value,
                "bound_low": math.nan if known or span is None else span.low,
                "bound_high": math.nan if known or span is None else span.high,
                "basis": a.basis,
                "vintage": _vintage(results, question, (one, two), counted),
            }
        )
    return rows


def _counted(excess: CountedExcess, codes: Sequence[str], printed: Printed) -> _Level:
    """Take apart a share that was counted."""
    every, some = excess.ballots / excess.ballots.sum(), excess.weight(codes)
    share, own = float(every @ excess.share), float(some @ excess.share)
    value = excess.pooled(codes).estimate
    return _Level(
        printed,
        composition=share - own,
        baseline=float(some @ excess.share_before),
        trend=Interval(excess.trend, excess.trend),
        trend_value=excess.trend,
        excess_value=value,
        excess=Interval(value, value),
        mismatch=printed.value - share,
        basis="counts",
    )


def _printed(results: Results, election: str, printed: Printed) -> _Level | None:
    """Take apart a share that is known from print, at the printed values, with bounds."""
    codes = results.design.treated(election)
    counts = interval_counts(results, election)
    base = base_difference(results, election, "invalid", codes)
    if counts is None or base is None:
        return None
    rest = PrintedFigures.of(results).share(election, "rest")
    if counts.whole is not None:
        span, difference = counts.rest_share("invalid"), counts.difference("invalid", codes)
        value = (span.low + span.high) / 2
    elif rest is not None:
        span, value = rest.interval, rest.value
        difference = counts.share("invalid", codes) - span
    else:
        return None
    trend = value - base[1]
    return _Level(
        printed,
        composition=0.0,
        baseline=base[0],
        trend=span - base[1],
        trend_value=trend,
        excess_value=printed.value - base[0] - trend,
        excess=difference - base[2],
        mismatch=0.0,
        basis="printed",
    )


def _vintage(
    results: Results, question: Question, elections: tuple[str, str], counted: Sequence[str]
) -> str:
    if not counted:
        return "official"
    found = {excess_at(results, question, name).vintage_of(counted) for name in elections}
    return found.pop() if len(found) == 1 else "mixed"


def _said(
    rows: Sequence[Row], first: str, second: str, before: Printed, after: Printed
) -> Statement:
    by_part = {row["what"]: row["estimate"] for row in rows}
    known = not any(math.isnan(by_part[part]) for part in PARTS)
    if known:
        # Rounded together, so that the sentence adds up too.
        rounded = shown_parts(
            [by_part[part] for part in PARTS], by_part["printed difference"], after.decimals
        )
        by_part |= dict(zip(PARTS, rounded, strict=True))
    values = {
        "first": first,
        "second": second,
        "before": before.value,
        "after": after.value,
        "total": by_part["printed difference"],
        **{part.replace(" ", "_"): by_part[part] for part in PARTS},
    }
    return Statement(f"learning.decomposition{'' if known else '_unknown'}", values)
