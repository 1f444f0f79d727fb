"""What stands on a sheet of paper, in points from its upper left corner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Place = tuple[float, float]


class Words(NamedTuple):
    """A line of letters; ``at`` says which side of it is at ``x``, its foot is at ``y``."""

    x: float
    y: float
    words: str
    size: float
    colour: str
    at: str = "left"
    bold: bool = False
    layer: float = 6


class Shape(NamedTuple):
    """Lines through points, or with ``closed`` polygons; dashes are in widths of the line."""

    lines: Sequence[Sequence[Place]]
    fill: str
    edge: str
    wide: float
    layer: float
    closed: bool = False
    cap: str = "butt"
    dashes: tuple[float, ...] = ()
