"""Fixed thresholds: those of the official counting software, and units without voters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Finding, unit_of
from evaluatie.answers.quality.settings import Settings

__all__ = ["round_numbers", "thresholds"]


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
            share = count.iloc[position] / ballots.iloc[position]
            words: dict[str, object] = {
                "share": share,
                "limit": limit,
                "ballots": ballots.iloc[position],
            }
            expected = limit * ballots.iloc[position]
            yield _finding(rows, position, level, rule, measure, expected, "share_too_high", words)
    if "admitted" in rows.columns:
        admitted = rows["admitted"].astype("float64")
        apart = (admitted - ballots).abs()
        beyond = (apart >= limits.admitted_share * ballots) & (apart >= limits.admitted_count)
        for position in np.flatnonzero(beyond):
            words = {"difference": float(apart.iloc[position])}
            expected = ballots.iloc[position]
            yield _finding(rows, position, level, "W.203", "admitted", expected, "admitted", words)
    for position in np.flatnonzero(ballots == 0):
        yield _finding(rows, position, level, "no-voters", "ballots", np.nan, "no_voters", {})


def round_numbers(rows: pd.DataFrame) -> Iterator[Finding]:
    """Note a whole number of thousands of eligible voters: rounded, or one in a thousand."""
    eligible = rows["eligible"].astype("float64")
    for position in np.flatnonzero((eligible > 0) & (eligible % 1000 == 0)):
        yield _finding(
            rows,
            position,
            "municipality",
            "eligible-round",
            "eligible",
            np.nan,
            "eligible_round",
            {},
            severity="info",
        )


def _finding(
    rows: pd.DataFrame,
    position: int | np.integer[Any],
    level: str,
    rule: str,
    measure: str,
    expected: float,
    sentence: str,
    words: dict[str, object],
    *,
    severity: str = "warning",
) -> Finding:
    row = rows.iloc[position]
    return Finding(
        **unit_of(row, level),
        rule=rule,
        measure=measure,
        value=float(row[measure]),
        expected=float(expected),
        severity=severity,
        sentence=sentence,
        words=words,
    )
