"""What the new ballot did to preference votes: difference in differences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.analysis import Analysis
from evaluatie.errors import EstimationError
from evaluatie.experiment import Design, load_design
from evaluatie.personal_vote.counts import election_of_the_groups, of_election
from evaluatie.personal_vote.shares import municipal_shares
from evaluatie.stats.changes import weighted_t
from evaluatie.wording import say

__all__ = ["PreferenceEffectResult", "preference_effect"]

_MEASURES = ("preference", "standardised")


@dataclass(frozen=True, kw_only=True, eq=False)
class PreferenceEffectResult(Analysis):
    """Difference in differences of the preference share; see :func:`preference_effect`."""

    def sentence(self, lang: str = "nl") -> str:
        """Say the standardised effect, or that it is a placebo."""
        standardised = self.table[self.table["measure"] == "standardised"].iloc[0]
        row = {str(name): value for name, value in standardised.items()}
        kind = "placebo" if row["placebo"] else "effect"
        return say(f"personal_vote.preference_{kind}", lang, **row)


def preference_effect(
    summary: pd.DataFrame,
    election: str,
    baseline: str | None = None,
    *,
    treated: Iterable[str] | None = None,
    mergers: pd.DataFrame | None = None,
    design: Design | None = None,
    alpha: float | None = None,
) -> PreferenceEffectResult:
    """Estimate what the new ballot did to preference votes, by difference in differences.

    Each municipality is one change in share between two elections; the test is the
    variance-weighted t of :func:`evaluatie.stats.changes.weighted_t`, per voter. Without the
    new ballot at ``election`` the result is a placebo: the municipalities of the latest
    experiment as if treated.

    Parameters
    ----------
    summary
        Rows of ``candidate_summary`` at both elections.
    election, baseline
        The plan's baseline by default.
    treated
        Codes, instead of the plan's.
    mergers
        Table ``mergers``: municipalities that took in others between the elections are left
        out.

    Returns
    -------
    PreferenceEffectResult
        ``table``: election, baseline, placebo, measure (``preference``: all votes;
        ``standardised``: each municipality's lists weighted as in the country, see
        :func:`personal_vote`), before, after, before_comparison, after_comparison (means per
        voter, fractions), estimate, std_error, conf_low, conf_high, p_value, n_treated,
        n_comparison, method.

    Raises
    ------
    EstimationError
        Without a baseline, a treated municipality at both, or enough to compare with.
    """
    plan = design or load_design()
    base = baseline or plan.election(election).baseline
    if base is None:
        raise EstimationError(
            "the plan has no baseline for this election", unit=election, rule="baseline"
        )
    level = plan.alpha if alpha is None else alpha
    at = election if plan.treated(election) else election_of_the_groups(summary, plan)
    codes = set(plan.treated(at) if treated is None else treated)
    then, now = (municipal_shares(of_election(summary, name)) for name in (base, election))
    both = then.add_suffix("_before").join(now.add_suffix("_after"), how="inner")
    group = pd.Series({code: plan.group(code, at) for code in both.index})
    both = both[group.isin(["comparison"]) | both.index.isin(codes)]
    if mergers is not None:
        both = both[~both.index.isin(_grown(mergers, base, election, plan))]
    rows = [_effect_row(both, both.index.isin(codes), name, level) for name in _MEASURES]
    head = {"election": election, "baseline": base}
    placebo = not plan.treated(election) or treated is not None
    return PreferenceEffectResult(
        table=pd.DataFrame([{**head, "placebo": placebo, **row} for row in rows]),
        assumptions=("parallel-preference", "list-mix"),
        sources=tuple(sorted(summary["source"].unique())),
    )


def _effect_row(both: pd.DataFrame, treated: Any, measure: str, alpha: float) -> dict[str, Any]:
    change = both[f"{measure}_after"] - both[f"{measure}_before"]
    noise = both[f"{measure}_variance_after"] + both[f"{measure}_variance_before"]
    found = weighted_t(
        change, noise, treated, weights="voters", ballots=both["votes_after"], alpha=alpha
    )

    def mean(some: Any, when: str) -> float:
        return float(np.average(both[f"{measure}_{when}"][some], weights=both["votes_after"][some]))

    return {
        "measure": measure,
        "before": mean(treated, "before"),
        "after": mean(treated, "after"),
        "before_comparison": mean(~treated, "before"),
        "after_comparison": mean(~treated, "after"),
        "estimate": found.estimate,
        "std_error": found.std_error,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "p_value": found.p_value,
        "n_treated": found.n_treated,
        "n_comparison": found.n_comparison,
        "method": found.method,
    }


def _grown(mergers: pd.DataFrame, base: str, election: str, plan: Design) -> set[str]:
    years = mergers["valid_from_year"]
    first, last = plan.election(base).date.year, plan.election(election).date.year
    return set(mergers.loc[(years > first) & (years <= last), "code_to"])
