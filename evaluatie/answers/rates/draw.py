"""Figures of invalid and blank shares: before and after, and the national distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluatie.answers.plots.axes import count_axis, limits, percent_axis
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.labels import LINE, beside, note, short
from evaluatie.answers.plots.rows import name_rows
from evaluatie.answers.plots.style import (
    COLOURS,
    DASHED,
    GROUP_COLOURS,
    MARKERS,
    SMALL,
    figure,
    panels,
    style,
)
from evaluatie.ground.tables import rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAMED = ("first use", "later use")


@style()
def before_after(table: pd.DataFrame, lang: str = "nl", outcome: str = "invalid") -> Figure:
    """Draw each municipality's share before (hollow) and after (filled), with intervals.

    ``table`` is that of :func:`evaluatie.before_after`; there is one panel per election.
    """
    known = usable(table, "before", "after", how="all")
    if known.empty:
        return not_available(lang=lang)
    elections = dict(list(known.groupby("election", sort=False)))
    sizes = [len(panel) for panel in elections.values()]
    drawn, axes = panels(sizes, head=0.7, title=0.55, row=0.31)
    for ax, (election, panel) in zip(axes, elections.items(), strict=True):
        _before_after_panel(ax, panel)
        words = {"before": panel["baseline"].iloc[0], "after": election}
        ax.set_title(say("plots.before_after", lang, **words))
    last = axes[-1]
    _, highest = limits(known[["before", "after", "before_high", "after_high"]])
    last.set_xlim(0, 1.04 * highest)
    percent_axis(last, "x", lang)
    last.set_xlabel(say("plots.share_of_ballots", lang, outcome=say(f"common.{outcome}", lang)))
    return drawn


def _before_after_panel(ax: Axes, panel: pd.DataFrame) -> None:
    panel = panel.sort_values("after", ignore_index=True, na_position="first")
    for height, row in enumerate(rows_of(panel)):
        group = row["group"] if row["group"] in GROUP_COLOURS else "experiment"
        colour, marker = GROUP_COLOURS[group], MARKERS[group]
        low, high = height - 0.15, height + 0.15
        ax.plot([row["before_low"], row["before_high"]], [low, low], color=colour, lw=1)
        ax.plot(row["before"], low, marker, color=colour, mfc=COLOURS["paper"], ms=5.5, mew=1.2)
        ax.plot([row["after_low"], row["after_high"]], [high, high], color=colour, lw=2)
        ax.plot(row["after"], high, marker, color=colour, ms=5.5)
    name_rows(ax, range(len(panel)), [str(name) for name in panel["municipality"]])
    ax.set_ylim(-0.6, len(panel) - 0.4)


@style()
def distribution(table: pd.DataFrame, lang: str = "nl", outcome: str = "invalid") -> Figure:
    """Draw the distribution over municipalities with the experiment's municipalities named.

    ``table`` is that of ``rates(..., by="municipality")`` at one election. What lies beyond the
    axis is counted in the last bar.
    """
    known = usable(table, "estimate", "group")
    if known.empty:
        return not_available(lang=lang)
    new = known["group"].isin(_NAMED)
    treated, others = known[new].sort_values("estimate"), known[~new]
    right = float(known["estimate"].quantile(0.995)) * 1.25 or 0.01
    drawn, ax = figure(2.9 + 0.17 * len(treated))
    bins = np.linspace(0, right, 46)
    heights, _, _ = ax.hist(
        np.minimum(others["estimate"], right * 0.999),
        bins,
        color=COLOURS["comparison"],
        edgecolor=COLOURS["paper"],
        linewidth=0.6,
    )
    top = max(float(np.max(heights)), 1.0)
    # The histogram has two inches; above it there is one line for each name.
    step = top * LINE / (72 * 1.55)
    floor = top * 1.1 + (1.3 * step if len(others) else 0)
    _name_treated(ax, treated, floor, step, right)
    if len(others):
        _median(ax, others, lang, top, right)
    beyond = int((others["estimate"] > right).sum())
    if beyond:
        note(
            ax,
            say("plots.beyond", lang, n=beyond, limit=right),
            1.0,
            float(heights[-1]),
            xycoords=("axes fraction", "data"),
        )
    ax.set_xlim(0, right)
    ax.set_ylim(0, 1.05 * top)
    count_axis(ax, "y", lang)
    ax.set_ylim(0, floor + step * (len(treated) + 0.3))
    ax.spines["left"].set_bounds(0, top)
    percent_axis(ax, "x", lang)
    ax.set_xlabel(say("plots.share_of_ballots", lang, outcome=say(f"common.{outcome}", lang)))
    ax.set_ylabel(say("plots.number_of_municipalities", lang), y=0, ha="left")
    return drawn


def _median(ax: Axes, others: pd.DataFrame, lang: str, top: float, right: float) -> None:
    median = float(others["estimate"].median())
    ax.plot([median, median], [0, top * 1.07], color=COLOURS["ink"], lw=1, ls=DASHED)
    late = median > 0.5 * right
    beside(
        ax,
        say("plots.median_others", lang, n=len(others), median=median),
        (median, top * 1.06),
        (-4, 0) if late else (4, 0),
        ha="right" if late else "left",
        va="center",
    )


def _name_treated(ax: Axes, treated: pd.DataFrame, floor: float, step: float, right: float) -> None:
    # One line each, above the histogram, so that names never overlap.
    for position, row in enumerate(rows_of(treated)):
        height = floor + step * (position + 0.4)
        colour = GROUP_COLOURS[row["group"]]
        share = min(float(row["estimate"]), right)
        ends = np.array([row["conf_low"], row["conf_high"]], dtype="float64")
        low, high = np.where(np.isfinite(ends), np.minimum(ends, right), share)
        ax.plot([low, high], [height] * 2, color=colour, lw=1.6)
        ax.plot(share, height, MARKERS[row["group"]], color=colour, ms=5.5, clip_on=False)
        late = high > 0.7 * right
        beside(
            ax,
            short(row["municipality"], 26),
            (low if late else high, height),
            (-6, 0) if late else (6, 0),
            ha="right" if late else "left",
            color=colour,
            fontsize=SMALL,
        )
