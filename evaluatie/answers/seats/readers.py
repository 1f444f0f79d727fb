"""From an election's name to the votes it is about, and from results to what readers see."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from evaluatie.answers.seats.allocation import rule_named
from evaluatie.answers.seats.elections import NATION, ElectionSeats
from evaluatie.answers.seats.lost import is_national
from evaluatie.counts import Results, load_table
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.ground.words import say

__all__ = ["at_stake_for_readers", "bodies_for_readers", "body_votes"]


def body_votes(
    results: Results,
    election: str,
    municipalities: Sequence[str] | None = None,
    *,
    everyone: bool = False,
    data: Path | None = None,
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
    data
        The user's folder.

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
        national = load_table("national_list_votes", data)
        return _with_seats(national[national["election"] == election], election, data), {}
    try:
        every = load_table("list_votes", data, elections=[election])
    except UnknownNameError:  # in the plan, but without votes per list
        every = load_table("list_votes", data).iloc[:0]
    votes = _with_seats(every, election, data)
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


def at_stake_for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Put both scenarios of a body in one row: the worst case, and the chance if all lose alike."""
    worst = table[table["scenario"] == "one list"].reset_index(drop=True)
    alike = table[table["scenario"] == "proportional"].reset_index(drop=True)
    shown = worst.assign(
        probability_low=alike["probability_low"], probability_high=alike["probability_high"]
    )
    if "loss" in shown:
        country = shown["municipality_code"] == NATION
        words = [say(f"seats.loss_{str(loss).replace(' ', '_')}", lang) for loss in shown["loss"]]
        place = shown["place"] + ", " + pd.Series(words, index=shown.index, dtype="str")
        shown["place"] = shown["place"].mask(country, place)
    return shown


def bodies_for_readers(result: ElectionSeats, lang: str = "nl") -> pd.DataFrame:
    """Count the councils or chambers by what was found, and name those out of the ordinary."""
    rows = []
    for (election, status), own in result.bodies.groupby(["election", "status"], sort=False):
        # Only a lot asks which article it follows from.
        articles = own["n_seats"].map(_article) if status == "lot" else own["status"]
        for article, part in own.groupby(articles, sort=False):
            codes = [str(code) for code in part["municipality_code"]]
            named = status != "same" or len(codes) == 1
            places = ", ".join(result.names.get(c, c) for c in codes if c != NATION)
            rows.append(
                {
                    "election": election,
                    "status_text": say(f"seats.status_{status}", lang, article=article),
                    "n_bodies": len(codes),
                    "places": places if named else "",
                }
            )
    return pd.DataFrame(rows)


def _article(n_seats: int) -> str:
    """Kieswet, of residual seats: by averages, or by remainders in small councils."""
    return "P 7" if n_seats >= rule_named("municipal").remainders_below else "P 8"


def _with_seats(votes: pd.DataFrame, election: str, data: Path | None) -> pd.DataFrame:
    if votes.empty or votes["seats"].fillna(0).sum() == 0:
        every = [load_table(name, data) for name in ("list_votes", "national_list_votes")]
        known = {
            str(name)
            for table in every
            for name, own in table.groupby("election", sort=False)
            if own["seats"].fillna(0).sum() > 0
        }
        raise InputError(
            "the seats of this election are not known",
            unit=election,
            rule="seats",
            expected=", ".join(sorted(known)),
        )
    return votes
