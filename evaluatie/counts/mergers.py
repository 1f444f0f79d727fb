"""The table of mergers and the calendar of elections, read together."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import pandas as pd

from evaluatie.ground.errors import InputError
from evaluatie.plan import Design, load_design


def successors(mergers: pd.DataFrame, after: int, until: int) -> dict[str, str]:
    """Follow whole mergers in force ``after`` one year and no later than ``until``, transitively.

    Returns old codes to the codes they became; codes that did not change are absent.

    Raises
    ------
    InputError
        If one code went whole to two others in a year, or a chain of mergers is a circle.
    """
    steps: dict[int, dict[str, str]] = {}
    columns = (mergers[name].tolist() for name in ("valid_from_year", "code_from", "code_to"))
    whole = zip((mergers["kind"] == "whole").tolist(), *columns, strict=True)
    for year, old, new in sorted(row[1:] for row in whole if row[0] and after < row[1] <= until):
        step = steps.setdefault(int(year), {})
        if old in step:
            raise InputError(
                "a municipality went whole into two others",
                unit=f"{old} in {year}",
                rule="mergers",
            )
        step[old] = new
    final: dict[str, str] = {}
    for step in steps.values():
        final = {old: _follow(new, step) for old, new in final.items()}
        final |= {old: _follow(old, step) for old in step}
    return final


def election_date(election: str, design: Design | None = None) -> dt.date:
    """Return an election's date; for one outside the plan the last day of the year in its id.

    Raises
    ------
    InputError
        If the plan does not know it and its id does not end in a year.
    """
    plan = design or load_design()
    if election in plan.elections:
        return plan.elections[election].date
    year = re.search(r"[12]\d{3}$", election)
    if year is None:
        said = "an election outside the plan needs an id that ends in its year"
        raise InputError(said, rule="election id", value=election, expected="such as TK2025")
    return dt.date(int(year[0]), 12, 31)


def election_kind(election: str, design: Design | None = None) -> str:
    """Return an election's kind, such as ``TK``; outside the plan, its id without the year."""
    known = (design or load_design()).elections.get(election)
    return known.kind if known else re.sub(r"\d+$", "", election)


def between(mergers: pd.DataFrame, after: int, until: int) -> pd.Series[bool]:
    """Tell which mergers took effect after one year and no later than another."""
    years = mergers["valid_from_year"]
    return (years > after) & (years <= until)


def _follow(code: str, step: Mapping[str, str]) -> str:
    seen = {code}
    while code in step:
        code = step[code]
        if code in seen:
            raise InputError("mergers go round in a circle", unit=code, rule="mergers")
        seen.add(code)
    return code
