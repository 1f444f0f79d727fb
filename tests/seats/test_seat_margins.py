import itertools
import random

import numpy as np
import pytest

from evaluatie.answers.seats import (
    RULES,
    TieError,
    allocate,
    could_matter,
    margins,
    outcomes,
)
from evaluatie.answers.seats.grid import is_monotone, smallest_change
from evaluatie.ground.errors import EstimationError, InputError


def other_seats(votes, seats, rule):
    """Whether the law could give other seats, from the literal count."""
    try:
        return outcomes(votes, sum(seats), rule=rule) != [seats]
    except (EstimationError, InputError):  # nobody may have the seats, or no votes are left
        return True


def brute_force(votes, at, seats, rule, most):
    """The first number of votes more with other seats, trying every one; None beyond ``most``."""
    for m in range(1, most + 1):
        if other_seats([v + m * (i == at) for i, v in enumerate(votes)], seats, rule):
            return m
    return None


@pytest.mark.parametrize("name", sorted(RULES))
@pytest.mark.parametrize("n_seats", [3, 9, 15, 19, 20])
def test_margins_are_those_of_trying_every_number(name, n_seats):
    chance = random.Random(f"{name} {n_seats}")
    rule = RULES[name]
    checked = 0
    for _ in range(12):
        votes = [chance.randint(0, 40) for _ in range(chance.randint(2, 4))]
        try:
            seats = chance.choice(outcomes(votes, n_seats, rule=rule))
        except (EstimationError, InputError):
            continue
        found = smallest_change(np.array(votes), seats, rule)
        for at, m in enumerate(found):
            expected = brute_force(votes, at, seats, rule, most=120)
            if expected is None:
                assert m == -1 if seats[at] == n_seats else m > 120
            else:
                assert m == expected, (votes, at, seats)
                checked += 1
    assert checked > 20


def test_with_largest_remainders_a_change_can_be_undone():
    votes, n_seats = [22, 13, 37, 6], 5
    seats = allocate(votes, n_seats)
    assert not is_monotone(n_seats, RULES["municipal"])
    changed = [other_seats([22 + m, 13, 37, 6], seats, RULES["municipal"]) for m in range(20)]
    assert changed.index(True) == 9
    assert not changed[15]  # so bisection would not do
    table = margins(votes, n_seats)
    assert table.set_index("to_list").at["list 1", "votes"] == 9


@pytest.mark.parametrize("name", sorted(RULES))
def test_by_largest_averages_votes_divided_do_no_more_than_all_for_one_list(name):
    """So chances need no draws below the number that moves a seat; majorities (P 9) included."""
    chance, rule, checked = random.Random(f"divided {name}"), RULES[name], 0
    for _ in range(400):
        n_seats = chance.choice([19, 20, 22])
        votes = [chance.randint(0, 60) for _ in range(chance.randint(2, 4))]
        votes[0] += chance.choice([0, sum(votes[1:])])
        try:
            seats = chance.choice(outcomes(votes, n_seats, rule=rule))
        except (EstimationError, InputError):
            continue
        least = min((m for m in smallest_change(np.array(votes), seats, rule) if m > 0), default=9)
        lost = min(int(least) - 1, 4)
        for more in itertools.product(range(lost + 1), repeat=len(votes)):
            if 0 < sum(more) <= lost:
                divided = [v + m for v, m in zip(votes, more, strict=True)]
                assert not other_seats(divided, seats, rule), (votes, seats, more)
                checked += 1
    assert checked > 500


def test_largest_averages_by_hand():
    # 19 seats, quota 100: full 12 + 5 + 1, one left; averages 1209/13 = 93, 588/6 = 98, 103/2
    votes = [1209, 588, 103]
    assert allocate(votes, 19) == [12, 6, 1]
    table = margins(votes, 19, lists=["A", "B", "C"])
    added = table.set_index("to_list")
    assert added.at["A", "votes"] == 65  # 1274 / 13 = 98: a lot
    assert added.at["A", "by_lot"]
    assert (added.at["A", "gains"], added.at["A", "loses"]) == ("A", "B")
    # B needs a seventh seat at the cost of the twelfth of A: 1209 / 12 = 100.75, so 706 votes
    assert added.at["B", "votes"] == 706 - 588
    assert table["votes"].is_monotonic_increasing


def test_added_votes_can_move_a_seat_between_two_other_lists():
    """Every vote raises the quota, so a list can lose its remainder seat to a third list."""
    chance = random.Random(5)
    found = []
    for _ in range(300):
        votes = [chance.randint(10, 400) for _ in range(4)]
        try:
            table = margins(votes, 15).dropna(subset=["votes"])
        except TieError:
            continue
        found.append((table["to_list"] != table["gains"]).any())
    assert any(found)
    assert not all(found)


def test_national_margin_through_the_threshold():
    # quota 100; list 3 has 102 votes: it loses its seat as the quota passes these
    votes = [600, 298, 102]
    seats = allocate(votes, 10, rule="national")
    assert seats == [6, 3, 1]
    added = margins(votes, 10, rule="national").set_index("to_list")
    # 102 < (1000 + m) / 10
    assert added.at["list 1", "votes"] == 21
    assert (added.at["list 1", "gains"], added.at["list 1", "loses"]) == ("list 1", "list 3")


def test_a_list_with_every_seat_cannot_gain():
    table = margins([100, 1], 1).set_index("to_list")
    assert table["votes"].isna()["list 1"]
    assert table.at["list 2", "votes"] == 99
    assert table.at["list 2", "by_lot"]
    assert margins([100], 9)["votes"].isna().all()


@pytest.mark.parametrize("gap", [1, 63, 64, 65, 66, 192, 193, 194])
def test_no_number_is_skipped_between_blocks(gap):
    """One seat: a lot decides as soon as both lists have the same votes."""
    table = margins([35 + gap, 35], 1).set_index("to_list")
    assert table.at["list 2", "votes"] == gap


def test_where_a_lot_decided_the_official_seats_are_needed():
    votes = [1222, 564, 114]
    with pytest.raises(TieError):
        margins(votes, 19)
    table = margins(votes, 19, seats=[12, 6, 1])
    assert table["votes"].iloc[0] == 1
    added = table.set_index("to_list")
    assert added.at["list 1", "votes"] == 1  # one vote more wins it without a lot
    assert added.at["list 2", "votes"] > 1  # and one vote for the winner settles it
    with pytest.raises(InputError, match="do not follow"):
        margins(votes, 19, seats=[14, 4, 1])
    with pytest.raises(InputError, match="name"):
        margins(votes, 19, seats=[12, 6, 1], lists=["A"])


def test_worst_case_verdicts():
    votes = [1209, 588, 103]  # 65 votes for list 1 move a seat, and no fewer for any list
    needed = int(margins(votes, 19)["votes"].min())
    assert needed <= 65
    for low, high, verdict in [
        (needed - 5, needed - 1, "no"),
        (needed - 1, needed, "within"),
        (needed, needed + 9, "yes"),
        (-3.7, needed - 0.5, "within"),  # rounded outwards
        (needed - 0.5, needed + 0.5, "within"),
    ]:
        worst = could_matter(votes, 19, low, high, draws=200).iloc[0]
        assert (worst["scenario"], worst["verdict"]) == ("one list", verdict)
        assert worst["votes_needed"] == needed
    assert (could_matter(votes, 19, -3.7, 5, draws=10)["excess_low"] == 0).all()


def test_proportional_loss_changes_nothing_on_average():
    """Votes returned exactly in proportion leave every comparison as it was."""
    chance = random.Random(7)
    for _ in range(50):
        votes = [10 * chance.randint(1, 200) for _ in range(5)]
        n_seats = chance.choice([9, 15, 19, 33])
        possible = outcomes(votes, n_seats)
        assert outcomes([v + v // 10 for v in votes], n_seats) == possible


def test_chance_under_proportional_loss_is_that_of_enumeration():
    votes = [1222, 565, 114]  # one vote for list 1 makes a lot
    seats = allocate(votes, 19)
    law = RULES["municipal"]
    exact = sum(
        v / sum(votes)
        for i, v in enumerate(votes)
        if other_seats([w + (j == i) for j, w in enumerate(votes)], seats, law)
    )
    result = could_matter(votes, 19, 1, 1, draws=20_000)
    row = result.set_index("scenario").loc["proportional"]
    assert exact == pytest.approx(row["probability_high"], abs=4 * np.sqrt(0.25 / 20_000))
    assert could_matter(votes, 19, 1, 1, draws=20_000).equals(result)


def test_without_loss_nothing_was_at_stake():
    assert could_matter([1209, 588, 103], 19, -10, 0)["verdict"].tolist() == ["no", "no"]


@pytest.mark.parametrize(
    ("low", "high"), [(5, 4), (float("nan"), 4), (0, float("inf")), (float("nan"), float("nan"))]
)
def test_an_excess_that_is_no_interval(low, high):
    with pytest.raises(InputError, match="interval"):
        could_matter([5, 3], 19, low, high)
