"""What is excluded about learning and what is not, by hand and on known learning."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evaluatie.answers.answer import Answer
from evaluatie.answers.learning import learning
from evaluatie.answers.learning.excess import excess_of_counts
from evaluatie.answers.learning.pooling import LEFT, parts_left
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError


def test_parts_left_by_hand() -> None:
    rng = np.random.default_rng(4)
    n = np.array([9_000.0, 21_000, 30_000, 7_000, 15_000, 26_000, *[12_000.0] * 20])
    x0 = rng.binomial(n.astype(int), 0.002).astype(float)
    p1 = np.array([0.005, 0.003, 0.008, 0.004, 0.009, 0.006, *[0.002] * 20])
    x1 = rng.binomial(n.astype(int), p1).astype(float)
    excess = excess_of_counts(x0, n, x1, n, np.arange(26) < 6, list("abcdef"))
    flags = np.arange(6) < 2
    made = pd.DataFrame(parts_left(excess, flags, 0.05)).set_index("hypothesis")
    y, v = excess.values, excess.sampling

    def squares(tau2: float) -> float:
        total = 0.0
        for group in (flags, ~flags):
            w = 1 / (v[group] + tau2)
            total += float(w @ (y[group] - np.average(y[group], weights=w)) ** 2)
        return total

    # Paule and Mandel: the variance at which the weighted squares are their degrees of freedom.
    grid = np.linspace(0, 2e-5, 200_001)
    low, high = 0.0, float(grid[-1])
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if squares(middle) > 4 else (low, middle)
    w = 1 / (v + low)
    one, other = (np.average(y[g], weights=w[g]) for g in (flags, ~flags))
    for name, left in LEFT.items():
        variance = 1 / w[flags].sum() + left**2 / w[~flags].sum()
        variance += (1 - left) ** 2 * excess.trend_variance
        t = (one - left * other) / math.sqrt(variance)
        assert made.at[name, "estimate"] == pytest.approx(one - left * other, rel=1e-6)
        assert made.at[name, "p_value"] == pytest.approx(2 * stats.t.sf(abs(t), 4), rel=1e-5)


def test_the_same_effect_is_that_of_between(learned: Callable[[str], Answer]) -> None:
    same = learned("pooling").parts["detail"].set_index("hypothesis").loc["same"]
    row = learned("between").table.query("method == 'random-effects t'").iloc[0]
    for column in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
        assert same[column] == pytest.approx(row[column], rel=1e-9)


def test_official_counts_exclude_that_all_is_gone_and_nothing_else(
    learned: Callable[[str], Answer],
) -> None:
    made = learned("pooling")
    excluded = made.parts["detail"].set_index("hypothesis")["excluded"]
    assert excluded.to_dict() == {"gone": True, "half": False, "same": False}
    said = made.sentence("nl")
    # Of the four that kept using the ballot.
    for share in ("0,210%", "0,484%", "0,682%"):
        assert share in said
    assert "daalde het aandeel ongeldig niet" in said
    assert len(made.table) == 16
    assert (made.table["p_halved"] < made.table["p_lower"]).all()
    # Equivalence: the largest end of the 90% interval.
    same = made.parts["detail"].set_index("hypothesis").loc["same"]
    half = stats.t.ppf(0.95, same["df"]) * same["std_error"]
    assert f"{100 * (abs(same['estimate']) + half):.2f} percentage points" in made.sentence("en")


def test_full_learning_is_seen_where_effects_are_alike(pretend: Callable[..., Results]) -> None:
    gone = learning(pretend({1: 0.006, 2: 0.0005, 3: 0.0}), "pooling")
    excluded = gone.parts["detail"].set_index("hypothesis")["excluded"]
    assert excluded.to_dict() == {"gone": False, "half": True, "same": True}
    assert "share invalid fell" in gone.sentence("en")
    flat = gone.table[gone.table["prior_difference"] == "flat"]
    assert (flat["p_halved"] > 0.99).all()


def test_without_newcomers_nothing_is_concluded(real: Results) -> None:
    with pytest.raises(EstimationError, match="too few municipalities on one side"):
        learning(real, "pooling", election="TK2025")


def test_where_newcomers_have_no_effect_there_is_no_half_of_it(
    pretend: Callable[..., Results],
) -> None:
    with pytest.raises(EstimationError, match="no effect of which experience"):
        learning(pretend({1: -0.001, 2: 0.002, 3: 0.002}), "pooling")


def test_the_largest_excess_is_left_out_by_name(learned: Callable[[str], Answer]) -> None:
    said = learned("between").sentence("en")
    assert "+0.38 percentage points with experience and +0.45" in said
    assert "exact p = 0.630" in said
    assert (
        "Without 's-Hertogenbosch, where the excess is largest, these are +0.38 and +0.38" in said
    )


def test_the_kind_of_election_is_shown_by_others(learned: Callable[[str], Answer]) -> None:
    said = learned("within").sentence("nl")
    assert "0,412% bij TK2023; 0,468% bij TK2025" in said
    assert "0,261% bij TK2025" in said
