"""Reasons per municipality, beside its ballots."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evaluatie.counts import Results

__all__ = ["ballots_of", "wide"]


def wide(table: pd.DataFrame, election: str, results: Results) -> pd.DataFrame:
    """Municipalities × reasons and groups, with ballots, where these are known."""
    own = table[table["election"] == election]
    counts = own.pivot(index="municipality_code", columns="reason", values="count")
    counts = counts.astype("float64")[list(dict.fromkeys(own["reason"]))]
    group_of = dict(zip(own["reason"], own["group"], strict=True))
    for name in ("design", "any"):
        counts[name] = counts[[key for key, group in group_of.items() if group == name]].sum(axis=1)
    ballots = ballots_of(results, election).reindex(counts.index)
    return counts.assign(ballots=ballots)[ballots.notna().to_numpy()]


def ballots_of(results: Results, election: str) -> pd.Series[Any]:
    """Return ballots found by municipality code; missing where unknown."""
    frame = results.frame
    here = frame[frame["election"] == election].set_index("municipality_code")
    return here["ballots"].astype("Float64").astype("float64")
