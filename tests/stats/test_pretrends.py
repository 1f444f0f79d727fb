"""Tests of earlier changes, against every assignment written out."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.change_variance import fit_between_variance
from evaluatie.stats.changes import weighted_t
from evaluatie.stats.pretrends import earlier_changes, event_changes


def sample(seed=3, n=9, k=2):
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.5, 3, (n, k))
    changes = (rng.normal(size=(n, k)) + rng.normal(size=(n, 1))) * np.sqrt(v)
    return changes, v, np.arange(n) < 3, rng.uniform(1, 4, (n, k))


def by_hand(changes, v, treated, weights, picked):
    """Differences and their covariance if ``picked`` were the treated."""
    k = changes.shape[1]
    others = ~treated
    fits = [fit_between_variance(changes[others, j], v[others, j]) for j in range(k)]
    spread = np.column_stack([np.sqrt(f.tau2 + f.phi * v[:, j]) for j, f in enumerate(fits)])
    standard = (changes - [f.mean for f in fits]) / spread
    correlation = np.corrcoef(standard[others].T)
    estimate, covariance = np.zeros(k), np.zeros((k, k))
    for group, sign in ((picked, 1), (~picked, -1)):
        part = weights[group] / weights[group].sum(axis=0)
        estimate += sign * (part * changes[group]).sum(axis=0)
        loads = part * spread[group]
        covariance += correlation * (loads.T @ loads)
    return estimate, covariance


def test_every_assignment_written_out():
    changes, v, treated, weights = sample()
    made = earlier_changes(changes, v, treated, weights)
    found = []
    for chosen in itertools.combinations(range(9), 3):
        estimate, covariance = by_hand(changes, v, treated, weights, np.isin(np.arange(9), chosen))
        each = np.abs(estimate) / np.sqrt(np.diag(covariance))
        found.append([*each, estimate @ np.linalg.inv(covariance) @ estimate])
    own = np.array(found[0])
    beyond = (np.array(found) >= own * (1 - 1e-9)).mean(axis=0)
    assert made.exact
    np.testing.assert_allclose([*made.p_design, made.joint_p_design], beyond)
    estimate, covariance = by_hand(changes, v, treated, weights, treated)
    np.testing.assert_allclose(made.estimates, estimate)
    np.testing.assert_allclose(made.covariance, covariance)
    # Hotelling: 6 others leave 5 degrees of freedom; of two columns F = T² 4 / (2 · 5).
    assert made.joint_p == pytest.approx(stats.f.sf(own[2] * 4 / 10, 2, 4))
    np.testing.assert_allclose(made.p_values, 2 * stats.t.sf(own[:2], 5))


def test_one_column_is_the_weighted_t():
    changes, v, treated, _ = sample(k=1)
    made = earlier_changes(changes, v, treated, np.ones_like(v))
    plain = weighted_t(changes[:, 0], v[:, 0], treated, weights="municipalities")
    assert made.estimates[0] == pytest.approx(plain.estimate)
    assert np.sqrt(made.covariance[0, 0]) == pytest.approx(plain.std_error)
    assert made.joint_p == pytest.approx(made.p_values[0])
    assert made.joint_p_design == made.p_design[0]


def several(seed=1):
    rng = np.random.default_rng(seed)
    v = 10 ** rng.uniform(-8, -6, (50, 3))
    noise = (rng.normal(size=(50, 3)) + rng.normal(size=(50, 1))) / math.sqrt(2)
    return noise * np.sqrt(1e-8 + v), v, np.arange(50) < 4, rng.uniform(1, 5, 50)


@pytest.mark.parametrize("weights", ["voters", "municipalities"])
def test_event_changes_end_in_the_weighted_t(weights):
    changes, v, treated, ballots = several()
    made = event_changes(changes, v, treated, ballots if weights == "voters" else np.ones(50))
    last = weighted_t(changes[:, -1], v[:, -1], treated, weights=weights, ballots=ballots)
    assert made.estimates[-1] == pytest.approx(last.estimate)
    assert math.sqrt(made.covariance[-1, -1]) == pytest.approx(last.std_error)
    assert (made.n_treated, made.n_comparison, made.df) == (4, 46, 45)
    np.testing.assert_allclose(made.covariance, made.covariance.T)
    assert (np.linalg.eigvalsh(made.covariance) > 0).all()


def test_event_changes_have_the_right_covariance():
    total = np.zeros((3, 3))
    stated = np.zeros((3, 3))
    _, v, treated, _ = several(seed=0)
    for seed in range(400):
        rng = np.random.default_rng(seed)
        noise = (rng.normal(size=(50, 3)) + rng.normal(size=(50, 1))) / math.sqrt(2)
        made = event_changes(noise * np.sqrt(1e-8 + v), v, treated, np.ones(50))
        total += np.outer(made.estimates, made.estimates) / 400
        stated += made.covariance / 400
    np.testing.assert_allclose(stated / total, 1, atol=0.25)


def test_strata_are_kept():
    changes, v, treated, weights = sample()
    strata = np.array([0, 1, 1, 0, 0, 1, 1, 0, 1])
    made = earlier_changes(changes, v, treated, weights, strata=strata)
    # One of four in the first stratum, two of five in the second: forty assignments.
    assert (np.append(made.p_design, made.joint_p_design) * 40 % 1).round(9).tolist() == [0, 0, 0]


def test_true_nulls_are_rejected_as_often_as_they_should_be():
    rng = np.random.default_rng(11)
    rejected = []
    for _ in range(300):
        v = rng.uniform(0.5, 3, (60, 2))
        changes = (rng.normal(size=(60, 2)) + rng.normal(size=(60, 1))) * np.sqrt(v)
        made = earlier_changes(
            changes, v, np.arange(60) < 5, np.ones((60, 2)), draws=199, max_assignments=0
        )
        rejected.append([made.joint_p <= 0.05, made.joint_p_design <= 0.05])
    assert (np.abs(np.mean(rejected, axis=0) - 0.05) < 0.04).all()


def test_shapes_must_fit():
    changes, v, treated, weights = sample()
    with pytest.raises(EstimationError, match="one shape"):
        earlier_changes(changes, v[:, :1], treated, weights)
