"""Reasons, seats and national scale."""

from __future__ import annotations

import pandas as pd

from evaluatie.answers import plots
from evaluatie.answers.plots.reasons import reasons as reasons_figure
from evaluatie.answers.plots.seats import seats_margins
from evaluatie.answers.reasons import for_readers as reasons_for_readers
from evaluatie.answers.run import Run
from evaluatie.answers.scale_up import for_readers as scale_for_readers
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["FIGURES", "TABLES"]


def _reasons(done: Run, lang: str) -> Shown:
    return Shown(reasons_for_readers(done.frame("reasons"), lang), "reasons")


def _reasons_figure(done: Run, lang: str) -> Picture:
    shown = _reasons(done, lang)
    return Picture(lambda: reasons_figure(shown.frame, lang), shown)


def _seats(done: Run, lang: str) -> Shown:
    stake = done.frame(done.latest("seats_at_stake"))
    key = ["municipality_code", "loss"]
    chance = stake[stake["scenario"] == "proportional"].set_index(key)["probability_high"]
    worst = stake[stake["scenario"] == "one list"].drop(columns="probability_high")
    return Shown(worst.join(chance, on=key).sort_values("votes_needed"), "seats_at_stake")


def _seats_figure(done: Run, lang: str) -> Picture:
    shown = _seats(done, lang)
    return Picture(lambda: seats_margins(shown.frame, lang), shown)


def _scale_rows(done: Run, lang: str) -> pd.DataFrame:
    rows = done.frame("scale_up")
    return scale_for_readers(rows[rows["estimate"].notna()], lang)


def _scale(done: Run, lang: str) -> Shown:
    rows = _scale_rows(done, lang)
    kept = (rows["model"] == "unweighted") & rows["outcome"].isin(["invalid", "rejected"])
    return Shown(rows[kept], "scale_up")


def _scale_figure(done: Run, lang: str) -> Picture:
    rows = _scale_rows(done, lang)
    invalid = rows[rows["outcome"] == "invalid"]
    return Picture(lambda: plots.extra_votes(rows, lang), Shown(invalid, "scale_up"))


TABLES = {
    "reasons": _reasons,
    "seats": _seats,
    "scale-up": _scale,
}
FIGURES = {
    "reasons": _reasons_figure,
    "seats": _seats_figure,
    "scale-up": _scale_figure,
}
