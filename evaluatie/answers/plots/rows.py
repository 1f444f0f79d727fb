"""Figures of rows: each has its name beside it, or on a telephone above it, and its value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evaluatie.answers.plots.board import NARROW
from evaluatie.answers.plots.labels import short
from evaluatie.answers.plots.letters import wrapped
from evaluatie.answers.plots.style import BASE, COLOURS, ROW, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes


NAME = "row"
"""Marks words that say what a row is."""
_UNDER_ITS_NAME = 0.41
"""Inches: a row, and its name above it."""
UPRIGHT = 90
"""Points beside an axis that has numbers and words at its left."""
BETWEEN_NAMES = 110
"""Points beside an axis that has names at its right as well."""


def row_height(narrow: bool) -> float:
    """Return how many inches a row takes."""
    return _UNDER_ITS_NAME if narrow else ROW


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
    narrow: bool = False,
    length: int = 30,
    bold: Sequence[bool] = (),
) -> None:
    """Say what each row is: beside the axis, or on a telephone above the row.

    Each line of a label has at most ``length`` characters. These are no labels of ticks, which
    matplotlib takes much longer to make and to measure.
    """
    axes.set_yticks([])
    paper = {"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 0.6}
    place: dict[str, Any] = (
        {"xytext": (3, 7), "bbox": paper}
        if narrow
        else {"xytext": (-3.5, 0), "ha": "right", "va": "center_baseline"}
    )
    for label, height, strong in zip(labels, heights, bold or [False] * len(labels), strict=True):
        axes.annotate(
            "\n".join(short(line, length) for line in label.split("\n")),
            (0, height),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            fontsize=SMALL,
            fontweight="bold" if strong else "normal",
            gid=NAME,
            **place,
        )


def value_of_row(axes: Axes, height: float, text: str, colour: str, *, bold: bool = False) -> None:
    """Write in the right margin, where no mark and no line can cover it, what a row comes to."""
    axes.annotate(
        text,
        (1.02, height),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=SMALL,
        color=colour,
        fontweight="bold" if bold else "normal",
    )
