"""How few votes would have moved a seat, and whether lost votes could have done so.

Two questions about one election with known votes per list:

* :func:`margins`: the smallest number of votes for each list that changes the allocation, such
  as votes that had been invalid.
* :func:`could_matter`: a number of votes was lost, known only as an interval. Could their
  return have changed a seat, if all had been for one list (worst case), or if voters of all
  lists lost them alike (proportional loss)?

:class:`Body` answers both in records, so that those of many councils become one table at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.seats.allocation import Rule, allocate, outcomes, rule_named
from evaluatie.answers.seats.grid import differ_in_blocks, is_monotone, smallest_change
from evaluatie.ground.errors import EvaluatieError, InputError
from evaluatie.plan import load_design

MARGIN_TYPES = {"votes": "Int64", "by_lot": "boolean"}
STAKE_TYPES = {
    "votes_needed": "Int64",
    "changes_low": "boolean",
    "changes_high": "boolean",
    "by_lot": "boolean",
    "draws": "Int64",
}


@dataclass(frozen=True)
class Body:
    """A council or chamber: the votes of its lists, the seats they have, the law, their names."""

    votes: tuple[int, ...]
    seats: tuple[int, ...]
    rule: Rule
    lists: tuple[str, ...]

    def margins(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of :func:`margins`; what moves is worked out row by row."""
        found = smallest_change(np.array(self.votes, dtype=np.int64), self.seats, self.rule)
        for at in sorted(range(len(found)), key=lambda at: (found[at] < 0, found[at])):
            row = {"to_list": self.lists[at], "votes": None if found[at] < 0 else int(found[at])}
            yield row | self._what_moves(at, int(found[at]))

    def _what_moves(self, at: int, more: int) -> dict[str, Any]:
        """Return between which lists a seat moves with so many more votes for the list ``at``."""
        unknown = {"gains": None, "loses": None, "by_lot": None}
        if more < 0:
            return unknown
        after = list(self.votes)
        after[at] += more
        try:
            possible = outcomes(after, sum(self.seats), rule=self.rule)
        except EvaluatieError:  # no list may have the seats
            return unknown
        other = next(each for each in possible if tuple(each) != self.seats)
        change = [new - old for new, old in zip(other, self.seats, strict=True)]
        return {
            "gains": self.lists[change.index(max(change))],
            "loses": self.lists[change.index(min(change))],
            "by_lot": len(possible) > 1,
        }

    def at_stake(self, excess_low: float, excess_high: float, draws: int) -> list[dict[str, Any]]:
        """Return the rows of :func:`could_matter`."""
        if not np.isfinite([excess_low, excess_high]).all() or excess_low > excess_high:
            raise InputError(
                "the excess is not an interval",
                rule="excess",
                value=f"{excess_low} to {excess_high}",
                expected="low <= high",
            )
        low, high = max(0, int(np.floor(excess_low))), max(0, int(np.ceil(excess_high)))
        first = dict(tightest(self))
        needed = first.pop("votes")
        at_low, at_high = (needed is not None and lost >= needed for lost in (low, high))
        chance_low = self._chance(low, at_low, draws)
        chance_high = self._chance(high, at_high, draws)
        return [
            {
                "scenario": "one list",
                "votes_needed": needed,
                "changes_low": at_low,
                "changes_high": at_high,
                "verdict": _verdict(at_low, at_high),
                **first,
                **dict.fromkeys(("probability_low", "probability_high", "draws")),
                "excess_low": low,
                "excess_high": high,
            },
            {
                "scenario": "proportional",
                "verdict": _verdict(chance_low >= 0.05, chance_high >= 0.05),
                "probability_low": chance_low,
                "probability_high": chance_high,
                "draws": draws,
                "excess_low": low,
                "excess_high": high,
            },
        ]

    def _chance(self, lost: int, reached: bool, draws: int) -> float:
        """Return how often the seats differ if lost votes were divided like the votes."""
        # By largest averages votes divided over lists do no more than all of them for one list.
        if lost == 0 or (not reached and is_monotone(sum(self.seats), self.rule)):
            return 0.0
        generator = np.random.default_rng(load_design().seed("simulation"))
        votes = np.array(self.votes, dtype=np.int64)
        returned = generator.multinomial(lost, votes / votes.sum(), size=draws)
        return float(differ_in_blocks(votes + returned, self.seats, self.rule).mean())


@lru_cache(maxsize=1024)
def tightest(body: Body) -> Mapping[str, Any]:
    """Return the first row of :func:`margins`; kept, since margins and stakes both ask it."""
    return next(body.margins())


def body_of(
    votes: Sequence[int],
    n_seats: int,
    rule: str | Rule,
    lists: Sequence[str] | None,
    seats: Sequence[int] | None,
    place: str,
) -> Body:
    """Check what :func:`margins` is given, and allocate the seats if they are not."""
    law = rule_named(rule)
    if seats is None:
        held = allocate(votes, n_seats, rule=law)
    else:
        held, possible = [int(each) for each in seats], outcomes(votes, n_seats, rule=law)
        if held not in possible:
            raise InputError(
                "the seats given do not follow from the votes",
                unit=place or None,
                rule="seats",
                value=held,
                expected=possible[0],
            )
    names = [f"list {i + 1}" for i in range(len(votes))] if lists is None else list(lists)
    if len(names) != len(votes):
        raise InputError(
            "a name is needed for every list",
            rule="lists",
            value=len(names),
            expected=len(votes),
        )
    return Body(tuple(map(int, votes)), tuple(held), law, tuple(map(str, names)))


def margins(
    votes: Sequence[int],
    n_seats: int,
    *,
    rule: str | Rule = "municipal",
    lists: Sequence[str] | None = None,
    seats: Sequence[int] | None = None,
    place: str = "",
) -> pd.DataFrame:
    """Find for each list the smallest number of votes for it that could change the allocation.

    Parameters
    ----------
    votes, n_seats, rule
        As for :func:`evaluatie.seats.allocate`.
    lists
        Names of the lists; ``list 1``, ``list 2``, … by default.
    seats
        The official seats, where a lot decided them.
    place
        What an error is about.

    Returns
    -------
    pandas.DataFrame
        to_list, votes (smallest number, 1 or more; missing where no number changes anything),
        gains and loses (lists between which a seat then moves), by_lot (True where at this
        number a lot would decide, and one vote more is certain). Smallest first.

    Raises
    ------
    TieError
        If a lot decided the real allocation and ``seats`` does not say how.
    InputError
        If ``seats`` is not a possible allocation; and as :func:`evaluatie.seats.allocate`.

    Examples
    --------
    >>> from evaluatie.answers.seats import margins
    >>> margins([1209, 588, 103], 19)[["to_list", "votes", "loses"]].iloc[0].tolist()
    ['list 2', 22, 'list 3']
    """
    body = body_of(votes, n_seats, rule, lists, seats, place)
    return pd.DataFrame(list(body.margins())).astype(MARGIN_TYPES)


def could_matter(
    votes: Sequence[int],
    n_seats: int,
    excess_low: float,
    excess_high: float,
    *,
    rule: str | Rule = "municipal",
    lists: Sequence[str] | None = None,
    seats: Sequence[int] | None = None,
    place: str = "",
    draws: int = 10_000,
) -> pd.DataFrame:
    """Ask whether votes that were lost could have changed a seat.

    Parameters
    ----------
    votes, n_seats, rule, lists, seats, place
        As for :func:`margins`.
    excess_low, excess_high
        Interval of the number of votes lost, such as the excess of invalid votes (ballots).
        Rounded outwards to whole votes; below zero nothing was lost.
    draws
        Simulated ways in which the lost votes can have been divided under proportional loss,
        with the plan's seed ``simulation``.

    Returns
    -------
    pandas.DataFrame
        A row per scenario. ``one list``: votes_needed is the smallest number of
        votes that changes a seat if all were for one list; changes_low and changes_high tell
        whether the limits of the interval reach it; verdict is ``no`` (not even at the upper
        limit), ``within`` (between the limits) or ``yes`` (already at the lower limit); gains
        and loses are the lists concerned. ``proportional``: each lost vote was for a list with
        the probability of that list's share of the votes; probability_low and
        probability_high are the shares of draws with another allocation (a lot counts as
        another), at both limits; verdict is ``no`` below 5% at the upper limit, ``yes`` from
        5% at the lower, else ``within``.

    Notes
    -----
    If every list lost exactly in proportion, nothing could change: quota, averages and
    remainders all scale with the votes. What is left is chance, hence the simulation.
    """
    body = body_of(votes, n_seats, rule, lists, seats, place)
    return pd.DataFrame(body.at_stake(excess_low, excess_high, draws)).astype(STAKE_TYPES)


def _verdict(at_low: bool, at_high: bool) -> str:
    return "yes" if at_low else "within" if at_high else "no"
