"""Both ballots, drawn by us: what the voter sees, and what counts as which vote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.plots.board import NARROW, WIDTH, Board, Colour
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import spoken
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run


CASES: tuple[tuple[str, str, tuple[int, ...], tuple[int, ...]], ...] = (
    # What is marked: verdict, parties, numbers. As published: a party alone is valid (Council of
    # State, W04.23.00209), several parties and a number alone are not (letter on TK25). The text
    # of the decree was not found, so a party with two numbers is not drawn.
    ("both", "valid", (1,), (4,)),
    ("party", "valid", (1,), ()),
    ("nothing", "blank", (), ()),
    ("parties", "invalid", (1, 6), (4,)),
    ("number", "invalid", (), (4,)),
    ("unknown", "invalid", (1,), (16,)),
)
_NAMES = (19, 18, 16, 19, 14, 17, 11, 15, 19, 9, 13, 7, 11, 5)
"""Names in the columns of an invented old ballot, of parties A to N."""
_CHOSEN = (4, 6)
"""Party and place of the name that is marked on it."""
_DIGITS = 7.0
_PAPER, _CELL, _LINE = "#fbfcfc", "#e2e6e9", "#a7b0b8"
_MINI, _PITCH = 67.0, 74.5
Box = tuple[float, float, float, float]


def _case(row: Row, lang: str) -> str:
    return say(f"data.biljet_{row['case']}", lang)


COLUMNS: tuple[Column, ...] = (
    Column("case", "text", "Wat rood is gemaakt", "What is marked", show=_case),
    Column(
        "verdict", "text", "Telt als", "Counts as",
        show=lambda row, lang: say(f"data.biljet_verdict_{row['verdict']}", lang),
    ),
    Column(
        "more", "text", "Uitleg", "Explanation",
        show=lambda row, lang: say(f"data.biljet_more_{row['case']}", lang),
    ),
)  # fmt: skip


def rows(run: Run) -> pd.DataFrame:
    """What is drawn: ways to mark the new ballot, and what each counts as."""
    return pd.DataFrame([{"case": case, "verdict": verdict} for case, verdict, _, _ in CASES])


def found(drawn: pd.DataFrame, run: Run) -> Mapping[str, Any]:
    """Nothing that depends on results: the words stand as they are."""
    return {}


def draw(drawn: pd.DataFrame, run: Run, lang: str, *, narrow: bool = False) -> Figure:
    """Draw both ballots with one choice on each, and below them the cases."""
    if drawn.empty:
        return not_available(lang=lang)
    board = Board(NARROW if narrow else WIDTH, lang)
    y = board.head(*spoken("data", "biljet", {}, lang)) + 14
    below = _about(board, "old", 0, y, 262, lang)
    foot = _old(board, below, 262)
    if narrow:
        below = _about(board, "new", 0, foot + 22, 262, lang)
        foot = _new(board, 0, below, 172)
    else:
        foot = max(foot, _new(board, 280.5, _about(board, "new", 280.5, y, 172, lang), 172))
    y = foot + 16
    board.line([(0, y), (board.width, y)], Colour.rule, 0.9)
    board.text(0, y + 17, say("data.biljet_how", lang), 10.5, Colour.new, bold=True)
    y += 40
    shown = [case for case in CASES if case[0] in set(drawn["case"])]
    for line in [shown[:3], shown[3:]] if narrow else [shown]:
        y = _cases(board, line, y, lang) + 18
    return board.foot(y - 18, say("data.note_biljet", lang))


def _about(board: Board, which: str, left: float, y: float, room: float, lang: str) -> float:
    colour = Colour.new if which == "new" else Colour.old
    board.text(left, y, say(f"data.biljet_{which}", lang), 10.5, colour, bold=True)
    for line in say(f"data.biljet_about_{which}", lang).split("|"):
        y += 12
        board.text(left, y + 1, line, 9, Colour.old)
    return y + 9


def _rectangles(
    board: Board, boxes: Iterable[Box], fill: str, edge: str, wide: float, layer: float
) -> None:
    made = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for x, y, w, h in boxes]
    if made:
        board.path(made, fill, edge, wide, layer)


def _sheet(board: Board, x: float, y: float, wide: float, high: float) -> None:
    board.box(x + 1.2, y + 1.2, wide, high, _CELL, layer=0.4)
    board.box(x, y, wide, high, _PAPER, _LINE, 0.8, layer=0.5)


def _old(board: Board, y: float, wide: float) -> float:
    step, line = (wide - 10) / len(_NAMES), 6.5
    high = 26 + line * max(_NAMES)
    _sheet(board, 0.4, y, wide - 0.8, high)
    boxes: list[Box] = []
    chosen: list[Box] = []
    names: list[list[tuple[float, float]]] = []
    for column, number in enumerate(_NAMES):
        x = 6 + step * column
        board.box(x, y + 5, step - 2, 12, _CELL, Colour.rule, 0.4)
        letter = chr(ord("A") + column)
        board.text(x + step / 2 - 1, y + 14, letter, 8, Colour.old, bold=True, at="center")
        for place in range(number):
            top = y + 21 + line * place
            mark = (column, place) == _CHOSEN
            (chosen if mark else boxes).append((x, top, 4.6, 4.6))
            long = 7 + (5 * column + 3 * place) % 4
            names.append([(x + 6.6, top + 2.3), (x + 6.6 + long, top + 2.3)])
            if mark:
                board.line(names.pop(), Colour.ink, 1.6)
    _rectangles(board, boxes, Colour.paper, Colour.ink, 0.6, 2)
    _rectangles(board, chosen, Colour.accent, Colour.accent_text, 0.6, 3)
    board.path(names, "none", _LINE, 0.9, 2, closed=False)
    return y + high


def _icon(board: Board, which: int, x: float, y: float, size: float) -> None:
    """Draw a sign that stands for a logo: ours, of no party."""
    half, colour = size / 2, Colour.others
    if which == 0:
        board.dots([(x, y)], size, colour, 2)
        return
    corners: Sequence[Sequence[tuple[float, float]]] = (
        [(-1, -1), (1, -1), (1, 1), (-1, 1)],
        [(0, -1), (1, 1), (-1, 1)],
        [(0, -1), (1, 0), (0, 1), (-1, 0)],
        [(-1, -0.6), (1, -0.6), (1, 0.6), (-1, 0.6)],
    )
    board.shape([(x + half * a, y + half * b) for a, b in corners[which - 1]], colour, layer=2)


def _new(board: Board, left: float, y: float, wide: float) -> float:
    across, cell = 7, (wide - 12) / 7
    high = 128.0
    _sheet(board, left + 0.4, y, wide - 0.8, high)
    for party in range(2 * across):
        x, top = left + 6 + cell * (party % across), y + 6 + 25.5 * (party // across)
        board.box(x, top, cell - 1, 24, Colour.paper, Colour.rule, 0.5)
        _icon(board, party % 5, x + 6, top + 6.5, 8.5)
        letter = chr(ord("A") + party)
        board.text(x + 16, top + 9, letter, 8, Colour.old, bold=True, at="center")
        mark = party == 9
        fill, edge = (Colour.accent, Colour.accent_text) if mark else (Colour.paper, Colour.ink)
        board.box(x + 7, top + 13, 8, 8, fill, edge, 0.7, layer=2)
    y += 61
    board.line([(left + 6, y), (left + wide - 6, y)], Colour.rule, 0.7)
    pitch = (wide - 12) / 10
    for number in range(50):
        x, top = left + 6 + pitch * (number % 10), y + 5.5 + 12 * (number // 10)
        mark = number == 6
        board.text(
            x + 8.3, top + 6.2, str(number + 1), _DIGITS,
            Colour.ink if mark else Colour.old, bold=mark, at="right",
        )  # fmt: skip
        fill, edge = (Colour.accent, Colour.accent_text) if mark else (Colour.paper, Colour.ink)
        board.box(x + 9.4, top + 1, 5.4, 5.4, fill, edge, 0.6, layer=2)
    return y - 61 + high


def _cases(board: Board, cases: Sequence[Any], y: float, lang: str) -> float:
    """Draw small ballots beside each other, grouped by what they count as."""
    foot, x, group = y, 0.0, ""
    for number, (case, verdict, parties, numbers) in enumerate(cases):
        if verdict != group:
            x += 6 if number else 0
            same = sum(each[1] == verdict for each in cases)
            _verdict(board, verdict, x, y, _PITCH * same - _PITCH + _MINI, lang)
            group = verdict
        _mini(board, x, y + 14, parties, numbers)
        at = board.lines(x, y + 98, say(f"data.biljet_{case}", lang), _MINI + 2, 9, bold=True)
        more = say(f"data.biljet_more_{case}", lang)
        if more:
            at = board.lines(x, at, more, _MINI + 4, 8.5, Colour.old)
        foot = max(foot, at)
        x += _PITCH
    return foot - 10


def _verdict(board: Board, verdict: str, x: float, y: float, wide: float, lang: str) -> None:
    """Write a verdict with a sign that says it too."""
    middle = y - 3.4
    if verdict == "valid":
        points = [(x + 1, middle), (x + 3.6, middle + 3), (x + 8.6, middle - 4)]
        board.line(points, Colour.ink, 2)
    elif verdict == "blank":
        board.ring(x + 4.5, middle, 6.5, Colour.ink, 1.8)
    else:
        for slope in (1, -1):
            ends = [(x + 1, middle - 3.5 * slope), (x + 8, middle + 3.5 * slope)]
            board.line(ends, Colour.ink, 2)
    board.text(x + 13, y, say(f"data.biljet_verdict_{verdict}", lang), 10, bold=True)
    board.line([(x, y + 6), (x + wide, y + 6)], Colour.ink, 0.9)


def _mini(
    board: Board, x: float, y: float, parties: tuple[int, ...], numbers: tuple[int, ...]
) -> None:
    _sheet(board, x + 0.4, y, _MINI - 0.8, 72)
    cells: list[Box] = []
    plain: list[Box] = []
    marked: list[Box] = []
    for party in range(8):
        left, top = x + 4 + 15 * (party % 4), y + 4 + 16 * (party // 4)
        cells.append((left, top, 14, 15))
        _icon(board, party % 5, left + 3.6, top + 3.8, 4.4)
        (marked if party in parties else plain).append((left + 6.6, top + 7.4, 5.8, 5.8))
    board.line([(x + 4, y + 38), (x + _MINI - 4, y + 38)], Colour.rule, 0.7)
    for number in range(18):
        left, top = x + 6 + 9.8 * (number % 6), y + 42 + 9.6 * (number // 6)
        (marked if number in numbers else plain).append((left, top, 5.4, 5.4))
    _rectangles(board, cells, Colour.paper, Colour.rule, 0.5, 1)
    _rectangles(board, plain, Colour.paper, Colour.ink, 0.6, 2)
    _rectangles(board, marked, Colour.accent, Colour.accent_text, 0.6, 3)
