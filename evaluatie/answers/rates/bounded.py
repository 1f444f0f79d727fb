"""Rates of elections whose counts are known only from rounded printed shares: bounds.

Official valid votes, printed shares, the plan's bounds on blank votes and the national totals
are used together; the bounds are the exact extremes over all counts that agree with them (a
linear-fractional program, Charnes and Cooper 1962, Naval Research Logistics Quarterly 9).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.printed import interval_counts
from evaluatie.answers.rates import show
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results
from evaluatie.counts.partly_known import IntervalCounts, Quantity
from evaluatie.ground import formatting
from evaluatie.ground.errors import EstimationError, UnknownNameError

_QUANTITIES: tuple[Quantity, ...] = ("invalid", "blank", "rejected")


def _span(*ends: float) -> dict[str, str]:
    """Return two ends in words by language."""
    return {
        lang: formatting.span([formatting.percent(end, lang) for end in ends], lang)
        for lang in formatting.LANGUAGES
    }


def bounded_rates(results: Results, election: str, outcome: str = "invalid") -> Answer:
    """Bound the shares of the experiment's municipalities, together and apart.

    The table (:data:`show.BOUNDED`) has a row for the group ``experiment``, for ``rest`` and for
    each ``municipality``; nothing between the bounds is singled out. Refused for an outcome without
    bounds, and if print and official valid votes do not bound the counts of this election.
    """
    quantity = next((each for each in _QUANTITIES if each == outcome), None)
    if quantity is None:
        raise UnknownNameError.of("outcome", outcome, _QUANTITIES)
    plan = results.counted_plan
    if not plan.treated(election):
        raise EstimationError(
            "no municipality voted with the new ballot, and none has counts",
            unit=election,
            rule="treated >= 1",
        )
    counts = interval_counts(results, election)
    if counts is None:
        raise EstimationError(
            "neither counts nor printed shares bound the votes of the experiment",
            unit=election,
            rule="bounds from print",
        )
    rows = [_row(counts, quantity, "experiment", None)]
    rest = counts.rest_share(quantity)
    rows.append({"group": "rest", "bound_low": rest.low, "bound_high": rest.high})
    rows += [_row(counts, quantity, "municipality", code) for code in plan.treated(election)]
    table = pd.DataFrame(rows).assign(
        election=election, outcome=outcome, vintage="printed", method="bounds from print"
    )
    table["municipality"] = table["municipality_code"].map(dict(plan.municipalities))
    by_group = table.set_index("group")
    ends = ["bound_low", "bound_high"]
    said = Statement(
        "rates.bounded",
        {
            "election": election,
            "outcome": f"@common.{outcome}",
            "treated": _span(*by_group.loc["experiment", ends]),
            "rest": _span(*by_group.loc["rest", ends]),
        },
    )
    return Answer(
        table=table,
        columns=show.BOUNDED,
        statements=(said,),
        assumptions=("printed-precision", "blank-bounds"),
        sources=(*results.where(election).sources, "published-figures"),
    )


def _row(
    counts: IntervalCounts, quantity: Quantity, group: str, code: str | None
) -> dict[str, Any]:
    names = None if code is None else [code]
    share, count = counts.share(quantity, names), counts.count(quantity, names)
    return {
        "group": group,
        "municipality_code": code,
        "n_municipalities": 1 if code else len(counts.units),
        "bound_low": share.low,
        "bound_high": share.high,
        "count_low": count.low,
        "count_high": count.high,
    }
