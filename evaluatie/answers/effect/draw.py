"""Figures of the effect: changes of all municipalities, re-assignment, bounds by municipality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.plots.axes import (
    count_axis,
    limits,
    log_axis,
    points_axis,
    ratio_axis,
    zero_line,
)
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.labels import LINE, beside, margin_names, note
from evaluatie.answers.plots.rows import BETWEEN_NAMES, UPRIGHT, folded, name_rows, value_of_row
from evaluatie.answers.plots.style import (
    COLOURS,
    DASHED,
    FINDING,
    GROUP_COLOURS,
    MARKERS,
    SMALL,
    figure,
    style,
)
from evaluatie.answers.statement import Statement
from evaluatie.ground import formatting
from evaluatie.ground.tables import rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ONE_IN_THOUSAND = 0.001


@style()
def changes(
    frame: pd.DataFrame,
    lang: str = "nl",
    outcome: str = "invalid",
    baseline: str = "",
    *,
    narrow: bool = False,
) -> Figure:
    """Draw every municipality's change against its ballots, the treated marked and named.

    ``frame`` is ``parts["changes"]`` of the effect.
    """
    every = usable(frame, "change", "ballots_after")
    if every.empty:
        return not_available(lang=lang)
    drawn, ax = figure(4.4, narrow=narrow)
    treated = every["group"] == "treated"
    others = every[every["group"] == "comparison"]
    shown = every[~every["group"].isin(["treated", "comparison"])]
    low, high = _view(every)
    beyond = int(((every["change"] < low) | (every["change"] > high)).sum())
    log_axis(ax, lang, *_wide(every["ballots_after"]), narrow=narrow)
    dots: dict[str, Any] = {"color": COLOURS["comparison"], "ls": ""}
    ax.plot(others["ballots_after"], others["change"], "o", ms=3, mew=0, **dots)
    ax.plot(shown["ballots_after"], shown["change"], "o", ms=3.4, mfc="none", mew=0.7, **dots)
    back = shown[shown["plan_group"] == "reversal"]
    named = []
    for row in rows_of(pd.concat([every[treated], back])):
        group = row["plan_group"] if row["plan_group"] in GROUP_COLOURS else "experiment"
        colour, place = GROUP_COLOURS[group], (row["ballots_after"], row["change"])
        ax.plot(*place, MARKERS[group], color=colour, ms=6)
        named.append({"x": place[0], "y": place[1], "name": row["municipality"], "colour": colour})
    if len(others):
        mean = _mean_of_others(every)
        ax.axhline(mean, color=COLOURS["ink"], lw=0.9, ls=DASHED)
        text = say("plots.mean_of_others", lang, mean=mean)
        right = ax.get_xlim()[1]
        others_named = {"x": right, "y": mean, "name": text, "colour": COLOURS["ink"]}
        named.insert(0, {**others_named, "fixed": True})
        title = more_than_elsewhere(every, outcome).say(lang)
        if narrow:
            title = folded(title.replace("\n", " "), narrow, bold=True, beside=BETWEEN_NAMES)
        ax.set_title(title, gid=FINDING, pad=6 + LINE if narrow and beyond else None)
    ax.set_ylim(low, high)
    margin_names(ax, named, height_inches=3.4)
    if beyond:
        note(ax, say("effect.plot_beyond", lang, n=beyond))
    points_axis(ax, "y", lang)
    ax.set_xlabel(folded(say("effect.plot_ballots", lang), narrow, beside=BETWEEN_NAMES))
    ax.set_ylabel(say("effect.plot_change", lang, baseline=baseline))
    return drawn


def more_than_elsewhere(changed: pd.DataFrame, outcome: str = "invalid") -> Statement:
    """Say in how many of the treated the share rose more than on average elsewhere."""
    own = changed.loc[changed["group"] == "treated", "change"]
    higher, of = int((own > _mean_of_others(changed)).sum()), len(own)
    key = "effect.plot_all_more" if higher == of else "effect.plot_some_more"
    return Statement(key, {"n": higher, "of": of, "outcome": f"@common.{outcome}"})


def _mean_of_others(changed: pd.DataFrame) -> float:
    others = changed[changed["group"] == "comparison"]
    return float(np.average(others["change"], weights=others["ballots_after"]))


@style()
def null_distribution(null: Mapping[str, Any], lang: str = "nl", *, narrow: bool = False) -> Figure:
    """Draw the re-assignment distribution, ``parts["null"]``, with the real assignment."""
    frame = pd.DataFrame(null.get("table", ()))
    if frame.empty:
        return not_available(lang=lang)
    from matplotlib.collections import PolyCollection

    drawn, ax = figure(3.1, narrow=narrow)
    low, high, counts = (frame[name].to_numpy("float64") for name in ("low", "high", "count"))
    # One artist: a bar by itself takes longer than all these together.
    ax.add_collection(
        PolyCollection(
            [*np.stack([[low, low, high, high], [0 * counts, counts, counts, 0 * counts]]).T],
            facecolors=np.where(frame["extreme"], COLOURS["muted"], COLOURS["comparison"]),
            edgecolors=COLOURS["paper"],
            linewidths=0.4,
        )
    )
    top = max(float(counts.max()), 1.0)
    observed = float(null["observed"])
    left, right = limits(low, high, [observed])
    pad = 0.03 * (right - left)
    ax.set_xlim(left - pad, right + pad)
    ax.set_ylim(0, 1.22 * top)
    # The words stand higher than any bar, so that they cover none.
    ax.plot([observed, observed], [0, 1.07 * top], color=COLOURS["later"], lw=2)
    beside(
        ax,
        say("effect.plot_observed", lang, p=float(null["p_value"])),
        (observed, 1.09 * top),
        (0, 0),
        ha="right" if observed > (left + right) / 2 else "left",
        va="bottom",
        color=COLOURS["later"],
        fontweight="bold",
    )
    p_value = float(null["p_value"])
    rare = "rare" if p_value < _ONE_IN_THOUSAND else "share"
    title = say(f"effect.plot_shuffled_{rare}", lang, share=p_value)
    ax.set_title(folded(title, narrow, bold=True, beside=UPRIGHT), gid=FINDING)
    ax.set_xlabel(folded(say("effect.plot_statistic", lang), narrow, beside=UPRIGHT))
    kind = "exact" if null["exact"] else "drawn"
    ax.set_ylabel(say(f"effect.plot_assignments_{kind}", lang, n=null["n_statistics"]))
    count_axis(ax, "x", lang, grid=False)
    count_axis(ax, "y", lang)
    return drawn


@style()
def forest(table: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw the bounds of the effect per municipality and pooled, with their intervals.

    ``table`` is that of an election of which only rounded shares were printed; rows of its first
    method are drawn.
    """
    rows = usable(table, "conf_low", "conf_high", "bound_low", "bound_high")
    rows = rows[rows["method"] == rows["method"].iloc[0]] if len(rows) else rows
    if rows.empty:
        return not_available(lang=lang)
    together = rows["unit"] == "pooled"
    single = rows[~together].sort_values("bound_low", ascending=False)
    ordered = rows_of(pd.concat([rows[together], single]).iloc[::-1])
    ratio = rows["scale"].iloc[0] == "ratio"
    printed = formatting.number if ratio else formatting.points
    names = []
    drawn, ax = figure(1.0 + 0.34 * len(ordered))
    for height, row in enumerate(ordered):
        pooled = row["unit"] == "pooled"
        names.append(say("effect.unit_pooled", lang) if pooled else str(row["municipality"]))
        colour = COLOURS["later"] if pooled else COLOURS["muted"]
        ends = [row["bound_low"], row["bound_high"]]
        ax.plot([row["conf_low"], row["conf_high"]], [height] * 2, color=colour, lw=1.6)
        ax.plot(ends, [height] * 2, color=colour, lw=7, solid_capstyle="butt")
        text = formatting.span([printed(end, lang) for end in ends], lang)
        value_of_row(ax, height, text, colour, bold=pooled)
    name_rows(ax, range(len(names)), names)
    ax.set_ylim(-0.7, len(names) - 0.4)
    if ratio:
        low, high = limits(rows["conf_low"], rows["conf_high"])
        ratio_axis(ax, lang, max(low, 0.02) / 1.1, min(high, 200) * 1.1)
        ax.set_xlabel(say("effect.plot_ratio", lang))
    else:
        points_axis(ax, "x", lang)
        ax.set_xlabel(say("effect.plot_effect", lang))
    zero_line(ax, at=1 if ratio else 0)
    ax.set_title(say("effect.plot_bounds", lang), fontsize=SMALL, fontweight="normal")
    return drawn


def _view(frame: pd.DataFrame) -> tuple[float, float]:
    """Limits that hold the treated and nearly all others."""
    treated = frame.loc[frame["group"] == "treated", "change"]
    ends = frame["change"].quantile([0.01, 0.99])
    low, high = limits(ends, treated)
    pad = 0.12 * (high - low) or 0.001
    return float(low - pad), float(high + pad)


def _wide(counts: pd.Series[float]) -> tuple[float, float]:
    low, high = limits(counts[counts > 0])
    return 0.85 * low, 1.18 * high
