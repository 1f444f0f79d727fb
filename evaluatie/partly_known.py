"""Counts that are known only between bounds, because only a rounded share was printed.

A share printed with ``d`` decimals means the printed value plus or minus half a unit of the
last decimal. Together with the official number of valid votes and a stated bound on the
blank share it bounds the ballots and the invalid votes; nothing in between is singled out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from evaluatie.errors import InputError

__all__ = ["Interval", "implied_counts", "printed_interval"]


@dataclass(frozen=True)
class Interval:
    """A quantity known to lie between ``low`` and ``high``, both included."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise InputError(
                "an interval whose low end is above its high end",
                rule="low<=high",
                value=(self.low, self.high),
            )

    def contains(self, other: Interval | float) -> bool:
        """Whether the other interval or value lies wholly inside."""
        low, high = (other.low, other.high) if isinstance(other, Interval) else (other, other)
        return self.low <= low and high <= self.high

    def meets(self, other: Interval) -> bool:
        """Whether the two have a value in common."""
        return self.low <= other.high and other.low <= self.high


def printed_interval(value: float, decimals: int, *, unit: float = 1.0) -> Interval:
    """Return what a printed number can stand for.

    Parameters
    ----------
    value
        As printed, for instance 0.7.
    decimals
        Decimals printed.
    unit
        What one printed unit is worth: 0.01 turns percent into fractions.
    """
    half = 0.5 * 10.0**-decimals
    return Interval((value - half) * unit, (value + half) * unit)


def implied_counts(valid: int, share: Interval, blank_share: Interval) -> tuple[Interval, Interval]:
    """Bound ballots and invalid votes by valid votes, a share and a bound on blank votes.

    With valid votes E, invalid share p and blank share b of the ballots H, E = H (1 - p - b),
    so that H = E / (1 - p - b) and the invalid votes are p H. Both rise with p and with b, so
    the extremes lie at the corners.

    Parameters
    ----------
    valid
        Valid votes on candidates, official.
    share, blank_share
        Invalid and blank votes as fractions of ballots found.

    Returns
    -------
    tuple of Interval
        Ballots found and invalid votes, as whole numbers.

    Raises
    ------
    InputError
        If the shares leave no room for valid votes, or no whole number lies in the interval.
    """
    if not 0 <= share.low <= share.high + blank_share.high < 1 or blank_share.low < 0:
        raise InputError(
            "shares must be at least 0 and leave room for valid votes",
            rule="0<=p+b<1",
            value=(share.low, share.high, blank_share.low, blank_share.high),
        )
    ballots_low = valid / (1 - share.low - blank_share.low)
    ballots_high = valid / (1 - share.high - blank_share.high)
    invalid = _whole(share.low * ballots_low, share.high * ballots_high)
    return _whole(ballots_low, ballots_high), invalid


def _whole(low: float, high: float) -> Interval:
    # Counts are whole numbers; a hair of tolerance keeps 12.000000001 from becoming 13.
    return Interval(math.ceil(low - 1e-9), math.floor(high + 1e-9))
