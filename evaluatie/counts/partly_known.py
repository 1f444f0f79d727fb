"""Counts that are known only between bounds, because only a rounded share was printed.

A share printed with ``d`` decimals means the printed value plus or minus half a unit of the
last decimal. Together with the official number of valid votes and a stated bound on the
blank share it bounds the ballots and the invalid votes; nothing in between is singled out.

:class:`IntervalCounts` holds such bounds for several units at once, with what ties them
together: a share printed for all of them, a national total. Counts enter every bound
linearly, so the extremes of a count are linear programs and those of a share
linear-fractional ones, which the substitution of Charnes and Cooper (1962, Naval Research
Logistics Quarterly 9) makes linear. A difference of two shares is bounded by cutting the range
of one of them until the bound is as tight as asked for (branch and bound). Nothing is sampled.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluatie.ground.errors import InputError, UnknownNameError

Quantity = Literal["invalid", "blank", "rejected"]
_FLOATS = NDArray[np.float64]

_TIGHT = 1e-9
"""How closely the bounds on a difference of shares are known, as a fraction of ballots."""


@dataclass(frozen=True)
class Interval:
    """A quantity known to lie between ``low`` and ``high``, both included.

    Sums, differences and quotients take the two operands to be free of each other; where they
    hang together the true range is narrower, and :class:`IntervalCounts` finds it.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            said = "an interval whose low end is above its high end"
            raise InputError(said, rule="low<=high", value=(self.low, self.high))

    def __sub__(self, other: Interval | float) -> Interval:
        low, high = _ends(other)
        return Interval(self.low - high, self.high - low)

    def __truediv__(self, other: Interval | float) -> Interval:
        low, high = _ends(other)
        if low <= 0 <= high:
            return Interval(-math.inf, math.inf)
        ends = [a / b for a in (self.low, self.high) for b in (low, high)]
        return Interval(min(ends), max(ends))

    @property
    def width(self) -> float:
        """How far apart the ends are; 0 for a known value."""
        return self.high - self.low

    def contains(self, other: Interval | float) -> bool:
        """Whether the other interval or value lies wholly inside."""
        low, high = _ends(other)
        return self.low <= low and high <= self.high

    def meets(self, other: Interval) -> bool:
        """Whether the two have a value in common."""
        return self.low <= other.high and other.low <= self.high


def printed_interval(value: float, decimals: int, *, unit: float = 1.0) -> Interval:
    """Return what a number printed with some decimals can stand for.

    ``unit`` is what one printed unit is worth: 0.01 turns percent into fractions.
    """
    half = 0.5 * 10.0**-decimals
    return Interval((value - half) * unit, (value + half) * unit)


def implied_counts(valid: int, share: Interval, blank_share: Interval) -> tuple[Interval, Interval]:
    """Bound ballots and invalid votes, as whole numbers, by official valid votes and two shares.

    With valid votes E, invalid share p and blank share b of the ballots H, E = H (1 - p - b),
    so that H = E / (1 - p - b) and the invalid votes are p H. Both rise with p and with b, so
    the extremes lie at the corners.

    Raises
    ------
    InputError
        If the shares leave no room for valid votes, or no whole number lies in the interval.
    """
    if not 0 <= share.low <= share.high + blank_share.high < 1 or blank_share.low < 0:
        said = "shares must be at least 0 and leave room for valid votes"
        found = (share.low, share.high, blank_share.low, blank_share.high)
        raise InputError(said, rule="0<=p+b<1", value=found)
    ballots_low = valid / (1 - share.low - blank_share.low)
    ballots_high = valid / (1 - share.high - blank_share.high)
    invalid = _whole(share.low * ballots_low, share.high * ballots_high)
    return _whole(ballots_low, ballots_high), invalid


@dataclass(frozen=True)
class Unit:
    """What is known of one unit, such as a municipality; None = nothing beyond "not negative".

    Valid votes are known; ``share`` and ``blank_share`` are fractions of ballots found,
    ``invalid`` and ``rejected`` counts, of which one of width 0 is known.
    """

    name: str
    valid: float
    share: Interval | None = None
    blank_share: Interval | None = None
    invalid: Interval | None = None
    rejected: Interval | None = None


@dataclass(frozen=True)
class Whole:
    """Known totals of a whole that the units are part of, such as the country."""

    invalid: float
    blank: float
    ballots: float

    def count(self, quantity: Quantity) -> float:
        """Return the total of one quantity."""
        both = self.invalid + self.blank
        return {"invalid": self.invalid, "blank": self.blank, "rejected": both}[quantity]


@dataclass(frozen=True)
class IntervalCounts:
    """Invalid and blank votes of several units, known only between bounds that hang together.

    Attributes
    ----------
    units
        What is known of each.
    pooled
        Invalid share of all units together (all invalid over all ballots), a fraction.
    whole
        Totals that hold the units; their difference is "the rest".
    rest
        Invalid share of the rest; without a whole it bounds nothing here.
    """

    units: tuple[Unit, ...]
    pooled: Interval | None = None
    whole: Whole | None = None
    rest: Interval | None = None

    def count(self, quantity: Quantity = "invalid", names: Iterable[str] | None = None) -> Interval:
        """Bound the number of ballots of a kind in some units together; whole numbers.

        Raises
        ------
        UnknownNameError
            For an unknown unit or quantity.
        InputError
            If no counts satisfy all that is known at once.
        """
        ratio, scale = self._share(quantity, names), self._scale()
        span = self._span(_Ratio(ratio.top, ratio.top_0, np.zeros_like(ratio.top), 1.0))
        # A printed bound seldom falls on a whole count; what the solver leaves is far smaller.
        most = span.high if math.isinf(span.high) else math.floor(span.high * scale + 1e-4)
        return Interval(math.ceil(span.low * scale - 1e-4), most)

    def share(self, quantity: Quantity = "invalid", names: Iterable[str] | None = None) -> Interval:
        """Bound the share of ballots found in some units together; errors as :meth:`count`."""
        return self._span(self._share(quantity, names))

    def rest_share(self, quantity: Quantity = "invalid") -> Interval:
        """Bound the share outside the units; errors as :meth:`count`, or without a whole."""
        return self._span(self._rest(quantity))

    def difference(
        self, quantity: Quantity = "invalid", names: Iterable[str] | None = None
    ) -> Interval:
        """Bound the share in some units minus the share in the rest of the whole.

        The two shares hang together: what the units have, the rest has not.
        """
        return _difference(self, quantity, None if names is None else tuple(names))

    def _span(self, ratio: _Ratio) -> Interval:
        program = self._program()
        return _ordered(program.low(ratio)[0], -program.low(ratio.negative())[0])

    def _scale(self) -> float:
        return max(float(sum(unit.valid for unit in self.units)), 1.0)

    def _program(self) -> _Program:
        k = len(self.units)
        rows: list[_FLOATS] = []
        limits: list[float] = []
        eye = np.eye(2 * k)
        scale = self._scale()

        def between(ratio: _Ratio, span: Interval) -> None:
            for row, limit in ratio.within(span):
                rows.append(row)
                limits.append(limit)

        for i, unit in enumerate(self.units):
            x, b = eye[i], eye[k + i]
            valid = unit.valid / scale
            if unit.share is not None:
                between(_Ratio(x, 0.0, x + b, valid), unit.share)
            if unit.blank_share is not None:
                between(_Ratio(b, 0.0, x + b, valid), unit.blank_share)
            for known, total in ((unit.invalid, x), (unit.rejected, x + b)):
                if known is not None:
                    span = Interval(known.low / scale, known.high / scale)
                    between(_Ratio(total, 0.0, 0 * total, 1.0), span)
        if self.pooled is not None:
            between(self._share("invalid", None), self.pooled)
        if self.whole is not None:
            if self.rest is not None:
                between(self._rest("invalid"), self.rest)
            # The rest cannot have fewer than none.
            quantities: tuple[Quantity, ...] = ("invalid", "blank")
            for quantity in quantities:
                rest = self._rest(quantity)
                between(_Ratio(rest.top, rest.top_0, 0 * rest.top, 1.0), Interval(0, math.inf))
        matrix = np.array(rows) if rows else np.zeros((0, 2 * k))
        return _Program(matrix, np.array(limits, dtype=np.float64), scale)

    def _share(self, quantity: Quantity, names: Iterable[str] | None) -> _Ratio:
        known = [unit.name for unit in self.units]
        chosen = known if names is None else list(names)
        for name in chosen:
            if name not in known:
                raise UnknownNameError.of("unit", name, known)
        some = np.isin(known, chosen).astype(np.float64)
        valid = float(some @ np.array([unit.valid for unit in self.units])) / self._scale()
        invalid, blank = some * (quantity != "blank"), some * (quantity != "invalid")
        top, bottom = np.concatenate([invalid, blank]), np.concatenate([some, some])
        return _Ratio(top, 0.0, bottom, valid)

    def _rest(self, quantity: Quantity) -> _Ratio:
        if self.whole is None:
            raise InputError("the rest of an unknown whole", rule="whole given")
        own, scale = self._share(quantity, None), self._scale()
        ballots = self.whole.ballots / scale - own.bottom_0
        return _Ratio(-own.top, self.whole.count(quantity) / scale, -own.bottom, ballots)


@dataclass(frozen=True, eq=False)
class _Ratio:
    """``(top @ z + top_0) / (bottom @ z + bottom_0)``."""

    top: _FLOATS
    top_0: float
    bottom: _FLOATS
    bottom_0: float

    def negative(self) -> _Ratio:
        return _Ratio(-self.top, -self.top_0, self.bottom, self.bottom_0)

    def within(self, span: Interval) -> Iterator[tuple[_FLOATS, float]]:
        """Give rows and limits of low * bottom <= top <= high * bottom, linear in the counts."""
        for sign, end in ((-1.0, span.low), (1.0, span.high)):
            if math.isfinite(end):
                row = sign * (self.top - end * self.bottom)
                yield row, -sign * (self.top_0 - end * self.bottom_0)

    def at(self, z: _FLOATS) -> float:
        return float((self.top @ z + self.top_0) / (self.bottom @ z + self.bottom_0))


@dataclass(frozen=True, eq=False)
class _Program:
    """``matrix @ z <= limit``, ``z >= 0``; counts are divided by ``scale``."""

    matrix: _FLOATS
    limit: _FLOATS
    scale: float

    def low(
        self, ratio: _Ratio, within: Interval | None = None, of: _Ratio | None = None
    ) -> tuple[float, _FLOATS]:
        """Return the least value of a ratio and where it is taken.

        ``within`` bounds a second ratio, ``of``, at the same time.
        """
        from scipy.optimize import linprog

        matrix, limit = self.matrix, self.limit
        if within is not None and of is not None:
            rows, limits = zip(*of.within(within), strict=True)
            matrix, limit = np.vstack([matrix, *rows]), np.append(limit, limits)
        # Charnes and Cooper: y = z t with t = 1 / bottom. Counts in hundredths of the scale
        # keep all numbers near one.
        unit = 0.01
        found = linprog(
            np.append(ratio.top * unit, ratio.top_0),
            A_ub=np.column_stack([matrix * unit, -limit]) / unit if len(matrix) else None,
            b_ub=np.zeros(len(matrix)) if len(matrix) else None,
            A_eq=np.append(ratio.bottom * unit, ratio.bottom_0)[None],
            b_eq=[1.0],
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        if found.status == 3:
            return -math.inf, np.full(len(ratio.top), math.nan)
        if found.status != 0 or found.x is None:
            said = "no counts satisfy all printed figures and bounds at once"
            raise InputError(said, rule="printed figures agree")
        return float(found.fun or 0.0), found.x[:-1] * unit / found.x[-1]


# The search takes a dozen programs, and several questions ask for the same units.
@lru_cache(maxsize=64)
def _difference(
    counts: IntervalCounts, quantity: Quantity, names: tuple[str, ...] | None
) -> Interval:
    program = counts._program()
    first, second = counts._share(quantity, names), counts._rest(quantity)
    low = _bound(program, first, second)
    high = -_bound(program, first.negative(), second.negative())
    return _ordered(low, high)


def _bound(program: _Program, first: _Ratio, second: _Ratio) -> float:
    """Return a lower bound of ``first - second``, below the least value by at most ``_TIGHT``."""
    low, at_low = program.low(second)
    minus_high, at_high = program.low(second.negative())
    best = min(first.at(z) - second.at(z) for z in (at_low, at_high))
    # While the second share lies between a and b, the difference is at least min first - b.
    pieces: list[tuple[float, float, float]] = []

    def look(a: float, b: float) -> None:
        nonlocal best
        try:
            least, where = program.low(first, Interval(a, b), second)
        except InputError:
            return  # no counts give a second share in this sliver
        best = min(best, first.at(where) - second.at(where))
        heapq.heappush(pieces, (least - b, a, b))

    look(low, max(low, -minus_high))
    while pieces and best - pieces[0][0] > _TIGHT:
        _, a, b = heapq.heappop(pieces)
        look(a, (a + b) / 2)
        look((a + b) / 2, b)
    return min(best, pieces[0][0]) if pieces else best


def _ends(value: Interval | float) -> tuple[float, float]:
    return (value.low, value.high) if isinstance(value, Interval) else (value, value)


def _ordered(low: float, high: float) -> Interval:
    # A known value comes back from the solver with ends a rounding error apart.
    return Interval(min(low, high), max(low, high))


def _whole(low: float, high: float) -> Interval:
    # Counts are whole numbers; a hair of tolerance keeps 12.000000001 from becoming 13.
    return Interval(math.ceil(low - 1e-9), math.floor(high + 1e-9))
