"""Power curves: what could have been seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.plots.axes import percent_axis, points_axis
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.labels import margin_names
from evaluatie.answers.plots.rows import folded
from evaluatie.answers.plots.style import COLOURS, DASHED, figure, style
from evaluatie.answers.power.designs import TARGET, method
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOOKS = {
    "five": (COLOURS["comparison"], "s"),
    "eleven": (COLOURS["later"], "o"),
    "planned": (COLOURS["ink"], "^"),
}
_PANEL = 1.6
"""Inches: the height of one panel."""


@style()
def power_curves(table: pd.DataFrame, lang: str = "nl", *, narrow: bool = False) -> Figure:
    """Draw the power of the tests that allow for varying effects, one panel a quantity.

    Solid: effects vary as observed; dashed: the same effect everywhere.
    """
    table = usable(table, "quantity", "truth", "power")
    present = set(table["quantity"]) if len(table) else set()
    quantities = [q for q in ("effect", "learning", "within") if q in present]
    if not quantities:
        return not_available(lang=lang)
    high, rows = 0.6 + _PANEL * len(quantities), len(quantities)
    drawn, axes = figure(high, rows=rows, narrow=narrow, squeeze=False, sharex=True)
    ends = []
    for ax, quantity in zip(axes[:, 0], quantities, strict=True):
        own = (table["quantity"] == quantity) & (table["method"] == method(quantity))
        ends.append(_panel(ax, table[own], lang))
        ax.set_title(say(f"power.quantity_{quantity}", lang))
    last = axes[-1, 0]
    last.set_xlim(left=0)
    for ax, named in zip(axes[:, 0], ends, strict=True):
        margin_names(ax, named, height_inches=_PANEL - 0.45)
    points_axis(last, "x", lang, sign=False)
    last.set_xlabel(folded(say("power.axis_size", lang), narrow))
    axes[len(quantities) // 2, 0].set_ylabel(say("power.axis_power", lang))
    return drawn


def _panel(ax: Axes, rows: pd.DataFrame, lang: str) -> list[dict[str, Any]]:
    """Draw the curves of one quantity; return where they end, and what they are called."""
    ends: list[dict[str, Any]] = []
    for (design, spread), some in rows.groupby(["design", "spread"], sort=False):
        ordered = some.assign(put_in=some["truth"].abs()).sort_values("put_in")
        colour, marker = _LOOKS.get(str(design), (COLOURS["muted"], "o"))
        x = np.concatenate([[0.0], ordered["put_in"]])
        y = np.concatenate([[ordered["size"].mean()], ordered["power"]])
        if spread != "varying":
            ax.plot(x, y, ls=DASHED, color=colour, lw=1.2)
            continue
        ax.plot(x, y, marker=marker, color=colour, ms=4.5, lw=1.5)
        name = say(f"power.short_{design}", lang)
        letters = COLOURS["muted"] if colour == COLOURS["comparison"] else colour
        ends.append({"x": x[-1], "y": y[-1], "name": name, "colour": letters})
    ax.axhline(TARGET, color=COLOURS["muted"], lw=0.8)
    ax.set_ylim(0, 1.05)
    percent_axis(ax, "y", lang)
    return ends
