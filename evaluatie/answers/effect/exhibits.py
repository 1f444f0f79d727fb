"""Tables and figures of the effect in the report, made from the results of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.effect import duizend, kern, show
from evaluatie.answers.effect.draw import changes, more_than_elsewhere, null_distribution
from evaluatie.answers.effect.draw_checks import event_study, specification_curve, violations
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.plots.empty import usable
from evaluatie.answers.statement import Names
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.tables import Column
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from evaluatie.answers.run import Run

_BY_DESIGN = "randomization by re-assignment"
_CLUSTERED = ("wild cluster bootstrap", "crv3")

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
    Column("vintage", "text", "Telling", "Count", show=show.word_of("vintage")),
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
    show.SHRUNK.called("Naar gemiddelde toe", "Towards the mean"),
)
_METHODS: tuple[Column, ...] = (
    Column("method", "text", "Methode", "Method", show=show.word_of("method")),
    show.ESTIMAND,
    c.ESTIMATE,
    c.CONF,
    c.P_VALUE,
    show.SIZE.called("Vals alarm", "False alarm"),
    c.N_TREATED,
    c.N_COMPARISON,
)
_NULL: tuple[Column, ...] = (
    Column("low", "ratio", "Van", "From"),
    Column("high", "ratio", "Tot", "To"),
    Column("count", "count", "Aantal", "Number"),
)


def _latest(run: Run) -> str:
    # Only where counts are known per municipality is there a specification curve.
    return run.latest("specification").replace("specification", "effect")


def _baseline(run: Run) -> str:
    return str(run.frame(_latest(run))["baseline"].iloc[0])


def _summary(run: Run) -> pd.DataFrame:
    rows = run.frame("effect_summary", scale="points", weights="voters")
    rows = rows[rows["estimate"].notna()]
    key = ["election", "outcome", "vintage"]
    design = rows[rows["method"] == _BY_DESIGN].set_index(key)["p_value"]
    return rows[rows["method"] == c.PRIMARY].join(design.rename("p_design"), on=key)


def _municipal(run: Run) -> pd.DataFrame:
    rows = run.frame(_latest(run), method=c.PRIMARY)
    return rows[rows["unit"] != "pooled"].sort_values("estimate", ascending=False)


def _specification(run: Run) -> pd.DataFrame:
    rows = run.frame(run.latest("specification"))
    shown = (rows["outcome"] == "invalid") & (rows["scale"] == "points")
    return rows[shown & rows["estimate"].notna()].sort_values("estimate")


def _clustered(rows: pd.DataFrame) -> Mapping[str, Any]:
    """Which methods count differences between effects as chance."""
    present = [name for name in _CLUSTERED if name in set(rows["method"])]
    called = {
        lang: Names(tuple(say(f"effect.method_{name}", lang) for name in present)).say(lang)
        for lang in LANGUAGES
    }
    return {"clustered_n": len(present), "clustered": called}


def _more(rows: pd.DataFrame, _: Run) -> Mapping[str, Any]:
    """In how many municipalities the share rose more than elsewhere, where that is known."""
    every = usable(rows, "change", "ballots_after")
    if set(every["group"]) < {"treated", "comparison"}:
        return {}
    return {"finding": more_than_elsewhere(every)}


TABLES = (
    TableFor("effect", _SUMMARY, _summary),
    TableFor("effect-municipalities", _MUNICIPALITIES, _municipal),
    TableFor(
        "effect-methods",
        _METHODS,
        lambda run: run.frame(_latest(run), unit="pooled").dropna(subset=["estimate"]),
        _clustered,
    ),
    TableFor(
        "placebos",
        show.PLACEBOS,
        lambda run: run.frame("placebos").dropna(subset=["estimate"]),
        show.counted,
    ),
)


FIGURES = (
    FigureFor(
        "kern", kern.draw, TableFor("kern", kern.COLUMNS, kern.rows), kern.found, narrow=True
    ),
    FigureFor(
        "duizend",
        duizend.draw,
        TableFor("duizend", duizend.COLUMNS, duizend.rows),
        duizend.found,
        narrow=True,
    ),
    FigureFor(
        "changes",
        lambda rows, run, lang, **how: changes(rows, lang, "invalid", _baseline(run), **how),
        TableFor("changes", _CHANGES, lambda run: run.part(_latest(run), "changes")),
        _more,
        narrow=True,
    ),
    FigureFor(
        "null",
        lambda rows, run, lang, **how: null_distribution(
            run.result(_latest(run))["null"], lang, **how
        ),
        TableFor(
            "null", _NULL, lambda run: pd.DataFrame(run.result(_latest(run))["null"]["table"])
        ),
        narrow=True,
    ),
    FigureFor(
        "event-study",
        lambda rows, run, lang, **how: event_study(rows, lang, **how),
        TableFor("event-study", show.EVENT_STUDY, lambda run: run.frame("event_study")),
        narrow=True,
    ),
    FigureFor(
        "violations",
        lambda rows, run, lang, **how: violations(
            rows, run.result("event_study")["breakdown"], lang, **how
        ),
        TableFor("violations", show.VIOLATIONS, lambda run: run.part("event_study", "bounds")),
        narrow=True,
    ),
    FigureFor(
        "specification",
        lambda rows, run, lang, **how: specification_curve(
            run.frame(run.latest("specification")), lang, **how
        ),
        TableFor("specification", show.SPECIFICATION, _specification),
        narrow=True,
    ),
)
