"""What could have been seen."""

from __future__ import annotations

import pandas as pd

from evaluatie.answers.plots.power import curves
from evaluatie.answers.power import for_readers as power_for_readers
from evaluatie.answers.run import Run
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["FIGURES", "TABLES"]


def _power(done: Run, lang: str) -> Picture:
    rows = done.frame("power")
    return Picture(lambda: curves(rows, lang), _minimal(done, lang))


def _minimal(done: Run, lang: str) -> Shown:
    minimal = pd.DataFrame(done.result("power")["minimal"])
    # Effects do differ between municipalities, so only tests that allow for it.
    allows = (minimal["method"] != "variance-weighted t") | (minimal["quantity"] == "within")
    plain = minimal["method"].str.endswith(", plain")
    kept = allows & ~plain & (minimal["spread"] == "varying") & minimal["size"].notna()
    minimal = minimal[kept]
    return Shown(power_for_readers(minimal, lang), "power")


TABLES = {"power": _minimal}
FIGURES = {"power": _power}
