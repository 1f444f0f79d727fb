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
    at = hypotheses.set_index("hypothesis")["estimate"]
    if at["gone"] - at["same"] <= 0:
        raise EstimationError(
            "newcomers have no effect of which experience could take away a part",
            unit=name,
            rule="effect of newcomers > 0",
            value=float(at["gone"] - at["same"]),
        )
    common = compared(name, excess, flags)
    common |= {"role": "sensitivity", "method": "partial pooling"}
    rows = [common | row for row in _priors(excess, flags, plan, alpha)]
    table = tidy(rows, "pooling", question)
    said = [
        _excluded(hypotheses, common),
        *_course(results, question, name, np.asarray(excess.codes)[flags].tolist()),
        _equivalent(at, hypotheses, alpha),
        _believed(table),
    ]
    return Estimated(table, hypotheses, said)


def parts_left(excess: Excess, flags: Flags, alpha: float) -> pd.DataFrame:
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
    df = float(len(flags) - 2)
    means = [float(weight[g] @ excess.values[g] / weight[g].sum()) for g in (flags, ~flags)]
    variances = [1 / float(weight[g].sum()) for g in (flags, ~flags)]
    rows = []
    for name, left in LEFT.items():
        estimate = means[0] - left * means[1]
        # The trend elsewhere is in both means; in their difference it falls out.
        variance = variances[0] + left**2 * variances[1] + (1 - left) ** 2 * excess.trend_variance
        made = t_row(estimate, math.sqrt(variance), df, alpha)
        about = {"hypothesis": name, "left": left, "excluded": made["p_value"] <= alpha}
        rows.append(about | made)
    return pd.DataFrame(rows)


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


def _excluded(hypotheses: pd.DataFrame, common: Row) -> Statement:
    """Say which parts of the effect of newcomers the experienced cannot have, and may have."""
    out, left = (
        [
            Statement(f"learning.left_{row['hypothesis']}", {"p": row["p_value"]})
            for row in hypotheses[some].to_dict(orient="records")
        ]
        for some in (hypotheses["excluded"], ~hypotheses["excluded"])
    )
    end = "" if out and left else "_all" if out else "_none"
    words = {**common, "election": common["to_election"], "excluded": out, "open": left}
    return Statement(f"learning.conclusion{end}", words)


def _equivalent(at: pd.Series[float], hypotheses: pd.DataFrame, alpha: float) -> Statement:
    """Say the smallest margin within which both groups are shown to be equivalent."""
    (same,) = hypotheses[hypotheses["hypothesis"] == "same"].to_dict(orient="records")
    reach = critical_value(2 * alpha, same["df"]) * same["std_error"]
    words = {"margin": abs(same["estimate"]) + reach, "newcomers": at["gone"] - at["same"]}
    return Statement("learning.equivalence", words)


def _believed(table: pd.DataFrame) -> Statement:
    """Say the probabilities over all priors."""
    ends = {
        f"{name}_{end}": float(getattr(table[f"p_{name}"], f)())
        for name in ("lower", "halved")
        for end, f in (("least", "min"), ("most", "max"))
    }
    return Statement("learning.believed", {**ends, "n": len(table)})


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
    old, first, second = (
        float(weight @ share)
        for weight, share in (
            (one.weight(codes), one.share_before),
            (one.weight(codes), one.share),
            (two.weight(codes), two.share),
        )
    )
    yield Statement(
        f"learning.course_{'no_fall' if second >= first else 'fall'}",
        {
            "outcome": f"@common.{question.outcome}",
            "names": names_of(plan, codes),
            "old": old,
            "first": first,
            "second": second,
            "baseline": plan.election(last).baseline,
            "from_election": last,
            "to_election": election,
            "vintage": f"@common.{two.vintage_of(codes)}",
        },
    )
