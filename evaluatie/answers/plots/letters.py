"""How long words are in print, and on which lines they fit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from evaluatie.answers.plots.labels import short
from evaluatie.answers.plots.style import face


def extent(words: str, size: float, bold: bool = False) -> float:
    """Return how long a line is, in points, with a hundredth for programs that round letters."""
    return 1.01 * _advance(words, bold) * size


def wrapped(
    words: str, room: float, size: float, bold: bool = False, *, even: bool = False
) -> list[str]:
    """Break words into lines that fit; ``even`` makes them about equally long.

    A word that is longer than the room is cut: nothing may run off the paper.
    """

    def broken(wide: float) -> list[str]:
        found = [""]
        for word in words.split(" "):  # not at spaces that do not break
            longer = f"{found[-1]} {word}".strip()
            if extent(longer, size, bold) <= wide or not found[-1]:
                found[-1] = longer
            else:
                found.append(word)
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


@cache
def _advance(words: str, bold: bool) -> float:
    """Return how long a line of letters of one point is, kerning included."""
    path = face("Semibold" if bold else "Regular")
    if path is None or not words:
        return (0.56 if bold else 0.53) * len(words)
    import uharfbuzz as harfbuzz

    font = _opened(path)
    line = harfbuzz.Buffer()
    line.add_str(words)
    line.guess_segment_properties()
    harfbuzz.shape(font, line)
    return float(sum(each.x_advance for each in line.glyph_positions) / font.face.upem)


@cache
def _opened(path: Path) -> Any:
    import uharfbuzz as harfbuzz

    return harfbuzz.Font(harfbuzz.Face(harfbuzz.Blob.from_file_path(path)))
