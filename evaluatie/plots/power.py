"""Power curves: what could have been seen, and what more municipalities would add."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluatie import formatting
from evaluatie.plots.style import COLOURS, figure, style
from evaluatie.wording import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curves", "extension"]

_LOOKS = {
    "five": (COLOURS["comparison"], "s"),
    "nine": (COLOURS["first"], "D"),
    "eleven": (COLOURS["later"], "o"),
    "planned": (COLOURS["reversal"], "^"),
}


def curves(table: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw the power of the tests that allow for varying effects, one panel a quantity.

    Parameters
    ----------
    table
        Of :class:`evaluatie.power.PowerResult`. Solid: effects vary as observed; dashed: the
        same effect everywhere.
    """
    quantities = [q for q in ("effect", "learning", "within") if q in set(table["quantity"])]
    with style():
        drawn, axes = figure(3.4, columns=len(quantities), squeeze=False, sharey=True)
        for ax, quantity in zip(axes[0], quantities, strict=True):
            method = "variance-weighted t" if quantity == "within" else "random-effects t"
            rows = table[(table["quantity"] == quantity) & (table["method"] == method)]
            for (design, spread), some in rows.groupby(["design", "spread"], sort=False):
                ordered = some.assign(put_in=some["truth"].abs()).sort_values("put_in")
                colour, marker = _LOOKS[str(design)]
                x = np.concatenate([[0.0], ordered["put_in"]])
                y = np.concatenate([[ordered["size"].mean()], ordered["power"]])
                solid = spread == "varying"
                ax.plot(
                    x,
                    y,
                    marker=marker if solid else None,
                    ls="-" if solid else (0, (4, 3)),
                    color=colour,
                    ms=4,
                    lw=1.3,
                    label=say(f"power.short_{design}", lang) if solid else None,
                )
            ax.axhline(0.8, color=COLOURS["muted"], lw=0.8)
            ax.set_ylim(0, 1.02)
            ax.set_title(say(f"power.quantity_{quantity}", lang), fontsize=8.5)
            ax.xaxis.set_major_formatter(
                lambda value, _: formatting.points(value, lang).removeprefix("+")
            )
            ax.yaxis.set_major_formatter(lambda value, _: formatting.percent(value, lang, 0))
        handles, labels = axes[0, 0].get_legend_handles_labels()
        drawn.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=7.5)
        axes[0, 0].set_ylabel(say("power.axis_power", lang))
        axes[0, len(quantities) // 2].set_xlabel(say("power.axis_size", lang))
    return drawn


def extension(table: pd.DataFrame, target: float, lang: str = "nl") -> Figure:
    """Draw the power as newcomers are added, the first ten named."""
    with style():
        drawn, ax = figure(3.0)
        ax.plot(table["n_newcomers"], table["power"], "o-", color=COLOURS["later"], ms=3, lw=1.2)
        ax.axhline(target, color=COLOURS["muted"], lw=0.8)
        for _, row in table.head(10).iterrows():
            ax.annotate(
                str(row["municipality"]),
                (row["n_newcomers"], row["power"]),
                xytext=(-2, 5),
                textcoords="offset points",
                fontsize=6.5,
                rotation=45,
                va="bottom",
                parse_math=False,
            )
        ax.set_ylim(0, 1.02)
        ax.yaxis.set_major_formatter(lambda value, _: formatting.percent(value, lang, 0))
        ax.set_xlabel(say("power.axis_added", lang))
        ax.set_ylabel(say("power.axis_power", lang))
    return drawn
