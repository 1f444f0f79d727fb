"""What one election says of itself: sums, fixed thresholds, and stations beside each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Finding, unit_of
from evaluatie.answers.quality.past import log_zero
from evaluatie.answers.quality.settings import Settings
from evaluatie.answers.quality.spread import Floats, between_variance, to_count, to_scale
from evaluatie.answers.quality.tables import COUNTS
from evaluatie.counts import identity_breaches


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
    listed = codes.groupby("election")["municipality_code"].agg(set).to_dict()
    totals = {(row["election"], row["vintage"]): row for _, row in national.iterrows()}
    for key, group in rows.groupby(["election", "vintage"], sort=False):
        election, vintage = map(str, key)
        total = totals.get((election, vintage))
        if total is None:
            continue
        missing = listed.get(election, {None}) - set(group["municipality_code"])
        for measure in COUNTS:
            published = total[measure]
            if pd.isna(published) or (group[measure].isna().any() and not missing):
                continue
            found = int(group[measure].sum())
            if found == published or (found < published and missing):
                continue
            side = "above" if found > published else "below"
            yield Finding(
                **unit_of(total, "national"),
                rule=f"sum-{side}-national",
                measure=measure,
                value=found,
                expected=int(published),
                sentence="national_sum",
                severity="error",
            )


def station_sums(stations: pd.DataFrame, rows: pd.DataFrame) -> Iterator[Finding]:
    """Compare the sum over polling stations with the municipality's own total.

    The total of the stations' own vintage is taken, and otherwise any other; between a final
    and a first count a difference is possible, so only a warning.
    """
    key = ["election", "municipality_code", "vintage"]
    totals = {tuple(row[name] for name in key): row for _, row in rows.iterrows()}
    for (election, code, vintage), group in stations.groupby(key, sort=False):
        other = "provisional" if vintage == "official" else "official"
        same = (election, code, vintage) in totals
        total = totals.get((election, code, vintage if same else other))
        if total is None:
            continue
        for measure in COUNTS:
            if group[measure].isna().any() or pd.isna(total[measure]):
                continue
            found, own = int(group[measure].sum()), int(total[measure])
            if found != own:
                yield Finding(
                    **unit_of({**total, "vintage": vintage}, "municipality"),
                    rule="stations=municipality",
                    measure=measure,
                    value=found,
                    expected=own,
                    sentence="station_sum",
                    words={"n": len(group)},
                    severity="error" if same else "warning",
                )


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
        for position in np.flatnonzero((ballots > 0) & (count >= limit * ballots)):
            size = float(ballots.iloc[position])
            yield Finding(
                **unit_of(rows.iloc[position], level),
                rule=rule,
                measure=measure,
                value=float(count.iloc[position]),
                expected=limit * size,
                sentence="share_too_high",
                words={"share": count.iloc[position] / size, "limit": limit, "ballots": size},
            )
    if "admitted" in rows.columns:
        admitted = rows["admitted"].astype("float64")
        apart = (admitted - ballots).abs()
        beyond = (apart >= limits.admitted_share * ballots) & (apart >= limits.admitted_count)
        for position in np.flatnonzero(beyond):
            yield Finding(
                **unit_of(rows.iloc[position], level),
                rule="W.203",
                measure="admitted",
                value=float(admitted.iloc[position]),
                expected=float(ballots.iloc[position]),
                sentence="admitted",
                words={"difference": float(apart.iloc[position])},
            )
    for position in np.flatnonzero(ballots == 0):
        yield Finding(
            **unit_of(rows.iloc[position], level),
            rule="no-voters",
            measure="ballots",
            value=0.0,
            expected=np.nan,
            sentence="no_voters",
        )


def round_numbers(rows: pd.DataFrame) -> Iterator[Finding]:
    """Note a whole number of thousands of eligible voters: rounded, or one in a thousand."""
    eligible = rows["eligible"].astype("float64")
    for position in np.flatnonzero((eligible > 0) & (eligible % 1000 == 0)):
        yield Finding(
            **unit_of(rows.iloc[position], "municipality"),
            rule="eligible-round",
            measure="eligible",
            value=float(eligible.iloc[position]),
            expected=np.nan,
            sentence="eligible_round",
            severity="info",
        )


def station_outliers(stations: pd.DataFrame, limits: Settings) -> Iterator[Finding]:
    """Find stations far from the others, and those where neither was counted at all.

    Stations need not be alike: the spread between them is estimated in each municipality, if
    it has at least ``minimum_stations``.
    """
    key = ["election", "municipality_code", "vintage"]
    for _, group in stations.groupby(key, sort=False):
        parts = group[group[["invalid", "blank"]].notna().all(axis=1)]
        rows = parts[(parts["ballots"] > 0).fillna(False)]
        if len(rows) < limits.minimum_stations:
            continue
        both = (rows["invalid"] + rows["blank"]).to_numpy(dtype="float64")
        frame = _against_others(both, rows)
        empty = (both == 0) & (log_zero(frame) < np.log(limits.zero_probability)).to_numpy()
        for position in np.flatnonzero(empty):
            yield _outlier(rows, frame, int(position), "rejected", "not-reported", "not_reported")
        for measure in ("invalid", "blank"):
            frame = _against_others(rows[measure].to_numpy(dtype="float64"), rows)
            far = (frame["z"].abs() > limits.outlier_limit).to_numpy() & ~empty
            for position in np.flatnonzero(far):
                yield _outlier(rows, frame, int(position), measure, f"outlier-{measure}", "outlier")


def _against_others(count: Floats, rows: pd.DataFrame) -> pd.DataFrame:
    total = rows["ballots"].to_numpy(dtype="float64")
    y, noise = to_scale(count, total), 1 / (4 * total)
    centre = float(np.median(y))
    variance = noise + between_variance(y - centre, noise)
    expected = to_count(centre, total)
    share = expected / total
    return pd.DataFrame(
        {
            "count": count,
            "expected": expected,
            "variance": 4 * total**2 * share * (1 - share) * variance,
            "z": (y - centre) / np.sqrt(variance),
        }
    )


def _outlier(
    rows: pd.DataFrame, frame: pd.DataFrame, position: int, measure: str, rule: str, sentence: str
) -> Finding:
    row = rows.iloc[position]
    ballots, count = float(row["ballots"]), float(frame["count"].iloc[position])
    return Finding(
        **unit_of(row, "polling_station"),
        rule=rule,
        measure=measure,
        value=count,
        expected=float(frame["expected"].iloc[position]),
        sentence=sentence,
        words={"share": count / ballots, "ballots": ballots, "peers": len(rows)},
    )
