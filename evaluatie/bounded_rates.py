"""Rates of elections whose counts are known only from rounded printed shares: bounds.

Official valid votes, printed shares, the plan's bounds on blank votes and the national totals
are used together; the bounds are the exact extremes over all counts that agree with them (a
linear-fractional program, Charnes and Cooper 1962, Naval Research Logistics Quarterly 9).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie import formatting
from evaluatie.analysis import Analysis
from evaluatie.errors import EstimationError, UnknownNameError
from evaluatie.experiment import Design
from evaluatie.learning.printed import PrintedFigures, interval_counts
from evaluatie.partly_known import IntervalCounts, Quantity
from evaluatie.results import Results
from evaluatie.wording import say

__all__ = ["BoundedRatesResult", "bounded_rates"]

_QUANTITIES: tuple[Quantity, ...] = ("invalid", "blank", "rejected")


@dataclass(frozen=True, kw_only=True, eq=False)
class BoundedRatesResult(Analysis):
    """Bounds on shares; see :func:`bounded_rates`."""

    outcome: str

    def sentence(self, lang: str = "nl") -> str:
        """Say the bounds of the experiment and of the rest of the country."""
        rows = self.table.set_index("group")
        return say(
            "rates.bounded",
            lang,
            election=rows["election"].iloc[0],
            outcome=say(f"common.{self.outcome}", lang),
            treated=_span(rows, "experiment", lang),
            rest=_span(rows, "rest", lang),
        )


def _span(rows: pd.DataFrame, group: str, lang: str) -> str:
    ends = (float(rows[f"bound_{end}"][group]) for end in ("low", "high"))
    low, high = (formatting.percent(end, lang) for end in ends)
    # Bounds that are printed the same are one number to a reader.
    return low if low == high else say("rates.span", lang, low=low, high=high)


def bounded_rates(
    results: Results,
    election: str,
    outcome: str = "invalid",
    *,
    data: Path | str | None = None,
    design: Design | None = None,
) -> BoundedRatesResult:
    """Bound the shares of the experiment's municipalities, together and apart.

    Returns
    -------
    BoundedRatesResult
        ``table``: election, group (``experiment``, ``rest`` or ``municipality``),
        municipality_code, municipality, n_municipalities, vintage (``printed``), outcome,
        bound_low, bound_high (fractions of ballots found), count_low, count_high (numbers of
        votes), method. Nothing between the bounds is singled out.

    Raises
    ------
    UnknownNameError
        For an outcome without bounds.
    EstimationError
        If print and official valid votes do not bound the counts of this election.
    """
    quantity = next((each for each in _QUANTITIES if each == outcome), None)
    if quantity is None:
        raise UnknownNameError.of("outcome", outcome, _QUANTITIES)
    plan = design or results.design
    if not plan.treated(election):
        raise EstimationError(
            "no municipality voted with the new ballot, and none has counts",
            unit=election,
            rule="treated >= 1",
        )
    counts = interval_counts(results, election, plan, PrintedFigures.of(results, plan, data))
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
    return BoundedRatesResult(
        table=table,
        assumptions=("printed-precision", "blank-bounds"),
        sources=(*results.where(election).sources, "published-figures"),
        outcome=outcome,
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
