"""What went wrong elsewhere, made again by hand: published examples and public bug reports.

Each case names where it was reported or printed; the numbers are counted or computed here.
"""

import math

import numpy as np
import pytest

from evaluatie.stats.few_treated import conley_taber
from evaluatie.stats.prediction import heterogeneity, predict_new
from evaluatie.stats.randomization import randomization_test
from evaluatie.stats.shrinkage import between_variance
from evaluatie.stats.wild_bootstrap import wild_bootstrap


def test_ties_with_the_observed_assignment_count():
    """mixtape#26: eight persons, four treated, a difference of 1: 30 of 70, not the first rank."""
    y = [10, 5, 16, 3, 5, 7, 8, 10]
    made = randomization_test(y, [1] * 4 + [0] * 4, alternative="greater")
    assert made.result.estimate == pytest.approx(1)
    assert made.result.p_value == pytest.approx(30 / 70)


def test_the_observed_assignment_is_never_left_out():
    """fieldtrip#2607: the most extreme of all assignments has p = 1 / n, not 0."""
    made = randomization_test([9.0, 8.0, 7.0, 1.0, 2.0, 3.0], [1] * 3 + [0] * 3)
    assert made.result.p_value == pytest.approx(2 / 20)  # and its mirror image
    one = randomization_test(
        [9.0, 8.0, 7.0, 1.0, 2.0, 3.0], [1] * 3 + [0] * 3, alternative="greater"
    )
    assert one.result.p_value == pytest.approx(1 / 20)


def test_where_all_assignments_tie_nothing_is_found():
    """pertpy#1094: seven equal values and one other: every split has the same difference."""
    assert randomization_test([1.0] * 7 + [9.0], [0] * 4 + [1] * 4).result.p_value == 1


def test_a_null_that_is_not_zero_moves_the_treated_only():
    """ritest#10: the p-value of an effect of 0.5 in six clusters, listed by hand."""
    y, treated = np.array([3.0, 1.5, 2.0, 1.0, 0.5, 2.5]), np.array([1, 1, 1, 0, 0, 0], bool)
    made = randomization_test(y, treated)
    null = y - 0.5 * treated
    splits = [[i, j, k] for i in range(6) for j in range(i + 1, 6) for k in range(j + 1, 6)]
    values = [abs(null[s].mean() - np.delete(null, s).mean()) for s in splits]
    expected = np.mean(np.array(values) >= values[0] - 1e-12)
    assert made.p_value(0.5) == pytest.approx(expected)
    assert made.p_value(made.result.estimate) == 1


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_the_bootstrap_interval_needs_no_starting_values(scale):
    """fwildclusterboot#138 and #164: inversion failed at the estimate and for some scales."""
    rng = np.random.default_rng(164)
    y, d = rng.normal(size=(30, 2)), np.zeros((30, 2))
    d[:8, 1] = 1
    y[:8, 1] += 1
    made = wild_bootstrap(scale * y, d, draws=499, seed=1)
    plain = wild_bootstrap(y, d, draws=499, seed=1)
    assert made.conf_low < made.estimate < made.conf_high
    assert (made.conf_low, made.conf_high) == pytest.approx(
        (scale * plain.conf_low, scale * plain.conf_high)
    )
    assert made.p_value == plain.p_value


def test_more_combinations_than_can_be_printed():
    """C(20000, 10000) has 6,019 digits: it is counted, and never written out."""
    rng = np.random.default_rng(1)
    treated = np.arange(400) < 200
    made = randomization_test(rng.normal(size=400), treated, draws=99)
    assert made.n_assignments == math.comb(400, 200)
    assert not made.exact


def test_no_p_value_of_zero():
    """ritest, mosaic#547: with draws the observed value is one of them."""
    y = np.concatenate([[50.0, 60.0], np.random.default_rng(2).normal(size=40)])
    made = conley_taber(y, np.arange(42) < 2, max_combinations=1, draws=99)
    assert made.p_value == pytest.approx(2 / 100)


# Thirteen trials of a vaccine (Colditz and others 1994): cases and all, vaccinated and not.
BCG = np.array(
    [
        (4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867),
        (33, 5069, 47, 5808), (180, 1541, 372, 1451), (8, 2545, 10, 629), (505, 88391, 499, 88391),
        (29, 7499, 45, 7277), (17, 1716, 65, 1665), (186, 50634, 141, 27338), (5, 2498, 3, 2341),
        (27, 16913, 29, 17854),
    ],
    dtype=float,
)  # fmt: skip


def test_thirteen_trials_as_printed():
    """Viechtbauer (2010), Journal of Statistical Software 36(3), section 3: log risk ratios."""
    a, n1, c, n2 = BCG.T
    effects, variances = np.log((a / n1) / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2
    found = heterogeneity(effects, variances)
    assert (found.q, found.df) == (pytest.approx(152.2330, abs=5e-5), 12)
    assert found.p_value < 1e-4
    assert (found.tau2_low, found.tau2_high) == pytest.approx((0.1197, 1.1115), abs=5e-5)
    tau2 = between_variance(effects, variances, "reml")
    assert tau2 == pytest.approx(0.3132, abs=5e-5)
    made = predict_new(effects, variances, tau2=tau2)
    assert made.estimate == pytest.approx(-0.7145, abs=5e-5)
    assert made.std_error == pytest.approx(0.1798, abs=5e-5)
