"""What the counts cover: of how many municipalities what is known, election by election."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers.plots.axes import row_axis
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.style import COLOURS, SMALL, figure, style
from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["coverage"]

_KNOWN = ("valid", "rejected", "split")


def coverage(table: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw for each election and count how many municipalities have which counts.

    Bars of provisional counts are hollow. A number without a bar is zero.

    Parameters
    ----------
    table
        ``coverage(...).table``: election, vintage, n_municipalities, n_valid, n_rejected,
        n_split.
    """
    if table.empty:
        return not_available(lang=lang)
    rows = table.to_dict(orient="records")
    most = max(float(table["n_municipalities"].max()), 1.0)
    with style():
        drawn, axes = figure(0.75 + 0.24 * len(rows), columns=len(_KNOWN), sharey=True)
        for ax, what in zip(axes, _KNOWN, strict=True):
            for height, row in enumerate(rows):
                number, official = float(row[f"n_{what}"]), row["vintage"] == "official"
                _bar(ax, number, -height, official=official, lang=lang)
            ax.set_xlim(0, 1.45 * most)
            ax.set_xticks([])
            ax.set_title(say(f"data.figure_{what}", lang), fontsize=SMALL)
            ax.grid(visible=False)
            ax.tick_params(axis="y", length=0)
            ax.spines["bottom"].set_visible(False)
        labels = [
            say(
                "data.figure_row",
                lang,
                election=row["election"],
                vintage=say(f"common.{row['vintage']}", lang),
            )
            for row in rows
        ]
        row_axis(axes[0], [-height for height in range(len(rows))], labels)
        axes[0].set_ylim(0.4 - len(rows), 0.6)
        axes[1].set_xlabel(say("data.figure_axis", lang), fontsize=SMALL)
    return drawn


def _bar(ax: Axes, number: float, height: float, *, official: bool, lang: str) -> None:
    ax.barh(
        height,
        number,
        0.62,
        color=COLOURS["comparison"] if official else COLOURS["paper"],
        edgecolor=COLOURS["comparison"],
        lw=1.1 if number else 0,
    )
    ax.annotate(
        formatting.count(number, lang),
        (number, height),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        color=COLOURS["ink"] if number else COLOURS["muted"],
    )
