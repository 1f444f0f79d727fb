"""Inference for few treated units from the changes of the comparison units.

With few treated units the noise of their mean change does not average out, and its
distribution has to come from elsewhere: from the comparison group.

References
----------
Conley, T. G. and Taber, C. R. (2011). Inference with "difference in differences" with a small
number of policy changes. Review of Economics and Statistics 93, 113-125.
Ferman, B. and Pinto, C. (2019). Inference in differences-in-differences with few treated groups
and heteroskedasticity. Review of Economics and Statistics 101, 452-467.
Lee, S. J. and Wooldridge, J. M. (2026). Simple approaches to inference with
difference-in-differences estimators with small cross-sectional sample sizes. SSRN 5325686.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluatie.stats.checks import (
    as_column,
    as_groups,
    as_positive,
    by_label,
    check_level,
    check_whole,
    refuse,
)
from evaluatie.stats.estimates import Estimate, Flags, Floats
from evaluatie.stats.student import t_estimate

_ROWS = 500
"""Draws at a time, so that what is multiplied stays in the cache of a processor."""

_TIE = 1e-9


@by_label
def conley_taber(
    y: ArrayLike,
    treated: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    alpha: float = 0.05,
    max_combinations: int = 2_000_000,
    draws: int = 99_999,
    seed: int = 0,
) -> Estimate:
    """Test the mean change of the treated against the changes of the comparison group.

    The noise of the treated mean is the weighted sum of as many independent draws from the
    comparison group's changes around their mean, every combination if there are at most
    ``max_combinations``. The comparison mean is taken as known: its noise vanishes in a large
    group. The test is equal-tailed (twice the smaller tail) and the interval inverts it, as
    in equation (8) of the paper. It needs alike units: it rejects too often when the treated are
    smaller than the comparison units and too seldom when they are larger.

    Parameters
    ----------
    y
        One change per unit.
    treated
        Which units are treated.
    weights
        Weight of every unit in the mean of its group; equal by default.
    alpha
        One minus the confidence level.
    max_combinations, draws, seed
        As in the description; a drawn distribution counts the observed change as well.

    Examples
    --------
    >>> from evaluatie import stats
    >>> stats.conley_taber([9.0, 1, 2, 3, 4], [1, 0, 0, 0, 0]).p_value
    0.25
    """
    changes, flags, weight, estimate, centre = _prepare(y, treated, weights, alpha, draws, seed)
    check_whole(max_combinations, "max_combinations")
    residuals = changes[~flags] - centre
    _check_varies(residuals)
    share = weight[flags]
    exact = len(residuals) ** len(share) <= max_combinations
    if exact:
        noise = np.zeros(1)
        for each in share:
            noise = (noise[:, None] + each * residuals).reshape(-1)
    else:
        noise = np.zeros(draws)
        picked = _stand_ins(len(residuals), (len(share), draws), seed)
        for each, some in zip(share, picked, strict=True):
            noise += each * residuals.take(some)
    return _equal_tailed(estimate, noise, None if exact else seed, "Conley-Taber", flags, alpha)


@by_label
def ferman_pinto(
    y: ArrayLike,
    treated: ArrayLike,
    variance: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    alpha: float = 0.05,
    draws: int = 9_999,
    seed: int = 0,
) -> Estimate:
    """Test the effect with changes rescaled to the variance of the unit they stand in for.

    Comparison changes around their mean are divided by their model standard deviations and
    centred. Each sample draws one of them, with replacement, for every unit, treated and
    comparison, multiplies it by that unit's standard deviation, and computes the difference
    in means. The paper also draws from the treated unit's own residual under the null; here
    it is left out, so that the distribution does not depend on the effect that is supposed
    and the interval is exact. Equal-tailed, like :func:`conley_taber`.

    Parameters
    ----------
    y, treated, weights, alpha, draws, seed
        As in :func:`conley_taber`.
    variance
        Model variance of every change, up to a common factor, such as
        ``fit_between_variance(...).variance(v)``.

    Examples
    --------
    >>> from evaluatie import stats
    >>> y, variance = [9.0, 1, 2, 3, 4], [1.0, 2, 1, 2, 1]
    >>> stats.ferman_pinto(y, [1, 0, 0, 0, 0], variance, draws=999).estimate
    6.5
    """
    changes, flags, weight, estimate, centre = _prepare(y, treated, weights, alpha, draws, seed)
    deviation = np.sqrt(as_positive(variance, "variance", len(changes)))
    standard = (changes[~flags] - centre) / deviation[~flags]
    _check_varies(standard)
    standard = standard - standard.mean()
    # Fitting the mean takes one degree of freedom.
    standard *= math.sqrt(len(standard) / (len(standard) - 1))
    load = np.where(flags, weight, -weight) * deviation
    picked = _stand_ins(len(standard), (draws, len(load)), seed)
    noise = np.concatenate(
        [standard.take(some) @ load for some in np.array_split(picked, math.ceil(draws / _ROWS))]
    )
    return _equal_tailed(estimate, noise, seed, "Ferman-Pinto", flags, alpha)


# Draws depend on numbers of units and seed alone: a specification curve asks for the same ones
# for every outcome, scale and weighting.
@lru_cache(maxsize=4)
def _stand_ins(n_from: int, shape: tuple[int, int], seed: int) -> NDArray[np.int32]:
    """Draw, with replacement, one of ``n_from`` changes for each unit of each draw."""
    picked = np.random.default_rng(seed).integers(0, n_from, shape, dtype=np.int32)
    picked.flags.writeable = False
    return picked


@by_label
def lee_wooldridge(y: ArrayLike, treated: ArrayLike, *, alpha: float = 0.05) -> Estimate:
    """Difference in mean changes with the pooled variance and a t with N - 2 df.

    Exact when changes are normal with one variance; far from it when the treated are smaller
    or larger than the comparison units. A comparator, not a method to rely on.

    Examples
    --------
    >>> from evaluatie import stats
    >>> stats.lee_wooldridge([9.0, 1, 2, 3, 4], [1, 0, 0, 0, 0]).estimate
    6.5
    """
    changes, flags, _, estimate, centre = _prepare(y, treated, None, alpha)
    residuals = changes - np.where(flags, estimate + centre, centre)
    _check_varies(residuals)
    n, n_treated = len(changes), int(flags.sum())
    pooled = float(residuals @ residuals) / (n - 2)
    error = math.sqrt(pooled * (1 / n_treated + 1 / (n - n_treated)))
    sizes = n_treated, n - n_treated
    return t_estimate(estimate, error, n - 2.0, "Lee-Wooldridge t", sizes, alpha)


def _prepare(
    y: ArrayLike,
    treated: ArrayLike,
    weights: ArrayLike | None,
    alpha: float,
    draws: int = 1,
    seed: int = 0,
) -> tuple[Floats, Flags, Floats, float, float]:
    """Return changes, treated, weights that sum to one in each group, estimate and centre."""
    changes = as_column(y, "y")
    flags = as_groups(treated, len(changes))
    check_level(alpha, draws, seed)
    raw = np.ones(len(changes))
    if weights is not None:
        raw = as_positive(weights, "weights", len(changes))
    weight: Floats = np.where(flags, raw / raw[flags].sum(), raw / raw[~flags].sum())
    centre = float(weight[~flags] @ changes[~flags])
    return changes, flags, weight, float(weight[flags] @ changes[flags]) - centre, centre


def _check_varies(residuals: Floats) -> None:
    if float(np.ptp(residuals)) <= 1e-13 * float(np.abs(residuals).max(initial=0.0)):
        raise refuse("the comparison changes are all equal: no variance", rule="variance > 0")


def _equal_tailed(
    estimate: float,
    noise: Floats,
    seed: int | None,
    method: str,
    flags: Flags,
    alpha: float,
) -> Estimate:
    """Return the p-value of no effect and the effects with a p-value above alpha.

    An effect is compared by how extreme ``estimate - effect`` is in the noise. A drawn
    distribution (with a seed) counts the observed value as one more, in both tails.
    """
    extra = 0 if seed is None else 1
    total = len(noise) + extra
    slack = _TIE * float(np.abs(noise).max())
    above = (int(np.count_nonzero(noise >= estimate - slack)) + extra) / total
    below = (int(np.count_nonzero(noise <= estimate + slack)) + extra) / total
    # A tail holds more than alpha / 2 as long as it counts this many values.
    needed = math.floor(alpha / 2 * total * (1 + 1e-12)) + 1 - extra
    low = high = math.inf
    if 1 <= needed <= len(noise):
        places = [needed - 1, len(noise) - needed]
        first, last = np.partition(noise, places)[places].tolist()
        low, high = last, -first
    return Estimate(
        estimate=estimate,
        std_error=float(noise.std()),
        conf_low=estimate - low,
        conf_high=estimate + high,
        # No fewer than one in all that were looked at can be as extreme (Phipson and Smyth 2010).
        p_value=min(1.0, max(2 * min(above, below), 1 / total)),
        df=math.nan,
        method=method,
        n_treated=int(flags.sum()),
        n_comparison=int((~flags).sum()),
        alpha=alpha,
        details={"exact": seed is None, "draws": len(noise), "seed": seed},
    )
