"""Figures of the effect: changes of all municipalities, re-assignment, effects by municipality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie import formatting
from evaluatie.plots.effect_checks import points_axis
from evaluatie.plots.style import COLOURS, GROUP_COLOURS, MARKERS, figure, style
from evaluatie.wording import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["changes", "forest", "null_distribution"]


def changes(
    frame: pd.DataFrame, lang: str = "nl", outcome: str = "invalid", baseline: str = ""
) -> Figure:
    """Draw every municipality's change against its ballots, the treated marked and named.

    Parameters
    ----------
    frame
        ``EffectResult.changes``.
    """
    with style():
        drawn, ax = figure(4.3)
        treated = frame["group"] == "treated"
        others = frame[frame["group"] == "comparison"]
        shown = frame[~frame["group"].isin(["treated", "comparison"])]
        low, high = _view(frame)
        ax.set_xscale("log")
        ax.scatter(
            others["ballots_after"], others["change"], s=9, color=COLOURS["comparison"], lw=0
        )
        ax.scatter(
            shown["ballots_after"],
            shown["change"],
            s=11,
            facecolors="none",
            edgecolors=COLOURS["comparison"],
            lw=0.6,
        )
        back = shown[shown["plan_group"] == "reversal"]
        marked = pd.concat([frame[treated], back])
        for row in marked.to_dict(orient="records"):
            group = row["plan_group"] if row["plan_group"] in GROUP_COLOURS else "experiment"
            ax.plot(
                row["ballots_after"],
                row["change"],
                MARKERS[group],
                color=GROUP_COLOURS[group],
                ms=5.5,
            )
        mean = float(np.average(others["change"], weights=others["ballots_after"]))
        ax.axhline(mean, color=COLOURS["ink"], lw=0.9, ls=(0, (4, 3)))
        ax.annotate(
            say("effect.plot_comparison_mean", lang, mean=mean),
            (1, mean),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=7.5,
            bbox={"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 1},
        )
        ax.set_ylim(low, high)
        _name(ax, marked, drawn)
        beyond = int(((frame["change"] < low) | (frame["change"] > high)).sum())
        if beyond:
            ax.annotate(
                say("effect.plot_beyond", lang, n=beyond),
                (1, 0),
                xycoords="axes fraction",
                xytext=(0, 4),
                textcoords="offset points",
                ha="right",
                fontsize=7.5,
                color=COLOURS["muted"],
            )
        ax.xaxis.set_major_formatter(lambda value, _: formatting.count(value, lang))
        ax.xaxis.set_minor_formatter(lambda *_: "")
        points_axis(ax, "y", lang)
        ax.set_xlabel(say("effect.plot_ballots", lang))
        ax.set_ylabel(say("effect.plot_change", lang, baseline=baseline))
        ax.set_title(say("effect.plot_share", lang, outcome=say(f"common.{outcome}", lang)))
    return drawn


def null_distribution(null: Mapping[str, Any], lang: str = "nl") -> Figure:
    """Draw the re-assignment distribution with the real assignment.

    Parameters
    ----------
    null
        ``NullDistribution.to_dict()``.
    """
    frame = pd.DataFrame(null["table"])
    with style():
        drawn, ax = figure(3.0)
        width = float(frame["high"].iloc[0] - frame["low"].iloc[0])
        colours = np.where(frame["extreme"], COLOURS["first"], COLOURS["comparison"])
        ax.bar(
            frame["low"],
            frame["count"],
            width,
            align="edge",
            color=list(colours),
            edgecolor=COLOURS["paper"],
            linewidth=0.4,
        )
        top = float(frame["count"].max())
        observed = float(null["observed"])
        ax.plot([observed, observed], [0, top * 0.55], color=COLOURS["later"], lw=2)
        side = "right" if observed > 0 else "left"
        ax.annotate(
            say("effect.plot_observed", lang, p=float(null["p_value"])),
            (observed, top * 0.57),
            ha=side,
            va="bottom",
            fontsize=8.5,
            color=COLOURS["later"],
            bbox={"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 1},
        )
        kind = "exact" if null["exact"] else "drawn"
        ax.set_title(say(f"effect.plot_assignments_{kind}", lang, n=null["n_statistics"]))
        ax.set_xlabel(say("effect.plot_statistic", lang))
        ax.set_ylabel(say("effect.plot_assignments", lang))
        ax.yaxis.set_major_formatter(lambda value, _: formatting.count(value, lang))
        ax.xaxis.set_major_formatter(lambda value, _: formatting.number(value, lang, 0))
        ax.grid(visible=False, axis="x")
    return drawn


def forest(table: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw the effect per municipality and pooled; bounds as bars, shrunk values hollow.

    Parameters
    ----------
    table
        ``EffectResult.table``; rows of the first method are drawn.
    """
    rows = table[table["method"] == table["method"].iloc[0]].dropna(subset=["conf_low"])
    single = rows[rows["unit"] != "pooled"].sort_values(["estimate", "bound_low"], ascending=False)
    ordered = pd.concat([rows[rows["unit"] == "pooled"], single]).to_dict(orient="records")
    ratio = rows["scale"].iloc[0] == "ratio"
    with style():
        drawn, ax = figure(0.9 + 0.34 * len(ordered))
        for height, row in enumerate(reversed(ordered)):
            pooled = row["unit"] == "pooled"
            colour = COLOURS["later"] if pooled else COLOURS["muted"]
            ax.plot([row["conf_low"], row["conf_high"]], [height] * 2, color=colour, lw=1.6)
            if pd.notna(row["bound_low"]):
                ax.plot(
                    [row["bound_low"], row["bound_high"]],
                    [height] * 2,
                    color=colour,
                    lw=7,
                    solid_capstyle="butt",
                )
            else:
                ax.plot(row["estimate"], height, "D" if pooled else "o", color=colour, ms=6)
            if pd.notna(row["shrunk"]):
                ax.plot(row["shrunk"], height - 0.28, "o", color=colour, mfc=COLOURS["paper"], ms=4)
        ax.axvline(1 if ratio else 0, color=COLOURS["ink"], lw=0.9)
        names = [
            say("effect.unit_pooled", lang) if r["unit"] == "pooled" else str(r["municipality"])
            for r in reversed(ordered)
        ]
        ax.set_yticks(range(len(names)), names, parse_math=False)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        if ratio:
            _ratio_axis(ax, lang)
        else:
            points_axis(ax, "x", lang)
            ax.set_xlabel(say("effect.plot_effect", lang))
        bounded = pd.notna(ordered[0]["bound_low"])
        if bounded or rows["shrunk"].notna().any():
            key = "effect.plot_bounds" if bounded else "effect.plot_shrunk"
            ax.set_title(say(key, lang), fontsize=8, fontweight="normal")
    return drawn


def _ratio_axis(ax: Axes, lang: str) -> None:
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50) if low <= t <= high]
    whole = [formatting.number(t, lang, 1 if t < 1 else 0) for t in ticks]
    ax.set_xticks(ticks, whole)
    ax.xaxis.set_minor_formatter(lambda *_: "")
    ax.set_xlabel(say("effect.plot_ratio", lang))


def _view(frame: pd.DataFrame) -> tuple[float, float]:
    """Limits that hold the treated and nearly all others."""
    treated = frame.loc[frame["group"] == "treated", "change"]
    ends = frame["change"].quantile([0.01, 0.99])
    low, high = min(ends.iloc[0], treated.min()), max(ends.iloc[1], treated.max())
    pad = 0.12 * (high - low)
    return float(low - pad), float(high + pad)


def _name(ax: Axes, marked: pd.DataFrame, drawn: Figure) -> None:
    """Write names beside their points, moved apart where they would overlap."""
    from matplotlib.patheffects import withStroke

    drawn.canvas.draw()
    height = 9.5  # points of one line of text
    pixels = drawn.dpi / 72
    placed: list[tuple[float, float, float]] = []
    for row in marked.sort_values("change").to_dict(orient="records"):
        x, y = ax.transData.transform((row["ballots_after"], row["change"])) / pixels
        width = 4.4 * len(str(row["municipality"]))
        right_edge = ax.transAxes.transform((1, 0))[0] / pixels
        left = x + 6 + width > right_edge
        start = x - 6 - width if left else x + 6
        up = y
        while any(
            start < other + w and other < start + width and abs(up - v) < height
            for other, w, v in placed
        ):
            up += 1
        placed.append((start, width, up))
        group = row["plan_group"] if row["plan_group"] in GROUP_COLOURS else "experiment"
        ax.annotate(
            str(row["municipality"]),
            (row["ballots_after"], row["change"]),
            xytext=(-6 if left else 6, up - y),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=7.5,
            color=GROUP_COLOURS[group],
            parse_math=False,
            path_effects=[withStroke(linewidth=2.2, foreground=COLOURS["paper"])],
        )
