"""Counts that must add up: within a row, and over units to a total."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evaluatie.answers.quality.findings import Finding, unit_of
from evaluatie.answers.quality.tables import COUNTS
from evaluatie.counts import identity_breaches

__all__ = ["identities", "national_sums", "station_sums"]


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
            severity="warning" if beyond else "error",
            sentence="more_ballots_than_voters" if beyond else "identity",
            words={"rule": breach.rule.replace("+", " + ").replace("=", " = ")},
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
                election=election,
                vintage=vintage,
                level="national",
                unit="",
                unit_name="",
                rule=f"sum-{side}-national",
                measure=measure,
                value=found,
                expected=int(published),
                severity="error",
                sentence="national_sum",
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
                    severity="error" if same else "warning",
                    sentence="station_sum",
                    words={"n": len(group)},
                )
