"""What the report reads of the personal vote, and the command about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated

from evaluatie.answers.answer import Answer, Found, attempt
from evaluatie.answers.personal_vote import show
from evaluatie.answers.personal_vote.analyse import personal_vote
from evaluatie.answers.personal_vote.counts import elections_compared, load_candidates
from evaluatie.counts import Results

SHOWN = ("effects", "municipalities")


def run(results: Results) -> Mapping[str, Found]:
    """Compare votes on persons at every election of the experiment with the one before."""
    plan = results.counted_plan
    counts = load_candidates(results.data, elections=elections_compared(plan))
    return {
        f"personal_vote_{election}": attempt(
            partial(personal_vote, results, election, candidates=counts), election
        )
        for election in plan.new_ballot
    }


def personal_vote_command(
    results: Results, what: Annotated[str, SHOWN] = "effects", election: str | None = None
) -> Answer:
    """Whether voters still vote for persons, and whether numbers draw votes by mistake.

    Parameters
    ----------
    what
        Effects of the ballot, or changes of municipalities.
    election
        Such as GR2026; the latest by default.
    """
    made = personal_vote(results, election)
    if what == "effects":
        return made
    changes = made.parts["changes"]
    columns = show.MUNICIPALITIES
    return replace(made, table=changes, columns=columns, brief=show.main_changes(changes))
