"""The figure of preference votes: the change in every municipality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.answer import records
from evaluatie.answers.personal_vote.statements import verdict
from evaluatie.answers.plots.axes import limits, points_axis, zero_line
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.labels import brief
from evaluatie.answers.plots.rows import folded, name_rows, row_height
from evaluatie.answers.plots.style import (
    COLOURS,
    DASHED,
    FINDING,
    GROUP_COLOURS,
    MARKERS,
    figure,
    style,
)
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@style()
def preference_changes(
    changes: pd.DataFrame, effects: pd.DataFrame, lang: str = "nl", *, narrow: bool = False
) -> Figure:
    """Draw the change in preference votes of every municipality, those of the experiment named.

    Parameters
    ----------
    changes, effects
        Part and table of the answer of :func:`~evaluatie.answers.personal_vote.personal_vote`.
    narrow
        For a telephone.
    """
    every = usable(changes, "change", "group")
    every = every[every["measure"] == "preference"] if len(every) else every
    if every.empty:
        return not_available(lang=lang)
    others = every[every["group"] == "comparison"]
    treated = every[every["group"] != "comparison"].sort_values("change", ascending=False)
    (row,) = records(effects.query("measure == 'preference' and weights == 'municipalities'"))
    drawn, ax = figure(1.15 + row_height(narrow) * (len(treated) + 1), narrow=narrow)
    zero_line(ax, "x")
    heights = -np.arange(len(treated) + 1.0)
    for group in dict.fromkeys(treated["group"]):
        own = (treated["group"] == group).to_numpy()
        look: dict[str, Any] = {"color": GROUP_COLOURS[group], "ms": 6}
        ax.plot(treated["change"][own], heights[:-1][own], MARKERS[group], **look)
    last = -float(len(treated))
    place = np.full(len(others), last)
    ax.plot(others["change"], place, "|", color=COLOURS["comparison"], ms=11, mew=1.4)
    # The mean of the treated runs through their rows, that of the others through theirs.
    line: dict[str, Any] = {"color": COLOURS["ink"], "lw": 1.1, "ls": DASHED}
    ax.plot([row["change"]] * 2, [0.5, last + 0.5], **line)
    ax.plot([row["change_comparison"]] * 2, [last + 0.5, last - 0.5], **line)
    names = [*treated["municipality"], say("personal_vote.row_comparison", lang, n=len(others))]
    name_rows(ax, heights.tolist(), names, narrow=narrow)
    ax.set_ylim(last - 0.6, 0.8 if narrow else 0.6)
    low, high = limits(every["change"])
    pad = 0.06 * (high - low) or 0.01
    ax.set_xlim(low - pad, high + pad)
    points_axis(ax, "x", lang)
    axis = say("personal_vote.axis_change", lang, baseline=brief(row["baseline"]))
    ax.set_xlabel(folded(axis, narrow))
    title = say(f"personal_vote.title_{verdict(row)}", lang, **row)
    ax.set_title(folded(title, narrow, bold=True), gid=FINDING)
    return drawn
