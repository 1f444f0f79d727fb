"""Effect and learning side by side, one line per way of counting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluatie import formatting
from evaluatie.plots.style import COLOURS, figure, style
from evaluatie.wording import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["by_scenario"]


def by_scenario(table: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw the rows of one election.

    Parameters
    ----------
    table
        Of :class:`evaluatie.vintages.VintagesResult`, rows of one election.
    """
    rows = table.iloc[::-1].reset_index(drop=True)
    stems = ["effect", "learning"] if rows["learning_p"].notna().any() else ["effect"]
    with style():
        drawn, axes = figure(1.0 + 0.34 * len(rows), columns=len(stems), squeeze=False, sharey=True)
        for ax, stem in zip(axes[0], stems, strict=True):
            _panel(ax, rows, stem)
            ax.axvline(0, color=COLOURS["muted"], lw=0.8)
            ax.xaxis.set_major_formatter(lambda value, _: formatting.points(value, lang))
            ax.set_xlabel(say(f"vintages.{stem}", lang))
            ax.grid(visible=False, axis="y")
        labels = [
            f"{say('common.' + row['outcome'], lang)}: "
            + say(f"vintages.{row['scenario'].replace(' ', '_')}", lang)
            for _, row in rows.iterrows()
        ]
        axes[0, 0].set_yticks(range(len(rows)), labels, fontsize=7)
        axes[0, 0].tick_params(axis="y", length=0)
    return drawn


def _panel(ax: Axes, rows: pd.DataFrame, stem: str) -> None:
    for height, (_, row) in enumerate(rows.iterrows()):
        colour = COLOURS["later"] if row["outcome"] == "invalid" else COLOURS["first"]
        ends = [row[f"{stem}_low"], row[f"{stem}_high"]]
        if np.isfinite(ends).all():
            ax.plot(ends, [height] * 2, color=colour, lw=1.2)
        if np.isfinite(row[stem]):
            ax.plot(row[stem], height, "o", color=colour, ms=5)
        elif np.isfinite(row[f"{stem}_bound_low"]):
            low, high = row[f"{stem}_bound_low"], row[f"{stem}_bound_high"]
            ax.barh(
                height,
                high - low,
                0.34,
                left=low,
                facecolor=COLOURS["paper"],
                edgecolor=colour,
                zorder=3,
            )
