"""The form for telephones of a figure of rows: the name of a row stands above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evaluatie.answers.plots.axes import row_axis
from evaluatie.answers.plots.board import NARROW
from evaluatie.answers.plots.labels import short
from evaluatie.answers.plots.letters import wrapped
from evaluatie.answers.plots.style import BASE, COLOURS, ROW, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_UNDER_ITS_NAME = 0.41
"""Inches: a row, and its name above it."""
UPRIGHT = 90
"""Points beside an axis that has numbers and words at its left."""


def row_height(narrow: bool) -> float:
    """Return how many inches a row takes."""
    return _UNDER_ITS_NAME if narrow else ROW


def make_narrow(drawn: Figure) -> None:
    """Make a figure as wide as a telephone shows it."""
    drawn.set_figwidth(NARROW / 72)


def folded(words: str, narrow: bool, *, bold: bool = False, beside: int = 24) -> str:
    """Return the words of an axis or a title, on a telephone on as many lines as they need.

    ``beside`` is the room that is left of the axis and right of it, in points.
    """
    if not narrow:
        return words
    lines = (wrapped(line, NARROW - beside, BASE, bold) for line in words.split("\n"))
    return "\n".join(part for line in lines for part in line)


def name_rows(
    axes: Axes,
    heights: Sequence[float],
    labels: Sequence[str],
    *,
    narrow: bool,
    length: int = 30,
    bold: Sequence[bool] = (),
) -> None:
    """Say what each row is: beside the axis, or on a telephone above the row."""
    weights = ["bold" if each else "normal" for each in bold] or ["normal"] * len(labels)
    row_axis(axes, heights, [""] * len(labels) if narrow else labels, length)
    if not narrow:
        for tick, weight in zip(axes.get_yticklabels(), weights, strict=True):
            tick.set_fontweight(weight)
        return
    for label, height, weight in zip(labels, heights, weights, strict=True):
        axes.annotate(
            short(label, length),
            (0, height),
            xycoords=("axes fraction", "data"),
            xytext=(3, 7),
            textcoords="offset points",
            fontsize=SMALL,
            fontweight=weight,
            bbox={"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 0.6},
            parse_math=False,
        )
