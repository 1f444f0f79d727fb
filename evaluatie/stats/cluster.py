"""Cluster-robust tests of a difference in mean changes: CRV1, CRV3 and the wild bootstrap.

Units are their own clusters, known before and after, one change each. Coefficient and errors are
exactly those of the regression ``y_gt = effect * d_gt + unit_g + period_t + error`` over the two
periods with a dummy for every unit and period, so that other software can be compared.

Both variances are far too small with few treated clusters: the residuals of the treated are
fitted almost to zero. In simulations on this design a nominal 5% test rejected a true null
in 16-91% of cases (CRV1) and 9-25% (CRV3) with one to five treated. They are therefore
refused below ten treated clusters, unless the caller lowers that number to compare with
other software. The restricted wild bootstrap, which imposes the null, multiplies every
cluster's residual by a random sign and computes the CRV1 t anew, rejects almost never with few
treated (MacKinnon and Webb 2018) and is refused below five.

References
----------
Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear
models. Biometrika 73, 13-22.
MacKinnon, J. G., Nielsen, M. O. and Webb, M. D. (2023). Fast and reliable jackknife and
bootstrap methods for cluster-robust inference. Journal of Applied Econometrics 38, 671-694.
MacKinnon, J. G. and Webb, M. D. (2018). The wild bootstrap for few (treated) clusters.
Econometrics Journal 21, 114-135.
Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for
inference with clustered errors. Review of Economics and Statistics 90, 414-427.
Roodman, D., Nielsen, M. O., MacKinnon, J. G. and Webb, M. D. (2019). Fast and wild: bootstrap
inference in Stata using boottest. Stata Journal 19, 4-60.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.stats.checks import (
    as_column,
    as_groups,
    as_positive,
    by_label,
    check_level,
    check_whole,
    refuse,
)
from evaluatie.stats.estimates import Estimate, Floats
from evaluatie.stats.student import t_estimate

MINIMUM_TREATED = 10
"""Treated clusters below which cluster-robust errors are refused."""

_BLOCK_CELLS = 1 << 21
_PIECE_CELLS = 1 << 16
_TIE = 1e-9


class _Regression:
    """Changes on treatment: both as deviations from their weighted mean, and the coefficient."""

    def __init__(self, y: ArrayLike, treated: ArrayLike, weights: ArrayLike | None) -> None:
        self.change = as_column(y, "y")
        units = len(self.change)
        self.flags = as_groups(treated, units)
        self.n_treated = int(self.flags.sum())
        given = np.ones(units) if weights is None else as_positive(weights, "weights", units)
        self.weight = given / given.mean()
        self.y, self.d = (
            each - np.average(each, weights=self.weight) for each in (self.change, self.flags)
        )
        self.information = float(self.weight @ self.d**2)
        self.effect = float((self.weight * self.d) @ self.y / self.information)
        # N observations of G units in two periods; unit effects are nested in clusters.
        self.factor = units / (units - 1) * (2 * units - 1) / (2 * units - 3)
        scores = self.weight * self.d * (self.y - self.effect * self.d)
        self.crv1_error = math.sqrt(self.factor * float(scores @ scores)) / self.information

    def need(self, minimum: int, why: str) -> None:
        """Refuse fewer treated clusters than ``minimum``, for the reason given."""
        check_whole(minimum, "minimum_treated")
        if self.n_treated < minimum:
            raise refuse(
                why,
                rule="minimum treated clusters",
                value=self.n_treated,
                expected=f"at least {minimum}",
            )

    def check_error(self, error: float) -> None:
        """Refuse a standard error that is nothing but rounding."""
        if error <= 1e-14 * max(abs(self.effect), float(np.abs(self.y).max())):
            raise refuse("the residuals are all zero: no variance", rule="variance > 0")

    def t_test(self, error: float, method: str, alpha: float) -> Estimate:
        """Return the t test with G - 1 degrees of freedom."""
        check_level(alpha)
        self.check_error(error)
        units = len(self.y)
        sizes = self.n_treated, units - self.n_treated
        return t_estimate(self.effect, error, units - 1.0, method, sizes, alpha, clusters=units)


@by_label
def crv1(
    y: ArrayLike,
    treated: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    alpha: float = 0.05,
    minimum_treated: int = MINIMUM_TREATED,
) -> Estimate:
    """Effect with the cluster-robust variance of Liang and Zeger (1986), t with G - 1 df.

    Parameters
    ----------
    y
        One change per unit.
    treated
        Which units are treated.
    weights
        Weight of every unit; equal by default.
    alpha
        One minus the confidence level.
    minimum_treated
        Refuse below this number of treated clusters; lower it only to compare software.

    Examples
    --------
    >>> from evaluatie import stats
    >>> changes = [0.1, 0.4, 0.2, 0.3, 0.0, -0.1, 0.1, 0.2]
    >>> made = stats.crv1(changes, [1, 1, 1, 0, 0, 0, 0, 0], minimum_treated=3)
    >>> round(made.estimate, 3), round(made.std_error, 3)
    (0.133, 0.11)
    """
    made = _Regression(y, treated, weights)
    made.need(minimum_treated, _few(made, "CRV1", "16-91%"))
    return made.t_test(made.crv1_error, "CRV1", alpha)


@by_label
def crv3(
    y: ArrayLike,
    treated: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    alpha: float = 0.05,
    minimum_treated: int = MINIMUM_TREATED,
) -> Estimate:
    """Effect with the cluster jackknife variance, t with G - 1 df.

    ``(G - 1) / G`` times the sum of squared differences between the coefficient without one
    cluster and the coefficient, after MacKinnon, Nielsen and Webb (2023). Parameters as
    :func:`crv1`. One treated cluster is always refused: nothing is left without it.

    Examples
    --------
    >>> from evaluatie import stats
    >>> changes = [0.1, 0.4, 0.2, 0.3, 0.0, -0.1, 0.1, 0.2]
    >>> made = stats.crv3(changes, [1, 1, 1, 0, 0, 0, 0, 0], minimum_treated=3)
    >>> round(made.estimate, 3), round(made.std_error, 3)
    (0.133, 0.125)
    """
    made = _Regression(y, treated, weights)
    if made.n_treated == 1:
        raise refuse(
            "CRV3 is undefined for one treated cluster: without it no effect is left",
            rule="treated >= 2",
            value=1,
        )
    made.need(minimum_treated, _few(made, "CRV3", "9-25%"))
    # Without a unit only the mean of its own group moves.
    moved = np.empty(len(made.y))
    for group in (made.flags, ~made.flags):
        w, change = made.weight[group], made.change[group]
        moved[group] = (w @ change - w * change) / (w.sum() - w) - w @ change / w.sum()
    variance = (len(moved) - 1) / len(moved) * float(moved @ moved)
    return made.t_test(math.sqrt(variance), "CRV3", alpha)


@by_label
def wild_bootstrap(
    y: ArrayLike,
    treated: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    draws: int = 9_999,
    seed: int = 0,
    alpha: float = 0.05,
    minimum_treated: int = 5,
) -> Estimate:
    """Effect with the p-value and interval of the restricted wild cluster bootstrap-t.

    Parameters
    ----------
    y, treated, weights
        As in :func:`crv1`.
    draws, seed
        Number of draws of signs, and where the generator starts; all signs are taken where
        there are no more than ``draws``.
    alpha
        The interval holds the effects with a p-value above alpha; its ends are found by
        bisection to a millionth of the standard error.
    minimum_treated
        Refuse below this number of treated clusters.

    Returns
    -------
    Estimate
        ``std_error`` is CRV1. The p-value is the share of samples with an absolute t at least
        the observed one; a drawn (not enumerated) set counts the observed one as well.

    Examples
    --------
    >>> from evaluatie import stats
    >>> changes = [0.1, 0.4, 0.2, 0.3, 0.0, -0.1, 0.1, 0.2]
    >>> stats.wild_bootstrap(changes, [1, 1, 1, 0, 0, 0, 0, 0], minimum_treated=3).p_value
    0.3125
    """
    made = _Regression(y, treated, weights)
    check_level(alpha, draws, seed)
    made.need(
        minimum_treated,
        f"the wild cluster bootstrap is refused with {made.n_treated} treated clusters: "
        "with the null imposed it hardly ever rejects then",
    )
    effect, error, units = made.effect, made.crv1_error, len(made.y)
    made.check_error(error)
    exact = units < 60 and 2**units <= draws
    own = _Samples(made, [np.ones((1, units))])
    samples = _Samples(made, _all_signs(units) if exact else _drawn(draws, units, seed))

    def p_value(supposed: float) -> float:
        observed = abs(float(own.t(supposed)[0]))
        values = np.abs(samples.t(supposed))
        extreme = int(np.count_nonzero(values >= observed * (1 - _TIE)))
        return extreme / len(values) if exact else (1 + extreme) / (1 + len(values))

    return Estimate(
        estimate=effect,
        std_error=error,
        conf_low=effect - error * _reach(lambda out: p_value(effect - out * error), alpha),
        conf_high=effect + error * _reach(lambda out: p_value(effect + out * error), alpha),
        p_value=p_value(0.0),
        df=math.nan,
        method="wild cluster bootstrap",
        n_treated=made.n_treated,
        n_comparison=units - made.n_treated,
        alpha=alpha,
        details={
            "statistic": effect / error,
            "draws": 2**units if exact else draws,
            "enumerated": exact,
            "seed": None if exact else seed,
        },
    )


class _Samples:
    """The bootstrap samples, summed once, from which any hypothesis can be tested.

    Restricted residuals at an effect b are ``y - b d``, so that of every sample a line in b (the
    score of the treatment) and a parabola in b (the sum over clusters of squared scores of the
    refitted regression) are all that is kept.
    """

    def __init__(self, made: _Regression, blocks: Iterable[Floats]) -> None:
        w, total = made.weight, made.weight.sum()
        load, spread = w * made.d, w * made.d**2 / made.information
        self.factor = made.factor
        self.own = load * made.y, load * made.d
        lines, parabolas = [], []
        # In pieces that stay in the cache of a processor.
        pieces = (np.array_split(each, each.size // _PIECE_CELLS + 1) for each in blocks)
        for signs in chain.from_iterable(pieces):
            line = [signs @ own for own in self.own]
            one, two = (
                signs * own - np.outer(signs @ (w * each) / total, load) - np.outer(score, spread)
                for own, each, score in zip(self.own, (made.y, made.d), line, strict=True)
            )
            lines.append(np.stack(line))
            pairs = ((one, one), (one, two), (two, two))
            parabolas.append(np.stack([np.einsum("bg,bg->b", *pair) for pair in pairs]))
        self.lines, self.parabolas = np.hstack(lines), np.hstack(parabolas)

    def t(self, effect: float) -> Floats:
        """Return the t of every sample under the hypothesis that the effect is ``effect``."""
        score = self.lines[0] - effect * self.lines[1]
        squares = np.array([1.0, -2 * effect, effect**2]) @ self.parabolas
        own = self.own[0] - effect * self.own[1]
        squares = np.where(squares > 1e-26 * float(own @ own), squares, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            values: Floats = score / np.sqrt(self.factor * squares)
        return np.where(np.isnan(values), 0.0, values)


def _all_signs(units: int) -> Iterator[Floats]:
    rows = max(1, _BLOCK_CELLS // units)
    for start in range(0, 2**units, rows):
        codes = np.arange(start, min(start + rows, 2**units))
        yield 1.0 - 2.0 * ((codes[:, None] >> np.arange(units)) & 1).astype(np.float64)


def _drawn(draws: int, units: int, seed: int) -> Iterator[Floats]:
    rows = max(1, _BLOCK_CELLS // units)
    generator = np.random.default_rng(seed)
    for start in range(0, draws, rows):
        size = min(rows, draws - start) * units
        bits = np.unpackbits(np.frombuffer(generator.bytes((size + 7) // 8), np.uint8))
        yield 2.0 * bits[:size].reshape(-1, units).astype(np.float64) - 1


def _reach(p_value: Callable[[float], float], alpha: float) -> float:
    """Find how far out the p-value falls to alpha; infinite if it never does."""
    inside, outside = 0.0, 2.0
    while p_value(outside) > alpha:
        inside, outside = outside, 2 * outside
        if outside > 1e4:
            return math.inf
    while outside - inside > 1e-6:
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if p_value(middle) > alpha else (inside, middle)
    return inside


def _few(made: _Regression, method: str, size: str) -> str:
    return (
        f"{method} is refused with {made.n_treated} treated clusters: with one to five "
        f"treated its 5% test rejects a true null in {size} of simulations of this design"
    )
