"""Every figure with real frames, cut down and kept beside this file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from evaluatie.answers import plots
from evaluatie.answers.data import biljet
from evaluatie.answers.effect import draw, draw_checks, duizend, kern
from evaluatie.answers.first_counts import draw as telling
from evaluatie.answers.learning import draw as learning
from evaluatie.answers.learning import wennen
from evaluatie.answers.personal_vote.draw import preference_changes
from evaluatie.answers.rates import kaart
from evaluatie.answers.run import Run
from evaluatie.answers.scale_up.draw import by_election
from evaluatie.answers.sheets.draw import municipality_sheet
from evaluatie.answers.stations import draw as waar
from evaluatie.plan import load_design
from evaluatie.report.exhibits import FIGURES


class Named(Run):
    """Knows how elections are called, as a run does."""

    def called(self, election: str) -> Mapping[str, str]:
        plan = load_design()
        return {lang: plan.called(election, lang) for lang in ("nl", "en")}


RUN = Named(Path())
Frames = Mapping[str, Any]
Draw = Callable[[Frames, str], Figure]
TABLES_OF_SHEET = ("history", "others", "national")


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(__file__).with_name("frames.json").read_text("utf-8"))
    return content


def frames() -> dict[str, Any]:
    """Return the frames by name, as copies; null is a mapping and breakdown a number."""
    made: dict[str, Any] = {}
    for name, value in _content().items():
        table = isinstance(value, dict) and name != "null"
        made[name] = pd.DataFrame(value) if table else json.loads(json.dumps(value))
    return made


def _sheet(f: Frames, lang: str, *, narrow: bool = False) -> Figure:
    shown = {"history": f["sheet_history"], "others": f["sheet_others"]}
    return municipality_sheet(shown, lang, narrow=narrow)


BOARDS: dict[str, Any] = {
    "kern": kern,
    "duizend": duizend,
    "waar": waar,
    "telling": telling,
    "kaart": kaart,
    "wennen": wennen,
    "biljet": biljet,
}
"""Figures of the body, in points: the module that finds and draws each."""


def board(name: str, narrow: bool = False) -> Draw:
    how = {"narrow": True} if narrow else {}
    return lambda f, lang: BOARDS[name].draw(f[name], RUN, lang, **how)


ROWS: dict[str, Callable[..., Figure]] = {
    "between_groups": lambda f, lang, **how: learning.between_groups(
        f["between"], "invalid", lang, **how
    ),
    "changes": lambda f, lang, **how: draw.changes(f["changes"], lang, "invalid", "GR2022", **how),
    "funnel": lambda f, lang, **how: plots.funnel(f["funnel"], lang, **how),
    "specification_curve": lambda f, lang, **how: draw_checks.specification_curve(
        f["specification"], lang, **how
    ),
    "waterfall": lambda f, lang, **how: learning.waterfall(f["waterfall"], "invalid", lang, **how),
    "by_election": lambda f, lang, **how: by_election(f["scale-up"], lang, **how),
    "preference_changes": lambda f, lang, **how: preference_changes(
        f["personal_changes"], f["personal_effects"], lang, **how
    ),
    "municipality_sheet": _sheet,
    "reasons": lambda f, lang, **how: plots.reasons(f["reasons"], lang, **how),
    "event_study": lambda f, lang, **how: draw_checks.event_study(f["event_study"], lang, **how),
    "null_distribution": lambda f, lang, **how: draw.null_distribution(f["null"], lang, **how),
    "power_curves": lambda f, lang, **how: plots.power_curves(f["power"], lang, **how),
    "rate_ratios": lambda f, lang, **how: learning.rate_ratios(
        f["exposure"], "invalid", lang, **how
    ),
    "seats_margins": lambda f, lang, **how: plots.seats_margins(f["seats"], lang, **how),
    "violations": lambda f, lang, **how: draw_checks.violations(
        f["violations"], f["breakdown"], lang, **how
    ),
}
"""Other figures with a form for telephones."""

GALLERY: dict[str, Draw] = {
    "before_after": lambda f, lang: plots.before_after(f["before_after"], lang),
    "distribution": lambda f, lang: plots.distribution(f["distribution"], lang),
    "excess_by_use": lambda f, lang: learning.excess_by_use(f["within"], "invalid", lang),
    "forest_bounds": lambda f, lang: draw.forest(f["forest_bounds"], lang),
    "not_available": lambda f, lang: plots.not_available(lang=lang),
    **{
        f"{name}_narrow": lambda f, lang, drawn=drawn: drawn(f, lang, narrow=True)
        for name, drawn in ROWS.items()
    },
    **ROWS,
    **{name: board(name) for name in BOARDS},
    **{f"{name}_narrow": board(name, narrow=True) for name in BOARDS if FIGURES[name].narrow},
}
