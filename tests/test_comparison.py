"""Comparison groups: each rule by hand, what it refuses, and how alike they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evaluatie.answers.effect.comparison import balance, comparison_group, nearest
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import load_design

BORNE, TYNAARLO, GORINCHEM, GOUDA = "GM0147", "GM1730", "GM0512", "GM0513"


def units(**ballots: int) -> pd.DataFrame:
    """One row per code; the municipalities of TK2025 are treated."""
    treated = load_design().treated("TK2025")
    return pd.DataFrame(
        {
            "municipality_code": list(ballots),
            "municipality": [f"Place {code}" for code in ballots],
            "ballots": list(ballots.values()),
            "treated": [code in treated for code in ballots],
        }
    )


SIZES = {BORNE: 1000, TYNAARLO: 4000, "GM0001": 499, "GM0002": 500, "GM0003": 8000, "GM0004": 8001}


def test_all_takes_everyone_outside_the_experiment() -> None:
    group = comparison_group("all", units(**SIZES), "TK2025")
    assert group.codes == ("GM0001", "GM0002", "GM0003", "GM0004")
    assert group.rule == "all"
    assert not group.excluded


def test_size_goes_from_half_the_smallest_to_twice_the_largest() -> None:
    group = comparison_group("size", units(**SIZES), "TK2025")
    assert group.codes == ("GM0002", "GM0003")
    assert set(group.excluded) == {"GM0001", "GM0004"}


def test_who_met_the_new_ballot_or_is_left_out_by_the_plan_is_never_compared_with() -> None:
    sizes = {GOUDA: 1000, BORNE: 900, GORINCHEM: 800, TYNAARLO: 700, "GM0001": 600, "GM0002": 500}
    frame = units(**sizes).assign(treated=[True, False, False, False, False, False])
    group = comparison_group("all", frame, "GR2026")
    assert group.codes == ("GM0001", "GM0002")
    assert "reversal" in group.excluded[BORNE]
    assert "Gorinchem" in group.excluded[GORINCHEM]
    assert group.excluded[TYNAARLO] == "has met the new ballot"


def test_a_municipality_treated_later_may_be_compared_with() -> None:
    frame = units(**{BORNE: 1000, GOUDA: 900, GORINCHEM: 800})
    assert comparison_group("all", frame, "TK2025").codes == (GORINCHEM, GOUDA)


def test_province_needs_provinces_of_the_treated() -> None:
    where = {BORNE: "Overijssel", TYNAARLO: "Drenthe", "GM0001": "Drenthe", "GM0003": "Utrecht"}
    where |= {"GM0002": "Overijssel"}
    group = comparison_group("province", units(**SIZES), "TK2025", provinces=where)
    assert group.codes == ("GM0001", "GM0002")
    with pytest.raises(EstimationError, match="needs provinces"):
        comparison_group("province", units(**SIZES), "TK2025")
    with pytest.raises(EstimationError, match="province of a treated"):
        comparison_group("province", units(**SIZES), "TK2025", provinces={"GM0001": "Drenthe"})


def test_a_list_goes_by_name_or_code_whatever_the_case() -> None:
    group = comparison_group(["place gm0003", "GM0001", "GM0001"], units(**SIZES), "TK2025")
    assert group.codes == ("GM0001", "GM0003")
    assert group.rule == "list"


@pytest.mark.parametrize(
    ("rule", "error", "text"),
    [
        ("neerest", UnknownNameError, "nearest"),
        (["Place GM0001", "Place GM00022"], UnknownNameError, "Place GM0002"),
        (["GM0001", BORNE], EstimationError, "treated itself"),
        (["GM0001"], EstimationError, "too few comparison"),
        ([], EstimationError, "too few comparison"),
        ("nearest", EstimationError, "needs characteristics"),
    ],
)
def test_what_a_rule_refuses(rule: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        comparison_group(rule, units(**SIZES), "TK2025")  # type: ignore[arg-type]


def test_a_list_cannot_hold_what_the_plan_leaves_out() -> None:
    frame = units(GM0513=1000, GM0512=900, GM0001=800).assign(treated=[True, False, False])
    with pytest.raises(EstimationError, match="Gorinchem"):
        comparison_group(["GM0512", "GM0001"], frame, "GR2026")


def test_nobody_treated_is_an_error() -> None:
    with pytest.raises(EstimationError, match="no treated"):
        comparison_group("all", units(GM0001=1, GM0002=2), "TK2025")


def characteristics() -> pd.DataFrame:
    # One informative column, one that is a multiple of it: the covariance is singular.
    values = {BORNE: 0.0, TYNAARLO: 10.0, "GM0001": 9.0, "GM0002": 1.0, "GM0003": -2.0}
    values |= {"GM0004": 12.5}
    return pd.DataFrame({"a": values, "b": {code: 2 * v for code, v in values.items()}})


def test_nearest_by_hand() -> None:
    frame = units(**SIZES)
    codes = (frame.loc[frame["treated"] == own, "municipality_code"] for own in (True, False))
    found = nearest(*map(list, codes), characteristics(), 2)
    assert found == {BORNE: ["GM0002", "GM0003"], TYNAARLO: ["GM0001", "GM0004"]}


def test_nearest_does_not_depend_on_order_or_units_of_measurement() -> None:
    rng = np.random.default_rng(3)
    codes = [BORNE, TYNAARLO, *(f"GM{i:04d}" for i in range(20, 60))]
    table = pd.DataFrame(rng.normal(size=(42, 3)), index=codes, columns=list("xyz"))
    frame = units(**dict.fromkeys(codes, 1000))
    one = comparison_group("nearest", frame, "TK2025", characteristics=table)
    stretched = table * [1e-6, 1.0, 1e6] + [0, 5, -3]
    other = comparison_group(
        "nearest", frame.sample(frac=1, random_state=1), "TK2025", characteristics=stretched
    )
    assert one.codes == other.codes
    assert 10 <= len(one.codes) <= 20


def test_nearest_passes_over_unknown_candidates_but_not_unknown_treated() -> None:
    frame, table = units(**SIZES), characteristics()
    table.loc["GM0002", "a"] = np.nan
    group = comparison_group("nearest", frame, "TK2025", characteristics=table)
    assert "GM0002" not in group.codes
    table.loc[BORNE, "a"] = np.nan
    with pytest.raises(EstimationError, match="no characteristics"):
        comparison_group("nearest", frame, "TK2025", characteristics=table)


def test_balance_by_hand() -> None:
    groups = {BORNE: "treated", TYNAARLO: "treated", "GM0001": "comparison", "GM0002": "comparison"}
    groups |= {"GM0003": "other", "GM0004": "other", GOUDA: "excluded"}
    frame = pd.DataFrame({"municipality_code": list(groups), "group": list(groups.values())})
    row = balance(frame, characteristics()).set_index("variable").loc["a"]
    candidates = np.array([9.0, 1.0, -2.0, 12.5])
    assert row["treated"] == 5
    assert row["before"] == candidates.mean()
    assert row["after"] == 5
    assert row["std_diff_before"] == pytest.approx((5 - 5.125) / candidates.std(ddof=1))
    assert row["std_diff_after"] == 0
