"""Bounds from rounded printed shares: sharp, contain every completion, and marked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import effect, pooled
from evaluatie.answers.effect.bounds import Box, completions, known_box
from evaluatie.counts import Results, load_table
from evaluatie.counts.partly_known import Interval
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import load_design
from evaluatie.stats.student import imbens_manski

PLAN = load_design()
BLANK = Interval(0.0, 0.005)


def test_the_box_holds_what_was_printed(shipped: Results) -> None:
    box = known_box(shipped, "EP2024")
    assert box.codes == PLAN.treated("EP2024")
    borne = box.share[box.codes.index("GM0147")]
    assert (borne.low, borne.high) == pytest.approx((0.005, 0.015))  # "1%", no decimals
    assert box.pooled is not None
    assert (box.pooled.low, box.pooled.high) == pytest.approx((0.00735, 0.00745))


def test_corners_of_a_box_by_hand() -> None:
    box = Box(("GM0001",), (980,), (Interval(0.01, 0.02),), Interval(0.0, 0.01))
    points = completions(box)
    assert len(points.share) == 4
    assert points.ballots.min() == pytest.approx(980 / 0.99)
    assert points.ballots.max() == pytest.approx(980 / 0.97)
    assert points.invalid.max() == pytest.approx(0.02 * 980 / 0.97)


def test_the_pooled_share_narrows_the_others() -> None:
    # Two alike municipalities, 0.5% to 1.5% each, together 0.99% to 1.01%.
    wide = Interval(0.005, 0.015)
    free = completions(Box(("A", "B"), (1000, 1000), (wide, wide), Interval(0, 0)))
    tied = completions(
        Box(("A", "B"), (1000, 1000), (wide, wide), Interval(0, 0), Interval(0.0099, 0.0101))
    )
    assert np.ptp(free.share.mean(axis=1)) == pytest.approx(0.01)
    together = tied.invalid.sum(axis=1) / tied.ballots.sum(axis=1)
    assert together.min() == pytest.approx(0.0099)
    assert together.max() == pytest.approx(0.0101)
    # A high share in one leaves a low one in the other.
    assert tied.share.sum(axis=1).max() < 0.0203


def test_contradicting_prints_are_refused() -> None:
    low = Interval(0.001, 0.002)
    box = Box(("A", "B"), (1000, 1000), (low, low), Interval(0, 0), Interval(0.01, 0.011))
    with pytest.raises(EstimationError, match="contradict each other"):
        completions(box)
    many = Box(tuple("ABCDEFGHI"), (1,) * 9, (low,) * 9, Interval(0, 0))
    with pytest.raises(EstimationError, match="too many"):
        completions(many)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_bounds_contain_every_completion_and_touch_the_extremes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = 4
    valid = tuple(int(n) for n in rng.integers(2_000, 60_000, k))
    lows = rng.uniform(0.002, 0.01, k)
    share = tuple(
        Interval(low, low + w) for low, w in zip(lows, rng.uniform(0, 0.01, k), strict=True)
    )
    inside = np.array([rng.uniform(s.low, s.high, 400) for s in share]).T
    blanks = rng.uniform(BLANK.low, BLANK.high, (400, k))
    ballots = np.array(valid) / (1 - inside - blanks)
    together = (inside * ballots).sum(axis=1) / ballots.sum(axis=1)
    middle = float(np.median(together))
    pooled = Interval(middle - 0.0003, middle + 0.0003)
    fits = (together >= pooled.low) & (together <= pooled.high)
    assume(fits.sum() >= 5)
    points = completions(Box(tuple("ABCD"), valid, share, BLANK, pooled))

    def measures(p: np.ndarray, n: np.ndarray) -> dict[str, np.ndarray]:
        x = (p * n).sum(axis=1)
        rest = (12_000 - x) / (6_000_000 - n.sum(axis=1))
        return {
            "voters": x / n.sum(axis=1) - rest,
            "municipalities": p.mean(axis=1) - rest,
            "first": p[:, 0] - rest,
            "invalid": x,
        }

    extremes = measures(points.share, points.ballots)
    for name, values in measures(inside[fits], ballots[fits]).items():
        assert extremes[name].min() - 1e-12 <= values.min()
        assert values.max() <= extremes[name].max() + 1e-12
    # Sharp: the extreme points themselves fit what is known.
    sums = points.invalid.sum(axis=1) / points.ballots.sum(axis=1)
    assert (sums >= pooled.low - 1e-9).all()
    assert (sums <= pooled.high + 1e-9).all()
    for i, each in enumerate(share):
        assert points.share[:, i].min() >= each.low - 1e-12
        assert points.share[:, i].max() <= each.high + 1e-12


def test_imbens_manski_falls_from_two_sided_to_one_sided() -> None:
    assert imbens_manski(0.0, 1.0, 0.05) == pytest.approx(stats.norm.ppf(0.975))
    assert imbens_manski(1e-12, 1.0, 0.05) == pytest.approx(stats.norm.ppf(0.975), abs=1e-6)
    assert imbens_manski(50.0, 1.0, 0.05) == pytest.approx(stats.norm.ppf(0.95))
    c = imbens_manski(1.0, 2.0, 0.05, 12)
    assert stats.t.cdf(c + 0.5, 12) - stats.t.cdf(-c, 12) == pytest.approx(0.95)


@pytest.mark.parametrize("weights", ["voters", "municipalities"])
@pytest.mark.parametrize("scale", ["points", "ratio"])
def test_ep2024_is_never_a_point(shipped: Results, weights: str, scale: str) -> None:
    made = effect(shipped, "EP2024", weights=weights, scale=scale)
    table = made.table
    assert table["estimate"].isna().all()
    assert (table["bound_low"] < table["bound_high"]).all()
    assert (table["conf_low"] < table["bound_low"]).all()
    assert (table["conf_high"] > table["bound_high"]).all()
    assert set(table["vintage"]) == {"printed"}
    assert "blank-bounds" in made.assumptions
    assert "rest-of-country" in made.assumptions
    for lang in ("nl", "en"):
        assert "procentpunt" in made.sentence("nl") or scale == "ratio"
        remark = made.shown[-1]
        assert remark.heading(lang) in ("Opmerking", "Remark")
        assert all(remark.cell(row, lang) for row in table.to_dict(orient="records"))


def test_ep2024_pooled_bounds_by_hand(ep2024: Answer) -> None:
    row = pooled(ep2024).iloc[0]
    # 0.735% to 0.745% with the new ballot; 0.155% on average at EP2019, weighted by voters.
    before = ep2024.parts["changes"].set_index("municipality_code")
    weight = before[["ballots_low", "ballots_high"]].mean(axis=1)
    then = float(np.average(before["share_before"], weights=weight))
    national = load_table("national_results").set_index("election")
    rest = {}
    for name, treated in (("EP2019", 0.0), ("EP2024", 0.0074)):
        x, n = float(national.at[name, "invalid"]), float(national.at[name, "ballots"])
        own_n = float(weight.sum()) if name == "EP2024" else 0.0
        rest[name] = (x - treated * own_n) / (n - own_n)
    trend = rest["EP2024"] - rest["EP2019"]
    assert row["bound_low"] == pytest.approx(0.00735 - then - trend, abs=2e-5)
    assert row["bound_high"] == pytest.approx(0.00745 - then - trend, abs=2e-5)


@pytest.mark.parametrize(
    ("asked", "error", "text"),
    [
        ({"outcome": "blank"}, EstimationError, "unknown per municipality"),
        ({"outcome": "turnout"}, EstimationError, "unknown per municipality"),
        ({"comparison": "size"}, EstimationError, "rest of the country"),
        ({"comparison": ["Assen", "Deventer"]}, EstimationError, "rest of the country"),
        ({"vintage": "provisional"}, EstimationError, "no provisional counts"),
        ({"scale": "log"}, UnknownNameError, "scale"),
        ({"weights": "votes"}, UnknownNameError, "voters"),
    ],
)
def test_what_cannot_be_bounded(
    shipped: Results, asked: dict[str, object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        effect(shipped, "EP2024", **asked)  # type: ignore[arg-type]


def with_table(results: Results, name: str, table: pd.DataFrame) -> Results:
    """The same counts beside another table."""
    made = replace(results)
    made._tables[name] = table
    return made


def test_a_share_that_was_not_printed_is_named(shipped: Results) -> None:
    figures = load_table("published_figures")
    lacking = figures[figures["municipality"] != "Boekel"]
    with pytest.raises(EstimationError, match="Boekel"):
        effect(with_table(shipped, "published_figures", lacking), "EP2024")


def test_without_national_totals_there_is_nothing_to_compare_with(shipped: Results) -> None:
    totals = load_table("national_results")
    lacking = totals[totals["election"] != "EP2019"]
    with pytest.raises(EstimationError, match="national totals"):
        effect(with_table(shipped, "national_results", lacking), "EP2024")


def test_official_counts_replace_the_bounds_by_themselves(shipped: Results) -> None:
    # Synthetic: as if the counts of EP2024 were published for every municipality.
    rows = shipped.rows.copy()
    here = rows["election"] == "EP2024"
    valid = rows.loc[here, "valid"]
    treated = rows.loc[here, "municipality_code"].isin(PLAN.treated("EP2024"))
    invalid = (valid * np.where(treated, 0.0074, 0.0018)).round().astype("Int64")
    rows.loc[here, "invalid"] = invalid
    rows.loc[here, "blank"] = 0
    rows.loc[here, "rejected"] = invalid
    rows.loc[here, "ballots"] = valid + invalid
    rows.loc[here, "eligible"] = 2 * valid
    made = effect(Results(rows), "EP2024", methods=("variance-weighted t",))
    assert pooled(made)["estimate"].notna().all()
    assert pooled(made)["bound_low"].isna().all()


def test_bounds_say_why_nothing_is_expected_of_others(shipped: Results, ep2024: Answer) -> None:
    made, counted = ep2024, effect(shipped, "TK2025")
    assert set(made.table["estimand"]) == {"these", "own"}
    for lang, words in (
        ("nl", "een voorspelling voor nog een gemeente zijn hier niet gegeven"),
        ("en", "a prediction for one more municipality are not given here"),
    ):
        assert words in made.sentence(lang)
        assert words not in counted.sentence(lang)
    # Why: of every municipality the effect is an interval, nowhere a number.
    own = made.table[made.table["estimand"] == "own"]
    assert own["estimate"].isna().all()
    assert (own["bound_high"] > own["bound_low"]).all()
