"""Valid, blank and invalid at once: what one gains another loses.

The three shares add up to one, so that their effects add up to zero and have one covariance: of
invalid and blank it is that of the changes of comparison municipalities, each scaled by its own
standard deviation; valid changes by minus their sum. The new ballot moves the sum of invalid and
blank as well: who marks only a party casts a valid vote for the first candidate of its list.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import show
from evaluatie.answers.effect.problem import Problem
from evaluatie.answers.statement import Statement, on_provisional
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Question
from evaluatie.stats.pretrends import event_changes

_PARTS = ("invalid", "blank")


def composition(results: Results, election: str) -> Answer:
    """Estimate the effect on valid, blank and invalid votes together, per voter.

    The table (:data:`show.COMPOSITION`) has a row for invalid, blank and valid: estimates and
    intervals are those of the effect on invalid, on blank and, with the other sign, on their sum;
    joint_p is Hotelling's T² of "no share changes". Refused as
    :func:`evaluatie.answers.effect.effect`, and if invalid and blank are not known of the same
    municipalities.
    """
    plan = results.counted_plan
    problems = [
        Problem.of(results, election, Question.of(plan, outcome=name, vintage=results.vintage))
        for name in (*_PARTS, "rejected")
    ]
    first = problems[0]
    if any(each.codes != first.codes for each in problems):
        raise EstimationError(
            "invalid and blank votes are not known of the same municipalities",
            unit=election,
            rule="outcome known in this vintage",
        )
    found = event_changes(
        np.column_stack([each.scaled.y for each in problems[:2]]),
        np.column_stack([each.scaled.v for each in problems[:2]]),
        first.scaled.treated,
        first.scaled.weight,
    )
    squared = float(found.estimates @ np.linalg.solve(found.covariance, found.estimates))
    # Hotelling's T² of two on df degrees of freedom is an F with 2 and df - 1.
    joint = float(special.fdtrc(2, found.df - 1, squared * (found.df - 1) / (2 * found.df)))
    scale = np.sqrt(np.diag(found.covariance))
    about = {
        "election": election,
        "correlation": float(found.covariance[0, 1] / scale.prod()),
        "joint_p": joint,
    }
    rows = [
        {**each.row(each.t_test()), **about, "part": part}
        for each, part in zip(problems, (*_PARTS, "valid"), strict=True)
    ]
    # Valid votes are what is not rejected: they fall by what is rejected more.
    fall = rows[2]
    names = ("estimate", "conf_high", "conf_low")
    fall["estimate"], fall["conf_low"], fall["conf_high"] = (-fall[name] for name in names)
    words = {
        f"{row['part']}{end}": row[name]
        for row in rows
        for end, name in (("", "estimate"), ("_low", "conf_low"), ("_high", "conf_high"))
    }
    counts = {name: fall[name] for name in ("n_treated", "n_comparison")}
    return Answer(
        table=pd.DataFrame(rows)[c.names_of(show.COMPOSITION)],
        columns=show.COMPOSITION,
        statements=(
            Statement("effect.composition", {**words, **about, **counts, "p": joint}),
            Statement("effect.party_only"),
        ),
        assumptions=("parallel-trends", "variance-model", *on_provisional(*first.table.vintages)),
        sources=first.table.sources,
        left_out=first.table.left_out,
    )
