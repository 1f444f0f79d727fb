"""The one figure of the first page: what the ballot did at each election, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers.plots.axes import points_axis
from evaluatie.answers.plots.labels import beside
from evaluatie.answers.plots.rows import folded, name_rows
from evaluatie.answers.plots.style import COLOURS, GROUP_COLOURS, MARKERS, figure, style
from evaluatie.ground.formatting import finite
from evaluatie.ground.tables import Row, rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@style()
def headline(
    table: pd.DataFrame, lang: str, names: Mapping[str, str], *, narrow: bool = False
) -> Figure:
    """Draw the effect at every election, and below it that of each municipality of the latest.

    Parameters
    ----------
    table
        Of :func:`evaluatie.answers.summary.summary`; only rows of invalid votes are drawn.
    names
        Elections in words.
    narrow
        For a telephone: what a row is stands above it.
    """
    rows = table[(table["outcome"] == "invalid") & table["kind"].isin(["effect", "municipality"])]
    apart = rows[rows["kind"] == "municipality"].sort_values("estimate", ascending=False)
    pooled = rows[rows["kind"] == "effect"]
    ordered = rows_of(pd.concat([pooled, apart]))
    head, row = (0.8, 0.44) if narrow else (0.66, 0.15)
    drawn, ax = figure(head + row * len(ordered), narrow=narrow)
    labels, heights = [], []
    for position, each in enumerate(ordered):
        # A gap parts the elections from the municipalities.
        height = -position - (0.6 if each["kind"] == "municipality" else 0.0)
        _mark(ax, each, height, lang)
        heights.append(height)
        name = each["municipality"]
        called = names[each["election"]]
        one = each["kind"] == "municipality"
        labels.append(str(name) if one else called[0].upper() + called[1:])
    ax.axvline(0, color=COLOURS["ink"], lw=0.9)
    bold = [each["kind"] == "effect" for each in ordered]
    name_rows(ax, heights, labels, narrow=narrow, length=60, bold=bold)
    ax.set_ylim(min(heights) - 0.7, 0.9 if narrow else 0.7)
    points_axis(ax, "x", lang)
    # Ends with the axis: long names leave it less room than it needs when centred.
    ax.set_xlabel(folded(say("summary.headline_axis", lang), narrow), loc="right")
    return drawn


def _mark(ax: Axes, row: Row, height: float, lang: str) -> None:
    pooled = row["kind"] == "effect"
    colour = COLOURS["ink"] if pooled else GROUP_COLOURS[row["group"]]
    marker = "s" if pooled else MARKERS[row["group"]]
    ax.plot(
        [row["conf_low"], row["conf_high"]], [height] * 2, color=colour, lw=2.2 if pooled else 1.4
    )
    if finite(row["estimate"]):
        ax.plot(row["estimate"], height, marker, color=colour, ms=6)
        return
    # Known only between bounds: a bar without a point.
    ax.plot(
        [row["bound_low"], row["bound_high"]],
        [height] * 2,
        color=colour,
        lw=8,
        solid_capstyle="butt",
    )
    words = say("summary.headline_bounds", lang)
    beside(ax, words, (row["conf_high"], height), color=COLOURS["muted"])
