"""The methods by name: which test is run on the changes, and what it rests on.

Every method is a function of a :class:`~evaluatie.answers.effect.problem.Problem` to rows of the result
table. A method that cannot be used says why; the row is then kept, without numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evaluatie.answers.effect.problem import Problem, Row, event_problem
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import Design
from evaluatie.stats._types import Estimate, Floats

if TYPE_CHECKING:
    from evaluatie.stats.randomization import Randomization

__all__ = ["METHODS", "Method", "default_methods", "run_method"]


@dataclass(frozen=True)
class Method:
    """A method: its function, the assumptions it rests on (keys), and its role."""

    run: Callable[[Problem], list[Row]]
    assumptions: tuple[str, ...]
    role: str


def run_method(name: str, problem: Problem) -> list[Row]:
    """Run one method; a method that refuses gives one row without numbers and its reason.

    Raises
    ------
    UnknownNameError
        For a method that does not exist.
    """
    if name not in METHODS:
        raise UnknownNameError.of("method", name, METHODS)
    try:
        return METHODS[name].run(problem)
    except EstimationError as refusal:
        return [_empty(problem, str(refusal), refusal.rule or "")]


def default_methods(plan: Design) -> tuple[str, ...]:
    """Return the primary methods and the sensitivity analyses that the plan lists."""
    inference = plan.raw["inference"]
    names = [inference["primary_model"], inference["primary_design"], *inference["sensitivity"]]
    return tuple(str(each) for each in names)


def _empty(problem: Problem, note: str, reason: str) -> Row:
    treated = int(problem.scaled.treated.sum())
    nothing = Estimate(
        estimate=math.nan,
        std_error=math.nan,
        conf_low=math.nan,
        conf_high=math.nan,
        p_value=math.nan,
        df=math.nan,
        method="refused",
        n_treated=treated,
        n_comparison=len(problem.codes) - treated,
        alpha=problem.alpha,
    )
    return Row(nothing, note=note, reason=reason)


def _weighted_t(problem: Problem, weights: str = "voters") -> Estimate:
    from evaluatie.stats.changes import weighted_t

    s = problem.scaled
    # "voters" takes any given weights; ours are already those of the estimand.
    return weighted_t(
        s.y,
        s.v,
        s.treated,
        weights="model" if weights == "model" else "voters",
        ballots=s.weight,
        variance_slope=s.slope,
        fit=problem.fit,
        alpha=problem.alpha,
    )


def _variance_weighted(problem: Problem) -> list[Row]:
    pooled = Row(_weighted_t(problem))
    if not problem.by_unit:
        return [pooled]
    try:
        return [pooled, *_municipalities(problem)]
    except EstimationError as refusal:
        empty = _empty(problem, str(refusal), refusal.rule or "")
        return [pooled, replace(empty, unit="municipalities")]


def _municipalities(problem: Problem) -> list[Row]:
    """Effects per treated municipality, with Holm's correction and shrunk to their mean."""
    from evaluatie.stats.changes import weighted_t
    from evaluatie.stats.shrinkage import holm

    s = problem.scaled
    estimates: list[Estimate | None] = []
    for position in np.flatnonzero(s.treated):
        keep = ~s.treated
        keep[position] = True
        if not math.isfinite(float(s.own[position])):
            estimates.append(None)
            continue
        y = s.y.copy()
        y[position] = s.own[position]
        estimates.append(
            weighted_t(
                y[keep],
                s.v[keep],
                s.treated[keep],
                weights="voters",
                ballots=s.weight[keep],
                variance_slope=s.slope[keep],
                fit=problem.fit,
                alpha=problem.alpha,
            )
        )
    corrected = holm([math.nan if e is None else e.p_value for e in estimates])
    shrunk = _shrunk(problem, [e for e in estimates if e is not None])
    rows, at = [], 0
    for position, each, p in zip(np.flatnonzero(s.treated), estimates, corrected, strict=True):
        code = problem.codes[position]
        if each is None:
            note = "a count of zero at one of the elections: no rate ratio"
            rows.append(replace(_empty(problem, note, "counts > 0"), unit=code))
            continue
        extra = {"p_holm": float(p)}
        if shrunk is not None:
            extra |= {name: float(values[at]) for name, values in shrunk.items()}
        rows.append(Row(each, unit=code, extra=extra))
        at += 1
    return rows


def _shrunk(problem: Problem, estimates: Sequence[Estimate]) -> dict[str, Floats] | None:
    """Empirical Bayes estimates; the comparison mean's noise is common and added to the ends."""
    from evaluatie.stats.shrinkage import shrink

    if len(estimates) < 4:
        return None
    s = problem.scaled
    fit = problem.fit
    share = s.weight[~s.treated] / s.weight[~s.treated].sum()
    common = float(share**2 @ fit.variance(s.v[~s.treated]))
    noise = np.array([e.std_error**2 - common for e in estimates])
    pulled = shrink([e.estimate for e in estimates], noise, alpha=problem.alpha)
    widen = np.sqrt(1 + common / pulled.std_errors**2)
    return {
        "shrunk": pulled.estimates,
        "shrunk_low": pulled.estimates - (pulled.estimates - pulled.low) * widen,
        "shrunk_high": pulled.estimates + (pulled.high - pulled.estimates) * widen,
    }


def randomization(problem: Problem, *, studentised: bool = True) -> Randomization:
    """Return the whole re-assignment distribution, for the test and its picture."""
    from evaluatie.stats.randomization import randomization_test

    s = problem.scaled
    variance = problem.fit.variance(s.v) if studentised else None
    return randomization_test(
        s.y,
        s.treated,
        strata=problem.strata,
        weights=s.weight,
        variance=variance,
        alpha=problem.alpha,
        max_assignments=int(problem.inference["max_assignments"]),
        draws=int(problem.inference["draws"]),
        seed=problem.seed_of("randomization"),
    )


def _randomization(studentised: bool) -> Callable[[Problem], list[Row]]:
    def run(problem: Problem) -> list[Row]:
        test = randomization(problem, studentised=studentised)
        shown = test if studentised else None
        return [Row(test.result, extra={"smallest_p": test.smallest_p}, test=shown)]

    return run


def _conley_taber(problem: Problem) -> list[Row]:
    from evaluatie.stats.few_treated import conley_taber

    s = problem.scaled
    seed = problem.seed_of("bootstrap")
    return [Row(conley_taber(s.y, s.treated, weights=s.weight, alpha=problem.alpha, seed=seed))]


def _ferman_pinto(problem: Problem) -> list[Row]:
    from evaluatie.stats.few_treated import ferman_pinto

    s = problem.scaled
    variance = problem.fit.variance(s.v)
    seed = problem.seed_of("bootstrap")
    return [
        Row(
            ferman_pinto(s.y, s.treated, variance, weights=s.weight, alpha=problem.alpha, seed=seed)
        )
    ]


def _lee_wooldridge(problem: Problem) -> list[Row]:
    from evaluatie.stats.few_treated import lee_wooldridge

    if problem.weights != "municipalities":
        raise EstimationError(
            "this test is of the unweighted mean over municipalities", rule="equal weights"
        )
    return [Row(lee_wooldridge(problem.scaled.y, problem.scaled.treated, alpha=problem.alpha))]


def _as_panel(problem: Problem) -> tuple[Floats, Floats, Floats]:
    """Two periods, of which the second holds the change: its regression is the estimate."""
    s = problem.scaled
    nothing = np.zeros(len(s.y))
    return np.column_stack([nothing, s.y]), np.column_stack([nothing, s.treated]), s.weight


def _wild(problem: Problem) -> list[Row]:
    from evaluatie.stats.wild_bootstrap import wild_bootstrap

    y, d, weight = _as_panel(problem)
    return [
        Row(
            wild_bootstrap(
                y,
                d,
                weight / weight.mean(),
                seed=problem.seed_of("bootstrap"),
                alpha=problem.alpha,
                minimum_treated=int(problem.inference["minimum_treated_wild"]),
            )
        )
    ]


def _cluster(which: str) -> Callable[[Problem], list[Row]]:
    def run(problem: Problem) -> list[Row]:
        from evaluatie.stats.cluster import crv1, crv3

        y, d, weight = _as_panel(problem)
        minimum = int(problem.inference["minimum_treated_crv1"])
        error = {"crv1": crv1, "crv3": crv3}[which]
        return [
            Row(error(y, d, weight / weight.mean(), alpha=problem.alpha, minimum_treated=minimum))
        ]

    return run


def _leave_one_out(problem: Problem) -> list[Row]:
    from evaluatie.stats.sensitivity import leave_one_out

    s = problem.scaled
    found = leave_one_out(
        s.y,
        s.v,
        s.treated,
        weights="voters",
        ballots=s.weight,
        variance_slope=s.slope,
        alpha=problem.alpha,
    )
    return [
        Row(each, unit=problem.codes[position])
        for position, each in zip(found.position, found.estimates, strict=True)
    ]


def _rambachan_roth(problem: Problem) -> list[Row]:
    from evaluatie.stats.sensitivity import relative_magnitudes

    events = event_problem(problem)
    found = relative_magnitudes(
        events.estimates, events.covariance, [1.0], alpha=problem.alpha, df=events.df
    )
    bounded = Estimate(
        estimate=float(events.estimates[-1]),
        std_error=math.nan,
        conf_low=float(found.conf_low[0]),
        conf_high=float(found.conf_high[0]),
        p_value=math.nan,
        df=events.df,
        method="Rambachan-Roth, relative magnitude 1",
        n_treated=events.n_treated,
        n_comparison=events.n_comparison,
        alpha=problem.alpha,
    )
    return [Row(bounded, extra={"breakdown": found.breakdown})]


def _synthetic(which: str) -> Callable[[Problem], list[Row]]:
    def run(problem: Problem) -> list[Row]:
        from evaluatie.answers.effect.synthetic import synthetic_rows

        return synthetic_rows(problem, which)

    return run


METHODS: Mapping[str, Method] = {
    "variance-weighted t": Method(
        _variance_weighted, ("parallel-trends", "variance-model"), "primary"
    ),
    "randomization by re-assignment": Method(
        _randomization(True), ("exchangeable-strata",), "primary"
    ),
    "randomization, unstudentised": Method(
        _randomization(False), ("exchangeable-strata",), "sensitivity"
    ),
    "precision-weighted t": Method(
        lambda problem: [Row(_weighted_t(problem, "model"))],
        ("parallel-trends", "variance-model", "same-effect"),
        "sensitivity",
    ),
    "conley-taber": Method(_conley_taber, ("parallel-trends", "alike-noise"), "sensitivity"),
    "ferman-pinto": Method(_ferman_pinto, ("parallel-trends", "variance-model"), "sensitivity"),
    "wild cluster bootstrap": Method(_wild, ("parallel-trends", "few-clusters"), "sensitivity"),
    "leave-one-out": Method(_leave_one_out, ("parallel-trends", "variance-model"), "sensitivity"),
    "rambachan-roth": Method(_rambachan_roth, ("bounded-trends",), "sensitivity"),
    "synthetic control": Method(_synthetic("control"), ("imitated-by-mix",), "robustness"),
    "synthetic did": Method(_synthetic("did"), ("imitated-by-mix",), "robustness"),
    "lee-wooldridge": Method(_lee_wooldridge, ("parallel-trends", "alike-noise"), "comparator"),
    "crv1": Method(_cluster("crv1"), ("parallel-trends", "few-clusters"), "comparator"),
    "crv3": Method(_cluster("crv3"), ("parallel-trends", "few-clusters"), "comparator"),
}
"""Methods by the name that the plan and the result table use."""
