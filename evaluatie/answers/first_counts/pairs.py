"""Both counts of each municipality, what became of them, and what is odd about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from evaluatie.counts import Results

OUTCOMES = ("invalid", "blank", "rejected")
_COUNTS = (*OUTCOMES, "ballots")
_UNIT = ["election", "municipality_code"]

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


def counted_twice(results: Results, elections: Sequence[str]) -> pd.DataFrame:
    """Put both counts of each municipality and outcome in one row; unknown is NaN.

    Elections at which the experiment was not counted twice are left out. Columns: election,
    outcome, municipality_code, municipality, group (``experiment`` with the new ballot, or
    ``rest``), status (``counted``, a rule of :data:`SUSPECT`, ``not-reported`` or
    ``no-first-count``), first, official, ballots_first, ballots_official, source_first,
    source_official, both (whether both counts are known), suspect.
    """
    rows = results.rows[results.rows["election"].isin(elections)]
    # Of two spellings of a name the official one holds.
    names = rows.sort_values("vintage").drop_duplicates(_UNIT).set_index(_UNIT)["municipality"]
    counts = rows[[*_UNIT, "vintage", "source", *_COUNTS]]
    counts = counts.astype(dict.fromkeys(_COUNTS, "float64"))
    wide = counts.pivot(index=_UNIT, columns="vintage").reindex(
        columns=pd.MultiIndex.from_product([(*_COUNTS, "source"), ["provisional", "official"]])
    )
    per_outcome = [
        pd.DataFrame(
            {
                "municipality": names,
                "first": wide[outcome, "provisional"],
                "official": wide[outcome, "official"],
                "ballots_first": wide["ballots", "provisional"],
                "ballots_official": wide["ballots", "official"],
                "source_first": wide["source", "provisional"],
                "source_official": wide["source", "official"],
            }
        ).assign(outcome=outcome)
        for outcome in OUTCOMES
    ]
    pairs = pd.concat(per_outcome).reset_index()
    order = pairs["election"].map(list(elections).index)
    pairs = pairs.iloc[order.argsort(kind="stable")].reset_index(drop=True)
    plan = results.counted_plan
    pairs["group"] = [
        "experiment" if plan.has_new_ballot(code, election) else "rest"
        for code, election in zip(
            pairs["municipality_code"].tolist(), pairs["election"].tolist(), strict=True
        )
    ]
    pairs["both"] = pairs["first"].notna() & pairs["official"].notna()
    pairs = _judged(pairs, results.table("known_exceptions"))
    experiment = pairs["both"] & (pairs["group"] == "experiment")
    twice = experiment.groupby(pairs["election"]).transform("any")
    kept: pd.DataFrame = pairs[twice].reset_index(drop=True)
    return kept


def _judged(pairs: pd.DataFrame, exceptions: pd.DataFrame) -> pd.DataFrame:
    """Add status and suspect: what is known to be odd about a count."""
    listed = exceptions.dropna(subset=["municipality_code"])
    touched = pd.DataFrame(
        [(rule, outcome) for rule, some in SUSPECT.items() for outcome in some],
        columns=["rule", "outcome"],
    )
    rules = listed.merge(touched, on="rule").drop_duplicates([*_UNIT, "outcome"], keep="last")
    rule = pairs.merge(rules[[*_UNIT, "outcome", "rule"]], how="left")["rule"]
    silent = listed[listed["rule"] == "not-reported"]
    unheard = pd.MultiIndex.from_frame(pairs[_UNIT]).isin(pd.MultiIndex.from_frame(silent[_UNIT]))
    absent = pd.Series(np.where(unheard, "not-reported", "no-first-count"), pairs.index)
    status = rule.fillna("counted").where(pairs["both"], absent)
    return pairs.assign(status=status, suspect=status.isin(list(SUSPECT)))


def changes(counts: pd.DataFrame) -> pd.DataFrame:
    """Add what the official counts added to the first ones, in votes and as fractions.

    ``added`` = official − first, ``change`` = official / first − 1, and both shares of the
    ballots of each count.
    """
    first, official = counts["first"], counts["official"]
    shares = {
        f"share_{which}": counts[which] / counts[f"ballots_{which}"].where(lambda x: x > 0)
        for which in ("first", "official")
    }
    added = counts.assign(
        added=official - first, change=official / first.where(first > 0) - 1, **shares
    )
    # Votes are whole numbers, unknown ones missing.
    return added.astype(dict.fromkeys(("first", "official", "added"), "Int64"))


def named(pairs: pd.DataFrame) -> pd.DataFrame:
    """Keep who is told of by name: the experiment, and elsewhere what is not an ordinary count."""
    special = ~pairs["status"].isin(["counted", "no-first-count"])
    kept = changes(pairs[(pairs["group"] == "experiment") | special])
    columns = [
        *("election", "outcome", "municipality_code", "municipality", "group", "status"),
        *("first", "official", "added", "change", "share_first", "share_official"),
        *("source_first", "source_official"),
    ]
    return kept[columns].reset_index(drop=True)


def municipal_first_counts(results: Results) -> pd.DataFrame:
    """Return the part ``municipalities`` of :func:`first_counts` alone; it may be empty."""
    return named(counted_twice(results, elections_counted(results)))
