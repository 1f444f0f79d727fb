"""The estimate: the facts, hand cases, invariances, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evaluatie.answers.answer import Answer, to_json
from evaluatie.answers.effect import COLUMNS, METHODS, effect, pooled
from evaluatie.answers.effect.methods import default_methods
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, InputError, UnknownNameError
from evaluatie.plan import load_design

Pair = Callable[..., Results]
PRIMARY = ("variance-weighted t", "randomization by re-assignment")
ESTIMATE = ("precision-weighted t",)


def printed(made: Answer, lang: str) -> list[str]:
    """Rows as a reader sees them, cells after each other."""
    rows = made.table.to_dict(orient="records")
    return [" | ".join(column.cell(row, lang) for column in made.shown) for row in rows]


def estimate(results: Results, election: str, outcome: str = "invalid", **asked: object) -> float:
    made = effect(results, election, outcome, methods=PRIMARY[:1], **asked)  # type: ignore[arg-type]
    return float(pooled(made)["estimate"].iloc[0])


@pytest.mark.parametrize(
    ("election", "outcome", "vintage", "weights", "points"),
    [
        ("TK2025", "invalid", "provisional", "voters", 0.18),
        ("TK2025", "invalid", "provisional", "municipalities", 0.20),
        ("TK2025", "rejected", "official", "voters", 0.22),
        ("TK2025", "rejected", "official", "municipalities", 0.23),
        ("GR2026", "invalid", "provisional", "voters", 0.32),
        ("GR2026", "invalid", "provisional", "municipalities", 0.29),
    ],
)
def test_facts(
    shipped: Results, election: str, outcome: str, vintage: str, weights: str, points: float
) -> None:
    found = estimate(shipped, election, outcome, vintage=vintage, weights=weights)
    assert 100 * found == pytest.approx(points, abs=0.005)


def test_the_table_is_tidy_and_complete(shipped: Results) -> None:
    made = effect(shipped, "TK2025", methods=tuple(METHODS))
    assert list(made.table.columns) == list(COLUMNS)
    rows = pooled(made).set_index("method")
    # Leaving one out gives a row per municipality and none for all together.
    assert list(rows.index) == [name for name in METHODS if name != "leave-one-out"]
    left_out = made.table[made.table["method"] == "leave-one-out"]
    # Each of the five, and comparison municipalities of which a count was found odd.
    assert left_out["n_treated"].tolist() == [4] * 5 + [5] * (len(left_out) - 5)
    assert {"Westerwolde", "Stein"} <= set(left_out["municipality"].iloc[5:])
    assert set(rows["n_treated"]) == {5}
    assert rows.loc[list(PRIMARY), "n_comparison"].eq(337).all()
    assert made.table["assumption"].ne("").all()
    assert made.seed == load_design().seed("randomization")
    assert "tk2023-municipal" in made.sources
    # Every estimate of the difference in differences is the same; the tests differ.
    same = ["conley-taber", "ferman-pinto", "wild cluster bootstrap", PRIMARY[0]]
    assert np.ptp(rows.loc[same, "estimate"]) < 1e-15
    assert (rows.loc[same, "conf_low"] < rows.loc[same, "estimate"]).all()
    assert (rows.loc[same, "conf_high"] > rows.loc[same, "estimate"]).all()


def test_methods_that_do_not_fit_keep_their_row_without_numbers(shipped: Results) -> None:
    made = effect(shipped, "GR2026", methods=("rambachan-roth", "synthetic did"))
    rows = pooled(made)
    assert rows[["estimate", "conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert rows["note"].str.contains("no earlier pair").all()
    assert "geen eerdere verkiezingen van deze soort" in printed(made, "nl")[0]
    assert "er is geen schatting (geen eerdere verkiezingen" in made.sentence("nl")
    assert "there is no estimate" in made.sentence("en")


def test_per_municipality_holm_and_shrinkage_stand_side_by_side(shipped: Results) -> None:
    made = effect(shipped, "GR2026", methods=PRIMARY[:1])
    rows = made.table[made.table["unit"] != "pooled"]
    assert len(rows) == 11
    assert rows["p_holm"].ge(rows["p_value"]).all()
    assert rows["p_holm"].max() <= 1
    smallest = rows.loc[rows["p_value"].idxmin()]
    assert smallest["p_holm"] == pytest.approx(11 * smallest["p_value"])
    assert rows["shrunk"].std() < rows["estimate"].std()
    assert ((rows["shrunk_low"] < rows["shrunk"]) & (rows["shrunk"] < rows["shrunk_high"])).all()
    assert set(made.left_out["group"]) == {"comparison"}
    assert "Zonder" not in made.sentence("nl")


def test_the_pooled_effect_is_the_weighted_mean_of_those_per_municipality(shipped: Results) -> None:
    for weights in ("voters", "municipalities"):
        made = effect(shipped, "TK2025", weights=weights, methods=PRIMARY[:1])
        rows = made.table[made.table["unit"] != "pooled"].set_index("unit")
        ballots = (
            made.parts["changes"].set_index("municipality_code").loc[rows.index, "ballots_after"]
        )
        weight = ballots if weights == "voters" else None
        mean = np.average(rows["estimate"], weights=weight)
        assert pooled(made)["estimate"].iloc[0] == pytest.approx(mean, abs=1e-15)


def test_fewer_than_four_treated_are_not_shrunk(pair: Pair) -> None:
    gone = tuple(("TK2025", code) for code in load_design().treated("TK2025")[:2])
    made = effect(pair(drop=gone), "TK2025", methods=PRIMARY[:1])
    assert made.table["shrunk"].isna().all()
    assert made.table["p_holm"].notna().sum() == 3


def test_by_hand(make_results: Callable[..., Results]) -> None:
    def row(election: str, code: str, ballots: int, invalid: int) -> tuple[object, ...]:
        counts = (ballots, ballots, ballots - invalid, 0, invalid, invalid)
        return (election, code, f"Place {code}", "official", *counts)

    results = make_results(
        row("TK2023", "GM0147", 1000, 2),
        row("TK2025", "GM0147", 1000, 7),
        row("TK2023", "GM1730", 3000, 9),
        row("TK2025", "GM1730", 3000, 15),
        row("TK2023", "GM8001", 2000, 4),
        row("TK2025", "GM8001", 2000, 6),
        row("TK2023", "GM8002", 4000, 8),
        row("TK2025", "GM8002", 6000, 18),
        row("TK2023", "GM8003", 1000, 3),
        row("TK2025", "GM8003", 2000, 6),
    )
    # Changes: treated 5 and 2 per mille; others 1, 1 and 0 per mille.
    voters = (1000 * 5 + 3000 * 2) / 4000 - (2000 * 1 + 6000 * 1 + 0) / 10000
    each = 3.5 - 2 / 3
    assert 1000 * estimate(results, "TK2025") == pytest.approx(voters)
    assert 1000 * estimate(results, "TK2025", weights="municipalities") == pytest.approx(each)


def test_order_of_rows_changes_nothing(pair: Pair) -> None:
    results = pair()
    shuffled = Results(results.rows.sample(frac=1, random_state=2).reset_index(drop=True))
    one, other = (effect(r, "TK2025").table for r in (results, shuffled))
    pd.testing.assert_frame_equal(one, other)


def test_names_change_nothing(pair: Pair) -> None:
    results = pair()
    renamed = Results(
        results.rows.assign(municipality="X" + results.rows["municipality"].astype(str))
    )
    one, other = (effect(r, "TK2025").table for r in (results, renamed))
    pd.testing.assert_frame_equal(
        one.drop(columns="municipality"), other.drop(columns="municipality")
    )


def test_an_effect_put_in_is_found(pair: Pair) -> None:
    made = effect(pair(n=200, effect=0.004, seed=4), "TK2025", methods=PRIMARY)
    for row in pooled(made).to_dict(orient="records"):
        assert row["conf_low"] < 0.004 < row["conf_high"]
        assert row["p_value"] < 0.01


def test_without_an_effect_ratio_and_points_agree_on_nothing(pair: Pair) -> None:
    results = pair(n=200, effect=0.0, seed=5)
    for scale, nothing in (("points", 0.0), ("ratio", 1.0)):
        rows = pooled(effect(results, "TK2025", scale=scale, methods=PRIMARY))
        assert (rows["conf_low"] < nothing).all()
        assert (rows["conf_high"] > nothing).all()


def test_ratio_rows_are_ratios(shipped: Results) -> None:
    made = effect(shipped, "TK2025", scale="ratio", methods=(*PRIMARY, "rambachan-roth"))
    rows = pooled(made)
    assert 1.5 < rows["estimate"].iloc[0] < 2
    assert (rows["conf_low"].iloc[:2] > 1).all()
    # The interval is symmetric on the scale of logarithms, where the t test is made.
    ends = np.log(rows.loc[0, ["conf_low", "conf_high"]].astype(float))
    assert ends.mean() == pytest.approx(np.log(rows["estimate"].iloc[0]))
    assert "log-linearised" in made.assumptions
    assert np.isnan(rows["estimate"].iloc[2])
    assert "keer" in made.sentence("nl")


def test_a_zero_count_leaves_a_municipality_without_a_ratio_of_its_own(pair: Pair) -> None:
    results = pair(n=40)
    rows = results.rows.copy()
    here = (rows["election"] == "TK2023") & (rows["municipality_code"] == "GM0755")
    moved = rows.loc[here, "invalid"]
    rows.loc[here, "valid"] += moved
    rows.loc[here, ["invalid"]] = 0
    rows.loc[here, "rejected"] = rows.loc[here, "blank"]
    made = effect(Results(rows), "TK2025", scale="ratio", methods=PRIMARY[:1])
    own = made.table.set_index("unit").loc["GM0755"]
    assert np.isnan(own["estimate"])
    assert "zero" in own["note"]
    assert np.isfinite(pooled(made)["estimate"].iloc[0])


def test_seeds_make_draws_repeatable(shipped: Results) -> None:
    runs = [pooled(effect(shipped, "TK2025", methods=PRIMARY[1:], seed=seed)) for seed in (1, 1, 2)]
    assert runs[0]["p_value"].iloc[0] == runs[1]["p_value"].iloc[0]
    assert runs[0]["conf_low"].iloc[0] != runs[2]["conf_low"].iloc[0]
    assert runs[0]["conf_low"].iloc[0] == pytest.approx(runs[2]["conf_low"].iloc[0], abs=5e-5)


def test_few_assignments_are_enumerated(pair: Pair) -> None:
    made = effect(pair(n=15), "TK2025", methods=PRIMARY[1:])
    null = made.parts["null"]
    assert null["exact"]
    assert null["n_statistics"] == null["n_assignments"] == 15504  # C(20, 5)
    assert sum(each["count"] for each in null["table"]) == 15504
    assert pooled(made)["smallest_p"].iloc[0] >= 1 / 15504


def test_two_comparison_municipalities_are_enough_for_re_assignment_only(pair: Pair) -> None:
    methods = (*PRIMARY[:1], "randomization, unstudentised")
    rows = pooled(effect(pair(n=2), "TK2025", methods=methods))
    assert np.isnan(rows["estimate"].iloc[0])
    assert "too few comparison" in rows["note"].iloc[0]
    assert np.isfinite(rows["estimate"].iloc[1])
    assert rows["smallest_p"].iloc[1] >= 1 / 21  # C(7, 5)


def test_all_counts_zero_is_an_error(pair: Pair) -> None:
    with pytest.raises(EstimationError, match="all counts are zero"):
        effect(pair(zero=True), "TK2025")


@pytest.mark.parametrize(
    ("asked", "error", "text"),
    [
        ({"election": "TK2052"}, UnknownNameError, "TK2025"),
        ({"outcome": "ongeldig"}, UnknownNameError, "outcome"),
        ({"weights": "voter"}, UnknownNameError, "voters"),
        ({"scale": "point"}, UnknownNameError, "points"),
        ({"vintage": "beste"}, UnknownNameError, "best"),
        ({"comparison": "province "}, UnknownNameError, "province"),
        ({"methods": ("variance-weighted",)}, UnknownNameError, "variance-weighted t"),
        ({"election": "TK2021"}, EstimationError, "new ballot"),
        ({"election": "EP2024", "outcome": "blank"}, EstimationError, "printed is the invalid"),
    ],
)
def test_bad_input(
    shipped: Results, asked: dict[str, object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        effect(shipped, **{"election": "TK2025", **asked})  # type: ignore[arg-type]


def test_bad_levels_are_refused(shipped: Results) -> None:
    with pytest.raises(InputError, match="alpha"):
        effect(shipped, "TK2025", methods=ESTIMATE, alpha=1.5)
    for alpha in ("0.05", [0.05], float("nan"), True):
        with pytest.raises(InputError, match="alpha"):
            effect(shipped, "TK2025", methods=ESTIMATE, alpha=alpha)
    for seed in (-1, 0.5, "1"):
        with pytest.raises(InputError, match="seed must be a whole number, 0 or more"):
            effect(shipped, "TK2025", methods=ESTIMATE, seed=seed)
    with pytest.raises(UnknownNameError, match="unknown election"):
        effect(shipped, ["TK2025"])
    with pytest.raises(UnknownNameError, match="unknown method"):
        effect(shipped, "TK2025", methods=())


def test_a_tighter_level_gives_a_wider_interval(shipped: Results) -> None:
    widths = []
    for alpha in (0.05, 0.01):
        made = effect(shipped, "TK2025", methods=PRIMARY, alpha=alpha)
        widths.append(pooled(made)["conf_high"] - pooled(made)["conf_low"])
        assert f"{100 * (1 - alpha):.0f}%" in made.sentence("nl")
    assert (widths[1] > widths[0]).all()


def test_the_plans_methods_are_the_default(shipped: Results) -> None:
    plan = load_design()
    assert set(default_methods(plan)) <= set(METHODS)
    made = effect(shipped, "TK2025")
    assert list(dict.fromkeys(made.table["method"])) == list(default_methods(plan))


def test_sentence_and_json(shipped: Results) -> None:
    made = effect(shipped, "TK2025", methods=PRIMARY)
    dutch = made.sentence("nl")
    assert "+0,23 procentpunt" in dutch
    assert "337 vergelijkingsgemeenten" in dutch
    assert "voorlopig" not in dutch
    assert "herverdeelt" in dutch
    assert "+0.23 percentage points" in made.sentence("en")
    content = json.loads(to_json(made.to_dict()))
    assert content["table"][0]["estimate"] == pytest.approx(0.0023, abs=5e-5)
    assert all(each["nl"] and each["en"] for each in content["assumptions"])


def test_readers_see_words(shipped: Results) -> None:
    made = effect(shipped, "TK2025", methods=tuple(METHODS), comparison="nearest")
    for lang in ("nl", "en"):
        rows = printed(made, lang)
        assert len(rows) == len(made.table)
        assert sum(row.startswith(("zonder ", "without ")) for row in rows) >= 5
    # Like municipalities on the whole: the largest difference shrinks, a small one may grow.
    before, after = (
        made.parts["balance"][f"std_diff_{when}"].abs() for when in ("before", "after")
    )
    assert after.max() < before.max() / 2


def test_three_estimands_are_three_rows_with_a_population_each(shipped: Results) -> None:
    made = effect(shipped, "GR2026")
    rows = pooled(made).set_index("method")
    these, mean, another = (
        rows.loc[name]
        for name in ("variance-weighted t", "random-effects mean", "prediction for one more")
    )
    assert [row["estimand"] for row in (these, mean, another)] == ["these", "mean", "next"]
    # Each holds the one before: what happened, what others may expect, what one of them may.
    assert these["conf_high"] - these["conf_low"] < mean["conf_high"] - mean["conf_low"]
    assert another["conf_low"] < mean["conf_low"] < mean["conf_high"] < another["conf_high"]
    assert mean["tau_low"] < mean["tau"] < mean["tau_high"]
    # By hand: Q about the precision-weighted mean of the eleven, in their own noise.
    own = made.table[made.table["estimand"] == "own"]
    share = made.parts["changes"].query("group == 'comparison'")["ballots_after"]
    assert mean["n_treated"] == len(own) == 11
    assert len(share) == mean["n_comparison"]
    assert mean["q"] == pytest.approx(69.85, abs=0.05)
    for lang, words in (
        ("nl", ("in deze gemeenten bij deze verkiezing", "gemeenten als deze", "één volgende")),
        ("en", ("in these municipalities at this election", "like these", "one more municip")),
    ):
        said = made.sentence(lang)
        assert all(each in said for each in words)
