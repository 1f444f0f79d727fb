"""Where words stand in a figure, as the renderer measures them."""

from __future__ import annotations

import itertools

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

SLACK = 0.75
"""Pixels that two boxes may share: letters do not fill their boxes."""


def texts(drawn: Figure) -> list[Text]:
    """Return the texts that are seen once the figure is drawn."""
    if drawn.stale or not isinstance(drawn.canvas, FigureCanvasAgg):
        FigureCanvasAgg(drawn).draw()
        drawn.stale = False
    unseen = set()
    for ax in drawn.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            room = 1e-6 * (high - low)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low - room <= tick.get_loc() <= high + room or not ax.axison:
                    unseen |= {id(tick.label1), id(tick.label2)}
            if not ax.axison:
                unseen.add(id(axis.label))
    return [
        text
        for text in drawn.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in unseen
    ]


def said(drawn: Figure) -> str:
    """Return all words of a figure."""
    return " | ".join(text.get_text() for text in texts(drawn))


def box(text: Text) -> Bbox:
    """Return the box around the letters; that of an annotation would hold its arrow too."""
    return Text.get_window_extent(text)


def overlapping(drawn: Figure) -> list[tuple[str, str]]:
    """Return the pairs of texts of which one covers a part of the other."""
    boxes = [(text.get_text(), box(text)) for text in texts(drawn)]
    return [
        (one, other)
        for (one, a), (other, b) in itertools.combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK
    ]


def outside(drawn: Figure) -> list[str]:
    """Return the texts that run over the edge of the figure."""
    edge = drawn.bbox
    return [
        text.get_text()
        for text in texts(drawn)
        if (b := box(text)).x0 < edge.x0 - 1
        or b.x1 > edge.x1 + 1
        or b.y0 < edge.y0 - 1
        or b.y1 > edge.y1 + 1
    ]
