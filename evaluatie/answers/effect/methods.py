"""The methods by name: which test is run on the changes, and what it rests on.

Every method is a function of a :class:`~evaluatie.answers.effect.analyse.Problem` to rows of the
result table. A method that cannot be used says why; the row is then kept, without numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.answer import on_provisional, records
from evaluatie.answers.effect.earlier import event_problem
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import Design
from evaluatie.stats.estimates import Estimate, Floats

if TYPE_CHECKING:
    from evaluatie.answers.effect.analyse import Problem
    from evaluatie.stats.randomization import Randomization

__all__ = ["METHODS", "POOLED", "Method", "Row", "default_methods", "estimate_rows", "null_of"]

POOLED = "pooled"
_BINS = 81


@dataclass(frozen=True, eq=False)
class Row:
    """One row of the result table, on the scale of the test.

    Attributes
    ----------
    unit
        ``pooled`` or a municipality code.
    extra
        Other columns of the table.
    note, reason
        Why there are no numbers: in words, and the rule that stood in the way.
    test
        The whole re-assignment distribution, where it is to be shown.
    """

    estimate: Estimate
    unit: str = POOLED
    extra: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    reason: str = ""
    test: Randomization | None = None


@dataclass(frozen=True)
class Method:
    """A method: its function, the assumptions it rests on (keys), its role and its estimand.

    ``estimand`` says what the intervals of its pooled rows are of: ``these`` (the mean effect in
    these municipalities at this election), ``mean`` (in municipalities like these) or ``next``
    (the effect in one more). A row about one municipality is about that one.
    """

    run: Callable[[Problem], list[Row]]
    assumptions: tuple[str, ...]
    role: str
    estimand: str = "these"


def _run(name: str, problem: Problem) -> list[Row]:
    """Run one method; a method that refuses gives one row without numbers and its reason."""
    if name not in METHODS:
        raise UnknownNameError.of("method", name, METHODS)
    try:
        return METHODS[name].run(problem)
    except EstimationError as refusal:
        return [_empty(problem, str(refusal), refusal.rule or "")]


def default_methods(plan: Design) -> tuple[str, ...]:
    """Return the primary methods, what others may expect, and the sensitivity analyses."""
    inference = plan.raw["inference"]
    names = [inference["primary_model"], inference["primary_design"]]
    names += [*inference["expected"], *inference["sensitivity"]]
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


def _variance_weighted(problem: Problem) -> list[Row]:
    pooled = Row(problem.t_test())
    if not problem.by_unit:
        return [pooled]
    try:
        return [pooled, *_municipalities(problem)]
    except EstimationError as refusal:
        empty = _empty(problem, str(refusal), refusal.rule or "")
        return [pooled, replace(empty, unit="municipalities")]


@dataclass(frozen=True, eq=False)
class _Own:
    """Effects of single municipalities; those without an effect on the scale are left out.

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


def _municipalities(problem: Problem) -> list[Row]:
    """Effects per treated municipality, with Holm's correction and shrunk to their mean."""
    from evaluatie.stats.shrinkage import holm

    treated = [int(at) for at in np.flatnonzero(problem.scaled.treated)]
    own = _Own.of(problem)
    made = own.estimates
    corrected = holm([made[at].p_value if at in made else math.nan for at in treated])
    shrunk = _shrunk(own, problem.alpha)
    rows = []
    for at, p in zip(treated, corrected, strict=True):
        code = problem.codes[at]
        if at not in made:
            note = "a count of zero at one of the elections: no rate ratio"
            rows.append(replace(_empty(problem, note, "counts > 0"), unit=code))
            continue
        extra = {"p_holm": float(p)}
        extra |= {name: float(v[list(made).index(at)]) for name, v in shrunk.items()}
        rows.append(Row(made[at], unit=code, extra=extra))
    return rows


def _shrunk(own: _Own, alpha: float) -> dict[str, Floats]:
    """Empirical Bayes estimates; the comparison mean's noise is common and added to the ends."""
    from evaluatie.stats.shrinkage import shrink

    if len(own.noise) < 4:
        return {}
    pulled = shrink(own.values, own.noise, alpha=alpha)
    widen = np.sqrt(1 + own.shared / pulled.std_errors**2)
    return {
        "shrunk": pulled.estimates,
        "shrunk_low": pulled.estimates - (pulled.estimates - pulled.low) * widen,
        "shrunk_high": pulled.estimates + (pulled.high - pulled.estimates) * widen,
    }


def _expected(problem: Problem, *, another: bool) -> list[Row]:
    """Return the mean effect in municipalities like these, or the effect in one more of them.

    Effects are draws with a mean and a variance of their own (Paule and Mandel); the interval of
    the mean is Hartung and Knapp's where that is wider, a t on one less than there are effects.
    """
    from evaluatie.stats.prediction import heterogeneity, predict_new
    from evaluatie.stats.student import two_sided_p

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
    df = float(made.n_units - 1)
    found = Estimate(
        estimate=made.estimate,
        std_error=made.pred_error if another else made.std_error,
        conf_low=made.pred_low if another else made.conf_low,
        conf_high=made.pred_high if another else made.conf_high,
        p_value=math.nan if another else two_sided_p(made.estimate / made.std_error, df),
        df=math.nan if another else df,
        method=made.method,
        n_treated=made.n_units,
        n_comparison=len(problem.codes) - int(problem.scaled.treated.sum()),
        alpha=problem.alpha,
    )
    extra = {"q": spread.q, "q_p_value": spread.p_value, "tau": math.sqrt(spread.tau2)}
    extra |= {f"tau_{end}": math.sqrt(getattr(spread, f"tau2_{end}")) for end in ("low", "high")}
    return [Row(found, extra=extra)]


def _robust(problem: Problem) -> list[Row]:
    """The t test with variances that outliers of the comparison group do not move."""
    from evaluatie.stats.change_variance import fit_robustly

    s = problem.scaled
    return [Row(problem.t_test(fit=fit_robustly(s.y[~s.treated], s.v[~s.treated])))]


def _unflagged(problem: Problem) -> list[Row]:
    codes = problem.flagged
    if not codes:
        raise EstimationError("no comparison municipality was flagged", rule="flagged >= 1")
    return [Row(problem.without(codes).t_test())]


def _re_assigned(problem: Problem, *, studentised: bool) -> Randomization:
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
        max_assignments=problem.setting("max_assignments"),
        draws=problem.setting("draws"),
        seed=problem.seed("randomization"),
    )


def _randomization(studentised: bool) -> Callable[[Problem], list[Row]]:
    def run(problem: Problem) -> list[Row]:
        test = _re_assigned(problem, studentised=studentised)
        shown = test if studentised else None
        return [Row(test.result, extra={"smallest_p": test.smallest_p}, test=shown)]

    return run


def null_of(test: Randomization) -> dict[str, Any]:
    """Summarise the re-assignment distribution under no effect, for its figure.

    Returns
    -------
    dict
        ``table``: bins of the (studentised) statistic, parted at the observed one: low, high,
        count, extreme (at least as far from zero as the observed one). ``observed``,
        ``p_value``, ``smallest_p``: statistic of the real assignment, its p-value, and the
        smallest one possible. ``exact``, ``n_assignments``, ``n_statistics``: whether all
        assignments were enumerated, how many there are, how many are counted here.
    """
    edge = abs(test.observed)
    reach = max(float(np.abs(test.statistics).max()), edge) * 1.02
    edges = np.linspace(-reach, reach, _BINS + 1)
    counts, _ = np.histogram(test.statistics, edges)
    extreme = np.abs((edges[:-1] + edges[1:]) / 2) >= edge
    bins = {"low": edges[:-1], "high": edges[1:], "count": counts, "extreme": extreme}
    return {
        "table": records(pd.DataFrame(bins)),
        "observed": test.observed,
        "p_value": test.result.p_value,
        "smallest_p": test.smallest_p,
        "exact": test.exact,
        "n_assignments": test.n_assignments,
        "n_statistics": len(test.statistics),
    }


def _conley_taber(problem: Problem) -> list[Row]:
    from evaluatie.stats.few_treated import conley_taber

    s = problem.scaled
    seed = problem.seed("bootstrap")
    return [Row(conley_taber(s.y, s.treated, weights=s.weight, alpha=problem.alpha, seed=seed))]


def _ferman_pinto(problem: Problem) -> list[Row]:
    from evaluatie.stats.few_treated import ferman_pinto

    s = problem.scaled
    variance = problem.fit.variance(s.v)
    seed = problem.seed("bootstrap")
    return [
        Row(
            ferman_pinto(s.y, s.treated, variance, weights=s.weight, alpha=problem.alpha, seed=seed)
        )
    ]


def _as_panel(problem: Problem) -> tuple[Floats, Floats, Floats]:
    """Two periods, of which the second holds the change: its regression is the estimate."""
    s = problem.scaled
    nothing = np.zeros(len(s.y))
    return (
        np.column_stack([nothing, s.y]),
        np.column_stack([nothing, s.treated]),
        s.weight / s.weight.mean(),
    )


def _wild(problem: Problem) -> list[Row]:
    from evaluatie.stats.wild_bootstrap import wild_bootstrap

    made = wild_bootstrap(
        *_as_panel(problem),
        seed=problem.seed("bootstrap"),
        alpha=problem.alpha,
        minimum_treated=problem.setting("minimum_treated_wild"),
    )
    return [Row(made)]


def _cluster(which: str) -> Callable[[Problem], list[Row]]:
    def run(problem: Problem) -> list[Row]:
        from evaluatie.stats.cluster import crv1, crv3

        error = {"crv1": crv1, "crv3": crv3}[which]
        made = error(
            *_as_panel(problem),
            alpha=problem.alpha,
            minimum_treated=problem.setting("minimum_treated_crv1"),
        )
        return [Row(made)]

    return run


def _leave_one_out(problem: Problem) -> list[Row]:
    """Leave out each treated municipality, and each comparison municipality that was flagged."""
    treated = [problem.codes[at] for at in np.flatnonzero(problem.scaled.treated)]
    if len(treated) < 2:
        raise EstimationError("one treated unit cannot be left out", rule="treated >= 2")
    return [
        Row(problem.without([code]).t_test(), unit=code) for code in (*treated, *problem.flagged)
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
    "random-effects mean": Method(
        lambda problem: _expected(problem, another=False),
        ("parallel-trends", "variance-model", "exchangeable-municipalities"),
        "primary",
        "mean",
    ),
    "prediction for one more": Method(
        lambda problem: _expected(problem, another=True),
        ("parallel-trends", "variance-model", "exchangeable-municipalities"),
        "primary",
        "next",
    ),
    "robust variances": Method(_robust, ("parallel-trends", "variance-model"), "sensitivity"),
    "flagged left out": Method(_unflagged, ("parallel-trends", "variance-model"), "sensitivity"),
    "precision-weighted t": Method(
        lambda problem: [Row(problem.t_test("model"))],
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
    "crv1": Method(_cluster("crv1"), ("parallel-trends", "few-clusters"), "comparator"),
    "crv3": Method(_cluster("crv3"), ("parallel-trends", "few-clusters"), "comparator"),
}
"""Methods by the name that the plan and the result table use."""


def estimate_rows(
    problem: Problem, methods: Iterable[str]
) -> tuple[list[dict[str, Any]], tuple[str, ...], Randomization | None]:
    """Run methods: rows of the table, assumptions, and the re-assignments to be shown.

    A method that cannot be used keeps its row, without numbers and with the reason.

    Raises
    ------
    UnknownNameError
        For a method that does not exist.
    """
    table, question = problem.table, problem.question
    used = table.used
    names = dict(zip(used["municipality_code"], used["municipality"], strict=True))
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
    rows: list[dict[str, Any]] = []
    keys: list[str] = []
    test: Randomization | None = None
    for name in methods:
        for made in _run(name, problem):
            about = {"method": name, "municipality": names.get(made.unit)}
            rows.append({**common, **about, **_cells(made, name, question.scale)})
            test = made.test or test
        keys += METHODS[name].assumptions
    keys += on_provisional(*table.vintages)
    if table.vintage != table.baseline_vintage:
        keys.append("mixed-vintage-pair")
    if question.scale == "ratio":
        keys.append("log-linearised")
    if table.group.rule == "nearest":
        keys.append("matched-on-baseline")
    if (table.left_out["group"] == "treated").any():
        keys.append("treated-missing")
    return rows, tuple(dict.fromkeys(keys)), test


def _cells(row: Row, method: str, scale: str) -> dict[str, Any]:
    each = row.estimate
    numbers = {
        "estimate": each.estimate,
        "conf_low": each.conf_low,
        "conf_high": each.conf_high,
        **{name: value for name, value in row.extra.items() if name.startswith("shrunk")},
    }
    if scale == "ratio":
        # NaN stays NaN.
        numbers = {k: math.inf if v >= 700 else math.exp(v) for k, v in numbers.items()}
    return {
        **row.extra,
        **numbers,
        "unit": row.unit,
        "estimand": _estimand(row, method),
        "std_error": each.std_error,
        "p_value": each.p_value,
        "role": METHODS[method].role,
        "n_treated": each.n_treated,
        "n_comparison": each.n_comparison,
        "assumption": " ".join(METHODS[method].assumptions),
        "note": row.note,
        "reason": row.reason,
    }


def _estimand(row: Row, method: str) -> str:
    return "own" if row.unit != POOLED and method != "leave-one-out" else METHODS[method].estimand
