"""What readers see of the summary: its columns, and the figure of the first page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.run import NotAvailableError
from evaluatie.ground.tables import Column
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run


TABLE: tuple[Column, ...] = (
    c.ELECTION.called(
        "Verkiezing",
        "Election",
        about="Election id such as TK2025; null where the row is of all elections together",
        filled=False,
    ),
    c.OUTCOME,
    Column(
        "kind",
        nl="Van",
        en="Of",
        about="effect, mean, next, elections, learning or municipality",
        filled=True,
        show=lambda row, lang: say(f"summary.of_{row['kind']}", lang),
    ),
    c.MUNICIPALITY,
    c.GROUP.called("", ""),
    c.ESTIMATE,
    c.CONF,
    c.BOUND,
    c.P_VALUE.called("", ""),
    c.N_TREATED,
    c.N_COMPARISON,
    c.VINTAGE.called("Telling", "Count", filled=False),
    c.METHOD.called("", "", filled=False),
)
"""One row per estimate."""

COLUMNS: tuple[str, ...] = tuple(name for column in TABLE for name in column.names)
"""Names in the frame."""

_BY_NAME = {column.name: column for column in TABLE}
_NAMES = ("election", "municipality", "outcome", "vintage", "estimate", "conf", "bound")
_HEADLINE = (*(_BY_NAME[name] for name in _NAMES), c.N_TREATED, c.N_COMPARISON)


def _estimates(run: Run) -> pd.DataFrame:
    frame = run.frame("summary")
    if frame.empty:  # no election at which an effect can be estimated
        raise NotAvailableError(run.result("summary")["sentence"])
    # The municipalities have a figure of their own.
    return frame[frame["kind"] == "effect"]


def _draw_headline(rows: pd.DataFrame, run: Run, lang: str, *, narrow: bool = False) -> Figure:
    from evaluatie.answers.summary.draw import headline

    names = {name: words[lang] for name, words in run.result("summary")["names"].items()}
    return headline(rows, lang, names, narrow=narrow)


def draw(answer: Answer, lang: str) -> Figure:
    """Draw the effect at every election, and in each municipality at the latest."""
    from evaluatie.answers.summary.draw import headline

    names = {name: words[lang] for name, words in answer.parts["names"].items()}
    return headline(answer.table, lang, names)


FIGURES = (
    FigureFor(
        "headline",
        _draw_headline,
        TableFor("headline", _HEADLINE, _estimates),
        narrow=True,
    ),
)
