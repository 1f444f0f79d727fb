"""Figure of national use: extra votes by the effect of each election."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers.plots.axes import count_axis, zero_line
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import brief
from evaluatie.answers.plots.rows import folded, name_rows, row_height, value_of_row
from evaluatie.answers.plots.style import COLOURS, figure, style
from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@style()
def by_election(rows: pd.DataFrame, lang: str = "nl", *, narrow: bool = False) -> Figure:
    """Draw the extra votes by the effect of each election, plain and below that weighted.

    Parameters
    ----------
    rows
        basis (election), model (what is weighted by), extra, extra_low, extra_high (votes), in
        order of date.
    narrow
        For a telephone.
    """
    if rows.empty:
        return not_available(lang=lang)
    plain = rows["model"] == "unweighted"
    drawn_rows = [
        (str(basis), weighted, own)
        for basis, every in rows.groupby("basis", sort=False)
        for weighted in (False, True)
        if len(own := every[plain[every.index] != weighted])
    ]
    drawn, ax = figure(0.7 + row_height(narrow) * len(drawn_rows), narrow=narrow)
    names = []
    for at, (basis, weighted, own) in enumerate(drawn_rows):
        _row(ax, own, -at, lang, weighted=weighted)
        key = "scale_up.row_weighted"
        names.append(say(key, lang) if weighted else brief(basis))
    zero_line(ax)
    name_rows(ax, [-at for at in range(len(names))], names, narrow=narrow)
    ax.set_ylim(0.6 - len(names), 0.8 if narrow else 0.6)
    count_axis(ax, "x", lang)
    ax.set_xlabel(folded(say("scale_up.axis_extra", lang), narrow))
    return drawn


def _row(ax: Axes, own: pd.DataFrame, height: float, lang: str, *, weighted: bool) -> None:
    """Draw one number, or on one line all that follow from weighting: rings, no disc."""
    colour, wide = COLOURS["muted" if weighted else "later"], 0.9 if weighted else 2
    ends = [own["extra_low"].min(), own["extra_high"].max()]
    ax.plot(ends, [height] * 2, color=colour, lw=wide)
    fill = COLOURS["paper" if weighted else "later"]
    ax.plot(own["extra"], [height] * len(own), "o", color=colour, mfc=fill, ms=6.5)
    told = dict.fromkeys(
        formatting.thousands(each, lang) for each in (own["extra"].min(), own["extra"].max())
    )
    text = formatting.span(told, lang) if len(told) > 1 else next(iter(told))
    value_of_row(ax, height, text, COLOURS["muted" if weighted else "ink"])
