"""What the report reads of learning, and the command about it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from evaluatie.answers.answer import Answer, Found, attempt
from evaluatie.answers.learning.analyse import ESTIMANDS, learning
from evaluatie.counts import Results
from evaluatie.plan import Outcome, Weights


def run(results: Results) -> Mapping[str, Found]:
    """Compute every estimand of learning, of the primary outcome."""
    outcome = results.counted_plan.primary_outcome
    return {
        f"learning_{estimand}_{outcome}": attempt(
            partial(learning, results, estimand, outcome=outcome)
        )
        for estimand in ESTIMANDS
    }


def learning_command(
    results: Results,
    estimand: Annotated[str, ESTIMANDS] = "between",
    outcome: Outcome = "invalid",
    weights: Weights = "voters",
) -> Answer:
    """Whether voters who met the ballot before do better.

    Parameters
    ----------
    estimand
        What is meant by learning.
    outcome
        Share of ballots; rejected = invalid + blank.
    weights
        Whether a voter or a municipality counts once.
    """
    return learning(results, estimand, outcome=outcome, weights=weights)
