"""A strip of polling stations per municipality, beside the limits of chance."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.style import BASE, COLOURS, PAGE_WIDTH, SMALL, figure, style
from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["drawn_rows", "strips", "swarm"]

_TINT, _ACCENT, _BAND = "#7fa3c6", "#d2401a", "#e8ecf1"
_MARKED = "care"
_NARROW = 3.75
"""Inches: a telephone of 360 pixels."""
_LABEL = 1.72
"""Inches at the left for names, where there is room for them beside the strips."""
_MOST = 3
"""Municipalities of the comparison group that are drawn below the experiment."""
_LEAST_STRIP, _PAD, _HEAD = 20.0, 7.0, 15.0
_Floats = npt.NDArray[np.float64]


def drawn_rows(table: pd.DataFrame, each: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what is drawn: municipalities from top to bottom, and their stations.

    Those of the newest election: of the experiment all, the highest share first and incomplete
    ones last; of the others the three largest, or the twelve largest where there are no others.
    """
    rows = table[table["election"] == table["election"].iloc[-1]]
    ours = rows[rows["group"] == "experiment"]
    ours = ours.sort_values("share", ascending=False, kind="stable", na_position="last")
    others = rows[rows["group"] != "experiment"].sort_values("total", ascending=False)
    shown = pd.concat([ours, others.head(_MOST if len(ours) else 4 * _MOST)])
    here = each[each["election"] == rows["election"].iloc[0]]
    return shown, here[here["municipality_code"].isin(shown["municipality_code"])]


def strips(
    table: pd.DataFrame,
    overall: pd.DataFrame,
    each: pd.DataFrame,
    kinds: pd.DataFrame,
    *,
    names: Mapping[str, Mapping[str, str]],
    outcome: str = "invalid",
    lang: str = "nl",
    narrow: bool = False,
) -> Figure:
    """Draw every station of the newest election as a dot, its area by ballots.

    Parameters
    ----------
    table, overall, each, kinds
        Of :func:`evaluatie.answers.stations.stations`.
    names
        Elections in words.
    narrow
        For a column of 360 pixels: names above the strips instead of beside them.
    """
    if table.empty:
        return not_available(lang=lang)
    rows, stations = drawn_rows(table, each)
    width = _NARROW if narrow else PAGE_WIDTH
    left = 0.1 if narrow else _LABEL
    limit = _limit(stations["share"])
    per_point = limit / ((width - left - 0.15) * 72)
    places = [
        _placed(stations, code, limit, per_point, 0.075 if narrow else 0.09)
        for code in rows["municipality_code"]
    ]
    heights = [max(_LEAST_STRIP, 2 * place["reach"].max()) + _PAD for place in places]
    gap = _HEAD if narrow else 0.0
    title, note = _title(overall, rows, outcome, lang), _note(rows, kinds, outcome, lang)
    above = _wrapped(title, width, BASE + 1.5, bold=True)
    below = _wrapped(note, width, SMALL)
    election = str(rows["election"].iloc[0])
    subtitle = say(
        "stations.figure_subtitle",
        lang,
        outcome=say(f"common.{outcome}", lang),
        election=names.get(election, {}).get(lang, election),
    )
    under = _wrapped(subtitle, width, SMALL)
    key = 2 if narrow else 1
    top = 17 * len(above) + 13 * len(under) + 16 * key + 10
    bottom = 13 * len(below) + 26
    inside = sum(heights) + gap * len(rows)
    with style():
        high = (top + inside + bottom) / 72
        drawn, ax = figure(high)
        drawn.set_layout_engine("none")
        drawn.set_size_inches(width, high)
        ax.set_position(
            (left / width, bottom / 72 / high, 1 - (left + 0.15) / width, inside / 72 / high)
        )
        _axis(ax, limit, inside, lang)
        level = inside
        for row, place, tall in zip(rows.to_dict("records"), places, heights, strict=True):
            level -= gap
            _strip(ax, row, place, level - tall / 2, tall, limit, lang, narrow=narrow)
            level -= tall
        _words(drawn, above, under, below, high)
        _key(drawn, (17 * len(above) + 13 * len(under) + 4) / 72 / high, key, lang)
    return drawn


def swarm(x: _Floats, radius: _Floats) -> _Floats:
    """Place discs at ``x`` as near to the middle line as the others allow, largest first.

    Returns the height of each disc's centre; ``x``, ``radius`` and heights in one unit.
    """
    height = np.zeros(len(x))
    done: list[int] = []
    for i in np.argsort(-radius, kind="stable"):
        near = np.array([j for j in done if abs(x[j] - x[i]) < radius[i] + radius[j]], dtype=int)
        if len(near):
            apart = radius[near] + radius[i]
            rise = np.sqrt(apart**2 - (x[near] - x[i]) ** 2)
            tried = np.concatenate([[0.0], height[near] + rise, height[near] - rise])
            tried = tried[np.argsort(np.abs(tried), kind="stable")]
            distance = np.hypot(x[near] - x[i], tried[:, None] - height[near])
            height[i] = tried[np.argmax((distance >= apart - 1e-6).all(axis=1))]
        done.append(int(i))
    return height


def _limit(shares: pd.Series[float]) -> float:
    """End of the axis: stations beyond it, one in two hundred at most, become words."""
    steps = np.ceil(max(float(shares.quantile(0.995)), 0.002) * 1.04 / 0.0025)
    return float(max(steps, 1) * 0.0025)


def _placed(
    each: pd.DataFrame, code: str, limit: float, per_point: float, scale: float
) -> pd.DataFrame:
    own = each[(each["municipality_code"] == code) & (each["share"] <= limit)]
    radius = np.clip(np.sqrt(own["total"].to_numpy("float64")) * scale, 1.0, 5.0)
    marked = (own["kind"] == _MARKED).to_numpy()
    radius = np.where(marked, radius + 0.9, radius) + 0.35
    height = swarm(own["share"].to_numpy("float64") / per_point, radius)
    far = each[(each["municipality_code"] == code) & (each["share"] > limit)]
    placed = own.assign(radius=radius, height=height, marked=marked, reach=np.abs(height) + radius)
    return pd.concat([placed, far.assign(reach=0.0)]) if len(far) else placed


def _axis(ax: Axes, limit: float, inside: float, lang: str) -> None:
    ax.set_xlim(0, limit)
    ax.set_ylim(0, inside)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    step = next(s for s in (0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5) if limit / s <= 6)
    ticks = np.arange(0, limit + 1e-9, step)
    digits = 0 if step >= 0.01 else 1 if step == 0.005 else 2
    ax.set_xticks(ticks, [formatting.percent(tick, lang, digits) for tick in ticks])
    ax.axvline(0, color=COLOURS["muted"], lw=0.9, zorder=1)


def _strip(
    ax: Axes,
    row: dict[Any, Any],
    place: pd.DataFrame,
    middle: float,
    tall: float,
    limit: float,
    lang: str,
    *,
    narrow: bool,
) -> None:
    half = (tall - 4) / 2
    if pd.notna(row["band_high"]):
        wide = row["band_high"] - row["band_low"]
        ax.bar(row["band_low"], 2 * half, wide, middle - half, align="edge", color=_BAND, zorder=0)
    if pd.notna(row["share"]):
        ends = [middle - half, middle + half]
        ax.plot([row["share"]] * 2, ends, color=COLOURS["ink"], lw=1.6, zorder=2)
    _name(ax, row, middle, tall, lang, narrow=narrow)
    near = place[place["share"] <= limit]
    for marked, marker in ((False, "o"), (True, "D")):
        for above in (False, True):
            own = near[(near["marked"] == marked) & (near["above"] == above)]
            colour = _ACCENT if marked else COLOURS["later"] if above else _TINT
            size = (2 * (own["radius"] - 0.35) * (0.72 if marked else 1)) ** 2
            ax.scatter(
                own["share"],
                middle + own["height"],
                s=size,
                marker=marker,
                facecolor=COLOURS["paper"] if marked and not above else colour,
                edgecolor=colour if marked else COLOURS["paper"],
                linewidth=1.1 if marked else 0.4,
                zorder=5 if marked else 4 if above else 3,
                clip_on=False,
            )
    far = place[place["share"] > limit]
    fits = 16 if narrow else 40
    remark = [
        say(
            "stations.figure_far",
            lang,
            name=textwrap.shorten(str(name), fits, placeholder="…"),
            share=count / total,
            count=count,
            total=total,
        )
        for name, count, total in zip(far["station_name"], far["count"], far["total"], strict=True)
    ]
    if pd.notna(row["complete"]) and not row["complete"]:
        remark.append(say("stations.figure_incomplete", lang, n=row["n_stations"]))
    if row["group"] != "experiment":
        remark.append(say("stations.figure_old", lang))
    ax.text(
        limit,
        middle + tall / 2 + 3 if narrow else middle + half - 1,
        "\n".join(remark),
        ha="right",
        va="bottom" if narrow else "top",
        fontsize=SMALL,
        color=COLOURS["ink"],
        zorder=6,
        parse_math=False,
    )


def _name(
    ax: Axes, row: dict[Any, Any], middle: float, tall: float, lang: str, *, narrow: bool
) -> None:
    name = str(row["municipality"]).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    share = formatting.percent(row["share"], lang) if pd.notna(row["share"]) else ""
    bold: dict[str, Any] = {"fontsize": SMALL, "fontweight": "bold", "parse_math": False}
    if narrow:
        at = ax.annotate(
            name, (0, middle + tall / 2 + 3), va="bottom", ha="left", color=COLOURS["ink"], **bold
        )
        ax.annotate(
            share,
            (1, 0),
            xycoords=at,
            xytext=(5, 0),
            textcoords="offset points",
            va="bottom",
            fontsize=SMALL,
            color=COLOURS["muted"],
        )
        return
    place: dict[str, Any] = {"textcoords": "offset points", "ha": "right"}
    lift = 1 if share else -4
    ax.annotate(name, (0, middle), (-9, lift), va="bottom", color=COLOURS["ink"], **place, **bold)
    ax.annotate(
        share, (0, middle), (-9, 0), va="top", fontsize=SMALL, color=COLOURS["muted"], **place
    )


def _title(overall: pd.DataFrame, rows: pd.DataFrame, outcome: str, lang: str) -> str:
    here = overall[overall["election"] == rows["election"].iloc[0]]
    row = here.iloc[0].to_dict()  # the experiment stands first
    key = "stations.figure_title" if row["n_stations"] else "stations.figure_title_none"
    return say(key, lang, outcome=say(f"common.{outcome}", lang), **row)


def _note(rows: pd.DataFrame, kinds: pd.DataFrame, outcome: str, lang: str) -> str:
    said = [say("stations.figure_note", lang)]
    here = kinds[
        (kinds["election"] == rows["election"].iloc[0])
        & (kinds["group"] == rows["group"].iloc[0])
        & (kinds["kind"] == _MARKED)
    ]
    rows_of_care: list[dict[Any, Any]] = here.to_dict("records")
    said += [say("stations.figure_care", lang, **row) for row in rows_of_care]
    return " ".join(said)


def _wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break text into lines of about equal length that fit."""
    fits = int(width * 72 / (size * (0.50 if bold else 0.455)))
    lines = textwrap.wrap(text, fits)
    for narrower in range(fits, max(map(len, lines)) // 2, -1):
        tighter = textwrap.wrap(text, narrower)
        if len(tighter) > len(lines):
            break
        lines = tighter if bold else lines
    return lines


def _words(
    drawn: Figure, above: list[str], under: list[str], below: list[str], high: float
) -> None:
    common: dict[str, Any] = {"ha": "left", "parse_math": False, "linespacing": 1.2}
    drawn.text(
        0,
        1,
        "\n".join(above),
        va="top",
        fontsize=BASE + 1.5,
        fontweight="bold",
        color=COLOURS["ink"],
        **common,
    )
    drawn.text(
        0,
        1 - (17 * len(above) + 1) / 72 / high,
        "\n".join(under),
        va="top",
        fontsize=SMALL,
        color=COLOURS["muted"],
        **common,
    )
    drawn.text(
        0, 0, "\n".join(below), va="bottom", fontsize=SMALL, color=COLOURS["muted"], **common
    )


def _key(drawn: Figure, down: float, rows: int, lang: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    dot: dict[str, Any] = {"marker": "o", "ls": "", "mec": COLOURS["paper"], "ms": 6}
    diamond: dict[str, Any] = {"marker": "D", "ls": "", "mec": _ACCENT, "ms": 4.5}
    handles = [
        Line2D([], [], color=COLOURS["ink"], lw=1.6, label=say("stations.key_whole", lang)),
        Patch(color=_BAND, label=say("stations.key_band", lang)),
        Line2D([], [], mfc=COLOURS["later"], label=say("stations.key_above", lang), **dot),
        Line2D([], [], mfc=COLOURS["paper"], label=say("stations.key_care", lang), **diamond),
    ]
    drawn.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0, 1 - down),
        ncols=len(handles) // rows,
        fontsize=SMALL,
        borderpad=0,
        borderaxespad=0,
        columnspacing=1.4,
        handlelength=1.3,
        handletextpad=0.5,
    )
