"""Change per reason between two elections, in the same municipalities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from evaluatie.answers.analysis import Analysis
from evaluatie.answers.reasons.units import wide
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.words import say
from evaluatie.plan import Design
from evaluatie.stats.intervals import wilson

__all__ = ["ReasonChangesResult", "reason_changes"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReasonChangesResult(Analysis):
    """Change per reason between two elections; see :func:`reason_changes`."""

    def sentence(self, lang: str = "nl") -> str:
        """Say how the design-tied share moved."""
        design = self.table[self.table["reason"] == "design"].iloc[0]
        return say("reasons.change", lang, **{str(name): v for name, v in design.items()})


def reason_changes(
    table: pd.DataFrame,
    results: Results,
    election: str,
    baseline: str,
    *,
    design: Design | None = None,
    alpha: float | None = None,
) -> ReasonChangesResult:
    """Compare reasons, as shares of ballots, between two elections in the same municipalities.

    Returns
    -------
    ReasonChangesResult
        ``table``: election, baseline, level, reason, group, n_municipalities, before, after
        (fractions of ballots found, pooled), estimate (after - before), conf_low, conf_high
        (simultaneous over the reasons by Bonferroni; jackknife over municipalities with t, or
        Newcombe 1998 for a single one), method.

    Raises
    ------
    UnknownNameError
        For an election that the table does not have.
    EstimationError
        If no municipality has counts and known ballots at both.
    """
    plan = design or results.design
    level = plan.alpha if alpha is None else alpha
    for name in (election, baseline):
        if name not in set(table["election"]):
            raise UnknownNameError.of("election", name, dict.fromkeys(table["election"]))
    now, then = (wide(table, name, results) for name in (election, baseline))
    codes = now.index.intersection(then.index)
    if codes.empty:
        raise EstimationError(
            "no municipality has counted reasons and known ballots at both elections",
            unit=f"{baseline}, {election}",
            rule="same municipalities",
        )
    now, then = now.loc[codes], then.loc[codes]
    keys = [name for name in now.columns if name != "ballots"]
    group_of = dict(zip(table["reason"], table["group"], strict=True))
    rows = []
    for key in keys:
        x0, n0, x1, n1 = (
            frame[name].to_numpy("float64") for frame in (then, now) for name in (key, "ballots")
        )
        low, high, method = _difference(x0, n0, x1, n1, level / len(keys))
        before, after = x0.sum() / n0.sum(), x1.sum() / n1.sum()
        rows.append(
            {
                "election": election,
                "baseline": baseline,
                "level": "reason" if key in group_of else "group",
                "reason": key,
                "group": group_of.get(key, key),
                "n_municipalities": len(codes),
                "before": before,
                "after": after,
                "estimate": after - before,
                "conf_low": low,
                "conf_high": high,
                "method": method,
            }
        )
    return ReasonChangesResult(
        table=pd.DataFrame(rows), assumptions=("reasons-list", "clustered-municipality")
    )


def _difference(x0: Any, n0: Any, x1: Any, n1: Any, alpha: float) -> tuple[float, float, str]:
    """Interval of the difference of two pooled shares of the same municipalities."""
    estimate = x1.sum() / n1.sum() - x0.sum() / n0.sum()
    k = len(x0)
    if k > 1:
        left = (x1.sum() - x1) / (n1.sum() - n1) - (x0.sum() - x0) / (n0.sum() - n0)
        error = float(np.sqrt((k - 1) / k * ((left - left.mean()) ** 2).sum()))
        half = float(special.stdtrit(k - 1, 1 - alpha / 2)) * error
        return estimate - half, estimate + half, "jackknife over municipalities, Bonferroni"
    (low0, low1), (high0, high1) = wilson(np.array([x0[0], x1[0]]), np.array([n0[0], n1[0]]), alpha)
    p0, p1 = x0[0] / n0[0], x1[0] / n1[0]
    low = estimate - float(np.hypot(p1 - low1, high0 - p0))
    high = estimate + float(np.hypot(high1 - p1, p0 - low0))
    return low, high, "Newcombe, Bonferroni"
