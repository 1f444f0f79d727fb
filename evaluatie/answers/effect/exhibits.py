"""Tables and figures of the effect in the report, made from the results of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.effect import duizend, kern, show
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.ground.tables import Column

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run

__all__ = ["FIGURES", "TABLES"]

_PRIMARY = "variance-weighted t"
_BY_DESIGN = "randomization by re-assignment"

_CHANGES: tuple[Column, ...] = (
    c.MUNICIPALITY,
    Column("plan_group", "word", "Groep", "Group"),
    c.VINTAGE.called("Telling", "Count"),
    Column("ballots_after", "count", "Stembiljetten", "Ballots"),
    Column("share_before", "percent", "Vorige verkiezing", "Previous election"),
    Column("share_after", "percent", "Deze verkiezing", "This election"),
    Column("change", "points", "Verandering (procentpunt)", "Change (percentage points)"),
)
_SUMMARY: tuple[Column, ...] = (
    c.ELECTION,
    c.OUTCOME,
    Column("vintage", "text", "Telling", "Count", show=show.vintage_cell),
    c.ESTIMATE,
    c.CONF,
    c.P_VALUE.called("p (model)", "p (model)"),
    Column("p_design", "p", "p (hertoewijzing)", "p (re-assignment)"),
    c.N_TREATED,
    c.N_COMPARISON,
)
_MUNICIPALITIES: tuple[Column, ...] = (
    Column("unit", "text", "Gemeente", "Municipality", show=show.unit_cell),
    c.ESTIMATE,
    c.CONF,
    c.P_VALUE,
    show.P_HOLM.called("p (Holm)", "p (Holm)"),
    show.SHRUNK.called("Naar gemiddelde toe", "Shrunk"),
)
_METHODS: tuple[Column, ...] = (
    Column("method", "text", "Methode", "Method", show=show.method_cell),
    show.ESTIMAND,
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
    TableFor("placebos", show.PLACEBOS, _placebo_rows, "effect"),
)


# Figures.


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
    FigureFor(
        "kern",
        kern.draw,
        TableFor("kern", kern.COLUMNS, kern.rows, "effect"),
        kern.found,
        narrow=True,
    ),
    FigureFor(
        "duizend",
        duizend.draw,
        TableFor("duizend", duizend.COLUMNS, duizend.rows, "effect"),
        duizend.found,
        narrow=True,
    ),
    FigureFor("changes", _draw_changes, TableFor("changes", _CHANGES, _changes, "effect")),
    FigureFor("forest", _draw_forest, TABLES[1]),
    FigureFor("null", _draw_null, TableFor("null", _NULL, _null, "effect")),
    FigureFor(
        "event-study",
        _draw_event_study,
        TableFor("event-study", show.EVENT_STUDY, lambda run: run.frame("event_study"), "effect"),
    ),
    FigureFor(
        "violations",
        _draw_violations,
        TableFor("violations", show.VIOLATIONS, _violations, "effect"),
    ),
    FigureFor(
        "specification",
        _draw_specification,
        TableFor("specification", show.SPECIFICATION, _specification, "effect"),
    ),
)
