"""Every table and figure of the evaluation, by name: which rows, which columns, which picture.

The report in both languages, the sheets of municipalities and the exports show the same
exhibits, so that a number can not differ between them. An exhibit reads finished results and
computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evaluatie.ground.errors import UnknownNameError
from evaluatie.report.exhibits import (
    beyond,
    data,
    effect,
    first_counts,
    learning,
    printed,
    rates,
    stations,
)
from evaluatie.report.exhibits.shown import Picture, Shown
from evaluatie.report.finished import Finished

__all__ = ["FIGURES", "TABLES", "Picture", "Shown", "figure", "table"]

TABLES: Mapping[str, Callable[[Finished, str], Shown]] = {
    **data.TABLES,
    **rates.TABLES,
    **stations.TABLES,
    **effect.TABLES,
    **first_counts.TABLES,
    **learning.TABLES,
    **beyond.TABLES,
    **printed.TABLES,
}
"""Name to the rows and the view of a table."""

FIGURES: Mapping[str, Callable[[Finished, str], Picture]] = {
    **data.FIGURES,
    **rates.FIGURES,
    **stations.FIGURES,
    **effect.FIGURES,
    **first_counts.FIGURES,
    **learning.FIGURES,
    **beyond.FIGURES,
}
"""Name to the picture and the numbers in it."""


def table(name: str, done: Finished, lang: str = "nl") -> Shown:
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


def figure(name: str, done: Finished, lang: str = "nl") -> Picture:
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
