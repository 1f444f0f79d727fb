"""A sheet of paper measured in points, on which a figure of the body of the report is drawn.

Such a figure has its finding as title, what is measured below it, labels at the data and a last
line with its definitions and source. Its height follows from what stands on it: everything is
placed from the top down and the paper is cut when all is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from evaluatie.answers.plots.axes import decimals_of
from evaluatie.answers.plots.letters import extent, wrapped
from evaluatie.answers.plots.style import PHONE_WIDTH, style
from evaluatie.ground import formatting

if TYPE_CHECKING:
    from matplotlib.figure import Figure


WIDTH = 453.5
"""Points: 16 cm, the text of a printed page."""
NARROW = 72 * PHONE_WIDTH
"""Points: a telephone."""
TITLE, ROW, TICK, SOURCE = 12.5, 9.5, 8.5, 8.0
"""Points: letters of the title, of rows and numbers, of axes, of the last line: the smallest."""
MOST = 17
"""Rows that are drawn; of more, the first and last eight. Letters never shrink."""
LEAD = 1.22
"""Lines are this many times as high as their letters."""


class Colour:
    """What a colour means; shapes repeat it, so that grey print says the same."""

    new = "#004c8c"
    tint = "#a9c3dc"
    dots = "#7fa3c6"
    ink = "#1c2730"
    old = "#4b5761"
    """Of the old ballot, and of what is said beside the finding."""
    others = "#848e97"
    grid = "#e2e6e9"
    rule = "#c3c9ce"
    accent = "#d2401a"
    """One thing in a figure: a place of care, a suspect count, the red pencil."""
    accent_text = "#a83210"
    band = "#e8ecf1"
    paper = "#ffffff"


INK = Colour.ink
Place = tuple[float, float]


class Words(NamedTuple):
    """A line of letters; ``at`` says which side of it is at ``x``, its foot is at ``y``."""

    x: float
    y: float
    words: str
    size: float
    colour: str
    at: str = "left"
    bold: bool = False
    layer: float = 6


class Shape(NamedTuple):
    """Lines through points, or with ``closed`` polygons; dashes are in widths of the line."""

    lines: Sequence[Sequence[Place]]
    fill: str
    edge: str
    wide: float
    layer: float
    closed: bool = False
    cap: str = "butt"
    dashes: tuple[float, ...] = ()


class Board:
    """Draws in points from the left and from the top.

    Parameters
    ----------
    width
        Of the paper: :data:`WIDTH`, or :data:`NARROW` for a telephone.
    lang
        Of the numbers on axes.
    """

    def __init__(self, width: float = WIDTH, lang: str = "nl") -> None:
        self.width, self.lang, self.narrow = width, lang, width < 400
        self.said = ("", "")
        self._marks: list[Words | Shape] = []

    # Words.

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = ROW,
        colour: str = INK,
        *,
        bold: bool = False,
        at: str = "left",
        plate: bool = False,
    ) -> float:
        """Write one line with its foot at ``y``, and return where it ends (or begins).

        ``at`` says which side of the words is at ``x``; a ``plate`` of paper below them covers
        lines of the grid.
        """
        long = extent(words, size, bold)
        left = x - {"left": 0.0, "right": long, "center": long / 2}[at]
        if plate:
            self.box(left - 1.5, y - 0.82 * size, long + 3, 1.06 * size, Colour.paper, layer=4)
        self._marks.append(Words(x, y, words, size, colour, at, bold))
        return left if at == "right" else left + long

    def lines(
        self,
        x: float,
        y: float,
        words: str,
        room: float,
        size: float = ROW,
        colour: str = INK,
        *,
        even: bool = False,
        **options: Any,
    ) -> float:
        """Write words on as many lines as they need; return where the next line would stand."""
        for line in wrapped(words, room, size, options.get("bold", False), even=even):
            self.text(x, y, line, size, colour, **options)
            y += LEAD * size
        return y

    def head(self, title: str, subtitle: str, alt: str) -> float:
        """Write the finding and what was measured; return the top of what follows."""
        y = self.title(title, alt) + 0.86 * TITLE + ROW - TITLE
        return self.lines(0, y, subtitle, self.width, ROW, Colour.old, even=True) - 0.2 * ROW

    def title(self, title: str, alt: str) -> float:
        """Write the finding, if there is one; return the top of what follows."""
        self.said = (title, alt)
        if not title:
            return 0.0
        y = self.lines(0, TITLE * 0.86, title, self.width, TITLE, bold=True, even=True)
        return y - 0.86 * TITLE + 2

    def foot(self, y: float, note: str) -> Figure:
        """Write the last lines below ``y``, cut the paper, and return it."""
        y = self.lines(0, y + 14 + SOURCE * 0.8, note, self.width, SOURCE, Colour.old)
        return self.cut(y - LEAD * SOURCE + 0.28 * SOURCE)

    def cut(self, height: float) -> Figure:
        """Make the paper as high as this, and return it."""
        from evaluatie.answers.plots.sheet import Sheet

        with style():
            made: Figure = Sheet(self.width, height, self._marks, self.said)
        return made

    # Marks.

    def line(
        self,
        points: Iterable[Place],
        colour: str = INK,
        wide: float = 0.9,
        *,
        dashed: bool = False,
        layer: float = 3,
    ) -> None:
        """Draw a line through points."""
        dashes = (2.2, 1.4) if dashed else ()
        self._marks.append(Shape([[*points]], "none", colour, wide, layer, dashes=dashes))

    def shape(
        self,
        points: Sequence[Place],
        fill: str = "none",
        edge: str = "none",
        wide: float = 0.0,
        layer: float = 3,
    ) -> None:
        """Draw a polygon."""
        self.path([points], fill, edge, wide, layer)

    def path(
        self,
        lines: Sequence[Sequence[Place]],
        fill: str,
        edge: str,
        wide: float,
        layer: float,
        *,
        closed: bool = True,
    ) -> None:
        """Draw polygons, or lines that are not ``closed``, as one."""
        self._marks.append(Shape(lines, fill, edge, wide, layer, closed=closed))

    def box(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        fill: str = "none",
        edge: str = "none",
        rim: float = 0.0,
        layer: float = 1,
    ) -> None:
        """Draw a rectangle from its upper left corner."""
        corners = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]
        self.shape(corners, fill, edge, rim, layer)

    def dots(self, points: Iterable[Place], across: float, colour: str, layer: float = 4) -> None:
        """Draw discs of one size: one path with a round pen, however many they are."""
        ends = [((x - 0.01, y), (x + 0.01, y)) for x, y in points]
        if ends:
            self._marks.append(Shape(ends, "none", colour, across, layer, cap="round"))

    def dotted(
        self, x: float, y: float, number: int, step: float, across: float, colour: str
    ) -> None:
        """Draw so many discs in a row, from ``x``: one stroke, so that a thousand stay small."""
        dashes = (0.01 / across, (step - 0.01) / across)
        ends = [(x, y), (x + (number - 1) * step + 0.02, y)]
        self._marks.append(Shape([ends], "none", colour, across, 3, cap="round", dashes=dashes))

    def half_dot(
        self, x: float, y: float, across: float, colour: str, *, right: bool = False
    ) -> None:
        """Draw one half of a disc."""
        turn = np.linspace(0, np.pi, 13) + (-np.pi / 2 if right else np.pi / 2)
        edge = np.column_stack([x + across / 2 * np.cos(turn), y + across / 2 * np.sin(turn)])
        self.shape(edge.tolist(), colour, layer=4.3)

    def disc(self, x: float, y: float, across: float) -> None:
        """Draw what stands for the new ballot, with an edge of paper."""
        self.dots([(x, y)], across + 1.6, Colour.paper, 5)
        self.dots([(x, y)], across, Colour.new, 5.1)

    def ring(
        self, x: float, y: float, across: float, colour: str = Colour.old, wide: float = 1.3
    ) -> None:
        """Draw what stands for the old ballot, or for a count that is not the last."""
        self.dots([(x, y)], across + wide, colour, 5)
        self.dots([(x, y)], across - wide, Colour.paper, 5.1)

    def diamond(self, x: float, y: float, across: float, fill: str) -> None:
        """Draw a place of care."""
        half = across / 2
        corners = [(x - half, y), (x, y - half), (x + half, y), (x, y + half)]
        self.shape(corners, fill, Colour.accent, 1.1, 5)

    def ends(self, y: float, least: float, marks: Sequence[tuple[float, str, str, str]]) -> None:
        """Say beside both ends of a line what they are, and above them what stands for what.

        Parameters
        ----------
        least
            Where words may begin at the left.
        marks
            Two ends: where, value, name and colour; the second is that of now, in bold.
        """
        gap = 7
        (old, *_), (new, *_) = marks
        for (x, value, _, colour), way in zip(marks, (-1, 1), strict=True):
            side = way if new >= old else -way
            if side < 0 and x - gap - extent(value, 9, bold=True) < least:
                self.text(x, y + 14, value, 9, colour, bold=True, at="center", plate=True)
            else:
                at = "left" if side > 0 else "right"
                self.text(x + gap * side, y + 3.2, value, 9, colour, bold=True, at=at, plate=True)
        names = [
            (x, name, colour, number == 1) for number, (x, _, name, colour) in enumerate(marks)
        ]
        names.sort(key=lambda each: each[0])
        wide = [extent(name, 9, bold) for _, name, _, bold in names]
        lack = max(sum(wide) / 2 + 8 - abs(new - old), 0)
        shift = max(least - (names[0][0] - lack / 2 - wide[0] / 2), 0)
        for (x, name, colour, bold), move in zip(names, (-lack / 2, lack / 2), strict=True):
            self.text(x + move + shift, y - 10, name, 9, colour, bold=bold, at="center", plate=True)

    def arrow(
        self,
        start: float,
        tip: float,
        y: float,
        wide: float,
        colour: str = Colour.new,
        *,
        dashed: bool = False,
    ) -> None:
        """Draw a level arrow whose tip is its value; nothing where the ring would hide it."""
        away = tip - start
        room = abs(away) - 3.0
        if room < 1.5:
            return
        long, half = min(3 + 1.5 * wide, room), 1.8 + 0.75 * wide
        back = tip - long * np.sign(away)
        if room > long:
            self.line([(start, y), (back, y)], colour, wide, dashed=dashed)
        self.tip(tip, y, long * float(np.sign(away)), half, colour)

    def tip(self, x: float, y: float, long: float, half: float, colour: str = Colour.new) -> None:
        """Draw the head of an arrow."""
        self.shape([(x, y), (x - long, y - half), (x - long, y + half)], colour, layer=4.5)

    # Axes.

    def scale(self, left: float, right: float, end: float) -> Callable[[float], float]:
        """Return what puts a value from 0 to ``end`` between two edges."""
        return lambda value: left + value / end * (right - left)

    def grid(
        self,
        place: Callable[[float], float],
        values: Sequence[float],
        top: float,
        foot: float,
    ) -> None:
        """Draw upright lines at shares, with their percentages below."""
        for value, text in zip(values, self._percentages(values), strict=True):
            x = place(value)
            self._rule((x, top), (x, foot), value)
            sign = "%" if value in (values[0], values[-1]) else ""
            self.text(x, foot + 12, text + sign, TICK, Colour.old, at="center")
        self.line([(place(values[0]), foot), (place(values[-1]), foot)], Colour.others, 0.9)

    def levels(
        self,
        place: Callable[[float], float],
        values: Sequence[float],
        sides: Sequence[Place],
    ) -> None:
        """Draw level lines at shares from side to side, with percentages left of the first."""
        for value, text in zip(values, self._percentages(values), strict=True):
            y = place(value)
            for left, right in sides:
                self._rule((left, y), (right, y), value)
            sign = "%" if value == values[-1] else ""
            self.text(sides[0][0] - 5, y + 3, text + sign, TICK, Colour.old, at="right")

    def _percentages(self, values: Sequence[float]) -> list[str]:
        exact = decimals_of(values)
        return [formatting.number(100 * each, self.lang, exact if each else 0) for each in values]

    def _rule(self, start: Place, end: Place, value: float) -> None:
        colour, wide = (Colour.grid, 0.6) if value else (Colour.others, 0.9)
        self.line([start, end], colour, wide, layer=0.5)


def ends(rows: Sequence[Any], most: int = MOST) -> list[Any]:
    """Return all rows, or of too many the first and last eight with None between them."""
    if len(rows) <= most:
        return [*rows]
    return [*rows[: most // 2], None, *rows[-(most // 2) :]]
