"""The funnel: which municipalities lie further out than their size explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie import formatting
from evaluatie.plots.style import COLOURS, GROUP_COLOURS, MARKERS, figure, percent_axis, style
from evaluatie.wording import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["funnel"]

Floats = npt.NDArray[np.float64]

_NAMED = 8
"""How many municipalities outside the experiment are named: those furthest out."""


def funnel(table: pd.DataFrame, lang: str = "nl", outcome: str = "invalid") -> Figure:
    """Draw shares against the number of ballots, inside the limits of a funnel.

    Parameters
    ----------
    table
        ``quality.funnel_of(...).table``: municipality, group, total, estimate, target, z,
        conf_low, conf_high, binomial_low, binomial_high, flag; one election.
    """
    ordered = table.dropna(subset=["estimate"]).sort_values("total")
    new = ordered["group"].isin(["first use", "later use"])
    with style():
        drawn, ax = figure(4.2)
        ax.fill_between(
            ordered["total"],
            ordered["conf_low"],
            ordered["conf_high"],
            color=COLOURS["rule"],
            alpha=0.55,
            lw=0,
        )
        for side in ("binomial_low", "binomial_high"):
            ax.plot(ordered["total"], ordered[side], color=COLOURS["muted"], lw=0.9, ls=(0, (4, 3)))
        ax.plot(ordered["total"], ordered["target"], color=COLOURS["ink"], lw=1)
        others = ordered[~new]
        ax.plot(others["total"], others["estimate"], "o", color=COLOURS["comparison"], ms=2.6)
        for row in ordered[new].to_dict(orient="records"):
            group = row["group"]
            ax.plot(row["total"], row["estimate"], MARKERS[group], color=GROUP_COLOURS[group], ms=5)
        top = 1.06 * float(ordered["estimate"].max())
        ax.set_xscale("log")
        ax.set_ylim(0, top)
        far = others[others["flag"] != 0]
        furthest = far.reindex(far["z"].abs().sort_values(ascending=False).index)[:_NAMED]
        _names(ax, pd.concat([ordered[new], furthest]), top)
        ax.set_xticks([t for t in (1e3, 3e3, 1e4, 3e4, 1e5, 3e5) if _inside(t, ordered["total"])])
        ax.xaxis.set_major_formatter(lambda value, _: formatting.count(value, lang))
        ax.minorticks_off()
        percent_axis(ax, "y", lang, 2)
        ax.set_xlabel(say("quality.axis_ballots", lang))
        ax.set_ylabel(say("plots.share_of_ballots", lang, outcome=say(f"common.{outcome}", lang)))
        ax.set_title(say("quality.axis_title", lang, election=ordered["election"].iloc[0]))
    return drawn


def _names(ax: Axes, named: pd.DataFrame, top: float) -> None:
    """Write names in the right margin, spread out so that they never overlap."""
    named = named.sort_values("estimate")
    heights = _spread(named["estimate"].to_numpy("float64"), top, 0.047 * top)
    for row, height in zip(named.to_dict(orient="records"), heights, strict=True):
        experiment = row["group"] in ("first use", "later use")
        colour = GROUP_COLOURS[row["group"]] if experiment else COLOURS["muted"]
        ax.annotate(
            str(row["municipality"]),
            (row["total"], row["estimate"]),
            xytext=(1.02, height / top),
            textcoords="axes fraction",
            va="center",
            fontsize=7.5,
            color=colour,
            parse_math=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "lw": 0.4,
                "alpha": 0.6,
                "relpos": (0, 0.5),
            },
        )


def _spread(heights: Floats, top: float, gap: float) -> Floats:
    """Move ascending heights apart to at least ``gap``, as little as possible, within 0 to top."""
    from scipy.optimize import isotonic_regression

    steps = gap * np.arange(len(heights))
    placed = np.asarray(isotonic_regression(heights - steps).x)
    return np.clip(placed, 0.0, max(top - gap * (len(heights) - 1), 0.0)) + steps


def _inside(tick: float, values: pd.Series[float]) -> bool:
    return bool(values.min() <= tick <= values.max())
