"""Funnel limits for shares, with additive variance between units.

Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202, and, for the between-unit variance,
Spiegelhalter (2005), Quality and Safety in Health Care 14, 347-351: a share of ``n`` ballots
varies around the target with variance ``p (1 - p) / n + tau2``, where ``tau2`` is the
DerSimonian-Laird moment estimate on winsorised z-scores, so that the outliers to be found do
not hide themselves by widening the funnel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.checks import as_number, by_label, check_level
from evaluatie.stats.estimates import Floats, Shown
from evaluatie.stats.intervals import check_counts


@dataclass(frozen=True, repr=False)
class Funnel(Shown):
    """Where every unit stands in the funnel.

    Attributes
    ----------
    target
        The share in the middle, as a fraction.
    tau2
        Between-unit variance of shares; 0 = no more variation than binomial.
    phi
        Mean square of the winsorised z-scores before ``tau2`` is allowed for.
    z
        Standardised distance from the target, ``tau2`` allowed for, shape (k,); NaN = unknown.
    low, high
        Limits at the unit's own ``n``, as fractions, shape (k,).
    flags
        +1 above the upper limit, -1 below the lower, 0 inside or unknown, shape (k,).
    alpha
        One minus the coverage of the limits for one unit.
    n_units, n_unknown
        Units with and without a known share.
    """

    target: float
    tau2: float
    phi: float
    z: Floats
    low: Floats
    high: Floats
    flags: npt.NDArray[np.int8]
    alpha: float
    n_units: int
    n_unknown: int


@by_label
def funnel(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    target: float | None = None,
    alpha: float = 0.002,
    tau2: float | None = None,
) -> Funnel:
    """Place units in a funnel plot.

    Parameters
    ----------
    x, n
        Counts and denominators, shape (k,). Unknown counts and ``n = 0`` give NaN, no flag.
    target
        Share in the middle, strictly between 0 and 1; by default the pooled share.
    alpha
        Two-sided level of the limits; 0.002 is the conventional "three sigma".
    tau2
        Between-unit variance if it is known, for instance from another election; else it is
        estimated, somewhat low where there are no outliers, as in the paper.

    Examples
    --------
    >>> from evaluatie import stats
    >>> stats.funnel([6, 9, 4, 40], [1000, 1200, 900, 1000]).flags
    array([0, 0, 0, 0], dtype=int8)
    """
    check_level(alpha)
    count, total = check_counts(np.atleast_1d(x), np.atleast_1d(n))
    known = np.isfinite(count) & (total > 0)
    if known.sum() < (2 if tau2 is None else 1):
        raise EstimationError(
            "too few units with a known share for a funnel", rule="known units", value=known.sum()
        )
    middle = float(count[known].sum() / total[known].sum())
    if target is not None:
        middle = as_number(target, "target")
    if not 0 < middle < 1:
        raise EstimationError(
            "a funnel needs a target share strictly between 0 and 1", rule="target", value=middle
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(known, count / total, np.nan)
        variance = np.where(known, middle * (1 - middle) / total, np.nan)
    naive = winsorise((share - middle)[known] / np.sqrt(variance[known]))
    phi = float((naive**2).mean())
    between = _additive_variance(phi, variance[known]) if tau2 is None else as_number(tau2, "tau2")
    if not between >= 0:
        raise EstimationError("tau2 cannot be negative", rule="tau2", value=tau2)
    z = (share - middle) / np.sqrt(variance + between)
    low, high = funnel_limits(np.where(known, total, np.nan), middle, between, alpha)
    bound = float(special.ndtri(1 - alpha / 2))
    return Funnel(
        target=middle,
        tau2=between,
        phi=phi,
        z=z,
        low=low,
        high=high,
        flags=((z > bound).astype(np.int8) - (z < -bound).astype(np.int8)),
        alpha=alpha,
        n_units=int(known.sum()),
        n_unknown=int((~known).sum()),
    )


def funnel_limits(
    n: npt.ArrayLike, target: float, tau2: float = 0.0, alpha: float = 0.002
) -> tuple[Floats, Floats]:
    """Limits ``target ± z sqrt(target (1 - target) / n + tau2)``, cut off at 0 and 1.

    At denominators ``n`` above 0 (NaN gives NaN), with ``z`` of the two-sided level ``alpha``.
    """
    check_level(alpha)
    total = np.asarray(n, dtype=np.float64)
    if not 0 < target < 1 or (total <= 0).any() or not tau2 >= 0:
        raise EstimationError(
            "funnel limits need n > 0, a target between 0 and 1 and tau2 >= 0", rule="limits"
        )
    half = float(special.ndtri(1 - alpha / 2)) * np.sqrt(target * (1 - target) / total + tau2)
    return np.clip(target - half, 0.0, 1.0), np.clip(target + half, 0.0, 1.0)


def winsorise(values: Floats) -> Floats:
    """Pull the lowest and the highest tenth in to the nearest value kept."""
    cut = len(values) // 10
    if cut == 0:
        return values
    ordered = np.sort(values)
    return np.asarray(np.clip(values, ordered[cut], ordered[-1 - cut]), dtype=np.float64)


def _additive_variance(phi: float, variance: Floats) -> float:
    """Estimate tau2 by moments, with weights 1 / variance; 0 if phi leaves nothing."""
    weight = 1 / variance
    units = len(variance)
    surplus = units * phi - (units - 1)
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    return float(max(0.0, surplus / spread))
