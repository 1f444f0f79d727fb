"""The parts that learning is made of, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect.changes import changes_of
from evaluatie.answers.learning import learning, within
from evaluatie.answers.learning.excess import (
    Excess,
    base_difference,
    excess_at,
    excess_of_counts,
    observed,
)
from evaluatie.answers.learning.within import difference
from evaluatie.answers.printed import interval_counts
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.plan import Question
from evaluatie.stats.changes import change_in_share
from evaluatie.stats.student import fieller

N = np.array([10_000.0, 30_000, 20_000, 40_000, 10_000, 25_000])
X0 = np.array([20.0, 60, 40, 80, 30, 50])
TREATED = np.arange(6) < 2


def made(x1: list[float], weights: str = "voters") -> Excess:
    return excess_of_counts(X0, N, np.array(x1), N, TREATED, ["a", "b"], weights)


def test_noise_grows_with_the_level_and_does_not_shrink_with_a_fall() -> None:
    up = [70.0, 120, 60, 100, 33, 60]
    down = [10.0, 20, 60, 100, 33, 60]
    for x1, rises in ((up, True), (down, False)):
        one = made(x1)
        changes = change_in_share(X0, N, np.array(x1), N, ~TREATED)
        y, v = changes.change, changes.sampling_variance
        share = N[2:] / N[2:].sum()
        assert one.trend == pytest.approx(share @ y[2:])
        level = np.average(y[:2], weights=N[:2]) - one.trend
        assert (level > 0) == rises
        slope = changes.variance_slope[:2] * max(level, 0)
        assert one.noise == pytest.approx(v[:2] + slope)
        assert one.trend_tau2 == pytest.approx((share**2).sum())
        assert one.trend_phi == pytest.approx((share**2 * v[2:]).sum())


def test_a_sum_of_excesses_has_the_noise_of_the_trend_by_its_sum() -> None:
    one = made([70.0, 120, 60, 100, 33, 60])
    part = one.combine(np.array([0.25, 0.75]))
    own = 0.25**2 * one.sampling[0] + 0.75**2 * one.sampling[1]
    assert part.variance == pytest.approx(own + one.trend_variance)
    assert one.combine(np.array([1.0, -1.0])).variance == pytest.approx(one.sampling.sum())
    row = part.row(0.1)
    half = stats.t.ppf(0.95, part.df) * math.sqrt(part.variance)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx(
        (part.estimate - half, part.estimate + half)
    )


def test_three_to_compare_with_are_enough_to_be_observed(real: Results) -> None:
    plan = real.counted_plan
    rows = real.rows
    three = ["GM0344", "GM0363", "GM0518"]
    kept = rows["municipality_code"].isin([*three, *plan.treated("TK2025")])
    question = Question.of(plan)
    assert len(observed(Results(rows[kept]), question, "TK2025")) == 5
    fewer = kept & (rows["municipality_code"] != "GM0344")
    assert observed(Results(rows[fewer]), question, "TK2025") == ()


def test_the_change_of_an_excess_by_hand() -> None:
    one, two = made([70.0, 120, 60, 100, 33, 60]), made([80.0, 100, 50, 100, 35, 55])
    before, after = (each.pooled(["a", "b"]) for each in (one, two))
    total = before.variance + after.variance
    weight = np.array([0.25, 0.75])
    shared = total / 10
    points, ratio = difference(one, two, ["a", "b"], shared, 0.05)
    assert points["estimate"] == pytest.approx(after.estimate - before.estimate)
    variance = total - 2 * shared * float(weight @ weight)
    assert points["std_error"] == pytest.approx(math.sqrt(variance))
    # Welch and Satterthwaite's degrees of freedom of a sum of two variances.
    df = total**2 / (before.variance**2 / before.df + after.variance**2 / after.df)
    assert points["df"] == ratio["df"] == pytest.approx(df)
    ends = fieller(
        after.estimate,
        before.estimate,
        after.variance,
        before.variance,
        shared * float(weight @ weight),
        df,
        0.05,
    )
    assert (ratio["conf_low"], ratio["conf_high"]) == pytest.approx(ends)
    # However much municipalities carry over, half of the noise is left.
    sure, _ = difference(one, two, ["a", "b"], 10 * total, 0.05)
    assert sure["std_error"] == pytest.approx(math.sqrt(total / 2))


def test_an_interval_of_a_ratio_holds_all_corners_of_its_bounds() -> None:
    before, after = Interval(0.006, 0.0062), Interval(0.004, 0.0044)
    points, ratio = within._bounds(before, after, (1e-7, 2e-7, 40.0), 0.05)
    half = stats.t.ppf(0.975, 40) * math.sqrt(3e-7)
    assert points["conf_low"] == pytest.approx(0.004 - 0.0062 - half)
    assert points["conf_high"] == pytest.approx(0.0044 - 0.006 + half)
    assert (ratio["bound_low"], ratio["bound_high"]) == pytest.approx((4 / 6.2, 4.4 / 6))
    widest = fieller(0.004, 0.0062, 2e-7, 1e-7, 0.0, 40.0, 0.05)[0]
    assert ratio["conf_low"] == pytest.approx(widest)
    assert ratio["conf_high"] == pytest.approx(fieller(0.0044, 0.006, 2e-7, 1e-7, 0, 40.0, 0.05)[1])


def test_the_noise_of_a_printed_share_is_lent_by_the_election_after(real: Results) -> None:
    question = Question.of(real.counted_plan)
    counts = interval_counts(real, "EP2024")
    assert counts is not None
    later = excess_at(real, question, "TK2025")
    codes = list(real.counted_plan.treated("TK2025"))
    base = base_difference(real, "EP2024", "invalid", codes)
    assert base is not None
    before, after, df = within._borrowed(real, counts, "invalid", "EP2024", later, codes)
    valid = np.array([unit.valid for unit in counts.units])
    span = counts.share("invalid", codes)
    p0, p1 = base[0], (span.low + span.high) / 2
    share = valid / valid.sum()
    noise = (p0 * (1 - p0) + p1 * (1 - p1)) / valid
    own = float((share**2 * (later.fit.tau2 + later.fit.phi * noise)).sum())
    assert before == pytest.approx(own + later.trend_variance)
    assert (after, df) == (later.pooled(codes).variance, later.pooled(codes).df)


def test_the_rest_of_the_country_is_all_but_those_with_the_new_ballot(real: Results) -> None:
    codes = real.counted_plan.treated("TK2025")
    found = base_difference(real, "TK2025", "invalid", [codes[0]])
    assert found is not None
    then = real.shares("invalid").query("election == 'TK2023'").set_index("municipality_code")
    totals = real.table("national_results").query("vintage == 'official'").set_index("election")
    five = then.loc[list(codes), ["count", "total"]].sum()
    rest = (totals.at["TK2023", "invalid"] - five["count"]) / (
        totals.at["TK2023", "ballots"] - five["total"]
    )
    own = then.at[codes[0], "share"]
    assert found == pytest.approx((own, rest, own - rest))


def test_a_rate_ratio_is_as_sure_as_its_few_carriers(learned: Callable[[str], Answer]) -> None:
    table = learned("exposure").table
    main = table[table["role"] == "primary"]
    jackknife = main[main["method"] == "CRV3 jackknife"].set_index("what")
    assert jackknife.at["use 1", "df"] == 6  # seven municipalities less one
    contrast = jackknife.loc["use 3 / use 1"]
    assert (contrast["n_units"], contrast["df"]) == (4, 3)  # four of the third use


def test_the_smallest_p_is_undecided_only_beside_a_stricter_level(real: Results) -> None:
    key = "learning.undecided_smallest_p"
    # 1 of 330 is less than half of 5%, and more than half of 0.5%.
    assert key not in [each.key for each in learning(real, "between").statements]
    strict = learning(real, "between", alpha=0.005)
    assert key in [each.key for each in strict.statements]


def test_the_comparison_of_the_question_reaches_the_excess(real: Results) -> None:
    question = replace(Question.of(real.counted_plan), comparison="province")
    table = changes_of(real, "TK2025", question, treated=real.counted_plan.treated("TK2025"))
    assert excess_at(real, question, "TK2025").fit.n == len(
        table.used[table.used["group"] == "comparison"]
    )
