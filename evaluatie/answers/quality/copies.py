"""Eligible voters that were copied from an earlier election."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Finding
from evaluatie.answers.quality.jumps import Key
from evaluatie.answers.quality.peers import Expectation
from evaluatie.answers.quality.settings import Settings

__all__ = ["copies"]


def copies(expected: Iterable[Expectation], limits: Settings) -> tuple[list[Finding], set[Key]]:
    """Find the very number of eligible voters of the election before of the same kind.

    That happens by chance too. With changes spread as elsewhere each municipality has a
    probability of it; what is found beyond the sum of these is the rate of copying, and the
    two together give the probability that this one was copied (empirical Bayes). Below
    ``copy_posterior`` the finding is only noted.

    Returns
    -------
    tuple
        Findings, and the counts that they explain.
    """
    findings: list[Finding] = []
    explained: set[Key] = set()
    for each in expected:
        frame = each.frame[each.frame["before"].notna() & each.frame["z"].notna()]
        if each.measure != "eligible" or frame.empty:
            continue
        chance = _by_chance(frame)
        same = frame["count"] == frame["before"]
        rate = max(float(same.sum() - chance.sum()), 0.0) / len(frame)
        posterior = rate / (rate + chance)
        frame = frame.assign(copied=posterior >= limits.copy_posterior)
        for code, row in frame[same].iterrows():
            unit = str(code)
            copied = bool(row["copied"])
            explained.add((each.election, each.vintage, unit, "eligible"))
            findings.append(
                Finding(
                    election=each.election,
                    vintage=each.vintage,
                    level="municipality",
                    unit=unit,
                    unit_name=str(row["name"]),
                    rule="eligible-copied",
                    measure="eligible",
                    value=float(row["count"]),
                    expected=float(row["expected"]),
                    severity="warning" if copied else "info",
                    sentence="copied" if copied else "copied_or_coincidence",
                    words={"previous": each.previous},
                )
            )
    return findings, explained


def _by_chance(frame: pd.DataFrame) -> pd.Series[float]:
    """Return the probability that a normal change leads exactly to the old count."""
    deviation = np.sqrt(frame["variance"])
    distance = (frame["before"] - frame["expected"]) / deviation
    density = np.exp(-(distance**2) / 2) / (np.sqrt(2 * np.pi) * deviation)
    return pd.Series(density, index=frame.index)
