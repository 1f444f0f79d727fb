"""Figures of rows: each has its name beside it, or on a telephone above it, and its value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evaluatie.answers.plots.board import NARROW
from evaluatie.answers.plots.labels import short
from evaluatie.answers.plots.letters import wrapped
from evaluatie.answers.plots.style import BASE, PLATE, ROW, SMALL

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
    from matplotlib.transforms import offset_copy

    axes.yaxis.set_visible(False)
    look: dict[str, Any] = {"bbox": PLATE} if narrow else {"ha": "right", "va": "center_baseline"}
    right, up = (3, 7) if narrow else (-3.5, 0)
    edge = offset_copy(axes.get_yaxis_transform(), axes.get_figure(root=True), right, up, "points")
    for label, height, strong in zip(labels, heights, bold or [False] * len(labels), strict=True):
        axes.text(
            0,
            height,
            "\n".join(short(line, length) for line in label.split("\n")),
            fontsize=SMALL,
            fontweight="bold" if strong else "normal",
            gid=NAME,
            transform=edge,
            **look,
        )


def value_of_row(axes: Axes, height: float, text: str, colour: str, *, bold: bool = False) -> None:
    """Write in the right margin, where no mark and no line can cover it, what a row comes to."""
    axes.text(
        1.02,
        height,
        text,
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=SMALL,
        color=colour,
        fontweight="bold" if bold else "normal",
    )
