"""The figure for data that lack something: it says in words why there is nothing to draw."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from evaluatie.plots.style import BASE, COLOURS, figure, style
from evaluatie.wording import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["not_available"]


def not_available(text: str | None = None, lang: str = "nl") -> Figure:
    """Draw a small calm figure with only words.

    Parameters
    ----------
    text
        Why there is nothing to draw; without it, that there are no counts for this figure.
    """
    lines = textwrap.wrap(text or say("plots.nothing", lang), 72)[:6]
    with style():
        drawn, ax = figure(0.55 + 0.2 * max(len(lines), 1))
        ax.set_axis_off()
        ax.text(
            0.5,
            0.5,
            "\n".join(lines),
            ha="center",
            va="center",
            fontsize=BASE,
            color=COLOURS["muted"],
            parse_math=False,
        )
        ax.axhline(0, color=COLOURS["rule"], lw=0.8)
        ax.axhline(1, color=COLOURS["rule"], lw=0.8)
        ax.set_ylim(0, 1)
    return drawn
