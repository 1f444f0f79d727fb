"""One visual language for every figure.

Colours differ in lightness as well as in hue, so that they part in grey print and for
colour-blind readers; shapes repeat what colours say. Labels stand at the data. Letters are
those of the report, and large enough to be read when the page is shown on a phone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluatie.ground.errors import EstimationError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


COLOURS: Mapping[str, str] = {
    "ink": "#1c2733",
    "muted": "#55616d",
    "rule": "#d5dade",
    "later": "#12436d",  # voters who met the new ballot before
    "first": "#bf5208",  # voters who met it for the first time
    "comparison": "#87919b",  # three to one on white, as graphics on a page must be
    "reversal": "#7a4fa8",
    "paper": "#ffffff",
}

GROUP_COLOURS: Mapping[str, str] = {
    "experiment": COLOURS["later"],
    "later use": COLOURS["later"],
    "first use": COLOURS["first"],
    "comparison": COLOURS["comparison"],
    "excluded": COLOURS["comparison"],
    "rest": COLOURS["comparison"],
    "reversal": COLOURS["reversal"],
}

MARKERS: Mapping[str, str] = {
    "experiment": "o",
    "later use": "o",
    "first use": "D",
    "comparison": "|",
    "excluded": "|",
    "rest": "s",
    "reversal": "^",
}

PAGE_WIDTH = 6.7
"""Inches: the width of the text on a printed page."""
PHONE_WIDTH = 3.75
"""Inches: a telephone of 360 pixels."""
BASE = 10.5
"""Points: ten pixels high where the page is shown 460 pixels wide."""
SMALL = 9.5
"""Points: the smallest letters in any figure, nine pixels on such a page."""
ROW = 0.24
"""Inches: a line of small letters or a mark, and room around it."""
DASHED = (0, (4, 3))
PLATE: Mapping[str, Any] = {"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 0.6}
"""Of paper, below letters where lines run."""
FINDING = "finding"
"""Marks words that a drawing says as its finding where nobody else does."""

_APPLIED: ContextVar[bool] = ContextVar("this style is that of matplotlib now", default=False)
_GIVEN: ContextVar[Axes | None] = ContextVar("axes of the caller", default=None)

FAMILY = "evaluatie"
"""Under this name, which nobody else uses, the fonts are known to matplotlib."""
_FACES = {"Regular": 400, "Semibold": 700}
"""Semibold stands for bold, the one weight that DejaVu has as well."""

_PARAMETERS: Mapping[str, Any] = {
    "font.size": BASE,
    "axes.titlesize": BASE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.titley": 1.0,  # else it is sought above both axes, each time
    "axes.labelsize": BASE,
    # Of ticks of matplotlib, which a figure has that nothing in plots.axes was asked for.
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": COLOURS["rule"],
    "grid.linewidth": 0.6,
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": COLOURS["paper"],
    "text.color": COLOURS["ink"],
    "text.parse_math": False,  # names of municipalities are names, whatever they hold
    "text.usetex": False,
    "figure.facecolor": COLOURS["paper"],
    "figure.dpi": 120,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "legend.frameon": False,
}

_PAD = 1 / 36
"""Inches around what is drawn: a title begins where the text of the page does."""

_SAVING: Mapping[str, Any] = {
    "savefig.facecolor": COLOURS["paper"],
    "savefig.dpi": "figure",
    "savefig.bbox": None,
    "savefig.pad_inches": _PAD,
    "svg.fonttype": "path",
    "svg.hashsalt": "evaluatie",
    "pdf.fonttype": 42,
    "text.usetex": False,
}
"""Read when a figure is written, often long after it was drawn."""

_UNDATED: Mapping[str, Mapping[str, None]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {"Software": None},
}


def face(name: str) -> Path | None:
    """Return the file of ``Regular`` or ``Semibold`` letters, None where it is not installed."""
    try:
        path = Path(str(files("font_source_sans_pro") / "files" / f"SourceSansPro-{name}.ttf"))
    except ModuleNotFoundError:
        return None
    return path if path.is_file() else None


@cache
def font_families() -> tuple[str, ...]:
    """Return the families of the letters: those of the report first, DejaVu for what they lack.

    The font files of the report are made known to matplotlib once, under a name of their own,
    so that no font of the machine and no figure of somebody else is concerned. Without the
    files, the letters are DejaVu's.
    """
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    paths = {weight: face(name) for name, weight in _FACES.items()}
    if None in paths.values():
        return ("DejaVu Sans",)
    found = [
        dataclasses.replace(
            font_manager.ttfFontProperty(FT2Font(str(path))), name=FAMILY, weight=weight
        )
        for weight, path in paths.items()
    ]
    font_manager.fontManager.ttflist.extend(found)
    return (FAMILY, "DejaVu Sans")


@contextmanager
def style() -> Iterator[None]:
    """Apply the visual language inside a block and nowhere else."""
    if _APPLIED.get():
        yield
        return
    import matplotlib as mpl

    parameters: Any = {**_PARAMETERS, **_SAVING, "font.family": list(font_families())}
    token = _APPLIED.set(True)
    try:
        with mpl.rc_context(parameters):
            yield
    finally:
        _APPLIED.reset(token)


def figure(
    height: float, *, rows: int = 1, narrow: bool = False, **options: Any
) -> tuple[Figure, Any]:
    """Make a figure as wide as a page or telephone, ``height`` inches high, outside of any state.

    Written to a file, it is the same byte for byte every time, whatever the settings of the
    caller. ``options`` are those of ``Figure.subplots``. Inside :func:`within` it is part of
    somebody else's figure.
    """
    given = _GIVEN.get()
    if given is not None:
        return _inside(given, rows, options)
    size = (PHONE_WIDTH if narrow else PAGE_WIDTH, height)
    drawn = page_figure()(figsize=size, layout="constrained")
    axes = drawn.subplots(
        rows,
        subplot_kw={"axes_class": page_axes()},
        gridspec_kw={"left": 0.25},  # about where labels of rows end
        **options,
    )
    for each in drawn.axes:
        # Labels of ticks stick out further than these do; inner panels have no labels.
        each.spines[:].set_in_layout("sharex" in options)
    return drawn, axes


def panels(
    sizes: Sequence[int],
    *,
    head: float,
    title: float,
    row: float,
    between: float = 1.0,
    narrow: bool = False,
) -> tuple[Figure, Sequence[Axes]]:
    """Make a figure of panels below each other, as high as their rows, on one horizontal axis.

    Parameters
    ----------
    sizes
        Rows of each panel.
    head, title, row
        Inches for the axis below, for the title of a panel, and for a row.
    between
        Rows of space in a panel that hold nothing.
    narrow
        For a telephone.
    """
    drawn, axes = figure(
        head + title * len(sizes) + row * sum(sizes),
        rows=len(sizes),
        narrow=narrow,
        sharex=True,
        squeeze=False,
        height_ratios=[size + between for size in sizes],
    )
    return drawn, axes[:, 0]


@contextmanager
def within(ax: Axes | None) -> Iterator[None]:
    """Draw on the axes of the caller, in this block; where a figure has several, in their place."""
    token = _GIVEN.set(ax)
    try:
        yield
    finally:
        _GIVEN.reset(token)


def _inside(ax: Axes, rows: int, options: Mapping[str, Any]) -> tuple[Figure, Any]:
    drawn: Any = ax.figure
    if rows == 1:
        return drawn, ax if options.get("squeeze", True) else np.array([[ax]])
    place = ax.get_subplotspec()
    if place is None:
        raise EstimationError(
            "this figure has several axes, and the place of these in their figure is not known",
            rule="figure",
            expected="axes made by subplots",
        )
    ax.remove()
    part = drawn.add_subfigure(place)
    return part, part.subplots(rows, **options)


@cache
def page_figure() -> type[Figure]:
    """Return the class of figures that are drawn and written the same way everywhere."""
    # Built on first use: `import evaluatie.plots` need not wait for matplotlib.
    import matplotlib as mpl
    from matplotlib.axis import Axis
    from matplotlib.backend_bases import FigureCanvasBase
    from matplotlib.figure import Figure as Plain
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    class PageFigure(Plain):
        """A figure that is drawn and written the same way everywhere."""

        def _repr_png_(self) -> bytes:
            # A notebook shows it, whether or not pyplot was told to.
            made = io.BytesIO()
            self.savefig(made, format="png")
            return made.getvalue()

        def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
            # Once pyplot is imported, IPython passes over figures of which the axes are inside.
            return {} if self.axes else {"image/png": self._repr_png_()}

        def draw(self, renderer: Any) -> None:
            # Ticks of matplotlib are made while drawing, with the settings of that moment.
            with style():
                super().draw(renderer)

        def savefig(self, fname: Any, **kwargs: Any) -> None:
            kind = str(kwargs.get("format") or Path(str(fname)).suffix.removeprefix(".")).lower()
            if kind == "svg" and kwargs.keys() <= {"format", "dpi", "bbox_inches"}:
                # Where it holds what only matplotlib has words for, that writes it.
                with contextlib.suppress(NotImplementedError):
                    _write(fname, self.as_svg(tight=kwargs.get("bbox_inches") == "tight"))
                    return
            undated = _UNDATED.get(kind, {})
            kwargs["metadata"] = {**undated, **(kwargs.get("metadata") or {})}
            parameters: Any = _SAVING
            with mpl.rc_context(parameters):
                super().savefig(fname, **kwargs)

        def as_svg(self, *, tight: bool = False) -> str:
            """Return a file of SVG, ``tight`` with the paper as large as what is drawn."""
            from evaluatie.answers.plots.vector import Vector

            dots, canvas, layout = self.dpi, self.canvas, self.get_layout_engine()
            try:
                self.dpi = 72
                paper = Vector(self.bbox.width, self.bbox.height)
                # Who lays out asks the canvas what measures letters.
                FigureCanvasBase(self).get_renderer = lambda: paper  # type: ignore[attr-defined]
                with style():
                    if layout is not None:
                        layout.execute(self)
                        self.set_layout_engine("none")
                    super().draw(paper)
                box = self.bbox.frozen()
                if tight:
                    frames = [each.bbox.get_points() for each in self.axes]
                    shown = np.concatenate([*frames, paper.words or box.get_points()])
                    box = Bbox([shown.min(axis=0), shown.max(axis=0)]).padded(72 * _PAD)
            finally:
                self.dpi = dots
                self.set_canvas(canvas)
                if layout is not None:
                    self.set_layout_engine(layout)
            return paper.written(box, self.head())

        def head(self) -> str:
            """Return what the SVG begins with."""
            return ""

        def reword(self, change: Callable[[str], str]) -> None:
            """Change words, each text for itself."""
            found: list[Any] = [self]
            for each in found:
                found += [each.label] if isinstance(each, Axis) else each.get_children()
                if isinstance(each, Text):
                    each.set_text(change(each.get_text()))

    return PageFigure


@cache
def page_axes() -> type[Axes]:
    """Return the class of axes that are measured once for the paper of an SVG."""
    from matplotlib.axes import Axes as Plain
    from matplotlib.transforms import Bbox

    from evaluatie.answers.plots.vector import Vector

    class PageAxes(Plain):
        """Axes that know how far what belongs to them sticks out."""

        _measured: tuple[Any, Any, float] = (None, None, 0.0)

        def get_tightbbox(self, renderer: Any = None, **options: Any) -> Any:
            if not isinstance(renderer, Vector) or options != {"for_layout_only": True}:
                return super().get_tightbbox(renderer, **options)
            # A layout asks twice. Only from narrower axes may labels stick out further.
            paper, out, width = self._measured
            if paper is not renderer or self.bbox.width < 0.99 * width:
                box = super().get_tightbbox(renderer, **options) or self.bbox
                out = box.get_points() - self.bbox.get_points()
                self._measured = (renderer, out, self.bbox.width)
            return Bbox(self.bbox.get_points() + out)

    return PageAxes


def _write(target: Any, text: str) -> None:
    if hasattr(target, "write"):
        target.write(text.encode())
    else:
        Path(target).write_bytes(text.encode())
