"""Polling stations among the others of their municipality."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Finding, unit_of
from evaluatie.answers.quality.jumps import log_zero
from evaluatie.answers.quality.settings import Settings
from evaluatie.answers.quality.spread import Floats, between_variance, to_count, to_scale

__all__ = ["station_outliers"]


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
            yield _finding(rows, frame, int(position), "rejected", "not-reported", "not_reported")
        for measure in ("invalid", "blank"):
            frame = _against_others(rows[measure].to_numpy(dtype="float64"), rows)
            far = (frame["z"].abs() > limits.outlier_limit).to_numpy() & ~empty
            for position in np.flatnonzero(far):
                yield _finding(rows, frame, int(position), measure, f"outlier-{measure}", "outlier")


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


def _finding(
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
        severity="warning",
        sentence=sentence,
        words={"share": count / ballots, "ballots": ballots, "peers": len(rows)},
    )
