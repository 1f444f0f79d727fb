"""Printed shares of invalid votes, and the counts that they leave possible.

The official evaluation printed shares of single municipalities and of all together; every analysis
that needs them reads them here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from evaluatie.answers.published import published
from evaluatie.answers.published.counts import blank_bounds
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, IntervalCounts, Unit, Whole

EXPERIMENT, REST = "experiment", "rest"
_TOTALS = ["invalid", "blank", "ballots"]


@dataclass(frozen=True)
class Printed:
    """One printed invalid share: what it can stand for, the value itself, both fractions."""

    interval: Interval
    value: float
    decimals: int


@dataclass(frozen=True, eq=False)
class PrintedFigures:
    """Invalid shares printed of final counts, by election and units, and national totals."""

    shares: Mapping[str, Mapping[str, Printed]]
    wholes: Mapping[str, Whole]

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, results: Results) -> PrintedFigures:
        """Read the figures that ship, with the user's own on top; once for the same counts."""
        national = results.table("national_results")
        national = national[national["vintage"] == "official"].dropna(subset=_TOTALS)
        totals = national[_TOTALS].to_numpy("float64").tolist()
        wholes = {
            str(election): Whole(*counts)
            for election, counts in zip(national["election"], totals, strict=True)
        }
        table = published(results).table
        of_share = table["is_share"].astype(bool) & (table["quantity"] == "invalid")
        # Figures of the first count do not bound the final one.
        final = ~table["scope"].str.contains("provisional") & table["printed_low"].notna()
        shares: dict[str, dict[str, Printed]] = {}
        for row in table[of_share & final].to_dict(orient="records"):
            span = Interval(max(float(row["printed_low"]), 0.0), float(row["printed_high"]))
            one = Printed(span, float(row["printed"]) / 100, int(row["decimals"]))
            shares.setdefault(str(row["election"]), {}).setdefault(str(row["units"]), one)
        return cls(shares, wholes)

    def share(self, election: str, units: str) -> Printed | None:
        """Return the share printed of some units, if any."""
        return self.shares.get(election, {}).get(units)

    def whole(self, election: str) -> Whole | None:
        """Return the official national totals, if they are complete."""
        return self.wholes.get(election)


@lru_cache(maxsize=32)
def interval_counts(results: Results, election: str) -> IntervalCounts | None:
    """Bound the official counts of the municipalities with the new ballot.

    Uses together: official valid votes (and rejected ones where known), the shares printed per
    municipality and of all together, the blank shares that the plan bounds, and the national
    totals. Where all were counted print no longer matters. None where valid votes are unknown, or
    where nothing was counted and no share of all together was printed.
    """
    plan, figures = results.counted_plan, PrintedFigures.of(results)
    treated = plan.treated(election)
    rows = results.rows
    rows = rows[(rows["election"] == election) & (rows["vintage"] == "official")]
    rows = rows[rows["municipality_code"].isin(treated)].set_index("municipality_code")
    if set(rows.index) != set(treated) or rows["valid"].isna().any():
        return None
    pooled, rest = figures.share(election, EXPERIMENT), figures.share(election, REST)
    counted = bool(rows["invalid"].notna().all())
    if pooled is None and not counted:
        return None
    blank = blank_bounds(plan, election)
    valid = rows["valid"].astype("float64")
    units = []
    for code in treated:
        # A count is worth more than what was printed of it.
        own = None if counted else figures.share(election, code)
        units.append(
            Unit(
                code,
                float(valid[code]),
                share=None if own is None else own.interval,
                blank_share=None if counted else blank,
                invalid=_known(rows["invalid"][code]),
                rejected=_known(rows["rejected"][code]),
            )
        )
    return IntervalCounts(
        tuple(units),
        pooled=None if counted or pooled is None else pooled.interval,
        whole=figures.whole(election),
        rest=None if rest is None else rest.interval,
    )


def _known(value: Any) -> Interval | None:
    return None if pd.isna(value) else Interval(float(value), float(value))
