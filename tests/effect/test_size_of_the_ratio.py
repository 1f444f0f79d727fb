"""Size of the weighted t on both scales, on the real municipalities; the null is true."""

from __future__ import annotations

import numpy as np
import pytest

from evaluatie.answers.effect import SCALES, WEIGHTS, changes_of, on_scale
from evaluatie.counts import Results
from evaluatie.plan import Question
from evaluatie.stats.changes import weighted_t

REPLICATIONS = 800


@pytest.mark.slow
@pytest.mark.parametrize("election", ["TK2025", "GR2026"])
def test_a_true_null_is_rejected_about_one_time_in_twenty(shipped: Results, election: str) -> None:
    used = changes_of(shipped, election, Question()).used
    n0, n1 = (used[f"ballots_{when}"].to_numpy() for when in ("before", "after"))
    rng = np.random.default_rng(1)
    rejected: dict[tuple[str, str], list[bool]] = {}
    for _ in range(REPLICATIONS):
        # Municipalities differ in level and in change; counts are overdispersed (phi 2).
        level = 0.002 * np.exp(rng.normal(0, 0.3, len(n0)))
        growth = np.exp(rng.normal(0.1, 0.12, len(n0)))
        counts = [rng.poisson(rng.gamma(mean)) for mean in (level * n0, level * growth * n1)]
        drawn = used.assign(count_before=counts[0], count_after=counts[1])
        for scale in SCALES:
            for weights in WEIGHTS:
                s = on_scale(drawn, scale, weights)
                made = weighted_t(
                    s.y,
                    s.v,
                    s.treated,
                    weights="voters",
                    ballots=s.weight,
                    variance_slope=s.slope,
                )
                rejected.setdefault((scale, weights), []).append(made.p_value < 0.05)
    for cell, found in rejected.items():
        # Three standard errors around 5% at this number of replications.
        assert 0.027 <= np.mean(found) <= 0.073, cell
