"""First counts against official counts of the same ballots, as :func:`counted_twice` pairs them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Explained, Finding, each_where
from evaluatie.answers.quality.given import COUNTS, Settings
from evaluatie.answers.quality.past import evidence_needed
from evaluatie.plan import Design


def counted_twice(rows: pd.DataFrame) -> pd.DataFrame:
    """Return both counts of municipalities that were counted twice, the first with ``_first``."""
    key, counts = ["election", "municipality_code"], list(COUNTS)
    plain = rows.astype(dict.fromkeys(counts, "float64"))
    official, first = (plain[plain["vintage"] == name] for name in ("official", "provisional"))
    # Of two spellings of a name the official one holds.
    named = official[[*key, "municipality", "vintage", *counts]]
    return named.merge(first[[*key, *counts]], on=key, suffixes=("", "_first"))


def vintage_swaps(both: pd.DataFrame, explained: Explained, limits: Settings) -> Iterator[Finding]:
    """Find first counts whose invalid and blank look exchanged beside the official count.

    Given that a vote was rejected, the first count is taken for a draw with the official share
    of invalid (plus half a vote of each kind), and its likelihood compared with that of the
    two numbers exchanged. Counts that the past already explains as exchanged are passed over.
    """
    apart = both["invalid_first"] - both["blank_first"]
    ratio = apart * np.log((both["blank"] + 0.5) / (both["invalid"] + 0.5))
    return each_where(
        (ratio > evidence_needed(limits)) & _free(both, explained, "invalid", "blank"),
        both,
        vintage="provisional",
        rule="invalid-blank-swapped",
        measure="invalid",
        value=both["invalid_first"],
        expected=both["invalid"],
        sentence="swapped_vintage",
        blank=both["blank_first"],
        expected_blank=both["blank"],
        explains=("invalid", "blank"),
    )


def vintage_differences(
    twice: pd.DataFrame, explained: Explained, limits: Settings
) -> Iterator[Finding]:
    """Find municipalities whose official count is far from the first one.

    Ballots (or, where these are unknown, valid votes) and eligible voters differ too much by
    the measure of W.203; rejected votes, when two random samples of ballots would seldom
    differ as much (``|a - b| / sqrt(a + b)`` is then standard normal; the same ballots
    counted twice differ less).
    """
    for _, both in twice.groupby("election", sort=False):
        known = both[["ballots", "ballots_first"]].notna().to_numpy().any()
        for measure in ("ballots" if known else "valid", "eligible", "rejected"):
            first, official = both[f"{measure}_first"], both[measure]
            parts = ["invalid", "blank", measure] if measure == "rejected" else [measure]
            apart = (official - first).abs()
            if measure == "rejected":
                far = apart > limits.jump_limit * np.sqrt(np.maximum(official + first, 1))
            else:
                far = (apart >= limits.vintage_share * official) & (apart >= limits.vintage_count)
            yield from each_where(
                far & _free(both, explained, *parts),
                both,
                vintage="provisional",
                rule=f"vintage-{measure}",
                measure=measure,
                value=first,
                expected=official,
                sentence="vintage",
                change=official / first.where(first > 0) - 1,
            )


def group_differences(twice: pd.DataFrame, plan: Design, limits: Settings) -> Iterator[Finding]:
    """Find elections where recounting changed the experiment otherwise than the rest.

    Rejected votes are compared where both counts know them, otherwise valid votes. The
    expected official count of the experiment is its first count, changed as elsewhere; the
    spread of the difference per square root of a count is taken from the median elsewhere.
    """
    for election, both in twice.groupby("election", sort=False):
        known = both[["rejected_first", "rejected"]].notna().all(axis=1).any()
        measure = "rejected" if known else "valid"
        counts = both[["municipality_code", f"{measure}_first", measure]].dropna()
        counts.columns = ["code", "first", "official"]
        # No rejected vote at all in a whole municipality means that none was reported.
        counts = counts[counts["first"] > 0]
        treated = counts["code"].isin(plan.history.get(str(election), ()))
        inside, outside = counts[treated], counts[~treated]
        if len(inside) < limits.minimum_treated or len(outside) < max(limits.minimum_units, 1):
            continue
        first, official = inside["first"].sum(), inside["official"].sum()
        elsewhere = outside["official"].sum() / outside["first"].sum()
        residual = outside["official"] - elsewhere * outside["first"]
        spread = float(np.median(residual.abs() / np.sqrt(outside["first"]))) / 0.6745
        if abs(official - elsewhere * first) <= limits.jump_limit * spread * np.sqrt(first):
            continue
        yield Finding(
            election=str(election),
            vintage="official",
            level="group",
            unit="experiment",
            unit_name="experiment",
            rule="vintage-experiment",
            measure=measure,
            value=float(official),
            expected=float(elsewhere * first),
            sentence="vintage_experiment",
            words={
                "provisional": first,
                "n": len(inside),
                "change": official / first - 1,
                "elsewhere": elsewhere - 1,
            },
        )


def _free(both: pd.DataFrame, explained: Explained, *measures: str) -> pd.Series[bool]:
    """Tell of which first counts none of these measures is explained."""
    free = [
        explained.isdisjoint((election, "provisional", code, each) for each in measures)
        for election, code in zip(
            both["election"].tolist(), both["municipality_code"].tolist(), strict=True
        )
    ]
    return pd.Series(free, both.index, dtype=bool)
