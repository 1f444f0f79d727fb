"""Simulated power: the same for any number of workers, resumable, and read back whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evaluatie.errors import InputError, UnknownNameError
from evaluatie.experiment import load_design
from evaluatie.power import DESIGNS, LEARNED, VaryingModel, extend, load_power, power
from evaluatie.power.designs import power_cells, scene_of
from evaluatie.power.extension import _power_t
from evaluatie.results import Results, load
from evaluatie.simulation_store import FolderStore
from evaluatie.stats.draws import FittedModel

TINY = {"designs": ["eleven"], "replications": 4, "effects": (0.002,), "learned": (0.5,)}


@pytest.fixture(scope="module")
def real() -> Results:
    return load()


def test_one_worker_and_four_give_the_same(real: Results) -> None:
    one = power(real, n_jobs=1, **TINY)  # type: ignore[arg-type]
    four = power(real, n_jobs=4, **TINY)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(one.table, four.table, check_exact=True)
    assert set(one.table["quantity"]) == {"effect", "learning"}


def test_a_broken_off_run_goes_on(real: Results, tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    told: list[tuple[int, int]] = []
    whole = power(real, store=store, progress=lambda *at: told.append(at), **TINY)  # type: ignore[arg-type]
    assert told[-1] == (16, 16)
    kept = sorted(tmp_path.glob("*.npy"))
    assert len(kept) == 4
    kept[0].unlink()
    again = power(real, store=store, **TINY)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(whole.table, again.table, check_exact=True)


def test_another_seed_gives_other_samples(real: Results) -> None:
    made = [power(real, seed=seed, **TINY).table["bias"].to_numpy() for seed in (1, 2)]  # type: ignore[arg-type]
    assert not np.allclose(made[0], made[1])


def small_model(**options: object) -> FittedModel:
    exposure = np.zeros((400, 2), dtype=np.int64)
    exposure[:200, 1] = np.repeat([1, 2], 100)
    return FittedModel(
        ballots=np.full((400, 2), 200_000),
        exposure=exposure,
        share=0.01,
        spread=0.0,
        trend=np.zeros(2),
        tau2=0.0,
        phi=1.0,
        **options,  # type: ignore[arg-type]
    )


def test_effects_vary_as_much_as_they_are_told_to() -> None:
    model = VaryingModel(small_model(excess=(0.004, 0.002), null_excess=(0.004, 0.004)), 0.001)
    sample = model.draw(np.random.default_rng(5), effect=True)
    rise = sample.shares[:, 1] - sample.shares[:, 0]
    for use, mean in ((1, 0.004), (2, 0.002), (0, 0.0)):
        some = rise[sample.exposure[:, 1] == use]
        assert some.mean() == pytest.approx(mean, abs=5e-4)
    # Counting noise alone has a standard deviation of 0.0003.
    assert rise[:100].std() == pytest.approx(0.00106, abs=2e-4)
    assert rise[200:].std() < 4e-4
    assert sorted(set(sample.exposure[:, 1])) == [0, 1, 2]


def test_without_an_effect_nobody_has_one_of_their_own() -> None:
    model = VaryingModel(small_model(excess=(0.004, 0.002)), 0.01)
    rise = np.diff(model.draw(np.random.default_rng(5), effect=False).shares, axis=1)
    assert np.abs(rise).max() < 0.0015


def test_designs_hold_who_they_say(real: Results) -> None:
    scene = scene_of(real, load_design(), None)
    cells = power_cells(scene, DESIGNS, (0.001,), (0.5,))
    uses = {}
    for cell in cells:
        if cell["quantity"] != "effect":
            exposure = cell["cell"].model.model.exposure[:, -1]
            uses[cell["design"]] = (int((exposure > 1).sum()), int((exposure == 1).sum()))
    assert uses == {"five": (5, 0), "eleven": (4, 7), "planned": (11, 11)}


def test_the_first_newcomer_is_the_one_that_helps_most(real: Results) -> None:
    pool = extend(real, most=6).table
    picked = list(pool["municipality_code"])
    alone = {code: extend(real, candidates=[code, picked[-1]], most=1) for code in picked[:-1]}
    best = max(alone, key=lambda code: float(alone[code].table["power"].iloc[0]))
    assert best == picked[0]
    assert pool["power"].is_monotonic_increasing
    assert pool["std_error"].is_monotonic_decreasing


def test_counting_ballots_picks_smaller_municipalities(real: Results) -> None:
    by_ballots = extend(real, most=5, cost="ballots").table
    assert by_ballots["ballots_added"].iloc[-1] < extend(real, most=5).table["ballots"].min()
    with pytest.raises(UnknownNameError, match="did you mean 'ballots'"):
        extend(real, cost="ballot")


def test_more_experienced_municipalities_are_worth_more_newcomers(real: Results) -> None:
    now = extend(real, most=30)
    later = extend(
        real,
        most=30,
        experienced=[
            *load_design().treated("GR2026"),
            *now.table["municipality_code"].head(30),
        ],
    )
    assert set(later.table["municipality_code"]).isdisjoint(now.table["municipality_code"])
    assert now.needed is None
    assert later.table["power"].iloc[-1] > now.table["power"].iloc[-1] + 0.1
    assert "30" in now.sentence("en")
    assert "30" in now.sentence("nl")


def test_the_power_is_that_of_the_noncentral_t() -> None:
    rng = np.random.default_rng(8)
    drawn = (rng.standard_normal(200_000) + 2.0) / np.sqrt(rng.chisquare(9, 200_000) / 9)
    found = (np.abs(drawn) > stats.t.ppf(0.975, 9)).mean()
    assert _power_t(2.0, 9, 0.05) == pytest.approx(found, abs=0.004)


def test_what_ships_keeps_its_level_where_it_is_claimed() -> None:
    shipped = load_power()
    table = shipped.table
    assert set(table["design"]) == set(DESIGNS)
    assert table["replications"].min() >= 500
    learning = table[(table["quantity"] == "learning") & (table["method"] == "random-effects t")]
    assert set(learning["learned"]) == set(LEARNED)
    # Claimed where effects vary as observed; where they are alike the test is conservative.
    varying = learning[learning["spread"] == "varying"]
    assert varying["coverage"].between(0.93, 0.97).all()
    assert varying["size"].between(0.03, 0.07).all()
    assert learning["coverage"].min() >= 0.93
    exact = table[(table["method"] == "exact permutation") & (table["refused"] == 0)]
    # Of eleven the assignments can be counted out; of the planned 22 they are too many.
    assert len(exact) == 2 * len(LEARNED)
    assert exact["coverage"].min() >= 0.93
    within = table[table["quantity"] == "within"]
    assert within["coverage"].between(0.93, 0.97).all()
    assert (learning["bias"].abs() < 0.1 * learning["truth"].abs().clip(lower=0.001)).all()
    for lang in ("nl", "en"):
        assert len(shipped.sentence(lang)) > 100
        assert shipped.plot(lang).axes


def test_a_missing_table_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_power(tmp_path / "power.csv")


def test_an_unknown_design_is_named(real: Results) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'eleven'"):
        power(real, designs=["elevn"])


@pytest.mark.slow
def test_tests_of_learning_keep_their_level_on_this_design(real: Results) -> None:
    made = power(real, designs=["eleven"], replications=400, effects=(0.002,), learned=(0.5,))
    table = made.table[made.table["method"].isin(["exact permutation", "random-effects t"])]
    for _, row in table[table["quantity"] == "learning"].iterrows():
        assert row["size"] <= 0.05 + 3.5 * 0.011
        assert row["coverage"] >= 0.95 - 3.5 * 0.008
