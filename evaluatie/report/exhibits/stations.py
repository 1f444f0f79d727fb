"""Polling stations within their municipalities."""

from __future__ import annotations

import pandas as pd

from evaluatie.answers.run import Run
from evaluatie.answers.stations.figure import drawn_rows, strips
from evaluatie.answers.stations.show import (
    each_for_readers,
    kinds_for_readers,
    newest_kinds,
    report_rows,
    words_for_readers,
)
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["FIGURES", "TABLES"]

_RESULT = "stations_invalid"


def _part(done: Run, name: str) -> pd.DataFrame:
    return pd.DataFrame(done.result(_RESULT)[name])


def _stations(done: Run, lang: str) -> Shown:
    rows = report_rows(done.frame(_RESULT), _part(done, "overall"), lang)
    return Shown(rows, "stations_report")


def _kinds(done: Run, lang: str) -> Shown:
    return Shown(kinds_for_readers(newest_kinds(_part(done, "kinds")), lang), "stations_kinds")


def _words(done: Run, lang: str) -> Shown:
    return Shown(words_for_readers(_part(done, "words"), lang), "stations_words")


def _figure(done: Run, lang: str) -> Picture:
    table, each = done.frame(_RESULT), done.frame("stations_each")
    names = done.result("stations_each")["names"]
    overall, kinds = _part(done, "overall"), _part(done, "kinds")
    return Picture(
        lambda: strips(table, overall, each, kinds, names=names, lang=lang),
        Shown(each_for_readers(drawn_rows(table, each)[1], lang), "stations_each"),
    )


TABLES = {"stations": _stations, "kinds-of-places": _kinds, "words-of-places": _words}
FIGURES = {"stations": _figure}
