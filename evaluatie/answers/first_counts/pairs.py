"""Both counts of each municipality, what became of them, and what is odd about them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from evaluatie.counts import Results
from evaluatie.plan import Design

Row = dict[str, Any]

OUTCOMES = ("invalid", "blank", "rejected")
_COUNTS = (*OUTCOMES, "ballots")
_UNIT = ["election", "municipality_code"]
_UNKNOWN: Row = {**dict.fromkeys(_COUNTS, math.nan), "source": None}
_SILENT = "not-reported"

SUSPECT: Mapping[str, Sequence[str]] = {
    "invalid-blank-swapped": ("invalid", "blank"),  # their sum is not touched by it
    "vote-repeated": OUTCOMES,
}
"""Rules of ``known_exceptions.csv`` under which two counts do not count the same thing, and the
outcomes that this touches."""


def elections_counted(results: Results) -> list[str]:
    """Return the elections with the new ballot that have rows, in order of date."""
    plan = results.counted_plan
    present = {*plan.new_ballot, *plan.nationwide} & set(results.elections)
    return sorted(present, key=list(plan.elections).index)


def counted_twice(results: Results, elections: Sequence[str]) -> list[Row]:
    """Put both counts of each municipality and outcome in one row; unknown is NaN.

    Elections at which the experiment was not counted twice are left out. In a row: election,
    outcome, municipality_code, municipality, group (``experiment`` with the new ballot, or
    ``rest``), status (``counted``, a rule of :data:`SUSPECT`, ``not-reported`` or
    ``no-first-count``), first, official, ballots_first, ballots_official, source_first,
    source_official, both (whether both counts are known), suspect.
    """
    rows = results.rows[results.rows["election"].isin(elections)]
    rows = rows[[*_UNIT, "municipality", "vintage", "source", *_COUNTS]]
    rows = rows.astype(dict.fromkeys(_COUNTS, "float64")).sort_values("municipality_code")
    counted: dict[str, dict[str, dict[str, Row]]] = {name: {} for name in elections}
    for row in rows.to_dict(orient="records"):
        by_vintage = counted[row["election"]].setdefault(row["municipality_code"], {})
        by_vintage[row["vintage"]] = {str(name): value for name, value in row.items()}
    odd = results.table("known_exceptions").dropna(subset=["municipality_code"])
    rules: dict[tuple[str, str, str], str] = {}
    for rule, *unit in odd[["rule", *_UNIT]].itertuples(index=False):
        for outcome in SUSPECT.get(rule, OUTCOMES if rule == _SILENT else ()):
            rules[(*unit, outcome)] = rule
    pairs = []
    for election, units in counted.items():
        found = [
            _pair(results.counted_plan, outcome, both, rules.get((election, code, outcome)))
            for outcome in OUTCOMES
            for code, both in units.items()
        ]
        if any(pair["both"] and pair["group"] == "experiment" for pair in found):
            pairs += found
    return pairs


def _pair(plan: Design, outcome: str, counts: Mapping[str, Row], rule: str | None) -> Row:
    """Set the counts of a municipality side by side, with what is known to be odd about them."""
    first, official = (counts.get(vintage, _UNKNOWN) for vintage in ("provisional", "official"))
    # Of two spellings of a name the official one holds.
    about = official if "official" in counts else first
    election, code = about["election"], about["municipality_code"]
    both = first[outcome] >= 0 and official[outcome] >= 0
    told = rule if rule in SUSPECT else "counted"
    status = told if both else _SILENT if rule == _SILENT else "no-first-count"
    return {
        "election": election,
        "outcome": outcome,
        "municipality_code": code,
        "municipality": about["municipality"],
        "group": "experiment" if plan.has_new_ballot(code, election) else "rest",
        "status": status,
        "first": first[outcome],
        "official": official[outcome],
        "ballots_first": first["ballots"],
        "ballots_official": official["ballots"],
        "source_first": first["source"],
        "source_official": official["source"],
        "both": both,
        "suspect": status in SUSPECT,
    }


def changes(rows: Iterable[Row], columns: Sequence[str]) -> pd.DataFrame:
    """Add what the official counts added to the first ones, in votes and as fractions.

    ``added`` = official − first, ``change`` = official / first − 1, and both shares of the
    ballots of each count.
    """
    made = [
        {
            **row,
            "added": row["official"] - row["first"],
            "change": _ratio(row["official"], row["first"]) - 1,
            "share_first": _ratio(row["first"], row["ballots_first"]),
            "share_official": _ratio(row["official"], row["ballots_official"]),
        }
        for row in rows
    ]
    # Votes are whole numbers, unknown ones missing.
    whole = dict.fromkeys(("first", "official", "added"), "Int64")
    return pd.DataFrame(made, columns=list(columns)).astype(whole)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan


def named(pairs: Iterable[Row]) -> pd.DataFrame:
    """Keep who is told of by name: the experiment, and elsewhere what is not an ordinary count."""
    usual = ("counted", "no-first-count")
    kept = (row for row in pairs if row["group"] == "experiment" or row["status"] not in usual)
    columns = [
        *("election", "outcome", "municipality_code", "municipality", "group", "status"),
        *("first", "official", "added", "change", "share_first", "share_official"),
        *("source_first", "source_official"),
    ]
    return changes(kept, columns)


def municipal_first_counts(results: Results) -> pd.DataFrame:
    """Return the part ``municipalities`` of :func:`first_counts` alone; it may be empty."""
    return named(counted_twice(results, elections_counted(results)))
