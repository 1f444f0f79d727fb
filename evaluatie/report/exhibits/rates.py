"""Shares of invalid and blank votes, per group and per municipality."""

from __future__ import annotations

from evaluatie.answers import plots
from evaluatie.report.exhibits.shown import Picture, Shown
from evaluatie.report.finished import Finished

__all__ = ["FIGURES", "TABLES"]

_GROUPS = ["first use", "later use", "comparison", "reversal"]
_WITH_WHOLE = ["experiment", "first use", "later use", "comparison"]


def _groups(done: Finished, lang: str) -> Shown:
    return Shown(done.frame("overview", group=_GROUPS), "groups_outcomes")


def _intervals(done: Finished, lang: str) -> Shown:
    counted = list(done.frame("before_after_invalid")["election"].unique())
    rows = done.frame("rates_group_invalid", group=_WITH_WHOLE, election=counted)
    return Shown(rows, "rates_group")


def _bounds(done: Finished, lang: str) -> Shown:
    return Shown(done.frame(done.latest("rates_bounded")), "rates_bounded")


def _before_after(done: Finished, lang: str) -> Shown:
    pairs = done.frame("before_after_invalid")
    return Shown(pairs.sort_values(["election", "after"], ascending=False), "before_after")


def _before_after_figure(done: Finished, lang: str) -> Picture:
    shown = _before_after(done, lang)
    frame = done.frame("before_after_invalid")
    return Picture(lambda: plots.before_after(frame, lang), shown)


def _distribution(done: Finished, lang: str) -> Picture:
    rows = done.frame("rates_municipality")
    newest = [name for name in done.elections() if name in set(rows["election"])][-1]
    shown = Shown(rows[rows["election"] == newest], "rates_municipality")
    return Picture(lambda: plots.distribution(shown.frame, lang), shown)


def _funnel(done: Finished, lang: str) -> Picture:
    shown = Shown(done.frame(done.latest("funnel")), "funnel")
    return Picture(lambda: plots.funnel(shown.frame, lang), shown)


TABLES = {
    "groups": _groups,
    "intervals": _intervals,
    "bounds": _bounds,
    "before-after": _before_after,
}
FIGURES = {
    "before-after": _before_after_figure,
    "distribution": _distribution,
    "funnel": _funnel,
}
