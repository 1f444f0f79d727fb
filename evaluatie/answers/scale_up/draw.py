"""Figure of national use: extra votes with prediction intervals, unweighted and weighted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers.plots.axes import count_axis, row_axis, zero_line
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.labels import brief
from evaluatie.answers.plots.style import COLOURS, SMALL, figure, panels, style
from evaluatie.answers.scale_up.show import model, use
from evaluatie.ground import formatting
from evaluatie.ground.tables import Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["by_election", "extra_votes"]

_COLOURS = {
    "first use": COLOURS["first"],
    "later use": COLOURS["later"],
    "all": COLOURS["muted"],
}


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
        drawn, ax = figure(0.8 + 0.34 * len(rows))
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


def extra_votes(table: pd.DataFrame, lang: str = "nl", outcome: str = "invalid") -> Figure:
    """Draw the extra votes of one outcome, one panel per election.

    Parameters
    ----------
    table
        That of :func:`evaluatie.scale_up.scale_up`. Of the weighted rows those with most
        characteristics are drawn.
    outcome
        One of the outcomes in ``table``.
    """
    known = usable(table, "outcome", "estimate")
    known = known[known["outcome"] == outcome] if len(known) else known
    if known.empty:
        return not_available(lang=lang)
    chosen = _plain_and_richest(known)
    elections = dict(list(chosen.groupby("election", sort=False)))
    sizes = [len(panel) for panel in elections.values()]
    with style():
        drawn, axes = panels(sizes, head=0.8, title=0.45, row=0.32)
        for ax, (election, panel) in zip(axes, elections.items(), strict=True):
            _panel(ax, panel, lang)
            ax.set_title(
                say(
                    "scale_up.title",
                    lang,
                    election=election,
                    outcome=say(f"common.{outcome}", lang),
                )
            )
        last = axes[-1]
        count_axis(last, "x", lang)
        last.set_xlabel(say("scale_up.axis_extra", lang))
    return drawn


def _plain_and_richest(known: pd.DataFrame) -> pd.DataFrame:
    """Keep the unweighted row and the first with most characteristics, per use and basis."""
    keys = ["election", "use", "basis"]
    plain = known["model"] == "unweighted"
    richness = known["model"].str.count(r"\+").where(~plain, -1)
    order = known.assign(plain=plain, richness=richness).sort_values(
        "richness", ascending=False, kind="stable"
    )
    kept = order.drop_duplicates([*keys, "plain"]).index
    return known[known.index.isin(kept)]


def _panel(ax: Axes, panel: pd.DataFrame, lang: str) -> None:
    labels = []
    rows: list[Row] = panel.to_dict(orient="records")  # type: ignore[assignment]
    for height, row in enumerate(rows):
        colour, plain = _COLOURS[row["use"]], row["model"] == "unweighted"
        ax.plot([row["extra_low"], row["extra_high"]], [-height] * 2, color=colour, lw=2.2)
        face = colour if plain else COLOURS["paper"]
        ax.plot(row["extra"], -height, "o", color=colour, mfc=face, ms=6.5)
        weighted = say("scale_up.row_weighted", lang, model=model(row, lang))
        labels.append(use(row, lang) if plain else weighted)
        ax.annotate(
            formatting.count(row["extra"], lang),
            (1.02, -height),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=SMALL,
            color=colour,
        )
    zero_line(ax)
    row_axis(ax, [-height for height in range(len(labels))], labels, 50)
    ax.set_ylim(0.6 - len(labels), 0.6)
