"""First counts against official counts of the same ballots."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Finding
from evaluatie.answers.quality.past import Key, evidence_needed
from evaluatie.answers.quality.settings import Settings
from evaluatie.plan import Design

_PARTS = ("invalid", "blank", "rejected")


def vintage_swaps(rows: pd.DataFrame, explained: set[Key], limits: Settings) -> list[Finding]:
    """Find first counts whose invalid and blank look exchanged beside the official count.

    Given that a vote was rejected, the first count is taken for a draw with the official share
    of invalid (plus half a vote of each kind), and its likelihood compared with that of the
    two numbers exchanged. Counts that the past already explains as exchanged are passed over.
    """
    findings = []
    for election, wide, names in _both(rows):
        parts = [(n, v) for v in ("provisional", "official") for n in ("invalid", "blank")]
        known = wide[parts].dropna()
        first, first_blank, official, official_blank = known.to_numpy(dtype="float64").T
        ratio = (first - first_blank) * np.log((official_blank + 0.5) / (official + 0.5))
        for i in np.flatnonzero(ratio > evidence_needed(limits)):
            unit = str(known.index[int(i)])
            keys = {(election, "provisional", unit, name) for name in ("invalid", "blank")}
            if not explained.isdisjoint(keys):
                continue
            explained |= keys
            findings.append(
                Finding(
                    election=election,
                    vintage="provisional",
                    level="municipality",
                    unit=unit,
                    unit_name=names[unit],
                    rule="invalid-blank-swapped",
                    measure="invalid",
                    value=float(first[i]),
                    expected=float(official[i]),
                    sentence="swapped_vintage",
                    words={"blank": first_blank[i], "expected_blank": official_blank[i]},
                )
            )
    return findings


def vintage_differences(
    rows: pd.DataFrame, explained: set[Key], limits: Settings
) -> Iterator[Finding]:
    """Find municipalities whose official count is far from the first one.

    Ballots (or, where these are unknown, valid votes) and eligible voters differ too much by
    the measure of W.203; rejected votes, when two random samples of ballots would seldom
    differ as much (``|a - b| / sqrt(a + b)`` is then standard normal; the same ballots
    counted twice differ less).
    """
    for election, wide, names in _both(rows):
        measure = "ballots" if wide["ballots"].notna().to_numpy().any() else "valid"
        for name in dict.fromkeys((measure, "eligible", "rejected")):
            official = wide[name, "official"].to_numpy(dtype="float64")
            provisional = wide[name, "provisional"].to_numpy(dtype="float64")
            apart = np.abs(official - provisional)
            if name == "rejected":
                far = apart > limits.jump_limit * np.sqrt(np.maximum(official + provisional, 1))
            else:
                far = (apart >= limits.vintage_share * official) & (apart >= limits.vintage_count)
            for i in np.flatnonzero(far):
                unit = str(wide.index[int(i)])
                parts = _PARTS if name == "rejected" else (name,)
                if explained.isdisjoint((election, "provisional", unit, part) for part in parts):
                    pair = float(provisional[i]), float(official[i])
                    yield _difference(election, unit, names[unit], name, *pair)


def group_differences(rows: pd.DataFrame, plan: Design, limits: Settings) -> Iterator[Finding]:
    """Find elections where recounting changed the experiment otherwise than the rest.

    Rejected votes are compared where both counts know them, otherwise valid votes. The
    expected official count of the experiment is its first count, changed as elsewhere; the
    spread of the difference per square root of a count is taken from the median elsewhere.
    """
    for election, wide, _ in _both(rows):
        name = "rejected" if len(wide["rejected"].dropna()) else "valid"
        # No rejected vote at all in a whole municipality means that none was reported.
        counts = pd.DataFrame(wide[name]).dropna().query("provisional > 0")
        treated = counts.index.isin(plan.history.get(election, ()))
        inside, outside = counts[treated], counts[~treated]
        usable = len(inside) >= limits.minimum_treated and len(outside) >= limits.minimum_units
        if not usable or outside["provisional"].sum() == 0:
            continue
        elsewhere = outside["official"].sum() / outside["provisional"].sum()
        expected = elsewhere * inside["provisional"].sum()
        difference = inside["official"].sum() - expected
        residual = outside["official"] - elsewhere * outside["provisional"]
        spread = float(np.median(np.abs(residual) / np.sqrt(outside["provisional"]))) / 0.6745
        if abs(difference) <= limits.jump_limit * spread * np.sqrt(inside["provisional"].sum()):
            continue
        yield Finding(
            election=election,
            vintage="official",
            level="group",
            unit="experiment",
            unit_name="experiment",
            rule="vintage-experiment",
            measure=name,
            value=float(inside["official"].sum()),
            expected=float(expected),
            sentence="vintage_experiment",
            words={
                "provisional": inside["provisional"].sum(),
                "n": len(inside),
                "change": inside["official"].sum() / inside["provisional"].sum() - 1,
                "elsewhere": elsewhere - 1,
            },
        )


def _both(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, dict[str, str]]]:
    """Yield elections with two vintages, a column per count and vintage, and names."""
    counts = ["eligible", "ballots", "valid", "rejected", "invalid", "blank"]
    for election, here in rows.groupby("election", sort=False):
        if set(here["vintage"]) != {"official", "provisional"}:
            continue
        numbers = here.assign(**{name: here[name].astype("float64") for name in counts})
        wide = numbers.pivot(index="municipality_code", columns="vintage", values=counts)
        # Of two spellings of a name the official one holds.
        spelt = here.sort_values("vintage", ascending=False)
        names = dict(zip(spelt["municipality_code"], spelt["municipality"], strict=True))
        yield str(election), wide, names


def _difference(
    election: str, unit: str, name: str, measure: str, provisional: float, official: float
) -> Finding:
    return Finding(
        election=election,
        vintage="provisional",
        level="municipality",
        unit=unit,
        unit_name=name,
        rule=f"vintage-{measure}",
        measure=measure,
        value=provisional,
        expected=official,
        sentence="vintage",
        words={"change": official / provisional - 1 if provisional else None},
    )
