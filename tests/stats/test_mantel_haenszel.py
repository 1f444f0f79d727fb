"""A pooled ratio, by hand."""

import math

import numpy as np
import pytest

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.mantel_haenszel import pooled_ratio


def test_one_stratum_is_the_plain_ratio_with_its_usual_variance():
    made = pooled_ratio([4], [100], [2], [100])
    half = 1.959964 * math.sqrt(1 / 4 - 1 / 100 + 1 / 2 - 1 / 100)
    assert made.estimate == pytest.approx(2)
    assert made.conf_low == pytest.approx(2 * math.exp(-half), rel=1e-6)
    assert made.conf_high == pytest.approx(2 * math.exp(half), rel=1e-6)


def test_strata_are_weighted_as_mantel_and_haenszel_did():
    # (2·100/200 + 6·100/300) / (1·100/200 + 1·200/300) = 3 / (7/6); the third has no others.
    made = pooled_ratio([2, 6, 9], [100, 200, 50], [1, 1, 0], [100, 100, 0])
    assert made.estimate == pytest.approx(18 / 7)
    assert made.n_strata == 2


def test_dispersion_widens_and_never_narrows():
    plain, wide = (pooled_ratio([4], [100], [2], [100], phi=phi) for phi in (1, 4))
    ratio = math.log(wide.conf_high / 2) / math.log(plain.conf_high / 2)
    assert ratio == pytest.approx(2)
    assert pooled_ratio([4], [100], [2], [100], phi=0.5) == plain


def test_what_counts_do_not_allow():
    assert math.isnan(pooled_ratio([1], [10], [0], [10]).estimate)
    none = pooled_ratio([0], [10], [1], [10])
    assert none.estimate == 0
    assert np.isnan([none.conf_low, none.conf_high]).all()
    with pytest.raises(EstimationError, match="above zero"):
        pooled_ratio([1], [10], [1], [10], phi=0)
