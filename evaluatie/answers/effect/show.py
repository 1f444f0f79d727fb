"""What readers see of the effect: words in sentences and cells, columns, figures of answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.effect.comparison import NEAREST
from evaluatie.answers.effect.draw import changes, forest
from evaluatie.answers.effect.draw_checks import event_study, specification_curve
from evaluatie.answers.statement import Statement, spoken
from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say, sentences

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Sentences.


def words(row: Row) -> dict[str, Any]:
    """Return what sentences about a row of the table name: its columns, some of them in words."""
    said = {
        "outcome": f"@common.{row['outcome']}",
        "weights": f"@effect.weights_{row['weights']}",
        "comparison": Statement(f"effect.comparison_{row['comparison']}", {"k": NEAREST}),
    }
    said |= {name: f"@effect.vintage_{row[name]}" for name in ("vintage", "baseline_vintage")}
    return {**row, **said}


def level(alpha: float) -> dict[str, str]:
    """Return the confidence level in words."""
    share = 100 * (1 - alpha)
    decimals = 0 if abs(share - round(share)) < 1e-9 else 1
    return {lang: formatting.number(share, lang, decimals) + "%" for lang in formatting.LANGUAGES}


def reason(row: Row) -> Statement | str:
    """Say why a row has no numbers: in words of both languages, or as the error said it."""
    key = f"note_{row['reason']}"
    return Statement(f"effect.{key}") if key in sentences("effect") else str(row["note"] or "")


def counted(rows: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return how many are treated and compared with in rows, for a caption: ``5 to 11``."""
    return {
        name: {
            lang: formatting.span([formatting.count(end, lang) for end in ends], lang)
            for lang in formatting.LANGUAGES
        }
        for name in ("n_treated", "n_comparison")
        for ends in [(int(rows[name].min()), int(rows[name].max()))]
    }


# Cells.


def unit_cell(row: Row, lang: str) -> str:
    """Say which municipality a row is about, or was made without."""
    if row["unit"] == c.POOLED:
        return say("effect.unit_pooled", lang)
    name = str(row["municipality"])
    return say("effect.unit_without", lang, name=name) if row["method"] == "leave-one-out" else name


def word_of(name: str, stem: str = "") -> Callable[[Row, str], str]:
    """Return a cell that says the name in a column in words, under ``<stem>_<name>``."""
    return lambda row, lang: say(f"effect.{stem or name}_{row[name]}", lang)


def _range(stem: str) -> Callable[[Row, str], str]:
    return lambda row, lang: c.range_on_scale(row, stem, lang)


# Columns.

_ON_SCALE = "; a ratio where scale is ratio"
_ON_LOG = ", a fraction; of the logarithm where scale is ratio"
ESTIMAND = Column(
    "estimand", "text", "Gemeenten", "Municipalities",
    "Of what estimate and interval are: these (municipalities, at this election), mean (of "
    "municipalities like these), next (one more municipality) or own (one of these)",
    True, word_of("estimand"),
)  # fmt: skip
_METHOD = c.METHOD.called("Methode", "Method", show=word_of("method"))
_SCALE = Column("scale", about="points (difference of fractions) or ratio", filled=True)
_WEIGHTS = Column("weights", about="voters (each counts once) or municipalities", filled=True)
_BASELINE_VINTAGE = Column("baseline_vintage", about="The same of the counts of the baseline")
_OPENING: tuple[Column, ...] = (
    c.OUTCOME.called("", ""),
    c.ELECTION.called("", ""),
    c.BASELINE.called("", "", filled=True),
    _SCALE,
    _WEIGHTS,
    Column("comparison", about="Rule by which the comparison group was chosen", filled=True),
    Column("unit", "text", "Gemeente", "Municipality", "pooled, or a CBS code", True, unit_cell),
    c.MUNICIPALITY.called("", ""),
    _METHOD,
    Column("role", about="primary, sensitivity or robustness", filled=True),
    ESTIMAND,
)
_CLOSING: tuple[Column, ...] = (
    Column("assumption", about="Keys of the assumptions of the method", filled=True),
    c.VINTAGE.called("", ""),
    _BASELINE_VINTAGE.called("", "", filled=True),
    c.NOTE.called("Opmerking", "Remark", show=lambda row, lang: spoken(reason(row), lang)),
    Column(
        "reason", about="The rule for which the method was not used; empty if it was", filled=True
    ),
)
_STD_ERROR = c.STD_ERROR.called("", "", about="Standard error" + _ON_LOG)
_CONF = c.CONF.called("95%-interval", "95% interval", show=_range("conf"))
P_HOLM = Column("p_holm", "p", about="P-value with Holm's correction over the municipalities")
SHRUNK = Column("shrunk", "points", about="Estimate drawn to the mean of all municipalities")
SIZE = Column(
    "size", "interval_percent1",
    about="end of the range, over pairs of elections, of how often the method rejects a true null: "
    "nominal 5%, simulated on real counts of municipalities without the new ballot, as many as "
    "the nearest number that was simulated (5, 9 or 11)",
)  # fmt: skip
_MORE: tuple[Column, ...] = (
    P_HOLM,
    SHRUNK,
    Column("shrunk", "interval_points", about="end of the interval of the shrunk estimate"),
    Column(
        "breakdown", "number",
        about="Multiple of the largest earlier deviation at which zero enters the interval",
    ),
    Column("q", "number", about="Cochran's Q of the municipal effects"),
    Column("q_p_value", "p", about="P-value of the hypothesis that all municipal effects are one"),
    Column("tau", "number", about="Standard deviation of municipal effects" + _ON_LOG),
    Column("tau", "interval_points", about="end of its interval (Q profile)"),
    Column("smallest_p", "p", about="Smallest p-value that this design can give"),
    SIZE,
)  # fmt: skip
_N_TREATED = c.N_TREATED.called(c.N_TREATED.nl, c.N_TREATED.en, filled=True)
_N_COMPARISON = c.N_COMPARISON.called(c.N_COMPARISON.nl, c.N_COMPARISON.en, filled=True)

EFFECT: tuple[Column, ...] = (
    *_OPENING,
    c.ESTIMATE.called(
        "Effect",
        "Effect",
        show=lambda row, lang: c.on_scale(row["estimate"], row["scale"], lang),
        about=c.ESTIMATE.about + _ON_SCALE,
    ),
    _STD_ERROR,
    _CONF,
    c.P_VALUE,
    *_MORE,
    c.BOUND.called("", ""),
    _N_TREATED,
    _N_COMPARISON,
    *_CLOSING,
)
"""Rows by method and unit."""

BOUNDS: tuple[Column, ...] = (
    *_OPENING,
    c.ESTIMATE.called("", ""),
    _STD_ERROR,
    c.BOUND.called("Grenzen", "Bounds", show=_range("bound"), about=c.BOUND.about + _ON_SCALE),
    _CONF,
    c.P_VALUE.called("", ""),
    *_MORE,
    _N_TREATED,
    _N_COMPARISON.called("", ""),
    *_CLOSING,
)
"""The same, of an election of which only rounded shares were printed."""

COLUMNS: tuple[str, ...] = tuple(c.names_of(EFFECT))
"""Columns of the table of :func:`evaluatie.answers.effect.effect`, in order."""

_ESTIMATED: tuple[Column, ...] = (c.ESTIMATE, c.STD_ERROR, c.CONF, c.P_VALUE)
_SIZES: tuple[Column, ...] = (c.N_TREATED, c.N_COMPARISON)

EVENT_STUDY: tuple[Column, ...] = (
    c.ELECTION,
    c.BASELINE,
    Column("period", about="earlier, baseline or after", filled=True),
    Column("date", about="Day of the election", filled=True),
    c.ESTIMATE.called(
        "Verschil", "Difference", about="Difference of the change since the baseline, a fraction"
    ),
    c.STD_ERROR,
    c.CONF,
    c.P_VALUE.called("", ""),
    *_SIZES,
    Column("missing", about="Names without comparable counts then", filled=True),
    c.METHOD,
)
"""Rows by election of the kind."""

VIOLATIONS: tuple[Column, ...] = (
    Column(
        "magnitude", "ratio",
        "Maal de grootste eerdere afwijking", "Times the largest earlier difference",
        "Size of the violation of parallel trends that is allowed", True,
    ),
    c.BOUND,
    c.CONF,
)  # fmt: skip
"""Rows by size of the violation of parallel trends that is allowed."""

PLACEBOS: tuple[Column, ...] = (
    Column(
        "check", "text", "Controle", "Check", "new, time, outcome or reversal", True,
        word_of("check"),
    ),
    c.ELECTION,
    c.BASELINE,
    c.OUTCOME,
    _WEIGHTS,
    Column("who", about="Names of the municipalities as if treated", filled=True),
    *_ESTIMATED,
    Column("p_design", "p", about="P-value by re-assignment"),
    Column("design", "interval_points", about="end of the interval by re-assignment"),
    *_SIZES,
    c.VINTAGE.called("", "", filled=False),
    c.NOTE,
    Column("reason", about="The rule for which a check was not made", filled=True),
)  # fmt: skip
"""Rows by check and pair of elections."""

SPECIFICATION: tuple[Column, ...] = (
    Column("spec", "count", about="Number of the combination", filled=True),
    Column("primary", "flag", about="Whether it is that of the plan", filled=True),
    c.OUTCOME.called("", ""),
    c.ELECTION.called("", ""),
    c.BASELINE.called("", ""),
    _SCALE,
    _METHOD,
    Column(
        "comparison", "text", "Vergeleken met", "Compared with", "Rule", True,
        word_of("comparison", "short"),
    ),
    Column("weights", "text", "Weging", "Weighting", "Who counts once", True, word_of("weights")),
    c.VINTAGE.called("Telling", "Count", show=word_of("vintage")),
    _BASELINE_VINTAGE,
    c.ESTIMATE,
    c.STD_ERROR,
    c.CONF,
    c.P_VALUE.called("", ""),
    *_SIZES,
    c.NOTE,
    Column("reason", about="The rule for which it was not estimated", filled=True),
)  # fmt: skip
"""Rows by combination of choices."""

COMPOSITION: tuple[Column, ...] = (
    c.ELECTION,
    Column("part", about="invalid, blank or valid", filled=True),
    *_ESTIMATED,
    Column("correlation", "number", about="Correlation of the effects on invalid and on blank"),
    Column("joint_p", "p", about="P-value of the hypothesis that none of the three changes"),
    *_SIZES,
)
"""Rows by part of the ballots."""


def draw(answer: Answer, lang: str) -> Figure:
    """Draw all changes with the treated named, or bounds by municipality."""
    row = answer.table.iloc[0]
    if pd.notna(row["bound_low"]):
        return forest(answer.table, lang)
    return changes(answer.parts["changes"], lang, row["outcome"], row["baseline"])


def draw_event_study(answer: Answer, lang: str) -> Figure:
    """Draw the difference from the baseline at every election."""
    return event_study(answer.table, lang)


def draw_specification(answer: Answer, lang: str) -> Figure:
    """Draw the curve of the primary outcome in points, with its choices below it."""
    primary = answer.table.loc[answer.table["primary"], "outcome"]
    return specification_curve(answer.table, lang, outcome=[*primary, "invalid"][0])
