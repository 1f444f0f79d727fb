"""What the counts say about one printed figure: a value, or only bounds, in each vintage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, implied_counts
from evaluatie.plan import Design

SHARES: Mapping[str, tuple[str, str]] = {
    "invalid": ("invalid", "ballots"),
    "blank": ("blank", "ballots"),
    "rejected": ("rejected", "ballots"),
    "turnout": ("ballots", "eligible"),
}
"""Numerator and denominator of each share."""


@dataclass(frozen=True)
class Given:
    """What one vintage gives: ``value`` where it is known, ``bounds`` where only those are.

    ``n_missing`` units that belong to the figure have no counts in this vintage; ``mean`` is
    the mean of the units' own shares.
    """

    vintage: str
    value: float | None = None
    bounds: Interval | None = None
    mean: float | None = None
    count: int | None = None
    total: int | None = None
    n_units: int = 0
    n_missing: int = 0


@dataclass(frozen=True)
class Known:
    """Everything known about the elections, asked per quantity and set of units.

    Attributes
    ----------
    results, plan
        Municipal counts with their tables, and who voted with which ballot.
    printed_shares
        Per election, the invalid shares printed per municipality.
    """

    results: Results
    plan: Design
    printed_shares: Mapping[str, Mapping[str, Interval]]

    def given(self, election: str, quantity: str, units: str, *, share: bool) -> list[Given]:
        """Return what each vintage gives for a share or a count, official first.

        ``units`` is ``experiment``, ``rest`` (everything else), ``national`` or one code.
        """
        found = [
            self._share(election, *SHARES[quantity], units, vintage)
            if share
            else self._count(election, quantity, units, vintage)
            for vintage in ("official", "provisional")
        ]
        if share and quantity == "invalid":
            found += self._rest_of_country(election, units), self._within_rejected(election, units)
        return [each for each in found if each is not None]

    def implied(self, election: str, units: str, printed: Interval) -> Interval | None:
        """Return the numbers of invalid votes that a printed share of ballots leaves possible."""
        rows = self._rows(election, units, "official")
        if rows.empty or units in ("national", "rest") or self._missing(election, units, rows):
            return None
        if rows["ballots"].notna().all():
            n = int(rows["ballots"].sum())
            low, high = math.ceil(printed.low * n - 1e-9), math.floor(printed.high * n + 1e-9)
            return Interval(low, high) if low <= high else None
        blank = blank_bounds(self.plan, election)
        if blank is None or rows["valid"].isna().any():
            return None
        return implied_counts(int(rows["valid"].sum()), printed, blank)[1]

    @cached_property
    def _by_election(self) -> dict[tuple[Any, ...], pd.DataFrame]:
        """Rows by election and vintage, and whether each municipality had the new ballot."""
        return {
            key: rows.assign(treated=rows["municipality_code"].isin(self.plan.treated(str(key[0]))))
            for key, rows in self.results.rows.groupby(["election", "vintage"], sort=False)
        }

    @cached_property
    def _existing(self) -> dict[str, set[str]]:
        """Who voted, by election: in the code table or in the official count; else as counted.

        First counts also carry councils that were elected on another date.
        """
        rows, existing = self.results.rows, dict[str, set[str]]()
        official = rows["vintage"] == "official"
        for frame in (self.results.table("municipality_codes"), rows[official]):
            for election, codes in frame.groupby("election")["municipality_code"]:
                existing.setdefault(str(election), set()).update(codes)
        for election, codes in rows[~official].groupby("election")["municipality_code"]:
            existing.setdefault(str(election), set(codes))
        return existing

    def _rows(self, election: str, units: str, vintage: str) -> pd.DataFrame:
        rows = self._by_election.get((election, vintage), self.results.rows.iloc[:0])
        if units == "national" or rows.empty:
            return rows
        if units in ("experiment", "rest"):
            return rows[rows["treated"] == (units == "experiment")]
        return rows[rows["municipality_code"] == units]

    def _missing(self, election: str, units: str, rows: pd.DataFrame) -> int:
        """Count the units of a figure that have no rows here."""
        every = self._existing.get(election, set())
        treated = set(self.plan.treated(election))
        expected = {"experiment": treated, "rest": every - treated, "national": every}
        return len(expected.get(units, {units}) - set(rows["municipality_code"]))

    def _national_row(self, election: str, *columns: str) -> pd.Series[Any] | None:
        row = self._official.get(election)
        return None if row is None or row[list(columns)].isna().any() else row

    @cached_property
    def _official(self) -> dict[str, pd.Series[Any]]:
        """The one official row of the country, by election."""
        rows = self.results.table("national_results")
        once = rows[rows["vintage"] == "official"].drop_duplicates("election", keep=False)
        return {str(row["election"]): row for _, row in once.iterrows()}

    def _count(self, election: str, column: str, units: str, vintage: str) -> Given | None:
        rows = self._rows(election, units, vintage)
        rows = rows[rows[column].notna()]
        if rows.empty:
            return None
        total = int(rows[column].sum())
        missing = self._missing(election, units, rows)
        if not missing:
            return Given(vintage, value=total, count=total, n_units=len(rows))
        # What is missing can only add to a sum of counts.
        at_least = Interval(float(total), math.inf)
        return Given(vintage, bounds=at_least, count=total, n_units=len(rows), n_missing=missing)

    def _share(
        self, election: str, count: str, total: str, units: str, vintage: str
    ) -> Given | None:
        if units == "national" and vintage == "official":
            row = self._national_row(election, count, total)
            if row is not None:
                x, n = int(row[count]), int(row[total])
                return Given(vintage, value=x / n, count=x, total=n, n_units=1)
        rows = self._rows(election, units, vintage)
        known = rows[rows[count].notna() & rows[total].notna()]
        if known.empty:
            return None
        x, n = int(known[count].sum()), int(known[total].sum())
        missing = self._missing(election, units, known)
        bounds = None
        if missing and units == "experiment" and count == "invalid":
            bounds = self._with_missing(election, x, n, known)
        return Given(
            vintage,
            value=x / n,
            bounds=bounds,
            mean=float((known[count] / known[total]).mean()) if len(known) > 1 else None,
            count=x,
            total=n,
            n_units=len(known),
            n_missing=missing,
        )

    def _with_missing(self, election: str, x: int, n: int, known: pd.DataFrame) -> Interval | None:
        """Bound a pooled share from below when municipalities of the experiment are missing.

        Official valid votes and the stated bound on blank votes bound their ballots, and they
        cannot have had fewer than no invalid votes at all.
        """
        blank = blank_bounds(self.plan, election)
        lacking = set(self.plan.treated(election)) - set(known["municipality_code"])
        official = self._rows(election, "experiment", "official")
        valid = official.loc[official["municipality_code"].isin(lacking), "valid"]
        if blank is None or len(valid) != len(lacking) or valid.isna().any():
            return None
        return Interval(x / (n + float(valid.sum()) / (1 - blank.high)), 1.0)

    def _within_rejected(self, election: str, units: str) -> Given | None:
        """Bound the invalid share where only invalid and blank together are official."""
        rows = self._rows(election, units, "official")
        split_unknown = rows["invalid"].isna().any()
        if rows.empty or not split_unknown or rows[["rejected", "ballots"]].isna().any(axis=None):
            return None
        missing = self._missing(election, units, rows)
        high = float(rows["rejected"].sum() / rows["ballots"].sum())
        bounds = None if missing else Interval(0.0, high)
        return Given("official", bounds=bounds, n_units=len(rows), n_missing=missing)

    def _rest_of_country(self, election: str, units: str) -> Given | None:
        """Take the experiment's bounds, implied by printed shares, off the national total."""
        if units != "rest":
            return None
        row = self._national_row(election, "invalid", "ballots")
        shares = self.printed_shares.get(election, {})
        blank = blank_bounds(self.plan, election)
        treated = self.plan.treated(election)
        official = self._rows(election, "experiment", "official").set_index("municipality_code")
        known = set(treated) <= set(shares) and set(treated) <= set(official.index)
        if row is None or blank is None or not treated or not known:
            return None
        valid = {str(code): int(n) for code, n in official["valid"].items()}
        pairs = [implied_counts(valid[code], shares[code], blank) for code in treated]
        x, n = float(row["invalid"]), float(row["ballots"])
        low = (x - sum(i.high for _, i in pairs)) / (n - sum(b.low for b, _ in pairs))
        high = (x - sum(i.low for _, i in pairs)) / (n - sum(b.high for b, _ in pairs))
        return Given("official", bounds=Interval(low, high), n_units=1)


def blank_bounds(plan: Design, election: str) -> Interval | None:
    """Return the bounds on the blank share that the plan states for an election, if it does."""
    stated = plan.raw["bounds"]["blank_share"].get(election)
    return None if stated is None else Interval(stated["low"], stated["high"])
