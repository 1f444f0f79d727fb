"""What the report reads of seats, and the command about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from evaluatie.answers.answer import Answer, Found, because, missing
from evaluatie.answers.seats.elections import allocate_election, margins_election, seats_at_stake
from evaluatie.answers.seats.votes import body_votes, lost_votes
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, InputError


def run(results: Results) -> Mapping[str, Found]:
    """Set the votes lost in each council, and in the House, against the smallest seat margin."""
    plan = results.counted_plan
    found: dict[str, Found] = {}
    asked = [name for name in plan.history if plan.election(name).kind in ("GR", "TK")]
    names = dict(plan.municipalities)
    for election in asked:
        margin, stake = f"seats_{election}", f"seats_at_stake_{election}"
        try:
            if election not in results.elections:
                raise InputError("no counts", unit=election)
            votes, _ = body_votes(results, election)
        except InputError:
            found |= dict.fromkeys((margin, stake), missing("no_counts", election))
            continue
        found[margin] = margins_election(votes, names=names)
        try:
            found[stake] = seats_at_stake(votes, lost_votes(results, election), names=names)
        except EstimationError as error:
            found[stake] = because(error)
    return found


def seats_command(
    results: Results,
    what: Annotated[str, ("margins", "stake", "law")] = "margins",
    election: str | None = None,
    municipality: Sequence[str] | None = None,
) -> Answer:
    """Could a seat turn on a few votes?

    Parameters
    ----------
    what
        How few votes move a seat (margins); against the votes lost (stake); seats by law
        against the official ones (law).
    election
        Such as TK2025; by default the latest with the new ballot.
    municipality
        Name or code of a council; repeatable; by default those with the new ballot.

    Examples
    --------
    >>> import evaluatie
    >>> results = evaluatie.load(["GR2022", "GR2026"])
    >>> evaluatie.seats(results, municipality=["Gouda"]).table["place"].unique().tolist()
    ['Gouda']
    """
    asked = results.counted_plan.latest if election is None else election
    votes, names = body_votes(results, asked, municipality, everyone=what == "law")
    if what == "margins":
        return margins_election(votes, names=names)
    if what == "law":
        return allocate_election(votes, names=names)
    lost = lost_votes(results, asked)
    if municipality:
        lost = lost[lost["municipality_code"].isin(names)]
        if lost.empty:
            raise InputError(
                "the new ballot was not used there, or its effect is not known",
                unit=f"{asked}, {', '.join(municipality)}",
                rule="votes lost",
            )
    return seats_at_stake(votes, lost, names=names)
