"""Figure of the reasons for invalidity: shares of all ballots, or what print leaves open."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers.evidence.table import reason
from evaluatie.answers.plots.axes import percent_axis
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.labels import beside
from evaluatie.answers.plots.rows import folded, name_rows
from evaluatie.answers.plots.style import COLOURS, FINDING, panels, style
from evaluatie.ground import formatting
from evaluatie.ground.formatting import finite, short
from evaluatie.ground.tables import rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_COLOURS = {
    "design": COLOURS["later"],
    "any": COLOURS["comparison"],
    "valid": COLOURS["muted"],
}


@style()
def reasons(table: pd.DataFrame, lang: str = "nl", *, narrow: bool = False) -> Figure:
    """Draw shares of all ballots per reason, one panel per election.

    Counts get a point; a printed total gets the range that its decimals leave open, without one.

    Parameters
    ----------
    table
        That of :func:`evaluatie.reasons`.
    narrow
        For a telephone.
    """
    shown = usable(table, "share_ballots_low", "share_ballots_high")
    if shown.empty:
        return not_available(lang=lang)
    elections = dict(list(shown.groupby("election", sort=False)))
    sizes = [len(panel) for panel in elections.values()]
    row = 0.44 if narrow else 0.36
    drawn, axes = panels(sizes, head=0.8, title=0.6, row=row, narrow=narrow)
    for ax, (election, panel) in zip(axes, elections.items(), strict=True):
        _panel(ax, panel, lang, narrow=narrow)
        title = folded(_title(str(election), panel, lang), narrow, bold=True)
        # Of several elections each panel keeps its own.
        ax.set_title(title, gid=FINDING if len(elections) == 1 else None)
    last = axes[-1]
    room = 1.8 if narrow else 1.35
    last.set_xlim(0, room * float(shown["share_ballots_high"].max()) or 0.01)
    percent_axis(last, "x", lang)
    last.set_xlabel(say("evidence.axis_ballots", lang))
    return drawn


def _title(election: str, panel: pd.DataFrame, lang: str) -> str:
    """Say which part of the invalid votes was linked to the design, where that is known."""
    basis, name = panel["basis"].iloc[0], short(election)
    tied = panel[(panel["reason"] == "design") & (panel["level"] == "group")]
    ends = tied[["share_invalid_low", "share_invalid_high"]].to_numpy("float64").ravel()
    if not finite(*ends):
        return say(f"evidence.label_{basis}", lang, election=name)
    part = formatting.span([formatting.percent(end, lang, 0) for end in ends], lang)
    return say(f"evidence.title_{basis}", lang, election=name, part=part)


def _panel(ax: Axes, panel: pd.DataFrame, lang: str, *, narrow: bool) -> None:
    labels = []
    for height, row in enumerate(rows_of(panel)):
        # Two lines at most: the figure has the width of a page.
        labels.append("\n".join(textwrap.wrap(reason(row, lang), 40)[:2]))
        colour = _COLOURS[row["group"]]
        low, high = row["share_ballots_low"], row["share_ballots_high"]
        if row["basis"] == "printed":
            ax.barh(-height, high - low, left=low, height=0.5, color=colour)
            text = formatting.span((formatting.percent(end, lang, 3) for end in (low, high)), lang)
        else:
            ax.plot(low, -height, "o", color=colour, ms=6 if row["level"] == "group" else 3.5)
            text = formatting.percent(low, lang, 3)
        beside(ax, text, (high, -height), (6, 0))
    name_rows(ax, [-height for height in range(len(labels))], labels, narrow=narrow, length=46)
    ax.set_ylim(0.6 - len(labels), 0.9 if narrow else 0.6)
