"""Figures of the personal vote: preference shares beside printed ones, and number effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.plots.axes import limits, percent_axis, ratio_axis, row_axis, zero_line
from evaluatie.plots.empty import not_available, usable
from evaluatie.plots.style import COLOURS, GROUP_COLOURS, MARKERS, SMALL, figure, style
from evaluatie.wording import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["number_effects", "preference_shares"]

_SHOWN = ("experiment", "comparison", "reference")
_COLOURS = {**GROUP_COLOURS, "reference": COLOURS["muted"]}
_MARKERS = {**MARKERS, "comparison": "s", "reference": "s"}


def preference_shares(table: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw preference shares per election and group; printed ones as diamonds.

    Parameters
    ----------
    table
        ``personal_vote(...).table`` by group.
    """
    rows = usable(table, "estimate", "group")
    rows = rows[rows["group"].isin(_SHOWN)].reset_index(drop=True) if len(rows) else rows
    if rows.empty:
        return not_available(lang=lang)
    elections = list(dict.fromkeys(rows["election"]))
    with style():
        drawn, ax = figure(1.1 + 0.36 * len(rows) + 0.1 * len(elections))
        heights, labels = [], []
        height = 0.0
        for election in elections:
            for row in rows[rows["election"] == election].to_dict(orient="records"):
                _share(ax, row, height)
                heights.append(height)
                kind = "printed" if row["basis"] == "printed" else "counts"
                group = say(f"personal_vote.group_{row['group']}", lang)
                labels.append(
                    say(f"personal_vote.label_{kind}", lang, election=election, group=group)
                )
                height -= 1
            height -= 0.4
        row_axis(ax, heights, labels, 54)
        ax.set_ylim(height + 0.7, 0.6)
        ends = limits(rows[["estimate", "conf_high", "standardised_high"]])
        ax.set_xlim(0, 1.05 * ends[1])
        percent_axis(ax, "x", lang)
        ax.set_xlabel(say("personal_vote.axis_preference", lang))
        ax.set_title(say("personal_vote.legend", lang), fontsize=SMALL, fontweight="normal")
    return drawn


def _share(ax: Axes, row: dict[Any, Any], height: float) -> None:
    colour = _COLOURS[row["group"]]
    if row["basis"] == "printed":
        ax.plot(row["estimate"], height, "D", color=colour, ms=6)
        return
    ax.plot([row["conf_low"], row["conf_high"]], [height + 0.15] * 2, color=colour, lw=2)
    ax.plot(row["estimate"], height + 0.15, _MARKERS[row["group"]], color=colour, ms=6)
    ends = [row["standardised_low"], row["standardised_high"]]
    ax.plot(ends, [height - 0.17] * 2, color=colour, lw=1)
    ax.plot(
        row["standardised"],
        height - 0.17,
        _MARKERS[row["group"]],
        color=colour,
        mfc=COLOURS["paper"],
        ms=5.5,
    )


def number_effects(table: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw ratios of counted to expected votes with intervals, one panel per election.

    Parameters
    ----------
    table
        ``number_effect(...).table``.
    """
    table = usable(table, "estimate")
    if table.empty:
        return not_available(lang=lang)
    elections = list(dict.fromkeys(table["election"]))
    sizes = [int((table["election"] == name).sum()) for name in elections]
    low, high = limits(table[["estimate", "conf_low", "conf_high"]])
    with style():
        drawn, axes = figure(
            0.9 + 0.45 * len(elections) + 0.28 * sum(sizes),
            rows=len(elections),
            sharex=True,
            squeeze=False,
            height_ratios=[size + 1 for size in sizes],
        )
        for ax, election in zip(axes[:, 0], elections, strict=True):
            panel = table[table["election"] == election].reset_index(drop=True)
            _ratios(ax, panel, lang)
            kind = "placebo" if bool(panel["placebo"].iloc[0]) else "effect"
            ax.set_title(say(f"personal_vote.title_{kind}", lang, election=election))
        last = axes[-1, 0]
        ratio_axis(last, "x", lang, min(0.5, 0.95 * low), max(2.0, 1.05 * high))
        last.set_xlabel(say("personal_vote.axis_ratio", lang))
    return drawn


def _ratios(ax: Axes, panel: pd.DataFrame, lang: str) -> None:
    colour = COLOURS["comparison"] if bool(panel["placebo"].iloc[0]) else COLOURS["later"]
    zero_line(ax, at=1.0)
    labels = []
    for height, row in enumerate(panel.to_dict(orient="records")):
        ax.plot([row["conf_low"], row["conf_high"]], [-height] * 2, color=colour, lw=2)
        ax.plot(row["estimate"], -height, "o", color=colour, mec=COLOURS["ink"], ms=5.5)
        labels.append(say(f"personal_vote.row_{row['numbers']}", lang))
    row_axis(ax, [-height for height in range(len(labels))], labels)
    ax.set_ylim(0.6 - len(labels), 0.6)
