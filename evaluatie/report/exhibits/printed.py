"""Printed figures beside what the counts give."""

from __future__ import annotations

import pandas as pd

from evaluatie.answers.published import for_readers
from evaluatie.answers.run import Run
from evaluatie.report.exhibits.shown import Shown

__all__ = ["TABLES"]


def _figures(done: Run, lang: str) -> tuple[pd.DataFrame, pd.Series[bool], pd.Series[bool]]:
    figures = for_readers(done.frame("published"), lang)
    reproduced = figures["verdict"].str.startswith("reproduced")
    return figures, reproduced, figures["verdict"] == "contradicted"


def _contradicted(done: Run, lang: str) -> Shown:
    figures, _, contradicted = _figures(done, lang)
    return Shown(figures[contradicted], "published_contradicted")


def _reproduced(done: Run, lang: str) -> Shown:
    figures, reproduced, _ = _figures(done, lang)
    return Shown(figures[reproduced], "published_reproduced")


def _unknown(done: Run, lang: str) -> Shown:
    figures, reproduced, contradicted = _figures(done, lang)
    return Shown(figures[~reproduced & ~contradicted], "published_contradicted")


TABLES = {
    "printed-contradicted": _contradicted,
    "printed-reproduced": _reproduced,
    "printed-unknown": _unknown,
}
