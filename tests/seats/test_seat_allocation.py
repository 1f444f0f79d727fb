import pickle
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluatie.answers.seats import RULES, Rule, TieError, allocate, outcomes
from evaluatie.answers.seats.grid import could_differ
from evaluatie.ground.errors import EstimationError, EvaluatieError, InputError, UnknownNameError


def d_hondt(votes, n_seats, threshold=Fraction(0)):
    """Largest quotients among lists from ``threshold`` quotas; an independent reference."""
    total = sum(votes)
    quotients = sorted(
        (
            (Fraction(v, k), i)
            for i, v in enumerate(votes)
            if v * n_seats >= threshold * total
            for k in range(1, n_seats + 1)
        ),
        reverse=True,
    )
    winners = [i for _, i in quotients[:n_seats]]
    return [winners.count(i) for i in range(len(votes))]


CASES = {
    "full seats only": (15, [480, 160, 160, 160, 80, 80, 80], [6, 2, 2, 2, 1, 1, 1]),
    # quota 100; remainders 50, 74, 0, 75 (exactly 75%), and two lists below 75%
    "75% of the quota is enough": (15, [650, 374, 300, 75, 74, 27], [7, 4, 3, 1, 0, 0]),
    # three seats left, three lists from 75%: also the one without a remainder
    "no remainder is the smallest remainder": (15, [650, 376, 300, 74, 73, 27], [7, 4, 4, 0, 0, 0]),
    # list 1 takes a remainder seat, then one by average; without "at most one" it would get 3
    "averages: at most one each": (
        15,
        [1000, 70, 65, 60, 55, 50, 50, 45, 40, 35, 30],
        [12, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    ),
    # averages may go to lists below 75%, and below half, of the quota
    "below 19 seats averages know no threshold": (
        15,
        [1000, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 27],
        [12, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ),
    "from 19 seats no threshold": (19, [1000, 110, 58, 32], [17, 1, 1, 0]),
    # 755 of 1500 votes, 7 full seats: P 9 takes the last residual seat, of remainder 75
    "absolute majority": (15, [755, 190, 190, 190, 175], [8, 2, 2, 2, 1]),
    # 51 of 100 votes and half of four seats is no majority of seats
    "absolute majority in an even house": (4, [51, 25, 24], [3, 1, 0]),
    "votes without any list below": (9, [3, 0, 0], [9, 0, 0]),
    "one seat": (1, [3, 2], [1, 0]),
}


@pytest.mark.parametrize("case", CASES)
def test_cases_worked_out_by_hand(case):
    n_seats, votes, expected = CASES[case]
    assert allocate(votes, n_seats) == expected


def test_national_threshold_is_exactly_one_quota():
    # quota 10: a list on it takes part, a list just below gets nothing from any average
    votes = [955, 265, 260, 10, 10]
    assert sum(votes) == 1500
    assert allocate(votes, 150, rule="national") == [96, 26, 26, 1, 1]
    below = [956, 265, 260, 10, 9]
    assert allocate(below, 150, rule="national")[4] == 0
    assert allocate(below, 150, rule="national") == d_hondt(below, 150, Fraction(1))


def test_rules_differ_where_the_law_differs():
    small = [960, 885, 95]  # 20 seats, quota 97: the last seat goes at an average of 95 or 88.5
    assert allocate(small, 20, rule="municipal") == [10, 9, 1] == d_hondt(small, 20)
    assert allocate(small, 20, rule="municipal_quota") == [10, 10, 0]
    assert allocate(small, 20, rule="national") == [10, 10, 0]
    below = [415, 400, 100, 85]  # 9 seats: quota 111; lists 3 and 4 have 90% and 77% of it
    assert allocate(below, 9, rule="municipal") == [4, 3, 1, 1]
    assert allocate(below, 9, rule="municipal_quota") == [5, 4, 0, 0]
    own = Rule("own", Fraction(0), Fraction(4, 5), 19)
    assert allocate(below, 9, rule=own) == [4, 4, 1, 0]


def test_lot_between_equal_averages():
    # 19 seats, quota 100: full 12 + 5 + 1; one seat left; averages 94, 94 and 57
    votes = [1222, 564, 114]
    assert outcomes(votes, 19) == [[12, 6, 1], [13, 5, 1]]
    with pytest.raises(TieError, match="lot") as caught:
        allocate(votes, 19)
    assert (caught.value.lists, caught.value.places) == ((0, 1), 1)
    assert allocate(votes, 19, lots=[0]) == [13, 5, 1]
    assert allocate(votes, 19, lots=[2, 1]) == [12, 6, 1]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.lists, again.places) == ((0, 1), 1)


def test_equal_lists_that_all_get_a_seat_need_no_lot():
    assert allocate([100, 100, 100], 3) == [1, 1, 1]
    # quota 100: remainders 80 and 80, two seats left
    assert allocate([480, 480, 40], 10) == [5, 5, 0]


def test_lot_between_equal_remainders():
    # quota 100: full 3 + 2 + 2 + 1; remainders 10, 60, 60, 70 and two seats left
    votes = [310, 260, 260, 170]
    with pytest.raises(TieError) as caught:
        allocate(votes, 10)
    assert (caught.value.lists, caught.value.places) == ((1, 2), 1)
    assert outcomes(votes, 10) == [[3, 2, 3, 2], [3, 3, 2, 2]]
    assert allocate(votes, 10, lots=[2]) == [3, 2, 3, 2]


def test_lot_on_who_gives_up_the_seat_to_a_majority():
    votes = [755, 186, 186, 186, 187]  # last residual seats: remainder 86 three times
    with pytest.raises(TieError) as caught:
        allocate(votes, 15)
    assert (caught.value.lists, caught.value.places) == ((1, 2, 3), 2)
    assert allocate(votes, 15, lots=[1, 2]) == [8, 2, 2, 1, 2]
    assert allocate(votes, 15, lots=[3, 1]) == [8, 2, 1, 2, 2]
    assert outcomes(votes, 15) == [[8, 1, 2, 2, 2], [8, 2, 1, 2, 2], [8, 2, 2, 1, 2]]


@pytest.mark.parametrize(
    ("n_seats", "votes", "candidates", "expected"),
    [
        (19, [1000, 900], [5, 30], [5, 14]),
        (9, [500, 400], [3, 20], [3, 6]),
        (19, [1000, 500, 400], [6, 30, 30], [6, 7, 6]),
        # the seat that P 9 took goes back when the majority list has no candidate for it
        (15, [755, 190, 190, 190, 175], [7, 9, 9, 9, 9], [7, 2, 2, 2, 2]),
        # and to the list that lost it (remainder 75), not to one that never had one (remainder 10)
        (15, [755, 185, 180, 175, 110, 95], [7, 9, 9, 9, 9, 9], [7, 2, 2, 2, 1, 1]),
        (15, [755, 185, 180, 175, 110, 95], [8, 9, 9, 9, 9, 9], [8, 2, 2, 1, 1, 1]),
    ],
)
def test_exhausted_lists(n_seats, votes, candidates, expected):
    assert allocate(votes, n_seats, candidates=candidates) == expected


def test_enough_candidates_change_nothing():
    votes = [755, 190, 190, 190, 175]
    assert allocate(votes, 15, candidates=[15] * 5) == allocate(votes, 15)


BAD_INPUT = {
    "negative votes": (([5, -1], 9), {}, InputError, "list 2"),
    "half a vote": (([5, 0.5], 9), {}, InputError, "list 2"),
    "no votes": (([0, 0], 9), {}, InputError, "no list has votes"),
    "no lists": (([], 9), {}, InputError, "no list has votes"),
    "no seats": (([5, 1], 0), {}, InputError, "no seats"),
    "negative seats": (([5, 1], -3), {}, InputError, "whole numbers"),
    "more seats than candidates": (([5, 1], 9), {"candidates": [4, 4]}, InputError, "candidates"),
    "candidates of one list": (([5, 1], 9), {"candidates": [9]}, InputError, "every list"),
    "candidates only on a list without votes": (
        ([5, 0], 9),
        {"candidates": [4, 9]},
        EstimationError,
        "no list may receive",
    ),
    "unknown rule": (([5, 1], 9), {"rule": "nationl"}, UnknownNameError, "did you mean 'national'"),
    "no list reaches the quota": (([1] * 12, 9), {"rule": "national"}, EstimationError, "no list"),
    "lots for the wrong lists": (([5, 5], 9), {"lots": [7]}, TieError, "equal"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input(case):
    arguments, options, kind, words = BAD_INPUT[case]
    with pytest.raises(kind, match=words) as caught:
        allocate(*arguments, **options)
    assert isinstance(caught.value, EvaluatieError)
    assert "\n" not in str(caught.value)


def test_too_many_ways_for_lots_to_fall():
    with pytest.raises(EstimationError, match="more than"):
        outcomes([10] * 40, 20)


def test_numpy_numbers_are_whole_numbers():
    assert allocate(np.array([480, 160, 160]), np.int64(9)) == allocate([480, 160, 160], 9)
    with pytest.raises(InputError):
        allocate(np.array([480.0, 160.0]), 9)


# Properties -------------------------------------------------------------------------------

COUNTS = st.lists(st.integers(0, 5_000), min_size=1, max_size=12).filter(lambda v: sum(v) > 0)
SIZES = st.integers(1, 45)
NAMES = st.sampled_from(sorted(RULES))


def certain(votes, n_seats, rule):
    """Return the allocation, or skip the example where a lot or no list decides."""
    try:
        possible = outcomes(votes, n_seats, rule=rule)
    except EstimationError:
        possible = []
    assume(len(possible) == 1)
    return possible[0]


@given(COUNTS, SIZES, NAMES)
def test_every_outcome_fills_the_house(votes, n_seats, rule):
    try:
        possible = outcomes(votes, n_seats, rule=rule)
    except EstimationError:
        assume(False)
    for seats in possible:
        assert sum(seats) == n_seats
        assert min(seats) >= 0
        assert all(s == 0 for s, v in zip(seats, votes, strict=True) if v == 0)


@given(COUNTS, SIZES, NAMES, st.randoms())
def test_the_order_of_lists_does_not_matter(votes, n_seats, rule, chance):
    seats = certain(votes, n_seats, rule)
    order = list(range(len(votes)))
    chance.shuffle(order)
    assert allocate([votes[i] for i in order], n_seats, rule=rule) == [seats[i] for i in order]


@given(COUNTS, SIZES, NAMES, st.integers(2, 9))
def test_only_proportions_matter(votes, n_seats, rule, factor):
    seats = certain(votes, n_seats, rule)
    assert allocate([factor * v for v in votes], n_seats, rule=rule) == seats


@given(COUNTS, st.integers(19, 45), st.data())
def test_more_votes_never_cost_a_seat_under_largest_averages(votes, n_seats, data):
    rule = data.draw(st.sampled_from(["municipal", "national"]))
    i = data.draw(st.integers(0, len(votes) - 1))
    more = data.draw(st.integers(1, 500))
    before = certain(votes, n_seats, rule)
    after = certain([v + more * (j == i) for j, v in enumerate(votes)], n_seats, rule)
    assert after[i] >= before[i]


@given(COUNTS, SIZES)
def test_largest_averages_are_d_hondt(votes, n_seats):
    rule = Rule("averages", Fraction(0), Fraction(0), 0)
    assume(n_seats % 2 == 1 or 2 * max(votes) <= sum(votes))  # P 9 needs an even house
    assert certain(votes, n_seats, rule) == d_hondt(votes, n_seats)


@given(COUNTS, SIZES, NAMES)
def test_a_majority_of_votes_is_a_majority_of_seats(votes, n_seats, rule):
    assume(2 * max(votes) > sum(votes))
    seats = certain(votes, n_seats, rule)
    assert 2 * seats[votes.index(max(votes))] > n_seats


@settings(max_examples=40)
@given(st.randoms(use_true_random=False))
def test_the_vectorised_answer_is_that_of_the_law(chance):
    """``could_differ`` is a second road to ``outcomes``; small numbers give many ties."""
    scale = chance.choice([5, 20, 100, 2000])
    n_seats = chance.choice([1, 2, 3, 4, 7, 9, 11, 15, 17, 18, 19, 20, 21, 25])
    rule = RULES[chance.choice(sorted(RULES))]
    base = [chance.randint(0, scale) for _ in range(chance.randint(1, 7))]
    assume(sum(base) > 0)
    try:
        seats = outcomes(base, n_seats, rule=rule)[0]
    except EstimationError:
        assume(False)
    rows = [[max(0, v + chance.randint(-3, 3)) for v in base] for _ in range(20)]
    rows = [base, *(row for row in rows if sum(row) > 0)]
    expected = []
    for row in rows:
        try:
            expected.append(outcomes(row, n_seats, rule=rule) != [seats])
        except EstimationError:
            expected.append(True)
    assert could_differ(np.array(rows), seats, rule).tolist() == expected


def test_many_random_counts_agree_on_both_roads():
    chance = random.Random(1)
    compared = differing = 0
    for _ in range(1500):
        rule = RULES[chance.choice(sorted(RULES))]
        n_seats = chance.choice([5, 9, 15, 17, 19, 20, 21])
        base = [chance.randint(0, 60) for _ in range(chance.randint(2, 6))]
        row = [max(0, v + chance.randint(-2, 2)) for v in base]
        try:
            seats = outcomes(base, n_seats, rule=rule)[0]
            expected = outcomes(row, n_seats, rule=rule) != [seats]
        except EvaluatieError:
            continue
        compared += 1
        differing += expected
        assert could_differ(np.array([row]), seats, rule)[0] == expected
    assert compared > 1000
    assert 0.1 < differing / compared < 0.9


def test_votes_beyond_exact_counting_are_refused():
    with pytest.raises(InputError, match="exactly"):
        could_differ(np.array([[10**13, 1]]), [19, 0], RULES["municipal"])
