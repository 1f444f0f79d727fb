"""The condensed candidate table, and who belongs to which group at which election."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from evaluatie import formatting
from evaluatie.errors import EstimationError, InputError, UnknownNameError
from evaluatie.experiment import Design
from evaluatie.results import load_table
from evaluatie.schema import TABLES, check_table
from evaluatie.wording import say

__all__ = [
    "checked",
    "election_of_the_groups",
    "for_readers",
    "labelled",
    "load_candidates",
    "of_election",
]

_TABLE = TABLES["candidate_summary"]


def load_candidates(
    data: Path | str | None = None, *, elections: Iterable[str] | None = None
) -> pd.DataFrame:
    """Load the condensed candidate counts that ship, with the user's own on top.

    Parameters
    ----------
    data
        A folder with ``candidate_summary.csv`` or ``candidate_summary/<election>.csv``, made
        by :func:`evaluatie.personal_vote.summarise`.
    elections
        Keep only these.

    Raises
    ------
    UnknownNameError, ChecksumError, InputError
        As :func:`evaluatie.results.load_table`; also if votes do not add up.
    """
    return checked(load_table("candidate_summary", data, elections=elections))


def for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add the columns that a reader sees: group_text, or numbers_text."""
    full = table
    if "group" in table:
        words = [
            formatting.UNKNOWN if group == "excluded" else say(f"personal_vote.group_{group}", lang)
            for group in table["group"]
        ]
        printed = [
            say("personal_vote.printed", lang, group=word) if basis == "printed" else word
            for word, basis in zip(words, table["basis"], strict=True)
        ]
        full = full.assign(group_text=printed)
    if "numbers" in table:
        rows = [say(f"personal_vote.row_{numbers}", lang) for numbers in table["numbers"]]
        full = full.assign(numbers_text=rows)
    return full


def checked(summary: pd.DataFrame) -> pd.DataFrame:
    """Check columns, types and sums of a condensed table and return it.

    Raises
    ------
    InputError
        For the first row in which a part is larger than the whole.
    """
    rows = check_table(summary, _TABLE)
    parts = {
        "votes_first<=votes": rows["votes_first"],
        "votes_first+votes_namesake<=votes": rows["votes_first"] + rows["votes_namesake"],
        "votes_first+votes_last<=votes": rows["votes_first"] + rows["votes_last"],
        "votes_first+votes_beside<=votes": rows["votes_first"] + rows["votes_beside"],
    }
    for rule, part in parts.items():
        broken = (part > rows["votes"]).fillna(False).to_numpy(dtype=bool)
        if broken.any():
            row = rows[broken].iloc[0]
            raise InputError(
                f"the votes of list {row['list_number']} at {row['election']} do not add up",
                unit=str(row["municipality_code"]),
                rule=rule,
                value=int(part[broken].iloc[0]),
                expected=f"at most {row['votes']}",
            )
    return rows


def of_election(summary: pd.DataFrame, election: str) -> pd.DataFrame:
    """Return the rows of one election.

    Raises
    ------
    UnknownNameError
        If there are none, with the nearest election that has rows.
    """
    rows = summary[summary["election"] == election]
    if rows.empty:
        raise UnknownNameError.of("election", election, dict.fromkeys(summary["election"]))
    return rows.reset_index(drop=True)


def election_of_the_groups(summary: pd.DataFrame, plan: Design) -> str:
    """Return the latest election with the new ballot of a kind that the counts are of.

    Raises
    ------
    EstimationError
        If the plan has no experiment at elections of that kind.
    """
    kinds = {plan.election(name).kind for name in dict.fromkeys(summary["election"])}
    found = [name for name in plan.new_ballot if plan.election(name).kind in kinds]
    if not found:
        raise EstimationError(
            "the plan has no election with the new ballot of this kind",
            unit=", ".join(sorted(kinds)),
            rule="experiment of this kind",
        )
    return found[-1]


def labelled(summary: pd.DataFrame, as_of: str, plan: Design) -> pd.DataFrame:
    """Add ``group``: experiment, comparison, reversal or excluded, as at ``as_of``."""
    groups = {code: plan.group(code, as_of) for code in dict.fromkeys(summary["municipality_code"])}
    short = {"first use": "experiment", "later use": "experiment"}
    named = {code: short.get(group, group) for code, group in groups.items()}
    return summary.assign(group=summary["municipality_code"].map(named))
