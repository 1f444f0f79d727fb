"""Axes as a reader of Dutch or English expects them: units, decimals, thousands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluatie.answers.plots.letters import extent
from evaluatie.answers.plots.style import COLOURS, SMALL
from evaluatie.ground import formatting

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_OUT = 3.5
"""Points that a tick sticks out, and as many to what is next."""
_RATIOS = (0.05, 0.1, 0.2, 0.5, 0.7, 1.0, 1.4, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def percent_axis(axes: Axes, which: str, lang: str) -> None:
    """Print the ticks of the ``x`` or ``y`` axis, which holds fractions, as percentages."""
    _ticks(axes, which, lambda value, exact: formatting.percent(value, lang, exact))


def points_axis(axes: Axes, which: str, lang: str, *, sign: bool = True) -> None:
    """Print the ticks of an axis that holds fractions in percentage points, with their sign."""

    def text(value: float, exact: int) -> str:
        said = formatting.points(value, lang, max(1, exact))
        return said if sign else said.removeprefix("+")

    _ticks(axes, which, text)


def count_axis(axes: Axes, which: str, lang: str, *, grid: bool = True) -> None:
    """Print the ticks of an axis as whole numbers."""
    _ticks(axes, which, lambda value, _: formatting.count(value, lang), integer=True, grid=grid)


def number_axis(axes: Axes, lang: str) -> None:
    """Print the ticks of the horizontal axis as plain numbers, as exact as they need."""
    _ticks(axes, "x", lambda value, exact: formatting.number(value, lang, exact), scale=1)


def log_axis(axes: Axes, lang: str, low: float, high: float, *, narrow: bool = False) -> None:
    """Make a logarithmic axis of counts from ``low`` to ``high``, with ticks at 1, 2 and 5.

    On a telephone there is room for powers of ten.
    """
    low, high = _apart(max(low, 1e-9), high)
    ticks = [
        digit * 10.0**power
        for power in range(-1, 10)
        for digit in ((1,) if narrow else (1, 2, 5))
        if low <= digit * 10.0**power <= high
    ]
    if len(ticks) > 7:
        ticks = [t for t in ticks if not f"{t:.0e}".startswith("2")]
    axes.set(xscale="log", xlim=(low, high))
    axes.minorticks_off()
    rule(axes, "x", ticks, [formatting.count(each, lang) for each in ticks])


def ratio_axis(axes: Axes, lang: str, low: float, high: float) -> None:
    """Make a logarithmic axis of ratios from ``low`` to ``high``, with 1 always in view."""
    low, high = _apart(min(max(low, 0.01), 0.95), max(high, 1.05))
    wide = high / low > 12
    ticks = [t for t in _RATIOS if low <= t <= high and not (wide and t in (0.7, 1.4))]
    digits = (0 if t == round(t) else 2 if t < 0.1 else 1 for t in ticks)
    texts = [formatting.number(t, lang, digit) for t, digit in zip(ticks, digits, strict=True)]
    axes.set(xscale="log", xlim=(low, high))
    axes.minorticks_off()
    rule(axes, "x", ticks, texts)


def rule(
    axes: Axes, which: str, places: Sequence[float], texts: Sequence[str], *, grid: bool = True
) -> None:
    """Print texts at places of an axis, whose ends stay where they are, with lines of a grid.

    These are no ticks of matplotlib, each of which is five artists that it measures many times.
    """
    level = which == "x"
    axes.set(**{f"{which}lim": getattr(axes, f"get_{which}lim")()})
    shared = axes.get_shared_x_axes() if level else axes.get_shared_y_axes()
    for each in shared.get_siblings(axes):
        _axis(each, which).set_ticks([])
        edge = getattr(each, f"get_{which}axis_transform")()
        marks = (places, [0] * len(places))[:: 1 if level else -1]
        look: dict[str, Any] = {"marker": 3 if level else 0, "ms": _OUT, "mew": 0.8, "ls": ""}
        each.plot(*marks, color=COLOURS["muted"], clip_on=False, transform=edge, **look)
        if grid:
            lines = each.vlines if level else each.hlines
            lines(places, 0, 1, colors=COLOURS["rule"], lw=0.6, zorder=0.5, transform=edge)
    below, up, side = getattr(axes, f"get_{which}axis_text1_transform")(2 * _OUT)
    for place, text in zip(places, texts, strict=True):
        x, y = (place, 0) if level else (0, place)
        axes.text(x, y, text, fontsize=SMALL, va=up, ha=side, transform=below)
    room = SMALL if level else max((extent(text, SMALL) for text in texts), default=0)
    _axis(axes, which).labelpad = 2 * _OUT + room + 4


def zero_line(axes: Axes, which: str = "x", at: float = 0.0) -> None:
    """Draw the line of no effect."""
    draw = axes.axvline if which == "x" else axes.axhline
    draw(at, color=COLOURS["ink"], lw=0.9, zorder=1.5)


def limits(*values: Any) -> tuple[float, float]:
    """Return the least and largest finite number in arrays; 0 and 1 if there is none."""
    every = np.concatenate([np.asarray(v, dtype="float64").ravel() for v in values])
    finite = every[np.isfinite(every)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def _apart(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > 1.2 * low else (low / 1.3, max(high, low) * 1.3)


def _axis(axes: Axes, which: str) -> Any:
    return axes.xaxis if which == "x" else axes.yaxis


def _ticks(
    axes: Axes,
    which: str,
    text: Callable[[float, int], str],
    scale: float = 100,
    *,
    integer: bool = False,
    grid: bool = True,
) -> None:
    """Set round ticks, each printed with the decimals that they need together."""
    from matplotlib.ticker import MaxNLocator

    low, high = _axis(axes, which).get_view_interval()
    every = MaxNLocator(nbins=6, integer=integer, steps=[1, 2, 5, 10]).tick_values(low, high)
    spare = 1e-9 * (high - low)
    values = [float(each) for each in every if low - spare <= each <= high + spare]
    exact = decimals_of(values, scale)
    rule(axes, which, values, [text(each, exact) for each in values], grid=grid)


def decimals_of(values: Any, scale: float = 100) -> int:
    """Return how many decimals, three at most, print every value times ``scale`` as it is."""
    exact = scale * np.asarray(values)
    return next((d for d in range(3) if np.allclose(exact, np.round(exact, d), atol=1e-6)), 3)


def ticks(end: float, most: int = 7) -> list[float]:
    """Return round shares from 0 to ``end`` at least, the last of them the end of the axis."""
    steps = (m * 10.0**p for p in range(-5, 1) for m in (1, 2, 2.5, 4, 5))
    step = next((s for s in steps if np.ceil(end / s - 1e-9) < most), 1.0)
    return [round(float(i * step), 8) for i in range(max(int(np.ceil(end / step - 1e-9)), 1) + 1)]
