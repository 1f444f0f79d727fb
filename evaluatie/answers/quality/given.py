"""What the rules are given: every count column, unknown where it is not known; and thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from evaluatie.counts import Results
from evaluatie.counts.mergers import election_date
from evaluatie.ground.errors import DesignError, InputError
from evaluatie.plan import Design, load_design

COUNTS = ("eligible", "ballots", "valid", "blank", "invalid", "rejected")
"""Counts of a municipality; a polling station also has ``admitted``."""

_UNIT = ("election", "municipality_code", "municipality")


def municipal_rows(counts: Results | pd.DataFrame) -> pd.DataFrame:
    """Return rows with all counts of ``schema.TABLES["municipal_results"]``; vintage official.

    Raises
    ------
    InputError
        If a column that names the unit is missing, or a count is no whole number.
    """
    rows = counts.rows if isinstance(counts, Results) else counts
    return _complete(rows, _UNIT, COUNTS)


def station_rows(stations: pd.DataFrame | None) -> pd.DataFrame:
    """Return polling stations with all counts, ``admitted`` and a name; by default none."""
    needed = (*_UNIT, "polling_station")
    given = pd.DataFrame(columns=needed, dtype="str") if stations is None else stations
    rows = _complete(given, needed, (*COUNTS, "admitted"))
    station = rows["polling_station"].astype("str")
    name = rows["station_name"].fillna(station) if "station_name" in rows.columns else station
    return rows.assign(polling_station=station, station_name=name)


def in_order(elections: Iterable[str], plan: Design) -> list[str]:
    """Sort elections by date."""
    return sorted(set(elections), key=lambda name: (election_date(name, plan), name))


def _complete(rows: pd.DataFrame, needed: tuple[str, ...], counts: tuple[str, ...]) -> pd.DataFrame:
    for name in needed:
        if name not in rows.columns:
            raise InputError(
                f"column {name!r} is missing",
                rule="columns",
                value=", ".join(map(str, rows.columns)),
                expected=", ".join((*needed, *counts)),
            )
        if rows[name].isna().any():
            raise InputError(f"{name} is empty", rule=f"type of {name}", expected="a value")
    filled = rows.reset_index(drop=True)
    if "vintage" not in filled.columns:
        filled = filled.assign(vintage="official")
    typed = {}
    for name in counts:
        given = filled[name] if name in filled.columns else pd.Series(pd.NA, filled.index)
        try:
            typed[name] = given.astype("Int64")
        except (TypeError, ValueError) as error:
            raise InputError(f"{name} is not a count ({error})", rule=f"type of {name}") from error
    return filled.assign(**typed)


@dataclass(frozen=True)
class Settings:
    """Thresholds; reasons stand beside the numbers in ``design.toml``."""

    blank_share: float
    invalid_share: float
    admitted_share: float
    admitted_count: int
    vintage_share: float
    vintage_count: int
    jump_limit: float
    eligible_limit: float
    outlier_limit: float
    zero_probability: float
    copy_posterior: float
    swap_prior: float
    swap_posterior: float
    swap_fit: float
    minimum_units: int
    minimum_treated: int
    minimum_stations: int
    usual_spread: Mapping[str, float]


def settings(plan: Design) -> Settings:
    """Read the thresholds of a plan; one without ``[quality]`` has those of the package.

    Raises
    ------
    DesignError
        If ``[quality]`` lacks one.
    """
    table = plan.raw.get("quality") or load_design().raw["quality"]
    try:
        return Settings(**{name: table[name] for name in Settings.__dataclass_fields__})
    except KeyError as error:
        raise DesignError(
            "the plan lacks a threshold", unit=f"[quality] {error.args[0]}", rule="quality"
        ) from error
