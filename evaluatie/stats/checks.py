"""Checks of arrays that every inference module makes before it computes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.estimates import Flags, Floats

P = ParamSpec("P")
R = TypeVar("R")


def refuse(message: str, *, rule: str, value: Any = None, expected: Any = None) -> EstimationError:
    """Build the error of an estimate that cannot be made."""
    return EstimationError(message, rule=rule, value=value, expected=expected)


def as_numbers(values: ArrayLike, name: str) -> Floats:
    """Return a float array; NaN for what is not known, or hidden by a mask."""
    not_numbers = f"{name} holds something that is not a number"
    given = values if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
    if given.dtype.kind in "mMc":  # NumPy would count nanoseconds, and drop what is imaginary
        raise refuse(not_numbers, rule="numbers")
    try:
        numbers = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise refuse(not_numbers, rule="numbers") from error
    return np.ma.filled(numbers, np.nan)


def as_number(value: float, name: str) -> float:
    """Return one finite number."""
    number = as_numbers(value, name)
    if number.ndim or not np.isfinite(number):
        raise refuse(f"{name} must be a number", rule="number", value=value)
    return float(number)


def as_column(values: ArrayLike, name: str, size: int | None = None) -> Floats:
    """Return a finite one-dimensional float array, of ``size`` if given."""
    column = as_numbers(values, name)
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


def as_flags(values: ArrayLike, name: str, size: int) -> Flags:
    """Return a boolean column of ``size``, from true and false or 1 and 0."""
    if np.shape(values) != (size,):
        raise refuse(
            f"{name} has the wrong shape", rule="shape", value=np.shape(values), expected=size
        )
    flags = np.asarray(values)
    if flags.dtype.kind in "SU" or not np.isin(as_numbers(values, name), (0, 1)).all():
        raise refuse(f"{name} must hold only true and false", rule=f"boolean {name}")
    return flags.astype(np.bool_)


def as_groups(treated: ArrayLike, size: int, *, minimum_comparison: int = 2) -> Flags:
    """Return the treated as a boolean column with both groups large enough."""
    flags = as_flags(treated, "treated", size)
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


def check_level(alpha: Any, draws: Any = 1, seed: Any = 0) -> None:
    """Refuse an ``alpha`` that does not lie between 0 and 1, to draw nothing, and no seed."""
    if not isinstance(alpha, Real) or not 0 < float(alpha) < 1:
        raise refuse("alpha must lie between 0 and 1", rule="alpha", value=alpha)
    check_whole(draws, "draws", 1)
    check_whole(seed, "seed")


def check_whole(value: Any, name: str, least: int = 0) -> None:
    """Refuse what is not a whole number of at least ``least``."""
    if not isinstance(value, Integral) or value < least:
        raise refuse(
            f"{name} must be a whole number, {least} or more",
            rule=f"{name} >= {least}",
            value=value,
        )


def by_label(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function of arrays take pandas Series and frames, aligned by their labels.

    Arrays have positions only. Where several arguments carry labels, those of the first give the
    order, and the others must have the same ones, each once.
    """

    @wraps(function)
    def aligned(*args: P.args, **kwargs: P.kwargs) -> R:
        given = [*args, *kwargs.values()]
        labelled = [each for each in given if isinstance(each, (pd.Series, pd.DataFrame))]
        if len(labelled) > 1:
            order = labelled[0].index
            args = tuple(_in_order(each, order) for each in args)  # type: ignore[assignment]
            kwargs = {name: _in_order(each, order) for name, each in kwargs.items()}  # type: ignore[assignment]
        return function(*args, **kwargs)

    return aligned


def _in_order(value: Any, order: pd.Index[Any]) -> Any:
    if not isinstance(value, (pd.Series, pd.DataFrame)) or value.index.equals(order):
        return value
    if not order.is_unique or set(value.index) != set(order) or len(value) != len(order):
        raise refuse(
            "two series have different labels: which value belongs to which is not known",
            rule="same labels",
            value=f"{len(value)} labels",
            expected=_labels(order, set(order).difference(value.index)),
        )
    return value.reindex(order)


def _labels(order: pd.Index[Any], lacking: set[Any]) -> str:
    names = [str(each) for each in order if each in lacking][:3]
    return f"{len(order)} labels, such as {', '.join(names)}" if names else f"{len(order)} labels"
