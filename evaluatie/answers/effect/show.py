"""What readers see of the effect: columns, words in cells, tables, figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer, Statement
from evaluatie.answers.effect.comparison import NEAREST
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.run import NotAvailableError
from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say, sentences

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run

__all__ = [
    "BOUNDS",
    "COLUMNS",
    "EFFECT",
    "EVENT_STUDY",
    "FIGURES",
    "PLACEBOS",
    "REFERENCE",
    "SPECIFICATION",
    "TABLES",
]

_PRIMARY = "variance-weighted t"
_BY_DESIGN = "randomization by re-assignment"


# Sentences.


def words(row: Mapping[Any, Any] | pd.Series[Any]) -> dict[str, Any]:
    """Return what the sentences about a row of the table name."""
    return {
        "outcome": f"@common.{row['outcome']}",
        "election": row["election"],
        "baseline": row["baseline"],
        "weights": f"@effect.weights_{row['weights']}",
        "estimate": row["estimate"],
        "low": row["conf_low"],
        "high": row["conf_high"],
        "bound_low": row["bound_low"],
        "bound_high": row["bound_high"],
        "p": row["p_value"],
        "n_treated": row["n_treated"],
        "n_comparison": row["n_comparison"],
        "comparison": Statement(f"effect.comparison_{row['comparison']}", {"k": NEAREST}),
        "vintage": f"@effect.vintage_{row['vintage']}",
        "baseline_vintage": f"@effect.vintage_{row['baseline_vintage']}",
    }


def level(alpha: float) -> dict[str, str]:
    """Return the confidence level in words."""
    share = 100 * (1 - alpha)
    decimals = 0 if abs(share - round(share)) < 1e-9 else 1
    return {lang: formatting.number(share, lang, decimals) + "%" for lang in formatting.LANGUAGES}


def reason(row: Mapping[Any, Any] | pd.Series[Any]) -> Statement | str:
    """Say why a row has no numbers: in words of both languages, or as the error said it."""
    key = f"note_{row['reason']}"
    return Statement(f"effect.{key}") if key in sentences("effect") else str(row["note"] or "")


# Cells.


def _reason(row: Row, lang: str) -> str:
    said = reason(row)
    return said.say(lang) if isinstance(said, Statement) else said


def _unit(row: Row, lang: str) -> str:
    if row["unit"] == "pooled":
        return say("effect.unit_pooled", lang)
    name = str(row["municipality"])
    return say("effect.unit_without", lang, name=name) if row["method"] == "leave-one-out" else name


def _method(row: Row, lang: str) -> str:
    return say(f"effect.method_{row['method']}", lang)


def _number(value: float, scale: str, lang: str) -> str:
    if scale == "ratio":
        return formatting.number(value, lang, 2)
    return formatting.points(value, lang)


def _estimate(row: Row, lang: str) -> str:
    return _number(row["estimate"], row["scale"], lang)


def _range(row: Row, stem: str, lang: str) -> str:
    low, high = row[f"{stem}_low"], row[f"{stem}_high"]
    if not pd.notna([low, high]).all():
        return formatting.UNKNOWN
    ends = (_number(end, row["scale"], lang) if np.isfinite(end) else "∞" for end in (low, high))
    return " – ".join(ends)


def _interval(row: Row, lang: str) -> str:
    return _range(row, "conf", lang)


def _bounds(row: Row, lang: str) -> str:
    return _range(row, "bound", lang)


def _vintage(row: Row, lang: str) -> str:
    return say(f"effect.vintage_{row['vintage']}", lang)


def _weights(row: Row, lang: str) -> str:
    return say(f"effect.weights_{row['weights']}", lang)


def _comparison(row: Row, lang: str) -> str:
    return say(f"effect.short_{row['comparison']}", lang)


# Columns.

_ON_SCALE = "; a ratio where scale is ratio"
_OPENING: tuple[Column, ...] = (
    c.OUTCOME.called("", ""),
    c.ELECTION.called("", ""),
    c.BASELINE.called("", "", filled=True),
    Column("scale", about="points (difference of fractions) or ratio", filled=True),
    Column("weights", about="voters (each counts once) or municipalities", filled=True),
    Column("comparison", about="Rule by which the comparison group was chosen", filled=True),
    Column("unit", "text", "Gemeente", "Municipality", "pooled, or a CBS code", True, _unit),
    c.MUNICIPALITY.called("", ""),
    c.METHOD.called("Methode", "Method", show=_method),
    Column("role", about="primary, sensitivity or robustness", filled=True),
)
_CLOSING: tuple[Column, ...] = (
    Column("assumption", about="Keys of the assumptions of the method", filled=True),
    c.VINTAGE.called("", ""),
    Column("baseline_vintage", about="The same of the counts of the baseline", filled=True),
    c.NOTE.called("Opmerking", "Remark", show=_reason),
    Column(
        "reason", about="The rule for which the method was not used; empty if it was", filled=True
    ),
)
_STD_ERROR = c.STD_ERROR.called(
    "", "", about="Standard error, a fraction; of the logarithm where scale is ratio"
)
_P_HOLM = Column("p_holm", "p", about="P-value with Holm's correction over the municipalities")
_SHRUNK = Column("shrunk", "points", about="Estimate drawn to the mean of all municipalities")
_MORE: tuple[Column, ...] = (
    _P_HOLM,
    _SHRUNK,
    Column("shrunk", "interval_points", about="end of the interval of the shrunk estimate"),
    Column(
        "breakdown",
        "number",
        about="Multiple of the largest earlier deviation at which zero enters the interval",
    ),
    Column("smallest_p", "p", about="Smallest p-value that this design can give"),
)
_N_TREATED = c.N_TREATED.called(c.N_TREATED.nl, c.N_TREATED.en, filled=True)
_N_COMPARISON = c.N_COMPARISON.called(c.N_COMPARISON.nl, c.N_COMPARISON.en, filled=True)

EFFECT: tuple[Column, ...] = (
    *_OPENING,
    c.ESTIMATE.called("Effect", "Effect", show=_estimate, about=c.ESTIMATE.about + _ON_SCALE),
    _STD_ERROR,
    c.CONF.called("95%-interval", "95% interval", show=_interval),
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
    c.BOUND.called("Grenzen", "Bounds", show=_bounds, about=c.BOUND.about + _ON_SCALE),
    c.CONF.called("95%-interval", "95% interval", show=_interval),
    c.P_VALUE.called("", ""),
    *_MORE,
    _N_TREATED,
    _N_COMPARISON.called("", ""),
    *_CLOSING,
)
"""The same, of an election of which only rounded shares were printed."""

COLUMNS: tuple[str, ...] = tuple(name for column in EFFECT for name in column.names)
"""Columns of the table of :func:`evaluatie.answers.effect.effect`, in order."""

_DATE = Column("date", about="Day of the election", filled=True)
EVENT_STUDY: tuple[Column, ...] = (
    c.ELECTION,
    c.BASELINE,
    Column("period", about="earlier, baseline or after", filled=True),
    _DATE,
    c.ESTIMATE.called(
        "Verschil", "Difference", about="Difference of the change since the baseline, a fraction"
    ),
    c.STD_ERROR,
    c.CONF,
    c.P_VALUE.called("", ""),
    c.N_TREATED,
    c.N_COMPARISON,
    Column("missing", about="Names without comparable counts then", filled=True),
    c.METHOD,
)
"""Rows by election of the kind."""

VIOLATIONS: tuple[Column, ...] = (
    Column(
        "magnitude",
        "ratio",
        "Maal de grootste eerdere afwijking",
        "Times the largest earlier difference",
        "Size of the violation of parallel trends that is allowed",
        True,
    ),
    c.BOUND,
    c.CONF,
)
"""Rows by size of the violation of parallel trends that is allowed."""

PLACEBOS: tuple[Column, ...] = (
    Column("check", about="time, outcome or reversal", filled=True),
    c.ELECTION,
    c.BASELINE,
    c.OUTCOME,
    Column("weights", about="voters (each counts once) or municipalities", filled=True),
    Column("who", about="Names of the municipalities as if treated", filled=True),
    c.ESTIMATE,
    c.STD_ERROR,
    c.CONF,
    c.P_VALUE,
    Column("p_design", "p", about="P-value by re-assignment"),
    Column("design", "interval_points", about="end of the interval by re-assignment"),
    c.N_TREATED,
    c.N_COMPARISON,
    c.VINTAGE.called("", "", filled=False),
    c.NOTE,
    Column("reason", about="The rule for which a check was not made", filled=True),
)
"""Rows by check, pair of elections and weighting."""

SPECIFICATION: tuple[Column, ...] = (
    Column("spec", "count", about="Number of the combination", filled=True),
    Column("primary", "flag", about="Whether it is that of the plan", filled=True),
    c.OUTCOME.called("", ""),
    c.ELECTION.called("", ""),
    c.BASELINE.called("", ""),
    Column("scale", about="points (difference of fractions) or ratio", filled=True),
    c.METHOD.called("Methode", "Method", show=_method),
    Column("comparison", "text", "Vergeleken met", "Compared with", "Rule", True, _comparison),
    Column("weights", "text", "Weging", "Weighting", "Who counts once", True, _weights),
    c.VINTAGE.called("Telling", "Count", show=_vintage),
    Column("baseline_vintage", about="The same of the counts of the baseline"),
    c.ESTIMATE,
    c.STD_ERROR,
    c.CONF,
    c.P_VALUE.called("", ""),
    c.N_TREATED,
    c.N_COMPARISON,
    c.NOTE,
    Column("reason", about="The rule for which it was not estimated", filled=True),
)
"""Rows by combination of choices."""


def _rule(row: Row, lang: str) -> str:
    return say(f"effect.short_{row['rule']}", lang)


REFERENCE: tuple[Column, ...] = (
    Column("rule", "text", "Regel", "Rule", "Rule that gives the candidates", True, _rule),
    Column("n_candidates", "count", "Gemeenten", "Municipalities", "Candidates", True),
    Column("n_groups", "count", "Groepen", "Groups", "Groups of them that were formed", True),
    Column("exact", "flag", about="Whether these are all groups", filled=True),
    Column(
        "share_at_most",
        "percent1",
        "Aandeel zo laag",
        "Share this low",
        "Share of groups with a pooled share at most the printed one",
        True,
    ),
    Column("share_within", "number", about="Share of groups within the printed one's rounding"),
    Column("low", "number", about="2.5% of the groups have a share below this"),
    Column("median", "percent3", "Mediaan", "Median", "Median of the groups' pooled shares", True),
    Column("high", "number", about="2.5% of the groups have a share above this"),
)
"""Rows by rule."""

CHANGES: tuple[Column, ...] = (
    c.MUNICIPALITY,
    Column("plan_group", "word", "Groep", "Group"),
    c.VINTAGE.called("Telling", "Count"),
    Column("ballots_after", "count", "Biljetten", "Ballots"),
    Column("share_before", "percent", "Vorige verkiezing", "Previous election"),
    Column("share_after", "percent", "Deze verkiezing", "This election"),
    Column("change", "points", "Verandering (procentpunt)", "Change (percentage points)"),
)
_SUMMARY: tuple[Column, ...] = (
    c.ELECTION,
    c.OUTCOME,
    Column("vintage", "text", "Telling", "Count", show=_vintage),
    c.ESTIMATE,
    c.CONF,
    c.P_VALUE.called("p (model)", "p (model)"),
    Column("p_design", "p", "p (hertoewijzing)", "p (re-assignment)"),
    c.N_TREATED,
    c.N_COMPARISON,
)
_MUNICIPALITIES: tuple[Column, ...] = (
    Column("unit", "text", "Gemeente", "Municipality", show=_unit),
    c.ESTIMATE,
    c.CONF,
    c.P_VALUE,
    _P_HOLM.called("p (Holm)", "p (Holm)"),
    _SHRUNK.called("Naar gemiddelde toe", "Shrunk"),
)
_METHODS: tuple[Column, ...] = (
    Column("method", "text", "Methode", "Method", show=_method),
    c.ESTIMATE,
    c.CONF,
    c.P_VALUE,
    c.N_TREATED,
    c.N_COMPARISON,
)
_NULL: tuple[Column, ...] = (
    Column("low", "ratio", "Van", "From"),
    Column("high", "ratio", "Tot", "To"),
    Column("count", "count", "Aantal", "Number"),
)
_HEADLINE: tuple[Column, ...] = (
    c.ELECTION,
    c.MUNICIPALITY,
    c.OUTCOME,
    c.VINTAGE,
    c.ESTIMATE,
    c.CONF,
    c.BOUND,
    c.N_TREATED,
    c.N_COMPARISON,
)


# Rows of the tables in the report.


def _latest(run: Run) -> str:
    # Only where counts are known per municipality is there a specification curve.
    return run.latest("specification").replace("specification", "effect")


def _summary(run: Run) -> pd.DataFrame:
    rows = run.frame("effect_summary", scale="points", weights="voters")
    rows = rows[rows["estimate"].notna()]
    key = ["election", "outcome", "vintage"]
    design = rows[rows["method"] == _BY_DESIGN].set_index(key)["p_value"]
    return rows[rows["method"] == _PRIMARY].join(design.rename("p_design"), on=key)


def _municipal(run: Run) -> pd.DataFrame:
    rows = run.frame(_latest(run), method=_PRIMARY)
    return rows[rows["unit"] != "pooled"].sort_values("estimate", ascending=False)


def _methods(run: Run) -> pd.DataFrame:
    """Methods that give a number at the newest election."""
    return run.frame(_latest(run), unit="pooled").dropna(subset=["estimate"])


def _placebo_rows(run: Run) -> pd.DataFrame:
    return run.frame("placebos", weights="voters").dropna(subset=["estimate"])


def _headline(run: Run) -> pd.DataFrame:
    frame = run.frame("summary")
    if frame.empty:  # no election at which an effect can be estimated
        raise NotAvailableError(run.result("summary")["sentence"])
    return frame


def _changes(run: Run) -> pd.DataFrame:
    return pd.DataFrame(run.result(_latest(run))["changes"])


def _null(run: Run) -> pd.DataFrame:
    return pd.DataFrame(run.result(_latest(run))["null"]["table"])


def _violations(run: Run) -> pd.DataFrame:
    return pd.DataFrame(run.result("event_study")["bounds"])


def _specification(run: Run) -> pd.DataFrame:
    rows = run.frame(run.latest("specification"))
    shown = (rows["outcome"] == "invalid") & (rows["scale"] == "points")
    return rows[shown & rows["estimate"].notna()].sort_values("estimate")


TABLES = (
    TableFor("effect", _SUMMARY, _summary, "effect"),
    TableFor("effect-municipalities", _MUNICIPALITIES, _municipal, "effect"),
    TableFor("effect-methods", _METHODS, _methods, "effect"),
    TableFor("placebos", PLACEBOS, _placebo_rows, "effect"),
)


# Figures: drawn from a finished run, or from an answer.


def _draw_headline(rows: pd.DataFrame, run: Run, lang: str) -> Figure:
    from evaluatie.answers.effect.headline import headline

    names = {name: spoken[lang] for name, spoken in run.result("summary")["names"].items()}
    return headline(rows, lang, names=names)


def _draw_changes(rows: pd.DataFrame, run: Run, lang: str) -> Figure:
    from evaluatie.answers.effect.draw import changes

    return changes(rows, lang, "invalid", str(run.frame(_latest(run))["baseline"].iloc[0]))


def _draw_forest(rows: pd.DataFrame, run: Run, lang: str) -> Figure:
    from evaluatie.answers.effect.draw import forest

    return forest(run.frame(_latest(run), method=_PRIMARY), lang)


def _draw_null(rows: pd.DataFrame, run: Run, lang: str) -> Figure:
    from evaluatie.answers.effect.draw import null_distribution

    return null_distribution(run.result(_latest(run))["null"], lang)


def _draw_event_study(rows: pd.DataFrame, run: Run, lang: str) -> Figure:
    from evaluatie.answers.effect.draw_checks import event_study

    return event_study(rows, lang)


def _draw_violations(rows: pd.DataFrame, run: Run, lang: str) -> Figure:
    from evaluatie.answers.effect.draw_checks import violations

    return violations(rows, run.result("event_study")["breakdown"], lang)


def _draw_specification(rows: pd.DataFrame, run: Run, lang: str) -> Figure:
    from evaluatie.answers.effect.draw_checks import specification_curve

    return specification_curve(run.frame(run.latest("specification")), lang)


FIGURES = (
    FigureFor("headline", _draw_headline, TableFor("headline", _HEADLINE, _headline, "effect")),
    FigureFor("changes", _draw_changes, TableFor("changes", CHANGES, _changes, "effect")),
    FigureFor("forest", _draw_forest, TABLES[1]),
    FigureFor("null", _draw_null, TableFor("null", _NULL, _null, "effect")),
    FigureFor(
        "event-study",
        _draw_event_study,
        TableFor("event-study", EVENT_STUDY, lambda run: run.frame("event_study"), "effect"),
    ),
    FigureFor(
        "violations",
        _draw_violations,
        TableFor("violations", VIOLATIONS, _violations, "effect"),
    ),
    FigureFor(
        "specification",
        _draw_specification,
        TableFor("specification", SPECIFICATION, _specification, "effect"),
    ),
)


def draw(answer: Answer, lang: str) -> Figure:
    """Draw all changes with the treated named, or bounds by municipality."""
    from evaluatie.answers.effect.draw import changes, forest

    row = answer.table.iloc[0]
    if pd.notna(row["bound_low"]):
        return forest(answer.table, lang)
    return changes(answer.parts["changes"], lang, row["outcome"], row["baseline"])


def draw_event_study(answer: Answer, lang: str) -> Figure:
    """Draw the difference from the baseline at every election."""
    from evaluatie.answers.effect.draw_checks import event_study

    return event_study(answer.table, lang)


def draw_specification(answer: Answer, lang: str) -> Figure:
    """Draw the curve of the primary outcome in points, with its choices below it."""
    from evaluatie.answers.effect.draw_checks import specification_curve

    primary = answer.table.loc[answer.table["primary"], "outcome"]
    return specification_curve(answer.table, lang, outcome=[*primary, "invalid"][0])
