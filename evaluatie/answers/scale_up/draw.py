"""Figure of national use: extra votes by the effect of each election."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers.plots.axes import count_axis, row_axis, zero_line
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import brief
from evaluatie.answers.plots.style import COLOURS, ROW, SMALL, figure, style
from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["by_election"]


def by_election(rows: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw the extra votes by the effect of each election.

    Parameters
    ----------
    rows
        basis (election), extra, extra_low, extra_high (votes), in order of date.
    """
    if rows.empty:
        return not_available(lang=lang)
    with style():
        drawn, ax = figure(0.7 + ROW * len(rows))
        for at, row in enumerate(rows.to_dict(orient="records")):
            ax.plot([row["extra_low"], row["extra_high"]], [-at] * 2, color=COLOURS["later"], lw=2)
            ax.plot(row["extra"], -at, "o", color=COLOURS["later"], ms=6.5)
            ax.annotate(
                formatting.thousands(row["extra"], lang),
                (1.02, -at),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=SMALL,
            )
        zero_line(ax)
        row_axis(ax, [-at for at in range(len(rows))], [brief(name) for name in rows["basis"]])
        ax.set_ylim(0.6 - len(rows), 0.6)
        count_axis(ax, "x", lang)
        ax.set_xlabel(say("scale_up.axis_extra", lang))
    return drawn
