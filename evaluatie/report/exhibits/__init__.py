"""Every table and figure of the evaluation, by name: which rows, which columns, which picture.

The report in both languages, the sheets of municipalities and the exports show the same
exhibits, so that a number can not differ between them. An exhibit reads finished results and
computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evaluatie.answers import entries
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.run import Run
from evaluatie.ground.errors import UnknownNameError
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["FIGURES", "TABLES", "Picture", "Shown", "figure", "table"]


def _table(made: TableFor) -> Callable[[Run, str], Shown]:
    return lambda run, lang: Shown(made.rows(run), made.columns)


def _figure(drawn: FigureFor) -> Callable[[Run, str], Picture]:
    def picture(run: Run, lang: str) -> Picture:
        rows = drawn.data.rows(run)
        return Picture(lambda: drawn.draw(rows, run, lang), Shown(rows, drawn.data.columns))

    return picture


TABLES: Mapping[str, Callable[[Run, str], Shown]] = {
    made.name: _table(made) for entry in entries() for made in entry.tables
}
"""Name to the rows and the columns of a table."""

FIGURES: Mapping[str, Callable[[Run, str], Picture]] = {
    drawn.name: _figure(drawn) for entry in entries() for drawn in entry.figures
}
"""Name to the picture and the numbers in it."""


def table(name: str, done: Run, lang: str = "nl") -> Shown:
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
    return TABLES[name](done, lang)


def figure(name: str, done: Run, lang: str = "nl") -> Picture:
    """Return the figure called ``name``, ready to be drawn, with its numbers.

    Raises
    ------
    UnknownNameError
        For an unknown figure.
    NotAvailableError
        If these counts do not allow it.
    """
    if name not in FIGURES:
        raise UnknownNameError.of("figure", name, FIGURES)
    return FIGURES[name](done, lang)
