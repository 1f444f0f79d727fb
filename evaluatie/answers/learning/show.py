"""What readers see of learning: columns, tables, figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.effect.show import counted
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.learning import wennen
from evaluatie.answers.learning.draw import FIGURE, slug
from evaluatie.answers.statement import Statement
from evaluatie.ground import formatting
from evaluatie.ground.formatting import LANGUAGES, finite
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run
    from evaluatie.plan import Question


def _word(name: str) -> Callable[[Row, str], str]:
    def show(row: Row, lang: str) -> str:
        known = isinstance(row[name], str) and row[name]
        return say(f"learning.{name}_{slug(row[name])}", lang) if known else ""

    return show


def _step(row: Row, lang: str) -> str:
    ends = [row[name] for name in ("from_election", "to_election")]
    return " → ".join(end for end in ends if isinstance(end, str))


def _unit(row: Row, lang: str) -> str:
    if row["unit"] == c.POOLED or not isinstance(row["municipality"], str):
        return say("learning.unit_pooled", lang)
    if row["method"] == "leave-one-out":
        return say("learning.unit_without", lang, name=row["municipality"])
    return str(row["municipality"])


def _estimate(row: Row, lang: str) -> str:
    if finite(row["estimate"]):
        return c.on_scale(row["estimate"], row["scale"], lang)
    return c.range_on_scale(row, "bound", lang)


def _p(row: Row, lang: str) -> str:
    if not finite(row["p_value"]):
        return ""
    text = formatting.p_value(float(row["p_value"]), lang)
    if not finite(row["smallest_p"]):
        return text
    smallest = formatting.p_value(float(row["smallest_p"]), lang)
    return say("learning.p_with_smallest", lang, p=text, smallest=smallest)


def _spread(name: str, lang: str) -> str:
    """Say a prior of the spread: its shape in words, and its scale in percentage points."""
    shape, scale = name.split()
    said = say(f"learning.shape_{slug(shape)}", lang)
    return f"{said} {formatting.PRINTED['points0'](float(scale), lang)}"


_WHAT = Column(
    "what", "text", "Grootheid", "Quantity",
    "What is estimated, such as the difference of experienced and new municipalities",
    filled=True, show=_word("what"),
)  # fmt: skip
_UNIT = Column(
    "unit", "text", "Gemeente", "Municipality",
    "pooled, or the code of the municipality: alone, or left out", filled=True, show=_unit,
)  # fmt: skip
_ESTIMATE = Column(
    "estimate", "number", "Schatting of grenzen", "Estimate or bounds",
    "In fractions of ballots or as a ratio, see scale; null where it is known only between "
    "bounds, or not at all", show=_estimate,
)  # fmt: skip
_P = c.P_VALUE.called("p", "p", show=_p)
_METHOD = c.METHOD.called("Methode", "Method", show=_word("method"))
_BASIS = Column(
    "basis", "text", "Grondslag", "Basis",
    "counts, printed (official shares as printed) or mixed (printed at one election, counted "
    "at the other)", filled=True, show=_word("basis"),
)  # fmt: skip
_N_UNITS = Column(
    "n_units", "count", "Gemeenten", "Municipalities", "Municipalities that the row rests on"
)
_STEP = Column("step", "text", "Stap", "Step", show=_step)
_INTERVAL = Column(
    "interval", "number", "95%-interval", "95% interval",
    show=lambda row, lang: c.range_on_scale(row, "conf", lang),
)  # fmt: skip

TABLE: tuple[Column, ...] = (
    Column(
        "estimand",
        about="What is meant by learning: within, between, pooling, exposure or decomposition",
        filled=True,
    ),
    c.OUTCOME,
    _WHAT,
    _UNIT,
    c.MUNICIPALITY,
    Column("from_election", about="Election that is compared with"),
    Column("to_election", about="Election that the row is about"),
    Column("from_use", "count", about="How often voters had met the new ballot by from_election"),
    Column("to_use", "count", about="The same by to_election"),
    Column("scale", about="points (fractions of ballots) or ratio", filled=True),
    _ESTIMATE,
    Column("bound", "interval_points", about="bound of what printed figures leave possible"),
    c.STD_ERROR,
    c.CONF,
    _P,
    Column("smallest_p", "p", about="Smallest p-value that this design can give"),
    Column("n_assignments", "count", about="Ways to choose who is experienced"),
    Column("df", "number", about="Degrees of freedom"),
    _METHOD,
    Column("role", about="primary or sensitivity", filled=True),
    _BASIS,
    _N_UNITS,
    Column("n_experienced", "count", about="Municipalities that had met the ballot before"),
    Column("n_newcomers", "count", about="Municipalities that had not"),
    c.N_COMPARISON,
    c.VINTAGE.called("", "", filled=False),
    c.NOTE,
)
"""What every estimand has, in the order of the frame."""

COLUMNS: tuple[str, ...] = tuple(name for column in TABLE for name in column.names)
"""Names in the frame."""
_TYPES = {
    name: "Int64" if column.json_type == "integer" else "float64"
    for column in TABLE
    if column.json_type != "string"
    for name in column.names
}


class Estimated(NamedTuple):
    """What an estimand finds: its table, the rows behind its figure, and sentences."""

    table: pd.DataFrame
    detail: pd.DataFrame
    said: list[Statement]


def tidy(rows: Iterable[Mapping[str, Any]], estimand: str, question: Question) -> pd.DataFrame:
    """Put rows in the columns that all estimands share, and those that only some have after."""
    every = [{"note": "", **row, "estimand": estimand, "outcome": question.outcome} for row in rows]
    own = (name for row in every[:1] for name in row if name not in COLUMNS)
    return pd.DataFrame(every, columns=[*COLUMNS, *own]).astype(_TYPES)


_SHOWN = Column(
    "shown", "points3", "Procentpunt", "Percentage points",
    "The part, rounded so that the parts add up to the printed difference; fraction",
)  # fmt: skip


def _form(*shown: Column, more: tuple[Column, ...] = ()) -> tuple[Column, ...]:
    """Return what readers are shown, in that order, then what only programs take."""
    names = {column.name for column in shown}
    rest = (*TABLE, *more)
    return (*shown, *(each.called("", "") for each in rest if each.name not in names))


ESTIMATES = _form(_WHAT, _UNIT, _METHOD, _ESTIMATE, _INTERVAL, _P, _N_UNITS)
POOLING = _form(
    Column(
        "prior_difference", "text", "Vooraf: gewenning", "Prior: getting used to it",
        "Prior of the difference, by its name in the plan", True, _word("prior_difference"),
    ),
    Column(
        "prior_spread", "text", "Vooraf: spreiding", "Prior: spread",
        "Prior of the standard deviation between municipalities: shape and scale", True,
        lambda row, lang: _spread(str(row["prior_spread"]), lang),
    ),
    _ESTIMATE.called("Mediaan", "Median"),
    _INTERVAL,
    Column(
        "p_lower", "percent1", "Lager door ervaring", "Lower by experience",
        "Probability that the mean effect of the experienced is below that of newcomers", True,
    ),
    Column(
        "p_halved", "percent1", "Ten minste gehalveerd", "At least halved",
        "Probability that it is at most half of it", True,
    ),
)  # fmt: skip
"""Rows by prior of the difference and of the spread."""
DECOMPOSITION = _form(_STEP, _WHAT.called("Deel", "Part"), _SHOWN)

_CHANGE = _ESTIMATE.called("Verandering of grenzen", "Change or bounds")
_DIFFERENCE = _ESTIMATE.called("Verschil", "Difference")
_WITHIN = (_STEP, _UNIT, _CHANGE, _INTERVAL, c.P_VALUE, _BASIS)
_BETWEEN = (_UNIT, _METHOD, _DIFFERENCE, _INTERVAL, c.P_VALUE, _N_UNITS)
_GROUPS = (
    c.MUNICIPALITY,
    Column(
        "experienced", "text", "Groep", "Group",
        show=lambda row, lang: say(
            f"learning.{'experienced' if row['experienced'] else 'newcomers'}", lang
        ),
    ),
    c.ESTIMATE,
    c.CONF,
)  # fmt: skip
_EXPOSURE = (_WHAT, _METHOD, _ESTIMATE.called("Verhouding", "Ratio"), _INTERVAL, _N_UNITS)


def _rows(estimand: str) -> Callable[[Run], pd.DataFrame]:
    return lambda run: run.frame(f"learning_{estimand}_invalid")


def _steps(run: Run) -> pd.DataFrame:
    return run.frame("learning_within_invalid", scale="points")


def _figure(estimand: str) -> Callable[..., Figure]:
    def picture(rows: pd.DataFrame, run: Run, lang: str, **how: bool) -> Figure:
        detail = run.result(f"learning_{estimand}_invalid")["detail"]
        return FIGURE[estimand](pd.DataFrame(detail), "invalid", lang, **how)

    return picture


def _groups(run: Run) -> pd.DataFrame:
    """Return the municipalities of both groups, each with the margin that its effect has."""
    result = run.result("learning_between_invalid")
    rows = pd.DataFrame(result["detail"]).set_index("unit")
    election = result["table"][0]["to_election"]
    effects = run.frame(
        f"effect_{election}", method=c.PRIMARY, outcome="invalid", comparison="all"
    ).set_index("unit")
    return rows.assign(**effects[["conf_low", "conf_high"]].loc[rows.index]).reset_index()


def _draw_groups(rows: pd.DataFrame, _: Run, lang: str, **how: bool) -> Figure:
    return FIGURE["between"](rows, "invalid", lang, **how)


def _left(rows: pd.DataFrame, _: Run) -> Mapping[str, Any]:
    """Return what is left for learning at each step, where it is known."""
    left = rows.loc[rows["what"] == "learning", "shown"].dropna()
    if left.empty:
        return {}
    then = {lang: f", {say('learning.wennen_then', lang)} " for lang in LANGUAGES}
    return {
        "left": {
            lang: then[lang].join(formatting.points(float(each), lang) for each in left)
            for lang in LANGUAGES
        }
    }


DRAWN = tuple(FIGURE)
"""Estimands with a figure."""


def draw(outcome: str, answer: Answer, lang: str) -> Figure:
    """Draw the figure of an estimand from the rows in its ``detail``."""
    return FIGURE[answer.parts["estimand"]](answer.parts["detail"], outcome, lang)


def _together(rows: pd.DataFrame) -> Mapping[str, Any]:
    whole = rows[rows["unit"] == c.POOLED].dropna(subset=["n_comparison"])
    return counted(whole.assign(n_treated=whole["n_units"])) if len(whole) else {}


TABLES = (
    TableFor("learning-within", _WITHIN, _steps, _together),
    TableFor("learning-between", _BETWEEN, _rows("between")),
    TableFor("learning-pooling", POOLING, _rows("pooling")),
)
FIGURES = (
    FigureFor(
        "wennen",
        wennen.draw,
        TableFor("wennen", wennen.COLUMNS, wennen.rows),
        wennen.found,
        narrow=True,
    ),
    FigureFor(
        "waterfall",
        _figure("decomposition"),
        TableFor("decomposition", DECOMPOSITION, _rows("decomposition")),
        _left,
        narrow=True,
    ),
    FigureFor(
        "learning-between",
        _draw_groups,
        TableFor("learning-groups", _GROUPS, _groups),
        narrow=True,
    ),
    FigureFor(
        "learning-exposure",
        _figure("exposure"),
        TableFor("exposure", _EXPOSURE, _rows("exposure")),
        narrow=True,
    ),
)
