"""What an answer is registered with: everything that others know of it stands here.

Each folder in ``answers`` ends in one :class:`Entry`; ``answers.ANSWERS`` lists them in the
order of the report. The command line, the JSON schemas, the tables and figures of the report,
the exports and the reference are derived from that list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.ground.tables import Column

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run
    from evaluatie.counts import Results


def once(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Keep of what both counts of a unit show only the row of the official one."""
    first = rows.sort_values("vintage", kind="stable").drop_duplicates(["election", unit, "rule"])
    return rows.loc[rows.index.isin(first.index)]


@dataclass(frozen=True)
class TableFor:
    """A table for readers: in the report, in a workbook, as a file.

    Attributes
    ----------
    name
        Such as ``groups``; its caption is ``caption_<name>`` in the words of its answer.
    columns
        What is shown, in order.
    rows
        Picks the rows from the results of a run.
    found
        What the rows show, by name, for the caption.
    """

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[Run], pd.DataFrame]
    found: Callable[[pd.DataFrame], Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class FigureFor:
    """A figure for readers, and the numbers in it.

    Attributes
    ----------
    name
        Such as ``kern``; ``title_<name>``, its finding, ``caption_figure_<name>``, what is shown,
        and ``alt_<name>`` are its words.
    draw
        Draws it from the rows of ``data``, in a language; with ``narrow`` for a telephone.
    data
        The rows that are drawn, as a table.
    found
        What the rows show, by name: its words use these beside the names of the report.
    narrow
        Whether it has a form for telephones.
    web
        Returns what a page shows in its place, where that can be worked with: HTML.
    """

    name: str
    draw: Callable[..., Figure]
    data: TableFor
    found: Callable[[pd.DataFrame, Run], Mapping[str, Any]] | None = None
    narrow: bool = False
    web: Callable[[pd.DataFrame, Run, str], str] | None = None


@dataclass(frozen=True)
class Command:
    """A command that gives an answer; its options are those of the function it calls.

    Attributes
    ----------
    call
        Takes :class:`~evaluatie.counts.Results` first; its other parameters become options, with
        the first sentence of their description in the docstring as help. It may return a text
        instead of an answer, by language: that is printed as it is.
    name
        On the command line; by default that of the function, with hyphens.
    select
        Options that narrow the counts before the call: ``election``, ``municipality``,
        ``vintage``.
    hide
        Parameters that are for the library only.
    listed
        Whether its sentences are printed as a list, and no table.
    forms
        The columns of each form that its table may have.
    level
        Of the counts that it takes.
    files
        Down to which level official files in the user's folder are read for it.
    more
        Other keys of its JSON, that some forms have: name to type (``|`` between
        two) and meaning.
    positional
        Parameters that are typed without the name of an option.
    """

    call: Callable[..., Answer | Mapping[str, str]]
    forms: tuple[tuple[Column, ...], ...]
    name: str = ""
    select: tuple[str, ...] = ("vintage",)
    hide: tuple[str, ...] = ("alpha", "seed")
    listed: bool = False
    level: str = "municipality"
    files: str = "polling_station"
    more: Mapping[str, tuple[str, str]] | None = None
    positional: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The command as it is typed."""
        return self.name or self.call.__name__.replace("_", "-")


@dataclass(frozen=True)
class Entry:
    """One question of the evaluation.

    Attributes
    ----------
    name
        That of its folder.
    analyse
        Computes what the report and the exports read, by name.
    tables, figures, commands
        What is made of it.
    """

    name: str
    analyse: Callable[[Results], Mapping[str, Answer | Mapping[str, Any]]]
    tables: tuple[TableFor, ...] = ()
    figures: tuple[FigureFor, ...] = ()
    commands: tuple[Command, ...] = ()
