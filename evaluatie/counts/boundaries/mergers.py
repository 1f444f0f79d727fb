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
    whole = mergers[(mergers["kind"] == "whole") & between(mergers, after, until)]
    final: dict[str, str] = {}
    for year, steps in whole.groupby("valid_from_year", sort=True):
        twice = steps[steps.duplicated("code_from")]
        if not twice.empty:
            raise InputError(
                "a municipality went whole into two others",
                unit=f"{twice['code_from'].iloc[0]} in {year}",
                rule="mergers",
            )
        step = dict(zip(steps["code_from"], steps["code_to"], strict=True))
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
