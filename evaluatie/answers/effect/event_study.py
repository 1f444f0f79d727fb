"""Event study: did the treated move with the others before the new ballot came?

Every election of the kind is set against the baseline, in today's municipal division: the
difference, between treated and comparison municipalities, of the change in share since the
baseline. Before the new ballot it should be near zero; that is a check on parallel trends,
not a proof. How far trends may fail before the conclusion falls is bounded after Rambachan
and Roth (2023); see :mod:`evaluatie.stats.sensitivity`.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.analysis import Analysis, on_provisional
from evaluatie.answers.baselines import same_division
from evaluatie.answers.effect.changes import ChangeTable, change_table
from evaluatie.answers.effect.earlier import counts_of
from evaluatie.answers.effect.estimation import problem_of
from evaluatie.answers.effect.problem import event_problem
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.words import say
from evaluatie.plan import Design
from evaluatie.stats._types import Floats
from evaluatie.stats.changes import change_in_share, weighted_t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MAGNITUDES", "EventStudyResult", "event_study"]

MAGNITUDES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Relative magnitudes of a violation of parallel trends that are reported."""


@dataclass(frozen=True, kw_only=True, eq=False)
class EventStudyResult(Analysis):
    """Differences from the baseline, per election; see :func:`event_study`.

    Attributes
    ----------
    bounds
        Rambachan–Roth: magnitude, bound_low, bound_high (identified set), conf_low,
        conf_high; empty where there are no two earlier pairs.
    breakdown
        Smallest magnitude at which the robust interval reaches zero.
    """

    election: str
    outcome: str
    bounds: pd.DataFrame
    breakdown: float
    alpha: float

    def sentence(self, lang: str = "nl") -> str:
        """Say how large the earlier differences are beside the effect, and the breakdown."""
        earlier = self.table[self.table["period"] == "earlier"]
        now = self.table[self.table["period"] == "after"].iloc[0]
        words: dict[str, Any] = {
            "outcome": say(f"common.{self.outcome}", lang),
            "n": len(earlier),
            "low": earlier["estimate"].min(),
            "high": earlier["estimate"].max(),
            "first": earlier["election"].iloc[0],
            "baseline": now["baseline"],
            "effect": now["estimate"],
            "election": self.election,
        }
        parts = [say("effect.event_study", lang, **words)]
        if math.isfinite(self.breakdown):
            parts.append(say("effect.breakdown", lang, breakdown=self.breakdown))
        return " ".join(parts)

    def plot(self, kind: str = "event_study", lang: str = "nl") -> Figure:
        """Draw ``event_study``, or ``violations``: the interval by magnitude of violation."""
        from evaluatie.answers.plots import effect_checks as pictures

        match kind:
            case "event_study":
                return pictures.event_study(self.table, lang)
            case "violations" if not self.bounds.empty:
                return pictures.violations(self.bounds, self.breakdown, lang)
            case "violations":
                raise EstimationError("no earlier changes to measure by", rule="picture")
        raise UnknownNameError.of("picture", kind, ("event_study", "violations"))


def event_study(
    results: Results,
    election: str = "TK2025",
    outcome: str = "invalid",
    *,
    weights: str = "voters",
    comparison: str | Sequence[str] = "all",
    vintage: str | None = None,
    design: Design | None = None,
    covariates: pd.DataFrame | None = None,
    alpha: float | None = None,
) -> EventStudyResult:
    """Compare every election of the kind with the baseline, treated against others.

    Parameters
    ----------
    results, election, outcome, weights, comparison, vintage, design, covariates, alpha
        As in :func:`evaluatie.answers.effect.effect`; ballots at ``election`` weigh every row.

    Returns
    -------
    EventStudyResult
        ``table``, a row per election: election, baseline, period (``earlier``, ``baseline``,
        ``after``), date, estimate (fraction: difference of the change since the baseline),
        std_error, conf_low, conf_high, p_value, n_treated, n_comparison, missing (treated
        municipalities without comparable counts then), method.

    Raises
    ------
    EstimationError
        As ``effect``, and where no earlier election of the kind has counts.
    """
    plan = design or results.design
    asked = results.vintage if vintage is None else vintage
    level = plan.alpha if alpha is None else alpha
    about = results.table("covariates") if covariates is None else covariates
    table = change_table(
        results,
        election,
        outcome,
        plan=plan,
        vintage=asked,
        comparison=comparison,
        covariates=about,
    )
    problem = problem_of(
        table, results, weights=weights, scale="points", plan=plan, vintage=asked, alpha=level
    )
    kind = _of_kind(results, plan, election)
    rows = [
        _event(kind[i:], table, results, problem.scaled.weight, plan, asked, level)
        for i in range(len(kind))
    ]
    found = [row for row in rows if row is not None]
    if not any(row["period"] == "earlier" for row in found):
        raise EstimationError(
            "no earlier election of this kind has municipal counts of the outcome",
            unit=election,
            rule="earlier election",
        )
    bounds, breakdown = pd.DataFrame(), math.nan
    # With a single earlier election there is no earlier change to measure by.
    with contextlib.suppress(EstimationError):
        bounds, breakdown = _violations(event_problem(problem), level)
    return EventStudyResult(
        table=pd.DataFrame(found),
        assumptions=(
            *("parallel-trends", "variance-model", "comparable-units", "bounded-trends"),
            *on_provisional(*table.vintages),
        ),
        sources=results.where([row["election"] for row in found]).sources,
        election=election,
        outcome=outcome,
        bounds=bounds,
        breakdown=breakdown,
        alpha=level,
        left_out=table.left_out,
    )


def _of_kind(results: Results, plan: Design, election: str) -> list[str]:
    entry = plan.election(election)
    present = set(results.rows["election"])
    return [
        name
        for name, each in plan.elections.items()
        if each.kind == entry.kind and each.date <= entry.date and name in present
    ]


def _event(
    since: Sequence[str],
    table: ChangeTable,
    results: Results,
    weight: Floats,
    plan: Design,
    vintage: str,
    alpha: float,
) -> dict[str, Any] | None:
    """Return the row of the first election in ``since``, or None where none is comparable.

    All elections of the kind since then decide together which units are comparable: borders
    are followed from each to the next.
    """
    name = since[0]
    row: dict[str, Any] = {
        "election": name,
        "baseline": table.baseline,
        "date": plan.election(name).date.isoformat(),
        "missing": "",
        "method": "variance-weighted t",
    }
    used = table.used
    treated = (used["group"] == "treated").to_numpy(dtype=np.bool_)
    if name == table.baseline:
        counts = {"n_treated": int(treated.sum()), "n_comparison": int((~treated).sum())}
        return {**row, "period": "baseline", "estimate": 0.0, **counts}
    codes = [str(code) for code in used["municipality_code"]]
    aligned = same_division(results, since)
    x, n = counts_of(
        aligned, name, codes, table.outcome, vintage if name == table.election else "best"
    )
    known = np.isfinite(x)
    if not (known & treated).any() or (known & ~treated).sum() < 3:
        return None
    change = change_in_share(
        used["count_before"].to_numpy("float64")[known],
        used["ballots_before"].to_numpy("float64")[known],
        x[known],
        n[known],
        ~treated[known],
    )
    made = weighted_t(
        change.change,
        change.sampling_variance,
        treated[known],
        weights="voters",
        ballots=weight[known],
        variance_slope=change.variance_slope if name == table.election else None,
        alpha=alpha,
    )
    return {
        **row,
        "period": "after" if name == table.election else "earlier",
        "estimate": made.estimate,
        "std_error": made.std_error,
        "conf_low": made.conf_low,
        "conf_high": made.conf_high,
        "p_value": made.p_value,
        "n_treated": made.n_treated,
        "n_comparison": made.n_comparison,
        "missing": ", ".join(used.loc[treated & ~known, "municipality"]),
    }


def _violations(events: Any, alpha: float) -> tuple[pd.DataFrame, float]:
    from evaluatie.stats.sensitivity import relative_magnitudes

    found = relative_magnitudes(
        events.estimates, events.covariance, MAGNITUDES, alpha=alpha, df=events.df
    )
    frame = pd.DataFrame(
        {
            "magnitude": found.magnitude,
            "bound_low": found.bound_low,
            "bound_high": found.bound_high,
            "conf_low": found.conf_low,
            "conf_high": found.conf_high,
        }
    )
    return frame, found.breakdown
