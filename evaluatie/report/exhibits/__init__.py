"""Every table and figure of the evaluation, by name: which rows, which columns, which picture.

The report in both languages, the sheets of municipalities and the exports show the same
exhibits, so that a number can not differ between them. An exhibit reads finished results and
computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from evaluatie.answers import entries
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.run import Run
from evaluatie.ground.errors import UnknownNameError
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["FIGURES", "TABLES", "Picture", "Shown", "figure", "figure_for", "table"]


TABLES: Mapping[str, TableFor] = {made.name: made for each in entries() for made in each.tables}
"""Name to what a table is made of."""

FIGURES: Mapping[str, FigureFor] = {
    drawn.name: drawn for each in entries() for drawn in each.figures
}
"""Name to what a figure is made of."""


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
    return Shown(TABLES[name].rows(done), TABLES[name].columns)


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
    rows = drawn.data.rows(done)
    found = drawn.found(rows, done) if drawn.found else {}
    web = drawn.web
    return Picture(
        lambda: drawn.draw(rows, done, lang),
        Shown(rows, drawn.data.columns),
        drawn.caption(lang, found),
        drawn.alt(lang, found),
        (lambda: drawn.draw(rows, done, lang, narrow=True)) if drawn.narrow else None,
        (lambda: web(rows, done, lang)) if web else None,
    )
