"""The methods by name: which test is run on the changes, and what it rests on.

Every method is a function of a :class:`~evaluatie.answers.effect.problem.Problem` to rows of the
result table. A method that cannot be used says why; the row is then kept, without numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from evaluatie.answers.columns import POOLED
from evaluatie.answers.effect.problem import Problem, Row, event_problem, known_earlier
from evaluatie.answers.statement import on_provisional
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import Design
from evaluatie.stats import synthetic
from evaluatie.stats.change_variance import fit_robustly
from evaluatie.stats.cluster import crv3, wild_bootstrap
from evaluatie.stats.estimates import Estimate, Floats
from evaluatie.stats.few_treated import conley_taber, ferman_pinto
from evaluatie.stats.prediction import heterogeneity, predict_new
from evaluatie.stats.randomization import Randomization, randomization_test
from evaluatie.stats.sensitivity import relative_magnitudes
from evaluatie.stats.shrinkage import holm, shrink
from evaluatie.stats.student import two_sided_p

_BINS = 81
_PLACEBOS = 200
_ON_SCALE = ("estimate", "conf_low", "conf_high", "shrunk", "shrunk_low", "shrunk_high")


@dataclass(frozen=True)
class Method:
    """A method: its function, the assumptions it rests on (keys), its role and its estimand.

    The function returns the estimate of all together, or rows. ``estimand`` says what the intervals
    of its pooled rows are of: ``these`` (the mean effect in these municipalities at this election),
    ``mean`` (in municipalities like these) or ``next`` (the effect in one more). A row about one
    municipality is about that one.
    """

    run: Callable[[Problem], Estimate | list[Row]]
    assumptions: tuple[str, ...]
    role: str
    estimand: str = "these"


def default_methods(plan: Design) -> tuple[str, ...]:
    """Return the primary methods, what others may expect, and the sensitivity analyses."""
    inference = plan.raw["inference"]
    names = [inference["primary_model"], inference["primary_design"]]
    names += [*inference["expected"], *inference["sensitivity"]]
    return tuple(str(each) for each in names)


def _variance_weighted(problem: Problem) -> list[Row]:
    pooled = problem.row(problem.t_test())
    if not problem.whole:
        return [pooled]
    try:
        return [pooled, *municipalities(problem)]
    except EstimationError as refusal:
        return [pooled, problem.refused(refusal, "municipalities")]


def _own(problem: Problem) -> tuple[dict[str, Estimate], Floats, float]:
    """Return effects of single municipalities, the variance of each, and what they share.

    By code; a municipality without an effect on the scale is left out. Shared is the variance of
    the comparison mean, which is not in that of each.
    """
    s, others = problem.scaled, ~problem.scaled.treated
    treated = np.flatnonzero(s.treated & np.isfinite(s.own)).tolist()
    made = {problem.codes[at]: problem.t_test(unit=at) for at in treated}
    share = s.weight[others] / s.weight[others].sum()
    shared = float(share**2 @ s.fit.variance(s.v[others]))
    return made, np.array([each.std_error**2 - shared for each in made.values()]), shared


def municipalities(problem: Problem) -> list[Row]:
    """Effects per treated municipality, with Holm's correction and shrunk to their mean."""
    own, noise, shared = _own(problem)
    codes = list(itertools.compress(problem.codes, problem.scaled.treated))
    corrected = holm([own[code].p_value if code in own else math.nan for code in codes])
    shrunk: dict[str, Row] = {}
    if len(own) > 3:
        pulled = shrink([each.estimate for each in own.values()], noise, alpha=problem.alpha)
        # The comparison mean's noise is common, and added to the ends.
        widen = np.sqrt(1 + shared / pulled.std_errors**2)
        low = pulled.estimates - (pulled.estimates - pulled.low) * widen
        high = pulled.estimates + (pulled.high - pulled.estimates) * widen
        for code, *ends in zip(own, pulled.estimates, low, high, strict=True):
            names = ("shrunk", "shrunk_low", "shrunk_high")
            shrunk[code] = dict(zip(names, map(float, ends), strict=True))
    note = "a count of zero at one of the elections: no rate ratio"
    return [
        problem.row(own[code], code, p_holm=float(p), **shrunk.get(code, {}))
        if code in own
        else problem.row(unit=code, note=note, reason="counts > 0")
        for code, p in zip(codes, corrected, strict=True)
    ]


def _expected(problem: Problem, *, another: bool) -> list[Row]:
    """Return the mean effect in municipalities like these, or the effect in one more of them.

    Effects are draws with a mean and a variance of their own (Paule and Mandel); the interval of
    the mean is Hartung and Knapp's where that is wider, a t on one less than there are effects.
    """
    own, noise, shared = _own(problem)
    if len(own) < 3:
        raise EstimationError(
            "fewer than three municipal effects: how they differ is unknown",
            rule="effects >= 3",
            value=len(own),
        )
    values = [each.estimate for each in own.values()]
    made = predict_new(values, noise, shared_variance=shared, interval="wider", alpha=problem.alpha)
    spread = heterogeneity(values, noise, alpha=problem.alpha)
    error, low, high = made.std_error, made.conf_low, made.conf_high
    p_value = two_sided_p(made.estimate / error, made.n_units - 1.0)
    if another:
        error, low, high, p_value = made.pred_error, made.pred_low, made.pred_high, math.nan
    row = problem.row(
        estimate=made.estimate,
        std_error=error,
        conf_low=low,
        conf_high=high,
        p_value=p_value,
        n_treated=made.n_units,
        q=spread.q,
        q_p_value=spread.p_value,
        tau=math.sqrt(spread.tau2),
        tau_low=math.sqrt(spread.tau2_low),
        tau_high=math.sqrt(spread.tau2_high),
    )
    return [row]


def _robust(problem: Problem) -> Estimate:
    """The t test with variances that outliers of the comparison group do not move."""
    s = problem.scaled
    return problem.t_test(fit=fit_robustly(s.y[~s.treated], s.v[~s.treated]))


def _unflagged(problem: Problem) -> Estimate:
    if not problem.flagged:
        raise EstimationError("no comparison municipality was flagged", rule="flagged >= 1")
    return problem.without(problem.flagged).t_test()


def _re_assigned(problem: Problem, *, studentised: bool) -> list[Row]:
    s = problem.scaled
    test = randomization_test(
        s.y,
        s.treated,
        strata=problem.strata,
        weights=s.weight,
        variance=s.fit.variance(s.v) if studentised else None,
        alpha=problem.alpha,
        max_assignments=problem.setting("max_assignments"),
        draws=problem.setting("draws"),
        seed=problem.seed("randomization"),
    )
    shown: Row = {"test": test} if studentised and problem.whole else {}
    return [problem.row(test.result, smallest_p=test.smallest_p, **shown)]


def null_of(test: Randomization) -> dict[str, Any]:
    """Summarise the re-assignment distribution under no effect, for its figure.

    ``table``: bins of the (studentised) statistic, parted at the observed one: low, high, count,
    extreme (at least as far from zero as the observed one). ``observed``, ``p_value``,
    ``smallest_p``: statistic of the real assignment, its p-value, and the smallest one possible.
    ``exact``, ``n_assignments``, ``n_statistics``: whether all were enumerated, and how many there
    are and counted.
    """
    edge = abs(test.observed)
    reach = max(float(np.abs(test.statistics).max()), edge) * 1.02
    edges = np.linspace(-reach, reach, _BINS + 1)
    counts, _ = np.histogram(test.statistics, edges)
    extreme = np.abs((edges[:-1] + edges[1:]) / 2) >= edge
    bins = {"low": edges[:-1], "high": edges[1:], "count": counts, "extreme": extreme}
    rows = zip(*(column.tolist() for column in bins.values()), strict=True)
    return {
        "table": [dict(zip(bins, row, strict=True)) for row in rows],
        "observed": test.observed,
        "p_value": test.result.p_value,
        "smallest_p": test.smallest_p,
        "exact": test.exact,
        "n_assignments": test.n_assignments,
        "n_statistics": len(test.statistics),
    }


def _conley_taber(problem: Problem) -> Estimate:
    s, seed = problem.scaled, problem.seed("bootstrap")
    return conley_taber(s.y, s.treated, weights=s.weight, alpha=problem.alpha, seed=seed)


def _ferman_pinto(problem: Problem) -> Estimate:
    s, seed = problem.scaled, problem.seed("bootstrap")
    variance = s.fit.variance(s.v)
    return ferman_pinto(s.y, s.treated, variance, weights=s.weight, alpha=problem.alpha, seed=seed)


def _wild(problem: Problem) -> Estimate:
    s, fewest = problem.scaled, problem.setting("minimum_treated_wild")
    asked: dict[str, Any] = {"alpha": problem.alpha, "seed": problem.seed("bootstrap")}
    return wild_bootstrap(s.y, s.treated, s.weight, minimum_treated=fewest, **asked)


def _crv3(problem: Problem) -> Estimate:
    s, fewest = problem.scaled, problem.setting("minimum_treated_crv1")
    return crv3(s.y, s.treated, s.weight, alpha=problem.alpha, minimum_treated=fewest)


def _leave_one_out(problem: Problem) -> list[Row]:
    """Leave out each treated municipality, and each comparison municipality that was flagged."""
    treated = list(itertools.compress(problem.codes, problem.scaled.treated))
    if len(treated) < 2:
        raise EstimationError("one treated unit cannot be left out", rule="treated >= 2")
    return [problem.row(problem.without([c]).t_test(), c) for c in (*treated, *problem.flagged)]


def _rambachan_roth(problem: Problem) -> list[Row]:
    made = event_problem(problem)
    found = relative_magnitudes(
        made.estimates, made.covariance, [1.0], alpha=problem.alpha, df=made.df
    )
    row = problem.row(
        estimate=float(made.estimates[-1]),
        conf_low=float(found.conf_low[0]),
        conf_high=float(found.conf_high[0]),
        breakdown=found.breakdown,
        n_treated=made.n_treated,
        n_comparison=made.n_comparison,
    )
    return [row]


def _synthetic(problem: Problem, *, did: bool) -> list[Row]:
    """Synthetic control or difference in differences, as robustness checks.

    With two or three earlier elections placebo tests of the synthetic control reject a true null
    far too often (up to 40% at four periods): no conclusion rests on these rows. Municipalities
    alone have an estimate and no test.
    """
    _, count, ballots, treated, weight, known = known_earlier(problem)
    shares, n_pre = count / ballots, count.shape[1] - 1
    data = synthetic.panel(shares, treated, n_pre, weight[treated])
    method = synthetic.synthetic_did if did else synthetic.synthetic_control
    made = method(data)
    placebo = synthetic.placebo_test(
        data, method, draws=_PLACEBOS, seed=problem.seed("bootstrap"), alpha=problem.alpha
    )
    tested: Row = {
        "std_error": placebo.std_error,
        "p_value": placebo.p_value,
        "conf_low": placebo.low,
        "conf_high": placebo.high,
    }
    codes = itertools.compress(problem.codes, problem.scaled.treated & known)
    each = zip(codes, synthetic.each_treated(shares, treated, n_pre, method), strict=True)
    return [
        problem.row(
            unit=unit,
            estimate=one.estimate,
            n_treated=one.n_treated,
            n_comparison=one.n_comparison,
            **(tested if unit == POOLED else {}),
        )
        for unit, one in ((POOLED, made), *each)
    ]


_TRENDS = ("parallel-trends", "variance-model")
_ALIKE = (*_TRENDS, "exchangeable-municipalities")
METHODS: Mapping[str, Method] = {
    "variance-weighted t": Method(_variance_weighted, _TRENDS, "primary"),
    "randomization by re-assignment": Method(
        lambda p: _re_assigned(p, studentised=True), ("exchangeable-strata",), "primary"
    ),
    "randomization, unstudentised": Method(
        lambda p: _re_assigned(p, studentised=False), ("exchangeable-strata",), "sensitivity"
    ),
    "random-effects mean": Method(lambda p: _expected(p, another=False), _ALIKE, "primary", "mean"),
    "prediction for one more": Method(
        lambda p: _expected(p, another=True), _ALIKE, "primary", "next"
    ),
    "robust variances": Method(_robust, _TRENDS, "sensitivity"),
    "flagged left out": Method(_unflagged, _TRENDS, "sensitivity"),
    "precision-weighted t": Method(
        lambda p: p.t_test("model"), (*_TRENDS, "same-effect"), "sensitivity"
    ),
    "conley-taber": Method(_conley_taber, ("parallel-trends", "alike-noise"), "sensitivity"),
    "ferman-pinto": Method(_ferman_pinto, _TRENDS, "sensitivity"),
    "wild cluster bootstrap": Method(_wild, ("parallel-trends", "few-clusters"), "sensitivity"),
    "leave-one-out": Method(_leave_one_out, _TRENDS, "sensitivity"),
    "rambachan-roth": Method(_rambachan_roth, ("bounded-trends",), "sensitivity"),
    "synthetic control": Method(
        lambda p: _synthetic(p, did=False), ("imitated-by-mix",), "robustness"
    ),
    "synthetic did": Method(lambda p: _synthetic(p, did=True), ("imitated-by-mix",), "robustness"),
    "crv3": Method(_crv3, ("parallel-trends", "few-clusters"), "comparator"),
}
"""Methods by the name that the plan and the result table use."""


def method_called(name: str) -> Method:
    """Return a method by its name."""
    if name not in METHODS:
        raise UnknownNameError.of("method", name, METHODS)
    return METHODS[name]


def estimate_rows(problem: Problem, methods: Iterable[str]) -> tuple[list[Row], tuple[str, ...]]:
    """Run methods: rows of the table, and the keys of what they assume.

    A method that cannot be used keeps its row, without numbers and with the reason. Of a whole
    problem the re-assignments stand in their row, under ``test``.
    """
    table, question = problem.table, problem.question
    names = dict(zip(problem.codes, table.compared["municipality"].tolist(), strict=True))
    common = {
        "outcome": table.outcome,
        "election": table.election,
        "baseline": table.baseline,
        "scale": question.scale,
        "weights": question.weights,
        "comparison": table.group.rule,
        "vintage": table.vintage,
        "baseline_vintage": table.baseline_vintage,
    }
    rows: list[Row] = []
    keys: list[str] = []
    for name in methods:
        method = method_called(name)
        about = {"method": name, "role": method.role, "assumption": " ".join(method.assumptions)}
        for row in _found(name, problem):
            alone = row["unit"] != POOLED and name != "leave-one-out"
            of: Row = {"estimand": "own" if alone else method.estimand}
            of["municipality"] = names.get(row["unit"])
            rows.append({**common, **about, **of, **_on_scale(row, question.scale)})
        keys += method.assumptions
    keys += on_provisional(*table.vintages)
    allowed_for = {
        "mixed-vintage-pair": table.vintage != table.baseline_vintage,
        "log-linearised": question.scale == "ratio",
        "matched-on-baseline": table.group.rule == "nearest",
        "treated-missing": "treated" in table.left_out["group"].tolist(),
    }
    keys += [key for key, holds in allowed_for.items() if holds]
    return rows, tuple(dict.fromkeys(keys))


# Asked for again by the summary of a run.
@lru_cache(maxsize=256)
def _found(name: str, problem: Problem) -> list[Row]:
    try:
        made = METHODS[name].run(problem)
        return [problem.row(made)] if isinstance(made, Estimate) else made
    except EstimationError as refusal:
        return [problem.refused(refusal)]


def _on_scale(row: Row, scale: str) -> Row:
    """Turn logarithms into ratios; NaN stays NaN."""
    if scale == "points":
        return row
    numbers = {name: row[name] for name in _ON_SCALE if name in row}
    return {**row, **{k: math.inf if v >= 700 else math.exp(v) for k, v in numbers.items()}}
