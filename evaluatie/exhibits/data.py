"""The experiment, its plan, the counts and where they come from."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from evaluatie import formatting
from evaluatie.changed import for_readers as changed_for_readers
from evaluatie.exhibits.shown import Picture, Shown
from evaluatie.finished import Finished
from evaluatie.plots.timeline import timeline

__all__ = ["FIGURES", "TABLES"]

# Rules of oddities that touch no share: too many rows for a reader, and nothing to explain.
HARMLESS = ("ballots<=eligible", "eligible-copied")


def _plan(done: Finished, lang: str) -> Shown:
    plan = done.frame("plan")
    days = [formatting.date(dt.date.fromisoformat(day), lang) for day in plan["date"]]
    return Shown(plan.assign(date_text=days), "plan")


def _changed(done: Finished, lang: str) -> Shown:
    rows = done.frame("changed")
    return Shown(rows if rows.empty else changed_for_readers(rows, lang), "changed")


def _coverage(done: Finished, lang: str) -> Shown:
    return Shown(done.frame("coverage"), "coverage")


def _oddities(done: Finished, lang: str) -> Shown:
    newest = done.elections()[-1]
    odd = done.frame("known_exceptions", election=newest)
    return Shown(_once(odd[~odd["rule"].isin(HARMLESS)], "municipality_code"), "exceptions")


def _findings(done: Finished, lang: str) -> Shown:
    rows = done.frame("quality", election=list(done.elections()))
    rows = _once(rows[rows["severity"] != "info"], "unit")
    return Shown(rows.assign(sentence=rows[f"sentence_{lang}"]), "findings")


def _once(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Keep of what both counts of a municipality show only the row of the official one."""
    first = rows.sort_values("vintage", kind="stable").drop_duplicates(["election", unit, "rule"])
    return rows.loc[rows.index.isin(first.index)]


def _sources(done: Finished, lang: str) -> Shown:
    listed = done.frame("sources")
    return Shown(listed.assign(checksum=listed["sha256"].str[:12]), "sources")


def _versions(done: Finished, lang: str) -> Shown:
    return Shown(done.frame("versions"), "versions")


def _size(done: Finished, lang: str) -> Shown:
    return Shown(done.frame("size", data="fitted_model_invalid"), "size")


def _size_real(done: Finished, lang: str) -> Shown:
    return Shown(done.frame("size", data="real_counts_invalid"), "size")


def _timeline(done: Finished, lang: str) -> Picture:
    rows = done.frame("plan")
    return Picture(lambda: timeline(rows, lang), _plan(done, lang))


TABLES = {
    "plan": _plan,
    "changed": _changed,
    "coverage": _coverage,
    "oddities": _oddities,
    "findings": _findings,
    "sources": _sources,
    "versions": _versions,
    "false-alarm": _size,
    "false-alarm-real": _size_real,
}
FIGURES = {"timeline": _timeline}
