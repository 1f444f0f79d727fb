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
from typing import Any

from evaluatie.answers.columns import POOLED
from evaluatie.answers.learning.excess import CountedExcess, base_difference, excess_at, followed
from evaluatie.answers.learning.show import Estimated, tidy
from evaluatie.answers.printed import EXPERIMENT, Printed, PrintedFigures, interval_counts
from evaluatie.answers.statement import Statement, one_vintage
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Question

PARTS = ("composition", "election kind", "comparison trend", "learning", "print against counts")
"""In the order of the waterfall; they add up to ``printed difference``."""


Row = dict[str, Any]
_Level = Mapping[str, tuple[float, Interval]]
"""One election's share in parts: of each the value, and what print leaves possible around it."""


def decomposition(results: Results, question: Question) -> Estimated:
    """Return the table (also what the waterfall shows) and sentences.

    The outcome is that of the printed series, invalid; municipalities count by their ballots.
    Refused if fewer than two elections of the experiment have a printed share: no series.
    """
    plan, figures = results.counted_plan, PrintedFigures.of(results)
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
    table = tidy(rows, "decomposition", question)
    return Estimated(table, table, said)


def shown_parts(parts: Sequence[float], total: float, decimals: int) -> list[float]:
    """Round parts so that they add up to the printed total to the last digit.

    Largest remainders: every part (a fraction) is rounded down to the last of the ``decimals`` of a
    percentage, and the units still missing go to the parts that lost most.
    """
    unit = 10.0 ** -(decimals + 2)
    exact = [part / unit for part in parts]
    floors = [math.floor(each + 1e-9) for each in exact]
    missing = round(total / unit) - sum(floors)
    by_loss = sorted(range(len(parts)), key=lambda i: floors[i] - exact[i])
    for i in by_loss[: max(missing, 0)]:
        floors[i] += 1
    return [each * unit for each in floors]


def _step(
    results: Results, question: Question, first: tuple[str, Printed], second: tuple[str, Printed]
) -> list[Row]:
    (one, before), (two, after) = first, second
    again, counted = followed(results, question, one, two)
    both = [excess_at(results, question, name) for name in (one, two)] if counted else []
    if both:
        pairs = zip(both, (before, after), strict=True)
        levels: list[_Level | None] = [
            _counted(excess, counted, printed) for excess, printed in pairs
        ]
    else:
        levels = [_printed(results, name, printed) for name, printed in (first, second)]
    span = after.interval - before.interval
    common = {
        "unit": POOLED,
        "from_election": one,
        "to_election": two,
        "scale": "points",
        "method": "decomposition",
        "role": "primary",
        "n_units": len(counted or again),
    }
    total: Row = {
        **common,
        "what": "printed difference",
        "estimate": after.value - before.value,
        "shown": after.value - before.value,
        "bound_low": span.low,
        "bound_high": span.high,
        "basis": "printed",
    }
    a, b = levels
    if a is None or b is None:
        note = "no counts or bounds of the same electorates at both elections"
        unknown = {**common, "estimate": math.nan, "shown": math.nan, "note": note}
        return [total, *({**unknown, "what": part} for part in PARTS)]
    common |= {"basis": "printed", "vintage": "official"}
    if both:
        vintage = one_vintage(each.vintage_of(counted) for each in both)
        common |= {"basis": "counts", "vintage": vintage}
    rows: list[Row] = []
    for part in PARTS:
        (was, around), (now, about) = a[part], b[part]
        row = {**common, "what": part, "estimate": now - was}
        left = about - around
        if left.width >= 1e-12:
            row |= {"bound_low": left.low, "bound_high": left.high}
        rows.append(row)
    # As the waterfall prints them, one decimal beyond the print.
    estimates = [row["estimate"] for row in rows]
    shown = shown_parts(estimates, total["estimate"], after.decimals + 1)
    return [total, *(row | {"shown": each} for row, each in zip(rows, shown, strict=True))]


def _exactly(value: float) -> tuple[float, Interval]:
    return value, Interval(value, value)


def _counted(excess: CountedExcess, codes: Sequence[str], printed: Printed) -> _Level:
    """Take apart a share that was counted."""
    every, some = excess.ballots / excess.ballots.sum(), excess.weight(codes)
    share, own = float(every @ excess.share), float(some @ excess.share)
    return {
        "composition": _exactly(share - own),
        "election kind": _exactly(float(some @ excess.share_before)),
        "comparison trend": _exactly(excess.trend),
        "learning": _exactly(excess.pooled(codes).estimate),
        "print against counts": (printed.value - share, printed.interval - share),
    }


def _printed(results: Results, election: str, printed: Printed) -> _Level | None:
    """Take apart a share that is known from print, at the printed values, with bounds."""
    codes = results.counted_plan.treated(election)
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
    return {
        "composition": _exactly(0.0),
        "election kind": _exactly(base[0]),
        "comparison trend": (trend, span - base[1]),
        "learning": (printed.value - base[0] - trend, difference - base[2]),
        "print against counts": _exactly(0.0),
    }


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
