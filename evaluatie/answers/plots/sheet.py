"""A sheet of paper: letters that are letters, in a font that comes along.

Its SVG has a name, a description, and of each font just the characters it shows, so that words
can be searched and read in any size.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Any

from matplotlib.artist import Artist
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from evaluatie.answers.plots.board import Shape, Words
from evaluatie.answers.plots.style import face, font_families, page_figure
from evaluatie.answers.plots.vector import LINE, MOVE, Vector, css, short, told
from evaluatie.ground.escape import html_text

_FAMILY = "Source Sans Pro"
_ANCHOR = {"left": "", "center": ";text-anchor:middle", "right": ";text-anchor:end"}


class Sheet(page_figure()):  # type: ignore[misc]
    """A figure whose SVG holds letters, a title and a description.

    Parameters
    ----------
    width, height
        Points.
    marks
        What stands on it.
    said
        Title and description.
    """

    def __init__(
        self, width: float, height: float, marks: Sequence[Words | Shape], said: tuple[str, str]
    ) -> None:
        super().__init__(figsize=(width / 72, height / 72))
        self.said = said
        self._marks = _Marks(marks)
        self.add_artist(self._marks)
        from_top = Affine2D().scale(1 / 72, -1 / 72).translate(0, height / 72)
        self._marks.set_transform(from_top + self.dpi_scale_trans)

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Write it to a file; the paper is cut to what stands on it already."""
        kwargs.pop("bbox_inches", None)
        super().savefig(fname, **kwargs)

    def reword(self, change: Callable[[str], str]) -> None:
        """Change words, each line for itself."""
        self._marks.reword(change)

    def head(self) -> str:
        """Return what the SVG begins with."""
        title, alt = map(html_text, self.said)
        fonts = f'text{{font-family:"{_FAMILY}",sans-serif}}{self._marks.fonts()}'
        return f"<title>{title}</title><desc>{alt}</desc><style>{fonts}</style>"


class _Marks(Artist):
    """Marks that become artists of matplotlib only where somebody asks for these."""

    def __init__(self, marks: Sequence[Words | Shape]) -> None:
        super().__init__()
        self._marks = sorted(marks, key=lambda each: each.layer)
        self._artists: list[Artist] = []

    def reword(self, change: Callable[[str], str]) -> None:
        self._artists = []
        self._marks = [
            each._replace(words=change(each.words)) if isinstance(each, Words) else each
            for each in self._marks
        ]

    def get_children(self) -> list[Artist]:
        own: Any = self.get_figure()
        if not self._artists:
            for each in self._marks:
                artist = _words(each) if isinstance(each, Words) else _shape(each)
                artist.set_figure(own)
                artist.set_transform(self.get_transform())
                self._artists.append(artist)
        return self._artists

    def draw(self, renderer: Any) -> None:
        if not isinstance(renderer, Vector):
            for artist in self.get_children():
                artist.draw(renderer)
            return
        for each in self._marks:
            if isinstance(each, Words):
                _write_words(each, renderer)
            else:
                _write_shape(each, renderer)

    def fonts(self) -> str:
        """Return a font for each weight, of just the letters in it."""
        made = ""
        words = [each for each in self._marks if isinstance(each, Words)]
        for bold, weight in ((False, 400), (True, 600)):
            shown = {*chain(*(each.words for each in words if each.bold == bold))}
            if shown and (letters := _subset(bold, "".join(sorted(shown)))):
                made += (
                    f'@font-face{{font-family:"{_FAMILY}";font-weight:{weight};'
                    f"src:url(data:font/woff;base64,{letters}) format('woff')}}"
                )
        return made


def _write_words(mark: Words, paper: Vector) -> None:
    weight = ";font-weight:600" if mark.bold else ""
    look = f"font-size:{mark.size:g}px;fill:{mark.colour}{weight}{_ANCHOR[mark.at]}"
    place = f'<text x="{short(mark.x)}" y="{short(mark.y)}"'
    paper.add(look, place, f">{html.escape(mark.words, quote=False)}</text>")


def _write_shape(mark: Shape, paper: Vector) -> None:
    data = []
    for line in mark.lines:
        points = [(round(100 * x), round(100 * y)) for x, y in line]
        data.append(told(points, (MOVE, *[LINE] * (len(points) - 1))))
    look = css(
        None if mark.fill == "none" else mark.fill,
        mark.edge,
        0 if mark.edge == "none" else mark.wide,
        cap=mark.cap,
        dashes=tuple(each * mark.wide for each in mark.dashes),
    )
    end = "z" if mark.closed else ""
    paper.add(look, f'<path d="{"".join(each + end for each in data)}"')


def _words(mark: Words) -> Text:
    # Said of each line, where a context of settings would take longer than the line.
    return Text(
        mark.x,
        mark.y,
        mark.words,
        ha=mark.at,
        va="baseline",
        family=font_families(),
        fontsize=mark.size,
        color=mark.colour,
        fontweight="bold" if mark.bold else "normal",
        zorder=mark.layer,
        parse_math=False,
        usetex=False,
    )


def _shape(mark: Shape) -> PathPatch:
    lines = ([*line, line[0]] if mark.closed else line for line in mark.lines)
    outline = Path.make_compound_path(*(Path(line, closed=mark.closed) for line in lines))
    outline.should_simplify = False
    return PathPatch(
        outline,
        facecolor=mark.fill,
        edgecolor=mark.edge,
        lw=mark.wide,
        linestyle=(0, mark.dashes) if mark.dashes else "-",
        capstyle=mark.cap,
        joinstyle="round",
        zorder=mark.layer,
        snap=False if mark.cap == "round" else None,
    )


@cache
def _subset(bold: bool, letters: str) -> str:
    """Return a font of just these letters, in base64; nothing where the files are missing."""
    path = face("Semibold" if bold else "Regular")
    if path is None:
        return ""
    import uharfbuzz as harfbuzz
    from fontTools.ttLib import TTFont

    wanted, kinds, flags = harfbuzz.SubsetInput(), harfbuzz.SubsetInputSets, harfbuzz.SubsetFlags
    wanted.sets(kinds.UNICODE).set(set(map(ord, letters)))
    wanted.sets(kinds.LAYOUT_FEATURE_TAG).set({int.from_bytes(b"kern")})
    wanted.sets(kinds.NAME_ID).set({1})
    wanted.flags = flags.NO_HINTING | flags.NOTDEF_OUTLINE | flags.NO_LAYOUT_CLOSURE
    whole = harfbuzz.Face(harfbuzz.Blob.from_file_path(path))
    # Tables are packed as they are: reading thousands of pairs of letters would take far longer.
    font = TTFont(io.BytesIO(harfbuzz.subset(whole, wanted).blob.data), recalcTimestamp=False)
    font.flavor = "woff"
    made = io.BytesIO()
    font.save(made, reorderTables=None)
    return base64.b64encode(made.getvalue()).decode()
