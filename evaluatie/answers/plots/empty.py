"""Data that lack something: rows that can be drawn, and the figure that says there are none."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluatie.answers.plots.style import BASE, COLOURS, figure, style
from evaluatie.ground.errors import InputError
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def usable(frame: pd.DataFrame, *needed: str, how: str = "any") -> pd.DataFrame:
    """Return the rows that can be drawn, with what is unknown as NaN.

    Parameters
    ----------
    frame
        A table as an analysis makes it, or as it comes back from JSON, where a column of
        unknown numbers is a column of None.
    needed
        Columns that a row must have a value in: all of them, or with ``how="all"`` any.

    Raises
    ------
    InputError
        If a needed column is missing from a table with rows.
    """
    if frame.empty:
        return frame
    for name in needed:
        if name not in frame:
            raise InputError("the table to draw lacks a column", rule="columns", expected=name)
    unknown = frame.columns[frame.isna().all()]
    cleaned = frame.assign(**{str(name): np.nan for name in unknown})
    if not needed:
        return cleaned
    missing = cleaned[list(needed)].isna()
    return cleaned[~(missing.any(axis=1) if how == "any" else missing.all(axis=1))]


def not_available(text: str | None = None, lang: str = "nl") -> Figure:
    """Draw a small calm figure with only words.

    Parameters
    ----------
    text
        Why there is nothing to draw; without it, that there are no counts for this figure.
    """
    lines = textwrap.wrap(text or say("plots.nothing", lang), 72)[:6]
    with style():
        drawn, ax = figure(0.55 + 0.2 * max(len(lines), 1))
        ax.set_axis_off()
        ax.text(
            0.5,
            0.5,
            "\n".join(lines),
            ha="center",
            va="center",
            fontsize=BASE,
            color=COLOURS["muted"],
            parse_math=False,
        )
        ax.axhline(0, color=COLOURS["rule"], lw=0.8)
        ax.axhline(1, color=COLOURS["rule"], lw=0.8)
        ax.set_ylim(0, 1)
    return drawn
