"""How few votes would have moved a seat, and whether lost votes could have done so.

Two questions about one election with known votes per list:

* :func:`margins`: the smallest number of votes for each list that changes the allocation, such
  as votes that had been invalid.
* :func:`could_matter`: a number of votes was lost, known only as an interval. Could their
  return have changed a seat, if all had been for one list (worst case), or if voters of all
  lists lost them alike (proportional loss)?
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.seats.allocation import Rule, allocate, outcomes, rule_named
from evaluatie.answers.seats.grid import IntArray, differ_in_blocks, smallest_change
from evaluatie.ground.errors import EvaluatieError, InputError
from evaluatie.plan import load_design

_TYPES = {"votes": "Int64", "by_lot": "boolean"}


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
    rows = list(_in_order(votes, n_seats, rule, lists, seats, place))
    return pd.DataFrame(rows).astype(_TYPES)


def tightest(votes: Sequence[int], n_seats: int, **asked: Any) -> pd.DataFrame:
    """Return the first row of :func:`margins`, asked in the same way."""
    row = next(_in_order(votes, n_seats, **asked))
    return pd.DataFrame([row]).astype(_TYPES)


def _in_order(
    votes: Sequence[int],
    n_seats: int,
    rule: str | Rule = "municipal",
    lists: Sequence[str] | None = None,
    seats: Sequence[int] | None = None,
    place: str = "",
) -> Iterator[dict[str, Any]]:
    """Yield the rows of :func:`margins`; what moves is worked out row by row."""
    law = rule_named(rule)
    held = _real_seats(votes, n_seats, law, seats, place)
    names = _names(lists, len(votes))
    count = np.array([int(v) for v in votes], dtype=np.int64)
    found = smallest_change(count, held, law)
    for at in sorted(range(len(count)), key=lambda at: (found[at] < 0, found[at])):
        m = int(found[at])
        row: dict[str, Any] = {"to_list": names[at], "votes": None if m < 0 else m}
        yield row | _what_moves(count, at, m, held, law, names)


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
    if not np.isfinite([excess_low, excess_high]).all() or excess_low > excess_high:
        raise InputError(
            "the excess is not an interval",
            rule="excess",
            value=f"{excess_low} to {excess_high}",
            expected="low <= high",
        )
    low, high = max(0, int(np.floor(excess_low))), max(0, int(np.ceil(excess_high)))
    law = rule_named(rule)
    held = _real_seats(votes, n_seats, law, seats, place)
    first = tightest(votes, n_seats, rule=law, lists=lists, seats=held).iloc[0]
    needed = None if pd.isna(first["votes"]) else int(first["votes"])
    chances = [_chance(votes, held, law, lost, draws) for lost in (low, high)]
    reached = [needed is not None and excess >= needed for excess in (low, high)]
    table = pd.DataFrame(
        [
            {
                "scenario": "one list",
                "votes_needed": needed,
                "changes_low": reached[0],
                "changes_high": reached[1],
                "verdict": _verdict(*reached),
                **first[["to_list", "gains", "loses", "by_lot"]].to_dict(),
            },
            {
                "scenario": "proportional",
                "probability_low": chances[0],
                "probability_high": chances[1],
                "draws": draws,
                "verdict": _verdict(*(chance >= 0.05 for chance in chances)),
            },
        ]
    ).assign(excess_low=low, excess_high=high)
    flags = dict.fromkeys(("changes_low", "changes_high", "by_lot"), "boolean")
    return table.astype({**flags, **dict.fromkeys(("votes_needed", "draws"), "Int64")})


def _chance(votes: Sequence[int], seats: Sequence[int], rule: Rule, lost: int, draws: int) -> float:
    """Return how often the seats differ if lost votes were divided like the votes."""
    if lost == 0:
        return 0.0
    count = np.array([int(v) for v in votes], dtype=np.int64)
    generator = np.random.default_rng(load_design().seed("simulation"))
    returned = generator.multinomial(lost, count / count.sum(), size=draws)
    return float(differ_in_blocks(count + returned, seats, rule).mean())


def _what_moves(
    count: IntArray, at: int, more: int, held: Sequence[int], rule: Rule, names: Sequence[str]
) -> dict[str, Any]:
    """Return between which lists a seat moves with so many more votes for the list ``at``."""
    unknown = {"gains": None, "loses": None, "by_lot": None}
    if more < 0:
        return unknown
    after = [int(v) + more * (i == at) for i, v in enumerate(count)]
    try:
        possible = outcomes(after, sum(held), rule=rule)
    except EvaluatieError:  # no list may have the seats
        return unknown
    other = next(each for each in possible if each != list(held))
    change = [new - old for new, old in zip(other, held, strict=True)]
    return {
        "gains": names[change.index(max(change))],
        "loses": names[change.index(min(change))],
        "by_lot": len(possible) > 1,
    }


def _real_seats(
    votes: Sequence[int], n_seats: int, rule: Rule, seats: Sequence[int] | None, place: str
) -> list[int]:
    if seats is None:
        return allocate(votes, n_seats, rule=rule)
    given = [int(s) for s in seats]
    possible = outcomes(votes, n_seats, rule=rule)
    if given not in possible:
        raise InputError(
            "the seats given do not follow from the votes",
            unit=place or None,
            rule="seats",
            value=given,
            expected=possible[0],
        )
    return given


def _names(lists: Sequence[str] | None, n: int) -> list[str]:
    if lists is None:
        return [f"list {i + 1}" for i in range(n)]
    if len(lists) != n:
        raise InputError(
            "a name is needed for every list", rule="lists", value=len(lists), expected=n
        )
    return [str(each) for each in lists]


def _verdict(at_low: bool, at_high: bool) -> str:
    return "yes" if at_low else "within" if at_high else "no"
