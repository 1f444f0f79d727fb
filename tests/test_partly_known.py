"""Counts known between bounds: by hand, and against every whole number in reach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluatie.errors import InputError
from evaluatie.partly_known import Interval, implied_counts, printed_interval


def test_a_printed_share_stands_for_half_a_unit_either_way() -> None:
    span = printed_interval(0.7, 1, unit=0.01)
    assert (span.low, span.high) == pytest.approx((0.0065, 0.0075))


def test_by_hand() -> None:
    # 1% invalid and no blank of H ballots leaves 990 valid: H = 1000, invalid 10.
    exactly = Interval(0.01, 0.01)
    ballots, invalid = implied_counts(990, exactly, Interval(0, 0))
    assert (ballots.low, ballots.high) == (1000, 1000)
    assert (invalid.low, invalid.high) == (10, 10)


@given(
    valid=st.integers(50, 20_000),
    invalid=st.integers(0, 200),
    blank=st.integers(0, 100),
    decimals=st.integers(1, 3),
)
def test_the_truth_lies_within_the_bounds(
    valid: int, invalid: int, blank: int, decimals: int
) -> None:
    ballots = valid + invalid + blank
    share, blank_share = invalid / ballots, blank / ballots
    printed = printed_interval(round(100 * share, decimals), decimals, unit=0.01)
    printed = Interval(max(printed.low, 0.0), printed.high)
    limit = Interval(max(0.0, blank_share - 0.01), blank_share + 0.01)
    if printed.high + limit.high >= 1:
        return
    within_ballots, within_invalid = implied_counts(valid, printed, limit)
    assert within_ballots.contains(ballots)
    assert within_invalid.contains(invalid)


@pytest.mark.parametrize(
    ("share", "blank"), [((0.6, 0.7), (0.2, 0.4)), ((-0.1, 0.2), (0, 0)), ((0, 0.1), (-0.1, 0))]
)
def test_impossible_shares_are_refused(
    share: tuple[float, float], blank: tuple[float, float]
) -> None:
    with pytest.raises(InputError, match="leave room for valid votes"):
        implied_counts(100, Interval(*share), Interval(*blank))


def test_an_interval_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(InputError, match="low end is above"):
        Interval(2, 1)
