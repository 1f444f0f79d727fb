"""Across elections, in other readings, for others, and all parts of the ballots at once."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import Across, composition, effect, pooled
from evaluatie.answers.effect.bounded import READINGS
from evaluatie.answers.effect.bounds import Box, completions
from evaluatie.answers.effect.reliability import AIMS, reliability, reliable
from evaluatie.answers.scale_up import scale_up
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.stats.prediction import predict_new


def test_the_mean_over_elections_by_hand(elections: Across) -> None:
    found = elections
    assert found.table["election"].tolist() == ["EP2024", "TK2025", "GR2026"]
    assert found.low == pytest.approx(found.table["low"].mean())
    assert found.table["low"].iloc[1:].tolist() == found.table["high"].iloc[1:].tolist()
    # Elections differ by far more than their errors: nearly Student's t of three numbers.
    three = found.table["low"].to_numpy()
    half = stats.t.ppf(0.975, 2) * three.std(ddof=1) / np.sqrt(3)
    assert found.conf_low == pytest.approx(three.mean() - half, abs=3e-4)
    wide = stats.t.ppf(0.975, 2) * three.std(ddof=1) * np.sqrt(1 + 1 / 3)
    assert found.pred_high == pytest.approx(three.mean() + wide, rel=0.05)
    # Of all that EP2024 may have been the reading that spreads elections most is kept.
    noise = found.table["std_error"].astype(float) ** 2
    spread = [np.sqrt(predict_new(found.table[end], noise).tau2) for end in ("low", "high")]
    assert spread[0] < spread[1]
    assert found.tau == pytest.approx(spread[1], rel=1e-12)
    assert "learning-print-is-per-voter" in found.assumptions
    assert "elections-alike" in found.assumptions


def test_extra_votes_by_each_election_and_by_one_more(shipped: Results, elections: Across) -> None:
    made = scale_up(shipped, "TK2025")
    rows = made.parts["elections"].set_index("basis")
    ballots = made.table["ballots"].iloc[0]
    high = elections.table["high"].iloc[0]
    assert rows.loc["EP2024", "extra_high"] == pytest.approx(ballots * high)
    assert rows.loc["EP2024", "extra"] == pytest.approx(65_000, abs=500)
    assert rows.loc["all", "extra_low"] < 0 < rows.loc["EP2024", "extra"]
    assert rows.loc["all", "extra_high"] > rows.loc["EP2024", "extra_high"]
    for lang, words in (("nl", "geen enkel stembiljet en ongeveer"), ("en", "no ballot at all")):
        assert words in made.sentence(lang)


def test_a_mean_of_municipal_shares_bounds_otherwise() -> None:
    # 1% to 3% each, together 1.9% to 2.1%: of voters nearly all is the large one's share.
    wide = Interval(0.01, 0.03)
    box = Box(("A", "B"), (90_000, 10_000), (wide, wide), Interval(0, 0), Interval(0.019, 0.021))
    each = completions(Box(box.codes, box.valid, box.share, box.blank_share, box.pooled, True))
    mean = each.share.mean(axis=1)
    assert (mean.min(), mean.max()) == pytest.approx((0.019, 0.021))
    # If A has 1% then B has at least 2.8%: a mean allows that, the share of voters does not.
    assert each.share[:, 0].min() == pytest.approx(0.01)
    assert completions(box).share[:, 0].min() > 0.017


def test_ep2024_in_three_readings(ep2024: Answer) -> None:
    rows = pooled(ep2024).set_index("method")
    ends = rows[["bound_low", "bound_high"]].round(4)
    assert ends.iloc[0].tolist() == [0.0061, 0.0062]
    assert ends.loc[READINGS[0]].tolist() == [0.0058, 0.0064]
    assert ends.loc[READINGS[1]].tolist() == [0.0048, 0.0069]
    assert (rows.loc[list(READINGS), "role"] == "sensitivity").all()
    assert "learning-print-is-per-voter" in ep2024.assumptions


def test_valid_blank_and_invalid_add_up(shipped: Results) -> None:
    made = composition(shipped, "GR2026")
    rows = made.table.set_index("part")
    assert rows["estimate"].sum() == pytest.approx(0, abs=1e-12)
    for part, outcome, sign in (("invalid", "invalid", 1), ("valid", "rejected", -1)):
        own = pooled(effect(shipped, "GR2026", outcome, methods=("variance-weighted t",))).iloc[0]
        ends = sorted([sign * own["conf_low"], sign * own["conf_high"]])
        assert rows.loc[part, ["conf_low", "conf_high"]].tolist() == pytest.approx(ends)
    # The correlation is that of the comparison changes, each by its own standard deviation.
    changes = [
        effect(shipped, "GR2026", name, methods=("conley-taber",))
        .parts["changes"]
        .query("group == 'comparison'")["change"]
        for name in ("invalid", "blank")
    ]
    plain = stats.spearmanr(*changes).statistic
    assert rows["correlation"].iloc[0] == pytest.approx(plain, abs=0.15)
    assert rows["joint_p"].iloc[0] < 1e-6


@pytest.mark.parametrize("outcome", ["blank", "rejected"])
def test_other_outcomes_are_judged_by_their_own_simulation(outcome: str) -> None:
    rows, primary = reliable(9, outcome), reliable(9)
    assert rows["cell"].str.contains(f", {outcome}, ").all()
    assert set(rows["pair"]) == set(primary["pair"])
    t = rows[rows["method"] == "variance-weighted t"]
    said = " ".join(each.say("en") for each in reliability(9, outcome))
    assert f"{100 * t['size'].min():.1f}% to {100 * t['size'].max():.1f}%" in said
    assert said != " ".join(each.say("en") for each in reliability(9))


def test_an_outcome_that_was_not_simulated_says_so() -> None:
    # Nor does what was simulated with hundreds of municipalities hold for three chosen ones.
    for asked in ((9, "turnout"), (9, "invalid", "list"), (9, "invalid", "nearest")):
        (only,) = reliability(*asked)
        assert "was not checked" in only.say("en")
        assert "niet nagegaan" in only.say("nl")


@pytest.mark.parametrize("number", [5, 11])
def test_every_pair_that_misses_an_aim_is_named(number: int) -> None:
    said = " ".join(each.say("en") for each in reliability(number))
    rows = reliable(number)
    assert set(rows["n_treated"]) == {number}
    for name, which in (
        ("variance-weighted t", "the model for these municipalities"),
        ("randomization by re-assignment", "re-assignment"),
    ):
        # Each method is named once, with all its pairs; the next one begins with its name.
        found = re.search(rf"{which} at (.*?)(?:; [a-z]|\.$)", said)
        told = found[1] if found else ""
        for row in rows[rows["method"] == name].to_dict(orient="records"):
            for measure, words in (("size", "false alarm"), ("coverage", "coverage")):
                low, high = AIMS[measure]
                number_of = rf"{row['pair']} \([^)]*{words} {100 * row[measure]:.1f}%"
                assert bool(re.search(number_of, told)) == (not low <= row[measure] <= high)
