"""From an election's name to the votes and seats it is about."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from evaluatie.answers.seats.lost import is_national
from evaluatie.counts import Results
from evaluatie.ground.errors import InputError


def body_votes(
    results: Results,
    election: str,
    municipalities: Sequence[str] | None = None,
    *,
    everyone: bool = False,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Find the votes and official seats of an election, and the names of its councils.

    Parameters
    ----------
    results
        Counts, whose plan says what kind of election it is.
    municipalities
        Names or codes of councils; by default those with the new ballot, or all where it was
        not used.
    everyone
        All councils by default.

    Returns
    -------
    tuple
        Rows of ``list_votes`` (councils) or ``national_list_votes``, and names by code.

    Raises
    ------
    UnknownNameError
        For an election that is not in the plan, or a municipality without rows.
    InputError
        If the seats are not known, or municipalities are asked of a national election.
    """
    plan = results.design
    plan.election(election)
    if is_national(election, plan):
        if municipalities:
            raise InputError(
                "the seats of a national election are not divided by municipality",
                unit=election,
                rule="council election",
                value=", ".join(municipalities),
            )
        return _with_seats(results, "national_list_votes", election), {}
    votes = _with_seats(results, "list_votes", election)
    there = results.rows[results.rows["election"] == election]
    wanted = list(municipalities or (() if everyone else plan.treated(election)))
    if wanted:
        # Of those with the new ballot some may not be in the user's counts.
        there = results.only(wanted).rows if municipalities else there
        codes = set(there["municipality_code"]) if municipalities else set(wanted)
        votes = votes[votes["municipality_code"].isin(codes)]
        if votes.empty:
            raise InputError(
                "the seats are not known", unit=f"{election}, {', '.join(wanted)}", rule="seats"
            )
    named = there[there["municipality_code"].isin(set(votes["municipality_code"]))]
    return votes, dict(zip(named["municipality_code"], named["municipality"], strict=True))


def _with_seats(results: Results, name: str, election: str) -> pd.DataFrame:
    """Return the rows of an election in a table of votes per list.

    Raises
    ------
    InputError
        If they hold no seats, with the elections whose seats are known.
    """
    votes = results.table(name)
    votes = votes[votes["election"] == election].reset_index(drop=True)
    if votes["seats"].fillna(0).sum() == 0:
        every = [results.table(each) for each in ("list_votes", "national_list_votes")]
        seats = pd.concat([table[["election", "seats"]] for table in every])
        known = seats.loc[seats["seats"].fillna(0) > 0, "election"].unique()
        raise InputError(
            "the seats of this election are not known",
            unit=election,
            rule="seats",
            expected=", ".join(sorted(known)),
        )
    return votes
