"""The noise around bounds: worked out by hand from a few counts and two lent variances."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evaluatie.answers.effect import bounded
from evaluatie.answers.effect.bounds import Completions
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.plan import Question
from evaluatie.stats.change_variance import VarianceFit
from evaluatie.stats.student import imbens_manski


def lent(tau2: float, phi: float, n: int) -> VarianceFit:
    return VarianceFit(tau2, phi, np.zeros((2, 2)), "none", 0.0, 0.0, n, 0.0)


FITS = [lent(1e-7, 9.0, 30), lent(4e-7, 1.0, 20)]
"""The first is larger where few ballots were cast, the second where many were."""
BEFORE = pd.DataFrame(
    {"count": [20.0, 300.0], "total": [10_000.0, 200_000.0], "share": [0.002, 0.0015]},
    index=["GM0001", "GM0002"],
)
POINTS = Completions(
    share=np.array([[0.005, 0.004], [0.007, 0.006]]),
    ballots=np.array([[9_000.0, 210_000.0], [11_000.0, 205_000.0]]),
)
WHOLE, REST_BEFORE = (4_000.0, 1_300_000.0), (1_800.0, 900_000.0)
ELSEWHERE = np.array([500_000.0, 300_000.0, 200_000.0])


def case(shipped: Results, monkeypatch: pytest.MonkeyPatch, scale: str = "points") -> bounded._Case:
    monkeypatch.setattr(bounded, "_borrowed", lambda results, question: FITS)
    question = Question.of(shipped.counted_plan, scale=scale)
    return bounded._Case(
        shipped, question, "EP2024", BEFORE, np.array(WHOLE), np.array(REST_BEFORE), ELSEWHERE
    )


def test_the_largest_variance_that_is_lent(
    shipped: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = case(shipped, monkeypatch).noise(POINTS)
    q0 = 1_800 / 900_000
    # 4,000 of 1.3 million, less what the two may have: 885 of 219,000, or 1,307 of 216,000.
    q1 = max((4_000 - 885) / 1_081_000, (4_000 - 1_307) / 1_084_000)
    ballots = [9_000, 205_000]  # the fewest there may have been
    v = [
        q0 * (1 - q0) / n0 + q1 * (1 - q1) / n1 for n0, n1 in zip((1e4, 2e5), ballots, strict=True)
    ]
    slope = [(1 - 2 * q1) / n1 for n1 in ballots]
    spread = (5**2 + 3**2 + 2**2) / 10**2
    far = q0 * (1 - q0) / 900_000 + q1 * (1 - q1) / 1_300_000
    share = [9_000 / 214_000, 205_000 / 214_000]
    expected: dict[str, list[tuple[float, float]]] = {"GM0001": [], "GM0002": [], "pooled": []}
    for fit in FITS:
        common = fit.tau2 * spread + fit.phi * far
        own = [fit.tau2 + fit.phi * each for each in v]
        for code, variance, growth in zip(BEFORE.index, own, slope, strict=True):
            expected[code].append((variance + common, fit.phi * growth))
        pooled = sum(w**2 * each for w, each in zip(share, own, strict=True)) + common
        growth = fit.phi * sum(w**2 * each for w, each in zip(share, slope, strict=True))
        expected["pooled"].append((pooled, growth))
    # Each fit is the larger of the two somewhere.
    assert expected["GM0001"][0] > expected["GM0001"][1]
    assert expected["GM0002"][0] < expected["GM0002"][1]
    for unit, both in expected.items():
        assert made[unit][:2] == pytest.approx(max(both), rel=1e-12)
        assert made[unit][2] == 19  # the fewest municipalities that lend, less one


def test_the_noise_of_a_ratio(shipped: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    made = case(shipped, monkeypatch, "ratio").noise(POINTS)
    q0, q1 = 1_800 / 900_000, max((4_000 - 885) / 1_081_000, (4_000 - 1_307) / 1_084_000)
    v = 1 / (10_000 * q0) + 1 / (9_000 * q1)
    far = 1 / 1_800 + 1 / 4_000
    by_fit = [fit.tau2 + fit.phi * v + fit.tau2 * 0.38 + fit.phi * far for fit in FITS]
    assert made["GM0001"][:2] == pytest.approx((max(by_fit), 0.0))


def test_effects_are_net_of_the_rest_of_the_country(
    shipped: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = case(shipped, monkeypatch).effects(POINTS)
    trend = [(4_000 - 885) / 1_081_000 - 0.002, (4_000 - 1_307) / 1_084_000 - 0.002]
    own = [0.005 - 0.002 - trend[0], 0.007 - 0.002 - trend[1]]
    assert (found["GM0001"].low, found["GM0001"].high) == pytest.approx((min(own), max(own)))
    pooled = [
        (9_000 * 0.003 + 210_000 * 0.0025) / 219_000 - trend[0],
        (11_000 * 0.005 + 205_000 * 0.0045) / 216_000 - trend[1],
    ]
    assert (found["pooled"].low, found["pooled"].high) == pytest.approx((min(pooled), max(pooled)))


def test_an_interval_around_bounds() -> None:
    made = bounded._interval(Interval(0.001, 0.003), 1e-6, 2e-4, 19.0, 0.05)
    error = math.sqrt(1e-6 + 2e-4 * 0.003)  # the noise at the high bound
    assert made["std_error"] == pytest.approx(error)
    critical = imbens_manski(0.002, error, 0.05, 19.0)
    # At each end: (end - x)^2 = critical^2 (variance + growth x), for x above zero.
    low, high = made["conf_low"], made["conf_high"]
    assert (high - 0.003) ** 2 == pytest.approx(critical**2 * (1e-6 + 2e-4 * high), rel=1e-6)
    assert (0.001 - low) ** 2 == pytest.approx(critical**2 * (1e-6 + 2e-4 * max(low, 0)), rel=1e-6)
    # The nearest bound is a standard error without an effect away from zero.
    p = stats.t.cdf(-1 - 0.002 / error, 19) + stats.t.cdf(-1, 19)
    assert made["p_value"] == pytest.approx(p)
    assert bounded._interval(Interval(-1e-3, 1e-3), 1e-6, 0.0, 19.0, 0.05)["p_value"] == 1


def test_the_rest_of_the_country_is_all_but_the_five(shipped: Results) -> None:
    question = Question.of(shipped.counted_plan)
    codes = shipped.counted_plan.treated("EP2024")
    made = bounded._Case.of(shipped, "EP2024", "EP2019", question, codes)
    totals = shipped.table("national_results").query("vintage == 'official'").set_index("election")
    then = shipped.shares("invalid").query("election == 'EP2019'").set_index("municipality_code")
    five = then.loc[list(codes), ["count", "total"]].sum()
    assert made.whole.tolist() == totals.loc["EP2024", ["invalid", "ballots"]].tolist()
    assert made.rest_before.tolist() == [
        totals.loc["EP2019", "invalid"] - five["count"],
        totals.loc["EP2019", "ballots"] - five["total"],
    ]
    assert len(made.elsewhere) > 300
