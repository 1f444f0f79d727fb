import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import special, stats

from evaluatie.ground.errors import EstimationError
from evaluatie.stats import betabinomial
from evaluatie.stats.betabinomial import fit_betabinomial, log_likelihood

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "glmmTMB_betabinomial.json").read_text("utf-8")
)["cases"]


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_agrees_with_glmmtmb(name):
    case = REFERENCE[name]
    made = fit_betabinomial(case["x"], case["n"])
    # Against glmmTMB's likelihood maximised to full precision.
    assert special.logit(made.share) == pytest.approx(case["params"], rel=1e-9)
    assert made.rho == pytest.approx(case["rho"], rel=1e-8)
    np.testing.assert_allclose(made.std_errors, case["std_errors"], rtol=2e-6)
    assert made.log_likelihood == pytest.approx(case["log_likelihood"], abs=1e-6)
    # Against what glmmTMB prints, to five digits.
    assert special.logit(made.share) == pytest.approx(case["printed_params"], rel=1e-5)
    assert made.std_errors[0] == pytest.approx(case["printed_std_errors"], rel=1e-5)


def test_likelihood_is_the_beta_binomial():
    x, n, mean = np.array([0, 3, 40, 9]), np.array([10, 700, 50000, 9]), 0.004
    for rho in (0.5, 0.02, 1e-4):
        s = 1 / rho - 1
        expected = stats.betabinom.logpmf(x, n, mean * s, (1 - mean) * s)
        assert log_likelihood(x, n, mean, rho) == pytest.approx(expected.sum(), rel=1e-10)


def test_likelihood_tends_to_the_binomial():
    x, n, mean = np.array([0, 3, 40]), np.array([10, 700, 50000]), 0.002
    expected = stats.binom.logpmf(x, n, mean).sum()
    assert log_likelihood(x, n, mean, 1e-13) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("a", [0.01, 3.0, 24.999, 25.0, 80.0, 3000.0])
def test_series_meet_the_special_functions(a):
    k = np.array([0.0, 1.0, 17.0, 2000.0])
    log, first, second = betabinomial._rises(a, k)
    np.testing.assert_allclose(first, special.psi(a + k) - special.psi(a), atol=2e-14)
    np.testing.assert_allclose(
        second, special.polygamma(1, a + k) - special.polygamma(1, a), rtol=1e-11, atol=2e-15
    )
    np.testing.assert_allclose(
        log, special.gammaln(a + k) - special.gammaln(a), rtol=1e-12, atol=1e-11
    )


@pytest.mark.parametrize("huge", [1e9, 1e12, 1e15])
def test_no_digits_cancel(huge):
    # lgamma(a + 1) - lgamma(a) is log(a) exactly.
    rise = betabinomial._rises(huge, np.ones(1))[0]
    np.testing.assert_allclose(rise, np.log(huge), rtol=1e-14)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(-7, -1), st.floats(-9, 1))
def test_hessian_is_exact(seed, logit_share, logit_rho):
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 3000, 25).astype(float)
    x = np.floor(n * rng.beta(0.5, 8, 25))
    theta = np.array([logit_share, logit_rho])
    _, gradient, information = betabinomial._evaluate(theta, x, n)
    step = 1e-5
    for j, unit in enumerate(np.eye(2)):
        up, down = (betabinomial._evaluate(theta + sign * step * unit, x, n) for sign in (1, -1))
        assert gradient[j] == pytest.approx((up[0] - down[0]) / (2 * step), rel=1e-4, abs=1e-3)
        slopes = (up[1] - down[1]) / (2 * step)
        np.testing.assert_allclose(-information[j], slopes, rtol=1e-4, atol=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1e-6, 1e-4, 1e-2, 0.3]), st.integers(3, 40))
def test_maximum_is_a_maximum(seed, rho, units):
    rng = np.random.default_rng(seed)
    n = rng.integers(2, 5000, units)
    s = 1 / rho - 1
    x = rng.binomial(n, rng.beta(0.05 * s, 0.95 * s, units))
    assume(x.sum() > 0 and not ((x == 0) | (x == n)).all())
    made = fit_betabinomial(x, n)
    assert made.boundary == (made.rho == 0)
    for other in (made.rho * 0.9, made.rho * 1.1, made.rho + 1e-5):
        if 0 < other < 1:
            assert log_likelihood(x, n, made.share, other) <= made.log_likelihood + 1e-7
    if not made.boundary:
        assert np.linalg.eigvalsh(made.cov).min() > 0
        lower = float(special.expit(special.logit(made.share) - 0.01))
        assert log_likelihood(x, n, lower, made.rho) < made.log_likelihood


def test_boundary_is_the_binomial_fit():
    # Equal shares vary less than binomial: the correlation is 0 and marked so.
    x, n = np.array([10, 20, 30]), np.array([1000, 2000, 3000])
    made = fit_betabinomial(x, n)
    assert made.boundary
    assert (made.share, made.rho) == (0.01, 0)
    assert made.cov[0, 0] == pytest.approx(1 / (6000 * 0.01 * 0.99))
    assert np.isnan(made.cov[-1]).all()
    assert made.log_likelihood == pytest.approx(stats.binom.logpmf(x, n, 0.01).sum())


def test_recovers_what_was_put_in():
    rng = np.random.default_rng(12)
    n, s = rng.integers(200, 1600, 22_000), 1 / 0.002 - 1
    x = rng.binomial(n, rng.beta(0.003 * s, 0.997 * s, 22_000))
    made = fit_betabinomial(x, n)
    away = special.logit([made.share, made.rho]) - special.logit([0.003, 0.002])
    assert (np.abs(away) < 4 * made.std_errors).all()


def test_order_and_unknown_rows_do_not_matter():
    case = REFERENCE["municipalities"]
    x, n = np.array(case["x"], float), np.array(case["n"], float)
    base = fit_betabinomial(x, n)
    order = np.random.default_rng(0).permutation(len(x))
    moved = fit_betabinomial(np.append(x[order], [np.nan, 0]), np.append(n[order], [50, 0]))
    assert moved.share == pytest.approx(base.share, rel=1e-10)
    assert moved.rho == pytest.approx(base.rho, rel=1e-9)
    assert (moved.n_units, moved.n_unknown) == (len(x), 2)


BAD = [
    (([0, 0, 0], [5, 5, 5]), "every count is zero"),
    (([0, 1, 1], [1, 1, 1]), "more than one ballot"),
    (([0, 5, 5], [5, 5, 5]), "zero or equal to its denominator"),
    (([np.nan, 0], [9, 0]), "no unit has a known share"),
    (([1, 10], [9, 9]), "impossible"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input(arguments, message):
    with pytest.raises(EstimationError, match=message):
        fit_betabinomial(*arguments)


def test_a_fit_that_does_not_converge_is_an_error(monkeypatch):
    monkeypatch.setattr(betabinomial, "_MAX_ITERATIONS", 1)
    with pytest.raises(EstimationError, match="does not converge"):
        fit_betabinomial([1, 30, 200], [900, 1000, 1500])
