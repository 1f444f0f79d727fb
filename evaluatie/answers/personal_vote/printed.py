"""The preference shares that were printed of TK2025, and what such a gap says by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluatie.answers.personal_vote.measures import measures
from evaluatie.plan import Design

__all__ = ["PrintedGap", "printed_gap"]

_MEASURE = "preference-vote share"
_DRAWS = 9_999


@dataclass(frozen=True)
class PrintedGap:
    """Printed shares of an experiment and its reference municipalities, as fractions.

    Attributes
    ----------
    election
        That they were printed of.
    experiment, reference
        Fractions of votes that were not for number 1.
    baseline
        The election before it, with the old ballot, if there are counts per candidate of it.
    n
        Municipalities with the new ballot.
    low, high
        Middle ``1 - alpha`` of the gap at the baseline, where nobody had the new ballot, to as
        many municipalities drawn at random: how far a gap goes that no ballot made.
    """

    election: str
    experiment: float
    reference: float
    baseline: str | None
    n: int
    low: float = float("nan")
    high: float = float("nan")

    @property
    def gap(self) -> float:
        """Experiment less reference."""
        return self.experiment - self.reference


def printed_gap(
    figures: pd.DataFrame, summary: pd.DataFrame, plan: Design, alpha: float, seed: int
) -> PrintedGap | None:
    """Find the printed shares, and how far such a gap goes without the new ballot.

    Parameters
    ----------
    figures
        Table ``published_figures``.
    summary
        Rows of ``candidate_summary``, of the baseline of the printed election at least.
    """
    rows = figures[figures["measure"] == _MEASURE]
    values = rows["value"].astype("float64") / 100
    groups = dict(zip(rows["scope"].str.split(" ").str[0], values, strict=True))
    if not {"experiment", "reference"} <= set(groups):
        return None
    election = str(rows["election"].iloc[0])
    treated = plan.treated(election)
    base = plan.election(election).baseline
    found = (election, float(groups["experiment"]), float(groups["reference"]))
    then = measures(summary[summary["election"] == base])
    own = then.index.isin(treated)
    free = np.array([plan.group(code, election) == "comparison" for code in then.index], dtype=bool)
    size = int(own.sum())
    if size < len(treated) or free.sum() < 2 * size:
        return PrintedGap(*found, None, len(treated))
    votes = then["votes"].to_numpy("float64")
    chosen = votes * then["preference"].to_numpy("float64")
    pool = np.flatnonzero(free)
    order = np.random.default_rng(seed).random((_DRAWS, len(pool)))
    drawn = pool[np.argpartition(order, size, axis=1)[:, :size]]
    gaps = chosen[own].sum() / votes[own].sum() - chosen[drawn].sum(1) / votes[drawn].sum(1)
    low, high = np.quantile(gaps, [alpha / 2, 1 - alpha / 2])
    return PrintedGap(*found, base, len(treated), float(low), float(high))
