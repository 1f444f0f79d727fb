"""How far the tests and intervals of the effect can be relied on, by simulation on this design.

The numbers are those of ``data/simulations/size_and_coverage.csv`` and, of other outcomes than the
primary one, ``size_and_coverage_more.csv`` (scripts in ``analyses/`` build them): real counts of
municipalities without the new ballot, at every pair of elections of one kind, of which some as
large as those of the experiment are taken as if they had it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from evaluatie.answers.statement import Statement
from evaluatie.ground.folders import bundled

AIMS = {"size": (0.03, 0.07), "coverage": (0.93, 0.97)}
"""What a nominal 5% and 95% may be."""

_SIMULATED = ("all", "rest")
"""Comparisons with which it was simulated: hundreds of municipalities."""
_COVERAGE = {"these": "these", "own": "these", "mean": "mean", "next": "next"}
_SAID = (
    "variance-weighted t",
    "randomization by re-assignment",
    "random-effects mean",
    "prediction for one more",
)


def simulated(outcome: str | None = None) -> pd.DataFrame:
    """Return the shipped simulation, with what a row is about in columns.

    Of the primary outcome by default, of which all methods and designs were simulated. Beside the
    columns of the file: data (``real`` or ``fitted``), pair (of elections), kind (``small``,
    ``large`` or ``real`` municipalities) and coverage: that of what the method's interval is of
    (column estimand).
    """
    table = _stored("size_and_coverage")
    if outcome is not None and outcome not in table["outcome"].unique():
        table = _stored("size_and_coverage_more")
        table = table[table["outcome"] == outcome]
    return table.drop(columns="outcome")


@cache
def _stored(name: str) -> pd.DataFrame:
    table = pd.read_csv(bundled("data") / "simulations" / f"{name}.csv")
    parts = table["cell"].str.extract(r"^(\w+) [^,]+, ([^,]+), ([^,]+), \d+ (\w+)$")
    of = {
        name: table[f"coverage_{_COVERAGE[name]}"].tolist() for name in table["estimand"].unique()
    }
    coverage = [of[name][at] for at, name in enumerate(table["estimand"].tolist())]
    return table.assign(
        data=parts[0],
        pair=parts[1].str.replace("-", "–"),
        kind=parts[3],
        coverage=coverage,
        outcome=parts[2],
    )


def reliable(n_treated: int, outcome: str | None = None) -> pd.DataFrame:
    """Return the rows nearest to a design: municipalities of the sizes of the experiment."""
    return _nearest(simulated(outcome), n_treated)


def _nearest(table: pd.DataFrame, n_treated: int) -> pd.DataFrame:
    rows = table[(table["kind"] == "real") & (table["data"] == "real")]
    if rows.empty:
        return rows
    nearest = min(rows["n_treated"].unique(), key=lambda n: abs(int(n) - n_treated))
    return pd.DataFrame(rows[rows["n_treated"] == nearest])


@lru_cache(maxsize=32)
def sizes(n_treated: int, outcome: str, weights: str) -> pd.DataFrame:
    """Return how often each method rejects a true null, over pairs of elections.

    Index method, as in the table of the effect; size_low, size_high: the lowest and the highest
    share over pairs. Where counting each municipality once was not simulated, or the outcome was
    not, a method has no row.
    """
    every = [_stored(name) for name in ("size_and_coverage", "size_and_coverage_more")]
    rows = _nearest(pd.concat(each[each["outcome"] == outcome] for each in every), n_treated)
    name = rows["method"].str.removesuffix(", relative magnitude 1")
    once = name.str.endswith(", per municipality")
    rows = rows.assign(method=name.str.removesuffix(", per municipality"))
    rows = rows[once if weights == "municipalities" else ~once]
    return pd.DataFrame(rows.groupby("method")["size"].agg(size_low="min", size_high="max"))


@lru_cache(maxsize=32)
def reliability(
    n_treated: int, outcome: str | None = None, comparison: str = "all"
) -> tuple[Statement, ...]:
    """Say how often tests reject and intervals cover, and name every pair that misses the aim."""
    rows = reliable(n_treated, outcome)
    if rows.empty or comparison not in _SIMULATED:
        return (Statement("effect.not_simulated", {}),)
    said = [rows[rows["method"] == name] for name in _SAID]
    parts = [_one(each) for each in said]
    missed = [told for each in said for told in _missed(each)]
    about = {
        "n": int(rows["n_treated"].iloc[0]),
        "n_pairs": rows["pair"].nunique(),
        "parts": parts,
        "error": math.sqrt(0.05 * 0.95 / rows["replications"].max()),
    }
    if not missed:
        return (Statement("effect.reliable", about),)
    return Statement("effect.reliable", about), Statement("effect.unreliable", {"missed": missed})


def _one(rows: pd.DataFrame) -> Statement:
    first = rows.iloc[0]
    words = {
        "size_low": rows["size"].min(),
        "size_high": rows["size"].max(),
        "low": rows["coverage"].min(),
        "high": rows["coverage"].max(),
    }
    return Statement(f"effect.tested_{_which(first)}", words)


def _which(row: Mapping[Any, Any] | pd.Series[Any]) -> str:
    if row["estimand"] != "these":
        return str(row["estimand"])
    return "design" if row["method"] == "randomization by re-assignment" else "model"


def _missed(rows: pd.DataFrame) -> Iterator[Statement]:
    """Name the pairs at which a method misses an aim, if there are any, and by which number."""
    cells = []
    for row in rows.to_dict(orient="records"):
        # Only the two primary tests claim a size: others allow for effects that differ.
        claimed = AIMS if row["estimand"] == "these" else {"coverage": AIMS["coverage"]}
        missed = [each for each, (low, high) in claimed.items() if not low <= row[each] <= high]
        if missed:
            words = {each: row[each] for each in ("pair", *AIMS)}
            cells.append(Statement(f"effect.missed_{'_and_'.join(missed)}", words))
    if cells:
        which = f"@effect.which_{_which(rows.iloc[0])}"
        yield Statement("effect.missed", {"which": which, "cells": tuple(cells)})
