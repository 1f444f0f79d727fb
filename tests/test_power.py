"""Simulated power: the same for any number of workers, resumable, and read back whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib import Memory

from evaluatie.answers.answer import Answer
from evaluatie.answers.power import (
    DESIGNS,
    LEARNED,
    RandomisedModel,
    VaryingModel,
    load_power,
    power,
    trial,
)
from evaluatie.answers.power.designs import level_at, power_cells
from evaluatie.answers.power.run import power_command
from evaluatie.counts import Results, load
from evaluatie.ground.errors import EvaluatieError, InputError, UnknownNameError
from evaluatie.plan import Question
from evaluatie.stats.draws import FittedModel

TINY = {"designs": ["eleven"], "replications": 4, "effects": (0.002,), "learned": (0.5,)}


@pytest.fixture(scope="module")
def real() -> Results:
    return load()


@pytest.fixture(scope="module")
def tiny(real: Results, tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, Path]:
    """A small simulation by one worker, and the folder that keeps it."""
    folder, told = tmp_path_factory.mktemp("chunks"), []
    memory = Memory(folder, verbose=0)
    made = power(real, memory=memory, progress=lambda *at: told.append(at), **TINY)  # type: ignore[arg-type]
    assert told[-1] == (16, 16)
    return made, folder


def test_one_worker_and_two_give_the_same(real: Results, tiny: tuple[Answer, Path]) -> None:
    two = power(real, n_jobs=2, **TINY)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(tiny[0].table, two.table, check_exact=True)
    assert set(two.table["quantity"]) == {"effect", "learning"}


def test_a_broken_off_run_goes_on(real: Results, tiny: tuple[Answer, Path]) -> None:
    whole, folder = tiny
    kept = sorted(folder.rglob("output.pkl"))
    assert len(kept) == 4
    kept[0].unlink()
    again = power(real, memory=Memory(folder, verbose=0), **TINY)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(whole.table, again.table, check_exact=True)


def test_another_seed_gives_other_samples(real: Results, tiny: tuple[Answer, Path]) -> None:
    other = power(real, seed=2, **TINY)  # type: ignore[arg-type]
    assert not np.allclose(tiny[0].table["bias"], other.table["bias"])


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
    question = Question.of(real.counted_plan, vintage=real.vintage)
    cells = power_cells(real, question, DESIGNS, (0.001,), (0.5,))
    uses = {}
    for cell in cells:
        if cell["quantity"] != "effect":
            exposure = cell["cell"].model.model.exposure[:, -1]
            uses[cell["design"]] = (int((exposure > 1).sum()), int((exposure == 1).sum()))
    assert uses == {"five": (5, 0), "eleven": (4, 7), "planned": (11, 11)}


def test_a_next_trial_is_judged_at_its_part_of_alpha(real: Results) -> None:
    assert level_at(real.counted_plan, "planned") == 0.025
    assert level_at(real.counted_plan, "eleven") == 0.05
    shipped = load_power()
    levels = shipped.table.groupby("design")["level"].unique().map(list).to_dict()
    assert levels == {"five": [0.05], "eleven": [0.05], "planned": [0.025]}
    assert "tested 2 times, each at 2.5%" in shipped.sentence("en")
    assert "2,5%" in shipped.sentence("nl")
    assert "each at" not in load_power(designs=["eleven"]).sentence("en")


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
    assert (varying["size"] / varying["level"]).between(0.6, 1.4).all()
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


def test_an_unknown_design_is_named(real: Results) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'eleven'"):
        power(real, designs=["elevn"])


def test_a_trial_is_balanced_on_size_and_drawn_by_lot() -> None:
    model = small_model(excess=(0.004, 0.002), null_excess=(0.004, 0.004))
    model = replace(model, ballots=np.tile(np.arange(1, 401)[:, None] * 1000, 2))
    drawn = RandomisedModel(model, 0.001, 30, 30)
    samples = [drawn.draw(np.random.default_rng(seed), effect=True) for seed in range(40)]
    means = []
    for sample in samples:
        use = sample.exposure[:, 1]
        assert [(use == k).sum() for k in (1, 2)] == [30, 30]
        means.append([sample.ballots[use == k, 1].mean() for k in (1, 2)])
    # One of either in every thirtieth of the sizes: means within 7 of 200 thousand ballots.
    assert np.ptp(means, axis=1).max() < 7_000
    assert np.mean([s.exposure[:, 1] > 0 for s in samples], axis=0).max() < 0.6
    uneven = RandomisedModel(model, 0.001, 12, 31).draw(np.random.default_rng(1), effect=True)
    assert [(uneven.exposure[:, 1] == k).sum() for k in (1, 2)] == [31, 12]


def test_a_larger_trial_sees_more_and_the_approximation_is_near(real: Results) -> None:
    rows = [trial(real, n, samples=200, seed=3).table.iloc[0] for n in (20, 60)]
    assert rows[0]["power"] + 0.2 < rows[1]["power"]
    for row in rows:
        # The normal distribution knows nothing of an estimated spread: a little too high.
        assert row["power"] == pytest.approx(row["approximate"], abs=0.10)
        assert row["size"] <= 0.025 + 3.5 * 0.009
        assert row["learned"] == 0.5
    assert 40 < rows[0]["needed"] < 70


def test_a_trial_of_named_municipalities_keeps_the_experienced(real: Results) -> None:
    made = trial(real, named=["Utrecht", "gm0599", "Utrecht"], samples=20)
    row = made.table.iloc[0]
    assert (row["design"], row["n_experienced"], row["n_newcomers"]) == ("given", 11, 2)
    assert "2 new municipalities beside the 11" in made.sentence("en")
    assert "stopt" in made.sentence("nl")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"municipalities": 3}, "no trial can be made"),
        ({"municipalities": 400}, "no trial can be made"),
        ({}, "a number of municipalities or a list"),
        ({"municipalities": 20, "named": ["Utrecht"]}, "a number of municipalities or a list"),
        ({"municipalities": 20, "learned": 1.5}, "between 0 and 1"),
        ({"named": ["Leiden", "Utrecht"]}, "has met the new ballot"),
        ({"named": ["Utrechtt"]}, "did you mean 'Utrecht'"),
    ],
)
def test_what_is_no_trial_is_refused(
    real: Results, arguments: dict[str, object], error: str
) -> None:
    with pytest.raises(EvaluatieError, match=error):
        trial(real, **arguments)  # type: ignore[arg-type]


def test_a_folder_that_cannot_be_written_to_is_refused(real: Results, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(InputError, match="cannot write here"):
        power_command(real, simulate=10, chunks=tmp_path / "a-file")


def test_an_unknown_design_is_refused_before_anything_else(real: Results) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'eleven'"):
        power_command(real, design=["elevn"])
    only = power_command(real, design=["five"])
    assert set(only.table["design"]) == {"five"}


def test_a_halving_is_said_for_every_design_of_learning() -> None:
    shipped = load_power()
    halved = shipped.table.query(
        "learned == 0.5 and quantity == 'learning' and spread == 'varying'"
        " and method == 'random-effects t'"
    ).set_index("design")["power"]
    said = shipped.sentence("en")
    for chance in halved:
        assert f"probability of {100 * chance:.0f}%" in said
    assert halved["eleven"] < 0.35


@pytest.mark.slow
def test_tests_of_learning_keep_their_level_on_this_design(real: Results) -> None:
    made = power(real, designs=["eleven"], replications=400, effects=(0.002,), learned=(0.5,))
    table = made.table[made.table["method"].isin(["exact permutation", "random-effects t"])]
    for _, row in table[table["quantity"] == "learning"].iterrows():
        assert row["size"] <= 0.05 + 3.5 * 0.011
        assert row["coverage"] >= 0.95 - 3.5 * 0.008
