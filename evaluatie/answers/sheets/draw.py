"""The figure of a one-page sheet about one municipality."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.plots.axes import limits, percent_axis
from evaluatie.answers.plots.empty import known, not_available, usable
from evaluatie.answers.plots.style import COLOURS, GROUP_COLOURS, MARKERS, SMALL, figure, style
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["municipality_sheet"]

_OUTCOMES = ("invalid", "blank")
_NEW = ("first use", "later use")


def municipality_sheet(frames: Mapping[str, pd.DataFrame], lang: str = "nl") -> Figure:
    """Draw a municipality through all elections, beside others.

    Parameters
    ----------
    frames
        ``history``: of one municipality election, date, outcome (``invalid``, ``blank``),
        estimate, conf_low, conf_high and perhaps bound_low, bound_high, which are drawn as a bar
        where the estimate is NaN (fractions), and either group (as in
        ``rates(..., by="municipality").table``) or new_ballot (a truth value).
        Elections without counts may be left out or hold NaN.

        ``others``, may be missing: election, outcome, median, low, high over comparison
        municipalities; low and high are, say, the tenth and ninetieth percentile.
    """
    history = frames.get("history", pd.DataFrame())
    own = _known(usable(history))
    if own.empty:
        return not_available(say("sheets.figure_no_history", lang), lang)
    outcomes = [name for name in _OUTCOMES if (own["outcome"] == name).any()]
    others = usable(frames.get("others", pd.DataFrame()))
    elections = own.sort_values("date")["election"].drop_duplicates().tolist()
    with style():
        # Low enough to share one page with sentences and tables.
        height = 0.5 + 0.75 * len(outcomes)
        drawn, axes = figure(height, rows=len(outcomes), squeeze=False)
        for ax, outcome in zip(axes[:, 0], outcomes, strict=True):
            band = others[others["outcome"] == outcome] if len(others) else others
            _history(ax, own[own["outcome"] == outcome], band, elections, lang)
            words = say(f"common.{outcome}", lang)
            ax.set_title(say("sheets.figure_history", lang, outcome=words))
        key = say("sheets.figure_key" if len(others) else "sheets.figure_key_alone", lang)
        axes[-1, 0].set_xlabel("\n".join(textwrap.wrap(key, 110)), fontsize=SMALL)
        for ax in axes[:-1, 0]:
            ax.set_xticklabels([])
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
    ax.locator_params(axis="y", nbins=2)


def _group(row: Mapping[Any, Any]) -> str:
    if isinstance(row.get("group"), str):
        return str(row["group"])
    return "later use" if row.get("new_ballot") else "comparison"
