"""Figures of learning; hollow bars show what is known only between bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.plots.axes import limits, points_axis, ratio_axis, zero_line
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.labels import beside, brief
from evaluatie.answers.plots.rows import folded, name_rows, row_height, value_of_row
from evaluatie.answers.plots.style import COLOURS, DASHED, PLATE, figure, panels, style
from evaluatie.ground import formatting
from evaluatie.ground.formatting import finite
from evaluatie.ground.tables import rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def slug(name: str) -> str:
    """Return the end of the key under which a name of a method or quantity has its words."""
    return "_".join("".join(c if c.isalnum() else " " for c in name).split())


@style()
def excess_by_use(detail: pd.DataFrame, outcome: str, lang: str = "nl") -> Figure:
    """Draw the excess at each use, one panel per pair of elections, together and per unit.

    ``detail`` of ``within``: election, use, unit, municipality, basis, estimate, bound_low,
    bound_high, conf_low, conf_high (fractions).
    """
    detail = usable(detail)
    if detail.empty:
        return not_available(lang=lang)
    # Rows come in pairs: the first and the second election of a step.
    pairs = [detail.iloc[i : i + 2] for i in range(0, len(detail), 2)]
    steps: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for pair in pairs:
        steps.setdefault((pair["election"].iloc[0], pair["election"].iloc[-1]), []).append(pair)
    drawn, axes = panels([*map(len, steps.values())], head=0.8, title=0.5, row=0.36)
    for ax, (names, rows) in zip(axes, steps.items(), strict=True):
        _steps(ax, rows, lang)
        ax.set_title(say("plots.above_below", lang, before=brief(names[0]), after=brief(names[1])))
    last = axes[-1]
    points_axis(last, "x", lang)
    label = _excess_label(outcome, lang)
    if (detail["bound_high"] - detail["bound_low"]).gt(1e-12).any():
        label += "\n" + say("learning.hollow", lang)
    last.set_xlabel(label)
    return drawn


def _steps(ax: Axes, rows: list[pd.DataFrame], lang: str) -> None:
    labels = []
    for height, pair in enumerate(reversed(rows)):
        for offset, row in zip((0.16, -0.16), rows_of(pair), strict=False):
            colour = COLOURS["first"] if row["use"] == 1 else COLOURS["later"]
            _mark(ax, row, height + offset, colour)
        named = pair["municipality"].iloc[0]
        text = named if isinstance(named, str) else say("learning.unit_pooled", lang)
        if not isinstance(named, str) and pair["basis"].iloc[0] != "counts":
            text += f" ({say('learning.basis_' + str(pair['basis'].iloc[0]), lang)})"
        labels.append(text)
    name_rows(ax, range(len(labels)), labels, length=34)
    ax.set_ylim(-0.55, len(labels) - 0.45)
    zero_line(ax)


def _mark(ax: Axes, row: Mapping[Any, Any], height: float, colour: str) -> None:
    """Draw a point with its interval, or a hollow bar between bounds."""
    if finite(row["conf_low"], row["conf_high"]):
        ax.plot([row["conf_low"], row["conf_high"]], [height, height], color=colour, lw=1.5)
    if finite(row["estimate"]):
        ax.plot(row["estimate"], height, "o", color=colour, ms=5.5)
    elif finite(row["bound_low"]):
        width = max(row["bound_high"] - row["bound_low"], 0.0)
        ax.barh(
            height, width, 0.22, left=row["bound_low"], facecolor="none", edgecolor=colour, lw=1.3
        )


@style()
def between_groups(
    detail: pd.DataFrame, outcome: str, lang: str = "nl", *, narrow: bool = False
) -> Figure:
    """Draw the excess of every municipality, experienced ones above newcomers.

    Parameters
    ----------
    detail
        municipality, experienced, estimate, conf_low, conf_high (fractions), weight; dashed: the
        mean of each group, weighted as in what is estimated.
    narrow
        For a telephone.
    """
    rows = usable(detail, "estimate")
    if rows.empty:
        return not_available(lang=lang)
    groups = [
        (rows[rows["experienced"].astype(bool)], "later", "experienced", "o"),
        (rows[~rows["experienced"].astype(bool)], "first", "newcomers", "D"),
    ]
    drawn, ax = figure(0.9 + row_height(narrow) * (len(rows) + 2), narrow=narrow)
    heights: list[float] = []
    height = 0.0
    for some, kind, key, marker in groups:
        if some.empty:
            continue
        top, colour = height, COLOURS[kind]
        own = [height - number for number in range(len(some))]
        ax.hlines(own, some["conf_low"], some["conf_high"], colors=colour, lw=1.6)
        ax.plot(some["estimate"], own, marker, color=colour, ms=6)
        heights += own
        height -= len(some)
        # The mean is named below its group, in a row of its own.
        mean = float(np.average(some["estimate"], weights=some["weight"]))
        ax.plot([mean, mean], [top + 0.4, height + 0.4], color=colour, lw=1, ls=DASHED)
        text = f"{say(f'learning.{key}', lang)}: {formatting.points(mean, lang)}"
        beside(ax, text, (mean, height), (0, 0), ha="center", color=colour, bbox=PLATE)
        height -= 1.2
    names = [str(n) for some, *_ in groups for n in some["municipality"]]
    name_rows(ax, heights, names, narrow=narrow)
    ax.set_ylim(height + 0.7, 0.8 if narrow else 0.6)
    zero_line(ax)
    points_axis(ax, "x", lang)
    ax.set_xlabel(folded(_excess_label(outcome, lang), narrow))
    return drawn


@style()
def rate_ratios(
    detail: pd.DataFrame, outcome: str, lang: str = "nl", *, narrow: bool = False
) -> Figure:
    """Draw the rate ratio at each use on a logarithmic axis, from ``detail`` of ``exposure``."""
    rows = usable(detail, "what", "role")
    if len(rows):
        rows = rows[~rows["what"].str.contains("/") & (rows["role"] == "primary")]
    shown = rows.iloc[::-1]
    if shown.empty:
        return not_available(lang=lang)
    drawn, ax = figure(0.9 + row_height(narrow) * len(shown), narrow=narrow)
    labels = []
    # An interval may run to infinity: the axis ends where estimates and bounds are in view.
    ends = 4 * max(limits(shown[["estimate", "bound_high"]])[1], 1.0)
    for height, row in enumerate(rows_of(shown)):
        colour = COLOURS["first" if "1" in row["what"] else "later"]
        low, high = max(row["conf_low"], 1 / ends), min(row["conf_high"], ends)
        _mark(ax, {**row, "conf_low": low, "conf_high": high}, height, colour)
        what = say(f"learning.what_{slug(row['what'])}", lang)
        method = say(f"learning.method_{slug(row['method'])}", lang)
        labels.append(f"{what}, {method} ({row['n_units']})")
    name_rows(ax, range(len(labels)), labels, narrow=narrow, length=58)
    ax.set_ylim(-0.6, len(labels) - (0.1 if narrow else 0.4))
    ratio_axis(ax, lang, 1 / ends, ends)
    zero_line(ax, at=1.0)
    label = say("learning.axis_ratio", lang, outcome=say(f"common.{outcome}", lang))
    ax.set_xlabel(folded(label, narrow))
    return drawn


@style()
def waterfall(
    table: pd.DataFrame, outcome: str = "invalid", lang: str = "nl", *, narrow: bool = False
) -> Figure:
    """Draw every step of the printed series as a waterfall whose parts add up.

    ``table`` of the decomposition: from_election, to_election, what, estimate, shown, bound_low,
    bound_high; rows of one step together, the printed difference first.
    """
    rows = usable(table)
    steps = list(rows.groupby("from_election", sort=False)) if len(rows) else []
    if not steps:
        return not_available(lang=lang)
    sizes = [len(step) for _, step in steps]
    row = row_height(narrow)
    drawn, axes = panels(sizes, head=0.7, title=0.4, row=row, between=0.5, narrow=narrow)
    for ax, (_, step) in zip(axes, steps, strict=True):
        ax.use_sticky_edges = False  # a bar must not end where its frame does
        _waterfall_step(ax, step, lang, narrow=narrow)
    last = axes[-1]
    last.margins(x=0.05)
    points_axis(last, "x", lang)
    last.set_xlabel(folded(_excess_label(outcome, lang, key="axis_difference"), narrow))
    return drawn


def _waterfall_step(ax: Axes, rows: pd.DataFrame, lang: str, *, narrow: bool) -> None:
    total, *parts = rows_of(rows)
    thick = 0.3 if narrow else 0.55  # a name above its bar leaves it less room
    at, labels = 0.0, []
    for position, row in enumerate([*parts, total]):
        is_total = position == len(parts)
        height = len(parts) - position
        labels.append(say(f"learning.what_{slug(row['what'])}", lang))
        value = float(row["shown"])
        colour = COLOURS["comparison"]
        if is_total or row["what"] == "learning":
            colour = COLOURS["ink" if is_total else "later"]
        plain = colour == COLOURS["comparison"]
        text = formatting.number(100 * value, lang, 3, sign=True)
        value_of_row(ax, height, text, COLOURS["muted"] if plain else colour, bold=not plain)
        if not np.isfinite(value):
            continue
        start = 0.0 if is_total else at
        bounded = finite(row["bound_low"]) and not is_total
        ax.barh(
            height,
            value,
            thick,
            left=start,
            edgecolor=colour,
            lw=1.3,
            facecolor="none" if bounded else colour,
        )
        if bounded:
            ends = [start + row["bound_low"], start + row["bound_high"]]
            ax.plot(ends, [height] * 2, color=colour, lw=3, solid_capstyle="butt")
        if not is_total:
            at = start + value
            ends = [height - 1 - thick / 2, height + thick / 2]
            ax.plot([at, at], ends, color=COLOURS["muted"], lw=0.7)
    name_rows(ax, range(len(parts), -1, -1), labels, narrow=narrow)
    ax.set_ylim(-0.6, len(parts) + (0.8 if narrow else 0.6))
    zero_line(ax)
    ax.set_title(f"{total['from_election']} → {total['to_election']}")


def _excess_label(outcome: str, lang: str, key: str = "axis_excess") -> str:
    return say(f"learning.{key}", lang, outcome=say(f"common.{outcome}", lang))


FIGURE: Mapping[str, Callable[..., Figure]] = {
    "within": excess_by_use,
    "between": between_groups,
    "exposure": rate_ratios,
    "decomposition": waterfall,
}
"""Estimand to its figure: from the rows in ``detail``, the outcome and the language."""
