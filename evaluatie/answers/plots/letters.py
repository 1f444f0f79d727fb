"""How long words are in print, and on which lines they fit."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evaluatie.answers.plots.labels import short
from evaluatie.answers.plots.style import face


def extent(words: str, size: float, bold: bool = False) -> float:
    """Return how long a line is, in points, with a hundredth for programs that round letters."""
    line = shaped(words, bold)
    return 1.01 * line.advance / line.face.em * size


def wrapped(
    words: str, room: float, size: float, bold: bool = False, *, even: bool = False
) -> list[str]:
    """Break words into lines that fit; ``even`` makes them about equally long.

    A word that is longer than the room is cut: nothing may run off the paper.
    """
    space = extent(" ", size, bold)
    parts = [(word, extent(word, size, bold)) for word in words.split(" ")]

    def broken(wide: float) -> list[str]:
        found, long = [""], 0.0
        for word, own in parts:  # not at spaces that do not break
            if long + space + own <= wide or not found[-1]:
                found[-1] = f"{found[-1]} {word}".strip()
                long += own + space * (long > 0)
            else:
                found.append(word)
                long = own
        return found

    fewest = broken(room)
    if even and len(fewest) > 1:
        tried = (broken(wide) for wide in np.arange(room / len(fewest), room, 3))
        fewest = next(
            (
                lines
                for lines in tried
                if len(lines) == len(fewest)
                and max(extent(each, size, bold) for each in lines) <= room
            ),
            fewest,
        )
    return [fitted(line, room, size, bold) for line in fewest]


def fitted(words: object, room: float, size: float = 9.5, bold: bool = False) -> str:
    """Return a name as one line that fits, the rest as an ellipsis."""
    line = short(words, 200)
    while extent(line, size, bold) > room and len(line) > 2:
        line = line.removesuffix("…")[:-1].rstrip() + "…"
    return line


class Face:
    """A font file, in its own units."""

    def __init__(self, path: Path) -> None:
        import uharfbuzz as harfbuzz

        self.font = harfbuzz.Font(harfbuzz.Face(harfbuzz.Blob.from_file_path(path)))
        # Halves of the units of the file: outlines have points between two others.
        self.em: int = 2 * self.font.face.upem
        self.font.scale = (self.em, self.em)
        # The typographic ascender, descender and line gap stand at these bytes of the table.
        table = bytes(self.font.face.reference_table("OS/2").data)
        up, down, gap = struct.unpack(">3h", table[68:74])
        units: int = self.font.face.upem
        self.heights = (up / units, -down / units, gap / units)
        """Above and below the line and between lines, as parts of a letter's size."""

    def outline(self, letter: int) -> tuple[list[tuple[int, int]], list[int]]:
        """Return the points of a letter, and what each is in codes of matplotlib."""
        drawn: tuple[list[tuple[int, int]], list[int]] = ([], [])
        self.font.draw_glyph(letter, _pen(), drawn)
        return drawn


class Line(NamedTuple):
    """A line of letters, in the units of its font.

    Attributes
    ----------
    letters
        Number in the font and where it stands.
    advance
        Where the next letter would stand.
    top, foot
        Of what is drawn.
    """

    face: Face
    letters: tuple[tuple[int, int], ...]
    advance: int
    top: int
    foot: int


@cache
def shaped(words: str, bold: bool) -> Line:
    """Set a line in the font of the report, or where that lacks a letter in DejaVu."""
    import uharfbuzz as harfbuzz

    for one in _faces(bold):
        line = harfbuzz.Buffer()
        line.add_str(words)
        line.guess_segment_properties()
        harfbuzz.shape(one.font, line)
        if all(each.codepoint for each in line.glyph_infos or ()):
            break
    letters, ends, x = [], [], 0
    for info, place in zip(line.glyph_infos or (), line.glyph_positions or (), strict=True):
        letters.append((info.codepoint, x + place.x_offset))
        x += place.x_advance
        if (box := one.font.get_glyph_extents(info.codepoint)) and box.height:
            ends.append((box.y_bearing, box.y_bearing + box.height))
    tops, feet = zip(*ends or [(0, 0)], strict=True)
    return Line(one, tuple(letters), x, max(tops), min(feet))


@cache
def _faces(bold: bool) -> tuple[Face, ...]:
    from matplotlib import get_data_path

    dejavu = Path(get_data_path(), "fonts", "ttf", f"DejaVuSans{'-Bold' * bold}.ttf")
    own = face("Semibold" if bold else "Regular")
    return tuple(Face(path) for path in (own, dejavu) if path is not None)


@cache
def _pen() -> Any:
    """Return what HarfBuzz draws letters with: into a list of points and one of codes."""
    import uharfbuzz as harfbuzz
    from matplotlib.path import Path as Outline

    def draw(code: Any) -> Callable[..., None]:
        def drawn(*numbers: Any) -> None:
            *ends, (points, codes) = numbers
            points += zip(map(round, ends[::2]), map(round, ends[1::2]), strict=True)
            codes += [int(code)] * (len(ends) // 2)

        return drawn

    pen = harfbuzz.DrawFuncs()
    pen.set_move_to_func(draw(Outline.MOVETO))
    pen.set_line_to_func(draw(Outline.LINETO))
    pen.set_quadratic_to_func(draw(Outline.CURVE3))
    pen.set_cubic_to_func(draw(Outline.CURVE4))
    pen.set_close_path_func(lambda drawn: draw(Outline.CLOSEPOLY)(0, 0, drawn))
    return pen
