"""Figures of invalid and blank shares: before and after, and the national distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluatie.plots.style import COLOURS, GROUP_COLOURS, MARKERS, figure, percent_axis, style
from evaluatie.wording import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["before_after", "distribution"]


def before_after(table: pd.DataFrame, lang: str = "nl", outcome: str = "invalid") -> Figure:
    """Draw each municipality's share before (hollow) and after (filled), with intervals.

    Parameters
    ----------
    table
        Columns election, baseline, municipality, group and, for ``before`` and ``after``,
        ``<stem>``, ``<stem>_low``, ``<stem>_high`` (fractions); one panel per election.
    """
    elections = list(dict.fromkeys(table["election"]))
    sizes = [int((table["election"] == name).sum()) for name in elections]
    with style():
        drawn, axes = figure(
            0.7 + 0.55 * len(elections) + 0.3 * sum(sizes),
            rows=len(elections),
            sharex=True,
            squeeze=False,
            height_ratios=[size + 1 for size in sizes],
        )
        for ax, election in zip(axes[:, 0], elections, strict=True):
            _before_after_panel(ax, table[table["election"] == election], lang)
        last = axes[-1, 0]
        highest = table[["before_high", "after_high"]].to_numpy("float64").max()
        last.set_xlim(0, 1.04 * float(highest))
        percent_axis(last, "x", lang)
        last.set_xlabel(say("plots.share_of_ballots", lang, outcome=say(f"common.{outcome}", lang)))
    return drawn


def _before_after_panel(ax: Axes, panel: pd.DataFrame, lang: str) -> None:
    panel = panel.sort_values("after", ignore_index=True)
    for height, row in enumerate(panel.to_dict(orient="records")):
        colour, marker = GROUP_COLOURS[row["group"]], MARKERS[row["group"]]
        low, high = height - 0.14, height + 0.14
        ax.plot([row["before_low"], row["before_high"]], [low, low], color=colour, lw=1)
        ax.plot(row["before"], low, marker, color=colour, mfc=COLOURS["paper"], ms=5.5, mew=1.2)
        ax.plot([row["after_low"], row["after_high"]], [high, high], color=colour, lw=2)
        ax.plot(row["after"], high, marker, color=colour, ms=5.5)
    ax.set_yticks(range(len(panel)), list(panel["municipality"]), parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.set_ylim(-0.6, len(panel) - 0.4)
    first = panel.iloc[0]
    ax.set_title(say("plots.before_after", lang, before=first["baseline"], after=first["election"]))


def distribution(
    table: pd.DataFrame, lang: str = "nl", outcome: str = "invalid", limit: float | None = None
) -> Figure:
    """Draw the distribution over municipalities with the experiment's municipalities named.

    Parameters
    ----------
    table
        ``rates(..., by="municipality").table`` of one election.
    limit
        Right end of the axis (fraction); what lies beyond is named at the edge.
    """
    known = table.dropna(subset=["estimate"])
    treated = known[known["group"].isin(["first use", "later use"])].sort_values("estimate")
    others = known[~known["group"].isin(["first use", "later use"])]
    right = limit or float(known["estimate"].quantile(0.995)) * 1.25
    with style():
        drawn, ax = figure(3.4)
        bins = np.linspace(0, right, 46)
        heights, _, _ = ax.hist(
            np.minimum(others["estimate"], right * 0.999),
            bins,
            color=COLOURS["comparison"],
            edgecolor=COLOURS["paper"],
            linewidth=0.6,
        )
        top = float(np.max(heights))
        _name_treated(ax, treated, top, right)
        median = float(others["estimate"].median())
        ax.plot([median, median], [0, top * 1.1], color=COLOURS["ink"], lw=1, ls=(0, (4, 3)))
        ax.annotate(
            say("plots.median_others", lang, n=len(others), median=median),
            (median, top * 1.02),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=8,
            va="bottom",
        )
        beyond = int((others["estimate"] > right).sum())
        if beyond:
            ax.annotate(
                say("plots.beyond", lang, n=beyond, limit=right),
                (right, heights[-1]),
                xytext=(0, 4),
                textcoords="offset points",
                ha="right",
                fontsize=7.5,
                color=COLOURS["muted"],
            )
        ax.set_xlim(0, right)
        ax.set_ylim(0, top * (1.35 + 0.085 * len(treated)))
        ax.set_yticks([t for t in ax.get_yticks() if t <= top * 1.05 and t == int(t)])
        ax.grid(visible=False, axis="x")
        percent_axis(ax, "x", lang)
        ax.set_xlabel(say("plots.share_of_ballots", lang, outcome=say(f"common.{outcome}", lang)))
        ax.set_ylabel(say("plots.number_of_municipalities", lang))
    return drawn


def _name_treated(ax: Axes, treated: pd.DataFrame, top: float, right: float) -> None:
    # One line each, above the histogram, so that names never overlap.
    for position, (_, row) in enumerate(treated.iterrows()):
        height = top * (1.25 + 0.085 * position)
        colour = GROUP_COLOURS[row["group"]]
        share = float(row["estimate"])
        high = min(float(row["conf_high"]), right)
        ax.plot([row["conf_low"], high], [height] * 2, color=colour, lw=1.4)
        ax.plot(share, height, MARKERS[row["group"]], color=colour, ms=5)
        ax.annotate(
            str(row["municipality"]),
            (high, height),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=colour,
            parse_math=False,
        )
