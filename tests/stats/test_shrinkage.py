import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.prediction import heterogeneity
from evaluatie.stats.shrinkage import between_variance, holm, shrink

METAFOR = json.loads(
    (Path(__file__).parents[1] / "reference" / "metafor_between_variance.json").read_text("utf-8")
)


def paule_mandel(estimates, variances):
    return heterogeneity(estimates, variances).tau2


@pytest.mark.parametrize(
    ("method", "key"), [(between_variance, "reml"), (paule_mandel, "paule_mandel")]
)
def test_between_variance_agrees_with_metafor(method, key):
    made = method(METAFOR["estimates"], METAFOR["variances"])
    assert made == pytest.approx(METAFOR[key], rel=1e-9)


def test_mean_agrees_with_metafor():
    made = shrink(METAFOR["estimates"], METAFOR["variances"])
    assert made.mean == pytest.approx(METAFOR["reml_mean"], rel=1e-9)


@pytest.mark.parametrize("method", [between_variance, paule_mandel])
def test_equal_variances_by_hand(method):
    # Both estimators are then the sample variance minus the known variance.
    y = np.array([1.0, 4.0, 7.0, 12.0])
    assert method(y, np.full(4, 2.0)) == pytest.approx(y.var(ddof=1) - 2)
    assert method(y, np.full(4, 50.0)) == 0


def test_baseball():
    # Efron and Morris (1975, JASA 70), table 1: batting averages of 18 players after 45 at
    # bats, shrunk by 0.791 towards their mean on the arc-sine scale.
    hits = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7])
    y = np.sqrt(45) * np.arcsin(2 * hits / 45 - 1)
    made = shrink(y, np.ones(18))
    assert made.mean == pytest.approx(y.mean())
    np.testing.assert_allclose(made.pull, 0.791, atol=0.001)
    # Morris (1983), equal variances: V (1 - (k-1)/k B) + 2/(k-3) B^2 (y - mean)^2.
    pull = made.pull[0]
    expected = 1 - 17 / 18 * pull + 2 / 15 * pull**2 * (y - y.mean()) ** 2
    np.testing.assert_allclose(made.std_errors**2, expected)


def test_noisier_units_are_pulled_further():
    made = shrink([0.0, 1, 2, 3, 10], [0.1, 0.5, 1, 2, 4])
    assert (np.diff(made.pull) > 0).all()
    assert ((made.pull > 0) & (made.pull < 1)).all()
    assert ((made.low < made.estimates) & (made.estimates < made.high)).all()


@settings(max_examples=50, deadline=None)
@given(
    st.permutations(range(6)), st.floats(-5, 5), st.floats(0.01, 100), st.sampled_from([1.0, 0.1])
)
def test_invariances(order, shift, scale, spread):
    y = np.array([0.3, -1.0, 2.2, 0.9, 4.1, -0.4]) * spread
    v = np.array([0.2, 0.4, 0.9, 0.3, 1.5, 0.6])
    base = shrink(y, v)
    moved = shrink((y * scale + shift)[order], (v * scale**2)[order])
    assert moved.tau2 == pytest.approx(base.tau2 * scale**2, rel=1e-6, abs=1e-12 * scale**2)
    np.testing.assert_allclose(
        moved.estimates, (base.estimates * scale + shift)[order], rtol=1e-6, atol=1e-7 * scale
    )
    np.testing.assert_allclose(moved.std_errors, base.std_errors[order] * scale, rtol=1e-6)


def test_intervals_cover():
    # True values drawn around a mean, seven units of unequal noise as in the real design.
    rng = np.random.default_rng(7)
    v = np.array([0.2, 0.3, 0.5, 0.8, 1.0, 1.5, 2.5])
    covered = []
    for _ in range(1500):
        truth = rng.normal(3, 1, 7)
        made = shrink(rng.normal(truth, np.sqrt(v)), v)
        covered.append((made.low <= truth) & (truth <= made.high))
    assert 0.93 <= np.mean(covered) <= 0.985


def test_two_maxima_of_the_likelihood_give_the_higher():
    # Very unequal variances: a grid finds nothing above the estimate.
    rng = np.random.default_rng(4)
    for _ in range(50):
        v = np.exp(rng.uniform(-8, 4, 6))
        y = rng.normal(0, np.sqrt(v + np.exp(rng.uniform(-6, 2))))
        made = between_variance(y, v)

        def value(tau2, y=y, v=v):
            w = 1 / (v + tau2)
            mean = w @ y / w.sum()
            return 0.5 * (np.log(w).sum() - np.log(w.sum()) - w @ (y - mean) ** 2)

        grid = np.concatenate([[0], np.geomspace(1e-8, 1e4, 400)])
        assert value(made) >= max(value(t) for t in grid) - 1e-9


def test_holm_by_hand():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    made = holm([0.01, np.nan, 0.6, 0.7])
    np.testing.assert_allclose(made[[0, 2, 3]], [0.03, 1.0, 1.0])
    assert np.isnan(made[1])


def test_holm_agrees_with_statsmodels():
    rng = np.random.default_rng(6)
    for size in (1, 2, 5, 11, 40):
        p = rng.uniform(0, 1, size) ** 3
        p[: size // 4] = p[-1]
        np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], atol=1e-15)


BAD = [
    (lambda: shrink([1, 2, 3], [1, 1, 1]), "four units"),
    (lambda: shrink([1, 2, 3, np.nan], [1, 1, 1, 1]), "missing or not finite"),
    (lambda: shrink([1, 2, 3, 4], [1, 1, 1, 0]), "not above zero"),
    (lambda: shrink([1, 2, 3, 4], [1, 1, 1]), "wrong shape"),
    (lambda: shrink([1, 2, 3, 4], [1, 1, 1, 1], alpha=1), "alpha"),
    (lambda: between_variance([1], [1]), "two units"),
    (lambda: holm([0.5, 1.5]), "outside 0 and 1"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input(call, message):
    with pytest.raises(EstimationError, match=message):
        call()
