"""What one election says of itself: sums, fixed thresholds, and stations beside each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Finding, each_where, unit_of
from evaluatie.answers.quality.given import COUNTS, Settings
from evaluatie.answers.quality.spread import between_variance, log_zero, to_count, to_scale
from evaluatie.counts import identity_breaches
from evaluatie.stats.estimates import Floats


def identities(rows: pd.DataFrame, level: str) -> Iterator[Finding]:
    """Find rows in which the counts contradict each other (model Na 31-2).

    More ballots than eligible voters is possible with voters' passes, so only a warning; a
    polling station has no voters of its own, so there it means nothing.
    """
    for breach in identity_breaches(rows):
        beyond = breach.rule == "ballots<=eligible"
        if beyond and level == "polling_station":
            continue
        yield Finding(
            **unit_of(rows.iloc[breach.position], level),
            rule=breach.rule,
            measure="ballots" if beyond else breach.rule.rpartition("=")[2],
            value=breach.left,
            expected=breach.right,
            sentence="more_ballots_than_voters" if beyond else "identity",
            words={"rule": breach.rule.replace("+", " + ").replace("=", " = ")},
            severity="warning" if beyond else "error",
        )


def national_sums(
    rows: pd.DataFrame, national: pd.DataFrame, codes: pd.DataFrame
) -> Iterator[Finding]:
    """Compare the sum over municipalities with the published national total.

    A sum below the total is only a finding when every municipality that existed is there.
    """
    both = _beside_parts(national, rows, ["election", "vintage"])
    listed = codes.groupby("election")["municipality_code"].agg(set).to_dict()
    pairs = zip(both["election"], both["codes"], strict=True)
    missing = np.array([bool(listed.get(each, {None}) - there) for each, there in pairs], bool)
    for measure in COUNTS:
        found, total, whole = (both[f"{measure}{end}"] for end in ("_sum", "", "_whole"))
        above = found > total
        yield from each_where(
            (above & (whole | missing)) | ((found < total) & whole & ~missing),
            both,
            "national",
            rule=np.where(above, "sum-above-national", "sum-below-national"),
            measure=measure,
            value=found,
            expected=total,
            sentence="national_sum",
            severity="error",
        )


def station_sums(stations: pd.DataFrame, rows: pd.DataFrame) -> Iterator[Finding]:
    """Compare the sum over polling stations with the municipality's own total.

    The total of the stations' own vintage is taken, and otherwise any other; between a final
    and a first count a difference is possible, so only a warning.
    """
    key = ["election", "municipality_code", "vintage"]
    other = rows["vintage"].map({"official": "provisional", "provisional": "official"})
    totals = pd.concat([rows.assign(same=True), rows.assign(same=False, vintage=other)])
    both = _beside_parts(totals.drop_duplicates(key), stations, key)
    for measure in COUNTS:
        found, total = both[f"{measure}_sum"], both[measure]
        yield from each_where(
            ((found < total) | (found > total)) & both[f"{measure}_whole"],
            both,
            rule="stations=municipality",
            measure=measure,
            value=found,
            expected=total,
            sentence="station_sum",
            n=both["n"],
            severity=np.where(both["same"], "error", "warning"),
        )


def _beside_parts(totals: pd.DataFrame, parts: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return each total beside what should add up to it.

    ``n`` parts, of the municipalities ``codes``; of each count the sum of those that are known
    (``_sum``) and whether all are (``_whole``).
    """
    counts = list(COUNTS)
    grouped = parts.astype(dict.fromkeys(counts, "float64")).groupby(key)
    made = grouped.agg(n=("election", "size"), codes=("municipality_code", set))
    whole = grouped[counts].count().eq(made["n"], axis=0)
    made = made.join([grouped[counts].sum().add_suffix("_sum"), whole.add_suffix("_whole")])
    return totals.astype(dict.fromkeys(counts, "float64")).merge(made, on=key)


def thresholds(rows: pd.DataFrame, level: str, limits: Settings) -> Iterator[Finding]:
    """Apply W.201 (blank), W.202 (invalid), W.203 (admitted against ballots), and no voters.

    The thresholds were made for polling stations; a whole municipality beyond one is the
    more remarkable.
    """
    ballots = rows["ballots"].astype("float64")
    for rule, measure, limit in (
        ("W.201", "blank", limits.blank_share),
        ("W.202", "invalid", limits.invalid_share),
    ):
        count = rows[measure].astype("float64")
        yield from each_where(
            (ballots > 0) & (count >= limit * ballots),
            rows,
            level,
            rule=rule,
            measure=measure,
            value=count,
            expected=limit * ballots,
            sentence="share_too_high",
            share=count / ballots,
            limit=limit,
            ballots=ballots,
        )
    if "admitted" in rows.columns:
        admitted = rows["admitted"].astype("float64")
        apart = (admitted - ballots).abs()
        yield from each_where(
            (apart >= limits.admitted_share * ballots) & (apart >= limits.admitted_count),
            rows,
            level,
            rule="W.203",
            measure="admitted",
            value=admitted,
            expected=ballots,
            sentence="admitted",
            difference=apart,
        )
    yield from each_where(
        ballots == 0,
        rows,
        level,
        rule="no-voters",
        measure="ballots",
        value=0.0,
        expected=np.nan,
        sentence="no_voters",
    )


def round_numbers(rows: pd.DataFrame) -> Iterator[Finding]:
    """Note a whole number of thousands of eligible voters: rounded, or one in a thousand."""
    eligible = rows["eligible"].astype("float64")
    return each_where(
        (eligible > 0) & (eligible % 1000 == 0),
        rows,
        rule="eligible-round",
        measure="eligible",
        value=eligible,
        expected=np.nan,
        sentence="eligible_round",
        severity="info",
    )


def station_outliers(stations: pd.DataFrame, limits: Settings) -> Iterator[Finding]:
    """Find stations far from the others, and those where neither was counted at all.

    Stations need not be alike: the spread between them is estimated in each municipality, if
    it has at least ``minimum_stations``.
    """
    known = stations[["invalid", "blank"]].notna().all(axis=1) & (stations["ballots"] > 0)
    key = ["election", "municipality_code", "vintage"]
    for _, rows in stations[known.fillna(False)].groupby(key, sort=False):
        if len(rows) < limits.minimum_stations:
            continue
        counts = rows[["invalid", "blank", "ballots"]].astype("float64")
        total, both = counts.pop("ballots").to_numpy(), counts.sum(axis=1)
        empty = both < 0
        for measure, count in (("rejected", both), *counts.items()):
            whole, frame = measure == "rejected", _against_others(count, total)
            if whole:
                empty = (both == 0) & (log_zero(frame) < np.log(limits.zero_probability))
            far = empty if whole else (frame["z"].abs() > limits.outlier_limit) & ~empty
            yield from each_where(
                far,
                rows,
                "polling_station",
                rule="not-reported" if whole else f"outlier-{measure}",
                measure=measure,
                value=count,
                expected=frame["expected"],
                sentence="not_reported" if whole else "outlier",
                share=count / total,
                ballots=total,
                peers=len(rows),
            )


def _against_others(count: pd.Series[float], total: Floats) -> pd.DataFrame:
    y, noise = to_scale(count, total), 1 / (4 * total)
    centre = float(np.median(y))
    variance = noise + between_variance(y - centre, noise)
    expected = to_count(centre, total)
    share = expected / total
    return pd.DataFrame(
        {
            "expected": expected,
            "variance": 4 * total**2 * share * (1 - share) * variance,
            "z": (y - centre) / np.sqrt(variance),
        },
        index=count.index,
    )
