"""First and official counts as readers see them: statements, tables, the figure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie import formatting
from evaluatie.plots.axes import percent_axis
from evaluatie.plots.empty import known, not_available, usable
from evaluatie.plots.labels import beside, short
from evaluatie.plots.style import BASE, COLOURS, SMALL, figure, style
from evaluatie.wording import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from evaluatie.first_counts.analyse import FirstCountsResult

__all__ = ["arrows", "for_readers", "lines"]

_NEW = "#004c8c"
_ACCENT, _ACCENT_TEXT = "#d2401a", "#a83210"
"""Of a suspect count, and of nothing else in the figure."""

Row = Mapping[Any, Any]


def lines(result: FirstCountsResult, lang: str) -> list[str]:
    """Say what the official counts changed, newest election first, and what to expect."""
    said: list[str] = []
    for election in reversed(list(dict.fromkeys(result.table["election"]))):
        said += _of_election(result, election, lang)
    said += _expectation(result, lang)
    return said


def _of_election(result: FirstCountsResult, election: str, lang: str) -> Iterator[str]:
    sums = result.table[result.table["election"] == election]
    found = {(row["outcome"], row["group"], row["suspect"]): row for row in sums.to_dict("records")}
    named = result.municipalities
    named = named[(named["election"] == election) & (named["outcome"] == "invalid")]
    said = []
    for group, key, suspect in (
        ("experiment", "found", "suspect"),
        ("rest", "found_elsewhere", "suspect_elsewhere"),
    ):
        row = found.get(("invalid", group, "included"))
        if row is None:
            continue
        words: dict[str, Any] = {str(name): value for name, value in row.items()}
        words |= {"n": row["n_municipalities"], "election": result.names[election][lang]}
        said.append(say(f"first_counts.{key}", lang, **words))
        without = found.get(("invalid", group, "left out"))
        if without is not None:
            odd = named[(named["group"] == group) & named["status"].isin(_suspects(named))]
            words = {"names": _names(odd["municipality"], lang), "change": without["change"]}
            swapped = bool((odd["status"] == "invalid-blank-swapped").all())
            how = suspect if swapped or group == "rest" else "suspect_other"
            said.append(say(f"first_counts.{how}", lang, **words))
    yield " ".join(said)
    # The last row of a group is without suspect counts, where there are any.
    changes = {
        f"{row['outcome']}{'' if row['group'] == 'experiment' else '_elsewhere'}": row["change"]
        for row in sums[sums["outcome"] != "invalid"].to_dict("records")
    }
    if len(changes) == 4:
        key = "others_without" if (sums["suspect"] == "left out").any() else "others"
        yield say(f"first_counts.{key}", lang, **changes)
    yield from _effect(result.effects, election, lang)
    for status, key in (("no-first-count", "absent"), ("not-reported", "silent")):
        some = named.loc[named["status"] == status, "municipality"]
        if len(some):
            yield say(f"first_counts.{key}", lang, names=_names(some, lang))


def _effect(effects: pd.DataFrame, election: str, lang: str) -> Iterator[str]:
    rows = effects[(effects["election"] == election) & (effects["outcome"] == "invalid")]
    by = {row["count"]: row for row in rows.to_dict("records")}
    if not {"first", "same"} <= set(by):
        return
    first, same = by["first"], by["same"]
    estimates = {"first": first["estimate"], "same": same["estimate"], "n": first["n_treated"]}
    text = say("first_counts.effect", lang, **estimates)
    every = by.get("official")
    if every is not None and every["n_treated"] > first["n_treated"]:
        more = {"n": every["n_treated"], "official": every["estimate"]}
        text += " " + say("first_counts.effect_all", lang, **more)
    yield text


def _expectation(result: FirstCountsResult, lang: str) -> Iterator[str]:
    rows = result.expected[result.expected["outcome"] == "invalid"]
    said = []
    for group, key in (("experiment", "expected"), ("rest", "expected_elsewhere")):
        for row in rows[(rows["group"] == group) & (rows["predicts"] == "next")].to_dict("records"):
            words = {
                "low": _whole(row["change_low"], lang),
                "high": _whole(row["change_high"], lang),
            }
            said.append(say(f"first_counts.{key}", lang, n=row["n_municipalities"], **words))
    if not said:
        return
    yield " ".join(said)
    checks = result.expected
    checks = checks[(checks["group"] == "experiment") & (checks["predicts"] != "next")]
    for row in checks.to_dict("records"):
        held = row["change_low"] <= row["came"] <= row["change_high"]
        # Of the other outcomes only what went wrong.
        if held and row["outcome"] != "invalid":
            continue
        yield say(
            f"first_counts.{'inside' if held else 'outside'}",
            lang,
            election=result.names[row["predicts"]][lang],
            outcome=say(f"common.{row['outcome']}", lang),
            low=_whole(row["change_low"], lang),
            high=_whole(row["change_high"], lang),
            came=_whole(row["came"], lang),
        )
    n = len(result.names)
    yield say("first_counts.beware_one" if n == 1 else "first_counts.beware", lang, n=n)


def _suspects(named: pd.DataFrame) -> list[str]:
    from evaluatie.first_counts.analyse import SUSPECT

    return [status for status in named["status"].unique() if status in SUSPECT]


def _names(names: Sequence[str] | pd.Series[Any], lang: str) -> str:
    ordered = sorted(
        map(_curly, names), key=lambda name: name.removeprefix("\N{RIGHT SINGLE QUOTATION MARK}s-")
    )
    return ", ".join(ordered)


def _curly(name: object) -> str:
    """Return a name with the apostrophe that print has."""
    return str(name).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def _whole(change: float, lang: str) -> str:
    """Print a relative change in whole percents with its sign: more would be false precision."""
    return formatting.points(change, lang, 0) + "%"


def for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add the words of any of the four tables of :class:`FirstCountsResult`.

    Parameters
    ----------
    table
        ``table``, ``municipalities``, ``effects`` or ``expected``; told apart by columns.
    """
    rows = table.to_dict("records")
    made: dict[str, list[str]] = {}
    if "group" in table:
        made["group_text"] = [say(f"first_counts.{row['group']}", lang) for row in rows]
    if "suspect" in table:
        made["remark_text"] = [
            say(f"first_counts.{row['suspect'].replace(' ', '_')}", lang) for row in rows
        ]
    if "status" in table:
        made["remark_text"] = [say(f"first_counts.status_{row['status']}", lang) for row in rows]
    if "count" in table:
        made["count_text"] = [say(f"first_counts.count_{row['count']}", lang) for row in rows]
    if "predicts" in table:
        made["predicts_text"] = [
            say("first_counts.next", lang) if row["predicts"] == "next" else row["predicts"]
            for row in rows
        ]
        made["interval_text"] = [
            say(
                "first_counts.to",
                lang,
                low=_whole(row["change_low"], lang),
                high=_whole(row["change_high"], lang),
            )
            for row in rows
        ]
        made["came_text"] = [
            "" if pd.isna(row["came"]) else _whole(row["came"], lang) for row in rows
        ]
    return table.assign(**made)


def arrows(
    table: pd.DataFrame, places: pd.DataFrame, lang: str = "nl", *, called: str | None = None
) -> Figure:
    """Draw an arrow per municipality, from its first to its official share of invalid votes.

    Parameters
    ----------
    table, places
        Rows of one election of :attr:`FirstCountsResult.table` and ``municipalities``. A
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
        labels += [short(_curly(row["municipality"]), 26) for row in drawn_rows]
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
        (_whole(row["change"], lang), 1.22, COLOURS["muted"]),
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
    left_out = say("first_counts.left_out_note", lang, names=_names(out, lang)) if len(out) else ""
    note = say("first_counts.source_note", lang, left_out=left_out).strip()
    drawn.supxlabel(
        "\n".join(textwrap.wrap(note, 106)),
        x=0.01,
        ha="left",
        fontsize=SMALL,
        color=COLOURS["muted"],
    )
