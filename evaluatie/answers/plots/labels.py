"""Words in figures: beside the data they speak of, never on top of each other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from evaluatie.answers.plots.style import COLOURS, SMALL
from evaluatie.answers.statement import Statement
from evaluatie.ground import formatting

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Floats = npt.NDArray[np.float64]
LINE = 1.25 * SMALL
"""Points from one line of small letters to the next."""


def short(name: object, length: int = 30) -> str:
    """Return a name as one line of at most ``length`` characters, the rest as an ellipsis.

    Registers write ``Mobiel stembureau : SA``: no space stands before a colon, comma or semicolon.
    """
    plain = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in str(name))
    line = re.sub(r" (?=[:;,])", "", " ".join(plain.split()))
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def curly(name: object) -> str:
    """Return a name on one line, with the apostrophe that print has."""
    return short(name, 60).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def spoken(room: str, name: str, values: Mapping[str, Any], lang: str) -> tuple[str, str, str]:
    """Say title, subtitle and alternative text of the figure called ``name``."""
    title, subtitle, alt = (
        Statement(f"{room}.{part}_{name}", values).say(lang)
        for part in ("title", "subtitle", "alt")
    )
    return opened(title), subtitle, described(title, alt)


def opened(finding: str) -> str:
    """Return a finding as a title: one line that begins with a capital."""
    line = " ".join(finding.split())
    return line[:1].upper() + line[1:]


def described(finding: str, alt: str) -> str:
    """Return an alternative text that begins with what a figure shows."""
    return f"{opened(finding)}. {alt}" if finding.strip() else alt


def in_words(number: float) -> str | dict[str, str]:
    """Return what a statement says for a small number: a word up to twelve."""
    if number == int(number) and 0 <= number <= 12:
        return f"@plots.number_{int(number)}"
    return {lang: formatting.count(number, lang) for lang in formatting.LANGUAGES}


def per_10000(share: float) -> int:
    """Return how many of 10,000 ballots a share or a difference of shares is."""
    return round(1e4 * share)


def year(election: str) -> str:
    """Return the year of an election, or its id where that ends otherwise: ``2026``."""
    found = re.search(r"(?:19|20)\d\d$", election)
    return found[0] if found else election


def brief(election: str) -> str:
    """Return the id of an election as the ministry writes it: ``GR26``."""
    return re.sub(r"(?<=[A-Z])20(?=\d\d$)", "", election)


def beside(
    axes: Axes,
    text: str,
    at: tuple[float, float],
    offset: tuple[float, float] = (5, 0),
    **options: Any,
) -> None:
    """Write small letters ``offset`` points from a place in the data."""
    defaults: dict[str, Any] = {"va": "center", "fontsize": SMALL, "parse_math": False}
    axes.annotate(
        text,
        at,
        xytext=offset,
        textcoords="offset points",
        annotation_clip=False,
        **{**defaults, **options},
    )


def note(axes: Axes, text: str, x: float = 1.0, y: float = 1.0, **options: Any) -> None:
    """Write a remark just above the frame at the right, or elsewhere in fractions of the axes."""
    defaults: dict[str, Any] = {
        "ha": "right",
        "va": "bottom",
        "color": COLOURS["muted"],
        "xycoords": "axes fraction",
        "xytext": (0, 3),
    }
    axes.annotate(
        text,
        (x, y),
        textcoords="offset points",
        fontsize=SMALL,
        parse_math=False,
        **{**defaults, **options},
    )


def margin_names(
    axes: Axes,
    rows: Sequence[Mapping[str, Any]],
    *,
    height_inches: float,
) -> None:
    """Write names in the right margin of finished axes, spread so that none covers another.

    Parameters
    ----------
    rows
        Each with x, y (data), name and colour; the most telling first, since names beyond
        those that fit are left out. One that is ``fixed`` stands at its own height.
    height_inches
        About the height of the axes: how many lines of letters fit.
    """
    if not rows:
        return
    from matplotlib.collections import LineCollection

    gap = LINE / (72 * height_inches)
    ordered = sorted(rows[: int(1 / gap) + 1], key=lambda row: float(row["y"]))
    marks = (axes.transScale + axes.transLimits).transform([(r["x"], r["y"]) for r in ordered])
    weights = np.array([1e6 if row.get("fixed") else 1.0 for row in ordered])
    ends = [(1.02, height) for height in spread(marks[:, 1], 1.0, gap, weights)]
    for row, end in zip(ordered, ends, strict=True):
        name, look = short(row["name"], 22), {"color": row["colour"], "transform": axes.transAxes}
        axes.text(*end, name, va="center", fontsize=SMALL, **look)
    axes.add_collection(
        LineCollection(
            [[mark, (x - 0.005, y)] for mark, (x, y) in zip(marks, ends, strict=True)],
            colors=[row["colour"] for row in ordered],
            lw=0.5,
            alpha=0.55,
            zorder=3,
            clip_on=False,
            transform=axes.transAxes,
        ),
        autolim=False,
    )


def spread(heights: Floats, top: float, gap: float, weights: Floats | None = None) -> Floats:
    """Move ascending heights apart to at least ``gap``, as little as possible, within 0 to top.

    What weighs more moves less.
    """
    from scipy.optimize import isotonic_regression

    steps = gap * np.arange(len(heights))
    placed = np.asarray(isotonic_regression(heights - steps, weights=weights).x)
    return np.clip(placed, 0.0, max(top - gap * (len(heights) - 1), 0.0)) + steps
