"""What readers see of the personal vote: columns, tables, figures.

Shares are printed in percent, differences of shares in percentage points, and effective numbers
of candidates as numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer, records
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.personal_vote.draw import preference_changes
from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run


_RESULT = "personal_vote"


def main_effects(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in which every municipality counts once."""
    return table[table["weights"] == "municipalities"].reset_index(drop=True)


def main_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Return the preference votes of municipalities, those with the new ballot first."""
    rows = changes[changes["measure"] == "preference"].sort_values("change", ascending=False)
    return rows.sort_values("group", key=lambda of: of == "comparison", kind="stable").reset_index(
        drop=True
    )


def _print(value: Any, row: Row, lang: str, *, signed: bool = True) -> str:
    """Print a difference in the unit of its measure."""
    if pd.isna(value):
        return formatting.UNKNOWN
    if row["measure"] == "concentration":
        return formatting.number(value, lang, 2, sign=signed)
    said = formatting.points(value, lang)
    return said if signed else said.removeprefix("+")


def _difference(name: str, *, signed: bool = True) -> Callable[[Row, str], str]:
    return lambda row, lang: _print(row[name], row, lang, signed=signed)


def _interval(row: Row, lang: str) -> str:
    ends = (_print(row[f"conf_{end}"], row, lang) for end in ("low", "high"))
    return formatting.span(ends, lang)


_WEIGHTS = Column("weights", about="Whether a voter or a municipality counts once", filled=True)
_MEASURE = Column(
    "measure", "text", "Maat", "Measure", "What was measured", True,
    lambda row, lang: say(f"personal_vote.measure_{row['measure']}", lang),
)  # fmt: skip
_BEFORE = Column("before", "percent1", about="Share at the baseline", filled=True)
_AFTER = Column("after", "percent1", about="Share at the election", filled=True)

EFFECTS: tuple[Column, ...] = (
    c.ELECTION.called("", ""),
    c.BASELINE.called("", "", filled=True),
    _MEASURE,
    _WEIGHTS,
    _BEFORE,
    _AFTER,
    Column(
        "before_comparison", "percent1", filled=True,
        about="Mean of the comparison municipalities at the baseline",
    ),
    Column(
        "after_comparison", "percent1", filled=True,
        about="Mean of the comparison municipalities at the election",
    ),
    Column(
        "change", "number", "Nieuw stembiljet", "New ballot",
        "Share at the election minus share at the baseline", True, _difference("change"),
    ),
    Column(
        "change_comparison", "number", "Elders", "Elsewhere",
        "Mean change of the comparison municipalities", True, _difference("change_comparison"),
    ),
    c.ESTIMATE.called(
        "Effect", "Effect", kind="number", filled=True, show=_difference("estimate"),
        about="Difference of the changes: a fraction, or candidates for concentration",
    ),
    c.STD_ERROR.called("", "", filled=True, about="Standard error of the estimate"),
    c.CONF.called("", "", filled=True),
    Column("interval", "number", "95%-interval", "95% interval", show=_interval),
    c.P_VALUE.called("p", "p", filled=True),
    Column("p_assigned", "p", about="P-value by re-assignment", filled=True),
    Column(
        "lowest", "points", filled=True,
        about="Lowest estimate with any one municipality left out",
    ),
    Column(
        "highest", "points", filled=True,
        about="Highest estimate with any one municipality left out",
    ),
    c.N_TREATED.called("Experiment", "Experiment", filled=True),
    c.N_COMPARISON.called("Vergelijking", "Comparison", filled=True),
    Column(
        "detectable", "number", "Te zien vanaf", "Seen from",
        "Difference that would have been seen with 80% probability", True,
        _difference("detectable", signed=False),
    ),
    c.METHOD,
)  # fmt: skip
"""Rows by measure and weighting."""

MUNICIPALITIES: tuple[Column, ...] = (
    c.ELECTION.called("", ""),
    c.BASELINE.called("", "", filled=True),
    c.MUNICIPALITY_CODE.called("", "", filled=True),
    c.MUNICIPALITY.called("Gemeente", "Municipality", filled=True),
    c.GROUP.called("Groep", "Group", filled=True),
    Column("votes", "count", "Stemmen", "Votes", "Votes on all candidates at the election", True),
    _MEASURE.called("", ""),
    _BEFORE.called("Eerst", "First", filled=False),
    _AFTER.called("Daarna", "Then", filled=False),
    Column(
        "change", "points", "Verandering (procentpunt)", "Change (percentage points)",
        "Share at the election minus share at the baseline",
    ),
)  # fmt: skip
"""Rows by municipality and measure; readers see preference votes."""

PARTS = {
    "changes": ("array", "The change of every measure in every municipality"),
    "printed": ("object", "Shares that were printed of another election, and how far chance goes"),
}


def _effects(run: Run) -> pd.DataFrame:
    return main_effects(run.frame(run.latest(_RESULT)))


def _changes(run: Run) -> pd.DataFrame:
    return main_changes(run.part(run.latest(_RESULT), "changes"))


def _preference(_: pd.DataFrame, run: Run) -> Mapping[str, Any]:
    """The difference in preference votes, where it is known."""
    return next(iter(records(_effects(run).query("measure == 'preference'"))), {})


def draw(answer: Answer, lang: str) -> Figure:
    """Draw the change in preference votes of every municipality."""
    return preference_changes(answer.parts["changes"], answer.table, lang)


TABLES = (TableFor("personal-vote", EFFECTS, _effects),)
FIGURES = (
    FigureFor(
        "personal-vote",
        lambda rows, run, lang, **how: preference_changes(rows, _effects(run), lang, **how),
        TableFor("personal-vote", MUNICIPALITIES, _changes),
        _preference,
        narrow=True,
    ),
)
