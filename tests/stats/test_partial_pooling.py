"""Partial pooling, against sums over grids of every parameter and an outside implementation."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.partial_pooling import DifferencePrior, SpreadPrior, compare_groups

Y = np.array([0.58, 0.41, 0.30, 0.25, 0.84, 0.55, 0.55, 0.46, 0.35, 0.25, 0.14])
V = np.array([0.077, 0.232, 0.129, 0.168, 0.067, 0.093, 0.093, 0.113, 0.119, 0.059, 0.070]) ** 2
EXPERIENCED = np.arange(11) < 4

_DENSITY = {
    "half-normal": lambda tau, s: stats.norm.pdf(tau, 0, s),
    "half-cauchy": lambda tau, s: stats.cauchy.pdf(tau, 0, s),
    "uniform": lambda tau, s: (tau <= s) * 1.0,
}


MU = np.linspace(-0.4, 1.3, 121)[:, None, None]
DELTA = np.linspace(-1.4, 1.4, 141)[None, :, None]
# Midpoints, closer together where the likelihood is; one ends at 0.6.
EDGES = np.concatenate([0.6 * np.linspace(0, 1, 81) ** 1.5, np.geomspace(0.6, 6, 60)[1:]])
TAU = ((EDGES[1:] + EDGES[:-1]) / 2)[None, None, :]


@pytest.fixture(scope="module")
def likelihood():
    """Log-likelihood over a grid of all three parameters."""
    log = np.log(np.diff(EDGES))[None, None, :]
    for y, v, second in zip(Y, V, EXPERIENCED, strict=True):
        variance = v + TAU**2
        log = log - 0.5 * ((y - MU - DELTA * second) ** 2 / variance + np.log(variance))
    return log


@pytest.mark.parametrize("prior", [(-0.2, 0.2), (0.0, 0.1), (0.0, math.inf)])
@pytest.mark.parametrize(
    ("shape", "scale"), [("half-normal", 0.2), ("half-cauchy", 0.2), ("uniform", 0.6)]
)
def test_a_sum_over_a_grid_of_all_three_parameters(likelihood, prior, shape, scale):
    with np.errstate(divide="ignore"):
        log = likelihood + np.log(_DENSITY[shape](TAU, scale))
    if math.isfinite(prior[1]):
        log = log + stats.norm.logpdf(DELTA, *prior)
    mass = np.exp(log - log.max())
    mass /= mass.sum()
    made = compare_groups(Y, V, EXPERIENCED, DifferencePrior(*prior), SpreadPrior(shape, scale))

    def share(where):
        return float((mass * np.where(np.abs(where) < 1e-9, 0.5, where < 0)).sum())

    assert made.below(0, 1) == pytest.approx(share(DELTA + 0 * MU), abs=3e-3)
    assert made.below(0.5, 1) == pytest.approx(share(DELTA + MU / 2), abs=3e-3)
    assert made.weight @ made.mean[:, 1] == pytest.approx(float((mass * DELTA).sum()), abs=1e-3)
    assert made.weight @ made.tau == pytest.approx(float((mass * TAU).sum()), abs=2e-3)


def test_without_spread_it_is_the_normal_posterior():
    made = compare_groups(
        [3.0, 1.0, 5.0],
        [1.0, 1.0, 2.0],
        [False, False, True],
        DifferencePrior(0.0, math.inf),
        SpreadPrior("uniform", 1e-9),
    )
    # Means 2 and 5, variances 1/2 and 2.
    z = 3 / math.sqrt(2.5)
    assert made.below(0, 1) == pytest.approx(stats.norm.sf(z))
    assert made.quantile(0.975, 0, 1) == pytest.approx(3 + 1.959964 * math.sqrt(2.5), abs=1e-5)
    assert made.quantile(0.5, 1, 1) == pytest.approx(5)


def test_a_shared_error_moves_the_mean_and_not_the_difference():
    plain, shared = (
        compare_groups(
            Y,
            V,
            EXPERIENCED,
            DifferencePrior(0.0, math.inf),
            SpreadPrior("half-normal", 0.2),
            shared_variance=extra,
        )
        for extra in (0.0, 0.01)
    )
    assert plain.below(0, 1) == shared.below(0, 1)
    assert shared.quantile(0.975, 1, 0) > plain.quantile(0.975, 1, 0)


def test_a_narrow_prior_is_believed():
    made = compare_groups(
        Y, V, EXPERIENCED, DifferencePrior(-0.3, 1e-4), SpreadPrior("half-normal", 0.2)
    )
    assert made.quantile(0.5, 0, 1) == pytest.approx(-0.3, abs=1e-4)
    assert made.below(0, 1) == pytest.approx(1.0)


def test_mirrored_groups_mirror_the_answer():
    flat, spread = DifferencePrior(0.0, math.inf), SpreadPrior("half-cauchy", 0.2)
    one = compare_groups(Y, V, EXPERIENCED, flat, spread)
    other = compare_groups(Y, V, ~EXPERIENCED, flat, spread)
    assert one.below(0, 1) == pytest.approx(1 - other.below(0, 1), abs=1e-9)


def test_units_do_not_matter():
    prior = itertools.starmap(
        lambda d, s, k: compare_groups(
            k * Y,
            k**2 * V,
            EXPERIENCED,
            DifferencePrior(0.0, k * d),
            SpreadPrior("half-normal", k * s),
        ).below(0.5, 1),
        [(0.3, 0.2, 1.0), (0.3, 0.2, 0.01)],
    )
    one, other = prior
    assert one == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize(
    ("second", "spread", "rule"),
    [
        ([False] * 11, SpreadPrior("uniform", 1.0), "both groups"),
        (EXPERIENCED, SpreadPrior("uniform", 0.0), "prior"),
        (EXPERIENCED, SpreadPrior("triangle", 1.0), "prior"),
    ],
)
def test_what_is_no_model_is_refused(second, spread, rule):
    with pytest.raises(EstimationError) as caught:
        compare_groups(Y, V, second, DifferencePrior(0.0, 1.0), spread)
    assert caught.value.rule == rule
