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
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.stats.checks import by_label, check_level, refuse
from evaluatie.stats.cluster import AbsorbedPanel, absorb
from evaluatie.stats.estimates import Estimate, Floats

__all__ = ["MINIMUM_TREATED", "Kind", "bootstrap_t", "multipliers", "wild_bootstrap"]

Kind = Literal["auto", "rademacher", "webb"]
Multipliers = Literal["rademacher", "webb"]

MINIMUM_TREATED = 5
"""Treated clusters below which the test has next to no power and is refused."""

_BLOCK_CELLS = 1 << 21
_PIECE_CELLS = 1 << 16
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
    check_level(alpha, draws)
    panel.need(
        minimum_treated,
        f"the wild cluster bootstrap is refused with {panel.n_treated} treated clusters: "
        "with the null imposed it hardly ever rejects then",
    )
    if kind not in get_args(Kind):
        raise refuse("unknown multipliers", rule="known kind", value=kind)
    units, error = len(panel.y), panel.crv1_error
    panel.check_error(error)
    few = units < 60 and 2**units <= draws
    exact = few and kind != "webb"
    six = kind == "webb" or (kind == "auto" and units < 12 and not few)
    chosen: Multipliers = "webb" if six else "rademacher"
    blocks = _all_signs(units) if exact else _drawn(chosen, draws, units, seed)
    own, samples = _Samples(panel, [np.ones((1, units))]), _Samples(panel, blocks)

    def p_value(effect: float) -> float:
        observed = abs(float(own.t(effect)[0]))
        values = np.abs(samples.t(effect))
        extreme = int(np.count_nonzero(values >= observed * (1 - _TIE)))
        return extreme / len(values) if exact else (1 + extreme) / (1 + len(values))

    low = high = math.nan
    if interval:
        low = panel.effect - error * _reach(lambda out: p_value(panel.effect - out * error), alpha)
        high = panel.effect + error * _reach(lambda out: p_value(panel.effect + out * error), alpha)
    return Estimate(
        estimate=panel.effect,
        std_error=error,
        conf_low=low,
        conf_high=high,
        p_value=p_value(0.0),
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
    return _Samples(panel, [numbers]).t(effect)


def multipliers(
    kind: Multipliers, draws: int, clusters: int, generator: np.random.Generator
) -> Floats:
    """Draw wild bootstrap multipliers, shape (draws, clusters): mean 0, variance 1."""
    if kind == "webb":
        sixth = generator.integers(0, 6, (draws, clusters), dtype=np.int8)
        six: Floats = _WEBB[sixth]
        return six
    bits = np.unpackbits(np.frombuffer(generator.bytes((draws * clusters + 7) // 8), np.uint8))
    signs: Floats = 2 * bits[: draws * clusters].reshape(draws, clusters).astype(np.float64) - 1
    return signs


class _Samples:
    """The bootstrap samples, summed once, from which any hypothesis can be tested.

    Restricted residuals at an effect b are ``y - b d``, so that of every sample a line in b (the
    score of the treatment) and a parabola in b (the sum over clusters of squared scores of the
    refitted regression) are all that is kept.
    """

    def __init__(self, panel: AbsorbedPanel, blocks: Iterable[Floats]) -> None:
        weighted = panel.weights * panel.d
        load = np.einsum("gt,gtk->gk", weighted, panel.periods)
        spread = (weighted * panel.d).sum(axis=1) / panel.information
        flat = panel.periods.reshape(-1, panel.periods.shape[2])
        solve = np.linalg.pinv((flat * panel.weights.reshape(-1, 1)).T @ flat, hermitian=True)
        self.small_sample = panel.small_sample
        self.own = [(weighted * each).sum(axis=1) for each in (panel.y, panel.d)]
        moved = [
            np.einsum("gt,gtk->gk", panel.weights * each, panel.periods) @ solve
            for each in (panel.y, panel.d)
        ]
        lines, parabolas = [], []
        # In pieces that stay in the cache of a processor.
        pieces = (np.array_split(each, each.size // _PIECE_CELLS + 1) for each in blocks)
        for block in chain.from_iterable(pieces):
            line = [block @ own for own in self.own]
            one, two = (
                block * own - (block @ shift) @ load.T - each[:, None] * spread
                for own, shift, each in zip(self.own, moved, line, strict=True)
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
            values: Floats = score / np.sqrt(self.small_sample * squares)
        return np.where(np.isnan(values), 0.0, values)


def _all_signs(units: int) -> Iterator[Floats]:
    rows = max(1, _BLOCK_CELLS // units)
    for start in range(0, 2**units, rows):
        codes = np.arange(start, min(start + rows, 2**units))
        bits = (codes[:, None] >> np.arange(units)) & 1
        yield 1.0 - 2.0 * bits.astype(np.float64)


def _drawn(kind: Multipliers, draws: int, units: int, seed: int) -> Iterator[Floats]:
    rows = max(1, _BLOCK_CELLS // units)
    generator = np.random.default_rng(seed)
    for start in range(0, draws, rows):
        yield multipliers(kind, min(rows, draws - start), units, generator)


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
