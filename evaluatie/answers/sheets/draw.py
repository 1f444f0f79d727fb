"""The figure of a one-page sheet about one municipality."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.plots.axes import limits, percent_axis
from evaluatie.answers.plots.empty import known, not_available, usable
from evaluatie.answers.plots.labels import beside, short
from evaluatie.answers.plots.style import (
    COLOURS,
    DASHED,
    GROUP_COLOURS,
    MARKERS,
    SMALL,
    figure,
    style,
)
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["municipality_sheet"]

_OUTCOMES = ("invalid", "blank")
_NEW = ("first use", "later use")


def municipality_sheet(
    frames: Mapping[str, pd.DataFrame], lang: str = "nl", *, place: bool = True
) -> Figure:
    """Draw a municipality through all elections, and its place in the country at the last.

    Parameters
    ----------
    frames
        ``history``: of one municipality election, date, outcome (``invalid``, ``blank``),
        estimate, conf_low, conf_high and perhaps bound_low, bound_high, which are drawn as a bar
        where the estimate is NaN (fractions), municipality_code, municipality, and either
        group (as in ``rates(..., by="municipality").table``) or new_ballot (a truth value).
        Elections without counts may be left out or hold NaN.

        ``others``, may be missing: election, outcome, median, low, high over comparison
        municipalities; low and high are, say, the tenth and ninetieth percentile.

        ``national``, may be missing: ``rates(..., by="municipality").table`` of one outcome
        at one election, this municipality among them.
    place
        Whether its place in the country is drawn. Without it the figure is low enough to share
        one page with sentences and tables.
    """
    history = frames.get("history", pd.DataFrame())
    own = _known(usable(history))
    if own.empty:
        return not_available(say("sheets.figure_no_history", lang), lang)
    outcomes = [name for name in _OUTCOMES if (own["outcome"] == name).any()]
    others = usable(frames.get("others", pd.DataFrame()))
    elections = own.sort_values("date")["election"].drop_duplicates().tolist()
    with style():
        rows = len(outcomes) + place
        height = 0.5 + 1.55 * len(outcomes) + 1.75 if place else 0.5 + 0.64 * len(outcomes)
        drawn, axes = figure(height, rows=rows, squeeze=False)
        for ax, outcome in zip(axes[:, 0], outcomes, strict=False):
            band = others[others["outcome"] == outcome] if len(others) else others
            _history(ax, own[own["outcome"] == outcome], band, elections, lang)
            words = say(f"common.{outcome}", lang)
            ax.set_title(say("sheets.figure_history", lang, outcome=words))
        key = say("sheets.figure_key" if len(others) else "sheets.figure_key_alone", lang)
        axes[len(outcomes) - 1, 0].set_xlabel("\n".join(textwrap.wrap(key, 92)), fontsize=SMALL)
        for ax in axes[: len(outcomes) - 1, 0]:
            ax.set_xticklabels([])
        if place:
            national = frames.get("national", pd.DataFrame())
            _place(axes[-1, 0], national, own["municipality_code"].iloc[0], lang)
    return drawn


def _known(history: pd.DataFrame) -> pd.DataFrame:
    """Keep elections with an estimate, or with bounds at least."""
    if history.empty:
        return history
    bounded = {"bound_low", "bound_high"} <= set(history)
    limited = history[["bound_low", "bound_high"]].notna().all(axis=1) if bounded else False
    return history[history["estimate"].notna() | limited]


def _history(
    ax: Axes, rows: pd.DataFrame, others: pd.DataFrame, elections: list[str], lang: str
) -> None:
    for band in others.to_dict(orient="records"):
        if band["election"] not in elections:
            continue
        at = elections.index(band["election"])
        if known(band["low"], band["high"]):
            height = band["high"] - band["low"]
            ax.bar(at, height, 0.56, bottom=band["low"], color=COLOURS["rule"], zorder=1)
        ends = [at - 0.28, at + 0.28]
        ax.plot(ends, [band["median"]] * 2, color=COLOURS["muted"], lw=1.5, zorder=2)
    for row in rows.to_dict(orient="records"):
        at, group = elections.index(row["election"]), _group(row)
        colour, marker = GROUP_COLOURS.get(group, COLOURS["ink"]), MARKERS.get(group, "s")
        if group not in (*_NEW, "reversal"):
            colour, marker = COLOURS["ink"], "s"
        if pd.isna(row["estimate"]):
            height = max(row["bound_high"] - row["bound_low"], 0.0)
            ax.bar(at, height, 0.2, bottom=row["bound_low"], fc="none", ec=colour, lw=1.5, zorder=3)
            continue
        ax.plot([at] * 2, [row["conf_low"], row["conf_high"]], color=colour, lw=1.7, zorder=3)
        face = COLOURS["paper"] if marker == "s" else colour
        ax.plot(at, row["estimate"], marker, color=colour, mfc=face, ms=6, mew=1.3, zorder=4)
    ax.set_xticks(range(len(elections)), elections, fontsize=SMALL, parse_math=False)
    ax.set_xlim(-0.6, len(elections) - 0.4)
    ax.tick_params(axis="x", length=0)
    ax.grid(visible=False, axis="x")
    drawn = [rows[[c for c in ("estimate", "conf_high", "bound_high") if c in rows]]]
    drawn += [others[["median", "high"]]] if len(others) else []
    ax.set_ylim(0, 1.08 * limits(*drawn)[1] or 0.01)
    percent_axis(ax, "y", lang)


def _group(row: Mapping[Any, Any]) -> str:
    if isinstance(row.get("group"), str):
        return str(row["group"])
    return "later use" if row.get("new_ballot") else "comparison"


def _place(ax: Axes, national: pd.DataFrame, code: object, lang: str) -> None:
    every = usable(national, "estimate", "municipality_code")
    here = every[every["municipality_code"] == code] if len(every) else every
    if here.empty:
        ax.set_axis_off()
        words = textwrap.fill(say("sheets.figure_no_national", lang), 80)
        ax.text(0.5, 0.5, words, ha="center", va="center", color=COLOURS["muted"])
        return
    row = here.iloc[0]
    others = every[every["municipality_code"] != code]
    share = float(row["estimate"])
    right = max(float(every["estimate"].quantile(0.99)), share) * 1.15 or 0.01
    heights, _ = np.histogram(np.minimum(others["estimate"], right), np.linspace(0, right, 61))
    top = max(float(heights.max()), 1.0)
    edges = np.linspace(0, right, 61)
    ax.bar(edges[:-1], heights, np.diff(edges), align="edge", color=COLOURS["comparison"])
    group = _group(row.to_dict())
    colour = GROUP_COLOURS[group] if group in (*_NEW, "reversal") else COLOURS["ink"]
    # Two lines of words above the bars: the municipality higher than the median.
    _pointed(
        ax,
        say("sheets.figure_here", lang, name=short(row["municipality"], 28), share=share),
        (share, 1.5 * top),
        right,
        color=colour,
        fontweight="bold",
    )
    ax.lines[-1].set(color=colour, lw=2)
    if known(row["conf_low"], row["conf_high"]):
        ends = [row["conf_low"], min(row["conf_high"], right)]
        ax.plot(ends, [1.28 * top] * 2, color=colour, lw=1.7)
    if len(others):
        median = float(others["estimate"].median())
        words = say("plots.median_others", lang, n=len(others), median=median)
        _pointed(ax, words, (median, 1.12 * top), right)
        ax.lines[-1].set(color=COLOURS["ink"], lw=1, ls=DASHED)
    ax.set_xlim(0, right)
    ax.set_ylim(0, 1.62 * top)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False)
    percent_axis(ax, "x", lang)
    title = say("sheets.figure_national", lang, election=row["election"])
    ax.set_title(title, parse_math=False)


def _pointed(ax: Axes, text: str, at: tuple[float, float], right: float, **options: Any) -> None:
    """Draw a line up to a height and write words beside its upper end."""
    late = at[0] > 0.5 * right
    side = "right" if late else "left"
    beside(ax, text, at, (-5, 0) if late else (5, 0), ha=side, halo=True, **options)
    ax.plot([at[0]] * 2, [0, at[1]])
