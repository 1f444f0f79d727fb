"""Every table and figure of the evaluation, by name: which rows, which columns, which picture.

The report in both languages, the sheets of municipalities and the exports show the same
exhibits, so that a number can not differ between them. An exhibit reads finished results and
computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from evaluatie.answers import entries
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.run import Run
from evaluatie.ground.errors import UnknownNameError
from evaluatie.report.exhibits import (
    beyond,
    learning,
)
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["FIGURES", "TABLES", "Picture", "Shown", "figure", "table"]

TABLES: dict[str, Callable[[Run, str], Shown]] = {
    **learning.TABLES,
    **beyond.TABLES,
}
"""Name to the rows and the view of a table."""

FIGURES: dict[str, Callable[[Run, str], Picture]] = {
    **learning.FIGURES,
    **beyond.FIGURES,
}
"""Name to the picture and the numbers in it."""


def _of_answers() -> None:
    """Add what the answers declare."""
    for entry in entries():
        for made in entry.tables:
            TABLES[made.name] = _table(made)
        for drawn in entry.figures:
            FIGURES[drawn.name] = _figure(drawn)


def _table(made: TableFor) -> Callable[[Run, str], Shown]:
    return lambda run, lang: Shown(made.rows(run), made.columns)


def _figure(drawn: FigureFor) -> Callable[[Run, str], Picture]:
    def picture(run: Run, lang: str) -> Picture:
        rows = drawn.data.rows(run)
        return Picture(lambda: drawn.draw(rows, run, lang), Shown(rows, drawn.data.columns))

    return picture


_of_answers()


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
