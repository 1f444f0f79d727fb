"""Figures of learning; hollow bars show what is known only between bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie import formatting
from evaluatie.plots.style import COLOURS, figure, style
from evaluatie.wording import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "after_return",
    "between_groups",
    "draw",
    "excess_by_use",
    "rate_ratios",
    "waterfall",
]


def draw(estimand: str, detail: pd.DataFrame, outcome: str, lang: str = "nl") -> Figure:
    """Draw the figure of an estimand of learning.

    Parameters
    ----------
    estimand
        ``within``, ``between``, ``exposure``, ``decomposition`` or ``reversal``.
    detail, outcome
        Of the result; the columns of ``detail`` depend on the estimand.
    """
    match estimand:
        case "between":
            return between_groups(detail, outcome, lang)
        case "exposure":
            return rate_ratios(detail, outcome, lang)
        case "decomposition":
            return waterfall(detail, lang)
        case "reversal":
            return after_return(detail, outcome, lang)
    return excess_by_use(detail, outcome, lang)


def excess_by_use(detail: pd.DataFrame, outcome: str, lang: str = "nl") -> Figure:
    """Draw the excess at each use, one panel per pair of elections, together and per unit.

    Parameters
    ----------
    detail
        ``LearningResult.detail`` of ``within``: election, use, unit, municipality, basis,
        estimate, bound_low, bound_high, conf_low, conf_high (fractions).
    """
    # Rows come in pairs: the first and the second election of a step.
    pairs = [detail.iloc[i : i + 2] for i in range(0, len(detail), 2)]
    panels: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for pair in pairs:
        panels.setdefault((pair["election"].iloc[0], pair["election"].iloc[1]), []).append(pair)
    tallest = max((len(rows) for rows in panels.values()), default=1)
    with style():
        drawn, axes = figure(1.3 + 0.5 * tallest, columns=max(len(panels), 1), squeeze=False)
        for ax, (names, rows) in zip(axes[0], panels.items(), strict=False):
            _steps(ax, rows, lang)
            ax.set_title(" → ".join(names))
        axes[0, 0].set_xlabel(_excess_label(outcome, lang))
        if (detail["bound_high"] - detail["bound_low"]).gt(1e-12).any():
            drawn.text(
                0.99,
                0.005,
                say("learning.hollow", lang),
                ha="right",
                fontsize=7.5,
                color=COLOURS["muted"],
            )
    return drawn


def _steps(ax: Axes, rows: list[pd.DataFrame], lang: str) -> None:
    labels = []
    for height, pair in enumerate(reversed(rows)):
        for offset, (_, row) in zip((0.16, -0.16), pair.iterrows(), strict=True):
            colour = COLOURS["first"] if row["use"] == 1 else COLOURS["later"]
            _mark(ax, row, height + offset, colour)
        named = pair["municipality"].iloc[0]
        text = named if isinstance(named, str) else say("learning.unit_pooled", lang)
        if not isinstance(named, str) and pair["basis"].iloc[0] != "counts":
            text += "\n" + say(f"learning.basis_{pair['basis'].iloc[0]}", lang)
        labels.append(text)
    ax.set_yticks(range(len(labels)), labels, parse_math=False, fontsize=7.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=COLOURS["muted"], lw=0.8)
    _points_axis(ax, "x", lang)


def _mark(ax: Axes, row: Any, height: float, colour: str) -> None:
    """Draw a point with its interval, or a hollow bar between bounds."""
    if np.isfinite(row["conf_low"]) and np.isfinite(row["conf_high"]):
        ax.plot([row["conf_low"], row["conf_high"]], [height, height], color=colour, lw=1.2)
    if np.isfinite(row["estimate"]):
        ax.plot(row["estimate"], height, "o", color=colour, ms=5)
    else:
        width = max(row["bound_high"] - row["bound_low"], 0.0)
        ax.barh(
            height, width, 0.22, left=row["bound_low"], facecolor="none", edgecolor=colour, lw=1.3
        )


def between_groups(detail: pd.DataFrame, outcome: str, lang: str = "nl") -> Figure:
    """Draw the excess of every municipality, experienced ones above newcomers.

    Parameters
    ----------
    detail
        municipality, experienced, ballots, estimate, conf_low, conf_high (fractions); dashed:
        the mean of each group, weighted by ballots.
    """
    ordered = detail.iloc[::-1].reset_index(drop=True)
    with style():
        drawn, ax = figure(0.9 + 0.3 * len(ordered))
        for height, (_, row) in enumerate(ordered.iterrows()):
            kind = "later" if row["experienced"] else "first"
            ax.plot([row["conf_low"], row["conf_high"]], [height] * 2, color=COLOURS[kind], lw=1.4)
            ax.plot(
                row["estimate"],
                height,
                "o" if row["experienced"] else "D",
                color=COLOURS[kind],
                ms=5.5,
            )
        for flag, colour, key in (
            (True, COLOURS["later"], "experienced"),
            (False, COLOURS["first"], "newcomers"),
        ):
            some = ordered[ordered["experienced"] == flag]
            mean = float(np.average(some["estimate"], weights=some["ballots"]))
            ends = [some.index.min() - 0.4, some.index.max() + 0.4]
            ax.plot([mean, mean], ends, color=colour, lw=1, ls=(0, (4, 3)))
            ax.annotate(
                f"{say(f'learning.{key}', lang)}: {formatting.points(mean, lang)}",
                (mean, ends[0] - 0.05),
                xytext=(4, 0),
                textcoords="offset points",
                fontsize=7.5,
                color=colour,
                va="center",
            )
        ax.set_yticks(range(len(ordered)), list(ordered["municipality"]), parse_math=False)
        ax.set_ylim(-0.8, len(ordered) - 0.5)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.axvline(0, color=COLOURS["muted"], lw=0.8)
        _points_axis(ax, "x", lang)
        ax.set_xlabel(_excess_label(outcome, lang))
    return drawn


def rate_ratios(detail: pd.DataFrame, outcome: str, lang: str = "nl") -> Figure:
    """Draw the rate ratio at each use on a logarithmic axis.

    Parameters
    ----------
    detail
        ``LearningResult.detail`` of ``exposure``; rows of single uses and of contrasts.
    """
    singles = detail[~detail["what"].str.contains("/")]
    shown = singles[singles["role"] == "primary"].iloc[::-1]
    with style():
        drawn, ax = figure(1.0 + 0.32 * len(shown))
        labels = []
        ends = shown[["estimate", "bound_low"]].max(axis=1).max() * 4
        for height, (_, row) in enumerate(shown.iterrows()):
            clipped = row.copy()
            clipped["conf_low"] = max(row["conf_low"], 1 / ends)
            clipped["conf_high"] = min(row["conf_high"], ends)
            _mark(ax, clipped, height, COLOURS["first" if "1" in row["what"] else "later"])
            what = say(f"learning.what_{row['what'].replace(' ', '_')}", lang)
            method = say(f"learning.method_{_slug(row['method'])}", lang)
            labels.append(f"{what}, {method} ({row['n_units']})")
        ax.set_yticks(range(len(labels)), labels, fontsize=7.5)
        ax.set_xscale("log")
        ax.set_xlim(1 / ends, ends)
        ax.axvline(1, color=COLOURS["muted"], lw=0.8)
        ticks = [tick for tick in (0.1, 0.25, 0.5, 1, 2, 4, 8, 16) if 1 / ends <= tick <= ends]
        ax.set_xticks(ticks, [formatting.number(t, lang, 0 if t >= 1 else 2) for t in ticks])
        ax.minorticks_off()
        ax.grid(visible=False, axis="y")
        ax.set_xlabel(say("learning.axis_ratio", lang, outcome=say(f"common.{outcome}", lang)))
    return drawn


def waterfall(table: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw every step of the printed series as a waterfall whose parts add up.

    Parameters
    ----------
    table
        Of the decomposition: from_election, to_election, what, estimate, shown, bound_low,
        bound_high; rows of one step together, the printed difference first.
    """
    steps = list(table.groupby("from_election", sort=False))
    with style():
        drawn, axes = figure(
            0.7 + 2.1 * max(len(steps), 1), rows=max(len(steps), 1), squeeze=False, sharex=True
        )
        for ax, (_, rows) in zip(axes[:, 0], steps, strict=False):
            _waterfall_step(ax, rows, lang)
        axes[-1, 0].set_xlabel(_excess_label("invalid", lang, key="axis_difference"))
    return drawn


def _waterfall_step(ax: Axes, rows: pd.DataFrame, lang: str) -> None:
    parts, total = rows.iloc[1:], rows.iloc[0]
    at, labels = 0.0, []
    for position, (_, row) in enumerate([*parts.iterrows(), (None, total)]):
        is_total = position == len(parts)
        height = len(parts) - position
        labels.append(say(f"learning.what_{row['what'].replace(' ', '_')}", lang))
        value = float(row["shown"])
        if not np.isfinite(value):
            ax.annotate(formatting.UNKNOWN, (at, height), va="center")
            continue
        start = 0.0 if is_total else at
        colour = (
            COLOURS["ink"]
            if is_total
            else COLOURS["first"]
            if row["what"] == "learning"
            else COLOURS["comparison"]
        )
        bounded = np.isfinite(row["bound_low"]) and not is_total
        ax.barh(
            height,
            value,
            0.55,
            left=start,
            edgecolor=colour,
            lw=1.3,
            facecolor="none" if bounded else colour,
        )
        if bounded:
            ends = [start + row["bound_low"], start + row["bound_high"]]
            ax.plot(ends, [height] * 2, color=colour, lw=2.2, solid_capstyle="butt")
        if not is_total:
            at = start + value
            ax.plot([at, at], [height - 1.275, height + 0.275], color=COLOURS["muted"], lw=0.7)
        # Labels stand clear of the bar and of the end of its bounds.
        right = max(start, start + value, start + row["bound_high"] if bounded else start)
        ax.annotate(
            formatting.number(100 * value, lang, 3, sign=True),
            (right, height),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
        )
    ax.set_yticks(range(len(parts), -1, -1), labels)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=COLOURS["muted"], lw=0.8)
    ax.margins(x=0.16)
    _points_axis(ax, "x", lang)
    ax.set_title(f"{total['from_election']} → {total['to_election']}")


def after_return(detail: pd.DataFrame, outcome: str, lang: str = "nl") -> Figure:
    """Draw what is left of the excess after the return, beside the excess before it.

    Parameters
    ----------
    detail
        municipality, from_election, estimate, conf_low, conf_high, with_new_ballot (fractions).
    """
    with style():
        drawn, ax = figure(1.0 + 0.5 * len(detail))
        for height, (_, row) in enumerate(detail.iterrows()):
            ax.plot(
                [row["conf_low"], row["conf_high"]], [height] * 2, color=COLOURS["reversal"], lw=1.4
            )
            ax.plot(row["estimate"], height, "^", color=COLOURS["reversal"], ms=6)
            if np.isfinite(row["with_new_ballot"]):
                ax.plot(row["with_new_ballot"], height, "o", mfc="none", color=COLOURS["later"])
                ax.annotate(
                    say("learning.with_new_ballot", lang, election=row["from_election"]),
                    (row["with_new_ballot"], height),
                    xytext=(0, 8),
                    textcoords="offset points",
                    ha="center",
                    fontsize=7.5,
                    color=COLOURS["later"],
                )
        ax.set_yticks(range(len(detail)), list(detail["municipality"]), parse_math=False)
        ax.set_ylim(-0.7, len(detail) - 0.3)
        ax.grid(visible=False, axis="y")
        ax.axvline(0, color=COLOURS["muted"], lw=0.8)
        _points_axis(ax, "x", lang)
        ax.set_xlabel(_excess_label(outcome, lang, key="axis_reversal"))
    return drawn


def _points_axis(ax: Axes, which: str, lang: str) -> None:
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(lambda value, _: formatting.points(value, lang))


def _excess_label(outcome: str, lang: str, key: str = "axis_excess") -> str:
    return say(f"learning.{key}", lang, outcome=say(f"common.{outcome}", lang))


def _slug(name: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in name).split())
