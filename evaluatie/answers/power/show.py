"""What readers see of power: columns, a table, figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.power.draw import power_curves
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run


def _word(column: str, kind: str) -> Callable[[Row, str], str]:
    """Say a column's value by its words of some kind."""
    return lambda row, lang: say(f"power.{kind}_{row[column]}", lang)


def _method(row: Row, lang: str) -> str:
    key = str(row["method"]).replace(",", "").replace("-", "_").replace(" ", "_")
    return say(f"learning.method_{key}", lang)


COLUMNS: tuple[Column, ...] = (
    Column(
        "quantity", "text", "Grootheid", "Quantity",
        "effect, learning (experienced minus newcomers) or within (the same municipalities)",
        True, _word("quantity", "quantity"),
    ),
    Column(
        "design", "text", "Ontwerp", "Design",
        "Design that was simulated: five, nine, eleven or planned", True,
        _word("design", "short"),
    ),
    Column(
        "spread", "text", "Effecten", "Effects",
        "Whether effects vary between municipalities: alike or varying", True,
        _word("spread", "spread"),
    ),
    Column("truth", "number", about="True effect in the simulation", filled=True),
    Column(
        "learned", "number", about="Part of the effect of first use that is unlearned later"
    ),
    Column("cell", about="Cell of the simulation: design, spread and truth", filled=True),
    Column("level", "percent1", about="Level at which size and power are counted", filled=True),
    c.METHOD.called("Methode", "Method", show=_method),
    c.N_TREATED.called("", "", filled=True),
    c.N_COMPARISON.called("", ""),
    Column("replications", "count", about="Samples that were simulated", filled=True),
    Column("refused", "number", about="Share of samples in which the test gave no number"),
    Column("minimal", "points", "Kleinste te zien", "Smallest to see"),
    Column("best_power", "percent1", "Grootste kans", "Largest chance"),
    Column(
        "size", "percent1", "Vals alarm", "False alarm",
        "Share of samples in which a true null is rejected",
    ),
    Column(
        "coverage", "percent1", "Dekking", "Coverage",
        "Share of samples whose interval holds the mean that was put in",
    ),
    Column("bias", "number", about="Mean estimate minus the truth"),
    Column("power", "percent1", about="Share of samples in which the test rejects"),
    Column("mc_error", "number", about="Monte Carlo error of size or power"),
    Column("mc_error_coverage", "number", about="Monte Carlo error of the coverage"),
    Column("mc_error_bias", "number", about="Monte Carlo error of the bias"),
)  # fmt: skip
"""Rows by cell and test; readers see the smallest size found, by design and test."""

TRIAL: tuple[Column, ...] = (
    Column(
        "design", "text", "Wie", "Who", "randomised or given", True,
        _word("design", "short"),
    ),
    Column("n_experienced", "count", "Ervaren", "Experienced", "Municipalities that met it", True),
    Column("n_newcomers", "count", "Nieuw", "New", "Municipalities that did not", True),
    Column("learned", "percent1", "Geleerd", "Learned", "Part of the effect taken away", True),
    Column("truth", "points", "Verschil", "Difference", "True difference, a fraction", True),
    Column("power", "percent1", "Kans", "Power", "Share of samples in which it is found", True),
    Column("mc_error_power", "number", about="Monte Carlo error of the power", filled=True),
    Column(
        "size", "percent1", "Vals alarm", "False alarm", "The same where nobody learned", True
    ),
    Column("mc_error", "number", about="Monte Carlo error of the size", filled=True),
    Column(
        "approximate", "percent1", "Kans, benaderd", "Power, approximated",
        "Power by the normal distribution", True,
    ),
    Column(
        "needed", "count", "Nodig, benaderd", "Needed, approximated",
        "Municipalities, as many of either, from which that reaches the power of the plan",
    ),
    Column("replications", "count", "Trekkingen", "Samples", "Samples simulated", True),
)  # fmt: skip
"""One row: a next trial."""


def _rows(run: Run) -> pd.DataFrame:
    minimal = pd.DataFrame(run.result("power")["minimal"])
    # Effects do differ between municipalities, so only tests that allow for it.
    allows = (minimal["method"] != "variance-weighted t") | (minimal["quantity"] == "within")
    plain = minimal["method"].str.endswith(", plain")
    return minimal[allows & ~plain & (minimal["spread"] == "varying") & minimal["size"].notna()]


def draw(answer: Answer, lang: str) -> Figure:
    """Draw power against the size of the effect and of learning."""
    return power_curves(answer.table, lang)


# Every row that readers see is of effects that vary.
_SHOWN = tuple(each.called("", "") if each.name == "spread" else each for each in COLUMNS)
TABLES = (TableFor("power", _SHOWN, _rows),)
FIGURES = (
    FigureFor(
        "power",
        lambda rows, run, lang, **how: power_curves(run.frame("power"), lang, **how),
        TABLES[0],
        narrow=True,
    ),
)
