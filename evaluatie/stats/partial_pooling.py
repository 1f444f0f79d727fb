r"""Two groups of units with noisy effects: what may be believed of their difference.

The model: estimate :math:`y_i \sim N(\theta_i, v_i)` with known variance, effect
:math:`\theta_i \sim N(\mu + \delta x_i, \tau^2)` with x = 1 in the second group. Given τ the
posterior of (μ, δ) is normal (Gelman and others 2013, Bayesian Data Analysis, section 5.4), so
that only τ is left to integrate over: by quadrature, not by drawing. μ has a flat prior; those of
δ and τ are given, since with few units the answer depends on them.

"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize
from scipy.special import ndtr

from evaluatie.stats.checks import as_column, as_positive, refuse
from evaluatie.stats.estimates import Floats

Shape = Literal["half-normal", "half-cauchy", "uniform"]
_NODES = 400


@dataclass(frozen=True)
class DifferencePrior:
    """Normal prior of the difference; ``deviation`` infinite is flat."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class SpreadPrior:
    """Prior of τ: half-normal or half-Cauchy with a scale, or uniform up to it."""

    shape: Shape
    scale: float

    def density(self, tau: Floats) -> Floats:
        """Return the density, up to a factor."""
        match self.shape:
            case "half-normal":
                made = np.exp(-0.5 * (tau / self.scale) ** 2)
            case "half-cauchy":
                made = 1 / (1 + (tau / self.scale) ** 2)
            case "uniform":
                made = (tau <= self.scale).astype(np.float64)
            case _:
                raise refuse("unknown prior of the spread", rule="prior", value=self.shape)
        return np.asarray(made, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Posterior:
    """Posterior of (μ, δ): a mixture of normals over τ, with the ``weight`` of every node ``tau``.

    ``mean`` and ``covariance`` are of (μ, δ) given each τ, shapes (nodes, 2) and (nodes, 2, 2).
    """

    weight: Floats
    tau: Floats
    mean: Floats
    covariance: Floats

    def below(self, on_mean: float, on_difference: float) -> float:
        """Return the probability that ``on_mean μ + on_difference δ`` is at most zero."""
        centre, error = self._of(on_mean, on_difference)
        return float(self.weight @ ndtr(-centre / error))

    def quantile(self, share: float, on_mean: float, on_difference: float) -> float:
        """Return the quantile of such a sum."""
        centre, error = self._of(on_mean, on_difference)
        far = 40 * float(error.max())
        return float(
            optimize.brentq(
                lambda x: float(self.weight @ ndtr((x - centre) / error)) - share,
                float(centre.min()) - far,
                float(centre.max()) + far,
                xtol=1e-12,
            )
        )

    def _of(self, on_mean: float, on_difference: float) -> tuple[Floats, Floats]:
        load = np.array([on_mean, on_difference])
        return self.mean @ load, np.sqrt(np.einsum("i,tij,j->t", load, self.covariance, load))


def compare_groups(
    estimates: ArrayLike,
    variances: ArrayLike,
    second: ArrayLike,
    difference: DifferencePrior,
    spread: SpreadPrior,
    *,
    shared_variance: float = 0.0,
) -> Posterior:
    """Return the posterior of the mean of the first group and of the difference of the second.

    ``estimates`` have known ``variances`` above 0; ``second`` tells which units are in the second
    group, and both need one. Priors are in the unit of the estimates; ``shared_variance`` is that
    of an error that all estimates share, which moves μ and not δ.

    Examples
    --------
    >>> made = compare_groups(
    ...     [1.0, 1.0, 1.0, 1.0],
    ...     [1.0, 1.0, 1.0, 1.0],
    ...     [False, False, True, True],
    ...     DifferencePrior(0.0, float("inf")),
    ...     SpreadPrior("half-normal", 1.0),
    ... )
    >>> round(made.below(0, 1), 6)
    0.5
    """
    y = as_column(estimates, "estimates")
    v = as_positive(variances, "variances", len(y))
    flags = np.asarray(second, dtype=np.bool_)
    if flags.shape != y.shape or not flags.any() or flags.all():
        raise refuse("both groups need a unit", rule="both groups", value=int(flags.sum()))
    if not (spread.scale > 0 and difference.deviation > 0):
        raise refuse("a prior needs a positive width", rule="prior", value=spread.scale)
    x = np.column_stack([np.ones(len(y)), flags])
    prior = np.diag([0.0, difference.deviation**-2])
    pull = prior @ [0.0, difference.mean]

    def fits(tau: Floats) -> tuple[Floats, Floats, Floats]:
        weight = 1 / (v + tau[:, None] ** 2)
        precision = np.einsum("ti,ip,iq->tpq", weight, x, x) + prior
        covariance = np.linalg.inv(precision)
        toward = np.einsum("ti,ip,i->tp", weight, x, y) + pull
        mean = np.einsum("tpq,tq->tp", covariance, toward)
        explained = np.einsum("tp,tp->t", mean, toward)
        log = 0.5 * (
            np.log(weight).sum(axis=1) - np.linalg.slogdet(precision)[1] - weight @ y**2 + explained
        )
        return mean, covariance, log

    # On a scale that bends towards zero and infinity: t / (1 - t) times the natural size of τ.
    natural = min(float(np.sqrt(y.var() + v.mean())), spread.scale)
    at, share = _unit_nodes()
    if spread.shape == "uniform":
        tau, jacobian = at * spread.scale, np.full(_NODES, spread.scale)
    else:
        tau, jacobian = natural * at / (1 - at), natural / (1 - at) ** 2
    mean, covariance, log = fits(tau)
    mass = share * jacobian * spread.density(tau) * np.exp(log - log.max())
    covariance[:, 0, 0] += shared_variance
    return Posterior(mass / mass.sum(), tau, mean, covariance)


@cache
def _unit_nodes() -> tuple[Floats, Floats]:
    """Nodes on (0, 1) and weights of Gauss and Legendre; every prior of a table has the same."""
    nodes, share = np.polynomial.legendre.leggauss(_NODES)
    at = (nodes + 1) / 2
    at.flags.writeable = share.flags.writeable = False
    return at, share
