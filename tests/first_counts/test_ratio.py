"""The ratio of official to first counts: by hand, and how often its interval holds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evaluatie.answers.first_counts import predict_ratio
from evaluatie.counts import load, load_table
from evaluatie.ground.errors import EstimationError


def test_by_hand() -> None:
    # Ratios 1.1, 1.2 and 1.3 around 360/300 = 1.2: s² = (0.01 + 0 + 0.01) / 2, s = 0.1.
    # Weights of a third: 3/9; of a half: 2/4. t(0.975, 2) = 4.3027 (any table of Student's t).
    made = predict_ratio([100, 100, 100], [110, 120, 130], [50, 50])
    half = 4.3027 * 0.1 * math.sqrt(1 / 3 + 1 / 2)
    assert made.ratio == pytest.approx(1.2)
    assert made.low == pytest.approx(1.2 - half, abs=1e-5)
    assert made.high == pytest.approx(1.2 + half, abs=1e-5)
    assert made.n == 3


def test_a_large_municipality_counts_as_its_votes_do() -> None:
    # (300 + 100·1.5) / 400 = 1.125; deviations −0.125 and 0.375: s² = 0.15625.
    # Weights 3/4 and 1/4: 10/16; one municipality to come: 1. t(0.975, 1) = 12.7062.
    made = predict_ratio([300, 100], [300, 150], [7])
    assert made.ratio == pytest.approx(1.125)
    assert made.high - made.ratio == pytest.approx(
        12.7062 * math.sqrt(0.15625 * (10 / 16 + 1)), rel=1e-5
    )


def test_without_a_first_vote_there_is_no_ratio() -> None:
    with_zero = predict_ratio([100, 100, 0], [110, 130, 4], [100])
    assert with_zero == predict_ratio([100, 100], [110, 130], [100])


@pytest.mark.parametrize(
    ("first", "official", "coming"),
    [([100], [110], [50]), ([100, 0], [110, 3], [50]), ([100, 100], [110, 120], [])],
)
def test_too_little_is_refused(first: list[int], official: list[int], coming: list[int]) -> None:
    with pytest.raises(EstimationError, match="two municipalities with both counts"):
        predict_ratio(first, official, coming)


@pytest.mark.parametrize("outcome", ["invalid", "blank", "rejected"])
def test_the_interval_holds_about_as_often_as_it_says(outcome: str) -> None:
    """Eleven municipalities with the usual ballot predict nine others, many times over."""
    rows = load().rows
    rows = rows[rows["election"] == "TK2025"]
    wide = rows.pivot(index="municipality_code", columns="vintage", values=outcome)
    wide = wide.dropna().astype("float64")
    listed = load_table("known_exceptions")
    swapped = listed.loc[listed["rule"] == "invalid-blank-swapped", "municipality_code"]
    wide = wide[~wide.index.isin(swapped) & (wide["provisional"] >= 30)]
    first, official = wide["provisional"].to_numpy(), wide["official"].to_numpy()
    rng = np.random.default_rng(20260318)
    held = 0
    for _ in range(600):
        order = rng.permutation(len(first))
        past, coming = order[:11], order[11:20]
        made = predict_ratio(first[past], official[past], first[coming])
        held += made.low <= official[coming].sum() / first[coming].sum() <= made.high
    # Binomial noise of 600 draws is two points.
    assert 0.92 <= held / 600 <= 0.995
