"""The finding above a figure: the same letters at the same place, however it is drawn."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from matplotlib.text import Text

from evaluatie.answers.plots.board import LEAD, TITLE, WIDTH
from evaluatie.answers.plots.letters import wrapped
from evaluatie.answers.plots.sheet import Sheet
from evaluatie.answers.plots.style import FINDING, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_GAP = 7
"""Points between the title and what is drawn."""


def headed(drawn: Figure, finding: str) -> Figure:
    """Write the finding above a figure, over its whole width, and return the figure.

    What the drawing says by itself as its finding gives way. A board has its title already.
    """
    if not finding or isinstance(drawn, Sheet):
        return drawn
    for text in chain(*(axes.get_children() for axes in drawn.axes)):
        if isinstance(text, Text) and text.get_gid() == FINDING:
            text.set_text("")
    wide, high = 72 * drawn.get_figwidth(), 72 * drawn.get_figheight()
    size = TITLE * max(wide / WIDTH, 1)
    # Programs that round letters make a line a little longer.
    lines = wrapped(finding, wide - 4, size, bold=True, even=True)
    whole = high + LEAD * size * len(lines) + _GAP
    drawn.set_figheight(whole / 72)
    with style():
        for number, line in enumerate(lines):
            foot = 1 - (0.86 + LEAD * number) * size / whole
            drawn.text(0, foot, line, fontsize=size, fontweight="bold", parse_math=False)
    if layout := drawn.get_layout_engine():
        layout.set(rect=(0, 0, 1, high / whole))  # type: ignore[call-arg]
    return drawn
