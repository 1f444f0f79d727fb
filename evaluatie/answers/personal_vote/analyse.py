"""What the new ballot did to votes on persons: difference in differences of municipalities.

Every municipality gives one change per measure, from the last election of the same kind with the
old ballot. Councils have lists and candidates of their own, so nobody stands elsewhere, and what
moves these shares are persons: chance in counting votes is small beside it. Each municipality
therefore counts once, with the pooled two-sample t (exact where changes are normal and vary
alike), and beside it re-assignment, which supposes only that any set of as many could have had
the ballot. The mean over voters, with variances of the comparison group, is the second answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.analysis import Analysis
from evaluatie.answers.personal_vote.measures import MEASURES, measures
from evaluatie.answers.personal_vote.printed import PrintedGap, printed_gap
from evaluatie.answers.personal_vote.words import sentence
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design, load_design
from evaluatie.stats._student import critical_value
from evaluatie.stats._types import Estimate, Flags, Floats
from evaluatie.stats.changes import weighted_t
from evaluatie.stats.few_treated import lee_wooldridge
from evaluatie.stats.randomization import randomization_test

__all__ = ["WEIGHTS", "PersonalVoteResult", "personal_vote"]

WEIGHTS: tuple[str, ...] = ("municipalities", "voters")
_POWER = 0.8
_LEAST_COMPARISON = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class PersonalVoteResult(Analysis):
    """Votes on persons before and after; see :func:`personal_vote`.

    Attributes
    ----------
    effects
        One row per measure and weighting, as in ``table``.
    changes
        One row per measure and municipality: election, baseline, municipality_code,
        municipality, group (``first use``, ``later use`` or ``comparison``), votes, measure,
        before, after, change.
    lacking
        Municipality with the new ballot to why it takes no part: the election that it has no
        candidate counts of, or ``merger``.
    printed
        The shares that were printed of another election.
    """

    effects: pd.DataFrame
    changes: pd.DataFrame
    lacking: Mapping[str, str]
    printed: PrintedGap | None

    @property
    def by_municipality(self) -> PersonalVoteResult:
        """The same result with the changes of municipalities as its table."""
        return replace(self, table=self.changes)

    def sentence(self, lang: str = "nl") -> str:
        """Say what is seen, what could have been, and what was printed."""
        return sentence(self.effects, self.lacking, self.printed, lang)


def personal_vote(
    summary: pd.DataFrame,
    election: str | None = None,
    baseline: str | None = None,
    *,
    figures: pd.DataFrame | None = None,
    mergers: pd.DataFrame | None = None,
    names: pd.DataFrame | None = None,
    design: Design | None = None,
    alpha: float | None = None,
    seed: int | None = None,
) -> PersonalVoteResult:
    """Compare votes on persons with the new ballot and with the old one.

    Parameters
    ----------
    summary
        Rows of ``candidate_summary`` at both elections; see :func:`load_candidates`.
    election, baseline
        By default the latest with the new ballot of which there are counts at both it and the
        plan's baseline.
    figures
        Table ``published_figures``, to set the printed shares beside the result.
    mergers
        Table ``mergers``: municipalities that took in others in between are left out.
    names
        Table ``municipality_codes``; without it municipalities are named by their codes.
    design, alpha, seed
        Instead of the plan, its level and its seed for re-assignment.

    Returns
    -------
    PersonalVoteResult
        ``table``: election, baseline, measure (see :func:`measures`), weights
        (``municipalities``: each counts once; ``voters``: by votes at the later election),
        before, after, before_comparison, after_comparison, change, change_comparison (means;
        fractions, or candidates for ``concentration``), estimate (difference of the changes),
        std_error, conf_low, conf_high, p_value (t), p_assigned (re-assignment), lowest, highest
        (estimates with any one municipality left out), detectable (difference that a test at
        alpha sees with 80% power: ``(t_{1-alpha/2} + t_{0.8}) std_error``, Bloom 1995,
        Evaluation Review 19), n_treated, n_comparison, method.

    Raises
    ------
    EstimationError
        Without counts at both elections, a treated municipality at both, or three to compare
        with.
    """
    plan = design or load_design()
    level = plan.alpha if alpha is None else alpha
    start = plan.seed("randomization") if seed is None else seed
    now, base = _pair(summary, election, baseline, plan)
    then, after = (measures(summary[summary["election"] == name]) for name in (base, now))
    grown = set() if mergers is None else _grown(mergers, base, now, plan)
    both = then.add_suffix("_before").join(after.add_suffix("_after"), how="inner")
    both = both[~both.index.isin(grown)].sort_index()
    treated = both.index.isin(plan.treated(now))
    group = np.array([plan.group(str(code), now) for code in both.index], dtype=object)
    kept = treated | (group == "comparison")
    changes = _changes(both[kept], now, base, group[kept], names)
    effects = _effects(changes, level, start, plan)
    lacking = {
        plan.municipalities.get(code, code): _why(code, grown, after, now, base)
        for code in plan.treated(now)
        if code not in both.index
    }
    return PersonalVoteResult(
        table=effects,
        effects=effects,
        changes=changes,
        lacking=lacking,
        printed=None if figures is None else printed_gap(figures, summary, plan, level, start),
        assumptions=("parallel-personal", "own-lists", "alike-changes", "exchangeable-councils"),
        seed=start,
        sources=tuple(
            sorted(summary.loc[summary["election"].isin([now, base]), "source"].unique())
        ),
    )


_COLUMNS = [
    *("election", "baseline", "measure", "weights", "before", "after", "before_comparison"),
    *("after_comparison", "change", "change_comparison", "estimate", "std_error", "conf_low"),
    *("conf_high", "p_value", "p_assigned", "lowest", "highest", "detectable", "n_treated"),
    *("n_comparison", "method"),
]


def _pair(
    summary: pd.DataFrame, election: str | None, baseline: str | None, plan: Design
) -> tuple[str, str]:
    present = set(summary["election"])
    for now in list(plan.new_ballot)[::-1] if election is None else [election]:
        base = baseline or plan.election(now).baseline
        if {now, base} <= present and base is not None:
            return now, base
    if election is not None and plan.election(election).baseline is None and baseline is None:
        raise EstimationError(
            "the plan has no baseline for this election", unit=election, rule="baseline"
        )
    raise EstimationError(
        "counts per candidate are needed of an election with the new ballot and of its baseline",
        unit=election,
        rule="counts",
        value=", ".join(sorted(present)),
    )


def _grown(mergers: pd.DataFrame, base: str, election: str, plan: Design) -> set[str]:
    years = mergers["valid_from_year"]
    first, last = plan.election(base).date.year, plan.election(election).date.year
    return set(mergers.loc[(years > first) & (years <= last), "code_to"])


def _why(code: str, grown: set[str], after: pd.DataFrame, now: str, base: str) -> str:
    if code not in after.index:
        return now
    return "merger" if code in grown else base


def _changes(
    both: pd.DataFrame, now: str, base: str, group: Any, names: pd.DataFrame | None
) -> pd.DataFrame:
    head = pd.DataFrame(
        {"election": now, "baseline": base, "municipality_code": both.index, "group": group}
    )
    head["votes"] = both["votes_after"].to_numpy()
    named = pd.Series(both.index, index=both.index)
    if names is not None:
        latest = names.drop_duplicates("municipality_code", keep="last")
        named = latest.set_index("municipality_code")["municipality"].reindex(both.index)
        named = named.fillna(pd.Series(both.index, index=both.index))
    head.insert(3, "municipality", named.to_numpy())
    parts = []
    for measure in MEASURES:
        before, after = (both[f"{measure}_{when}"].to_numpy() for when in ("before", "after"))
        parts.append(
            head.assign(measure=measure, before=before, after=after, change=after - before)
        )
    return pd.concat(parts, ignore_index=True)


def _effects(changes: pd.DataFrame, alpha: float, seed: int, plan: Design) -> pd.DataFrame:
    found = []
    for measure in MEASURES:
        rows = changes[changes["measure"] == measure].dropna(subset="change")
        treated = (rows["group"] != "comparison").to_numpy()
        n = int(treated.sum()), int((~treated).sum())
        if n[0] >= 1 and n[1] >= _LEAST_COMPARISON:
            found += [
                {"measure": measure, "weights": each, **_effect(rows, each, alpha, seed, plan)}
                for each in WEIGHTS
            ]
        elif measure == "preference":  # what lists without a candidate of their number have too
            raise EstimationError(
                "too few municipalities with counts per candidate at both elections",
                rule="comparison units" if n[0] else "treated has a baseline",
                value=n,
                expected=f"one with the new ballot, {_LEAST_COMPARISON} to compare with",
            )
    head = {name: changes[name].iloc[0] for name in ("election", "baseline")}
    return pd.DataFrame(found).assign(**head)[_COLUMNS]


def _effect(
    rows: pd.DataFrame, weights: str, alpha: float, seed: int, plan: Design
) -> dict[str, Any]:
    treated = (rows["group"] != "comparison").to_numpy()
    change, votes = rows["change"].to_numpy(), rows["votes"].to_numpy("float64")
    weight = votes if weights == "voters" else np.ones(len(rows))
    found = _tested(change, votes, treated, weights, alpha)
    error = float(found.details.get("std_error_null", found.std_error))
    inference = plan.raw["inference"]
    assigned = randomization_test(
        change,
        treated,
        weights=weight,
        alpha=alpha,
        max_assignments=inference["max_assignments"],
        draws=inference["draws"],
        seed=seed,
    )
    left = _leave_one_out(change, treated, weight)

    def mean(column: str, some: Flags) -> float:
        return float(np.average(rows[column].to_numpy()[some], weights=weight[some]))

    return {
        **{name: mean(name, treated) for name in ("before", "after", "change")},
        **{f"{name}_comparison": mean(name, ~treated) for name in ("before", "after", "change")},
        "estimate": found.estimate,
        "std_error": error,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "p_value": found.p_value,
        "p_assigned": assigned.result.p_value,
        "lowest": float(left.min()),
        "highest": float(left.max()),
        "detectable": (critical_value(alpha, found.df) + critical_value(2 - 2 * _POWER, found.df))
        * error,
        "n_treated": found.n_treated,
        "n_comparison": found.n_comparison,
        "method": found.method,
    }


def _tested(change: Floats, votes: Floats, treated: Flags, weights: str, alpha: float) -> Estimate:
    if weights == "municipalities":
        return lee_wooldridge(change, treated, alpha=alpha)
    # The counting noise falls with votes; its level is fitted, so only its shape is given.
    return weighted_t(change, 1 / votes, treated, weights="voters", ballots=votes, alpha=alpha)


def _leave_one_out(change: Floats, treated: Flags, weight: Floats) -> Floats:
    """Difference in mean changes without each municipality that its group can miss."""
    found = []
    for position in range(len(change)):
        keep = np.arange(len(change)) != position
        one, other = keep & treated, keep & ~treated
        if one.any() and other.any():
            means = [np.average(change[some], weights=weight[some]) for some in (one, other)]
            found.append(means[0] - means[1])
    left: Floats = np.array(found)
    return left
