"""Small frozen results that the inference modules share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


_WIDTH = 60
"""Characters of a value, beside its name."""


class Shown:
    """A frozen result that prints itself in a line a field; arrays by their size and range."""

    def __repr__(self) -> str:
        own = [each.name for each in fields(self) if not each.name.startswith("_")]  # type: ignore[arg-type]
        wide = max(map(len, own))
        lines = [f"  {name:<{wide}}  {_shown(getattr(self, name))}" for name in own]
        return "\n".join([type(self).__name__, *lines])


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.ndim:
        size = " x ".join(map(str, value.shape))
        if not value.size or value.dtype.kind not in "biuf":
            return f"{size} values"
        return f"{size} values, {value.min():.4g} to {value.max():.4g}"
    if isinstance(value, Shown):
        return f"{type(value).__name__}(…)"
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


@dataclass(frozen=True, eq=False, repr=False)
class Estimate(Shown):
    """One estimate with its uncertainty under one method.

    Attributes
    ----------
    estimate
        In the units of the changes that went in: for shares a fraction, so that 0.0018 is
        0.18 percentage points.
    std_error
        Standard error in the same units; NaN where the method has none (randomization).
    conf_low, conf_high
        Ends of the ``1 - alpha`` interval; infinite where the method cannot reject any
        effect on that side.
    p_value
        Two-sided, of the hypothesis of no effect.
    df
        Degrees of freedom of a t reference; infinite for a normal one, NaN for none.
    method
        Stable short name such as ``"weighted t"``.
    n_treated, n_comparison
        Number of units on either side; to be printed beside every p-value.
    alpha
        One minus the confidence level.
    details
        What else the method found, by name.

    Examples
    --------
    >>> from evaluatie import stats
    >>> made = stats.lee_wooldridge([9.0, 1, 2, 3, 4], [1, 0, 0, 0, 0])
    >>> round(made.conf_low, 2), round(made.conf_high, 2), made.n_treated, made.n_comparison
    (1.91, 11.09, 1, 4)
    """

    estimate: float
    std_error: float
    conf_low: float
    conf_high: float
    p_value: float
    df: float
    method: str
    n_treated: int
    n_comparison: int
    alpha: float = 0.05
    details: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
