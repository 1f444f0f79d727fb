"""Tables as the rules want them: every count column there, unknown where not given."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from evaluatie.counts import Results
from evaluatie.counts.mergers import election_date
from evaluatie.ground.errors import InputError
from evaluatie.plan import Design

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
