"""How few votes would have moved a seat, and whether lost votes could have done so.

Two questions about one election with known votes per list:

* :func:`margins`: the smallest number of votes that changes the allocation, if they are added
  to one list (votes that had been invalid) or moved from one list to another.
* :func:`could_matter`: a number of votes was lost, known only as an interval. Could their
  return have changed a seat, if all had been for one list (worst case), or if voters of all
  lists lost them alike (proportional loss)?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.analysis import Analysis
from evaluatie.errors import EvaluatieError, InputError
from evaluatie.experiment import load_design
from evaluatie.seats.allocation import Rule, allocate, outcomes, rule_named
from evaluatie.seats.grid import IntArray, differ_in_blocks
from evaluatie.seats.search import smallest_change
from evaluatie.wording import say

__all__ = ["Margins", "SeatRisk", "could_matter", "margins"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Margins(Analysis):
    """Smallest numbers of votes that change an allocation; see :func:`margins`."""

    place: str
    n_seats: int
    seats: tuple[int, ...]

    def sentence(self, lang: str = "nl") -> str:
        """Say the smallest margin of each kind."""
        place = self.place or say("seats.this_election", lang)
        parts = [say("seats.margins_opening", lang, place=place, n_seats=self.n_seats)]
        known = self.table.dropna(subset=["votes"])
        for kind in ("added", "moved"):
            rows = known[known["kind"] == kind]
            if not rows.empty:
                first = {str(name): value for name, value in rows.iloc[0].items()}
                parts.append(say(f"seats.margins_{kind}{_variant(first)}", lang, **first))
        if len(parts) == 1:
            parts.append(say("seats.margins_none", lang))
        return " ".join(parts)


def _variant(row: dict[str, Any]) -> str:
    if row["kind"] == "added":
        return "_lot" if row["by_lot"] else ""
    between = (row["from_list"], row["to_list"]) == (row["loses"], row["gains"])
    return "" if between else "_else"


@dataclass(frozen=True, kw_only=True, eq=False)
class SeatRisk(Analysis):
    """Whether lost votes could have changed seats; see :func:`could_matter`."""

    place: str
    excess_low: int
    excess_high: int

    def sentence(self, lang: str = "nl") -> str:
        """Say the verdict for the worst case and for proportional loss."""
        worst, alike = (
            {str(name): value for name, value in self.table.iloc[row].items()} for row in (0, 1)
        )
        place = self.place or say("seats.this_election", lang)
        words = {"place": place, "low": self.excess_low, "high": self.excess_high}
        if self.excess_high == 0:
            return say("seats.risk_none_lost", lang, **words)
        key = worst["verdict"] if pd.notna(worst["votes_needed"]) else "impossible"
        return " ".join(
            (
                say("seats.risk_opening", lang, **words),
                say(f"seats.risk_worst_{key}", lang, **words, **worst),
                say("seats.risk_proportional", lang, **alike),
            )
        )


def margins(
    votes: Sequence[int],
    n_seats: int,
    *,
    rule: str | Rule = "municipal",
    lists: Sequence[str] | None = None,
    seats: Sequence[int] | None = None,
    moved: bool = True,
    smallest_only: bool = False,
    place: str = "",
) -> Margins:
    """Find the smallest number of votes that could change the allocation.

    Parameters
    ----------
    votes, n_seats, rule
        As for :func:`evaluatie.seats.allocate`.
    lists
        Names of the lists; ``list 1``, ``list 2``, … by default.
    seats
        The official seats, where a lot decided them.
    moved
        Also look at votes moved between each two lists.
    smallest_only
        Give only the smallest number of each kind.
    place
        What the sentence is about.

    Returns
    -------
    Margins
        ``table``: kind (``added`` to to_list, or ``moved`` from from_list to to_list), from_list,
        to_list, votes (smallest number, 1 or more; missing where no number changes anything),
        gains and loses (lists between which a seat then moves), by_lot (True where at this
        number a lot would decide, and one vote more is certain). Smallest first.

    Raises
    ------
    TieError
        If a lot decided the real allocation and ``seats`` does not say how.
    InputError
        If ``seats`` is not a possible allocation; and as :func:`evaluatie.seats.allocate`.

    Notes
    -----
    With largest averages a changed allocation stays changed as votes are added
    (:func:`evaluatie.seats.grid.is_monotone`), so bisection finds the number. With largest
    remainders it need not, because every vote raises the quota: there every number of votes is
    tried, from one upwards.
    """
    law = rule_named(rule)
    held = _real_seats(votes, n_seats, law, seats, place)
    names = _names(lists, len(votes))
    count = np.array([int(v) for v in votes], dtype=np.int64)
    steps: list[tuple[int | None, int]] = [(None, i) for i in range(len(count))]
    if moved:
        steps += [(a, b) for a in range(len(count)) for b in range(len(count)) if a != b]
    directions = np.zeros((len(steps), len(count)), dtype=np.int64)
    for at, (a, b) in enumerate(steps):
        directions[at, b] += 1
        if a is not None:
            directions[at, a] -= 1
    found = smallest_change(count, directions, held, law)
    order = sorted(
        range(len(steps)), key=lambda at: (found[at] < 0, found[at], steps[at][0] is not None)
    )
    if smallest_only:
        kinds = [steps[at][0] is not None for at in order]
        order = [order[kinds.index(kind)] for kind in dict.fromkeys(kinds)]
    rows = []
    for position in order:
        (a, b), m = steps[position], int(found[position])
        row: dict[str, Any] = {
            "kind": "added" if a is None else "moved",
            "from_list": None if a is None else names[a],
            "to_list": names[b],
            "votes": None if m < 0 else m,
        }
        after = None if m < 0 else count + m * directions[position]
        rows.append(row | _what_moves(after, held, law, names))
    table = pd.DataFrame(rows).astype({"votes": "Int64", "by_lot": "boolean"})
    return Margins(
        table=table,
        assumptions=("enough-candidates",),
        place=place,
        n_seats=int(n_seats),
        seats=tuple(held),
    )


def could_matter(
    votes: Sequence[int],
    n_seats: int,
    excess_low: float,
    excess_high: float,
    *,
    rule: str | Rule = "municipal",
    lists: Sequence[str] | None = None,
    seats: Sequence[int] | None = None,
    lost_like: Sequence[int] | None = None,
    place: str = "",
    draws: int = 10_000,
    seed: int | None = None,
) -> SeatRisk:
    """Ask whether votes that were lost could have changed a seat.

    Parameters
    ----------
    votes, n_seats, rule, lists, seats, place
        As for :func:`margins`.
    excess_low, excess_high
        Interval of the number of votes lost, such as the excess of invalid votes (ballots).
        Rounded outwards to whole votes; below zero nothing was lost.
    lost_like
        Votes per list where the votes were lost, if that is only part of the whole, such as the
        municipalities of an experiment at a national election; by default ``votes``.
    draws, seed
        Simulated ways in which the lost votes can have been divided under proportional loss;
        the seed is the plan's ``simulation`` by default.

    Returns
    -------
    SeatRisk
        ``table`` with a row per scenario. ``one list``: votes_needed is the smallest number of
        votes that changes a seat if all were for one list; changes_low and changes_high tell
        whether the limits of the interval reach it; verdict is ``no`` (not even at the upper
        limit), ``within`` (between the limits) or ``yes`` (already at the lower limit); gains
        and loses are the lists concerned. ``proportional``: each lost vote was for a list with
        the probability of that list's share of the votes where they were lost; probability_low and
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
    found = margins(
        votes, n_seats, rule=law, lists=lists, seats=seats, moved=False, smallest_only=True
    )
    first = found.table.iloc[0]
    needed = None if pd.isna(first["votes"]) else int(first["votes"])
    fixed = load_design().seed("simulation") if seed is None else seed
    where = votes if lost_like is None else lost_like
    chances = [_chance(votes, where, found.seats, law, e, draws, fixed) for e in (low, high)]
    reached = [needed is not None and excess >= needed for excess in (low, high)]
    table = pd.DataFrame(
        [
            {
                "scenario": "one list",
                "votes_needed": needed,
                "changes_low": reached[0],
                "changes_high": reached[1],
                "verdict": _verdict(*reached),
                "to_list": first["to_list"],
                "gains": first["gains"],
                "loses": first["loses"],
                "by_lot": first["by_lot"],
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
    for column in ("changes_low", "changes_high", "by_lot"):
        table[column] = table[column].astype("boolean")
    for column in ("votes_needed", "draws"):
        table[column] = table[column].astype("Int64")
    return SeatRisk(
        table=table,
        assumptions=("enough-candidates", "lost-votes-alike"),
        seed=fixed,
        place=place,
        excess_low=low,
        excess_high=high,
    )


def _chance(
    votes: Sequence[int],
    where: Sequence[int],
    seats: Sequence[int],
    rule: Rule,
    lost: int,
    draws: int,
    seed: int,
) -> float:
    """Return how often the seats differ if lost votes were divided like those of ``where``."""
    weights = np.array([int(v) for v in where], dtype=np.float64)
    if len(weights) != len(votes) or weights.min() < 0 or weights.sum() == 0:
        raise InputError(
            "votes where votes were lost are needed for every list, and some above zero",
            rule="lost_like",
            value=list(where),
        )
    if lost == 0:
        return 0.0
    count = np.array([int(v) for v in votes], dtype=np.int64)
    generator = np.random.default_rng(seed)
    returned = generator.multinomial(lost, weights / weights.sum(), size=draws)
    return float(differ_in_blocks(count + returned, seats, rule).mean())


def _what_moves(
    count: IntArray | None, held: Sequence[int], rule: Rule, names: Sequence[str]
) -> dict[str, Any]:
    unknown = {"gains": None, "loses": None, "by_lot": None}
    if count is None:
        return unknown
    try:
        possible = outcomes([int(v) for v in count], sum(held), rule=rule)
    except EvaluatieError:  # every vote moved away, or no list may have the seats
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
