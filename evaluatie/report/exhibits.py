"""Every table and figure of the evaluation, by name: which rows, which columns, which picture.

The report in both languages, the sheets of municipalities and the exports show the same
exhibits, so that a number can not differ between them. An exhibit reads finished results and
computes nothing.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers import entries
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.plots.labels import described, opened
from evaluatie.answers.run import Run
from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.formatting import Language, language
from evaluatie.ground.tables import Column
from evaluatie.ground.words import sentences
from evaluatie.report.facts import facts
from evaluatie.report.prose import Fact, fill

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Shown:
    """Rows for a reader.

    Attributes
    ----------
    frame
        Tidy rows; shares are fractions. Columns that the view does not name stay in exports.
    columns
        What is shown of them: the columns with a heading.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(each for each in self.columns if each.nl))


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure that is drawn when asked for, with the numbers in it.

    Attributes
    ----------
    draw, narrow
        Draw it as on a printed page, and where it has such a form as on a telephone.
    data
        The rows that it shows.
    told
        Tells its ``title``, the finding that stands above it; its ``caption``, which stands below
        it; and ``alt``: what it shows for who cannot see it.
    web
        Returns what a page shows in its place, where that can be worked with: HTML.
    """

    draw: Callable[[], Figure]
    data: Shown
    told: Callable[[str], str]
    narrow: Callable[[], Figure] | None = None
    web: Callable[[], str] | None = None


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
    """Return the ``caption`` of an exhibit, or ``title`` or ``alt`` of a figure, with its numbers.

    A table may name ``n_rows``, and table and figure what they find in their rows. The title of a
    figure is its finding, with which its alternative text begins; the caption says in numbers
    what was found, then what is shown.
    It is plain text: who prints it escapes it.
    """
    room = sentences(_ANSWER[made])
    if isinstance(made, TableFor) and (
        made.found or "{n_rows" in room[f"caption_{made.name}"][lang]
    ):
        rows = _rows(made.name, done)
        # Of no rows nothing is found; they need not even have columns.
        found = {"n_rows": len(rows), **(made.found(rows) if made.found and len(rows) else {})}
    own = {name: (value, "") for name, value in (found or {}).items()}
    names: Mapping[str, Fact] = ChainMap(own, facts(done))  # type: ignore[arg-type]

    def said(key: str) -> str:
        return fill(room[f"{key}_{made.name}"][lang], names, lang)

    if isinstance(made, TableFor):
        return said("caption")
    if part == "caption":
        return said("caption_figure")
    title = opened(said("title"))
    return title if part == "title" else described(title, said("alt"))


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
    if name not in FIGURES:
        raise UnknownNameError.of("figure", name, FIGURES)
    drawn = FIGURES[name]
    rows, found = _drawn(name, done)
    web = drawn.web

    def told(part: str) -> str:
        return words(drawn, part, done, language(lang), found)

    def made(**how: bool) -> Figure:
        from evaluatie.answers.plots.heading import headed

        return headed(drawn.draw(rows, done, lang, **how), told("title"))

    return Picture(
        made,
        Shown(rows, drawn.data.columns),
        told,
        (lambda: made(narrow=True)) if drawn.narrow else None,
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
