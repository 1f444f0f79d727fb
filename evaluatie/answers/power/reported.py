"""The tests that the effect and learning estimates report, on simulated samples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from evaluatie.answers.learning.between import group_means, permutation, random_effects
from evaluatie.answers.learning.excess import Excess, excess_of_counts
from evaluatie.answers.learning.within import difference
from evaluatie.ground.errors import EstimationError
from evaluatie.stats.changes import change_in_share, weighted_t
from evaluatie.stats.draws import Sample
from evaluatie.stats.estimates import Estimate, Flags
from evaluatie.stats.prediction import predict_new
from evaluatie.stats.simulate import Method, Tested
from evaluatie.stats.student import two_sided_p

ALPHA = 0.05


def effect_test(sample: Sample) -> Estimate:
    """Variance-weighted t of the effect, per voter: the plan's primary model."""
    x, n = sample.counts, sample.ballots
    made = change_in_share(x[:, 0], n[:, 0], x[:, 1], n[:, 1], ~sample.treated)
    return weighted_t(
        made.change,
        made.sampling_variance,
        sample.treated,
        weights="voters",
        ballots=n[:, 1],
        variance_slope=made.variance_slope,
    )


def varying_effect_test(sample: Sample) -> Tested:
    """Mean effect over municipalities whose effects differ (random effects)."""
    excess = _excess(sample)
    made = predict_new(excess.values, excess.sampling, shared_variance=excess.trend_variance)
    p = two_sided_p(made.estimate / made.std_error, made.n_units - 1)
    return Tested(made.estimate, made.conf_low, made.conf_high, p)


def learning_weighted(sample: Sample) -> Tested:
    """Experienced minus newcomers with the variance of municipalities that kept the old ballot."""
    excess = _excess(sample)
    return _answer(excess.combine(group_means(excess, _experienced(sample))).row(ALPHA))


def learning_random_effects(sample: Sample) -> Tested:
    """Experienced minus newcomers, effects differing between municipalities."""
    return _answer(random_effects(_excess(sample), _experienced(sample), ALPHA))


def learning_permutation(sample: Sample, *, per_voter: bool) -> Estimate:
    """Exact permutation of who is experienced; ``per_voter``: of the plain difference of means."""
    flags = _experienced(sample)
    if math.comb(len(flags), int(flags.sum())) > 20_000:
        raise EstimationError("too many assignments for a simulation", rule="assignments")
    return permutation(_excess(sample), flags, ALPHA, per_voter=per_voter).result


def learning_within(sample: Sample) -> Tested:
    """Second minus first use of the same municipalities; two pairs of elections."""
    one, two = _excess(sample, 0), _excess(sample, 2)
    return _answer(difference(one, two, list(one.codes), 0.0, ALPHA)[0])


TESTS: Mapping[str, Mapping[str, Method]] = {
    "effect": {"variance-weighted t": effect_test, "random-effects t": varying_effect_test},
    "learning": {
        "exact permutation": partial(learning_permutation, per_voter=False),
        "exact permutation, plain": partial(learning_permutation, per_voter=True),
        "random-effects t": learning_random_effects,
        "variance-weighted t": learning_weighted,
    },
    "within": {"variance-weighted t": learning_within},
}
"""Per quantity: ``effect``, ``learning`` (experienced minus newcomers), ``within`` (second minus
first use of the same municipalities)."""


def _excess(sample: Sample, first: int = 0) -> Excess:
    """Excess of every treated municipality, from one election to the one after it."""
    x, n = sample.counts.astype(np.float64), sample.ballots.astype(np.float64)
    treated, after = sample.treated, first + 1
    codes = [str(i) for i in np.flatnonzero(treated)]
    return excess_of_counts(x[:, first], n[:, first], x[:, after], n[:, after], treated, codes)


def _experienced(sample: Sample) -> Flags:
    return np.asarray(sample.exposure[sample.treated, -1] > 1)


def _answer(row: Mapping[str, Any]) -> Tested:
    return Tested(*(float(row[k]) for k in ("estimate", "conf_low", "conf_high", "p_value")))
