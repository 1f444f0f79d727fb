"""Chance in an urn, by hand."""

import numpy as np
import pytest
from scipy.stats import binom, chi2

from evaluatie.stats.urn import (
    binomial_quantile,
    concentration,
    dispersion_interval,
    simulate,
    tails,
    urn_phi,
)


def test_concentration_takes_the_highest_shares_first():
    # Of 400 ballots a tenth is 40: four tenths of the first box, so 1.6 of 5 counts.
    found = concentration([0, 1, 4, 0], [100, 100, 100, 100], [0.1, 0.2, 0.5, 1.0])
    assert found == pytest.approx([1.6 / 5, 3.2 / 5, 1.0, 1.0])
    # A small box with a high share comes before a large one with more counts.
    assert concentration([2, 3], [20, 180], [0.1]) == pytest.approx([2 / 5])


def test_concentration_of_nothing_is_unknown():
    assert np.isnan(concentration([0, 0], [10, 10], [0.1])).all()


def test_phi_by_hand():
    # Expected 2 of 50 twice: X² = 2 · 1² / (50 · 0.04 · 0.96) on one degree of freedom.
    assert urn_phi([3, 1, 5], [50, 50, 9], [0, 2])[0] == pytest.approx(2 / 1.92)
    assert np.isnan(urn_phi([3, 1, 5], [50, 50, 9], [0, 2])[1])  # one box
    assert np.isnan(urn_phi([0, 0], [50, 50], [0])).all()


def test_dispersion_interval_is_that_of_the_chi_square_tables_by_chance():
    # Eleven boxes alike with less than chance between them: 20.483 and 3.247 on ten.
    x = [100, 110, 90, 95, 105, 100, 112, 88, 107, 93, 100]
    phi = urn_phi(x, [10_000] * 11, [0])[0]
    low, high = dispersion_interval(x, [10_000] * 11, [0])
    assert (low[0], high[0]) == pytest.approx((phi * 10 / 20.483, phi * 10 / 3.247), rel=1e-4)


def test_dispersion_interval_by_hand():
    # Two boxes that expect 5: X² = 2 · 4² / (5 · 0.995) on one degree of freedom, and the variance
    # of its logarithm is 2 + (6φ - 6 + 1/φ) / 5 - (3φ - 2) / 5 = 5.09.
    phi = 32 / 4.975
    df = 2 / (2 + (3 * phi - 4 + 1 / phi) / 5)
    low, high = dispersion_interval([9, 1], [1000, 1000], [0])
    assert low[0] == pytest.approx(phi * df / chi2.isf(0.025, df))
    assert high[0] == pytest.approx(phi * df / chi2.isf(0.975, df))
    assert 2 / df == pytest.approx(5.09, abs=0.005)


def test_dispersion_interval_without_a_dispersion():
    ends = dispersion_interval([3, 1, 5, 0, 0], [50, 50, 9, 20, 20], [0, 2, 3])
    assert np.isfinite([each[0] for each in ends]).all()
    assert np.isnan([each[1:] for each in ends]).all()  # one box; nothing is marked


@pytest.mark.slow
@pytest.mark.parametrize("boxes", [40, 100, 340])
@pytest.mark.parametrize("phi", [1.0, 1.5, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("mean", [1.5, 5.0, 15.0, 60.0])
def test_dispersion_interval_covers(boxes, phi, mean):
    rng = np.random.default_rng([boxes, int(10 * phi), int(10 * mean)])
    n = (1000 * np.exp(rng.normal(0, 0.4, boxes))).astype(int) * (6 if mean > 50 else 1)
    p = np.full(boxes, mean / n.mean())
    if phi > 1:
        size = (n - 1) / (phi - 1) - 1
        p = rng.beta(p * size, (1 - p) * size, (2000, boxes))
    x = rng.binomial(n, p, (2000, boxes))
    # Every draw is an urn of its own.
    low, high = dispersion_interval(x.ravel(), np.tile(n, 2000), np.arange(2000) * boxes)
    assert 0.93 <= np.mean((low <= phi) & (phi <= high)) <= 0.975


def test_tails_by_hand():
    # Rest 1 of 10: P(X >= 2) of ten = 1 - 0.9^10 - 10 · 0.1 · 0.9^9.
    p, _ = tails([2, 1], [10, 10], [3, 3], [20, 20], 0.05)
    assert p[0] == pytest.approx(1 - 0.9**10 - 0.9**9)
    # The rest of the urn has none: both counts lie in ten of twenty ballots by C(10,2) / C(20,2).
    p, _ = tails([2, 0], [10, 10], [2, 2], [20, 20], 0.05)
    assert p == pytest.approx([45 / 190, 1.0])
    # A box that is its whole urn has no rest.
    assert np.isnan(tails([2], [10], [2], [10], 0.05)[0]).all()


@pytest.mark.parametrize("level", [0.001, 0.025, 0.5, 0.999])
def test_binomial_quantile_is_that_of_scipy(level):
    n, share = np.meshgrid([1, 7, 300, 20_000], [0.0, 1e-6, 0.004, 0.3, 1.0])
    assert (binomial_quantile(level, n, share) == binom.ppf(level, n, share)).all()


def test_expected_number_counts_only_chances_that_whole_counts_reach():
    # Rest 1 of 10; P(X >= 4) of ten = 0.0128 is the highest at or below 0.05, P(X >= 3) = 0.0702.
    _, expected = tails([2, 1], [10, 10], [3, 3], [20, 20], 0.05)
    p4 = 1 - 0.9**10 - 0.9**9 - 45 * 0.01 * 0.9**8 - 120 * 0.001 * 0.9**7
    # Of the other box the rest is 2 of 10; P(X >= 5) = 0.0328, P(X >= 4) = 0.1209.
    q5 = 1 - sum(c * 0.2**k * 0.8 ** (10 - k) for k, c in enumerate((1, 10, 45, 120, 210)))
    assert expected == pytest.approx(p4 + q5)


def test_draws_keep_each_total_and_do_not_depend_on_other_urns():
    two = simulate([3, 1, 2, 2], [50, 50, 30, 30], [0, 2], [(1, 2), (3, 4)], parts=[0.1], draws=40)
    one = simulate([3, 1], [50, 50], [0], [(1, 2)], parts=[0.1], draws=40)
    assert two.phi[:, 0].tolist() == one.phi[:, 0].tolist()
    # Four of a hundred over two halves: X² is 0, 2/1.92 or 8/1.92, by how they split.
    assert {round(each * 1.92, 6) for each in one.phi[:, 0]} == {0.0, 2.0, 8.0}
