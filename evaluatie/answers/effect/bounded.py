"""An election whose counts were printed only as rounded shares: an interval of estimates.

Over all counts that fit what was printed (:mod:`evaluatie.answers.effect.bounds`) the effect has a
smallest and a largest value: the identification bounds. Nothing in between is singled out.

Municipal counts are unknown elsewhere too, so the comparison is the rest of the country as a
whole (national official totals minus the experiment), and the variance of changes between
municipalities cannot be estimated at this election: for each row it is borrowed from the pair
of elections that makes it largest. The interval around the bounds is that of Imbens and
Manski (2004, Econometrica 72, 1845-1857): it covers the effect, wherever between the bounds it
lies, with the stated probability.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Answer, Names, Statement
from evaluatie.answers.baselines import counted_at
from evaluatie.answers.effect import show
from evaluatie.answers.effect.analyse import on_scale
from evaluatie.answers.effect.bounds import (
    Box,
    Completions,
    completions,
    imbens_manski,
    imbens_manski_p,
    known_box,
)
from evaluatie.answers.effect.changes import changes_of
from evaluatie.answers.effect.ratio import log_rate_ratio
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, implied_counts
from evaluatie.ground.errors import EstimationError, EvaluatieError
from evaluatie.plan import Design, Question
from evaluatie.stats.changes import VarianceFit, fit_between_variance, score_interval
from evaluatie.stats.estimates import Floats

__all__ = ["METHOD", "bounded_effect"]

METHOD = "identification bounds"
_ASSUMPTIONS = (
    "printed-precision",
    "learning-print-is-per-voter",
    "blank-bounds",
    "rest-of-country",
    "borrowed-variance",
)
READINGS = ("bounds, print per municipality", "bounds, without that print")
"""Beside the primary reading, in which the printed share of all together is that of all voters:
it is the mean of municipal percentages, or it is not used."""


def bounded_effect(results: Results, election: str, question: Question) -> Answer:
    """Bound the effect at an election whose counts are known only as intervals.

    Returns
    -------
    Answer
        ``table`` as that of :func:`evaluatie.answers.effect.effect`, a row for all together and
        one per municipality, with bounds and without an estimate. ``parts["changes"]``: per
        treated municipality the baseline, and bounds on counts, share and change.

    Raises
    ------
    EstimationError
        For another outcome than invalid votes (only their share was printed), another
        comparison group than the rest of the country, or where what is needed was not printed.
    """
    if question.outcome != "invalid":
        raise EstimationError(
            f"the outcome {question.outcome!r} is unknown per municipality; printed is the "
            "invalid share",
            unit=election,
            rule="outcome known in this vintage",
        )
    if question.comparison != "all":
        raise EstimationError(
            "no municipal counts outside the experiment: only the rest of the country as a "
            "whole can be compared with (comparison 'all')",
            unit=election,
            rule="comparison known",
        )
    plan = results.design
    base = plan.election(election).baseline
    if base is None:
        raise EstimationError("the plan has no baseline", unit=election, rule="baseline")
    box = known_box(results, election)
    before = _baseline(results, base, box.codes, plan)
    rest = _Rest.of(results.table("national_results"), election, base, before)
    points = completions(box)
    values = _effects(points, before, rest, question)
    noise = _Noise.of(results, election, points, before, rest, question)
    rows = [
        {**_row(values[unit], noise, unit, question.alpha), "method": METHOD, "role": "primary"}
        for unit in ("pooled", *box.codes)
    ]
    if box.pooled is not None:
        for name, other in zip(
            READINGS, (replace(box, equal=True), replace(box, pooled=None)), strict=True
        ):
            read = completions(other)
            noise_read = _Noise.of(results, election, read, before, rest, question)
            value = _effects(read, before, rest, question)["pooled"]
            row = _row(value, noise_read, "pooled", question.alpha)
            rows.append({**row, "method": name, "role": "sensitivity"})
    common = {
        "outcome": question.outcome,
        "election": election,
        "baseline": base,
        "scale": question.scale,
        "weights": question.weights,
        "comparison": "rest",
        "assumption": " ".join(_ASSUMPTIONS),
        "vintage": "printed",
        "baseline_vintage": "official",
        "n_comparison": noise.n_comparison,
        "note": "municipal counts are not public",
        "reason": "bounds",
    }
    table = pd.DataFrame([{**common, **row} for row in rows])
    if question.scale == "ratio":
        ends = ["bound_low", "bound_high", "conf_low", "conf_high"]
        table[ends] = np.exp(table[ends])
    table["estimand"] = ["these" if unit == "pooled" else "own" for unit in table["unit"]]
    table["municipality"] = [plan.municipalities.get(unit) for unit in table["unit"]]
    table = table.reindex(columns=list(show.COLUMNS))
    words = {**show.words(table.iloc[0]), "level": show.level(question.alpha)}
    statements = [
        Statement(f"effect.bounds_{question.scale}", words),
        Statement("effect.bounds_not_expected"),
    ]
    readings = table[table["method"].isin(READINGS)].set_index("method")
    if len(readings):
        read_as: dict[str, Any] = {
            f"{key}_{end}": readings.loc[name, f"bound_{end}"]
            for key, name in zip(("equal", "without"), READINGS, strict=True)
            for end in ("low", "high")
        }
        statements.append(Statement(f"effect.readings_{question.scale}", read_as))
    return Answer(
        table=table,
        columns=show.BOUNDS,
        statements=tuple(statements),
        assumptions=(*_ASSUMPTIONS, "parallel-trends"),
        sources=(*results.where([election, base]).sources, "published-figures"),
        parts={"changes": _changes(box, points, before, plan)},
        draw=show.draw,
    )


def _baseline(results: Results, base: str, codes: Sequence[str], plan: Design) -> pd.DataFrame:
    known = counted_at(results, base, "invalid", "best")
    lacking = [code for code in codes if code not in known.index]
    if lacking:
        # What was printed is of all of them together: nobody can be left out of it.
        names = Names(tuple(plan.municipalities.get(code, code) for code in lacking)).say("en")
        raise EstimationError(
            f"the printed shares include {names}, of which no count of {base} is known",
            rule="treated has a baseline",
            expected=f"counts at {base}",
        )
    return known.loc[list(codes)]


@dataclass(frozen=True, eq=False)
class _Rest:
    """National totals after and before, and those of the rest before."""

    invalid: float
    ballots: float
    invalid_before: float
    ballots_before: float

    @classmethod
    def of(cls, totals: pd.DataFrame, election: str, base: str, before: pd.DataFrame) -> _Rest:
        official = totals[totals["vintage"] == "official"].set_index("election")
        for name in (election, base):
            known = name in official.index and official.loc[name, ["invalid", "ballots"]].notna()
            if not np.all(known):
                raise EstimationError(
                    "the national totals are unknown", unit=name, rule="known counts"
                )
        total = official[["invalid", "ballots"]].astype("float64").loc[[election, base]].to_numpy()
        return cls(
            invalid=float(total[0, 0]),
            ballots=float(total[0, 1]),
            invalid_before=float(total[1, 0] - before["count"].sum()),
            ballots_before=float(total[1, 1] - before["total"].sum()),
        )

    @property
    def share_before(self) -> float:
        return self.invalid_before / self.ballots_before

    def share(self, points: Completions) -> Floats:
        """Share of the rest of the country after, at every point."""
        share: Floats = (self.invalid - points.invalid.sum(axis=1)) / (
            self.ballots - points.ballots.sum(axis=1)
        )
        return share


def _effects(
    points: Completions, before: pd.DataFrame, rest: _Rest, question: Question
) -> dict[str, Interval]:
    """Smallest and largest effect over the points, pooled and per municipality."""
    then = before["share"].to_numpy()
    after = rest.share(points)
    if question.scale == "points":
        own = points.share - then
        trend = after - rest.share_before
        weight = points.ballots if question.weights == "voters" else np.ones_like(points.ballots)
        pooled = (weight * own).sum(axis=1) / weight.sum(axis=1)
    else:
        with np.errstate(divide="ignore"):
            own = np.log(points.share) - np.log(then)
        trend = np.log(after / rest.share_before)
        x0, n0 = before["count"].to_numpy(), before["total"].to_numpy()
        pooled = np.array(
            [
                log_rate_ratio(x0, n0, x1, n1, question.weights)
                for x1, n1 in zip(points.invalid, points.ballots, strict=True)
            ]
        )
    values = {"pooled": pooled - trend}
    values |= {str(c): own[:, i] - trend for i, c in enumerate(before.index)}
    return {unit: Interval(float(v.min()), float(v.max())) for unit, v in values.items()}


@dataclass(frozen=True, eq=False)
class _Noise:
    """Sampling variance per unit: that of no effect and its growth per unit of effect."""

    variance: Mapping[str, float]
    growth: Mapping[str, float]
    df: float
    n_comparison: int

    @classmethod
    def of(
        cls,
        results: Results,
        election: str,
        points: Completions,
        before: pd.DataFrame,
        rest: _Rest,
        question: Question,
    ) -> _Noise:
        """Take, per unit, the variance of changes from the pair that gives the largest."""
        n0 = before["total"].to_numpy()
        n1 = points.ballots.min(axis=0)  # fewest ballots, largest noise
        q0, q1 = rest.share_before, float(rest.share(points).max())
        elsewhere = _valid_elsewhere(results, election)
        spread = float((elsewhere**2).sum() / elsewhere.sum() ** 2)
        if question.scale == "points":
            v = q0 * (1 - q0) / n0 + q1 * (1 - q1) / n1
            slope = max(0.0, 1 - 2 * q1) / n1
            far = q0 * (1 - q0) / rest.ballots_before + q1 * (1 - q1) / rest.ballots
            weight = n1
        else:
            v, slope = 1 / (n0 * q0) + 1 / (n1 * q1), np.zeros(len(n1))
            far = 1 / rest.invalid_before + 1 / rest.invalid
            weight = 1 / v
        if question.weights == "municipalities":
            weight = np.ones(len(n1))
        share = weight / weight.sum()
        codes = [str(c) for c in before.index]
        lent: list[dict[str, tuple[float, float]]] = []
        for fit in (fits := _borrowed(results, question)):
            common = fit.tau2 * spread + fit.phi * far
            own = zip(fit.variance(v) + common, fit.phi * slope, strict=True)
            pooled = float(share**2 @ fit.variance(v)) + common
            lent.append(
                {
                    "pooled": (pooled, fit.phi * float(share**2 @ slope)),
                    **{c: (float(a), float(g)) for c, (a, g) in zip(codes, own, strict=True)},
                }
            )
        if not lent:
            raise EstimationError(
                "no pair of elections with municipal counts to take the variance of changes from",
                unit=election,
                rule="borrowed variance",
            )
        worst = {unit: max(each[unit] for each in lent) for unit in ("pooled", *codes)}
        return cls(
            variance={unit: pair[0] for unit, pair in worst.items()},
            growth={unit: pair[1] for unit, pair in worst.items()},
            df=min(fit.n for fit in fits) - 1.0,
            n_comparison=len(elsewhere),
        )


def _valid_elsewhere(results: Results, election: str) -> Floats:
    plan = results.design
    rows = results.rows
    here = rows[(rows["election"] == election) & (rows["vintage"] == "official")]
    outside = [plan.group(code, election) == "comparison" for code in here["municipality_code"]]
    return np.asarray(here.loc[outside, "valid"].dropna(), dtype=np.float64)


def _borrowed(results: Results, question: Question) -> list[VarianceFit]:
    """Variances of changes of the comparison municipalities at the other pairs of elections."""
    plan = results.design
    # Official counts of other elections may be incomplete: their best stand in.
    asked = replace(question, vintage="best") if question.vintage == "official" else question
    pairs = [tuple(pair) for pair in plan.raw["placebo"]["time"]]
    pairs += [(name, entry.baseline) for name, entry in plan.elections.items() if entry.baseline]
    fits = []
    for election, base in pairs:
        codes = plan.treated(election) or plan.treated(next(iter(plan.history)))
        try:
            table = changes_of(results, election, asked, baseline=base, treated=codes)
            s = on_scale(table.used, asked.scale, asked.weights)
            fits.append(fit_between_variance(s.y[~s.treated], s.v[~s.treated]))
        except EvaluatieError:
            continue  # a pair without municipal counts has nothing to lend
    return fits


def _row(bound: Interval, noise: _Noise, unit: str, alpha: float) -> dict[str, Any]:
    variance, growth = noise.variance[unit], noise.growth[unit]
    error = math.sqrt(variance + growth * max(bound.high, 0.0))
    critical = imbens_manski(bound.high - bound.low, error, alpha, noise.df)
    nearest = 0.0 if bound.contains(0.0) else min(abs(bound.low), abs(bound.high))
    return {
        "unit": unit,
        "bound_low": bound.low,
        "bound_high": bound.high,
        "std_error": error,
        "conf_low": score_interval(bound.low, critical, variance, growth)[0],
        "conf_high": score_interval(bound.high, critical, variance, growth)[1],
        "p_value": imbens_manski_p(
            nearest / math.sqrt(variance), bound.high - bound.low, error, noise.df
        ),
        "n_treated": len(noise.variance) - 1 if unit == "pooled" else 1,
    }


def _changes(box: Box, points: Completions, before: pd.DataFrame, plan: Design) -> pd.DataFrame:
    """Per treated municipality: baseline, and bounds on counts, share and change."""
    rows = []
    for i, code in enumerate(box.codes):
        ballots, invalid = implied_counts(box.valid[i], box.share[i], box.blank_share)
        low, high = float(points.share[:, i].min()), float(points.share[:, i].max())
        then = float(before["share"].to_numpy()[i])
        rows.append(
            {
                "municipality_code": code,
                "municipality": plan.municipalities.get(code, code),
                "group": "treated",
                "ballots_low": ballots.low,
                "ballots_high": ballots.high,
                "invalid_low": invalid.low,
                "invalid_high": invalid.high,
                "count_before": int(before["count"].iloc[i]),
                "ballots_before": int(before["total"].iloc[i]),
                "share_before": then,
                "share_low": low,
                "share_high": high,
                "change_low": low - then,
                "change_high": high - then,
            }
        )
    return pd.DataFrame(rows)
