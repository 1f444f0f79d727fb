"""Checks of arrays that every inference module makes before it computes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.estimates import Flags, Floats

__all__ = [
    "as_column",
    "as_groups",
    "as_positive",
    "check_level",
    "refuse",
]


def refuse(message: str, *, rule: str, value: Any = None, expected: Any = None) -> EstimationError:
    """Build the error of an estimate that cannot be made."""
    return EstimationError(message, rule=rule, value=value, expected=expected)


def as_column(values: ArrayLike, name: str, size: int | None = None) -> Floats:
    """Return a finite one-dimensional float array, of ``size`` if given.

    Raises
    ------
    EstimationError
        For another shape, or for a value that is missing or infinite.
    """
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise refuse(f"{name} holds something that is not a number", rule="numbers") from error
    if column.ndim != 1 or (size is not None and len(column) != size):
        raise refuse(
            f"{name} has the wrong shape",
            rule="shape",
            value=column.shape,
            expected="one dimension" if size is None else (size,),
        )
    bad = np.flatnonzero(~np.isfinite(column))
    if len(bad):
        raise refuse(
            f"{name} is missing or not finite at position {bad[0]}",
            rule="finite",
            value=float(column[bad[0]]),
            expected="a finite number",
        )
    return column


def as_positive(
    values: ArrayLike, name: str, size: int | None = None, *, zero: bool = False
) -> Floats:
    """Return a finite column with values above zero (or from zero, with ``zero``)."""
    column = as_column(values, name, size)
    bad = np.flatnonzero(column < 0 if zero else column <= 0)
    if len(bad):
        raise refuse(
            f"{name} is {'below' if zero else 'not above'} zero at position {bad[0]}",
            rule="positive",
            value=float(column[bad[0]]),
        )
    return column


def as_groups(treated: ArrayLike, size: int, *, minimum_comparison: int = 2) -> Flags:
    """Return the treated as a boolean column with both groups large enough.

    Raises
    ------
    EstimationError
        Without a treated unit, or with fewer than ``minimum_comparison`` others.
    """
    flags = np.asarray(treated)
    if flags.shape != (size,):
        raise refuse("treated has the wrong shape", rule="shape", value=flags.shape, expected=size)
    if flags.dtype != np.bool_:
        if flags.dtype.kind not in "iuf" or not np.isin(flags, (0, 1)).all():
            raise refuse("treated must hold only true and false", rule="boolean treated")
        flags = flags.astype(np.bool_)
    n_treated = int(flags.sum())
    if n_treated == 0:
        raise refuse("no treated unit", rule="treated >= 1", value=0, expected="at least 1")
    if size - n_treated < minimum_comparison:
        raise refuse(
            "too few comparison units",
            rule=f"comparison >= {minimum_comparison}",
            value=size - n_treated,
            expected=f"at least {minimum_comparison}",
        )
    return flags


def check_level(alpha: float) -> float:
    """Return ``alpha`` if it lies between 0 and 1."""
    if not 0 < alpha < 1:
        raise refuse("alpha must lie between 0 and 1", rule="alpha", value=alpha)
    return float(alpha)
