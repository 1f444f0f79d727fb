"""How far the tests and intervals of the effect can be relied on, by simulation on this design.

The numbers are those of ``data/simulations/size_and_coverage.csv`` and, of other outcomes than the
primary one, ``size_and_coverage_more.csv`` (scripts in ``analyses/`` build them): real counts of
municipalities without the new ballot, at every pair of elections of one kind, of which some as
large as those of the experiment are taken as if they had it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

import pandas as pd

from evaluatie.answers.statement import Statement
from evaluatie.ground.folders import bundled
from evaluatie.ground.tables import Row, rows_of

AIMS = {"size": (0.03, 0.07), "coverage": (0.93, 0.97)}
"""What a nominal 5% and 95% may be."""

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
    return table.assign(
        data=parts[0],
        pair=parts[1].str.replace("-", "–"),
        kind=parts[3],
        coverage=[row[f"coverage_{_COVERAGE[row['estimand']]}"] for row in rows_of(table)],
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
def sizes(n_treated: int, outcome: str, weights: str) -> Mapping[str, Mapping[str, float]]:
    """Return how often each method rejects a true null: lowest and highest over pairs of elections.

    By method, as in the table of the effect: size_low, size_high. Where counting each municipality
    once was not simulated, or the outcome was not, a method is not there.
    """
    every = (_stored(name) for name in ("size_and_coverage", "size_and_coverage_more"))
    rows = _nearest(pd.concat(each[each["outcome"] == outcome] for each in every), n_treated)
    found: dict[str, list[float]] = {}
    for name, size in zip(rows["method"].tolist(), rows["size"].tolist(), strict=True):
        method = name.removesuffix(", relative magnitude 1")
        once = method.endswith(", per municipality")
        if once == (weights == "municipalities"):
            found.setdefault(method.removesuffix(", per municipality"), []).append(size)
    return {name: {"size_low": min(of), "size_high": max(of)} for name, of in found.items()}


@lru_cache(maxsize=32)
def reliability(
    n_treated: int, outcome: str | None = None, comparison: str = "all"
) -> tuple[Statement, ...]:
    """Say how often tests reject and intervals cover, and name every pair that misses the aim."""
    table = reliable(n_treated, outcome)
    # Simulated with hundreds of municipalities to compare with.
    if table.empty or comparison not in ("all", "rest"):
        return (Statement("effect.not_simulated", {}),)
    rows = rows_of(table)
    said = [[row for row in rows if row["method"] == name] for name in _SAID]
    missed = [told for each in said for told in _missed(each)]
    about = {
        "n": rows[0]["n_treated"],
        "n_pairs": len({row["pair"] for row in rows}),
        "parts": [_one(each) for each in said],
        "error": math.sqrt(0.05 * 0.95 / max(row["replications"] for row in rows)),
    }
    if not missed:
        return (Statement("effect.reliable", about),)
    return Statement("effect.reliable", about), Statement("effect.unreliable", {"missed": missed})


def _one(rows: Sequence[Row]) -> Statement:
    sizes, covers = ([row[name] for row in rows] for name in ("size", "coverage"))
    words = {"size_low": min(sizes), "size_high": max(sizes)}
    return Statement(
        f"effect.tested_{_which(rows[0])}", {**words, "low": min(covers), "high": max(covers)}
    )


def _which(row: Row) -> str:
    if row["estimand"] != "these":
        return str(row["estimand"])
    return "design" if row["method"] == "randomization by re-assignment" else "model"


def _missed(rows: Sequence[Row]) -> Iterator[Statement]:
    """Name the pairs at which a method misses an aim, if there are any, and by which number."""
    cells = []
    for row in rows:
        # Only the two primary tests claim a size: others allow for effects that differ.
        claimed = AIMS if row["estimand"] == "these" else {"coverage": AIMS["coverage"]}
        missed = [each for each, (low, high) in claimed.items() if not low <= row[each] <= high]
        if missed:
            words = {each: row[each] for each in ("pair", *AIMS)}
            cells.append(Statement(f"effect.missed_{'_and_'.join(missed)}", words))
    if cells:
        which = f"@effect.which_{_which(rows[0])}"
        yield Statement("effect.missed", {"which": which, "cells": tuple(cells)})
