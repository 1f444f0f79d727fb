"""The same electorates from use to use: known learning, bounds, ratios, the way back."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import effect, pooled
from evaluatie.answers.learning import learning
from evaluatie.answers.printed import PrintedFigures, interval_counts
from evaluatie.counts import Results, load
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import load_design
from evaluatie.stats.student import fieller


def test_known_learning_comes_back(pretend: Callable[..., Results]) -> None:
    made = learning(pretend({1: 0.006, 2: 0.004, 3: 0.002}), "within").table
    step = made[(made["basis"] == "counts") & (made["unit"] == "pooled")].set_index("scale")
    assert step.loc["points", "estimate"] == pytest.approx(-0.002, abs=2e-6)
    assert step.loc["ratio", "estimate"] == pytest.approx(0.5, abs=1e-3)
    assert list(step["from_use"]) == [2, 2]
    assert list(step["to_use"]) == [3, 3]


def test_no_learning_is_no_change(pretend: Callable[..., Results]) -> None:
    made = learning(pretend({1: 0.003, 2: 0.003, 3: 0.003}), "within").table
    step = made[(made["basis"] == "counts") & (made["scale"] == "points")]
    assert np.abs(step["estimate"]).max() < 2e-6


def test_drawn_counts_are_unbiased_and_covered(pretend: Callable[..., Results]) -> None:
    found, covered = [], 0
    for seed in range(12):
        drawn = pretend({1: 0.006, 2: 0.004, 3: 0.002}, seed=seed)
        table = learning(drawn, "within").table
        row = table[(table["basis"] == "counts") & (table["scale"] == "points")].iloc[0]
        found.append(row["estimate"] + 0.002)
        covered += row["conf_low"] <= -0.002 <= row["conf_high"]
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert abs(np.mean(found)) < 3.5 * error
    assert covered >= 9  # fewer than 9 of 12 happens once in 5,000 if coverage is 95%


def test_the_printed_step_is_the_arithmetic_of_its_figures(
    real: Results, learned: Callable[[str], Answer]
) -> None:
    plan = load_design()
    figures = PrintedFigures.of(real)
    table = learned("within").table
    row = table[(table["basis"] == "printed") & (table["scale"] == "points")].iloc[0]
    shares = real.shares("invalid").set_index(["election", "municipality_code"])

    def pooled(election: str) -> tuple[float, float]:
        some = shares.loc[election].loc[list(plan.treated("TK2025"))]
        return float(some["count"].sum()), float(some["total"].sum())

    def excess(election: str, base: str, share: float, rest: float) -> float:
        x, n = pooled(base)
        whole = figures.whole(base)
        assert whole is not None
        return share - rest - (x / n - (whole.invalid - x) / (whole.ballots - n))

    # TK2025 is counted: 633 of 131,478 in the five, 28,206 of 10,640,324 in the whole country.
    rest = (28_206 - 633) / (10_640_324 - 131_478)
    later = excess("TK2025", "TK2023", 633 / 131_478, rest)
    counts = interval_counts(real, "EP2024")
    assert counts is not None
    span = counts.difference("invalid")
    x, n = pooled("EP2019")
    whole = figures.whole("EP2019")
    assert whole is not None
    base = x / n - (whole.invalid - x) / (whole.ballots - n)
    assert row["bound_high"] == pytest.approx(later - (span.low - base), abs=1e-9)
    assert math.isnan(row["estimate"])


def test_two_ways_to_the_same_bounds(real: Results, learned: Callable[[str], Answer]) -> None:
    # The effect of the first election is bounded elsewhere by the corners of a box.
    other = pooled(effect(real, "EP2024")).iloc[0]
    first = learned("within").parts["detail"].iloc[0]
    assert first["bound_low"] == pytest.approx(other["bound_low"], abs=2e-6)
    assert first["bound_high"] == pytest.approx(other["bound_high"], abs=2e-6)


def test_bounds_hold_every_completion_of_the_printed_figures(real: Results) -> None:
    plan = load_design()
    counts = interval_counts(real, "EP2024")
    assert counts is not None
    assert counts.whole is not None
    program = counts._program()
    rng = np.random.default_rng(7)
    k = len(counts.units)
    ratio = counts._share("invalid", None)
    corners = []
    for _ in range(40):
        direction = rng.normal(size=2 * k)
        some = type(ratio)(direction, 0.0, 0 * direction, 1.0)
        corners.append(program.low(some)[1] * program.scale)
    span, own = (
        counts.difference("invalid"),
        counts.difference("invalid", [plan.treated("EP2024")[0]]),
    )
    valid = np.array([unit.valid for unit in counts.units])
    for point in rng.dirichlet(np.full(40, 0.2), 300) @ np.array(corners):
        x, b = point[:k], point[k:]
        assert (point >= -1e-12 * program.scale).all()
        assert (program.matrix @ point <= (program.limit + 1e-9) * program.scale).all()
        n = valid + x + b
        rest = (counts.whole.invalid - x.sum()) / (counts.whole.ballots - n.sum())
        assert span.low - 1e-9 <= x.sum() / n.sum() - rest <= span.high + 1e-9
        assert own.low - 1e-9 <= x[0] / n[0] - rest <= own.high + 1e-9


def test_the_pooled_figure_narrows_what_was_printed_per_municipality(real: Results) -> None:
    counts = interval_counts(real, "EP2024")
    assert counts is not None
    rounded = max(counts.units, key=lambda unit: unit.share.width if unit.share else 0)
    assert rounded.share is not None
    assert counts.share("invalid", [rounded.name]).width < rounded.share.width


def test_counts_take_the_place_of_print(real: Results, tmp_path: Path) -> None:
    plan = load_design()
    rows = real.rows[
        (real.rows["election"] == "EP2024")
        & real.rows["municipality_code"].isin(plan.treated("EP2024"))
    ].copy()
    invalid = [300, 30, 120, 50, 110]  # synthetic
    rows["invalid"] = pd.array(invalid, dtype="Int64")
    rows["blank"] = pd.array([40] * 5, dtype="Int64")
    rows["rejected"] = rows["invalid"] + rows["blank"]
    rows["ballots"] = rows["valid"] + rows["rejected"]
    rows["eligible"] = rows["ballots"] * 2
    rows.to_csv(tmp_path / "municipal_results.csv", index=False)
    made = learning(load(data=tmp_path), "within")
    row = made.table[(made.table["unit"] == "pooled") & (made.table["basis"] == "mixed")].iloc[0]
    assert np.isfinite(row["estimate"])
    start = made.parts["detail"][made.parts["detail"]["basis"] == "mixed"].iloc[0]
    counts = rows[["invalid", "ballots"]].astype(float).sum()
    printed = interval_counts(real, "EP2024")
    assert printed is not None
    assert printed.whole is not None
    rest = (printed.whole.invalid - counts["invalid"]) / (printed.whole.ballots - counts["ballots"])
    before = real.shares("invalid").query("election == 'EP2019'").set_index("municipality_code")
    own = before.loc[list(plan.treated("EP2024"))]
    base = PrintedFigures.of(real).whole("EP2019")
    assert base is not None
    others = (base.invalid - own["count"].sum()) / (base.ballots - own["total"].sum())
    expected = counts["invalid"] / counts["ballots"] - rest
    expected -= own["count"].sum() / own["total"].sum() - others
    assert start["estimate"] == pytest.approx(expected, abs=1e-8)


def test_fieller_inverts_the_t_test() -> None:
    low, high = fieller(3.0, 2.0, 0.2, 0.1, 0.03, 12.0, 0.05)
    critical = stats.t.ppf(0.975, 12)
    for ratio in (low, high):
        error = math.sqrt(0.2 - 2 * ratio * 0.03 + ratio**2 * 0.1)
        assert abs(3.0 - ratio * 2.0) / error == pytest.approx(critical)


def test_a_bottom_that_may_be_zero_gives_no_ends() -> None:
    assert fieller(3.0, 0.1, 0.2, 0.1, 0.0, 12.0, 0.05) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"estimand": "witin"}, UnknownNameError, "did you mean 'within'"),
        ({"outcome": "turnout"}, EstimationError, "turnout has no use number"),
        ({"outcome": "invald"}, UnknownNameError, "did you mean 'invalid'"),
        ({"vintage": "final"}, UnknownNameError, "unknown vintage"),
        ({"weights": "votes"}, UnknownNameError, "did you mean 'voters'"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    real: Results, options: dict[str, str], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        learning(real, **options)  # type: ignore[arg-type]
