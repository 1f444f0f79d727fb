import json
import math
from pathlib import Path

import numpy as np
import pytest

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.cluster import absorb, crv1, crv3

CASES = json.loads(
    (Path(__file__).parents[1] / "reference" / "pyfixest_did.json").read_text("utf-8")
)["cases"]


def arrays(case):
    y = np.array([[math.nan if v is None else v for v in row] for row in case["y"]])
    return y, np.array(case["d"]), np.array(case["w"])


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_pyfixest(case):
    y, d, w = arrays(case)
    one = crv1(y, d, w, minimum_treated=1)
    assert one.estimate == pytest.approx(case["estimate"], rel=1e-8)
    assert one.std_error == pytest.approx(case["crv1"], rel=1e-8)
    assert one.p_value == pytest.approx(case["p_crv1"], rel=1e-7)
    np.testing.assert_allclose([one.conf_low, one.conf_high], case["conf_int"], rtol=1e-8)
    three = crv3(y, d, w, minimum_treated=1)
    factor = math.sqrt((len(y) - 1) / len(y))
    assert three.std_error == pytest.approx(factor * case["crv3_without_factor"], rel=1e-8)
    assert three.estimate == one.estimate


def test_two_periods_by_hand():
    # Changes 1, 3 for the treated, 0, 0, 3 for the others: effect 2 - 1.
    change = np.array([1.0, 3.0, 0.0, 0.0, 3.0])
    y = np.column_stack([np.zeros(5), change])
    d = np.column_stack([np.zeros(5), [1, 1, 0, 0, 0]])
    made = crv1(y, d, minimum_treated=1)
    assert made.estimate == pytest.approx(1)
    # Residuals of the change -1, 1 and -1, -1, 2; N = 10, K = 3, G = 5.
    variance = 2 / 4 + 6 / 9
    assert made.std_error == pytest.approx(math.sqrt(variance * (5 / 4) * (9 / 7)))
    assert (made.n_treated, made.n_comparison, made.df) == (2, 3, 4)
    # Without each: effects 3 - 1, 1 - 1, 2 - 1.5, 2 - 1.5, 2 - 0.
    jackknife = (1 + 1 + 0.25 + 0.25 + 1) * 4 / 5
    assert crv3(y, d, minimum_treated=1).std_error == pytest.approx(math.sqrt(jackknife))


def test_missing_cells_carry_no_weight():
    rng = np.random.default_rng(1)
    y, d = rng.normal(size=(14, 3)), np.zeros((14, 3))
    d[:5, 2] = 1
    y[9, 0] = math.nan
    filled = np.where(np.isnan(y), 1e6, y)
    almost = np.where(np.isnan(y), 1e-13, 1.0)
    assert crv1(y, d, minimum_treated=1).estimate == pytest.approx(
        crv1(filled, d, almost, minimum_treated=1).estimate, rel=1e-5
    )


def test_invariance():
    rng = np.random.default_rng(2)
    y, d, w = rng.normal(size=(20, 4)), np.zeros((20, 4)), rng.uniform(1, 3, 20)
    d[:8, 2:] = 1
    order = rng.permutation(20)
    for method in (crv1, crv3):
        base = method(y, d, w, minimum_treated=8)
        moved = method(y[order], d[order], w[order], minimum_treated=8)
        shifted = method(
            5 * y + rng.normal(size=(20, 1)) + rng.normal(size=4), d, 9 * w, minimum_treated=8
        )
        assert moved.std_error == pytest.approx(base.std_error, rel=1e-10)
        assert shifted.estimate == pytest.approx(5 * base.estimate, rel=1e-10)
        assert shifted.std_error == pytest.approx(5 * base.std_error, rel=1e-9)


@pytest.mark.parametrize("method", [crv1, crv3])
@pytest.mark.parametrize("treated", [2, 9])
def test_few_treated_are_refused_with_the_reason(method, treated):
    y = np.random.default_rng(3).normal(size=(40, 2))
    d = np.column_stack([np.zeros(40), np.arange(40) < treated])
    with pytest.raises(EstimationError, match=f"refused with {treated} treated clusters") as caught:
        method(y, d)
    assert caught.value.rule == "minimum treated clusters"
    assert caught.value.expected == "at least 10"
    assert method(y, d, minimum_treated=treated).n_treated == treated


def test_crv3_is_undefined_for_one_treated():
    y = np.random.default_rng(3).normal(size=(40, 2))
    d = np.column_stack([np.zeros(40), np.arange(40) < 1])
    with pytest.raises(EstimationError, match="undefined for one treated"):
        crv3(y, d, minimum_treated=1)


def panel(**change):
    y = np.random.default_rng(4).normal(size=(12, 2))
    d = np.column_stack([np.zeros(12), np.arange(12) < 4])
    return {"y": y, "d": d, **change}


def with_nan(*cells):
    y = np.random.default_rng(4).normal(size=(12, 2))
    for cell in cells:
        y[cell] = math.nan
    return y


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (panel(d=np.zeros((12, 2))), "treated >= 1"),
        (panel(d=np.column_stack([np.zeros(12), np.arange(12) < 11])), "comparison >= 2"),
        (panel(d=np.column_stack([np.arange(12) < 4] * 2)), "treatment varies"),
        (panel(d=np.zeros((12, 3))), "shape"),
        (panel(y=np.zeros(12), d=np.zeros(12)), "shape"),
        (panel(y=with_nan((0, 0))), "two periods"),
        (panel(y=np.full((12, 2), math.inf)), "finite"),
        (panel(weights=np.zeros(12)), "positive weights"),
        (panel(weights=np.ones(3)), "shape"),
    ],
)
def test_bad_panels(arguments, rule):
    with pytest.raises(EstimationError) as caught:
        absorb(**arguments)
    assert caught.value.rule == rule


def test_no_variation_gives_no_number():
    d = np.column_stack([np.zeros(12), np.arange(12) < 4])
    with pytest.raises(EstimationError, match="no variance"):
        crv1(0.3 * d, d, minimum_treated=1)
