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

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.baselines import baseline_of, counted_at
from evaluatie.answers.columns import POOLED
from evaluatie.answers.effect import show
from evaluatie.answers.effect.bounds import Box, Completions, completions, known_box
from evaluatie.answers.effect.problem import Problem, Row
from evaluatie.answers.printed import PrintedFigures
from evaluatie.answers.statement import Names, Statement
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, implied_counts
from evaluatie.ground.errors import EstimationError, EvaluatieError
from evaluatie.plan import Design, Question
from evaluatie.stats.change_variance import VarianceFit
from evaluatie.stats.changes import score_interval
from evaluatie.stats.estimates import Floats
from evaluatie.stats.rate_ratio import log_rate_ratio
from evaluatie.stats.student import imbens_manski, imbens_manski_p

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


# Asked for anew by the mean over elections, by national use and by the summary.
@lru_cache(maxsize=16)
def bounded_effect(results: Results, election: str, question: Question) -> Answer:
    """Bound the effect at an election whose counts are known only as intervals.

    The table has a row for all together and one per municipality, with bounds and without an
    estimate; ``parts["changes"]`` holds per treated municipality the baseline, and bounds on
    counts, share and change. Refused for another outcome than invalid votes (only their share was
    printed), another comparison group than the rest of the country, or where what is needed was not
    printed.
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
    plan = results.counted_plan
    base = baseline_of(plan, election)
    box = known_box(results, election)
    case = _Case.of(results, election, base, question, box.codes)
    points = completions(box)
    rows = case.rows(points, [POOLED, *box.codes], METHOD, "primary")
    others: list[Row] = []
    if box.pooled is not None:
        for name, other in zip(
            READINGS, (replace(box, equal=True), replace(box, pooled=None)), strict=True
        ):
            others += case.rows(completions(other), [POOLED], name, "sensitivity")
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
        "n_comparison": len(case.elsewhere),
        "note": "municipal counts are not public",
        "reason": "bounds",
    }
    words = {**show.words(common | rows[0]), "level": show.level(question.alpha)}
    said = [
        Statement(f"effect.bounds_{question.scale}", words),
        Statement("effect.bounds_not_expected"),
    ]
    if others:
        read_as = {
            f"{key}_{end}": row[f"bound_{end}"]
            for key, row in zip(("equal", "without"), others, strict=True)
            for end in ("low", "high")
        }
        said.append(Statement(f"effect.readings_{question.scale}", read_as))
    table = pd.DataFrame([common | row for row in (*rows, *others)])
    return Answer(
        table=table.reindex(columns=list(show.COLUMNS)),
        columns=show.BOUNDS,
        statements=tuple(said),
        assumptions=(*_ASSUMPTIONS, "parallel-trends"),
        sources=(*results.where([election, base]).sources, "published-figures"),
        parts={"changes": _changes(box, points, case.before, plan)},
        draw=show.draw,
    )


def _baseline(results: Results, base: str, codes: Sequence[str]) -> pd.DataFrame:
    plan, known = results.counted_plan, counted_at(results, base, "invalid", "best")
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


def _national(results: Results, election: str) -> Floats:
    """Invalid votes and ballots of the country."""
    total = PrintedFigures.of(results).whole(election)
    if total is None:
        raise EstimationError("the national totals are unknown", unit=election, rule="known counts")
    return np.array([total.invalid, total.ballots])


@dataclass(frozen=True, eq=False)
class _Case:
    """What is known beside the municipalities with the new ballot.

    ``before``: their counts at the baseline; ``whole``: invalid votes and ballots of the country at
    the election; ``rest_before``: those of the rest of the country at the baseline; ``elsewhere``:
    valid votes of every comparison municipality at the election.
    """

    results: Results
    question: Question
    election: str
    before: pd.DataFrame
    whole: Floats
    rest_before: Floats
    elsewhere: Floats

    @classmethod
    def of(
        cls, results: Results, election: str, base: str, question: Question, codes: Sequence[str]
    ) -> _Case:
        plan, rows = results.counted_plan, results.rows
        before = _baseline(results, base, codes)
        whole, then = (_national(results, name) for name in (election, base))
        here = rows[(rows["election"] == election) & (rows["vintage"] == "official")]
        outside = [plan.group(c, election) == "comparison" for c in here["municipality_code"]]
        valid = here.loc[outside, "valid"].dropna().to_numpy("float64")
        rest = then - before[["count", "total"]].sum().to_numpy()
        return cls(results, question, election, before, whole, rest, valid)

    def rest_share(self, points: Completions) -> Floats:
        """Share of the rest of the country at the election, at every point."""
        invalid, ballots = self.whole
        share: Floats = (invalid - points.invalid.sum(axis=1)) / (
            ballots - points.ballots.sum(axis=1)
        )
        return share

    def effects(self, points: Completions) -> dict[str, Interval]:
        """Smallest and largest effect over the points, pooled and per municipality."""
        then, after = self.before["share"].to_numpy(), self.rest_share(points)
        before = self.rest_before[0] / self.rest_before[1]
        if self.question.scale == "points":
            own, trend = points.share - then, after - before
            voters = self.question.weights == "voters"
            weight = points.ballots if voters else np.ones_like(points.ballots)
            pooled = (weight * own).sum(axis=1) / weight.sum(axis=1)
        else:
            with np.errstate(divide="ignore"):
                own = np.log(points.share) - np.log(then)
            trend = np.log(after / before)
            x0, n0 = self.before["count"].to_numpy(), self.before["total"].to_numpy()
            weights = self.question.weights
            after_each = zip(points.invalid, points.ballots, strict=True)
            pooled = np.array([log_rate_ratio(x0, n0, x1, n1, weights) for x1, n1 in after_each])
        values = {POOLED: pooled - trend}
        values |= {str(c): own[:, i] - trend for i, c in enumerate(self.before.index)}
        return {unit: Interval(float(v.min()), float(v.max())) for unit, v in values.items()}

    def noise(self, points: Completions) -> dict[str, tuple[float, float, float]]:
        """Sampling variance per unit without an effect, its growth per unit of effect, and df.

        Of the pairs of elections that lend a variance of changes the one that gives the largest.
        """
        n0 = self.before["total"].to_numpy()
        n1 = points.ballots.min(axis=0)  # fewest ballots, largest noise
        q0 = self.rest_before[0] / self.rest_before[1]
        q1 = float(self.rest_share(points).max())
        spread = float((self.elsewhere**2).sum() / self.elsewhere.sum() ** 2)
        if self.question.scale == "points":
            v = q0 * (1 - q0) / n0 + q1 * (1 - q1) / n1
            slope = max(0.0, 1 - 2 * q1) / n1
            far = q0 * (1 - q0) / self.rest_before[1] + q1 * (1 - q1) / self.whole[1]
            weight = n1
        else:
            v, slope = 1 / (n0 * q0) + 1 / (n1 * q1), np.zeros(len(n1))
            far = 1 / self.rest_before[0] + 1 / self.whole[0]
            weight = 1 / v
        if self.question.weights == "municipalities":
            weight = np.ones(len(n1))
        share = weight / weight.sum()
        units = [POOLED, *map(str, self.before.index)]
        fits = _borrowed(self.results, self.question)
        if not fits:
            raise EstimationError(
                "no pair of elections with municipal counts to take the variance of changes from",
                unit=self.election,
                rule="borrowed variance",
            )
        lent = []
        for fit in fits:
            common, own = fit.tau2 * spread + fit.phi * far, fit.variance(v)
            variance = np.append(share**2 @ own, own) + common
            growth = fit.phi * np.append(share**2 @ slope, slope)
            lent.append(list(zip(variance.tolist(), growth.tolist(), strict=True)))
        df = min(fit.n for fit in fits) - 1.0
        return {unit: (*max(each), df) for unit, *each in zip(units, *lent, strict=True)}

    def rows(self, points: Completions, units: Sequence[str], method: str, role: str) -> list[Row]:
        """Bounds of some units with the interval around them, in one reading of the print."""
        effects, noise = self.effects(points), self.noise(points)
        names = self.results.counted_plan.municipalities
        rows: list[Row] = []
        for unit in units:
            ends = _interval(effects[unit], *noise[unit], self.question.alpha)
            if self.question.scale == "ratio":
                on_scale = ("bound_low", "bound_high", "conf_low", "conf_high")
                ends |= {name: math.exp(ends[name]) for name in on_scale}
            pooled = unit == POOLED
            rows.append(
                {
                    "unit": unit,
                    "municipality": names.get(unit),
                    "method": method,
                    "role": role,
                    "estimand": "these" if pooled else "own",
                    "n_treated": len(self.before) if pooled else 1,
                    **ends,
                }
            )
        return rows


def _borrowed(results: Results, question: Question) -> list[VarianceFit]:
    """Variances of changes of the comparison municipalities at the other pairs of elections."""
    plan = results.counted_plan
    # Official counts of other elections may be incomplete: their best stand in.
    asked = replace(question, vintage="best") if question.vintage == "official" else question
    pairs = [tuple(pair) for pair in plan.raw["placebo"]["time"]]
    pairs += [(name, entry.baseline) for name, entry in plan.elections.items() if entry.baseline]
    fits = []
    for election, base in pairs:
        codes = plan.treated(election) or plan.treated(next(iter(plan.history)))
        # A pair without municipal counts has nothing to lend.
        with contextlib.suppress(EvaluatieError):
            problem = Problem.of(results, election, asked, baseline=base, treated=codes)
            fits.append(problem.scaled.fit)
    return fits


def _interval(
    bound: Interval, variance: float, growth: float, df: float, alpha: float
) -> dict[str, float]:
    error = math.sqrt(variance + growth * max(bound.high, 0.0))
    critical = imbens_manski(bound.width, error, alpha, df)
    nearest = 0.0 if bound.contains(0.0) else min(abs(bound.low), abs(bound.high))
    return {
        "bound_low": bound.low,
        "bound_high": bound.high,
        "std_error": error,
        "conf_low": score_interval(bound.low, critical, variance, growth)[0],
        "conf_high": score_interval(bound.high, critical, variance, growth)[1],
        "p_value": imbens_manski_p(nearest / math.sqrt(variance), bound.width, error, df),
    }


def _changes(box: Box, points: Completions, before: pd.DataFrame, plan: Design) -> pd.DataFrame:
    """Per treated municipality: baseline, and bounds on counts, share and change."""
    implied = [
        implied_counts(valid, share, box.blank_share)
        for valid, share in zip(box.valid, box.share, strict=True)
    ]
    ballots, invalid = zip(*implied, strict=True)
    then, low, high = before["share"].to_numpy(), points.share.min(axis=0), points.share.max(axis=0)
    return pd.DataFrame(
        {
            "municipality_code": box.codes,
            "municipality": [plan.municipalities.get(code, code) for code in box.codes],
            "group": "treated",
            "ballots_low": [each.low for each in ballots],
            "ballots_high": [each.high for each in ballots],
            "invalid_low": [each.low for each in invalid],
            "invalid_high": [each.high for each in invalid],
            "count_before": before["count"].to_numpy().astype(int),
            "ballots_before": before["total"].to_numpy().astype(int),
            "share_before": then,
            "share_low": low,
            "share_high": high,
            "change_low": low - then,
            "change_high": high - then,
        }
    )
