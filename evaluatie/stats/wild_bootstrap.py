"""Restricted wild cluster bootstrap of the difference-in-differences t.

The null is imposed, each cluster's restricted residuals are multiplied by one random number,
and the cluster-robust (CRV1) t of the regression with a dummy for every unit and period is
computed anew. With the effects absorbed, that t depends on the random numbers only through a
few weighted sums, so all draws are one matrix product: exact, not an approximation.

With few treated clusters the restricted bootstrap rejects almost never (MacKinnon and Webb
2018): it is refused below five treated clusters by default.

References
----------
Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for
inference with clustered errors. Review of Economics and Statistics 90, 414-427.
Webb, M. D. (2023). Reworking wild bootstrap-based inference for clustered errors. Canadian
Journal of Economics 56, 839-858.
Roodman, D., Nielsen, M. O., MacKinnon, J. G. and Webb, M. D. (2019). Fast and wild: bootstrap
inference in Stata using boottest. Stata Journal 19, 4-60.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.stats.checks import by_label, check_level, refuse
from evaluatie.stats.cluster import AbsorbedPanel, absorb
from evaluatie.stats.estimates import Estimate, Floats

__all__ = ["MINIMUM_TREATED", "Kind", "bootstrap_t", "multipliers", "wild_bootstrap"]

Kind = Literal["auto", "rademacher", "webb"]

MINIMUM_TREATED = 5
"""Treated clusters below which the test has next to no power and is refused."""

_BLOCK_CELLS = 1 << 21
_TIE = 1e-9
_ROOTS = np.sqrt(np.array([0.5, 1.0, 1.5]))
_WEBB: Floats = np.concatenate([-_ROOTS, _ROOTS])


@by_label
def wild_bootstrap(
    y: ArrayLike,
    d: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    kind: Kind = "auto",
    draws: int = 9_999,
    seed: int = 0,
    alpha: float = 0.05,
    interval: bool = True,
    minimum_treated: int = MINIMUM_TREATED,
) -> Estimate:
    """Effect with the p-value and interval of the restricted wild cluster bootstrap-t.

    Parameters
    ----------
    y, d, weights
        Panel of units by periods as in :func:`evaluatie.stats.cluster.absorb`.
    kind
        ``"rademacher"`` signs, all of them when there are no more than ``draws``; ``"webb"``
        six-point multipliers; ``"auto"`` takes Webb below twelve clusters when not all signs
        are enumerated.
    draws, seed
        Number of bootstrap samples, and where the generator starts.
    alpha, interval
        The interval holds the effects with a p-value above alpha; its ends are found by
        bisection to a millionth of the standard error. Without ``interval`` they are NaN.
    minimum_treated
        Refuse below this number of treated clusters.

    Returns
    -------
    Estimate
        ``std_error`` is CRV1. The p-value is the share of samples with an absolute t at least
        the observed one; a drawn (not enumerated) set counts the observed one as well.

    Raises
    ------
    EstimationError
        With fewer treated clusters than ``minimum_treated``, and as ``absorb``.

    Examples
    --------
    >>> import numpy as np
    >>> from evaluatie import stats
    >>> y = np.arange(48.0).reshape(24, 2) ** 1.5
    >>> d = np.array([[0, 1]]) * (np.arange(24) % 2)[:, None]
    >>> stats.wild_bootstrap(y, d, draws=999, interval=False).n_comparison
    12
    """
    panel = absorb(y, d, weights)
    check_level(alpha)
    units = len(panel.y)
    if panel.n_treated < minimum_treated:
        raise refuse(
            f"the wild cluster bootstrap is refused with {panel.n_treated} treated clusters: "
            "with the null imposed it hardly ever rejects then",
            rule="minimum treated clusters",
            value=panel.n_treated,
            expected=f"at least {minimum_treated}",
        )
    chosen, exact = _plan(kind, units, draws)
    test = _Samples(panel, chosen, exact, draws, seed, both=interval)
    error = panel.crv1_error
    if error <= 1e-14 * max(abs(panel.effect), float(np.abs(panel.y).max())):
        raise refuse("the residuals are all zero: no variance", rule="variance > 0")
    low = high = math.nan
    if interval:
        low = _end(test, panel.effect, error, alpha, -1)
        high = _end(test, panel.effect, error, alpha, +1)
    return Estimate(
        estimate=panel.effect,
        std_error=error,
        conf_low=low,
        conf_high=high,
        p_value=test.p_value(0.0),
        df=math.nan,
        method=f"wild cluster bootstrap, {chosen}",
        n_treated=panel.n_treated,
        n_comparison=units - panel.n_treated,
        alpha=alpha,
        details={
            "statistic": panel.effect / error,
            "draws": 2**units if exact else draws,
            "enumerated": exact,
            "seed": None if exact else seed,
        },
    )


@by_label
def bootstrap_t(
    y: ArrayLike,
    d: ArrayLike,
    multiplier: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    effect: float = 0.0,
) -> Floats:
    """Return the bootstrap t statistics for given multipliers, shape (draws, clusters).

    Each is exactly the CRV1 t (of the hypothesis that the effect is ``effect``) of the
    regression with unit and period dummies on that bootstrap sample.
    """
    panel = absorb(y, d, weights)
    numbers = np.asarray(multiplier, dtype=np.float64)
    if numbers.ndim != 2 or numbers.shape[1] != len(panel.y):
        raise refuse("one multiplier per cluster is needed", rule="shape", value=numbers.shape)
    columns, squares = _columns(panel)
    sums, quadratic = numbers @ columns, (numbers**2) @ squares
    return _t_values(panel, sums, quadratic, effect)


def multipliers(
    kind: Literal["rademacher", "webb"], draws: int, clusters: int, generator: np.random.Generator
) -> Floats:
    """Draw wild bootstrap multipliers, shape (draws, clusters): mean 0, variance 1."""
    if kind == "webb":
        sixth = generator.integers(0, 6, (draws, clusters), dtype=np.int8)
        six: Floats = _WEBB[sixth]
        return six
    bits = np.unpackbits(np.frombuffer(generator.bytes((draws * clusters + 7) // 8), np.uint8))
    signs: Floats = 2 * bits[: draws * clusters].reshape(draws, clusters).astype(np.float64) - 1
    return signs


def _plan(kind: Kind, units: int, draws: int) -> tuple[Literal["rademacher", "webb"], bool]:
    if draws < 1:
        raise refuse("draws must be positive", rule="draws >= 1", value=draws)
    few = units < 60 and 2**units <= draws
    match kind:
        case "auto":
            return ("webb", False) if units < 12 and not few else ("rademacher", few)
        case "rademacher":
            return "rademacher", few
        case "webb":
            return "webb", False
    raise refuse("unknown multipliers", rule="known kind", value=kind)


def _columns(panel: AbsorbedPanel) -> tuple[Floats, Floats]:
    """Per-cluster sums that the draws are multiplied with, for y and for the treatment.

    Restricted residuals at an effect b are ``y - b d``, so everything linear in them comes
    in a pair of columns; the squares of the scores come in three.
    """
    weighted = panel.weights * panel.d
    load = np.einsum("gt,gtk->gk", weighted, panel.periods)
    spread = (weighted * panel.d).sum(axis=1)
    parts = []
    scores = []
    for residual in (panel.y, panel.d):
        score = (weighted * residual).sum(axis=1)
        moved = np.einsum("gt,gtk->gk", panel.weights * residual, panel.periods)
        parts.append(np.column_stack([score, moved, score[:, None] * load, score * spread]))
        scores.append(score)
    one, two = scores
    return np.column_stack(parts), np.column_stack([one * one, one * two, two * two])


def _t_values(panel: AbsorbedPanel, sums: Floats, quadratic: Floats, effect: float) -> Floats:
    """T statistics from the sums of :func:`_columns` over clusters, one row a draw."""
    half = sums.shape[1] // 2
    k = panel.periods.shape[2]
    linear = sums[:, :half] - effect * sums[:, half:]
    squares = quadratic @ np.array([1.0, -2 * effect, effect**2])
    score, moved, crossed, spread_sum = (
        linear[:, 0],
        linear[:, 1 : 1 + k],
        linear[:, 1 + k : 1 + 2 * k],
        linear[:, -1],
    )
    weighted = panel.weights * panel.d
    load = np.einsum("gt,gtk->gk", weighted, panel.periods)
    spread = (weighted * panel.d).sum(axis=1)
    flat = panel.periods.reshape(-1, k)
    cross = (flat * panel.weights.reshape(-1, 1)).T @ flat
    shift = moved @ np.linalg.pinv(cross, hermitian=True)  # period effects of each sample
    beta = score / panel.information
    # The score of a cluster is w s - load·shift - beta spread; its square, summed.
    total = (
        squares
        - 2 * (crossed * shift).sum(axis=1)
        - 2 * beta * spread_sum
        + np.einsum("bj,jk,bk->b", shift, load.T @ load, shift)
        + 2 * beta * (shift @ (load.T @ spread))
        + beta**2 * float(spread @ spread)
    )
    scale = np.maximum(squares, 0.0)
    total = np.where(total > 1e-13 * scale, total, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        values: Floats = score / np.sqrt(panel.small_sample * total)
    return np.where(np.isnan(values), 0.0, values)


class _Samples:
    """The bootstrap samples, summed once, from which any hypothesis can be tested."""

    def __init__(
        self,
        panel: AbsorbedPanel,
        kind: Literal["rademacher", "webb"],
        exact: bool,
        draws: int,
        seed: int,
        *,
        both: bool,
    ) -> None:
        self.panel, self.exact = panel, exact
        columns, squares = _columns(panel)
        if not both:
            columns[:, columns.shape[1] // 2 :] = 0.0
        everything = np.ones((1, len(columns)))
        self.own = (everything @ columns, everything @ squares)
        units = len(columns)
        sums, quadratic = [], []
        for block in _blocks(kind, exact, draws, units, seed):
            sums.append(block @ columns)
            quadratic.append(
                np.broadcast_to(self.own[1], (len(block), 3))
                if kind == "rademacher"
                else (block**2) @ squares
            )
        self.sums, self.quadratic = np.concatenate(sums), np.concatenate(quadratic)

    def p_value(self, effect: float) -> float:
        """Symmetric p-value of the hypothesis that the effect is ``effect``."""
        observed = abs(float(_t_values(self.panel, *self.own, effect)[0]))
        values = np.abs(_t_values(self.panel, self.sums, self.quadratic, effect))
        extreme = int(np.count_nonzero(values >= observed * (1 - _TIE)))
        return extreme / len(values) if self.exact else (1 + extreme) / (1 + len(values))


def _blocks(
    kind: Literal["rademacher", "webb"], exact: bool, draws: int, units: int, seed: int
) -> Iterator[Floats]:
    rows = max(1, _BLOCK_CELLS // units)
    if exact:
        for start in range(0, 2**units, rows):
            codes = np.arange(start, min(start + rows, 2**units))
            bits = (codes[:, None] >> np.arange(units)) & 1
            yield 1.0 - 2.0 * bits.astype(np.float64)
        return
    generator = np.random.default_rng(seed)
    for start in range(0, draws, rows):
        yield multipliers(kind, min(rows, draws - start), units, generator)


def _end(test: _Samples, estimate: float, error: float, alpha: float, side: int) -> float:
    """Find where the p-value falls to alpha on one side; infinite if it never does."""
    inside, step = 0.0, 2.0
    while test.p_value(estimate + side * step * error) > alpha:
        inside, step = step, 2 * step
        if step > 1e4:
            return side * math.inf
    outside = step
    while outside - inside > 1e-6:
        middle = (inside + outside) / 2
        if test.p_value(estimate + side * middle * error) > alpha:
            inside = middle
        else:
            outside = middle
    return estimate + side * inside * error
