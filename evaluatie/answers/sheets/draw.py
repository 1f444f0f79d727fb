"""The figure of a one-page sheet about one municipality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.plots.axes import decimals_of, limits, ticks
from evaluatie.answers.plots.board import NARROW, ROW, TICK, WIDTH, Board, Colour
from evaluatie.answers.plots.empty import known, not_available, usable
from evaluatie.answers.plots.labels import brief
from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_OUTCOMES = ("invalid", "blank")
_NEW = ("first use", "later use")
_LEFT = 34
"""Points left of the first election, for the shares at the grid."""
_HEAD = 22
"""Points for the name of a panel and the share that is written above its highest mark."""
_HIGH = 42
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
        Its finding and alternative text, for who cannot see it.
    narrow
        Whether it is drawn for a telephone.
    """
    history = frames.get("history", pd.DataFrame())
    own = _known(usable(history))
    if own.empty:
        return not_available(say("sheets.figure_no_history", lang), lang)
    others = usable(frames.get("others", pd.DataFrame()))
    elections = own.sort_values("date")["election"].drop_duplicates().tolist()
    board = Board(NARROW if narrow else WIDTH, lang)
    board.said = said
    step = (board.width - _LEFT) / len(elections)
    at = {name: _LEFT + (number + 0.5) * step for number, name in enumerate(elections)}
    y = 0.0
    for outcome in [name for name in _OUTCOMES if (own["outcome"] == name).any()]:
        words = say("sheets.figure_history", lang, outcome=say(f"common.{outcome}", lang))
        board.text(0, y + 10, words, ROW, bold=True)
        band = others[others["outcome"] == outcome] if len(others) else others
        band = band[band["election"].isin(elections)] if len(band) else band
        _panel(board, own[own["outcome"] == outcome], band, y + _HEAD + _HIGH, at, step)
        y += _HEAD + _HIGH + 8
    newest = own[_is_new(own)]["election"]
    for name, x in at.items():
        new = (newest == name).any()
        ink = Colour.new if new else Colour.old
        board.text(x, y + 3, brief(name), TICK, ink, bold=bool(new), at="center")
    key = say("sheets.figure_key" if len(others) else "sheets.figure_key_alone", lang)
    return board.foot(y + 2, key)


def _known(history: pd.DataFrame) -> pd.DataFrame:
    """Keep elections with an estimate, or with bounds at least."""
    if history.empty:
        return history
    bounded = {"bound_low", "bound_high"} <= set(history)
    limited = history[["bound_low", "bound_high"]].notna().all(axis=1) if bounded else False
    return history[history["estimate"].notna() | limited]


def _panel(
    board: Board,
    own: pd.DataFrame,
    others: pd.DataFrame,
    foot: float,
    at: Mapping[str, float],
    step: float,
) -> None:
    drawn = [own[[c for c in ("estimate", "conf_high", "bound_high") if c in own]]]
    drawn += [others[["median", "high"]]] if len(others) else []
    marks = ticks(1.02 * limits(*drawn)[1] or 0.01, 3)
    scale = board.scale(foot, foot - _HIGH, marks[-1])
    _grid(board, marks, {value: scale(value) for value in marks})
    half, highest = 0.3 * step, dict.fromkeys(at, foot)
    for band in others.to_dict("records"):
        x = at[band["election"]]
        if known(band["low"], band["high"]):
            high, low = scale(band["high"]), scale(band["low"])
            board.box(x - half, high, 2 * half, max(low - high, 0.8), Colour.band, layer=1)
            highest[band["election"]] = high
        if known(band["median"]):
            y = scale(band["median"])
            board.line([(x - half, y), (x + half, y)], Colour.others, 1.4, layer=2)
            highest[band["election"]] = min(highest[band["election"]], y)
    for row, new in zip(own.to_dict("records"), _is_new(own), strict=True):
        x, colour = at[row["election"]], Colour.new if new else Colour.old
        if pd.isna(row["estimate"]):
            high, low = scale(row["bound_high"]), scale(row["bound_low"])
            board.box(x - 4, high, 8, max(low - high, 1.5), colour, Colour.paper, 0.8, layer=5)
            continue
        y = scale(row["estimate"])
        top = min(y - 3.5, highest[row["election"]])
        if known(row["conf_low"], row["conf_high"]):
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


def _grid(board: Board, marks: Sequence[float], heights: Mapping[float, float]) -> None:
    exact = decimals_of(marks)
    for value, y in heights.items():
        colour, wide = (Colour.others, 0.9) if value == 0 else (Colour.grid, 0.6)
        board.line([(_LEFT, y), (board.width, y)], colour, wide, layer=0.5)
        text = formatting.number(100 * value, board.lang, 0 if value == 0 else exact)
        percent = "%" if value == marks[-1] else ""
        board.text(_LEFT - 5, y + 3, text + percent, TICK, Colour.old, at="right")


def _is_new(rows: pd.DataFrame) -> Any:
    """Tell of each row whether votes were cast on the new ballot."""
    if "group" in rows:
        return rows["group"].isin(_NEW)
    return rows["new_ballot"].astype(bool)
