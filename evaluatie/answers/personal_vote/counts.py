"""Votes on candidates, one row per municipality and list: what ships and what a user adds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from evaluatie.counts.checking import check_table
from evaluatie.counts.loading import load_own, load_table
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import InputError, in_file
from evaluatie.plan import Design
from evaluatie.sources.candidate_table import summarise

_UNIT = ["election", "municipality_code"]


def load_candidates(
    data: Path | str | None = None, *, elections: Iterable[str] | None = None
) -> pd.DataFrame:
    """Load the condensed candidate counts that ship, with the user's own on top.

    Parameters
    ----------
    data
        A folder with ``candidate_votes`` (every candidate, of municipalities or of polling
        stations, which are added up) or ``candidate_summary``. A municipality's own votes
        replace all that ships of it at that election.
    elections
        Keep only these, as far as there are counts of them; all by default.

    Raises
    ------
    ChecksumError, InputError
        As :func:`evaluatie.counts.load_table`; also if votes do not add up.
    """
    rows, own = load_table("candidate_summary", data), load_own("candidate_votes", data)
    if elections is not None:
        wanted = list(elections)
        rows = rows[rows["election"].isin(wanted)].reset_index(drop=True)
        own = None if own is None else own[own["election"].isin(wanted)]
    if own is None or own.empty:
        return _adding_up(rows)
    with in_file("candidate_votes"):
        summary = summarise(_best(own))
    replaced = pd.MultiIndex.from_frame(rows[_UNIT]).isin(pd.MultiIndex.from_frame(summary[_UNIT]))
    whole = pd.concat([rows[~replaced], summary], ignore_index=True)
    return _adding_up(check_table(whole, TABLES["candidate_summary"]))


def elections_compared(plan: Design) -> list[str]:
    """Return the elections with the new ballot and those that the plan compares them with."""
    baselines = [plan.election(name).baseline for name in plan.new_ballot]
    return [*plan.new_ballot, *(name for name in baselines if name is not None)]


def _adding_up(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table, or refuse the first row in which a part is larger than the whole."""
    for part in (None, "votes_namesake", "votes_beside", "votes_last"):
        both = rows["votes_first"] + (0 if part is None else rows[part].fillna(0))
        broken = (both > rows["votes"]).to_numpy(dtype=bool)
        if broken.any():
            row = rows[broken].iloc[0]
            raise InputError(
                f"the votes of list {row['list_number']} at {row['election']} do not add up",
                unit=str(row["municipality_code"]),
                rule="+".join(filter(None, ["votes_first", part])) + "<=votes",
                value=int(both[broken].iloc[0]),
                expected=f"at most {row['votes']}",
            )
    return rows


def _best(votes: pd.DataFrame) -> pd.DataFrame:
    """Keep the official count of a municipality where there is one beside a provisional one."""
    official = votes["vintage"] == "official"
    unit = pd.MultiIndex.from_frame(votes[_UNIT])
    return votes[official | ~unit.isin(unit[official])]
