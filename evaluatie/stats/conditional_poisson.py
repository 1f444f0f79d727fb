r"""Poisson regression with an effect for every municipality, by its conditional form.

Given a municipality's total over its elections its counts are multinomial, with chances
proportional to :math:`n_{it} \exp(x_{it}'\beta)`; the estimate of :math:`\beta` and its variance
are exactly those of the regression with a dummy for every municipality (Hausman, Hall and
Griliches 1984, Econometrica 52; Wooldridge 1999, Journal of Econometrics 90), at the cost of a
handful of parameters. Overdispersion is Pearson's statistic over its degrees of freedom; the
jackknife leaves out one municipality at a time (CRV3; MacKinnon, Nielsen and Webb 2023,
Journal of Econometrics 232).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.estimates import Floats

_STEPS = 50
_BLOCK = 32
"""Samples of the jackknife that are fitted at once."""


@dataclass(frozen=True, eq=False)
class ConditionalPoisson:
    """Coefficients on the log-rate scale.

    ``beta``: one per column of the design; ``covariance``: quasi-Poisson, ``dispersion`` (Pearson's
    chi-squared over its degrees of freedom) times the inverse information; ``jackknife``: by
    leaving out one municipality at a time, NaN for coefficients that a single one carries; ``df``:
    residual degrees of freedom; ``n_groups``: municipalities with a count above zero.
    """

    beta: Floats
    covariance: Floats
    jackknife: Floats
    dispersion: float
    df: int
    n_groups: int


def fit_conditional_poisson(counts: Floats, ballots: Floats, design: Floats) -> ConditionalPoisson:
    """Fit the regression to ``counts`` and ``ballots``, shape (groups, T); NaN = no such cell.

    ``design``, shape (groups, T, k), holds election and exposure dummies; no constant. Refused if a
    coefficient is not identified, or runs away to infinity.
    """
    there = np.isfinite(counts) & np.isfinite(ballots)
    y = np.where(there, counts, 0.0)
    n = np.where(there, ballots, 0.0)
    # A group with one cell or without counts says nothing about the coefficients.
    used = (there.sum(axis=1) > 1) & (y.sum(axis=1) > 0)
    y, n, x, there = y[used], n[used], design[used], there[used]
    if len(y) < 2:
        raise EstimationError("too few municipalities with counts", rule="groups >= 2")
    x = np.where(there[:, :, None], x, 0.0)
    everyone = np.ones((1, len(y)), dtype=np.bool_)
    beta = _newton(y, n, x, np.zeros(x.shape[2]), everyone)[0]
    if not np.isfinite(beta).all():
        raise EstimationError(
            "a coefficient cannot be estimated from these counts", rule="coefficients identified"
        )
    _, information = _score_and_information(y, n, x, beta[None], everyone)
    mean = y.sum(axis=1, keepdims=True) * _chance(n, x, beta)
    pearson = float((((y - mean) ** 2)[there] / mean[there]).sum())
    df = int(there.sum()) - len(y) - x.shape[2]
    if df < 1:
        raise EstimationError("more coefficients than the counts can carry", rule="df >= 1")
    dispersion = pearson / df
    return ConditionalPoisson(
        beta=beta,
        covariance=dispersion * np.linalg.inv(information[0]),
        jackknife=_jackknife(y, n, x, beta),
        dispersion=dispersion,
        df=df,
        n_groups=len(y),
    )


def _chance(n: Floats, x: Floats, beta: Floats) -> Floats:
    eta = x @ beta
    weight = n * np.exp(eta - eta.max(axis=1, keepdims=True))
    chance: Floats = weight / weight.sum(axis=1, keepdims=True)
    return chance


def _score_and_information(
    y: Floats, n: Floats, x: Floats, beta: Floats, keep: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return score (B, k) and information (B, k, k) of B samples, each at its own ``beta`` (B, k).

    ``keep`` (B, groups) holds the groups in each sample.
    """
    groups, times, k = x.shape
    flat = x.reshape(-1, k)
    eta = (flat @ beta.T).reshape(groups, times, -1)
    chance = n[:, :, None] * np.exp(eta - eta.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    total = y.sum(axis=1)[:, None] * keep.T
    expected = (chance * total[:, None, :]).reshape(len(flat), -1)
    score = np.where(keep, 1.0, 0.0) @ np.einsum("gt,gtk->gk", y, x) - expected.T @ flat
    products = (flat[:, :, None] * flat[:, None, :]).reshape(len(flat), -1)
    second = (expected.T @ products).reshape(-1, k, k)
    middle = chance.transpose(2, 0, 1)[:, :, None, :] @ x  # (B, groups, 1, k)
    middle = middle[:, :, 0, :]
    return score, second - (middle * total.T[:, :, None]).transpose(0, 2, 1) @ middle


def _newton(y: Floats, n: Floats, x: Floats, start: Floats, keep: NDArray[np.bool_]) -> Floats:
    """Fit B samples at once; NaN where a coefficient of one cannot be estimated."""
    beta = np.tile(start, (len(keep), 1))
    moving = np.arange(len(keep))
    for _ in range(_STEPS):
        score, information = _score_and_information(y, n, x, beta[moving], keep[moving])
        scale = np.sqrt(np.einsum("bkk->bk", information))
        good = (scale > 0).all(axis=1)
        scale[~good] = 1.0
        condition = np.linalg.cond(information / (scale[:, :, None] * scale[:, None, :]))
        good &= condition <= 1e12
        beta[moving[~good]] = np.nan
        moving, score, information = moving[good], score[good], information[good]
        step = np.linalg.solve(information, score[:, :, None])[:, :, 0]
        beta[moving] += np.clip(step, -2, 2)
        moving = moving[np.abs(step).max(axis=1, initial=0.0) >= 1e-12]
        if not len(moving):
            return beta
    beta[moving] = np.nan
    return beta


def _jackknife(y: Floats, n: Floats, x: Floats, beta: Floats) -> Floats:
    count = len(y)
    keep = ~np.eye(count, dtype=np.bool_)
    carried = x.any(axis=1)  # (groups, k)
    # A coefficient that nobody else carries is lost, and so are those of a sample that fails.
    gone = ~(keep @ carried)
    lost = gone.any(axis=0)
    keep = keep[~gone.any(axis=1)]
    left = np.concatenate(
        [_newton(y, n, x, beta, some) for some in np.split(keep, range(_BLOCK, len(keep), _BLOCK))]
    )
    failed = np.isnan(left).any(axis=1)
    lost |= (~keep[failed] @ carried).any(axis=0)
    away = left[~failed] - beta
    covariance: Floats = (count - 1) / count * (away.T @ away)
    covariance[lost, :] = np.nan
    covariance[:, lost] = np.nan
    return covariance
