"""The figure of a one-page sheet about one municipality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.plots.axes import limits, ticks
from evaluatie.answers.plots.board import NARROW, ROW, TICK, WIDTH, Board, Colour
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import brief
from evaluatie.ground import formatting
from evaluatie.ground.formatting import finite
from evaluatie.ground.tables import Row, rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_OUTCOMES = ("invalid", "blank")
_NEW = ("first use", "later use")
_LEFT = 34
"""Points left of the first election, for the shares at the grid."""
_HEAD = 22
"""Points for the name of a panel and the share that is written above its highest mark."""
_HIGH = 38
"""Points from zero to the highest share; low enough to share a page with sentences and tables."""


def municipality_sheet(
    frames: Mapping[str, pd.DataFrame],
    lang: str = "nl",
    *,
    said: tuple[str, str] = ("", ""),
    narrow: bool = False,
) -> Figure:
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
    lang
        Language of its words.
    said
        Its finding, which stands above it, and its alternative text.
    narrow
        Whether it is drawn for a telephone.
    """
    own = [row for row in _rows(frames, "history") if _is_drawn(row)]
    if not own:
        return not_available(say("sheets.figure_no_history", lang), lang)
    others = _rows(frames, "others")
    own.sort(key=lambda row: row["date"])
    elections = list(dict.fromkeys(row["election"] for row in own))
    board = Board(NARROW if narrow else WIDTH, lang)
    step = (board.width - _LEFT) / len(elections)
    at = {name: _LEFT + (number + 0.5) * step for number, name in enumerate(elections)}
    y = board.title(*said) + (4 if said[0] else 0)
    for outcome in _OUTCOMES:
        some, band = ([row for row in rows if row["outcome"] == outcome] for rows in (own, others))
        if not some:
            continue
        words = say("sheets.figure_history", lang, outcome=say(f"common.{outcome}", lang))
        board.text(0, y + 10, words, ROW, bold=True)
        band = [row for row in band if row["election"] in at]
        _panel(board, some, band, y + _HEAD + _HIGH, at, step)
        y += _HEAD + _HIGH + 8
    newest = {row["election"] for row in own if _is_new(row)}
    for name, x in at.items():
        new = name in newest
        ink = Colour.new if new else Colour.old
        board.text(x, y + 3, brief(name), TICK, ink, bold=new, at="center")
    key = say("sheets.figure_key" if others else "sheets.figure_key_alone", lang)
    return board.foot(y + 2, key)


def _rows(frames: Mapping[str, pd.DataFrame], name: str) -> list[Row]:
    return rows_of(frames[name]) if name in frames else []


def _is_drawn(row: Mapping[Any, Any]) -> bool:
    """Tell whether there is an estimate, or bounds at least."""
    return finite(row["estimate"]) or finite(row.get("bound_low"), row.get("bound_high"))


def _panel(
    board: Board,
    own: Sequence[Mapping[Any, Any]],
    others: Sequence[Mapping[Any, Any]],
    foot: float,
    at: Mapping[str, float],
    step: float,
) -> None:
    drawn = [row.get(name) for row in own for name in ("estimate", "conf_high", "bound_high")]
    drawn += [row[name] for row in others for name in ("median", "high")]
    marks = ticks(1.02 * limits(drawn)[1] or 0.01, 3)
    scale = board.scale(foot, foot - _HIGH, marks[-1])
    board.levels(scale, marks, [(_LEFT, board.width)])
    half, highest = 0.3 * step, dict.fromkeys(at, foot)
    for band in others:
        x = at[band["election"]]
        if finite(band["low"], band["high"]):
            high, low = scale(band["high"]), scale(band["low"])
            board.box(x - half, high, 2 * half, max(low - high, 0.8), Colour.band, layer=1)
            highest[band["election"]] = high
        if finite(band["median"]):
            y = scale(band["median"])
            board.line([(x - half, y), (x + half, y)], Colour.others, 1.4, layer=2)
            highest[band["election"]] = min(highest[band["election"]], y)
    for row in own:
        new = _is_new(row)
        x, colour = at[row["election"]], Colour.new if new else Colour.old
        if not finite(row["estimate"]):
            high, low = scale(row["bound_high"]), scale(row["bound_low"])
            board.box(x - 4, high, 8, max(low - high, 1.5), colour, Colour.paper, 0.8, layer=5)
            continue
        y = scale(row["estimate"])
        top = min(y - 3.5, highest[row["election"]])
        if finite(row["conf_low"], row["conf_high"]):
            ends = scale(row["conf_high"]), scale(row["conf_low"])
            board.line([(x, ends[0]), (x, ends[1])], colour, 1.4)
            top = min(top, ends[0])
        if new:
            board.disc(x, y, 7)
            text = formatting.percent(row["estimate"], board.lang)
            text = text.removesuffix("%") if board.narrow else text
            board.text(x, top - 3.5, text, TICK, colour, bold=True, at="center", plate=True)
        else:
            board.ring(x, y, 5.5)


def _is_new(row: Mapping[Any, Any]) -> bool:
    """Tell whether votes were cast on the new ballot."""
    return row["group"] in _NEW if "group" in row else bool(row["new_ballot"])
