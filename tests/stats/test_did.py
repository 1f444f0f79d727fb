"""Difference in differences on a long table, against statsmodels and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from evaluatie import stats
from evaluatie.ground.errors import EstimationError

# Snow, J. (1855). On the Mode of Communication of Cholera, 2nd ed., Table XII: deaths in 1849 and
# 1854 in the sub-districts that one water company served, and in those where a second one, with
# a new intake above the sewers, served as well.
ONE = "283 371 157 161 192 148 249 362 259 244 226 237 352 282 97 59 111 171 8 9 235 240 92 174"
BOTH = (
    "256 113 267 174 312 270 257 93 318 210 446 388 143 92 193 58 243 117 215 49 544 193 187 303 "
    "153 142 81 48 114 165 176 132"
)


def snow() -> pd.DataFrame:
    rows = []
    for company, numbers in enumerate((ONE, BOTH)):
        deaths = list(map(int, numbers.split()))
        for place, pair in enumerate(zip(deaths[::2], deaths[1::2], strict=True)):
            rows += [
                (f"{company}-{place}", year, died, company, int(company and year == 1854))
                for year, died in zip((1849, 1854), pair, strict=True)
            ]
    frame = pd.DataFrame(rows, columns=["place", "year", "deaths", "company", "treated"])
    return frame.assign(logged=np.log(frame["deaths"]))


def test_the_transcription_adds_up_to_the_printed_totals() -> None:
    sums = snow().groupby(["company", "year"])["deaths"].sum()
    assert sums.tolist() == [2261, 2458, 3905, 2547]


def test_snow_agrees_with_least_squares_on_changes_in_statsmodels() -> None:
    made = stats.did(snow(), unit="place", time="year", outcome="logged", treated="treated")
    wide = snow().pivot(index="place", columns="year", values="logged")
    flags = (wide.index.str[0] == "1").astype(float)
    fit = sm.OLS((wide[1854] - wide[1849]).to_numpy(), sm.add_constant(flags)).fit()
    first = made.table.iloc[0]
    assert first["estimate"] == pytest.approx(fit.params[1], rel=1e-12)
    assert first["std_error"] == pytest.approx(fit.bse[1], rel=1e-12)
    assert first["p_value"] == pytest.approx(fit.pvalues[1], rel=1e-9)
    assert first[["conf_low", "conf_high"]].tolist() == pytest.approx(fit.conf_int()[1], rel=1e-9)
    # Sixteen treated units: cluster-robust errors are given as well, of the same coefficient.
    robust = made.table[made.table["method"] == "CRV1"].iloc[0]
    assert robust["estimate"] == pytest.approx(fit.params[1], rel=1e-12)
    assert (made.table["p_value"] > 0).all()
    assert str(made.table["estimate"].dtype) == "float64"


def test_a_group_in_two_periods_is_the_same_as_treatment_in_each_row() -> None:
    named = {"unit": "place", "time": "year", "outcome": "logged"}
    one = stats.did(snow(), **named, treated="treated")
    other = stats.did(snow(), **named, treated="company")
    pd.testing.assert_frame_equal(one.table, other.table)


def test_shares_by_hand() -> None:
    rows = [("a", 1, 10, 100, 0), ("a", 2, 30, 100, 1)]
    rows += [
        (unit, time, 10 + time * k, 100, 0) for k, unit in enumerate("bcde") for time in (1, 2)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "time", "x", "n", "d"])
    made = stats.did(frame, unit="unit", time="time", outcome="x", treated="d", total="n")
    # 0.30 - 0.10 less the mean of 0, 1, 2 and 3 hundredths.
    assert made.table["estimate"].tolist() == pytest.approx([0.20 - 0.015] * 3)
    assert made.changes.set_index("unit").loc["a", "total_after"] == 100
    assert "1 treated and 4 comparison units; before: 1, after: 2" in made.summary()
    assert made.to_latex().count(r"\\") == 4
    assert max(map(len, repr(made).splitlines())) <= 80


def test_several_periods_are_one_change_and_missing_units_are_named() -> None:
    frame = pd.DataFrame(
        [
            (unit, time, value + (unit == "a") * (time > 2), int(unit == "a" and time > 2))
            for unit, value in zip("abcd", (1.0, 2.0, 4.0, 8.0), strict=True)
            for time in (1, 2, 3, 4)
        ],
        columns=["unit", "time", "y", "d"],
    )
    frame.loc[(frame["unit"] == "b") & (frame["time"] == 4), "y"] = 3.0
    known = frame[(frame["unit"] != "d") | (frame["time"] < 3)]
    made = stats.did(known, unit="unit", time="time", outcome="y", treated="d")
    assert made.left_out == ("d",)
    assert made.table["estimate"].iloc[0] == pytest.approx(1 - 0.25)
    assert "not known both before and after: 1 units" in made.summary()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.rename(columns={"y": "z"}), "no column 'y'"),
        (lambda f: pd.concat([f, f.tail(1)]), "stands twice at one time"),
        (lambda f: f.assign(d=f["d"] * 2), "only 0 and 1"),
        (lambda f: f.assign(d=0), "no treated unit"),
        (lambda f: f.assign(d=(f["unit"] == "a") & (f["time"] == 2)), "ends again"),
        (lambda f: f.assign(d=f["unit"] == "a"), "before treatment"),
    ],
)
def test_what_one_change_a_unit_cannot_hold_is_refused(change, words: str) -> None:
    frame = pd.DataFrame(
        [
            (u, t, float(t * k), int(u == "a" and t > 1))
            for k, u in enumerate("abcd")
            for t in (1, 2, 3)
        ],
        columns=["unit", "time", "y", "d"],
    )
    with pytest.raises(EstimationError, match=words):
        stats.did(change(frame), unit="unit", time="time", outcome="y", treated="d")


# Arrays with labels ------------------------------------------------------------------------------


def test_series_are_aligned_by_label_or_refused() -> None:
    y = pd.Series([1.0, 2.0, 3.0, 4.0, 9.0], index=list("abcde"))
    treated = pd.Series([1, 0, 0, 0, 0], index=list("edcba"))
    assert stats.lee_wooldridge(y, treated).estimate == 9 - 2.5
    assert stats.lee_wooldridge(y, treated=treated).estimate == 9 - 2.5
    assert stats.lee_wooldridge(y, treated.to_numpy()).estimate == 1 - 4.5
    for wrong in (treated.rename({"e": "z"}), treated.head(4), treated.rename({"e": "d"})):
        with pytest.raises(EstimationError, match="different labels"):
            stats.lee_wooldridge(y, wrong)
    with pytest.raises(EstimationError, match="found 3 labels; expected 5 labels, such as d, e"):
        stats.lee_wooldridge(y, y.head(3))


def test_an_enumerated_p_value_is_never_zero() -> None:
    assert stats.conley_taber([1, 2, 3, 4.0, 99], [0, 0, 0, 0, 1]).p_value == 1 / 4
    assert stats.randomization_test([1, 2, 3, 4.0, 99], [0, 0, 0, 0, 1]).result.p_value == 1 / 5


def test_every_name_is_listed_and_a_function_or_result() -> None:
    assert dir(stats) == sorted(stats.__all__)
    for name in stats.__all__:
        assert callable(getattr(stats, name))
        assert getattr(stats, name).__doc__
    assert len(repr(stats.lee_wooldridge([1, 2, 3, 4.0, 9], [0, 0, 0, 0, 1])).splitlines()) <= 12
