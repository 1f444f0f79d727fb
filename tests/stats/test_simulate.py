from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from joblib import Memory
from scipy import stats

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.changes import change_in_share, weighted_t
from evaluatie.stats.draws import FittedModel, PlaceboModel, fit_model
from evaluatie.stats.few_treated import lee_wooldridge
from evaluatie.stats.simulate import (
    Cell,
    minimal_detectable,
    replicate,
    size_and_coverage,
)


def two_sample_t(sample):
    """Student's t on changes: exact when municipalities are alike."""
    return lee_wooldridge(sample.shares[:, -1] - sample.shares[:, 0], sample.treated)


def model_t(sample):
    n, x = sample.ballots, sample.counts
    made = change_in_share(x[:, 0], n[:, 0], x[:, 1], n[:, 1], ~sample.treated)
    return weighted_t(
        made.change, made.sampling_variance, sample.treated, variance_slope=made.variance_slope
    )


def refuses(sample):
    raise EstimationError("never")


def alike(k=40, treated=4, size=20_000, **changes):
    exposure = np.zeros((k, 2), dtype=np.int64)
    exposure[:treated, 1] = 1
    model = FittedModel(
        ballots=np.full((k, 2), size, dtype=np.int64),
        exposure=exposure,
        share=0.0025,
        spread=0.0005,
        trend=np.array([0.0, 0.0003]),
        tau2=2e-7,
        phi=2.0,
        excess=(0.002,),
    )
    return replace(model, **changes)


def test_drawn_moments_are_those_put_in():
    model = alike(k=4000, treated=2000)
    sample = model.draw(np.random.default_rng(1), effect=True)
    shares, treated = sample.shares, sample.treated
    change = shares[:, 1] - shares[:, 0]
    assert shares[:, 0].mean() == pytest.approx(0.0025, rel=0.02)
    noise = 2.0 * (0.0025 * 0.9975) / 20_000
    assert shares[:, 0].var() == pytest.approx(0.0005**2 + 1e-7 + noise, rel=0.1)
    assert change[~treated].mean() == pytest.approx(0.0003, abs=5e-5)
    assert change[treated].mean() == pytest.approx(0.0023, abs=5e-5)
    later = 2.0 * (0.0028 * 0.9972) / 20_000
    assert change[~treated].var() == pytest.approx(2e-7 + noise + later, rel=0.1)
    without = model.draw(np.random.default_rng(1), effect=False)
    assert without.shares[treated, 1].mean() == pytest.approx(0.0028, abs=5e-5)


def test_learning_is_drawn_by_number_of_use():
    exposure = np.array([[0, 1, 2, 3]] * 3000 + [[0, 0, 0, 1]] * 3000)
    model = alike().__class__(
        ballots=np.full((6000, 4), 30_000),
        exposure=exposure,
        share=0.002,
        spread=0.0004,
        trend=np.zeros(4),
        tau2=1e-7,
        phi=1.0,
        excess=(0.004, 0.002, 0.001),
        null_excess=(0.004, 0.004, 0.004),
    )
    shares = model.draw(np.random.default_rng(2), effect=True).shares
    np.testing.assert_allclose(shares[:3000].mean(axis=0), [0.002, 0.006, 0.004, 0.003], atol=5e-5)
    np.testing.assert_allclose(shares[3000:].mean(axis=0), [0.002] * 3 + [0.006], atol=5e-5)
    null = model.draw(np.random.default_rng(2), effect=False).shares
    np.testing.assert_allclose(null[:3000].mean(axis=0)[1:], 0.006, atol=5e-5)


def test_binomial_when_nothing_varies():
    model = alike(k=5000, treated=1, spread=0.0, tau2=0.0, phi=1.0, trend=np.zeros(2))
    counts = model.draw(np.random.default_rng(3), effect=False).counts.ravel()
    assert counts.var() / counts.mean() == pytest.approx(1 - 0.0025, rel=0.06)


def test_fitting_returns_what_was_drawn():
    model = alike(k=3000, treated=3)
    sample = model.draw(np.random.default_rng(4), effect=True)
    made = fit_model(sample.counts, sample.ballots, sample.exposure)
    assert made.share == pytest.approx(0.0025, rel=0.03)
    assert made.trend[1] == pytest.approx(0.0003, abs=5e-5)
    # Ballots are equal here, so only the total variance of a change is identified.
    v = (0.0025 * 0.9975 + 0.0028 * 0.9972) / 20_000
    assert made.tau2 + made.phi * v == pytest.approx(2e-7 + 2 * v, rel=0.1)
    assert made.excess == (0.0,)


def test_placebo_keeps_real_counts():
    rng = np.random.default_rng(5)
    ballots = rng.integers(2000, 60000, (30, 2))
    counts = rng.binomial(ballots, 0.003)
    model = PlaceboModel(counts, ballots, ((0, 1, 2), (0, 1, 2), (7, 8)), excess=0.002)
    seen = set()
    for number in range(50):
        null = model.draw(np.random.default_rng(number), effect=False)
        np.testing.assert_array_equal(null.counts, counts)
        picked = np.flatnonzero(null.treated)
        assert len(picked) == 3
        assert set(picked[:2]) < {0, 1, 2}
        assert picked[2] in (7, 8)
        seen.add(tuple(picked))
        full = model.draw(np.random.default_rng(number), effect=True)
        np.testing.assert_array_equal(full.treated, null.treated)
        np.testing.assert_array_equal(full.counts[~null.treated], counts[~null.treated])
    assert len(seen) == 6


def test_placebo_adds_the_effect_to_the_share():
    ballots = np.full((3, 2), 10**8)
    counts = np.array([[10**6] * 2] * 3)
    model = PlaceboModel(counts, ballots, ((0,),), excess=0.002)
    sample = model.draw(np.random.default_rng(0), effect=True)
    assert sample.shares[0, 1] == pytest.approx(0.012, rel=1e-3)


def test_table_of_an_exact_test():
    cell = Cell("alike", alike(), 0.002)
    table = size_and_coverage({"t": two_sample_t, "refuses": refuses}, [cell], 600, 7)
    assert list(table["method"]) == ["t", "refuses"]
    row = table.iloc[0]
    assert (row["n_treated"], row["n_comparison"], row["replications"]) == (4, 36, 600)
    assert 0.03 <= row["size"] <= 0.075
    # The counts of the treated vary more than those without an effect: this t is too narrow.
    assert 0.90 <= row["coverage"] <= 0.95
    assert row["coverage_these"] == row["coverage_next"] == row["coverage"]
    assert abs(row["bias"]) < 4 * row["mc_error_bias"]
    assert row["power"] > 0.9
    assert row["mc_error"] == pytest.approx(np.sqrt(row["size"] * (1 - row["size"]) / 600))
    assert row["refused"] == 0
    other = table.iloc[1]
    assert other["refused"] == 1
    assert other[["size", "coverage", "bias", "power", "mc_error"]].isna().all()


def test_effects_that_differ_have_three_truths():
    """The interval of these municipalities holds neither the mean of others nor one more."""
    model = alike(k=300, treated=9, size=200_000, effect_spread=0.002, excess=(0.004,))
    table = size_and_coverage({"t": model_t}, [Cell("differing", model, 0.004)], 300, 5)
    row = table.iloc[0]
    # By hand: errors of 9 with variance tau2 + phi v, and of their mean with 0.002 squared.
    v = 0.0025 / 2e5 + 0.0028 / 2e5
    noise = np.sqrt(2e-7 + 2 * v)
    for name, truth in (("coverage", 0.002 / 3), ("coverage_next", 0.002)):
        expected = 2 * stats.norm.cdf(1.96 * (noise / 3) / np.hypot(noise / 3, truth)) - 1
        assert row[name] == pytest.approx(expected, abs=0.1), name
    assert row["coverage_these"] > 0.9
    drawn = model.draw(np.random.default_rng(1), effect=True)
    assert drawn.effects[:9].std() == pytest.approx(0.002, rel=0.6)
    assert (drawn.effects[9:] == 0).all()


def test_a_placebo_may_lose_votes_too():
    ballots, counts = np.full((40, 2), 10**8), np.full((40, 2), 10**6)
    pools = tuple((i,) for i in range(20))
    model = PlaceboModel(counts, ballots, pools, excess=0.001, effect_spread=0.004)
    sample = model.draw(np.random.default_rng(0), effect=True)
    np.testing.assert_allclose(sample.shares[:, 1] - 0.01, sample.effects, atol=6e-5)
    assert sample.effects.min() < -0.002 < 0.004 < sample.effects.max()


def test_a_test_that_is_wrong_is_shown_to_be_wrong():
    # The treated are far smaller than the others: Student's t rejects much too often, the
    # variance-weighted t does not.
    model = alike(k=80, treated=3)
    ballots = np.tile(np.geomspace(900, 90_000, 80).astype(np.int64)[:, None], 2)
    cell = Cell("small", replace(model, ballots=ballots, tau2=0.0), 0.0)
    table = size_and_coverage({"t": two_sample_t, "model": model_t}, [cell], 300, 11)
    assert table["size"][0] > 0.2
    assert table["size"][1] < 0.1
    assert table["power"].isna().all()


def test_truth_zero_draws_no_effect():
    found = replicate({"t": two_sample_t}, Cell("a", alike(), 0.0), 1, [0])
    assert found.shape == (1, 2, 1, 6)
    assert np.isfinite(found[0, 0]).all()
    assert np.isnan(found[0, 1]).all()


CELLS = [Cell("one", alike(), 0.002), Cell("two", alike(k=20, treated=1), 0.002)]


def test_results_do_not_depend_on_workers_order_or_chunks():
    methods = {"t": two_sample_t, "model": model_t}
    base = size_and_coverage(methods, CELLS, 24, 3, n_jobs=1, chunk=24)
    for other in (
        size_and_coverage(methods, CELLS, 24, 3, n_jobs=2, chunk=24),
        size_and_coverage(methods, CELLS, 24, 3, n_jobs=2, chunk=7),
        size_and_coverage(methods, CELLS[::-1], 24, 3).iloc[[2, 3, 0, 1]].reset_index(drop=True),
    ):
        pd.testing.assert_frame_equal(base, other, check_exact=True)
    different = size_and_coverage(methods, CELLS, 24, 4)
    assert not base.equals(different)


class KilledError(Exception):
    pass


def test_a_killed_run_loses_at_most_one_chunk(tmp_path):
    memory, calls = Memory(tmp_path, verbose=0), []

    def counted(sample):
        calls.append(sample.seed)
        return two_sample_t(sample)

    def dies(sample):
        if len(calls) == 25:
            raise KilledError
        return counted(sample)

    cell = Cell("resume", alike(), 0.0)
    with pytest.raises(KilledError):
        size_and_coverage({"t": dies}, [cell], 40, 5, chunk=10, memory=memory)
    assert len(list(tmp_path.rglob("output.pkl"))) == 2
    calls.clear()
    steps = []
    resumed = size_and_coverage(
        {"t": counted},
        [cell],
        40,
        5,
        chunk=10,
        memory=memory,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert len(calls) == 20
    assert steps == [(10, 40), (20, 40), (30, 40), (40, 40)]
    whole = size_and_coverage({"t": two_sample_t}, [cell], 40, 5)
    pd.testing.assert_frame_equal(resumed, whole, check_exact=True)
    # Another seed, level of detail or label is another simulation.
    calls.clear()
    size_and_coverage({"t": counted}, [cell], 10, 6, chunk=10, memory=memory)
    size_and_coverage({"t": counted}, [cell], 10, 5, chunk=10, memory=memory, label="new")
    assert len(calls) == 20


def test_a_broken_chunk_is_made_again(tmp_path, caplog):
    memory = Memory(tmp_path, verbose=0)
    made = size_and_coverage({"t": two_sample_t}, CELLS, 4, 5, memory=memory)
    (broken, *_) = sorted(tmp_path.rglob("output.pkl"))
    broken.write_bytes(b"half a file")
    again = size_and_coverage({"t": two_sample_t}, CELLS, 4, 5, memory=memory)
    assert "Exception while loading results" in caplog.text
    pd.testing.assert_frame_equal(made, again, check_exact=True)


def test_chunks_are_those_of_the_same_cell_alone(tmp_path):
    ballots = alike().ballots.copy()
    ballots[0, 0] += 1
    asked = [
        (Cell("one", alike(), 0.002), 1),
        (Cell("one", alike(), 0.002), 2),
        (Cell("one", alike(tau2=1e-7), 0.002), 1),
        (Cell("one", alike(ballots=ballots), 0.002), 1),
        (Cell("one", alike(), 0.001), 1),
        (Cell("one", alike(), 0.002), 1),
    ]
    for cell, seed in asked:
        size_and_coverage({"t": two_sample_t}, [cell], 2, seed, memory=Memory(tmp_path, verbose=0))
    assert len(list(tmp_path.rglob("output.pkl"))) == 5


def test_minimal_detectable_by_hand():
    assert minimal_detectable([1, 2, 3], [0.2, 0.6, 1.0]) == pytest.approx(2.5)
    # A dip by chance is levelled out: 0.5 and 0.3 become 0.4 twice.
    assert minimal_detectable([1, 2, 3], [0.5, 0.3, 0.9], 0.65) == pytest.approx(2.5)
    assert np.isnan(minimal_detectable([1, 2], [0.1, 0.5]))
    assert np.isnan(minimal_detectable([1, 2], [0.9, 0.95]))
    assert minimal_detectable([1, 2], [0.8, 0.9]) == 1


BAD = [
    (lambda: size_and_coverage({}, CELLS, 10, 1), "needs methods"),
    (lambda: size_and_coverage({"t": two_sample_t}, [CELLS[0]] * 2, 10, 1), "different names"),
    (lambda: size_and_coverage({"t": two_sample_t}, CELLS, 0, 1), "replications"),
    (
        lambda: PlaceboModel(np.ones((3, 2)), np.full((3, 2), 9), ((0,), (0,))).draw(
            np.random.default_rng(0), effect=False
        ),
        "too few candidates",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input(call, message):
    with pytest.raises(EstimationError, match=message):
        call()


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_table():
    distributed = pytest.importorskip("distributed")
    import joblib

    methods = {"model": model_t}
    base = size_and_coverage(methods, CELLS, 40, 3)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        made = size_and_coverage(methods, CELLS, 40, 3, n_jobs=None)
    pd.testing.assert_frame_equal(base, made, check_exact=True)
