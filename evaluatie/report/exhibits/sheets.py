"""The sheet of one municipality, put together from what the analyses of a run have found."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from evaluatie.answers import plots
from evaluatie.answers.run import NotAvailableError, Run
from evaluatie.answers.sheets import Evidence, Sheet, assemble
from evaluatie.answers.sheets.words import effects_for_readers, shares_for_readers
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.words import say
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["effects", "picture", "shares", "sheet_of"]

_RESULT = "sheets"


@lru_cache(maxsize=64)
def sheet_of(done: Run, code: str) -> Sheet:
    """Return the sheet of a municipality, the same as :func:`evaluatie.answers.sheets.sheet` gives.

    Raises
    ------
    NotAvailableError
        If the results say nothing about it.
    """
    evidence = _evidence(done)
    if code not in set(evidence.history["municipality_code"]):
        raise NotAvailableError({lang: say("sheets.not_in_data", lang) for lang in LANGUAGES})
    return assemble(evidence, code)


@lru_cache(maxsize=2)
def _evidence(done: Run) -> Evidence:
    found = done.result(_RESULT)
    elections = done.elections()
    return Evidence(
        history=done.frame(_RESULT),
        effects=_stacked(done, [f"effect_{name}" for name in elections]),
        bounds=_stacked(done, [f"rates_bounded_{name}" for name in elections]),
        seats=_stacked(done, [f"seats_{name}" for name in elections]),
        firsts=_firsts(done),
        findings=_stacked(done, ["quality"]),
        primary=found["primary_outcome"],
        sources=tuple(found["sources"]),
        stations=_stacked(done, [f"stations_{found['primary_outcome']}"]),
    )


def _firsts(done: Run) -> pd.DataFrame:
    if not done.has("first_counts"):
        return pd.DataFrame()
    return pd.DataFrame(done.result("first_counts")["municipalities"])


def _stacked(done: Run, names: list[str]) -> pd.DataFrame:
    tables = [done.frame(name) for name in names if done.has(name)]
    tables = [table for table in tables if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def shares(sheet: Sheet, lang: str) -> Shown:
    """Return the shares at every election with the new ballot and those compared with."""
    return Shown(shares_for_readers(sheet, lang), "sheet_shares")


def effects(sheet: Sheet, lang: str) -> Shown:
    """Return change, effect, lost votes and seat margin at elections with the new ballot."""
    return Shown(effects_for_readers(sheet, lang), "sheet_effects")


def picture(sheet: Sheet, lang: str) -> Picture:
    """Return the shares through time beside those of other municipalities, as a figure."""
    own = sheet.history[sheet.history["outcome"].isin(["invalid", "blank"])]
    band = own[own["n_others"].fillna(0) > 1]
    others = band[["election", "outcome", "median", "low", "high"]]
    frames = {"history": own, "others": others}
    return Picture(
        lambda: plots.municipality_sheet(frames, lang, place=False),
        Shown(_numbers(own), "sheet_history"),
    )


def _numbers(own: pd.DataFrame) -> pd.DataFrame:
    """One row per election and outcome, bounds in the place of an unknown interval."""
    bounded = own["bound_low"].notna()
    known = own[own["estimate"].notna() | bounded]
    return known.assign(
        conf_low=known["conf_low"].fillna(known["bound_low"]),
        conf_high=known["conf_high"].fillna(known["bound_high"]),
    )
