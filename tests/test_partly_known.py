"""Counts known between bounds: by hand, and against every whole number in reach."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.counts.partly_known import (
    Interval,
    IntervalCounts,
    Unit,
    Whole,
    implied_counts,
    printed_interval,
)
from evaluatie.ground.errors import InputError, UnknownNameError


def agrees(known: IntervalCounts, invalid: list[int], blank: list[int]) -> bool:
    """Whether these counts, one per unit, agree with everything that is known."""
    program = known._program()
    z = np.array([*invalid, *blank]) / program.scale
    return bool((z >= -1e-12).all() and (program.matrix @ z <= program.limit + 1e-9).all())


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


# Several units at once.


def printed(count: float, total: float, decimals: int) -> Interval:
    span = printed_interval(round(100 * count / total, decimals), decimals, unit=0.01)
    return Interval(max(span.low, 0.0), span.high)


def test_one_unit_alone_is_bounded_as_by_hand() -> None:
    share, blank = Interval(0.0065, 0.0075), Interval(0.0, 0.005)
    one = IntervalCounts((Unit("a", 42164, share, blank),))
    ballots, invalid = implied_counts(42164, share, blank)
    assert one.count("invalid") == invalid
    found = one.count("rejected")
    assert (found.low, found.high) == (ballots.low - 42164, ballots.high - 42164)
    assert one.share("invalid").low == pytest.approx(share.low, abs=1e-10)
    assert one.share("invalid").high == pytest.approx(share.high, abs=1e-10)


def test_a_pooled_share_narrows_what_is_left_for_the_others() -> None:
    # 990 valid each, no blank: 10 of 1000 pooled, and the first known, leave the second known.
    nothing = Interval(0, 0)
    units = (
        Unit("a", 990, Interval(0.01, 0.01), nothing),
        Unit("b", 990, Interval(0.0, 0.05), nothing),
    )
    exact = IntervalCounts(units, pooled=Interval(0.01, 0.01))
    assert exact.count("invalid", ["b"]) == Interval(10, 10)
    assert agrees(exact, [10, 10], [0, 0])
    assert not agrees(exact, [10, 11], [0, 0])


def test_a_known_sum_of_invalid_and_blank_bounds_both() -> None:
    known = IntervalCounts((Unit("a", 900, rejected=Interval(100, 100)),))
    assert known.count("invalid") == Interval(0, 100)
    assert known.count("rejected") == Interval(100, 100)
    assert known.share("rejected").low == pytest.approx(0.1)


def test_counts_without_any_bound_have_no_upper_end() -> None:
    free = IntervalCounts((Unit("a", 900),))
    assert free.count("invalid") == Interval(0, float("inf"))


counted = st.tuples(st.integers(500, 60_000), st.integers(0, 900), st.integers(0, 400))


@settings(max_examples=30, deadline=None)
@given(
    truth=st.lists(counted, min_size=1, max_size=4),
    rest=st.tuples(st.integers(10_000, 6_000_000), st.integers(100, 20_000), st.integers(0, 9_000)),
    decimals=st.integers(0, 2),
)
def test_bounds_contain_the_counts_that_were_rounded(
    truth: list[tuple[int, int, int]], rest: tuple[int, int, int], decimals: int
) -> None:
    invalid, blank = [x for _, x, _ in truth], [b for _, _, b in truth]
    ballots = [sum(each) for each in truth]
    units = tuple(
        Unit(str(i), v, printed(x, v + x + b, decimals), Interval(0.0, b / (v + x + b) + 0.01))
        for i, (v, x, b) in enumerate(truth)
    )
    if any(u.share.high + u.blank_share.high >= 1 for u in units if u.share and u.blank_share):
        return
    whole = Whole(sum(invalid) + rest[1], sum(blank) + rest[2], sum(ballots) + sum(rest))
    known = IntervalCounts(
        units,
        pooled=printed(sum(invalid), sum(ballots), 2),
        whole=whole,
        rest=printed(rest[1], sum(rest), 2),
    )
    slack = 1e-8
    share = sum(invalid) / sum(ballots)
    others = rest[1] / sum(rest)

    def inside(span: Interval, value: float) -> bool:
        return span.low - slack <= value <= span.high + slack

    assert agrees(known, invalid, blank)
    assert known.count("invalid").contains(sum(invalid))
    assert known.count("rejected").contains(sum(invalid) + sum(blank))
    assert inside(known.share("invalid"), share)
    assert inside(known.rest_share("invalid"), others)
    assert inside(known.difference("invalid"), share - others)
    first = known.difference("blank", ["0"])
    assert inside(first, blank[0] / ballots[0] - rest[2] / sum(rest))


def vertices(known: IntervalCounts) -> np.ndarray:
    """All corners of the counts, by solving every square system: an independent way."""
    program = known._program()
    size = program.matrix.shape[1]
    matrix = np.vstack([program.matrix, -np.eye(size)])
    limit = np.concatenate([program.limit, np.zeros(size)])
    found = []
    for rows in itertools.combinations(range(len(matrix)), size):
        square = matrix[list(rows)]
        if np.linalg.cond(square) > 1e9:
            continue
        z = np.linalg.solve(square, limit[list(rows)])
        if (matrix @ z <= limit + 1e-10).all():
            found.append(z * program.scale)
    return np.array(found)


def test_bounds_touch_the_extremes() -> None:
    blank = Interval(0.0, 0.005)
    known = IntervalCounts(
        (
            Unit("a", 4000, printed(28, 4040, 1), blank),
            Unit("b", 9000, printed(110, 9150, 0), blank),
        ),
        pooled=printed(138, 13190, 2),
        whole=Whole(700, 400, 120_000),
    )
    corners = vertices(known)
    x, b = corners[:, :2], corners[:, 2:]
    ballots = x + b + np.array([4000, 9000])
    rest = (700 - x.sum(axis=1)) / (120_000 - ballots.sum(axis=1))
    cases = {
        known.share("invalid"): x.sum(axis=1) / ballots.sum(axis=1),
        known.share("invalid", ["b"]): x[:, 1] / ballots[:, 1],
        known.share("blank", ["a"]): b[:, 0] / ballots[:, 0],
        known.rest_share("invalid"): rest,
        known.difference("invalid"): x.sum(axis=1) / ballots.sum(axis=1) - rest,
        known.difference("invalid", ["a"]): x[:, 0] / ballots[:, 0] - rest,
    }
    for span, values in cases.items():
        assert span.low == pytest.approx(values.min(), abs=1e-8)
        assert span.high == pytest.approx(values.max(), abs=1e-8)
    # Points between corners stay inside.
    mixed = np.random.default_rng(1).dirichlet(np.ones(len(corners)), 500) @ corners
    span = known.share("invalid")
    for point in mixed:
        assert agrees(known, point[:2], point[2:])
        share = point[:2].sum() / (point.sum() + 13_000)
        assert span.low - 1e-9 <= share <= span.high + 1e-9


def test_figures_that_contradict_each_other_are_refused() -> None:
    wrong = IntervalCounts(
        (Unit("a", 990, Interval(0.01, 0.011), Interval(0, 0)),), pooled=Interval(0.02, 0.021)
    )
    with pytest.raises(InputError, match="no counts satisfy all printed figures"):
        wrong.share()


def test_the_rest_of_an_unknown_whole_is_refused() -> None:
    with pytest.raises(InputError, match="rest of an unknown whole"):
        IntervalCounts((Unit("a", 990),)).rest_share()


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(UnknownNameError, match="unknown unit 'B'"):
        IntervalCounts((Unit("a", 990),)).share(names=["B"])


def test_intervals_subtract_and_divide_end_by_end() -> None:
    a, b = Interval(1, 2), Interval(4, 8)
    assert b - a == Interval(2, 7)
    assert a - 1 == Interval(0, 1)
    assert b / a == Interval(2, 8)
    assert (a / Interval(-1, 1)).high == float("inf")
    assert b.width == 4
