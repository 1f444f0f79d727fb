"""The preference shares that were printed of TK2025, and what such a gap says by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.personal_vote.measures import measures
from evaluatie.plan import Design, Question

_MEASURE = "preference-vote share"
_DRAWS = 9_999


def printed_gap(
    figures: pd.DataFrame, candidates: pd.DataFrame, plan: Design, asked: Question
) -> dict[str, Any] | None:
    """Find the printed shares, and how far such a gap goes without the new ballot.

    Parameters
    ----------
    figures
        Table ``published_figures``.
    candidates
        Rows of ``candidate_summary``, of the baseline of the printed election at least.

    Returns
    -------
    dict or None
        None without printed shares, else: election that they were printed of; experiment and
        reference (fractions of votes that were not for number 1) and their gap; n
        (municipalities with the new ballot); baseline (the election before it, with the old
        ballot, if there are counts per candidate of it); low and high, the middle
        ``1 - alpha`` of the gap at the baseline, where nobody had the new ballot, to as many
        municipalities drawn at random: how far a gap goes that no ballot made.
    """
    rows = figures[figures["measure"] == _MEASURE]
    values = rows["value"].astype("float64") / 100
    groups = dict(zip(rows["scope"].str.split(" ").str[0], values, strict=True))
    if not {"experiment", "reference"} <= set(groups):
        return None
    election = str(rows["election"].iloc[0])
    treated = plan.treated(election)
    base = plan.election(election).baseline
    found = {
        "election": election,
        "experiment": float(groups["experiment"]),
        "reference": float(groups["reference"]),
        "gap": float(groups["experiment"]) - float(groups["reference"]),
        "n": len(treated),
    }
    then = measures(candidates[candidates["election"] == base])
    own = then.index.isin(treated)
    free = np.array([plan.group(code, election) == "comparison" for code in then.index], dtype=bool)
    size = int(own.sum())
    if size < len(treated) or free.sum() < 2 * size:
        return {**found, "baseline": None, "low": None, "high": None}
    votes = then["votes"].to_numpy("float64")
    chosen = votes * then["preference"].to_numpy("float64")
    pool = np.flatnonzero(free)
    order = np.random.default_rng(asked.seed).random((_DRAWS, len(pool)))
    drawn = pool[np.argpartition(order, size, axis=1)[:, :size]]
    gaps = chosen[own].sum() / votes[own].sum() - chosen[drawn].sum(1) / votes[drawn].sum(1)
    low, high = np.quantile(gaps, [asked.alpha / 2, 1 - asked.alpha / 2])
    return {**found, "baseline": base, "low": float(low), "high": float(high)}
