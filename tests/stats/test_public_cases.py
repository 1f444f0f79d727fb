"""What went wrong elsewhere, made again by hand: published examples and public bug reports.

A case names where it was reported, what went wrong there, what is asked here and the right answer:
counted, computed by hand or printed in the source. ``Refused`` is an answer too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from panels import difference_in_differences

from evaluatie import stats
from evaluatie.ground.errors import EstimationError
from evaluatie.stats import randomization_test, wild_bootstrap
from evaluatie.stats.prediction import heterogeneity, predict_new
from evaluatie.stats.sensitivity import relative_magnitudes
from evaluatie.stats.shrinkage import between_variance
from evaluatie.stats.synthetic import (
    panel,
    placebo_test,
    synthetic_control,
    synthetic_did,
)

REFERENCE = Path(__file__).parents[1] / "reference"


@dataclass(frozen=True)
class Refused:
    """An error with these words."""

    words: str


@dataclass(frozen=True)
class Case:
    """One report: where, what went wrong, what is asked here, the right answer."""

    where: str
    symptom: str
    asked: Callable[[], Any]
    right: Any


def p_of(y: Any, treated: Any, **options: Any) -> float:
    return randomization_test(y, treated, **options).result.p_value


def long(rows: dict[str, list[float]], times: Any, start: Any) -> pd.DataFrame:
    """A list of outcomes a unit; those with a capital are treated from ``start`` on."""
    return pd.DataFrame(
        [
            (unit, time, value, int(unit.isupper() and time >= start))
            for unit, values in rows.items()
            for time, value in zip(times, values, strict=True)
            if not math.isnan(value)
        ],
        columns=["unit", "time", "score", "new"],
    )


def did(frame: pd.DataFrame) -> Any:
    return stats.did(frame, unit="unit", time="time", outcome="score", treated="new")


PLACES = {"A": [1, 2, 6], "B": [2, 3, 5], "c": [1, 1, 2], "d": [3, 4, 4], "e": [2, 2, 3]}
# Before: the mean of two times. Changes 4.5, 2.5 and 1, 0.5, 1.
EFFECT = 3.5 - 2.5 / 3
FRAME = long(PLACES, (1, 2, 3), 3)

TIED = [3, 3, 6, 1, 2, 3]
PANEL = np.array([[1, 2, 5], [1, 2, 2], [3, 3, 4], [2, 5, 6], [0, 1, 1]], dtype=float)
ONE = np.array([1, 0, 0, 0, 0], dtype=bool)
TWELVE = np.diff(np.arange(48.0).reshape(24, 2) ** 1.5)[:, 0]
HALF = np.arange(24) % 2

RANDOMIZATION = (
    Case(
        "scunning1975/mixtape#26",
        "the rank of the observed difference among ties was taken for its p-value",
        lambda: p_of([10, 5, 16, 3, 5, 7, 8, 10], [1] * 4 + [0] * 4),
        60 / 70,
    ),
    Case(
        "simonheb/ritest#10",
        "a null of 0.5 moved the observed difference too (Imbens and Rubin 2015, table 5.4)",
        lambda: (
            (made := randomization_test([3, 5, 0, 4, 0, 1], [1] * 3 + [0] * 3))
            and (made.result.estimate, made.result.p_value, made.p_value(0.5))
        ),
        (1, 16 / 20, 18 / 20),
    ),
    Case(
        "acoppock/ri2#24",
        "under another null the distance was taken from zero: its own estimate was rejected",
        lambda: (
            (made := randomization_test([9, 8, 7, 1, 2, 3], [1] * 3 + [0] * 3))
            and made.p_value(made.result.estimate)
        ),
        1,
    ),
    Case(
        "acoppock/ri2#33",
        "simulated effects were not centred at zero",
        lambda: float(
            randomization_test([9, 8, 7, 1, 2, 30], [1, 1, 0, 0, 0, 0]).statistics.mean()
        ),
        0,
    ),
    Case(
        "acoppock/ri2#39",
        "a null distribution without any spread was used without a word",
        lambda: p_of([2.0] * 6, [1] * 3 + [0] * 3),
        Refused("all changes are equal"),
    ),
    Case(
        "fieldtrip/fieldtrip#2607",
        "the observed assignment was not counted: p = 0",
        lambda: p_of([9, 8, 7, 1, 2, 3], [1] * 3 + [0] * 3),
        2 / 20,
    ),
    Case(
        "ProjectMOSAIC/mosaic#547",
        "none of the draws was as extreme: p = 0",
        lambda: (
            stats.conley_taber(
                np.r_[50, 60, np.sin(np.arange(40))],
                np.arange(42) < 2,
                max_combinations=1,
                draws=99,
            ).p_value
        ),
        2 / 100,
    ),
    Case(
        "scverse/pertpy#1094",
        "where every assignment ties the smallest p-value was given",
        lambda: p_of([1] * 7 + [9], [0] * 4 + [1] * 4),
        1,
    ),
    Case(
        "statlab/permute#157",
        "a sample beside itself was significant",
        lambda: p_of([1, 2, 3, 1, 2, 3], [1] * 3 + [0] * 3),
        1,
    ),
    Case(
        "statlab/permute#116",
        "twice the smaller tail came to 2",
        lambda: stats.conley_taber([2, 1, 2, 3], [1, 0, 0, 0]).p_value,
        1,
    ),
    Case(
        "simple-statistics/simple-statistics#469",
        "the count of the commonest value was given for a two-sided p-value",
        lambda: p_of([20, 5, 13, 12, 7, 2, 2, 2, 5, 3, 6, 7, 2, 5], [1] * 7 + [0] * 7),
        460 / 3432,
    ),
    Case(
        "vegandevs/vegan#132",
        "equal sums that differ by rounding were no ties",
        lambda: [p_of(each, [1] * 3 + [0] * 3) for each in (TIED, np.array(TIED) / 10)],
        [6 / 20] * 2,
    ),
    Case(
        "scikit-bio/scikit-bio#810",
        "the p-value depended on the order in which equal inputs were added up",
        lambda: [
            p_of([0.1 + 0.2, 0.3, 0.6, 0.1, 0.2, 0.3], [1] * 3 + [0] * 3),
            p_of([0.3, 0.2, 0.6, 0.1, 0.3, 0.1 + 0.2], [0, 0, 1, 0, 1, 1]),
        ],
        [6 / 20] * 2,
    ),
    Case(
        "gavinsimpson/permute#27",
        "strata of different sizes were refused",
        lambda: (
            randomization_test(
                np.arange(8.0) ** 2, [1, 0, 0, 1, 1, 0, 0, 0], strata=list("aaabbbbb")
            ).n_assignments
        ),
        3 * 10,
    ),
    Case(
        "MoBiodiv/mobr#168",
        "labels were exchanged between strata: a stratum's own level looked like an effect",
        lambda: p_of([1, 2, 11, 12], [0, 1, 1, 0], strata=list("aabb")),
        1,
    ),
    Case(
        "gavinsimpson/permute#15",
        "a stratum in which nothing can be exchanged gave an error nobody could read",
        lambda: p_of([1, 2, 3, 4], [1, 0, 0, 0], strata=list("abbb")),
        Refused("single member"),
    ),
    Case(
        "fslaborg/FSharp.Stats#243",
        "groups of unequal size were cut at the wrong place",
        lambda: p_of([9, 1, 2, 3, 4, 8], [1, 0, 0, 0, 0, 1]),
        1 / 15,
    ),
    Case(
        "JuliaStats/HypothesisTests.jl#198",
        "the p-value depended on which group comes first",
        lambda: [
            (r := randomization_test([9, 1, 2, 3, 4, 8], flags).result) and (r.estimate, r.p_value)
            for flags in ([1, 0, 0, 0, 0, 1], [0, 1, 1, 1, 1, 0])
        ],
        [(6, 1 / 15), (-6, 1 / 15)],
    ),
    Case(
        "kdkorthauer/dmrseq#9",
        "twenty of forty filled the memory with all assignments",
        lambda: (
            (m := randomization_test(np.arange(40.0), np.arange(40) % 2 > 0, draws=9))
            and (m.n_assignments, m.exact, len(m.statistics))
        ),
        (137_846_528_820, False, 10),
    ),
    Case(
        "JuliaStats/HypothesisTests.jl#53",
        "a number of arrangements overflowed an integer",
        lambda: randomization_test(np.arange(400.0), np.arange(400) % 2 > 0, draws=9).n_assignments,
        math.comb(400, 200),
    ),
)


def test_a_null_distribution_as_wide_as_the_standard_error():
    """py-econometrics/pyfixest#717: re-assigned t statistics lay too near to zero."""
    y = np.random.default_rng(717).normal(size=200)
    made, t = (f(y, np.arange(200) < 100) for f in (randomization_test, stats.lee_wooldridge))
    assert made.statistics.std() == pytest.approx(t.std_error, rel=0.02)
    assert made.result.p_value == pytest.approx(t.p_value, abs=0.01)


def test_a_null_that_is_not_zero_by_listing():
    """simonheb/ritest#10: every effect that is supposed, by all splits of six clusters."""
    y, treated = np.array([3.0, 1.5, 2.0, 1.0, 0.5, 2.5]), np.array([1, 1, 1, 0, 0, 0], bool)
    made = randomization_test(y, treated)
    for effect in (-1.0, 0.0, 0.5, 2.0):
        null = y - effect * treated
        values = [abs(null[list(s)].sum() - null.sum() / 2) for s in combinations(range(6), 3)]
        expected = np.mean(np.array(values) >= values[0] - 1e-12)
        assert made.p_value(effect) == pytest.approx(expected)


SYNTHETIC = (
    Case(
        "synth-inference/synthdid#78",
        "with a single earlier period the noise could not be taken, and nobody said so",
        lambda: synthetic_did(panel(PANEL, ONE, 1)),
        Refused("needs two periods before treatment"),
    ),
    Case(
        "synth-inference/synthdid#78, difference in differences",
        "what can be had with one earlier period",
        lambda: difference_in_differences(panel(PANEL, ONE, 1)).estimate,
        (2 + 5) / 2 - 1 - ((2 + 2) / 2 - 1 + (3 + 4) / 2 - 3 + (5 + 6) / 2 - 2 + 1) / 4,
    ),
    Case(
        "synth-inference/synthdid#4",
        "a single treated unit broke the estimate",
        lambda: difference_in_differences(panel(PANEL, ONE, 2)).estimate,
        5 - 1.5 - ((2 - 1.5) + (4 - 3) + (6 - 3.5) + (1 - 0.5)) / 4,
    ),
    Case(
        "synth-inference/synthdid#6",
        "a single treated unit and period had no standard error: that of its placebos",
        lambda: placebo_test(panel(PANEL, ONE, 2), difference_in_differences).std_error,
        # 0.5, 1, 2.5 and 0.5, each minus the mean of the three others.
        np.std([0.5 - 4 / 3, 1 - 3.5 / 3, 2.5 - 2 / 3, 0.5 - 4 / 3], ddof=1),
    ),
    Case(
        "Daniel-Pailanir/sdid#99",
        "with one treated unit placebos depended on the seed",
        lambda: len(
            {
                placebo_test(panel(PANEL, ONE, 2), synthetic_did, seed=seed).std_error
                for seed in range(3)
            }
        ),
        1,
    ),
    Case(
        "jgreathouse9/mlsynth#342",
        "with fewer comparison than treated units placebos used units twice",
        lambda: placebo_test(panel(PANEL, ~ONE | [0, 0, 0, 1, 0], 2), synthetic_did),
        Refused("comparison units"),
    ),
    Case(
        "synth-inference/synthdid#84",
        "a single comparison unit",
        lambda: panel(PANEL, [1, 1, 1, 1, 0], 2),
        Refused("too few comparison units"),
    ),
    Case(
        "synth-inference/synthdid#128",
        "weights depended on where the search began: order and scale of the panel",
        lambda: [
            synthetic_did(panel(scale * PANEL[order], ONE[order], 2)).estimate / scale
            for order, scale in (([4, 0, 2, 1, 3], 1.0), ([3, 2, 1, 0, 4], 1e-6))
        ],
        [pytest.approx(synthetic_did(panel(PANEL, ONE, 2)).estimate, rel=1e-6)] * 2,
    ),
    Case(
        "xuyiqing/gsynth#45",
        "one treated unit in a short panel broke synthetic control",
        # (1, 2) before is that of the first comparison unit itself, which has 2 after.
        lambda: synthetic_control(panel(PANEL[:2].repeat([1, 2], axis=0), ONE[:3], 2)).estimate,
        5 - 2,
    ),
    Case(
        "synth-inference/synthdid#89",
        "a bootstrap with one treated unit gave no number and no reason",
        lambda: wild_bootstrap(TWELVE, np.arange(24) == 1),
        Refused("wild cluster bootstrap is refused with 1 treated"),
    ),
    Case(
        "ebenmichael/augsynth#85",
        "two p-values of one later period: 1 in 5, counted by hand",
        lambda: placebo_test(panel(PANEL, ONE, 2), difference_in_differences).p_value,
        1 / 5,
    ),
)

SPREAD = [[0.04, 0.01], [0.01, 0.04]]
MANY = np.arange(0, 10.5, 0.5)
TRENDS = (
    Case(
        "asheshrambachan/HonestDiD#3",
        "one earlier and one later period: without violation the interval of the t test",
        lambda: (
            (r := relative_magnitudes([0.1, 1.0], SPREAD, [0.0]))
            and (r.conf_low[0], r.conf_high[0])
        ),
        (pytest.approx(1 - 0.2 * 1.959964, abs=1e-6), pytest.approx(1.391993, abs=1e-6)),
    ),
    Case(
        "asheshrambachan/HonestDiD#19",
        "intervals of neighbouring violations were equal, those of small ones narrower",
        lambda: (
            np.diff(relative_magnitudes([0.3, 1.0], SPREAD, np.arange(0, 1, 0.05)).conf_high).min()
            > 0
        ),
        True,
    ),
    Case(
        "asheshrambachan/HonestDiD#49",
        "intervals became narrower where larger violations are allowed",
        lambda: (
            (r := relative_magnitudes([0.05, -0.1, 0.3, 1.0], np.eye(4) * 0.01, MANY))
            and bool((np.diff(r.conf_low) < 0).all() and (np.diff(r.conf_high) > 0).all())
        ),
        True,
    ),
    Case(
        "asheshrambachan/HonestDiD#62",
        "with very small variances the interval ended where the grid did",
        lambda: (
            (r := relative_magnitudes([1e-6, 1e-5], np.array(SPREAD) * 1e-10, MANY))
            and (r.conf_low[-1], r.conf_high[-1])
        ),
        tuple(
            pytest.approx(1e-5 * end[-1], rel=1e-6)
            for r in [relative_magnitudes([0.1, 1.0], SPREAD, MANY)]
            for end in (r.conf_low, r.conf_high)
        ),
    ),
    Case(
        "asheshrambachan/HonestDiD#52",
        "from some violation on intervals stopped growing: the last ten steps are equal",
        lambda: (
            np.ptp(np.diff(relative_magnitudes([2.0, 1.0], SPREAD, MANY).conf_high[-10:])) < 0.01
        ),
        True,
    ),
    Case(
        "asheshrambachan/HonestDiD#45",
        "no earlier period to compare with ended in a matrix of negative size",
        lambda: relative_magnitudes([1.0], [[0.04]]),
        Refused("no earlier pair"),
    ),
    Case(
        "asheshrambachan/HonestDiD#36",
        "a matrix that is no covariance ended in odd messages",
        lambda: relative_magnitudes([0.1, 1.0], [[1.0, 2.0], [2.0, 1.0]]),
        Refused("not a covariance"),
    ),
)

EIGHT = np.arange(30) < 8
SCALED = np.random.default_rng(164).normal(size=30) + EIGHT
CLUSTERS = (
    *(
        Case(
            f"s3alfisc/fwildclusterboot#{number}",
            symptom,
            lambda scale=scale: (
                (r := wild_bootstrap(scale * SCALED, EIGHT, draws=499, seed=1))
                and (r.conf_low / scale, r.conf_high / scale, r.conf_low < r.estimate < r.conf_high)
            ),
            (
                *(
                    pytest.approx(end, rel=1e-6)
                    for r in [wild_bootstrap(SCALED, EIGHT, draws=499, seed=1)]
                    for end in (r.conf_low, r.conf_high)
                ),
                True,
            ),
        )
        for number, symptom, scale in (
            (138, "the search for ends failed near the estimate", 1e-9),
            (164, "the search for ends needed starting values that suit the scale", 1e9),
        )
    ),
    Case(
        "s3alfisc/fwildclusterboot#27",
        "six clusters filled 20 gigabytes: two to the sixth are all there are",
        lambda: wild_bootstrap(TWELVE[:6], HALF[:6], minimum_treated=1).details["draws"],
        2**6,
    ),
    Case(
        "py-econometrics/pyfixest#45",
        "a unit known once stayed in the clusters",
        lambda: (
            did(
                long({"A": [0, 2], "b": [1, 2], "c": [1, 4], "d": [math.nan, 1]}, (1, 2), 2)
            ).left_out
        ),
        ("d",),
    ),
    Case(
        "jepusto/clubSandwich#23",
        "the factor of CR1S: m (N - 1) / ((m - 1) (N - p)), unit effects nested",
        lambda: (stats.crv1([1.0, 3, 0, 0, 3], [1, 1, 0, 0, 0], minimum_treated=1).std_error) ** 2,
        # Without it: squared scores over the squares of treatment, 2 / 4 + 6 / 9.
        pytest.approx((2 / 4 + 6 / 9) * 5 / 4 * 9 / (10 - 3)),
    ),
    Case(
        "jepusto/clubSandwich#63",
        "a single cluster ended in an error of the matrix",
        lambda: stats.ratio_interval([3, 5], [100, 100], cluster=["a", "a"]).reason,
        "one cluster: the variation between clusters is unknown",
    ),
    Case(
        "jepusto/clubSandwich#86",
        "an effect that rests on one unit had a variance of zero",
        lambda: stats.crv3(TWELVE, np.arange(24) == 1, minimum_treated=1),
        Refused("undefined for one treated"),
    ),
    Case(
        "droodman/WildBootTests.jl#5",
        "no bootstrap sample was as extreme: p = 0",
        lambda: wild_bootstrap(SCALED + 50 * EIGHT, EIGHT, draws=99, seed=1).p_value,
        1 / 100,
    ),
)

# Thirteen trials of a vaccine (Colditz and others 1994): cases and all, vaccinated and not.
BCG = np.array(
    [
        (4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867),
        (33, 5069, 47, 5808), (180, 1541, 372, 1451), (8, 2545, 10, 629), (505, 88391, 499, 88391),
        (29, 7499, 45, 7277), (17, 1716, 65, 1665), (186, 50634, 141, 27338), (5, 2498, 3, 2341),
        (27, 16913, 29, 17854),
    ],
    dtype=float,
)  # fmt: skip
HARD = ([0.0, 1.0, -40.0, 3.0, 2.0], [1e-8, 1e-6, 1e3, 1.0, 1e-2])
MANTEL = np.array([[1, 1, 14, 1, 5, 8, 7, 8, 4, 5], [407, 414, 1197, 989, 139, 136, 304, 214, 111,
                   231], [1, 1, 16, 1, 4, 11, 4, 11, 0, 8], [422, 407, 1300, 494, 80, 157, 152,
                   227, 37, 234]])  # fmt: skip

COUNTS = (
    Case(
        "wviechtb/metafor#14",
        "one effect and effects that differ gave the same: right where tau is zero",
        lambda: (
            (r := predict_new([1.0, 1.1, 0.9], [1.0, 1.0, 2.0]))
            and (r.tau2, r.estimate, r.std_error)
        ),
        (0, (1 + 1.1 + 0.45) / 2.5, math.sqrt(1 / 2.5)),
    ),
    Case(
        "wviechtb/metafor#21",
        "a stratum that holds only one of the groups broke Mantel and Haenszel",
        lambda: (
            (r := stats.pooled_ratio([1, 1, 1], [2, 2, 2], [0, 1, 1], [0, 2, 2]))
            and (r.estimate, r.n_strata)
        ),
        (1, 2),
    ),
    Case(
        "wviechtb/metafor#45",
        "a group without cases gave a standard error near zero",
        lambda: (
            (r := stats.pooled_ratio(*MANTEL))
            and (r.estimate, math.log(r.conf_high / r.conf_low) / 2 / 1.959964)
        ),
        (
            (up := (MANTEL[0] * MANTEL[3] / (n := MANTEL[1] + MANTEL[3])).sum())
            / (low := (MANTEL[2] * MANTEL[1] / n).sum()),
            pytest.approx(
                math.sqrt(
                    sum(
                        (b * d * (a + c) - a * c * (b + d)) / (b + d) ** 2
                        for a, b, c, d in MANTEL.T
                    )
                    / (up * low)
                ),
                rel=1e-6,
            ),
        ),
    ),
    Case(
        "gertvv/gemtc#81",
        "restricted likelihood did not converge where variances differ a lot",
        lambda: _score(between_variance(*HARD), *HARD),
        pytest.approx(0, abs=1e-8),
    ),
    Case(
        "easystats/parameters#402",
        "another level gave the same interval",
        lambda: [
            (r := stats.lee_wooldridge([9, 1, 2, 3], [1, 0, 0, 0], alpha=alpha))
            and (r.conf_high - r.estimate) / r.std_error
            for alpha in (0.05, 0.01)
        ],
        [pytest.approx(4.302653, abs=1e-6), pytest.approx(9.924843, abs=1e-6)],
    ),
    Case(
        "statsmodels/statsmodels#9549",
        "no case among 500 at a very small alpha had 0.99999 for an upper limit",
        lambda: stats.clopper_pearson(0, 500, 0.001 / 501),
        (0, 1 - (0.0005 / 501) ** (1 / 500)),
    ),
    Case(
        "statsmodels/statsmodels#7008",
        "ten of 100,000 had a higher limit than a hundred of them",
        lambda: bool(
            (np.diff(stats.clopper_pearson([0, 10, 100, 1000], 100_000, 1e-11)) > 0).all()
        ),
        True,
    ),
    Case(
        "statsmodels/statsmodels#2742",
        "none and all gave NaN, or limits below 0 and above 1",
        lambda: [
            f([0, 30], 30)[side][at]
            for f in (stats.wilson, stats.clopper_pearson)
            for side, at in ((0, 0), (1, 1))
        ],
        [0, 1, 0, 1],
    ),
    Case(
        "statsmodels/statsmodels#7603",
        "counts in 32 or 16 bits overflowed where they are multiplied",
        lambda: [
            stats.overdispersion(
                *(
                    np.array(each, dtype=kind)
                    for each in ([600, 900, 400], [60_000, 65_000, 59_000])
                )
            ).phi
            for kind in ("uint16", "int32")
        ],
        [stats.overdispersion([600.0, 900, 400], [60_000.0, 65_000, 59_000]).phi] * 2,
    ),
    Case(
        "statsmodels/statsmodels#3919",
        "whole numbers overflowed in the second derivative of a count model",
        lambda: (
            stats.fit_betabinomial(
                np.array([900, 30_000, 4000], "int32"), np.array([2_000_000] * 3, "int32")
            ).rho
        ),
        stats.fit_betabinomial([900.0, 30_000, 4000], [2e6] * 3).rho,
    ),
    Case(
        "glmmTMB/glmmTMB#374",
        "as overdispersion vanishes the likelihood is flat and the fit false",
        lambda: (
            (r := stats.fit_betabinomial([10, 11, 9], [1000] * 3)) and (r.boundary, r.rho, r.share)
        ),
        (True, 0, 0.01),
    ),
    Case(
        "open-AIMS/bayesnec#262",
        "of one vote each no overdispersion can be seen: silence",
        lambda: stats.fit_betabinomial([1, 0, 0, 1], [1] * 4),
        Refused("no unit has more than one ballot"),
    ),
    Case(
        "statsmodels/statsmodels#1631",
        "counts that vary less than chance: an estimate beyond the bound",
        lambda: stats.overdispersion([10, 10, 10], [1000] * 3).phi,
        0,
    ),
)


def _score(tau2: float, y: Any, v: Any) -> float:
    """Slope of the restricted likelihood in tau2, relative to its parts."""
    weight = 1 / (np.array(v) + tau2)
    residual = np.array(y) - weight @ y / weight.sum()
    parts = (weight**2 @ residual**2, -weight.sum(), weight @ weight / weight.sum())
    return sum(parts) / max(map(abs, parts))


LONG_TABLES = (
    Case(
        "bcallaway11/pte#8",
        "rows in another order gave another effect, with another sign",
        lambda: [
            did(f).table["estimate"][0]
            for f in (FRAME, FRAME[::-1], FRAME.sample(frac=1, random_state=8))
        ],
        [EFFECT] * 3,
    ),
    Case(
        "insongkim/PanelMatch#113",
        "times with gaps were filled up or taken as neighbours",
        lambda: did(long(PLACES, (1997, 2004, 2013), 2013)).table["estimate"][0],
        EFFECT,
    ),
    Case(
        "JMSLab/eventstudyr#52",
        "dates without weekends: gaps again, here of dates",
        lambda: did(
            long(
                PLACES,
                pd.to_datetime(["2026-11-26", "2026-11-27", "2026-11-30"]),
                pd.Timestamp("2026-11-30"),
            )
        ).table["estimate"][0],
        EFFECT,
    ),
    Case(
        "LOST-STATS/lost-stats.github.io#195",
        "times as text stood in the order 0, 1, 10, 2: before and after were exchanged",
        lambda: did(
            FRAME[FRAME["time"] > 1].assign(
                time=lambda f: f["time"].map({2: "9", 3: "10"}),
                new=lambda f: f["unit"].str.isupper(),
            )
        ),
        Refused("numbers as text"),
    ),
    Case(
        "evanjflack/bacondecomp#81",
        "a unit twice at one time was called an unbalanced panel",
        lambda: did(pd.concat([FRAME, FRAME.head(1)])),
        Refused("stands twice"),
    ),
    Case(
        "bcallaway11/did#76",
        "units known only before or only after were averaged with the others",
        lambda: (
            (r := did(long({**PLACES, "f": [9, 9, math.nan]}, (1, 2, 3), 3)))
            and (r.table["estimate"][0], r.left_out)
        ),
        (EFFECT, ("f",)),
    ),
    Case(
        "bcallaway11/did#153",
        "nobody treated ended in an error of a regression",
        lambda: did(FRAME.assign(new=0)),
        Refused("no treated unit"),
    ),
    Case(
        "bcallaway11/did#153, everybody",
        "and everybody treated",
        lambda: did(long({k.upper(): v for k, v in PLACES.items()}, (1, 2, 3), 3)),
        Refused("too few comparison units"),
    ),
    Case(
        "synth-inference/synthdid#102",
        "treatment as 0 and 1 was refused for its type",
        lambda: [
            did(FRAME.assign(new=FRAME["new"].astype(kind))).table["estimate"][0]
            for kind in ("int8", "bool", "float32", "object", "Int64")
        ],
        [EFFECT] * 5,
    ),
    Case(
        "synth-inference/synthdid#120",
        "treatment as 1 and 2 was read as no variation",
        lambda: did(FRAME.assign(new=FRAME["new"] + 1)),
        Refused("only 0 and 1"),
    ),
    Case(
        "DeclareDesign/estimatr#302",
        "an outcome that is unknown took all others with it: that row alone is left out",
        lambda: (
            (r := did(FRAME.assign(score=FRAME["score"].where(FRAME.index != 6))))
            and r.changes.set_index("unit").loc["c", "change"]
        ),
        1,
    ),
)

CASES = (*RANDOMIZATION, *SYNTHETIC, *TRENDS, *CLUSTERS, *COUNTS, *LONG_TABLES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.where)
def test_case(case: Case):
    if isinstance(case.right, Refused):
        with pytest.raises(EstimationError, match=case.right.words):
            case.asked()
        return
    found = case.asked()
    if isinstance(case.right, list | tuple):
        assert len(found) == len(case.right)
        for one, right in zip(found, case.right, strict=True):
            assert one == _near(right)
    else:
        assert found == _near(case.right)


def _near(right: Any) -> Any:
    known = isinstance(right, bool | str | int) or type(right).__name__.startswith("Approx")
    return right if known and not isinstance(right, int | float) else pytest.approx(right)


@pytest.mark.parametrize("weight", [1e-12, 1.0, 1e12])
def test_huge_and_tiny_weights(weight):
    """Weights count by their ratio alone, in every method that takes them."""
    y, treated = np.array([9.0, 1, 2, 4, 3, 8]), np.array([1, 0, 0, 0, 1, 0], bool)
    own = np.array([1.0, 2, 3, 1, 2, 2])
    for method in (
        lambda w: randomization_test(y, treated, weights=w).result,
        lambda w: stats.conley_taber(y, treated, weights=w),
        lambda w: stats.ferman_pinto(y, treated, own, weights=w, draws=99),
        lambda w: stats.crv1(TWELVE, HALF, w[np.arange(24) % 6]),
    ):
        made, plain = method(weight * own), method(own)
        assert (made.estimate, made.p_value) == pytest.approx((plain.estimate, plain.p_value))
        assert (made.conf_low, made.conf_high) == pytest.approx((plain.conf_low, plain.conf_high))


def test_thirteen_trials_as_printed():
    """Viechtbauer (2010), Journal of Statistical Software 36(3), section 3: log risk ratios."""
    a, n1, c, n2 = BCG.T
    effects, variances = np.log((a / n1) / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2
    found = heterogeneity(effects, variances)
    assert (found.q, found.df) == (pytest.approx(152.2330, abs=5e-5), 12)
    assert found.p_value < 1e-4
    assert (found.tau2_low, found.tau2_high) == pytest.approx((0.1197, 1.1115), abs=5e-5)
    tau2 = between_variance(effects, variances)
    assert tau2 == pytest.approx(0.3132, abs=5e-5)
    made = predict_new(effects, variances, tau2=tau2)
    assert made.estimate == pytest.approx(-0.7145, abs=5e-5)
    assert made.std_error == pytest.approx(0.1798, abs=5e-5)


def counties() -> pd.DataFrame:
    """Teenage employment in 500 counties, and the year from which the minimum wage was higher.

    Callaway and Sant'Anna (2021), Journal of Econometrics 225; their table ``mpdta``.
    """
    return pd.read_csv(REFERENCE / "county_employment.csv", index_col="county")


def test_minimum_wages_by_group_and_time():
    """-0.03995: every group and year from its start on, each county of a group counted once."""
    wide = counties()
    logged, first = np.log(wide[[str(year) for year in range(2003, 2008)]]), wide["first"]
    effects, sizes = [], []
    for group in (2004, 2006, 2007):
        for year in range(group, 2008):
            own = first.isin((0, group))
            change = (logged[str(year)] - logged[str(group - 1)])[own]
            effects.append(stats.lee_wooldridge(change, first[own] == group).estimate)
            sizes.append((first == group).sum())
    # The first of them, 2004 in 2004, is printed as -0.0105.
    assert effects[0] == pytest.approx(-0.0105, abs=5e-5)
    assert np.average(effects, weights=sizes) == pytest.approx(-0.03995, abs=5e-6)
