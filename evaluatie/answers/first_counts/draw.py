"""The figure of first and official counts: an arrow per municipality."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.first_counts.statements import listed_names
from evaluatie.answers.plots.axes import percent_axis
from evaluatie.answers.plots.empty import known, not_available, usable
from evaluatie.answers.plots.labels import beside, curly, short
from evaluatie.answers.plots.style import BASE, COLOURS, SMALL, figure, style
from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["arrows"]

_NEW = "#004c8c"
_ACCENT, _ACCENT_TEXT = "#d2401a", "#a83210"
"""Of a suspect count, and of nothing else in the figure."""

Row = Mapping[Any, Any]


def arrows(
    table: pd.DataFrame, places: pd.DataFrame, lang: str = "nl", *, called: str | None = None
) -> Figure:
    """Draw an arrow per municipality, from its first to its official share of invalid votes.

    Parameters
    ----------
    table, places
        Rows of one election of the table and the part ``municipalities`` of the answer. A
        suspect count is drawn in the colour of nothing else, dashed, and is not in the total.
    called
        The election in words.
    """
    named = usable(places)
    named = named[named["outcome"] == "invalid"] if len(named) else named
    rows = named[named["group"] == "experiment"] if len(named) else named
    sums = table[table["outcome"] == "invalid"] if len(table) else table
    total, others = (_total(sums, group) for group in ("experiment", "rest"))
    if rows.empty or total is None:
        return not_available(lang=lang)
    drawn_rows = _ordered(rows)
    with style():
        drawn, ax = figure(2.1 + 0.27 * (len(drawn_rows) + 2 + (others is not None)))
        heights = [-1.4 - position for position in range(len(drawn_rows))]
        right = 1.12 * max(
            float(row[share])
            for row in [total, *drawn_rows]
            for share in ("share_first", "share_official")
            if pd.notna(row[share])
        )
        _arrow(ax, total, 0.0, right, bold=True)
        _headings(ax, total, lang)
        for height, row in zip(heights, drawn_rows, strict=True):
            _arrow(ax, row, height, right)
            _remark(ax, row, height, lang)
        ticks, labels = (
            [0.0, *heights],
            [say("first_counts.together", lang, n=total["n_municipalities"])],
        )
        labels += [short(curly(row["municipality"]), 26) for row in drawn_rows]
        bottom = heights[-1]
        if others is not None:
            bottom -= 1.5
            ax.axhline(bottom + 0.75, color=COLOURS["rule"], lw=0.9)
            ticks.append(bottom)
            labels.append(say("first_counts.others_row", lang, n=others["n_municipalities"]))
            _others(ax, others, bottom, lang)
        for height, each in zip(ticks, [total, *drawn_rows, others], strict=False):
            if each is not None:
                _numbers(ax, each, height, lang, bold=each is total)
        ax.set_yticks(ticks, labels, parse_math=False, fontsize=SMALL)
        ax.get_yticklabels()[0].set_fontweight("bold")
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.set_xlim(0, right)
        ax.set_ylim(bottom - 0.6, 1.0)
        percent_axis(ax, "x", lang)
        _words(drawn, named, total, others, lang, called)
    return drawn


def _total(sums: pd.DataFrame, group: str) -> Row | None:
    """Return the sum of a group, without suspect counts where there are any."""
    rows = sums[sums["group"] == group]
    return None if rows.empty else rows.iloc[-1].to_dict()


def _ordered(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    """Largest rise first, then suspect counts, then those without a first count."""
    order = {"counted": 0, "no-first-count": 2, "not-reported": 2}
    kept = rows[rows["share_official"].notna()]
    kept = kept.assign(
        place=[order.get(status, 1) for status in kept["status"]],
        rise=kept["share_official"] - kept["share_first"].astype("float64"),
    )
    ordered = kept.sort_values(["place", "rise", "share_official"], ascending=[True, False, False])
    return ordered.to_dict("records")


def _arrow(ax: Axes, row: Row, height: float, right: float, *, bold: bool = False) -> None:
    first, official = row["share_first"], row["share_official"]
    counted = row.get("status", "counted")
    suspect = counted not in ("counted", "no-first-count", "not-reported")
    width = 3.4 if bold else 2.0
    if not known(first):
        # A tip without an arrow.
        _head(ax, (official - 0.012 * right, height), (official, height), 0.5, 10)
        return
    # An arrow shorter than its ring could not be seen.
    if abs(official - first) > 0.02 * right:
        tail = first
        if suspect:
            tail = official - (0.03 * right if official > first else -0.03 * right)
            ax.plot([first, tail], [height] * 2, color=_NEW, lw=width, ls=(0, (2, 1.5)))
        _head(ax, (tail, height), (official, height), width, 13 if bold else 10)
    ax.plot(
        first,
        height,
        "o",
        mfc=COLOURS["paper"],
        mec=_ACCENT if suspect else COLOURS["muted"],
        mew=1.3,
        ms=7 if bold else 6,
        zorder=4,
    )


def _head(
    ax: Axes, tail: tuple[float, float], tip: tuple[float, float], width: float, size: float
) -> None:
    ax.annotate(
        "",
        tip,
        tail,
        arrowprops={
            "arrowstyle": "-|>,head_width=0.32,head_length=0.6",
            "color": _NEW,
            "lw": width,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": size,
        },
    )


def _headings(ax: Axes, total: Row, lang: str) -> None:
    first, official = (formatting.percent(total[f"share_{x}"], lang) for x in ("first", "official"))
    up = total["share_official"] >= total["share_first"]
    before, after = ("right", "left") if up else ("left", "right")
    shift = -8 if up else 8
    for share, text, key, side, dx, colour in (
        ("share_first", first, "first_label", before, shift, COLOURS["muted"]),
        ("share_official", official, "official_label", after, -shift, _NEW),
    ):
        bold = "bold" if key == "official_label" else "normal"
        at = (total[share], 0.0)
        beside(ax, text, at, (dx, 0), ha=side, color=colour, fontweight=bold)
        beside(
            ax,
            say(f"first_counts.{key}", lang),
            at,
            (dx, 13),
            ha=side,
            color=colour,
            fontweight=bold,
        )


def _remark(ax: Axes, row: Row, height: float, lang: str) -> None:
    text = say(f"first_counts.status_{row['status']}", lang)
    if not text:
        return
    missing = row["status"] in ("no-first-count", "not-reported")
    colour = COLOURS["muted"] if missing else _ACCENT_TEXT
    ends = [row[name] for name in ("share_first", "share_official") if pd.notna(row[name])]
    beside(ax, text, (max(ends), height), (8, 0), color=colour, fontstyle="italic", halo=True)


def _others(ax: Axes, row: Row, height: float, lang: str) -> None:
    ax.plot(
        row["share_first"], height, "o", mfc=COLOURS["paper"], mec=COLOURS["muted"], mew=1.3, ms=6
    )
    words = {"first": row["share_first"], "official": row["share_official"]}
    at = (max(words.values()), height)
    beside(ax, say("first_counts.from_to", lang, **words), at, (8, 0), color=COLOURS["muted"])


def _numbers(ax: Axes, row: Row, height: float, lang: str, *, bold: bool) -> None:
    """Write votes added and the change in percent at the right; nothing for a suspect count."""
    if row.get("status", "counted") != "counted" or not known(row["added"]):
        return
    weight = "bold" if bold else "normal"
    for text, x, colour in (
        (formatting.number(row["added"], lang, 0, sign=True), 1.12, _NEW),
        (formatting.change(row["change"], lang, 0), 1.22, COLOURS["muted"]),
    ):
        _cell(ax, text, x, height, colour, weight)


def _cell(ax: Axes, text: str, x: float, height: float, colour: str, weight: str) -> None:
    ax.annotate(
        text,
        (x, height),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="center",
        fontsize=SMALL,
        color=colour,
        fontweight=weight,
        annotation_clip=False,
        parse_math=False,
    )


def _words(
    drawn: Figure,
    places: pd.DataFrame,
    total: Row,
    others: Row | None,
    lang: str,
    called: str | None,
) -> None:
    ax = drawn.axes[0]
    key = "title" if others is not None else "title_alone"
    changes = {
        name: say(
            f"first_counts.{'more' if row['change'] >= 0 else 'fewer'}",
            lang,
            percent=abs(row["change"]),
        )
        for name, row in (("change", total), ("elsewhere", others))
        if row is not None
    }
    title = textwrap.wrap(say(f"first_counts.{key}", lang, **changes), 82)
    about = textwrap.wrap(
        say("first_counts.subtitle", lang, election=called or total["election"]), 100
    )
    # Both stand at the edge of the page, so that the axes have what is left below them.
    line = 1 / 72 / drawn.get_figheight()
    below = 1 - (6 + 1.3 * BASE * len(title)) * line
    engine: Any = drawn.get_layout_engine()
    engine.set(rect=(0, 0, 1, below - (4 + 1.3 * SMALL * len(about)) * line))
    drawn.text(*(0.01, 1 - 4 * line, "\n".join(title)), va="top", fontweight="bold")
    drawn.text(*(0.01, below, "\n".join(about)), va="top", fontsize=SMALL, color=COLOURS["muted"])
    for name, x, colour in (("added", 1.12, _NEW), ("in_percent", 1.22, COLOURS["muted"])):
        _cell(ax, say(f"first_counts.{name}", lang), x, 1.1, colour, "normal")
    out = places.loc[places["status"] != "counted", "municipality"]
    left_out = say("first_counts.left_out_note", lang, names=listed_names(out)) if len(out) else ""
    note = say("first_counts.source_note", lang, left_out=left_out).strip()
    drawn.supxlabel(
        "\n".join(textwrap.wrap(note, 106)),
        x=0.01,
        ha="left",
        fontsize=SMALL,
        color=COLOURS["muted"],
    )
