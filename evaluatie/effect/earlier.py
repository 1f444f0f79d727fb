"""Counts of the same units at earlier elections, in today's municipal division."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from evaluatie.boundaries import comparable
from evaluatie.experiment import Design
from evaluatie.results import Results, load_table
from evaluatie.stats._types import Floats

__all__ = [
    "Earlier",
    "counted_at",
    "counts_of",
    "earlier_counts",
    "known_at",
    "placebo_elections",
    "same_division",
    "shares_of",
]


_CARIBBEAN = ("GM9001", "GM9002", "GM9003")


@dataclass(frozen=True, eq=False)
class Earlier:
    """Counts per unit and election, shape (units, elections), in order of time.

    The last column is the election itself, the one before it the baseline. NaN = unknown.
    """

    elections: tuple[str, ...]
    count: Floats
    ballots: Floats


def same_division(results: Results, elections: Sequence[str]) -> Results:
    """Return the counts of these elections in the municipal division of the newest.

    Elections without rows are passed over; the vintage that was asked for is kept.
    """
    return _aligned(results, tuple(elections))


@lru_cache(maxsize=64)
def shares_of(results: Results, outcome: str, vintage: str) -> pd.DataFrame:
    """Return :meth:`Results.shares`, kept for the next question; not to be changed."""
    return results.shares(outcome, vintage)


@lru_cache(maxsize=128)
def known_at(results: Results, election: str, outcome: str, vintage: str) -> pd.DataFrame:
    """Return the rows of :func:`shares_of` with a known share at one election; as it is, kept."""
    shares = shares_of(results, outcome, vintage)
    return shares[(shares["election"] == election) & shares["share"].notna()]


@lru_cache(maxsize=128)
def counted_at(results: Results, election: str, outcome: str, vintage: str) -> pd.DataFrame:
    """Return count, total and share of :func:`known_at` as floats, index municipality code."""
    here = known_at(results, election, outcome, vintage).drop_duplicates("municipality_code")
    return here.set_index("municipality_code")[["count", "total", "share"]].astype("float64")


# A specification curve asks for the same few pairs a hundred times.
@lru_cache(maxsize=32)
def _aligned(results: Results, elections: tuple[str, ...]) -> Results:
    rows = results.rows
    codes = {
        str(name): set(here)
        for name, here in rows[rows["election"].isin(elections)].groupby("election")[
            "municipality_code"
        ]
    }
    present = [name for name in elections if name in codes]
    if not present:
        return results
    if _no_change([codes[name] for name in present]):
        return results.where(present)
    mergers, existing = _division_tables(results.data)
    made = comparable(results.where(present), present, mergers, existing).results
    return Results(made.rows, results.vintage, results.plan, results.data)


def _division_tables(data: Path | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mergers and municipality codes, the user's own on top."""
    return _shipped_division() if data is None else _load_division(data)


@cache
def _shipped_division() -> tuple[pd.DataFrame, pd.DataFrame]:
    # Read once, for what ships does not change; a user's files may, within one session.
    return _load_division(None)


def _load_division(data: Path | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    return load_table("mergers", data), load_table("municipality_codes", data)


def _no_change(codes: list[set[str]]) -> bool:
    """Whether the same municipalities have rows throughout, so that none merged.

    A merger ends at least one code. The public bodies of the Caribbean Netherlands never took
    part in one.
    """
    first, *others = codes
    return all((first ^ each) <= set(_CARIBBEAN) for each in others)


def placebo_elections(plan: Design, election: str, base: str) -> tuple[str, ...]:
    """Return the elections of the plan's placebos in time, of this kind, with both at the end."""
    kind, until = plan.election(election).kind, plan.election(base).date
    listed = {name for pair in plan.raw["placebo"]["time"] for name in pair}
    before = [
        name
        for name, entry in plan.elections.items()
        if name in listed and entry.kind == kind and entry.date < until
    ]
    return (*before, base, election)


def earlier_counts(
    results: Results,
    elections: Sequence[str],
    codes: Sequence[str],
    outcome: str,
    vintage: str,
) -> Earlier:
    """Collect the counts of ``codes`` at every election; unknown ones are NaN.

    The last election is taken in ``vintage``, those before it in the best there is, as a
    baseline is (:func:`evaluatie.effect.changes.baseline_counts`).
    """
    aligned = same_division(results, elections)
    pairs = [
        counts_of(aligned, name, codes, outcome, vintage if name == elections[-1] else "best")
        for name in elections
    ]
    return Earlier(
        elections=tuple(elections),
        count=np.column_stack([count for count, _ in pairs]),
        ballots=np.column_stack([ballots for _, ballots in pairs]),
    )


def counts_of(
    results: Results,
    election: str,
    codes: Sequence[str],
    outcome: str,
    vintage: str,
) -> tuple[Floats, Floats]:
    """Return counts and ballots in the order of ``codes``; NaN where unknown."""
    here = counted_at(results, election, outcome, vintage)
    wanted = here[["count", "total"]].reindex(list(codes)).to_numpy()
    return wanted[:, 0], wanted[:, 1]
