"""Effects of single municipalities: their own tests, and what they say of others like them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluatie.answers.effect.problem import Problem, Row
from evaluatie.ground.errors import EstimationError
from evaluatie.stats.estimates import Estimate, Floats
from evaluatie.stats.prediction import heterogeneity, predict_new
from evaluatie.stats.shrinkage import holm, shrink
from evaluatie.stats.student import two_sided_p

__all__ = ["expected", "municipalities"]


@dataclass(frozen=True, eq=False)
class _Own:
    """Effects of single municipalities by position; those without one on the scale are left out.

    ``noise`` is the variance of each but for that of the comparison mean, ``shared``.
    """

    estimates: Mapping[int, Estimate]
    noise: Floats
    shared: float

    @classmethod
    def of(cls, problem: Problem) -> _Own:
        s, fit = problem.scaled, problem.fit
        treated = [int(at) for at in np.flatnonzero(s.treated) if np.isfinite(s.own[at])]
        made = {at: problem.t_test(unit=at) for at in treated}
        share = s.weight[~s.treated] / s.weight[~s.treated].sum()
        shared = float(share**2 @ fit.variance(s.v[~s.treated]))
        return cls(made, np.array([e.std_error**2 - shared for e in made.values()]), shared)

    @property
    def values(self) -> list[float]:
        return [each.estimate for each in self.estimates.values()]


def municipalities(problem: Problem) -> list[Row]:
    """Effects per treated municipality, with Holm's correction and shrunk to their mean."""
    own = _Own.of(problem)
    treated = [int(at) for at in np.flatnonzero(problem.scaled.treated)]
    known = {at: each.p_value for at, each in own.estimates.items()}
    corrected = holm([known.get(at, math.nan) for at in treated])
    shrunk = dict(zip(known, _shrunk(own, problem.alpha), strict=True))
    rows = []
    for at, p in zip(treated, corrected, strict=True):
        code = problem.codes[at]
        if at in known:
            rows.append(problem.row(own.estimates[at], code, p_holm=float(p), **shrunk[at]))
        else:
            note = "a count of zero at one of the elections: no rate ratio"
            rows.append(problem.row(unit=code, note=note, reason="counts > 0"))
    return rows


def _shrunk(own: _Own, alpha: float) -> list[Row]:
    """Empirical Bayes estimates; the comparison mean's noise is common and added to the ends."""
    if len(own.noise) < 4:
        return [{} for _ in own.noise]
    pulled = shrink(own.values, own.noise, alpha=alpha)
    widen = np.sqrt(1 + own.shared / pulled.std_errors**2)
    low = pulled.estimates - (pulled.estimates - pulled.low) * widen
    high = pulled.estimates + (pulled.high - pulled.estimates) * widen
    return [
        {"shrunk": float(one), "shrunk_low": float(least), "shrunk_high": float(most)}
        for one, least, most in zip(pulled.estimates, low, high, strict=True)
    ]


def expected(problem: Problem, *, another: bool) -> list[Row]:
    """Return the mean effect in municipalities like these, or the effect in one more of them.

    Effects are draws with a mean and a variance of their own (Paule and Mandel); the interval of
    the mean is Hartung and Knapp's where that is wider, a t on one less than there are effects.
    """
    own = _Own.of(problem)
    if len(own.noise) < 3:
        raise EstimationError(
            "fewer than three municipal effects: how they differ is unknown",
            rule="effects >= 3",
            value=len(own.noise),
        )
    made = predict_new(
        own.values, own.noise, shared_variance=own.shared, interval="wider", alpha=problem.alpha
    )
    spread = heterogeneity(own.values, own.noise, alpha=problem.alpha)
    found: Row = {"estimate": made.estimate, "n_treated": made.n_units}
    if another:
        found |= {"std_error": made.pred_error}
        found |= {"conf_low": made.pred_low, "conf_high": made.pred_high}
    else:
        found |= {"std_error": made.std_error}
        found |= {"conf_low": made.conf_low, "conf_high": made.conf_high}
        found["p_value"] = two_sided_p(made.estimate / made.std_error, made.n_units - 1.0)
    found |= {"q": spread.q, "q_p_value": spread.p_value, "tau": math.sqrt(spread.tau2)}
    found |= {f"tau_{end}": math.sqrt(getattr(spread, f"tau2_{end}")) for end in ("low", "high")}
    return [problem.row(**found)]
