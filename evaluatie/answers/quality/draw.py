"""The funnel: which municipalities lie further out than their size explains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.plots.axes import limits, log_axis, percent_axis
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.labels import margin_names
from evaluatie.answers.plots.rows import BETWEEN_NAMES, folded
from evaluatie.answers.plots.style import (
    COLOURS,
    DASHED,
    GROUP_COLOURS,
    MARKERS,
    SMALL,
    figure,
    style,
)
from evaluatie.ground.tables import rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_STEPS = 60
"""Places from the smallest to the largest municipality at which the limits are drawn."""
_NAMED = 8
"""How many municipalities outside the experiment are named: those furthest out."""


@style()
def funnel(table: pd.DataFrame, lang: str = "nl", *, narrow: bool = False) -> Figure:
    """Draw shares against the number of ballots, inside the limits of a funnel.

    Parameters
    ----------
    table
        ``quality.funnel_of(...).table``: municipality, group, total, estimate, target, z,
        conf_low, conf_high, binomial_low, binomial_high, flag; one election.
    narrow
        For a telephone.
    """
    ordered = usable(table, "estimate", "total")
    if ordered.empty:
        return not_available(lang=lang)
    ordered = ordered.sort_values("total")
    new = ordered["group"].isin(["first use", "later use"])
    drawn, ax = figure(3.9, narrow=narrow)
    low, high = limits(ordered["total"])
    size = np.geomspace(low, high, _STEPS)
    at = {
        side: np.interp(size, ordered["total"], ordered[side])
        for side in ("conf_low", "conf_high", "binomial_low", "binomial_high", "target")
    }
    ax.fill_between(size, at["conf_low"], at["conf_high"], color=COLOURS["rule"], alpha=0.6, lw=0)
    for side in ("binomial_low", "binomial_high"):
        ax.plot(size, at[side], color=COLOURS["muted"], lw=0.9, ls=DASHED)
    ax.plot(size, at["target"], color=COLOURS["ink"], lw=1)
    others = ordered[~new]
    ax.plot(others["total"], others["estimate"], "o", color=COLOURS["comparison"], ms=3)
    named = []
    for row in rows_of(ordered[new]):
        colour = GROUP_COLOURS[row["group"]]
        ax.plot(row["total"], row["estimate"], MARKERS[row["group"]], color=colour, ms=6)
        named.append(_named(row, colour))
    far = others[others["flag"] != 0]
    furthest = far.reindex(far["z"].abs().sort_values(ascending=False).index)[:_NAMED]
    named += [_named(row, COLOURS["muted"]) for row in rows_of(furthest)]
    log_axis(ax, lang, 0.85 * low, 1.18 * high, narrow=narrow)
    top = 1.06 * float(ordered["estimate"].max()) or 0.01
    ax.set_ylim(0, top)
    margin_names(ax, named, height_inches=2.8)
    percent_axis(ax, "y", lang)
    ax.set_xlabel(folded(say("quality.axis_ballots", lang), narrow, beside=BETWEEN_NAMES))
    outcome = say("common.invalid", lang)
    ax.set_ylabel(say("plots.share_of_ballots", lang, outcome=outcome))
    title = say("quality.axis_title", lang, election=ordered["election"].iloc[0])
    title = folded(title, narrow, beside=BETWEEN_NAMES)
    ax.set_title(title, fontsize=SMALL, fontweight="normal")
    return drawn


def _named(row: Mapping[Any, Any], colour: str) -> dict[str, Any]:
    name = row["municipality"]
    return {"x": row["total"], "y": row["estimate"], "name": name, "colour": colour}
