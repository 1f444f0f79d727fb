"""Allocate seats to lists as the Dutch Elections Act prescribes, in exact integers.

Kieswet, chapter P, paragraph 2 (chapter Y declares it to hold for the European Parliament):

* P 5, P 6: the electoral quota is valid votes / seats; a list gets a full seat for every
  quota in its votes.
* P 7: from 19 seats, residual seats go one by one to the largest average, votes / (seats + 1).
  For the House of Representatives and the European Parliament only lists that reached the
  quota take part.
* P 8: below 19 seats, residual seats go to the largest remainders of lists with at least 75%
  of the quota, one each; what is left goes to the largest averages, at most one each.
* P 9: a list with more than half of the votes but not more than half of the seats gets one
  seat more, at the cost of the list that got the last residual seat.
* P 10: seats beyond the candidates of a list go to the other lists, by the same provisions.
* Equal averages or remainders: the lot decides, where it matters.

No quotient is ever computed: fractions are compared by cross-multiplication.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import comb

from evaluatie.ground.errors import EstimationError, EvaluatieError, InputError, UnknownNameError


@dataclass(frozen=True)
class Rule:
    """What a law asks of a list before it may receive a residual seat.

    Attributes
    ----------
    name
        The name that :func:`allocate` knows it by.
    averages_from
        Votes needed to take part in the largest averages, as fraction of the electoral quota.
    remainders_from
        Votes needed to take part in the largest remainders, as fraction of the quota.
    remainders_below
        Bodies with fewer seats than this use largest remainders first; 0 = none does.
    """

    name: str
    averages_from: Fraction
    remainders_from: Fraction
    remainders_below: int


RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("municipal", Fraction(0), Fraction(3, 4), 19),
        Rule("national", Fraction(1), Fraction(1), 0),
        # Bill 36 641: no residual seat for any list below the quota. Not in force at GR2026.
        Rule("municipal_quota", Fraction(1), Fraction(1), 19),
    )
}
"""``municipal`` gives the official seats of every council of 2018 and 2026, and held in 2022
(89 lists below the quota got a seat; Kamerstukken II 2024/25, 36 641, nr. 3). ``national`` gives
those of the House from 2017 and of the European Parliament from 2019; combined lists, abolished
in 2017, changed no seat at TK2017. ``municipal_quota`` is what bill 36 641 (*Wet aanscherping
vereisten toewijzing restzetels*) asks of councils, for "what if"."""

_MOST_OUTCOMES = 1_000

Draw = Callable[[Sequence[int], int], Sequence[int]]


class TieError(EstimationError):
    """Only a drawing of lots can settle the allocation.

    Attributes
    ----------
    lists
        Positions of the lists that are equal.
    places
        How many of them the lot favours.
    """

    def __init__(self, message: str, *, lists: Sequence[int] = (), places: int = 0) -> None:
        super().__init__(message, rule="lot")
        self.lists = tuple(lists)
        self.places = places


def allocate(
    votes: Sequence[int],
    n_seats: int,
    *,
    rule: str | Rule = "municipal",
    candidates: Sequence[int] | None = None,
    lots: Sequence[int] = (),
) -> list[int]:
    """Allocate ``n_seats`` seats to lists.

    Parameters
    ----------
    votes
        Valid votes per list (whole numbers).
    n_seats
        Size of the council or chamber.
    rule
        ``"municipal"``, ``"national"``, ``"municipal_quota"`` (see :data:`RULES`) or a
        :class:`Rule` of one's own.
    candidates
        Candidates per list, where a list may have fewer than its seats (P 10).
    lots
        Positions of lists in the order in which the lot favours them; needed only for ties.

    Returns
    -------
    list of int
        Seats per list, in the order of ``votes``; they add up to ``n_seats``.

    Raises
    ------
    TieError
        If lists are equal, the lot would change the seats, and ``lots`` does not settle it.
    InputError
        For votes or seats that cannot be, or fewer candidates than seats.
    EstimationError
        If no list may receive the seats that are left.
    UnknownNameError
        For an unknown rule.
    """
    counted, size, law, caps = _checked(votes, n_seats, rule, candidates)

    def draw(tied: Sequence[int], places: int) -> Sequence[int]:
        favoured = [each for each in lots if each in tied][:places]
        if len(favoured) < places:
            raise TieError(
                f"lists {', '.join(str(i + 1) for i in tied)} are equal and the lot must choose "
                f"{places} of them",
                lists=tied,
                places=places,
            )
        return favoured

    try:
        return _Count(counted, size, law, caps, draw).result()
    except TieError:
        # The law asks for the lot only "where needed": later articles may undo the difference.
        possible = _outcomes(counted, size, law, caps)
        if len(possible) == 1:
            return possible[0]
        raise


def outcomes(
    votes: Sequence[int], n_seats: int, *, rule: str | Rule = "municipal"
) -> list[list[int]]:
    """Return every allocation that is possible, one for each way in which lots can fall.

    One allocation where no lot is needed. Parameters and errors as for :func:`allocate`.

    Raises
    ------
    EstimationError
        If lots can fall in more than 1,000 ways.
    """
    return _outcomes(*_checked(votes, n_seats, rule, None))


def rule_named(rule: str | Rule) -> Rule:
    """Return the rule with this name."""
    if isinstance(rule, Rule):
        return rule
    if rule not in RULES:
        raise UnknownNameError.of("allocation rule", rule, RULES)
    return RULES[rule]


@dataclass
class _Count:
    """One count: the seats so far, and who has had which kind of residual seat."""

    votes: tuple[int, ...]
    n_seats: int
    rule: Rule
    caps: tuple[int, ...] | None
    draw: Draw
    total: int = field(init=False)
    full: list[int] = field(init=False)
    seats: list[int] = field(init=False)
    residual: list[tuple[str, Fraction, int]] = field(init=False, default_factory=list)
    capped: bool = field(init=False, default=False)

    def result(self) -> list[int]:
        self.total = sum(self.votes)
        self.full = [v * self.n_seats // self.total for v in self.votes]
        self.seats = list(self.full)
        self._residual_seats(self.n_seats - sum(self.full))
        self._absolute_majority()
        self._exhausted_lists()
        return self.seats

    def _residual_seats(self, left: int) -> None:
        while left > 0:
            kind, standing = self._open()
            if not standing:
                raise EstimationError(
                    f"no list may receive the {left} seats that are left", rule="residual seats"
                )
            best = max(standing.values())
            first = [i for i, value in standing.items() if value == best]
            chosen = self.draw(first, left) if len(first) > left else first
            for i in chosen:
                self.seats[i] += 1
                self.residual.append((kind, best, i))
            left -= len(chosen)

    def _open(self) -> tuple[str, dict[int, Fraction]]:
        """Return the next method and, for each list that takes part, what it is ranked by."""
        votes, n, total, rule = self.votes, self.n_seats, self.total, self.rule
        some = [
            i
            for i, v in enumerate(votes)
            if v and not (self.capped and self.caps and self.seats[i] >= self.caps[i])
        ]
        if n < rule.remainders_below:
            had, needed = self._had("remainder"), rule.remainders_from * total
            remainders = {
                i: Fraction(votes[i] * n - self.full[i] * total)
                for i in some
                if i not in had and votes[i] * n >= needed
            }
            if remainders:
                return "remainder", remainders
        needed = rule.averages_from * total
        averages = {
            i: Fraction(votes[i], self.seats[i] + 1) for i in some if votes[i] * n >= needed
        }
        if n < rule.remainders_below:
            had = self._had("single average")
            single = {i: average for i, average in averages.items() if i not in had}
            if single:
                return "single average", single
        return "average", averages

    def _had(self, kind: str) -> set[int]:
        return {i for given, _, i in self.residual if given == kind}

    def _absolute_majority(self) -> None:
        """P 9: the last residual seat passes to a list with more than half of the votes."""
        leader = max(range(len(self.votes)), key=self.votes.__getitem__)
        if 2 * self.votes[leader] <= self.total or 2 * self.seats[leader] > self.n_seats:
            return
        kind, value, _ = self.residual[-1]
        last = sorted({i for k, v, i in self.residual if (k, v) == (kind, value)})
        keep = self.draw(last, len(last) - 1) if len(last) > 1 else ()
        loser = next(i for i in last if i not in keep)
        self.residual.remove((kind, value, loser))
        self.seats[loser] -= 1
        self.seats[leader] += 1

    def _exhausted_lists(self) -> None:
        """P 10: seats beyond the candidates of a list go to the others."""
        if self.caps is None:
            return
        beyond = [max(0, s - cap) for s, cap in zip(self.seats, self.caps, strict=True)]
        self.seats = [s - extra for s, extra in zip(self.seats, beyond, strict=True)]
        self.capped = True
        self._residual_seats(sum(beyond))


def _outcomes(
    votes: tuple[int, ...], n_seats: int, rule: Rule, caps: tuple[int, ...] | None
) -> list[list[int]]:
    found: set[tuple[int, ...]] = set()
    pending = [_Script(())]
    followed = 0
    while pending:
        script = pending.pop()
        found.add(tuple(_Count(votes, n_seats, rule, caps, script.draw).result()))
        pending.extend(script.others)
        followed += 1
        if followed + len(pending) > _MOST_OUTCOMES:
            raise _too_many()
    return [list(each) for each in sorted(found)]


class _Script:
    """How the first lots fall; after them the first way is followed, the others noted."""

    def __init__(self, lots: tuple[tuple[int, ...], ...]) -> None:
        self.lots = lots
        self.fallen: tuple[tuple[int, ...], ...] = ()
        self.others: list[_Script] = []

    def draw(self, tied: Sequence[int], places: int) -> Sequence[int]:
        if len(self.fallen) < len(self.lots):
            choice = self.lots[len(self.fallen)]
        else:
            if comb(len(tied), places) > _MOST_OUTCOMES:
                raise _too_many()
            choice, *others = combinations(tied, places)
            self.others.extend(_Script((*self.fallen, other)) for other in others)
        self.fallen = (*self.fallen, choice)
        return choice


def _too_many() -> EstimationError:
    return EstimationError(f"lots can fall in more than {_MOST_OUTCOMES} ways", rule="lot")


def _checked(
    votes: Sequence[int], n_seats: int, rule: str | Rule, candidates: Sequence[int] | None
) -> tuple[tuple[int, ...], int, Rule, tuple[int, ...] | None]:
    law = rule_named(rule)
    counted = _whole(votes, "votes")
    if sum(counted) == 0:
        raise InputError("no list has votes", rule="votes", value=0, expected="at least one vote")
    (size,) = _whole([n_seats], "seats")
    if size == 0:
        raise InputError("there are no seats", rule="seats", value=0, expected="at least one seat")
    if candidates is None:
        return counted, size, law, None
    caps = _whole(candidates, "candidates")
    if len(caps) != len(counted):
        raise InputError(
            "candidates are needed for every list",
            rule="candidates",
            value=len(caps),
            expected=len(counted),
        )
    if sum(caps) < size:
        raise InputError(
            "there are more seats than candidates",
            rule="candidates",
            value=sum(caps),
            expected=f"at least {size}",
        )
    return counted, size, law, caps


def _whole(numbers: Sequence[int], what: str) -> tuple[int, ...]:
    checked = []
    for position, number in enumerate(numbers):
        try:
            whole = operator.index(number)
        except TypeError:
            raise _not_whole(what, position, number) from None
        if whole < 0:
            raise _not_whole(what, position, number)
        checked.append(whole)
    return tuple(checked)


def _not_whole(what: str, position: int, number: object) -> EvaluatieError:
    return InputError(
        f"{what} must be whole numbers, zero or more",
        unit=f"list {position + 1}",
        rule=what,
        value=number,
        expected="a whole number, zero or more",
    )
