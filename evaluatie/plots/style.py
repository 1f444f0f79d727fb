"""One visual language for every figure.

Colours differ in lightness as well as in hue, so that they part in grey print and for
colour-blind readers; shapes repeat what colours say. Labels stand at the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from evaluatie import formatting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "GROUP_COLOURS", "MARKERS", "figure", "percent_axis", "style"]

COLOURS: Mapping[str, str] = {
    "ink": "#1c2733",
    "muted": "#5b6875",
    "rule": "#d5dade",
    "later": "#12436d",  # voters who met the new ballot before
    "first": "#c8570f",  # voters who met it for the first time
    "comparison": "#97a1ab",
    "reversal": "#6b4c9a",
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

_PARAMETERS: Mapping[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": COLOURS["rule"],
    "grid.linewidth": 0.6,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "figure.facecolor": COLOURS["paper"],
    "figure.dpi": 120,
    "savefig.facecolor": COLOURS["paper"],
    "svg.fonttype": "path",
    "svg.hashsalt": "evaluatie",
    "legend.frameon": False,
}

PAGE_WIDTH = 6.7
"""Inches: the width of the text on a printed page."""


@contextmanager
def style() -> Iterator[None]:
    """Apply the visual language inside a block and nowhere else."""
    import matplotlib as mpl

    parameters: Any = dict(_PARAMETERS)
    with mpl.rc_context(parameters):
        yield


def figure(height: float, *, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    """Make a figure of page width, ``height`` inches high, outside of any global state."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(PAGE_WIDTH, height), layout="constrained")
    return drawn, drawn.subplots(rows, columns, **options)


def percent_axis(axes: Axes, which: str, lang: str, decimals: int = 1) -> None:
    """Print the ticks of the ``x`` or ``y`` axis, which holds fractions, as percentages."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(lambda value, _: formatting.percent(value, lang, decimals))
