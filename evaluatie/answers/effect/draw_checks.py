"""Figures of what the effect rests on: specifications, event study, violations."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.plots.axes import limits, number_axis, points_axis, rule, zero_line
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.labels import beside, brief, note
from evaluatie.answers.plots.rows import UPRIGHT, folded, name_rows
from evaluatie.answers.plots.style import COLOURS, FINDING, SMALL, figure, style
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.tables import rows_of
from evaluatie.ground.words import say
from evaluatie.stats.estimates import Flags, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CHOICE_UNDER_ITS_NAME = 0.3
"""Inches: a row of dots, and above it the choice that they have in common."""
_CHOICES = ("weights", "comparison", "vintage", "method")


@style()
def specification_curve(
    table: pd.DataFrame, lang: str = "nl", *, outcome: str = "invalid", narrow: bool = False
) -> Figure:
    """Draw sorted estimates with intervals above, and the choices behind each below.

    Refused if no specification of this outcome in points has an estimate.
    """
    rows = usable(table, "outcome", "scale", "estimate")
    if len(rows):
        rows = rows[(rows["outcome"] == outcome) & (rows["scale"] == "points")]
    if rows.empty:
        raise EstimationError("no specification to draw", rule="picture", value=outcome)
    rows = rows.sort_values(["estimate", "spec"], ignore_index=True)
    levels = [(choice, level) for choice in _CHOICES for level in dict.fromkeys(table[choice])]
    levels = [(c, v) for c, v in levels if (rows[c] == v).any()]
    below = (_CHOICE_UNDER_ITS_NAME if narrow else 0.2) * len(levels)
    drawn, axes = figure(
        2.5 + below, rows=2, narrow=narrow, sharex=True, height_ratios=[2.1, below]
    )
    upper, lower = axes
    x = np.arange(len(rows), dtype="float64")
    primary = rows["primary"].to_numpy(dtype=bool)
    _estimates(upper, rows, x, primary, lang)
    points_axis(upper, "y", lang)
    upper.set_ylabel(say("effect.plot_effect", lang))
    zero_line(upper, "y")
    least, most = rows["estimate"].iloc[[0, -1]]
    ends = {"n": len(rows), "least": float(least), "most": float(most)}
    title = say("effect.plot_specifications", lang, **ends)
    upper.set_title(folded(title, narrow, bold=True, beside=UPRIGHT), gid=FINDING)
    heights, chosen = np.nonzero([rows[choice] == level for choice, level in reversed(levels)])
    colours = np.where(primary, COLOURS["later"], COLOURS["muted"])
    lower.scatter(x[chosen], heights, s=8, color=list(colours[chosen]), lw=0)
    names = [_choice(c, v, lang) for c, v in reversed(levels)]
    name_rows(lower, range(len(levels)), names, narrow=narrow)
    _rules_between(lower, levels, 0.84 if narrow else 0.5)
    lower.set_ylim(-0.6, len(levels) - (0.1 if narrow else 0.4))
    lower.set_xticks([])
    lower.set_xlim(-0.02 * len(rows) - 0.7, 1.02 * len(rows) - 0.3)
    lower.spines["bottom"].set_visible(False)
    lower.spines["left"].set_visible(False)
    return drawn


def _estimates(ax: Axes, rows: pd.DataFrame, x: Floats, primary: Flags, lang: str) -> None:
    """Draw all estimates; point out that of the plan from above every interval."""
    ends = rows[["conf_low", "conf_high"]].replace([np.inf, -np.inf], np.nan).astype("float64")
    first = (rows["vintage"] != "official").to_numpy()
    for some, bar, wide, colour, size in (
        (~primary, "comparison", 1.2, "muted", 3.0),
        (primary, "later", 2.2, "later", 5.8),
    ):
        # One line with gaps for all intervals: a file of it is a third as large.
        margins = np.column_stack([ends[some], np.full(some.sum(), np.nan)]).ravel()
        ax.plot(np.repeat(x[some], 3), margins, color=COLOURS[bar], lw=wide, solid_capstyle="butt")
        for which, face in ((some & ~first, colour), (some & first, "paper")):
            dots: Any = {"ls": "", "ms": size, "mec": COLOURS[colour], "mfc": COLOURS[face]}
            edge = 0.8 if face == "paper" else 0
            ax.plot(x[which], rows["estimate"][which], "o", mew=edge, zorder=3, **dots)
    if first.any():
        note(ax, say("effect.plot_rings", lang), y=0, xytext=(0, -3), va="top")
    low, high = limits(ends, rows["estimate"], [0.0])
    room = (high - low) or 1.0
    ax.set_ylim(low - 0.05 * room, high + 0.2 * room)
    for at in np.flatnonzero(primary)[:1]:
        side = at / max(len(x) - 1, 1)
        ax.plot([at, at], [rows["estimate"].iloc[at], high + 0.08 * room], color=COLOURS["later"])
        ax.lines[-1].set(lw=0.9, zorder=2)
        beside(
            ax,
            say("effect.plot_primary", lang),
            (at, high + 0.09 * room),
            (0, 0),
            ha="left" if side < 0.2 else "right" if side > 0.8 else "center",
            va="bottom",
            color=COLOURS["later"],
            fontweight="bold",
        )


@style()
def event_study(table: pd.DataFrame, lang: str = "nl", *, narrow: bool = False) -> Figure:
    """Draw the difference from the baseline at every election, in order of date."""
    rows = usable(table, "estimate", "date")
    if rows.empty:
        return not_available(lang=lang)
    rows = rows.assign(day=pd.to_datetime(rows["date"])).sort_values("day", ignore_index=True)
    drawn, ax = figure(3.3, narrow=narrow)
    zero_line(ax, "y")
    places = _days(rows["day"])
    for at, row in zip(places, rows_of(rows), strict=True):
        after = row["period"] == "after"
        colour = COLOURS["later"] if after else COLOURS["muted"]
        if pd.notna(row.get("conf_low")):
            ax.plot([at] * 2, [row["conf_low"], row["conf_high"]], color=colour, lw=1.8)
        face = colour if after else COLOURS["paper"]
        ax.plot(at, row["estimate"], "o", color=colour, mfc=face, ms=7, mew=1.3)
    # How many of the treated have comparable counts stands below each election.
    names = [
        f"{brief(row['election'])}\n{say('effect.plot_treated', lang, n=row['n_treated'])}"
        for row in rows_of(rows)
    ]
    ax.set_xlim(-0.07, 1.07)
    rule(ax, "x", places, names, grid=False)
    points_axis(ax, "y", lang)
    ax.set_ylabel(say("effect.plot_event", lang, baseline=rows["baseline"].iloc[0]))
    key = folded(say("plots.key_event", lang), narrow)
    ax.set_title(key, fontsize=SMALL, fontweight="normal")
    return drawn


def _days(days: pd.Series[pd.Timestamp]) -> list[float]:
    """Place dates between 0 and 1, at equal distances where labels would else meet."""
    since = (days - days.iloc[0]).dt.days.to_numpy("float64")
    if len(since) == 1:
        return [0.5]
    scaled = since / since[-1] if since[-1] else since
    near = float(np.diff(scaled).min()) < 0.1
    return [float(v) for v in (np.linspace(0, 1, len(since)) if near else scaled)]


@style()
def violations(
    bounds: pd.DataFrame, breakdown: float, lang: str = "nl", *, narrow: bool = False
) -> Figure:
    """Draw the robust interval by the violation of parallel trends that is allowed.

    ``bounds`` and ``breakdown`` are parts of the event study.
    """
    known = usable(bounds, "magnitude", "conf_low", "conf_high")
    if known.empty:
        return not_available(lang=lang)
    drawn, ax = figure(3.0, narrow=narrow)
    x = known["magnitude"]
    ax.fill_between(x, known["conf_low"], known["conf_high"], color=COLOURS["rule"], lw=0)
    ax.fill_between(x, known["bound_low"], known["bound_high"], color=COLOURS["comparison"], lw=0)
    ax.plot(x, (known["bound_low"] + known["bound_high"]) / 2, color=COLOURS["later"], lw=1.6)
    zero_line(ax, "y")
    last = float(x.max()) or 1.0
    if np.isfinite(breakdown) and breakdown <= last:
        ax.plot(breakdown, 0, "o", color=COLOURS["ink"], ms=6.5)
        late = breakdown > 0.6 * last
        # On the side of the estimate, which is never at the edge of the figure.
        up = 11 if float(known["bound_high"].max()) > 0 else -11
        beside(
            ax,
            say("effect.plot_breakdown", lang, breakdown=breakdown),
            (breakdown, 0),
            (-6, up) if late else (6, up),
            ha="right" if late else "left",
            fontweight="bold",
        )
    points_axis(ax, "y", lang)
    ax.set_xlim(0, last)
    number_axis(ax, lang)
    ax.set_xlabel(folded(say("effect.plot_magnitude", lang), narrow, beside=UPRIGHT))
    ax.set_ylabel(say("effect.plot_effect", lang))
    key = folded(say("plots.key_violations", lang), narrow)
    ax.set_title(key, fontsize=SMALL, fontweight="normal")
    return drawn


def _choice(choice: str, level: str, lang: str) -> str:
    match choice:
        case "method":
            return say(f"effect.method_{level}", lang)
        case "comparison":
            return say(f"effect.short_{level}", lang)
    return say(f"effect.{choice}_{level}", lang)


def _rules_between(ax: Axes, levels: Sequence[tuple[str, str]], above: float) -> None:
    """Part the groups of choices by thin lines."""
    kinds = [choice for choice, _ in reversed(levels)]
    for height, (one, other) in enumerate(itertools.pairwise(kinds)):
        if one != other:
            ax.axhline(height + above, color=COLOURS["rule"], lw=0.8)
