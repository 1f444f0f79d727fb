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

from evaluatie.errors import EstimationError
from evaluatie.stats._types import Floats

__all__ = ["ConditionalPoisson", "fit_conditional_poisson"]

_STEPS = 50


@dataclass(frozen=True, eq=False)
class ConditionalPoisson:
    """Coefficients on the log-rate scale.

    Attributes
    ----------
    beta
        One per column of the design.
    covariance
        Quasi-Poisson: ``dispersion`` times the inverse information.
    jackknife
        Covariance by leaving out one cluster at a time; NaN for coefficients that a single
        cluster carries.
    dispersion
        Pearson's chi-squared over its degrees of freedom; 1 is Poisson.
    df
        Residual degrees of freedom.
    n_groups, n_clusters
        Groups with an own effect and a count above zero, and clusters.
    """

    beta: Floats
    covariance: Floats
    jackknife: Floats
    dispersion: float
    df: int
    n_groups: int
    n_clusters: int


def fit_conditional_poisson(
    counts: Floats, ballots: Floats, design: Floats, clusters: NDArray[np.intp]
) -> ConditionalPoisson:
    """Fit the regression.

    Parameters
    ----------
    counts, ballots
        Shape (groups, T). NaN in ``counts`` = no such cell.
    design
        Shape (groups, T, k): election and exposure dummies; no constant.
    clusters
        Cluster of every group, shape (groups,): the municipality, where groups are finer.

    Raises
    ------
    EstimationError
        If a coefficient is not identified, or runs away to infinity.
    """
    there = np.isfinite(counts) & np.isfinite(ballots)
    y = np.where(there, counts, 0.0)
    n = np.where(there, ballots, 0.0)
    # A group with one cell or without counts says nothing about the coefficients.
    used = (there.sum(axis=1) > 1) & (y.sum(axis=1) > 0)
    y, n, x, owner = y[used], n[used], design[used], clusters[used]
    there = there[used]
    names = np.unique(owner)
    if not len(y) or len(names) < 2:
        raise EstimationError("too few municipalities with counts", rule="groups >= 2")
    x = np.where(there[:, :, None], x, 0.0)
    beta = _newton(y, n, x, np.zeros(x.shape[2]))
    _, _, information = _parts(y, n, x, beta)
    mean = y.sum(axis=1, keepdims=True) * _chance(n, x, beta)
    pearson = float((((y - mean) ** 2)[there] / mean[there]).sum())
    df = int(there.sum()) - len(y) - x.shape[2]
    if df < 1:
        raise EstimationError("more coefficients than the counts can carry", rule="df >= 1")
    dispersion = pearson / df
    return ConditionalPoisson(
        beta=beta,
        covariance=dispersion * np.linalg.inv(information.sum(axis=0)),
        jackknife=_jackknife(y, n, x, owner, beta),
        dispersion=dispersion,
        df=df,
        n_groups=len(y),
        n_clusters=len(names),
    )


def _chance(n: Floats, x: Floats, beta: Floats) -> Floats:
    eta = x @ beta
    weight = n * np.exp(eta - eta.max(axis=1, keepdims=True))
    chance: Floats = weight / weight.sum(axis=1, keepdims=True)
    return chance


def _parts(y: Floats, n: Floats, x: Floats, beta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return chances, and score and information per group."""
    chance = _chance(n, x, beta)
    total = y.sum(axis=1)
    middle = np.einsum("gt,gtk->gk", chance, x)
    score = np.einsum("gt,gtk->gk", y - total[:, None] * chance, x)
    second = np.einsum("gt,gtk,gtl->gkl", chance, x, x)
    spread = second - np.einsum("gk,gl->gkl", middle, middle)
    return chance, score, total[:, None, None] * spread


def _newton(y: Floats, n: Floats, x: Floats, start: Floats) -> Floats:
    beta: Floats = start.copy()
    for _ in range(_STEPS):
        _, score, information = _parts(y, n, x, beta)
        matrix = information.sum(axis=0)
        scale = np.sqrt(np.diag(matrix))
        if (scale <= 0).any() or np.linalg.cond(matrix / np.outer(scale, scale)) > 1e12:
            break
        step = np.linalg.solve(matrix, score.sum(axis=0))
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-12:
            return beta
    raise EstimationError(
        "a coefficient cannot be estimated from these counts", rule="coefficients identified"
    )


def _jackknife(y: Floats, n: Floats, x: Floats, owner: NDArray[np.intp], beta: Floats) -> Floats:
    names = np.unique(owner)
    left = []
    lost = np.zeros(len(beta), dtype=np.bool_)
    for name in names:
        keep = owner != name
        gone = ~(x[keep].any(axis=(0, 1)))
        if gone.any():
            lost |= gone
            continue
        try:
            left.append(_newton(y[keep], n[keep], x[keep], beta))
        except EstimationError:
            lost |= x[~keep].any(axis=(0, 1))
    away = np.array(left) - beta
    count = len(names)
    covariance: Floats = (count - 1) / count * (away.T @ away)
    covariance[lost, :] = np.nan
    covariance[:, lost] = np.nan
    return covariance
