"""First counts beside official ones."""

from __future__ import annotations

import pandas as pd

from evaluatie.answers.first_counts import arrows, for_readers
from evaluatie.answers.run import Run
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["FIGURES", "TABLES"]


def _part(done: Run, part: str) -> pd.DataFrame:
    return pd.DataFrame(done.result("first_counts")[part])


def _sums(done: Run, lang: str) -> Shown:
    return Shown(for_readers(done.frame("first_counts"), lang), "first_counts")


def _effect(done: Run, lang: str) -> Shown:
    rows = _part(done, "effects")
    return Shown(rows if rows.empty else for_readers(rows, lang), "first_counts_effect")


def _next(done: Run, lang: str) -> Shown:
    rows = _part(done, "expected")
    return Shown(rows if rows.empty else for_readers(rows, lang), "first_counts_next")


def _figure(done: Run, lang: str) -> Picture:
    sums, places = done.frame("first_counts"), _part(done, "municipalities")
    newest = sums["election"].iloc[-1]
    called = done.result("first_counts")["names"][newest][lang]
    sums, places = (each[each["election"] == newest] for each in (sums, places))
    drawn = for_readers(places[places["outcome"] == "invalid"], lang)
    return Picture(
        lambda: arrows(sums, places, lang, called=called),
        Shown(drawn, "first_counts_municipalities"),
    )


TABLES = {
    "first-counts": _sums,
    "first-counts-effect": _effect,
    "first-counts-next": _next,
}
FIGURES = {"first-counts": _figure}
