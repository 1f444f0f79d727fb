"""What readers see of first counts: columns, tables, figures."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.first_counts import draw as telling
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run

_RESULT = "first_counts"


def _word(name: str, stem: str = "") -> Callable[[Row, str], str]:
    """Return what says a value in words."""
    return lambda row, lang: say(f"first_counts.{stem}{str(row[name]).replace(' ', '_')}", lang)


def _prediction(row: Row, lang: str) -> str:
    return say("first_counts.to", lang, low=row["change_low"], high=row["change_high"])


def _predicts(row: Row, lang: str) -> str:
    return say("first_counts.next", lang) if row["predicts"] == "next" else str(row["predicts"])


def _came(row: Row, lang: str) -> str:
    return say("first_counts.came", lang, came=row["came"]) if row["predicts"] != "next" else ""


_GROUP = c.GROUP.called(
    "Groep", "Group", filled=True, show=_word("group"),
    about="experiment (with the new ballot) or rest (all others)",
)  # fmt: skip
_N = c.N_MUNICIPALITIES.called("Gemeenten", "Municipalities", filled=True)
_COUNTS: tuple[Column, ...] = (
    Column("first", "count", "Eerste telling", "First count", "Votes in the first count"),
    Column("official", "count", "Officieel", "Official", "Votes in the official count"),
    Column("added", "count", about="Votes in the official count minus those in the first"),
    Column(
        "change", "change", "Verschil", "Difference", "Official count over first count, minus 1"
    ),
)
_FIRST = Column(
    "share_first", "percent", "Aandeel, eerste", "Share, first",
    "Share of ballots in the first count",
)  # fmt: skip
_OFFICIAL = Column(
    "share_official", "percent", "Aandeel, officieel", "Share, official",
    "Share of ballots in the official count",
)  # fmt: skip

SUMS: tuple[Column, ...] = (
    c.ELECTION,
    c.OUTCOME,
    _GROUP,
    Column("suspect", about="Whether suspect counts are included or left out", filled=True),
    _N,
    Column(
        "n_suspect", "count", filled=True,
        about="Municipalities among these whose counts are suspect",
    ),
    *_COUNTS,
    _FIRST.called("", ""),
    _OFFICIAL.called("", ""),
    c.REMARK.called("Opmerking", "Remark", show=_word("suspect")),
)  # fmt: skip
"""Rows by election, outcome and group."""

MUNICIPALITIES: tuple[Column, ...] = (
    c.ELECTION,
    c.OUTCOME,
    c.MUNICIPALITY_CODE,
    c.MUNICIPALITY,
    _GROUP.called("", ""),
    Column(
        "status", filled=True,
        about="counted, a rule of known_exceptions.csv, not-reported or no-first-count",
    ),
    *_COUNTS,
    _FIRST,
    _OFFICIAL,
    c.REMARK.called("Opmerking", "Remark", show=_word("status", "status_")),
    Column("source_first", about="Source of the first count"),
    Column("source_official", about="Source of the official count"),
)  # fmt: skip
"""Rows by election, outcome and municipality."""

EFFECTS: tuple[Column, ...] = (
    c.ELECTION,
    c.OUTCOME,
    Column(
        "count", "text", "Telling", "Count",
        "first, first_without (suspects), same (official, those of first) or official (all)",
        True, _word("count", "count_"),
    ),
    c.ESTIMATE,
    c.CONF,
    c.P_VALUE.called("", ""),
    c.N_TREATED,
    c.N_COMPARISON,
    c.VINTAGE.called("", ""),
    Column("baseline_vintage", "word", about="Vintage of the counts of the baseline", filled=True),
    c.METHOD,
)  # fmt: skip
"""Rows by election, outcome and count that the effect was taken from."""

EXPECTED: tuple[Column, ...] = (
    Column(
        "predicts", "text", "Verkiezing", "Election",
        "next, or an election that was predicted from those before it", True, _predicts,
    ),
    c.OUTCOME,
    _GROUP,
    Column("based_on", about="Elections that the prediction rests on", filled=True),
    Column(
        "change", "change", "Verschil", "Difference",
        "Official count over first count, minus 1, as predicted", True,
    ),
    Column(
        "change", "interval_percent1", "Voorspelling (95%)", "Prediction (95%)",
        "end of the prediction interval", True, _prediction,
    ),
    Column("came", "number", "Werd", "Came to", "What it came to", show=_came),
    _N,
    Column("n_predicted", "count", about="Municipalities that are predicted", filled=True),
    c.METHOD,
)  # fmt: skip
"""Rows by outcome, group and election that is predicted."""

PARTS = {
    "municipalities": (
        "array",
        "The municipalities with the new ballot, and others whose count is suspect or was not "
        "reported",
    ),
    "effects": ("array", "The effect of the ballot on each count"),
    "expected": (
        "array",
        "What an official count adds to a first one at a next election, with a prediction interval",
    ),
    "lines": ("object", "The result in single statements, a list of sentences a language"),
    "names": ("object", "Election ids in words, nl and en"),
}


def _of(row: Row, lang: str) -> str:
    """Say what a row of the figure is."""
    if row["row"] == "municipality":
        return str(row["municipality"])
    return say(f"first_counts.{row['group']}", lang)


_DRAWN: tuple[Column, ...] = (
    c.MUNICIPALITY.called("Gemeente", "Municipality", show=_of),
    _N.called("Gemeenten", "Municipalities"),
    *(each for each in _COUNTS if each.nl),
    _FIRST,
    _OFFICIAL,
    c.REMARK.called("Opmerking", "Remark", show=_word("status", "status_")),
)


def _drawn(run: Run) -> pd.DataFrame:
    return telling.rows_drawn(run.frame(_RESULT), run.part(_RESULT, "municipalities"))


def draw(answer: Answer, lang: str) -> Figure:
    """Draw first and official share of each municipality at the newest election."""
    named: Any = SimpleNamespace(called=answer.parts["names"].get)
    rows = telling.rows_drawn(answer.table, answer.parts["municipalities"])
    return telling.draw(rows, named, lang)


TABLES = (
    TableFor("first-counts", SUMS, lambda run: run.frame(_RESULT)),
    TableFor("first-counts-effect", EFFECTS, lambda run: run.part(_RESULT, "effects")),
    TableFor("first-counts-next", EXPECTED, lambda run: run.part(_RESULT, "expected")),
)
_TELLING = TableFor("telling", _DRAWN, _drawn)
FIGURES = (FigureFor("telling", telling.draw, _TELLING, telling.found, narrow=True),)
