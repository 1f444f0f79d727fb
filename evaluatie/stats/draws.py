"""Elections drawn for municipalities of real sizes, with a known effect and known learning.

* :class:`FittedModel`: shares drawn from a fitted between- and within-model, with given excess
  shares by number of use of the new ballot;
* :class:`PlaceboModel`: real counts in which municipalities that kept the old ballot are
  picked as if treated, so that no distribution has to be believed.

Whatever is drawn here is simulated and serves only to judge methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.betabinomial import fit_betabinomial
from evaluatie.stats.change_variance import fit_between_variance
from evaluatie.stats.changes import change_in_share
from evaluatie.stats.estimates import Floats
from evaluatie.stats.intervals import check_counts

IntArray = npt.NDArray[np.int64]
_SMALLEST_SHARE = 1e-6


@dataclass(frozen=True)
class Sample:
    """Counts of one simulated set of elections.

    ``counts`` and ``ballots`` by municipality and election, shape (k, T), and ``exposure``, how
    often the new ballot was used up to and with each; ``seed`` for methods that draw, different in
    every replication. ``effects``, shape (k,), is what the new ballot did in every municipality at
    the last election, a fraction of its ballots, and ``another`` what it would do in one more.
    """

    counts: IntArray
    ballots: IntArray
    exposure: IntArray
    seed: int
    effects: Floats
    another: float

    @property
    def treated(self) -> npt.NDArray[np.bool_]:
        """Municipalities with the new ballot at the last election, shape (k,)."""
        return self.exposure[:, -1] > 0

    @property
    def shares(self) -> Floats:
        """Counts over ballots, shape (k, T)."""
        return np.asarray(self.counts / self.ballots, dtype=np.float64)


class Model(Protocol):
    """Draws samples of elections."""

    def draw(self, rng: np.random.Generator, *, effect: bool) -> Sample:
        """Draw one sample, with the effect in it or without."""
        ...


@dataclass(frozen=True)
class FittedModel:
    """Elections drawn from a between- and within-municipality model.

    The share of municipality i at election t is ``base_i + trend_t + u_it + excess``, with
    ``base_i`` from a beta distribution, ``u_it`` normal with variance ``tau2 / 2`` (so that a
    change between two elections varies by ``tau2``), and the excess by number of use of the new
    ballot. Counts are beta-binomial with variance ``phi * n * p * (1 - p)``.

    Attributes
    ----------
    ballots, exposure
        Shape (k, T); exposure 0 = old ballot.
    share, spread
        Mean of ``base_i`` and its standard deviation between municipalities, as fractions.
    trend
        Common shift per election, shape (T,).
    tau2, phi
        Variance of changes between municipalities, and overdispersion of counts (at least 1:
        below, counts are drawn binomial).
    excess, null_excess
        Excess share at the first, second, ... use, with and without the effect under test. For
        a test of learning, ``null_excess`` is the same excess at every use.
    effect_spread
        Standard deviation of effects between municipalities with the new ballot.
    """

    ballots: IntArray
    exposure: IntArray
    share: float
    spread: float
    trend: Floats
    tau2: float
    phi: float
    excess: tuple[float, ...] = (0.0,)
    null_excess: tuple[float, ...] = ()
    effect_spread: float = 0.0

    def draw(self, rng: np.random.Generator, *, effect: bool) -> Sample:
        """Draw one sample."""
        exposure = np.asarray(self.exposure)
        table = self.excess if effect else self.null_excess
        excess = np.array([0.0, *table])[exposure] if table else np.zeros(exposure.shape)
        spread = self.effect_spread if effect else 0.0
        own, other = _differing(rng, spread, len(exposure))
        excess = excess + own[:, None] * (exposure > 0)
        another = float(excess[:, -1].max(initial=0.0)) if spread == 0 else self.excess[0] + other
        return self.elections(rng, excess, another)

    def elections(self, rng: np.random.Generator, excess: Floats, another: float) -> Sample:
        """Draw a sample in which the new ballot adds ``excess``, shape (k, T), to each share."""
        ballots = np.asarray(self.ballots)
        k, elections = ballots.shape
        base = _beta(rng, np.full(k, self.share), self.spread**2)
        drift = np.sqrt(self.tau2 / 2) * rng.standard_normal((k, elections))
        share = base[:, None] + np.asarray(self.trend) + drift + excess
        share = np.clip(share, _SMALLEST_SHARE, 1 - _SMALLEST_SHARE)
        # Overdispersion phi is an intra-class correlation (phi - 1) / (n - 1) of the ballots.
        icc = np.clip((max(self.phi, 1.0) - 1) / np.maximum(ballots - 1, 1), 0, 0.999)
        counts = rng.binomial(ballots, _beta(rng, share, icc * share * (1 - share)))
        seed = int(rng.integers(2**31))
        return Sample(counts, ballots, np.asarray(self.exposure), seed, excess[:, -1], another)


@dataclass(frozen=True)
class PlaceboModel:
    """Real counts of elections, with municipalities picked at random as if treated at the last.

    ``counts`` and ``ballots``, shape (k, elections), are of municipalities that kept the old
    ballot; ``candidates`` holds per treated municipality the rows that may be picked for it, such
    as those of about its size. With the effect in, each ballot of the picked that was counted
    otherwise turns with chance ``excess / (1 - share)``; ``effect_spread`` is the standard
    deviation of what is added, between municipalities, and where that is less than nothing counted
    ballots turn back.
    """

    counts: IntArray
    ballots: IntArray
    candidates: tuple[tuple[int, ...], ...]
    excess: float = 0.0
    effect_spread: float = 0.0

    def draw(self, rng: np.random.Generator, *, effect: bool) -> Sample:
        """Draw one sample; raises EstimationError if the picks cannot be kept apart."""
        checked = check_counts(self.counts, self.ballots)
        counts, ballots = (each.astype(np.int64) for each in checked)
        picked: list[int] = []
        for pool in self.candidates:
            free = [each for each in pool if each not in picked]
            if not free:
                raise EstimationError(
                    "too few candidates to stand in for the treated",
                    rule="placebo candidates",
                    value=len(pool),
                )
            picked.append(int(rng.choice(free)))
        seed = int(rng.integers(2**31))
        exposure = np.zeros(counts.shape, dtype=np.int64)
        exposure[picked, -1] = 1
        added, another = np.zeros(len(counts)), 0.0
        if effect:
            own, other = _differing(rng, self.effect_spread, len(picked))
            wanted, another = self.excess + own, self.excess + other
            share = counts[picked, -1] / ballots[picked, -1]
            # What cannot be lost is not: the effect is then what could.
            gained, lost = np.maximum(wanted, 0), np.minimum(np.maximum(-wanted, 0), share)
            added[picked] = gained - lost
            others = (ballots - counts)[picked, -1]
            more = rng.binomial(others, np.clip(gained / (1 - share), 0, 1))
            if lost.any():
                chance = np.divide(lost, share, out=np.zeros_like(share), where=share > 0)
                more -= rng.binomial(counts[picked, -1], np.clip(chance, 0, 1))
            counts[picked, -1] += more
        return Sample(counts, ballots, exposure, seed, added, another)


def fit_model(
    counts: npt.ArrayLike, ballots: npt.ArrayLike, exposure: npt.ArrayLike
) -> FittedModel:
    """Fit a :class:`FittedModel` to the known counts of two real elections, without an effect.

    Arrays have shape (k, 2); who never used the new ballot (``exposure`` 0 twice) is the
    comparison. Share and spread come from a beta-binomial fit of its first election; trend,
    ``tau2`` and ``phi`` from the restricted likelihood of its changes.
    """
    count, total = check_counts(counts, ballots)
    uses = np.asarray(exposure, dtype=np.int64)
    others = uses.max(axis=1) == 0
    changes = change_in_share(count[:, 0], total[:, 0], count[:, 1], total[:, 1], others)
    fit = fit_between_variance(changes.change[others], changes.sampling_variance[others])
    start = fit_betabinomial(count[others, 0], total[others, 0])
    return FittedModel(
        ballots=total.astype(np.int64),
        exposure=uses,
        share=start.share,
        spread=float(np.sqrt(start.rho * start.share * (1 - start.share))),
        trend=np.array([0.0, fit.mean]),
        tau2=fit.tau2,
        phi=fit.phi,
    )


def _differing(rng: np.random.Generator, spread: float, k: int) -> tuple[Floats, float]:
    """By how much effects lie from their mean: in ``k`` municipalities, and in one more."""
    if spread == 0:
        return np.zeros(k), 0.0
    drawn = spread * rng.standard_normal(k + 1)
    return drawn[:-1], float(drawn[-1])


def _beta(rng: np.random.Generator, mean: Floats, variance: npt.ArrayLike) -> Floats:
    """Beta draws with given mean and variance; the mean itself where the variance is 0."""
    between = np.broadcast_to(np.asarray(variance, dtype=np.float64), mean.shape)
    room = mean * (1 - mean)
    with np.errstate(divide="ignore"):
        # A beta's variance is at most mean (1 - mean).
        size = room / np.clip(between, 0, 0.999 * room) - 1
    usable = np.isfinite(size)
    filled = np.where(usable, size, 1.0)
    inner = np.clip(mean, 1e-12, 1 - 1e-12)
    drawn = rng.beta(inner * filled, (1 - inner) * filled)
    return np.where(usable, drawn, mean)
