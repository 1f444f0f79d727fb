"""Effect and learning side by side, one line per way of counting."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.plots.axes import points_axis, row_axis, zero_line
from evaluatie.plots.empty import known, not_available, usable
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
    rows = usable(table).iloc[::-1].reset_index(drop=True)
    if rows.empty:
        return not_available(lang=lang)
    stems = ["effect", "learning"] if rows["learning_p"].notna().any() else ["effect"]
    with style():
        drawn, axes = figure(0.9 + 0.4 * len(rows), columns=len(stems), squeeze=False, sharey=True)
        for ax, stem in zip(axes[0], stems, strict=True):
            _panel(ax, rows, stem)
            zero_line(ax)
            points_axis(ax, "x", lang, 4)
            ax.set_xlabel("\n".join(textwrap.wrap(say(f"vintages.{stem}", lang), 28)))
            ax.grid(visible=False, axis="y")
            ax.tick_params(axis="y", length=0)
        labels = [
            f"{say('common.' + row['outcome'], lang)}: "
            + say(f"vintages.{row['scenario'].replace(' ', '_')}", lang)
            for row in rows.to_dict(orient="records")
        ]
        wrapped = ["\n".join(textwrap.wrap(label, 34)[:2]) for label in labels]
        row_axis(axes[0, 0], range(len(rows)), wrapped, 36)
        axes[0, 0].set_ylim(-0.6, len(rows) - 0.4)
    return drawn


def _panel(ax: Axes, rows: pd.DataFrame, stem: str) -> None:
    for height, (_, row) in enumerate(rows.iterrows()):
        colour = COLOURS["later" if row["outcome"] == "invalid" else "muted"]
        ends = [row[f"{stem}_low"], row[f"{stem}_high"]]
        if known(*ends):
            ax.plot(ends, [height] * 2, color=colour, lw=1.2)
        if known(row[stem]):
            ax.plot(row[stem], height, "o", color=colour, ms=5)
        elif known(row[f"{stem}_bound_low"]):
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
