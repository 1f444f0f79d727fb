"""What readers see of the plausibility of counts: columns, the table of findings, the funnel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import FigureFor, TableFor, once
from evaluatie.answers.quality.draw import funnel
from evaluatie.ground.tables import Column, Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run


_UNIT_NAME = Column(
    "unit_name", "text", "Gemeente", "Municipality", "Name of the unit", filled=True
)
_SENTENCE = Column(
    "sentence", nl="Bevinding", en="Finding", show=lambda row, lang: str(row[f"sentence_{lang}"])
)

FINDINGS: tuple[Column, ...] = (
    Column("severity", "word", "Ernst", "Severity", "error, warning or info", filled=True),
    c.VINTAGE,
    # The sentence names election and unit.
    c.ELECTION.called("", ""),
    _UNIT_NAME.called("", ""),
    _SENTENCE,
    Column(
        "level", about="Level: municipality, polling_station, group or national", filled=True
    ),
    Column(
        "unit", about="Code of the municipality, or id of the polling station", filled=True
    ),
    Column("rule", about="Rule that was broken, by its stable short name", filled=True),
    Column("measure", about="The count that value and expected are of", filled=True),
    Column("value", "number", about="The count that was found"),
    Column("expected", "number", about="What was expected"),
    Column("known", about="Note of known_exceptions.csv, where the finding is known"),
    Column("sentence_nl", about="The finding in Dutch", filled=True),
    Column("sentence_en", about="The finding in English", filled=True),
)  # fmt: skip
"""Rows of findings; a reader sees the sentence of his language."""

FUNNEL: tuple[Column, ...] = (
    c.ELECTION.called("", ""),
    c.MUNICIPALITY_CODE,
    c.MUNICIPALITY,
    c.GROUP,
    c.VINTAGE,
    c.COUNT.called("", ""),
    c.TOTAL,
    c.ESTIMATE.called(
        "Aandeel", "Share", kind="percent", about="Share, as a fraction of the total"
    ),
    c.CONF.called(
        "Grenzen van de trechter", "Funnel limits", kind="interval",
        about="limit at this number of ballots",
    ),
    Column("target", "percent", about="Pooled share of the comparison municipalities"),
    Column("z", "number", about="Standard deviations from the target"),
    Column("binomial", "interval", about="limit if municipalities did not differ"),
    Column("flag", "count", about="1 above the limits, -1 below them, 0 within"),
)  # fmt: skip


def _asked(run: Run) -> pd.DataFrame:
    rows = run.frame("quality", election=list(run.elections()))
    return once(rows[rows["severity"] != "info"], "unit")


def draw_funnel(answer: Answer, lang: str) -> Figure:
    """Draw the funnel of one election."""
    return funnel(answer.table, lang)


def _beside_its_name(row: Row, lang: str) -> str:
    """Return a finding without the municipality and the election that it begins with."""
    *_, found = str(row[f"sentence_{lang}"]).partition(": ")
    return found[:1].upper() + found[1:]


TABLES = (
    TableFor(
        "findings", (c.ELECTION, _UNIT_NAME, replace(_SENTENCE, show=_beside_its_name)), _asked
    ),
)
FIGURES = (
    FigureFor(
        "funnel",
        lambda rows, _, lang, **how: funnel(rows, lang, **how),
        TableFor("funnel", FUNNEL, lambda run: run.frame(run.latest("funnel"))),
        narrow=True,
    ),
)
