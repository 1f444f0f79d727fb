"""Figures of what the effect rests on: specifications, event study, violations, balance."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluatie import formatting
from evaluatie.errors import EstimationError
from evaluatie.plots.style import COLOURS, figure, style
from evaluatie.wording import say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "balance",
    "event_study",
    "points_axis",
    "specification_curve",
    "violations",
]

_CHOICES = ("weights", "comparison", "vintage", "method")


def specification_curve(
    table: pd.DataFrame, lang: str = "nl", *, outcome: str = "invalid", scale: str = "points"
) -> Figure:
    """Draw sorted estimates with intervals above, and the choices behind each below.

    Parameters
    ----------
    table
        ``SpecificationResult.table``.

    Raises
    ------
    EstimationError
        If no specification of this outcome and scale has an estimate.
    """
    rows = table[
        (table["outcome"] == outcome) & (table["scale"] == scale) & table["estimate"].notna()
    ].sort_values(["estimate", "spec"], ignore_index=True)
    if rows.empty:
        raise EstimationError("no specification to draw", rule="picture", value=outcome)
    levels = [(choice, level) for choice in _CHOICES for level in dict.fromkeys(table[choice])]
    levels = [(c, v) for c, v in levels if (rows[c] == v).any()]
    with style():
        drawn, axes = figure(
            2.3 + 0.19 * len(levels), rows=2, sharex=True, height_ratios=[2.0, 0.19 * len(levels)]
        )
        upper, lower = axes
        x = np.arange(len(rows))
        primary = rows["primary"].to_numpy(dtype=bool)
        colours = np.where(primary, COLOURS["first"], COLOURS["later"])
        finite = rows[["conf_low", "conf_high"]].replace([np.inf, -np.inf], np.nan)
        upper.vlines(x, finite["conf_low"], finite["conf_high"], colors=COLOURS["comparison"], lw=2)
        upper.scatter(x, rows["estimate"], s=14, color=list(colours), zorder=3)
        for at in x[primary]:
            upper.annotate(
                say("effect.plot_primary", lang),
                (at, finite["conf_high"].iloc[at]),
                xytext=(0, 4),
                textcoords="offset points",
                ha="center",
                fontsize=7.5,
                color=COLOURS["first"],
            )
        upper.axhline(0 if scale == "points" else 1, color=COLOURS["ink"], lw=0.9)
        if scale == "points":
            points_axis(upper, "y", lang)
            upper.set_ylabel(say("effect.plot_effect", lang))
        upper.set_title(say("effect.plot_specifications", lang, n=len(rows)))
        for height, (choice, level) in enumerate(reversed(levels)):
            on = (rows[choice] == level).to_numpy()
            lower.scatter(x[on], np.full(on.sum(), height), s=9, color=list(colours[on]), lw=0)
        lower.set_yticks(
            range(len(levels)), [_choice(c, v, lang) for c, v in reversed(levels)], fontsize=7.5
        )
        _rules_between(lower, levels)
        lower.set_ylim(-0.6, len(levels) - 0.4)
        lower.set_xticks([])
        lower.tick_params(axis="y", length=0)
        lower.grid(visible=False)
        lower.spines["bottom"].set_visible(False)
        lower.spines["left"].set_visible(False)
        upper.tick_params(axis="x", length=0)
        upper.grid(visible=False, axis="x")
    return drawn


def event_study(table: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw the difference from the baseline at every election, in order of date.

    Parameters
    ----------
    table
        ``EventStudyResult.table``.
    """
    rows = table.assign(day=pd.to_datetime(table["date"]))
    with style():
        drawn, ax = figure(3.2)
        ax.axhline(0, color=COLOURS["ink"], lw=0.9)
        for row in rows.to_dict(orient="records"):
            after = row["period"] == "after"
            colour = COLOURS["later"] if after else COLOURS["muted"]
            if pd.notna(row.get("conf_low")):
                ax.plot([row["day"]] * 2, [row["conf_low"], row["conf_high"]], color=colour, lw=1.6)
            ax.plot(
                row["day"],
                row["estimate"],
                "o",
                color=colour,
                mfc=colour if after else COLOURS["paper"],
                ms=6.5,
            )
        # How many of the treated have comparable counts stands below each election.
        names = [
            f"{row['election']}\n{say('effect.plot_treated', lang, n=row['n_treated'])}"
            for row in rows.to_dict(orient="records")
        ]
        ax.set_xticks(list(rows["day"]), names, fontsize=8)
        ax.grid(visible=False, axis="x")
        ax.margins(x=0.06)
        points_axis(ax, "y", lang)
        ax.set_ylabel(say("effect.plot_event", lang, baseline=rows["baseline"].iloc[0]))
    return drawn


def violations(bounds: pd.DataFrame, breakdown: float, lang: str = "nl") -> Figure:
    """Draw the robust interval by the violation of parallel trends that is allowed.

    Parameters
    ----------
    bounds, breakdown
        As in ``EventStudyResult``.
    """
    with style():
        drawn, ax = figure(2.8)
        x = bounds["magnitude"]
        ax.fill_between(x, bounds["conf_low"], bounds["conf_high"], color=COLOURS["rule"], lw=0)
        ax.fill_between(
            x, bounds["bound_low"], bounds["bound_high"], color=COLOURS["comparison"], lw=0
        )
        ax.plot(x, (bounds["bound_low"] + bounds["bound_high"]) / 2, color=COLOURS["later"], lw=1.6)
        ax.axhline(0, color=COLOURS["ink"], lw=0.9)
        if np.isfinite(breakdown) and breakdown <= float(x.max()):
            ax.plot(breakdown, 0, "o", color=COLOURS["first"], ms=6)
            ax.annotate(
                say("effect.plot_breakdown", lang, breakdown=breakdown),
                (breakdown, 0),
                xytext=(6, -10),
                textcoords="offset points",
                fontsize=8,
                color=COLOURS["first"],
            )
        points_axis(ax, "y", lang)
        ax.xaxis.set_major_formatter(lambda value, _: formatting.number(value, lang, 2))
        ax.set_xlim(0, float(x.max()))
        ax.set_xlabel(say("effect.plot_magnitude", lang))
        ax.set_ylabel(say("effect.plot_effect", lang))
    return drawn


def balance(table: pd.DataFrame, lang: str = "nl", outcome: str = "invalid") -> Figure:
    """Draw standardised differences before and after the choice of a comparison group.

    Parameters
    ----------
    table
        ``ComparisonGroup.balance``.
    """
    rows = table.iloc[::-1].reset_index(drop=True)
    with style():
        drawn, ax = figure(1.1 + 0.32 * len(rows))
        for place, row in enumerate(rows.to_dict(orient="records")):
            ends = [row["std_diff_before"], row["std_diff_after"]]
            ax.plot(ends, [place] * 2, color=COLOURS["rule"], lw=2, zorder=1)
        height = np.arange(len(rows))
        ax.scatter(
            rows["std_diff_before"],
            height,
            s=34,
            marker="D",
            facecolors=COLOURS["paper"],
            edgecolors=COLOURS["first"],
            label=say("effect.plot_balance_before", lang),
        )
        ax.scatter(
            rows["std_diff_after"],
            height,
            s=34,
            color=COLOURS["later"],
            label=say("effect.plot_balance_after", lang),
        )
        ax.axvline(0, color=COLOURS["ink"], lw=0.9)
        reach = 1.15 * max(
            0.3, float(np.abs(rows[["std_diff_before", "std_diff_after"]].to_numpy()).max())
        )
        ax.set_xlim(-reach, reach)
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.set_yticks(range(len(rows)), [_variable(v, lang, outcome) for v in rows["variable"]])
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.xaxis.set_major_formatter(lambda value, _: formatting.number(value, lang, 1))
        ax.set_xlabel(say("effect.plot_balance", lang))
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8)
    return drawn


def points_axis(ax: Axes, which: str, lang: str) -> None:
    """Print the ticks of an axis that holds fractions in percentage points, with their sign."""
    from matplotlib.ticker import MaxNLocator

    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))

    def text(value: float, _: object) -> str:
        ticks = 1000 * np.asarray(axis.get_majorticklocs())
        fits = np.allclose(ticks, np.round(ticks), atol=1e-6)
        return formatting.points(value, lang, 1 if fits else 2)

    axis.set_major_formatter(text)


def _choice(choice: str, level: str, lang: str) -> str:
    match choice:
        case "method":
            return say(f"effect.method_{level}", lang)
        case "comparison":
            return say(f"effect.short_{level}", lang)
    return say(f"effect.{choice}_{level}", lang)


def _rules_between(ax: Axes, levels: Sequence[tuple[str, str]]) -> None:
    """Part the groups of choices by thin lines."""
    kinds = [choice for choice, _ in reversed(levels)]
    for height, (one, other) in enumerate(itertools.pairwise(kinds)):
        if one != other:
            ax.axhline(height + 0.5, color=COLOURS["rule"], lw=0.8)


def _variable(name: str, lang: str, outcome: str) -> str:
    if name.startswith("share_"):
        words = {"outcome": say(f"common.{outcome}", lang), "election": name.removeprefix("share_")}
        return say("effect.variable_share", lang, **words)
    known = f"variable_{name}" in sentences("effect")
    return say(f"effect.variable_{name}", lang) if known else name
