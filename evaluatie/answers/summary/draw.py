"""The one figure of the first page: what the ballot did at each election, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.plots.axes import points_axis
from evaluatie.answers.plots.board import NARROW
from evaluatie.answers.plots.letters import wrapped
from evaluatie.answers.plots.style import COLOURS, GROUP_COLOURS, MARKERS, SMALL, figure, style
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["headline"]


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
    ordered = pd.concat([pooled, apart]).to_dict(orient="records")
    with style():
        drawn, ax = figure((0.8 if narrow else 0.66) + (0.44 if narrow else 0.15) * len(ordered))
        if narrow:
            drawn.set_figwidth(NARROW / 72)
        labels, heights = [], []
        for position, row in enumerate(ordered):
            # A gap parts the elections from the municipalities.
            height = -position - (0.6 if row["kind"] == "municipality" else 0.0)
            _mark(ax, row, height, lang)
            heights.append(height)
            name = row["municipality"]
            called = names[row["election"]]
            one = row["kind"] == "municipality"
            labels.append(str(name) if one else called[0].upper() + called[1:])
        ax.axvline(0, color=COLOURS["ink"], lw=0.9)
        _labels(ax, labels, heights, [row["kind"] == "effect" for row in ordered], above=narrow)
        ax.grid(visible=False, axis="y")
        ax.set_ylim(min(heights) - 0.7, 0.9 if narrow else 0.7)
        points_axis(ax, "x", lang)
        said = say("summary.headline_axis", lang)
        said = "\n".join(wrapped(said, NARROW - 20, SMALL)) if narrow else said
        # Ends with the axis: long names leave it less room than it needs when centred.
        ax.set_xlabel(said, loc="right")
    return drawn


def _labels(
    ax: Axes, labels: Sequence[str], heights: Sequence[float], bold: Sequence[bool], *, above: bool
) -> None:
    """Say what each row is, beside the axis or above the row."""
    ax.tick_params(axis="y", length=0)
    ax.set_yticks(heights, [""] * len(labels) if above else labels, parse_math=False)
    weights = ["bold" if each else "normal" for each in bold]
    for tick, weight in zip(ax.get_yticklabels(), weights, strict=True):
        tick.set_fontweight(weight)
    if not above:
        return
    for label, height, weight in zip(labels, heights, weights, strict=True):
        ax.annotate(
            label,
            (0, height),
            xycoords=("axes fraction", "data"),
            xytext=(3, 8),
            textcoords="offset points",
            fontweight=weight,
            bbox={"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 0.6},
            parse_math=False,
        )


def _mark(ax: Axes, row: dict[Any, Any], height: float, lang: str) -> None:
    pooled = row["kind"] == "effect"
    colour = COLOURS["ink"] if pooled else GROUP_COLOURS[row["group"]]
    marker = "s" if pooled else MARKERS[row["group"]]
    ax.plot(
        [row["conf_low"], row["conf_high"]], [height] * 2, color=colour, lw=2.2 if pooled else 1.4
    )
    if pd.notna(row["estimate"]):
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
    ax.annotate(
        say("summary.headline_bounds", lang),
        (row["conf_high"], height),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        color=COLOURS["muted"],
    )
