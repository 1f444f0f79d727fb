"""What may be concluded about learning: what is excluded, what is not, and what to believe.

From the same effects as ``between``: the mean effect of the experienced is set beside a part of
that of newcomers (nothing left, half, all of it), each by a t test in which effects differ
between municipalities; the smallest margin within which the two groups are equivalent; and
probabilities under every prior that the plan lists (:mod:`evaluatie.stats.partial_pooling`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.learning.between import Row, compared, sides
from evaluatie.answers.learning.excess import Excess, excess_at, names_of, observed
from evaluatie.answers.learning.show import Estimated, tidy
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design, Question
from evaluatie.stats.estimates import Flags
from evaluatie.stats.partial_pooling import DifferencePrior, SpreadPrior, compare_groups
from evaluatie.stats.prediction import predict_mean
from evaluatie.stats.student import critical_value, t_row

LEFT = {"gone": 0.0, "half": 0.5, "same": 1.0}
"""Hypotheses by name: the part of the effect of newcomers that experienced voters still have."""


def pooling(results: Results, question: Question, election: str | None = None) -> Estimated:
    """Return a row per prior, the hypotheses, and what is concluded.

    Refused as ``between``, and where the mean effect of newcomers is not above zero.
    """
    plan, alpha = results.counted_plan, question.alpha
    name, excess, flags = sides(results, question, election, 2)
    hypotheses = parts_left(excess, flags, alpha)
    gone, _, same = hypotheses
    newcomers = gone["estimate"] - same["estimate"]
    if newcomers <= 0:
        raise EstimationError(
            "newcomers have no effect of which experience could take away a part",
            unit=name,
            rule="effect of newcomers > 0",
            value=newcomers,
        )
    common = compared(name, excess, flags)
    common |= {"role": "sensitivity", "method": "partial pooling"}
    rows = _priors(excess, flags, plan, alpha)
    # The smallest margin within which both groups are shown to be equivalent.
    margin = abs(same["estimate"]) + critical_value(2 * alpha, same["df"]) * same["std_error"]
    said = [
        _excluded(hypotheses, common),
        *_course(results, question, name, np.asarray(excess.codes)[flags].tolist()),
        Statement("learning.equivalence", {"margin": margin, "newcomers": newcomers}),
        _believed(rows),
    ]
    table = tidy([common | row for row in rows], "pooling", question)
    return Estimated(table, pd.DataFrame(hypotheses), said)


def parts_left(excess: Excess, flags: Flags, alpha: float) -> list[Row]:
    """Test whether the experienced have a given part of the mean effect of newcomers.

    A row per entry of :data:`LEFT`: hypothesis, left, estimate (mean effect of the experienced less
    that part; fraction of ballots), std_error, conf_low, conf_high, p_value, df, excluded (whether
    p is at most ``alpha``).
    """
    x = flags.astype(float)[:, None]
    spread = predict_mean(
        excess.values, excess.sampling, [1.0], characteristics=x, target_characteristics=[[0.0]]
    ).tau2
    weight = 1 / (excess.sampling + spread)
    groups = (flags, ~flags)
    own, other = (float(weight[g] @ excess.values[g] / weight[g].sum()) for g in groups)
    variance, other_variance = (1 / float(weight[g].sum()) for g in groups)
    rows = []
    for name, left in LEFT.items():
        # The trend elsewhere is in both means; in their difference it falls out.
        total = variance + left**2 * other_variance + (1 - left) ** 2 * excess.trend_variance
        made = t_row(own - left * other, math.sqrt(total), float(len(flags) - 2), alpha)
        about = {"hypothesis": name, "left": left, "excluded": made["p_value"] <= alpha}
        rows.append(about | made)
    return rows


def _priors(excess: Excess, flags: Flags, plan: Design, alpha: float) -> list[dict[str, Any]]:
    """Return what to believe under every prior of the plan, a row each."""
    rows = []
    for difference, (mean, deviation) in plan.raw["learning"]["difference"].items():
        for shape, scale in plan.raw["learning"]["spread"]:
            made = compare_groups(
                excess.values,
                excess.sampling,
                flags,
                DifferencePrior(float(mean), float(deviation)),
                SpreadPrior(shape, float(scale)),
                shared_variance=excess.trend_variance,
            )
            rows.append(
                {
                    "prior_difference": difference,
                    "prior_spread": f"{shape} {scale:g}",
                    "estimate": made.quantile(0.5, 0, 1),
                    "conf_low": made.quantile(alpha / 2, 0, 1),
                    "conf_high": made.quantile(1 - alpha / 2, 0, 1),
                    "p_lower": made.below(0, 1),
                    # Half of the newcomers' effect or less: (mean + difference) <= mean / 2.
                    "p_halved": made.below(0.5, 1),
                }
            )
    return rows


def _excluded(hypotheses: Sequence[Row], common: Row) -> Statement:
    """Say which parts of the effect of newcomers the experienced cannot have, and may have."""
    said: dict[bool, list[Statement]] = {True: [], False: []}
    for row in hypotheses:
        found = Statement(f"learning.left_{row['hypothesis']}", {"p": row["p_value"]})
        said[row["excluded"]].append(found)
    end = "" if said[True] and said[False] else "_all" if said[True] else "_none"
    words = {"election": common["to_election"], "excluded": said[True], "open": said[False]}
    return Statement(f"learning.conclusion{end}", {**common, **words})


def _believed(rows: Sequence[Row]) -> Statement:
    """Say the probabilities over all priors."""
    ends = {
        f"{name}_{end}": pick(row[f"p_{name}"] for row in rows)
        for name in ("lower", "halved")
        for end, pick in (("least", min), ("most", max))
    }
    return Statement("learning.believed", {**ends, "n": len(rows)})


def _course(
    results: Results, question: Question, election: str, codes: Sequence[str]
) -> Iterator[Statement]:
    """Say the pooled shares of the experienced, from their last election with the old ballot on."""
    plan = results.counted_plan
    before = [
        name
        for name in plan.new_ballot
        if name != election and set(codes) <= set(observed(results, question, name))
    ]
    if not before:
        return
    last = before[-1]
    one, two = (excess_at(results, question, name) for name in (last, election))
    first, second = (float(each.weight(codes) @ each.share) for each in (one, two))
    yield Statement(
        f"learning.course_{'no_fall' if second >= first else 'fall'}",
        {
            "outcome": f"@common.{question.outcome}",
            "names": names_of(plan, codes),
            "old": float(one.weight(codes) @ one.share_before),
            "first": first,
            "second": second,
            "baseline": plan.election(last).baseline,
            "from_election": last,
            "to_election": election,
            "vintage": f"@common.{two.vintage_of(codes)}",
        },
    )
