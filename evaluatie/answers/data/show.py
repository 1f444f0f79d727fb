"""What readers see of the plan, the counts, their sources, and the size of tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.data import biljet
from evaluatie.answers.effect.methods import METHODS
from evaluatie.answers.entry import FigureFor, TableFor, once
from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say, sentences

if TYPE_CHECKING:
    from evaluatie.answers.run import Run


HARMLESS = ("ballots<=eligible", "eligible-copied")
"""Rules of oddities that touch no share: too many rows for a reader, and nothing to explain."""


def _number(name: str, nl: str, en: str, about: str = "") -> Column:
    return Column(name, "count", nl, en, about, filled=bool(about))


COVERAGE: tuple[Column, ...] = (
    c.ELECTION,
    c.VINTAGE,
    _number("n_municipalities", "Gemeenten", "Municipalities", "Municipalities that exist"),
    _number("n_valid", "Met geldige stemmen", "With valid votes", "With valid votes counted"),
    _number(
        "n_rejected", "Met ongeldig en blanco samen", "With invalid and blank together",
        "With invalid and blank votes together counted",
    ),
    _number(
        "n_split", "Met ongeldig en blanco apart", "With invalid and blank apart",
        "With invalid and blank votes apart counted",
    ),
    _number("n_treated", "", "", "With the new ballot"),
    _number(
        "n_treated_split", "Daarvan in het experiment", "Of these in the experiment",
        "With the new ballot, and invalid and blank apart",
    ),
    _number("n_best", "", "", "With the split, of which this is the best count"),
    _number("n_treated_best", "", "", "Of these with the new ballot"),
    _number("ballots", "", "", "Ballots in the counts that are known"),
)  # fmt: skip
"""Rows by election and vintage."""

_PLAN: tuple[Column, ...] = (
    c.ELECTION,
    Column(
        "date", nl="Datum", en="Date",
        show=lambda row, lang: formatting.date(dt.date.fromisoformat(row["date"]), lang),
    ),
    _number("n", "Gemeenten", "Municipalities"),
    Column(
        "municipalities", nl="Gemeenten met het nieuwe stembiljet",
        en="Municipalities with the new ballot",
    ),
    c.BASELINE,
)  # fmt: skip
_ODDITIES: tuple[Column, ...] = (
    c.MUNICIPALITY,
    Column("rule", "word", "Wat opvalt", "What was seen"),
    c.VINTAGE.called("Telling", "Count"),
    _number("eligible", "Kiesgerechtigden", "Eligible"),
    _number("ballots", "Stembiljetten", "Ballots"),
    _number("invalid", "Ongeldig", "Invalid"),
    _number("blank", "Blanco", "Blank"),
)


def publisher(row: Row, lang: str) -> str:
    """Say in the reader's language what the catalogue says in English; others stay as given."""
    worded = sentences("data")
    told = (each for key, each in worded.items() if key.startswith("publisher_"))
    return next((each[lang] for each in told if each["en"] == row["publisher"]), row["publisher"])


_SOURCES: tuple[Column, ...] = (
    Column("id", nl="Bron", en="Source"),
    Column("publisher", nl="Uitgever", en="Publisher", show=publisher),
    Column(
        "date", nl="Datum", en="Date",
        show=lambda row, lang: str(row["date"]).replace(" to ", {"nl": " tot "}.get(lang, " to ")),
    ),
    Column("status", "word", "Status", "Status"),
    Column(
        "sha256", nl="SHA-256 (begin)", en="SHA-256 (start)",
        show=lambda row, lang: str(row["sha256"])[:12],
    ),
)  # fmt: skip


def _method(row: Row, lang: str) -> str:
    name = row["method"]
    return say(f"{'effect' if name in METHODS else 'data'}.method_{name}", lang)


_SIZE: tuple[Column, ...] = (
    Column("method", nl="Methode", en="Method", show=_method),
    Column(
        "estimand", "text", "Gemeenten", "Municipalities",
        show=lambda row, lang: say(f"effect.estimand_{row['estimand']}", lang),
    ),
    Column("small", "interval_percent1", "Kleine gemeenten", "Small municipalities"),
    Column("large", "interval_percent1", "Grote gemeenten", "Large municipalities"),
    Column("real", "interval_percent1", "De echte", "The real ones"),
    Column("coverage", "interval_percent1", "Dekking daarvan", "Coverage of that"),
)  # fmt: skip


def _oddities(run: Run) -> pd.DataFrame:
    odd = run.frame("known_exceptions", election=run.elections()[-1])
    return once(odd[~odd["rule"].isin(HARMLESS)], "municipality_code")


def _sizes(data: str) -> Callable[[Run], pd.DataFrame]:
    """Return the sizes of the tests that the report uses; more were simulated to choose them."""

    def rows(run: Run) -> pd.DataFrame:
        every = run.frame("size", data=data)
        named = every["method"].map(lambda name: f"method_{name}" in sentences("data"))
        return every[named | every["method"].isin([*METHODS])].reset_index(drop=True)

    return rows


TABLES = (
    TableFor("plan", _PLAN, lambda run: run.frame("plan")),
    TableFor("coverage", COVERAGE, lambda run: run.frame("coverage")),
    TableFor("oddities", _ODDITIES, _oddities),
    TableFor("sources", _SOURCES, lambda run: run.frame("sources")),
    TableFor("false-alarm", _SIZE, _sizes("fitted")),
    TableFor("false-alarm-real", _SIZE, _sizes("real")),
)
FIGURES = (
    FigureFor(
        "biljet",
        biljet.draw,
        TableFor("biljet", biljet.COLUMNS, biljet.rows),
        biljet.found,
        narrow=True,
    ),
)
