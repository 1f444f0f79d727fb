"""Writes drawings as SVG: small, with no address or date, the same bytes each time.

Coordinates have two decimals of a point, outlines go from point to point, and how many marks
look is told once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox

from evaluatie.answers.plots.letters import Face, Line, shaped
from evaluatie.answers.plots.style import font_families

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties
    from matplotlib.transforms import Transform


Number = Callable[[int], str]
MOVE, LINE, CLOSE = int(Path.MOVETO), int(Path.LINETO), int(Path.CLOSEPOLY)
_CURVES = {int(Path.CURVE3): ("q", 4), int(Path.CURVE4): ("c", 6)}
_FEW = 8
"""A mark of fewer corners is told wherever it stands, another once."""


class _Element(NamedTuple):
    clip: tuple[float, ...]
    look: str
    opening: str
    rest: str


class Vector(RendererBase):
    """Takes what matplotlib draws, in points.

    What it has no words for, such as a bitmap, raises ``NotImplementedError``.

    Parameters
    ----------
    width, height
        Of the paper: matplotlib counts from below.
    """

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self._flip = Affine2D().scale(1, -1).translate(0, height)
        self._elements: list[_Element] = []
        self._names: dict[str, str] = {}
        self._stamps: dict[tuple[Path, bytes], str] = {}
        self.words: list[Sequence[float]] = []
        """Corners of the lines of letters, counted from below."""

    def add(self, look: str, opening: str, rest: str = "/>", clip: tuple[float, ...] = ()) -> None:
        """Add an element: its begin, up to where its looks are told, and the rest."""
        self._elements.append(_Element(clip, look, opening, rest))

    def written(self, box: Bbox, head: str) -> str:
        """Return the file of what stands in a part of the paper, ``head`` first."""
        runs = [
            (*key, [*run]) for key, run in groupby(self._elements, lambda each: (each[0], each[1]))
        ]
        often = Counter(look for _, look, _ in runs)
        classes = {
            look: f"s{number:x}"
            for number, look in enumerate(each for each in often if often[each] > 1)
        }
        clips: dict[tuple[float, ...], str] = {}
        body = []
        for clip, look, run in runs:
            told = f' class="{classes[look]}"' if look in classes else f' style="{look}"'
            inside = "" if clip or len(run) > 1 else told
            drawn = "".join(f"{each.opening}{inside}{each.rest}" for each in run)
            cut = f' clip-path="url(#{clips.setdefault(clip, f"c{len(clips):x}")})"' if clip else ""
            body.append(drawn if inside else f"<g{cut}{told}>{drawn}</g>")
        rules = "".join(f".{name}{{{look}}}" for look, name in classes.items())
        defined = [what.format(name) for what, name in self._names.items()]
        for (x, y, wide, high), name in clips.items():
            sides = f'x="{short(x)}" y="{short(y)}" width="{short(wide)}" height="{short(high)}"'
            defined.append(f'<clipPath id="{name}"><rect {sides}/></clipPath>')
        left, top = short(box.x0), short(self.height - box.y1)
        across, down = short(box.width), short(box.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'width="{across}pt" height="{down}pt" viewBox="{left} {top} {across} {down}" '
            f'role="img">{head}'
            f"<style>*{{stroke-linejoin:round}}{rules}</style><defs>{''.join(defined)}</defs>"
            f"{''.join(body)}</svg>\n"
        )

    # What matplotlib asks of a renderer.

    def flipy(self) -> bool:
        """Tell that height is counted from above."""
        return True

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return the size in points."""
        return self.width, self.height

    def draw_path(
        self, gc: GraphicsContextBase, path: Path, transform: Transform, face: Any = None
    ) -> None:
        """Draw an outline."""
        simple = path.should_simplify and face is None
        outline = _outline(path, transform + self._flip, simplify=simple)
        self.add(_look(gc, face), f'<path d="{outline}"', clip=self._clip(gc))

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        face: Any = None,
    ) -> None:
        """Draw a mark at each corner of a path."""
        made: Any = path.cleaned(trans, remove_nans=True)
        corners = made.vertices[:-1].tolist()
        self._stamp(gc, marker_path, marker_trans, corners, face)

    def draw_path_collection(
        self,
        gc: GraphicsContextBase,
        master_transform: Transform,
        paths: Any,
        all_transforms: Any,
        *places_and_looks: Any,
        **others: Any,
    ) -> None:
        """Draw marks, each of its own looks."""
        base: Any = super()
        raw = [*base._iter_collection_raw_paths(master_transform, paths, all_transforms)]
        each = base._iter_collection(gc, raw, *places_and_looks, **others)
        for x, y, (path, transform), own, face in each:
            if x or y:
                self._stamp(own, path, transform, [(x, y)], face)
            else:
                self.draw_path(own, path, transform, face)

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        """Draw a line of letters as outlines."""
        line = _line(s, prop, ismath)
        size = prop.get_size_in_points() / line.face.em
        turned = f"rotate({-angle:g})" if angle else ""
        letters = []
        for number, at in line.letters:
            if outline := _letter(line.face, number):
                name = self._name(f'<path id="{{}}" d="{outline}"/>')
                place = f' x="{at}"' if at else ""
                letters.append(f'<use xlink:href="#{name}"{place}/>')
        ascent, descent, _ = self._get_font_height_metrics(prop)
        wide, top, foot = line.advance * size, line.top * size, line.foot * size
        top, foot = max(top, ascent), min(foot, -descent)
        turn = Affine2D().rotate_deg(angle).translate(x, self.height - y)
        self.words += turn.transform([(0, foot), (0, top), (wide, foot), (wide, top)]).tolist()
        place = f"translate({short(x)} {short(y)}){turned}scale({size:.4g} {-size:.4g})"
        rest = f">{''.join(letters)}</g>"
        self.add(_look(gc, gc.get_rgb(), 0), f'<g transform="{place}"', rest, self._clip(gc))

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """Return how large a line of letters is."""
        line = _line(s, prop, ismath)
        size = prop.get_size_in_points() / line.face.em
        return line.advance * size, (line.top - line.foot) * size, -line.foot * size

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float, float, float]:
        # matplotlib asks for it, or else opens the font for every text.
        size = prop.get_size_in_points()
        ascent, descent, gap = _line("", prop, False).face.heights
        return ascent * size, descent * size, gap * size

    def _clip(self, gc: GraphicsContextBase) -> tuple[float, ...]:
        if gc.get_clip_path()[0] is not None:
            raise NotImplementedError
        box = gc.get_clip_rectangle()
        if box is None:
            return ()
        x, y, wide, high = box.bounds
        return x, self.height - y - high, wide, high

    def _stamp(
        self,
        gc: GraphicsContextBase,
        mark: Any,
        transform: Transform,
        corners: Sequence[Sequence[float]],
        face: Any,
    ) -> None:
        matrix = transform.get_matrix()
        wide = gc.get_linewidth()
        if mark is Path.unit_circle() and _of_one_colour(gc, face):
            look = css(None, tuple(face), 2 * matrix[0, 0] + wide, cap="round")
            dots = _dots([(x, self.height - y) for x, y in corners])
            self.add(look, f'<path d="{dots}"', clip=self._clip(gc))
            return
        if len(mark.vertices) < _FEW:
            for x, y in corners:
                self.draw_path(gc, mark, Affine2D(matrix).translate(x, y), face)
            return
        key = (mark, matrix.tobytes())
        if key not in self._stamps:
            outline = _outline(mark, Affine2D(matrix).scale(1, -1))
            self._stamps[key] = self._name(f'<path id="{{}}" d="{outline}"/>')
        look, clip = _look(gc, face), self._clip(gc)
        for x, y in corners:
            place = f'x="{short(x)}" y="{short(self.height - y)}"'
            self.add(look, f'<use xlink:href="#{self._stamps[key]}" {place}', clip=clip)

    def _name(self, what: str) -> str:
        """Return by which name something is known that is drawn more than once."""
        return self._names.setdefault(what, f"i{len(self._names):x}")


@cache
def _hundredths(number: int) -> str:
    text = f"{number / 100:.2f}".rstrip("0").rstrip(".")
    return text.replace("0.", ".", 1) if abs(number) < 100 and number else text


def told(
    points: Iterable[Sequence[int]], codes: Iterable[int], number: Number = _hundredths
) -> str:
    """Return the data of an outline, each point told from the one before it.

    Parameters
    ----------
    points
        In whole numbers, so that nothing adds up: hundredths, unless ``number`` prints others.
    codes
        Those of matplotlib.
    """
    made: list[str] = []
    steps: list[int] = []
    bend: list[int] = []
    left = top = 0
    start = (0, 0)
    for (x, y), code in zip(points, codes, strict=True):
        if code == MOVE:
            start = (x, y)
            made.append("M" + _joined((x, y), number))
        elif code == LINE:
            if y == top:
                made.append("h" + number(x - left))
            elif x == left:
                made.append("v" + number(y - top))
            else:
                made.append("l" + _joined((x - left, y - top), number))
        elif code == CLOSE:
            made.append("z")
            left, top = start
            continue
        else:
            letter, needed = _CURVES[code]
            steps += (x - left, y - top)
            if len(steps) < needed:
                continue
            # Mirrored in where it begins, the point that bends the curve is that of the last one.
            smooth = letter == "q" and steps[:2] == bend
            made.append(
                "t" + _joined(steps[2:], number) if smooth else letter + _joined(steps, number)
            )
            bend = [steps[2] - steps[0], steps[3] - steps[1]] if needed == 4 else []
            left, top, steps = x, y, []
            continue
        left, top, bend = x, y, []
    return "".join(made)


def short(value: float) -> str:
    """Print a number of points with two decimals at most."""
    return _hundredths(round(100 * value))


def _joined(numbers: Iterable[int], number: Number) -> str:
    return " ".join(map(number, numbers)).replace(" -", "-")


def _outline(path: Path, transform: Transform, *, simplify: bool = False) -> str:
    made: Any = path.cleaned(transform, remove_nans=True, simplify=simplify, curves=True)
    # The last is no point: it says that the path ends.
    points = np.rint(100 * made.vertices[:-1]).astype(int).tolist()
    return told(points, made.codes[:-1].tolist())


def _dots(places: Iterable[tuple[float, float]]) -> str:
    """Return the data of one outline whose round ends are dots.

    A line of nought is left out by some programs. From left to right steps are short to tell.
    """
    told_of, left, top = "", 0, 0
    for x, y in sorted((round(100 * x), round(100 * y)) for x, y in places):
        told_of += f"m{_joined((x - left, y - top), _hundredths)}h.01"
        left, top = x + 1, y
    return told_of


def _of_one_colour(gc: GraphicsContextBase, face: Any) -> bool:
    """Tell whether a mark is filled, with an edge of the same colour or none, and hides."""
    if face is None or tuple(face)[3:] not in ((), (1.0,)) or gc.get_hatch() is not None:
        return False
    return not gc.get_linewidth() or tuple(gc.get_rgb()) == tuple(face)


def _look(gc: GraphicsContextBase, face: Any, wide: float | None = None) -> str:
    if gc.get_hatch() is not None or gc.get_sketch_params() is not None:
        raise NotImplementedError
    dashes: Any
    start, dashes = gc.get_dashes()
    return css(
        None if face is None else tuple(face),
        gc.get_rgb(),
        gc.get_linewidth() if wide is None else wide,
        cap=gc.get_capstyle(),
        join=gc.get_joinstyle(),
        dashes=tuple(dashes or ()),
        start=start,
        opacity=gc.get_alpha() if gc.get_forced_alpha() else None,
    )


@cache
def css(
    fill: Any,
    edge: Any,
    wide: float,
    *,
    cap: str = "butt",
    join: str = "round",
    dashes: tuple[float, ...] = (),
    start: float = 0.0,
    opacity: float | None = None,
) -> str:
    """Say how a mark looks."""
    said = [f"fill:{'none' if fill is None else to_hex(fill)}"]
    if opacity is not None and opacity < 1:
        said.append(f"opacity:{opacity:g}")
    elif fill is not None and len(fill) == 4 and fill[3] < 1:
        said.append(f"fill-opacity:{fill[3]:g}")
    if wide:
        said.append(f"stroke:{to_hex(edge)};stroke-width:{short(wide)}")
        if opacity is None and len(edge) == 4 and edge[3] < 1:
            said.append(f"stroke-opacity:{edge[3]:g}")
        if dashes:
            said.append("stroke-dasharray:" + ",".join(f"{each:.6g}" for each in dashes))
        if start:
            said.append(f"stroke-dashoffset:{start:.4g}")
        if cap != "butt":
            said.append(f"stroke-linecap:{'square' if cap == 'projecting' else cap}")
        if join != "round":
            said.append(f"stroke-linejoin:{join}")
    return ";".join(said)


@cache
def _letter(face: Face, number: int) -> str:
    return told(*face.outline(number), str)


def _line(words: str, prop: FontProperties, ismath: Any) -> Line:
    if ismath or prop.get_style() != "normal" or (*prop.get_family(),) != font_families():
        raise NotImplementedError
    return shaped(words, prop.get_weight() in ("bold", 700))
