"""Whether voters learn, and what could have been seen."""

from __future__ import annotations

import pandas as pd

from evaluatie.answers import plots
from evaluatie.answers.learning import for_readers
from evaluatie.answers.plots.learning import draw
from evaluatie.answers.run import Run
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["FIGURES", "TABLES"]


def _rows(done: Run, estimand: str, lang: str) -> pd.DataFrame:
    return for_readers(done.frame(f"learning_{estimand}_invalid"), lang)


def _detail(done: Run, estimand: str) -> pd.DataFrame:
    return pd.DataFrame(done.result(f"learning_{estimand}_invalid")["detail"])


def _within(done: Run, lang: str) -> Shown:
    rows = _rows(done, "within", lang)
    kept = rows if rows.empty else rows[rows["scale"] == "points"]
    return Shown(kept, "learning_within")


def _between(done: Run, lang: str) -> Shown:
    return Shown(_rows(done, "between", lang), "learning_between")


def _exposure(done: Run, lang: str) -> Shown:
    return Shown(_rows(done, "exposure", lang), "learning_exposure")


def _waterfall(done: Run, lang: str) -> Picture:
    rows = _rows(done, "decomposition", lang)
    return Picture(lambda: plots.waterfall(rows, lang), Shown(rows, "learning_decomposition"))


def _within_figure(done: Run, lang: str) -> Picture:
    detail = _detail(done, "within")
    return Picture(lambda: draw("within", detail, "invalid", lang), Shown(detail, "excess"))


def _between_figure(done: Run, lang: str) -> Picture:
    detail = _detail(done, "between")
    return Picture(lambda: draw("between", detail, "invalid", lang), _between(done, lang))


def _exposure_figure(done: Run, lang: str) -> Picture:
    detail = _detail(done, "exposure")
    return Picture(lambda: draw("exposure", detail, "invalid", lang), _exposure(done, lang))


TABLES = {
    "learning-within": _within,
    "learning-between": _between,
}
FIGURES = {
    "waterfall": _waterfall,
    "learning-within": _within_figure,
    "learning-between": _between_figure,
    "learning-exposure": _exposure_figure,
}
