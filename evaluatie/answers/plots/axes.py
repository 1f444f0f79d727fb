"""Axes as a reader of Dutch or English expects them: units, decimals, thousands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluatie.answers.plots.style import COLOURS
from evaluatie.ground import formatting

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_RATIOS = (0.05, 0.1, 0.2, 0.5, 0.7, 1.0, 1.4, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def percent_axis(axes: Axes, which: str, lang: str, decimals: int | None = None) -> None:
    """Print the ticks of the ``x`` or ``y`` axis, which holds fractions, as percentages.

    Without ``decimals`` there are as many as the ticks need.
    """

    def text(value: float, exact: int) -> str:
        return formatting.percent(value, lang, exact if decimals is None else decimals)

    _ticks(axes, which, text)


def points_axis(axes: Axes, which: str, lang: str) -> None:
    """Print the ticks of an axis that holds fractions in percentage points, with their sign."""
    _ticks(axes, which, lambda value, exact: formatting.points(value, lang, max(1, exact)))


def count_axis(axes: Axes, which: str, lang: str) -> None:
    """Print the ticks of an axis as whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axis = _axis(axes, which)
    axis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(_counted(lang))


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
    _logarithmic(axes, low, high, ticks, _counted(lang))


def ratio_axis(axes: Axes, lang: str, low: float, high: float) -> None:
    """Make a logarithmic axis of ratios from ``low`` to ``high``, with 1 always in view."""
    low, high = _apart(min(max(low, 0.01), 0.95), max(high, 1.05))
    wide = high / low > 12
    ticks = [t for t in _RATIOS if low <= t <= high and not (wide and t in (0.7, 1.4))]

    def text(value: float, _: object) -> str:
        digits = 0 if value == round(value) else 2 if value < 0.1 else 1
        return formatting.number(value, lang, digits)

    _logarithmic(axes, low, high, ticks, text)


def _logarithmic(
    axes: Axes,
    low: float,
    high: float,
    ticks: Sequence[float],
    text: Callable[[float, object], str],
) -> None:
    from matplotlib.ticker import FixedLocator

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(FixedLocator([]))
    axes.xaxis.set_major_formatter(text)
    axes.set_xlim(low, high)


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


def _ticks(axes: Axes, which: str, text: Callable[[float, int], str], scale: float = 100) -> None:
    """Set round ticks, each printed with the decimals that they need together."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    class Exact(FuncFormatter):
        """Looks once at all ticks, not at each."""

        def format_ticks(self, values: Any) -> list[str]:
            exact = decimals_of(values, scale)
            return [text(value, exact) for value in values]

    axis = _axis(axes, which)
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(Exact(lambda value, _: text(value, decimals_of([value], scale))))


def _counted(lang: str) -> Callable[[float, object], str]:
    return lambda value, _: formatting.count(value, lang)


def decimals_of(values: Any, scale: float = 100) -> int:
    """Return how many decimals, three at most, print every value times ``scale`` as it is."""
    exact = scale * np.asarray(values)
    return next((d for d in range(3) if np.allclose(exact, np.round(exact, d), atol=1e-6)), 3)


def ticks(end: float, most: int = 7) -> list[float]:
    """Return round shares from 0 to ``end`` at least, the last of them the end of the axis."""
    steps = (m * 10.0**p for p in range(-5, 1) for m in (1, 2, 2.5, 4, 5))
    step = next((s for s in steps if np.ceil(end / s - 1e-9) < most), 1.0)
    return [round(float(i * step), 8) for i in range(max(int(np.ceil(end / step - 1e-9)), 1) + 1)]
