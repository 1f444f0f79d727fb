"""From an election's name to the votes and seats it is about, and to the votes lost there.

A council loses the votes of its own voters. The House loses those of all municipalities that
used the new ballot; and, had the whole country used it, far more: both are given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from evaluatie.answers.answer import records
from evaluatie.answers.baselines import counted_at, uncounted
from evaluatie.answers.effect import effect
from evaluatie.answers.scale_up import scale_up
from evaluatie.answers.seats.show import NATION
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, InputError
from evaluatie.plan import Design

Row = dict[str, Any]

LOSSES = ("experiment", "first use", "later use")
"""Whose votes: of the municipalities with the new ballot, or of the whole country."""


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
    plan = results.counted_plan
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


def is_national(election: str, plan: Design) -> bool:
    """Tell whether the whole country is one constituency at an election of the plan."""
    return plan.election(election).kind in ("TK", "EP")


def lost_votes(results: Results, election: str) -> pd.DataFrame:
    """Give the interval of valid votes lost to the new ballot.

    Parameters
    ----------
    results
        Counts of the election and of others to compare with.
    election
        A council election at which the new ballot was used, or a national election.

    Returns
    -------
    pandas.DataFrame
        election, municipality_code, loss, excess_low, excess_high (whole votes, at least 0).
        A council election: one row for each municipality with the new ballot, from its own
        effect (95% interval). A national election, all with municipality_code ``"NL"``: the
        municipalities with the new ballot together, where it was used and the effect can be
        estimated, and the whole country at first and at later use as :func:`evaluatie.scale_up`
        predicts it (prediction interval, unweighted). ``attrs["left_out"]``: who is not in it,
        rows as in :class:`evaluatie.answers.answer.Answer`.

    Raises
    ------
    UnknownNameError
        For an election that is not in the plan.
    EstimationError
        If nothing can be said of the votes lost, such as where no ballots are counted apart.
    """
    if is_national(election, results.counted_plan):
        rows = [*_of_experiment(results, election), *_of_country(results, election)]
        if not rows:
            raise EstimationError(
                "how many votes were lost cannot be told: ballots per municipality are not public",
                unit=election,
            )
    else:
        _, apart = _spans(results, election)
        rows = [
            _row(election, code, LOSSES[0], low * ballots, high * ballots)
            for code, (low, high, ballots) in apart.items()
        ]
    found = pd.DataFrame(rows)
    left_out = uncounted(results, results.counted_plan, election, "invalid", results.vintage)
    # Kept as rows: pandas compares what goes with a frame when it joins frames.
    found.attrs["left_out"] = records(left_out)
    return found


def _spans(
    results: Results, election: str
) -> tuple[tuple[float, float], dict[str, tuple[float, float, float]]]:
    """Return the interval of the effect together, and with the ballots of every municipality."""
    made = effect(results, election, methods=("variance-weighted t",)).table
    ballots = counted_at(results, election, "invalid", results.vintage)["total"].to_dict()
    columns = (made[name].tolist() for name in ("unit", "conf_low", "conf_high"))
    (_, *together), *apart = zip(*columns, strict=True)
    low, high = together
    return (low, high), {unit: (*span, ballots.get(unit, math.nan)) for unit, *span in apart}


def _of_experiment(results: Results, election: str) -> list[Row]:
    if election not in results.counted_plan.new_ballot:
        return []
    try:
        (low, high), apart = _spans(results, election)
    except EstimationError:
        return []
    # The effect is of those that could be compared; votes lost elsewhere are unknown.
    ballots = sum(each for *_, each in apart.values())
    if math.isnan(ballots):
        return []
    return [_row(election, NATION, LOSSES[0], low * ballots, high * ballots)]


def _of_country(results: Results, election: str) -> list[Row]:
    try:
        table = scale_up(results, election, outcomes=("invalid",), models=((),)).table
    except EstimationError:
        return []
    # Effects of the election itself before those of another one.
    rows = table[table["extra"].notna()].sort_values("borrowed", kind="stable")
    found = {row["use"]: row for row in rows.iloc[::-1].to_dict(orient="records")}
    return [
        _row(election, NATION, use, found[use]["extra_low"], found[use]["extra_high"])
        for use in LOSSES[1:]
        if use in found
    ]


def _row(election: str, code: str, loss: str, low: float, high: float) -> Row:
    return {
        "election": election,
        "municipality_code": code,
        "loss": loss,
        "excess_low": math.floor(max(0.0, low)),
        "excess_high": math.ceil(max(0.0, high)),
    }
