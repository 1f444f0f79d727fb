"""The regression by number of use, against statsmodels and refits by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import statsmodels.api as sm

from evaluatie.answers.answer import Answer
from evaluatie.answers.learning import learning
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.stats.conditional_poisson import fit_conditional_poisson


def small_panel(seed: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eight units, four elections, three of them treated; one cell is missing."""
    rng = np.random.default_rng(seed)
    n = rng.integers(3_000, 30_000, (8, 4)).astype(float)
    x = np.zeros((8, 4, 5))
    for t in (1, 2, 3):
        x[:, t, t - 1] = 1
    x[:2, 1, 3] = 1  # first use
    x[2, 3, 3] = 1
    x[:2, 3, 4] = 1  # second use
    rate = 0.002 * np.exp(rng.normal(0, 0.3, (8, 1)) + x @ np.array([0.1, -0.2, 0.3, 0.9, 0.5]))
    y = rng.negative_binomial(8, 8 / (8 + n * rate)).astype(float)
    y[5, 2] = np.nan
    return y, n, x


def by_dummies(y: np.ndarray, n: np.ndarray, x: np.ndarray) -> sm.GLM:
    there = np.isfinite(y)
    unit = np.repeat(np.arange(len(y))[:, None], y.shape[1], axis=1)[there]
    dummies = (unit[:, None] == np.unique(unit)).astype(float)
    design = np.column_stack([x[there], dummies])
    family = sm.families.Poisson()
    return sm.GLM(y[there], design, family=family, offset=np.log(n[there])).fit(
        scale="X2", tol=1e-13, maxiter=200
    )


def test_it_is_the_regression_with_a_dummy_for_every_municipality() -> None:
    y, n, x = small_panel()
    made = fit_conditional_poisson(y, n, x)
    full = by_dummies(y, n, x)
    assert made.beta == pytest.approx(full.params[:5], abs=1e-9)
    assert np.sqrt(np.diag(made.covariance)) == pytest.approx(full.bse[:5], rel=1e-7)
    assert made.dispersion == pytest.approx(full.pearson_chi2 / full.df_resid, rel=1e-8)


def test_the_jackknife_leaves_out_one_municipality_at_a_time() -> None:
    y, n, x = small_panel()
    made = fit_conditional_poisson(y, n, x)
    left = []
    for i in range(8):
        keep = np.arange(8) != i
        left.append(by_dummies(y[keep], n[keep], x[keep]).params[:5])
    away = np.array(left) - made.beta
    assert made.jackknife == pytest.approx(7 / 8 * away.T @ away, rel=1e-6)


def test_what_one_municipality_carries_has_no_jackknife() -> None:
    y, n, x = small_panel()
    x[1, 3, 4] = 0
    made = fit_conditional_poisson(y, n, x)
    assert np.isnan(made.jackknife[4, 4])
    assert np.isfinite(made.jackknife[0, 0])


def test_a_coefficient_without_counts_is_refused() -> None:
    y, n, x = small_panel()
    with pytest.raises(EstimationError, match="cannot be estimated"):
        fit_conditional_poisson(y, n, np.concatenate([x, 0 * x[:, :, :1]], axis=2))


def test_known_rate_ratios_come_back(pretend: Callable[..., Results]) -> None:
    results = pretend({1: 3.0, 2: 2.0, 3: 1.5}, factor=True)
    table = learning(results, "exposure").table
    found = table[table["method"] == "quasi-Poisson"].set_index("what")["estimate"]
    for use, ratio in ((1, 3.0), (2, 2.0), (3, 1.5)):
        assert found[f"use {use}"] == pytest.approx(ratio, rel=2e-4)
    assert found["use 3 / use 1"] == pytest.approx(0.5, rel=2e-4)
    assert found["back"] == pytest.approx(1.0, abs=2e-3)


def test_real_counts_say_how_many_carry_each_number(
    learned: Callable[[str], Answer],
) -> None:
    made = learned("exposure")
    table = made.table[made.table["role"] == "primary"]
    carried = table[table["method"] == "quasi-Poisson"].set_index("what")["n_units"]
    assert (carried["use 1"], carried["use 2"], carried["use 3"], carried["back"]) == (7, 5, 4, 1)
    alone = table[(table["what"] == "back") & (table["method"] == "CRV3 jackknife")].iloc[0]
    assert alone["note"] == "carried by a single municipality"
    assert np.isnan(alone["conf_low"])
    printed = table[table["basis"] == "printed"].iloc[0]
    assert printed["bound_low"] < printed["bound_high"]
    assert np.isnan(printed["estimate"])
