"""Every table and figure of the evaluation, by name: which rows, which columns, which picture.

The report in both languages, the sheets of municipalities and the exports show the same
exhibits, so that a number can not differ between them. An exhibit reads finished results and
computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from evaluatie.answers import entries
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.run import Run
from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.formatting import Language, language
from evaluatie.ground.words import sentences
from evaluatie.report.exhibits.shown import Picture, Shown
from evaluatie.report.facts import facts
from evaluatie.report.prose import fill

__all__ = ["FIGURES", "TABLES", "Picture", "Shown", "figure", "figure_for", "table", "words"]


TABLES: Mapping[str, TableFor] = {made.name: made for each in entries() for made in each.tables}
"""Name to what a table is made of."""

FIGURES: Mapping[str, FigureFor] = {
    drawn.name: drawn for each in entries() for drawn in each.figures
}
"""Name to what a figure is made of."""

_ANSWER = {made: each.name for each in entries() for made in (*each.tables, *each.figures)}
"""Whose words an exhibit has."""


def table(name: str, done: Run) -> Shown:
    """Return the rows of the table called ``name``.

    Raises
    ------
    UnknownNameError
        For an unknown table.
    NotAvailableError
        If these counts do not allow it.
    """
    if name not in TABLES:
        raise UnknownNameError.of("table", name, TABLES)
    return Shown(_rows(name, done), TABLES[name].columns)


def words(
    made: TableFor | FigureFor,
    part: str,
    done: Run,
    lang: Language,
    found: Mapping[str, Any] | None = None,
) -> str:
    """Return the ``caption`` or ``alt`` of an exhibit with the numbers of a run in it.

    A table may name ``n_rows``, and table and figure what they find in their rows. What a caption
    finds stands before its last line, which says what is shown; an alternative text begins with
    the same finding. It is plain text: who prints it escapes it.
    """
    room = sentences(_ANSWER[made])
    key = f"caption_{made.name}" if isinstance(made, TableFor) else f"caption_figure_{made.name}"
    told = room[key][lang]
    if part == "alt":
        *finding, _ = told.strip().splitlines()
        told = "\n".join((*finding, room[f"alt_{made.name}"][lang]))
    if isinstance(made, TableFor) and (made.found or "{n_rows" in told):
        rows = made.rows(done)
        # Of no rows nothing is found; they need not even have columns.
        found = {"n_rows": len(rows), **(made.found(rows) if made.found and len(rows) else {})}
    names = {**facts(done), **{name: (value, "") for name, value in (found or {}).items()}}
    return fill(told, names, lang)


def figure_for(name: str) -> FigureFor:
    """Return what the figure called ``name`` is made of.

    Raises
    ------
    UnknownNameError
        For an unknown figure.
    """
    if name not in FIGURES:
        raise UnknownNameError.of("figure", name, FIGURES)
    return FIGURES[name]


# Asked for by each sentence that names it, too.
@cache
def figure(name: str, done: Run, lang: str = "nl") -> Picture:
    """Return the figure called ``name``, ready to be drawn, with its numbers.

    Raises
    ------
    UnknownNameError
        For an unknown figure.
    NotAvailableError
        If these counts do not allow it.
    """
    drawn = figure_for(name)
    rows, found = _drawn(name, done)
    web = drawn.web
    return Picture(
        lambda: drawn.draw(rows, done, lang),
        Shown(rows, drawn.data.columns),
        lambda part: words(drawn, part, done, language(lang), found),
        (lambda: drawn.draw(rows, done, lang, narrow=True)) if drawn.narrow else None,
        (lambda: web(rows, done, lang)) if web else None,
    )


# Asked for by a page that may not show them, by the piece, and in the other language.
@cache
def _rows(name: str, done: Run) -> pd.DataFrame:
    return TABLES[name].rows(done)


@cache
def _drawn(name: str, done: Run) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    drawn = FIGURES[name]
    rows = drawn.data.rows(done)
    return rows, drawn.found(rows, done) if drawn.found else {}
