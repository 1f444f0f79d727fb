"""What the new ballot did to votes on persons: difference in differences of municipalities.

Every municipality gives one change per measure, from the last election of the same kind with the
old ballot. Councils have lists and candidates of their own, so nobody stands elsewhere, and what
moves these shares are persons: chance in counting votes is small beside it. Each municipality
therefore counts once, with the pooled two-sample t (exact where changes are normal and vary
alike), and beside it re-assignment, which supposes only that any set of as many could have had
the ballot. The mean over voters, with variances of the comparison group, is the second answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.baselines import baseline_of
from evaluatie.answers.personal_vote import show
from evaluatie.answers.personal_vote.counts import elections_compared, load_candidates
from evaluatie.answers.personal_vote.measures import MEASURES, measures, printed_gap
from evaluatie.answers.personal_vote.statements import statements
from evaluatie.answers.statement import LEFT_OUT
from evaluatie.counts import Results
from evaluatie.counts.mergers import between
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design, Question
from evaluatie.stats.changes import weighted_t
from evaluatie.stats.estimates import Flags, Floats
from evaluatie.stats.few_treated import lee_wooldridge
from evaluatie.stats.randomization import randomization_test
from evaluatie.stats.student import critical_value

WEIGHTS: tuple[str, ...] = ("municipalities", "voters")
_POWER = 0.8
_LEAST_COMPARISON = 3


def personal_vote(
    results: Results,
    election: str | None = None,
    *,
    candidates: pd.DataFrame | None = None,
) -> Answer:
    """Compare votes on persons with the new ballot and with the old one.

    Parameters
    ----------
    results
        From :func:`evaluatie.load`: its plan and its folder, where votes on candidates are.
    election
        By default the latest with the new ballot of which there are counts at both it and the
        plan's baseline.
    candidates
        Rows of ``candidate_summary`` at both elections, instead of those of the folder; see
        :func:`load_candidates`.

    Returns
    -------
    Answer
        ``table``: election, baseline, measure (see :func:`measures`), weights
        (``municipalities``: each counts once; ``voters``: by votes at the later election),
        before, after, before_comparison, after_comparison, change, change_comparison (means;
        fractions, or candidates for ``concentration``), estimate (difference of the changes),
        std_error, conf_low, conf_high, p_value (t), p_assigned (re-assignment), lowest, highest
        (estimates with any one municipality left out), detectable (difference that a test at
        alpha sees with 80% power: ``(t_{1-alpha/2} + t_{0.8}) std_error``, Bloom 1995,
        Evaluation Review 19), n_treated, n_comparison, method.

        ``parts["changes"]`` has a row per measure and municipality: election, baseline,
        municipality_code, municipality, group (``first use``, ``later use`` or ``comparison``),
        votes, measure, before, after, change. ``parts["printed"]``, where shares were printed of
        another election, is what :func:`~evaluatie.answers.personal_vote.measures.printed_gap`
        found.

    Raises
    ------
    EstimationError
        Without counts at both elections, a treated municipality at both, or three to compare
        with.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.personal_vote(evaluatie.load())
    >>> int(made.table["n_treated"].iloc[0])
    9
    """
    plan = results.counted_plan
    asked = Question.of(plan, seed=plan.seed("randomization"))
    if candidates is None:
        candidates = load_candidates(results.data, elections=elections_compared(plan))
    now, base = _pair(candidates, election, plan)
    then, after = (measures(candidates[candidates["election"] == name]) for name in (base, now))
    mergers = results.table("mergers")
    years = (plan.election(each).date.year for each in (base, now))
    grown = set(mergers.loc[between(mergers, *years), "code_to"])
    both = then.add_suffix("_before").join(after.add_suffix("_after"), how="inner")
    both = both[~both.index.isin(grown)].sort_index()
    treated = both.index.isin(plan.treated(now))
    group = np.array([plan.group(str(code), now) for code in both.index], dtype=object)
    kept = treated | (group == "comparison")
    changes = _changes(both[kept], now, base, group[kept], results.table("municipality_codes"))
    effects = _effects(changes, asked, plan)
    figures = results.table("published_figures")
    figures = figures[figures["election"].isin(results.elections)]
    printed = printed_gap(figures, candidates, plan, asked)
    sources = candidates.loc[candidates["election"].isin([now, base]), "source"]
    reasons = {
        code: _why(code, grown, after) for code in plan.treated(now) if code not in both.index
    }
    return Answer(
        table=effects,
        columns=show.EFFECTS,
        statements=tuple(statements(effects, printed)),
        assumptions=("parallel-personal", "own-lists", "alike-changes", "exchangeable-councils"),
        seed=asked.seed,
        sources=tuple(sorted(sources.unique())),
        left_out=pd.DataFrame(
            [
                (now, base, code, plan.municipalities.get(code, code), "treated", reason)
                for code, reason in reasons.items()
            ],
            columns=list(LEFT_OUT),
        ),
        parts={"changes": changes, **({} if printed is None else {"printed": printed})},
        brief=show.main_effects(effects),
        draw=show.draw,
    )


def _pair(candidates: pd.DataFrame, election: str | None, plan: Design) -> tuple[str, str]:
    present = set(candidates["election"].unique())
    for now in list(plan.new_ballot)[::-1] if election is None else [election]:
        base = plan.election(now).baseline
        if base is not None and {now, base} <= present:
            return now, base
    if election is not None:
        baseline_of(plan, election)
    raise EstimationError(
        "counts per candidate are needed of an election with the new ballot and of its baseline",
        unit=election,
        rule="counts",
        value=", ".join(sorted(present)),
    )


def _why(code: str, grown: set[str], after: pd.DataFrame) -> str:
    if code not in after.index:
        return "no_candidates"
    return "merged" if code in grown else "no_candidates_before"


def _changes(
    both: pd.DataFrame, now: str, base: str, group: Any, names: pd.DataFrame
) -> pd.DataFrame:
    head = pd.DataFrame(
        {"election": now, "baseline": base, "municipality_code": both.index, "group": group}
    )
    head["votes"] = both["votes_after"].to_numpy()
    latest = names.drop_duplicates("municipality_code", keep="last")
    called = head["municipality_code"].map(latest.set_index("municipality_code")["municipality"])
    head.insert(3, "municipality", called.fillna(head["municipality_code"]))
    parts = []
    for measure in MEASURES:
        before, after = (both[f"{measure}_{when}"].to_numpy() for when in ("before", "after"))
        parts.append(
            head.assign(measure=measure, before=before, after=after, change=after - before)
        )
    return pd.concat(parts, ignore_index=True)


def _effects(changes: pd.DataFrame, asked: Question, plan: Design) -> pd.DataFrame:
    found = []
    for measure, every in changes.groupby("measure", sort=False):
        rows = every.dropna(subset="change")
        treated = (rows["group"] != "comparison").to_numpy()
        n = int(treated.sum()), int((~treated).sum())
        if n[0] >= 1 and n[1] >= _LEAST_COMPARISON:
            head = {name: rows[name].iloc[0] for name in ("election", "baseline", "measure")}
            found += [
                {**head, "weights": each, **_effect(rows, treated, each, asked, plan)}
                for each in WEIGHTS
            ]
        elif measure == "preference":  # what lists without a candidate of their number have too
            raise EstimationError(
                "too few municipalities with counts per candidate at both elections",
                rule="comparison units" if n[0] else "treated has a baseline",
                value=n,
                expected=f"one with the new ballot, {_LEAST_COMPARISON} to compare with",
            )
    return pd.DataFrame(found)


def _effect(
    rows: pd.DataFrame, treated: Flags, weights: str, asked: Question, plan: Design
) -> dict[str, Any]:
    columns = ("before", "after", "change", "votes")
    before, after, change, votes = (rows[name].to_numpy("float64") for name in columns)
    weight = votes if weights == "voters" else np.ones(len(rows))
    if weights == "municipalities":
        found = lee_wooldridge(change, treated, alpha=asked.alpha)
    else:
        # The counting noise falls with votes; its level is fitted, so only its shape is given.
        found = weighted_t(
            change, 1 / votes, treated, weights="voters", ballots=votes, alpha=asked.alpha
        )
    error = float(found.details.get("std_error_null", found.std_error))
    inference = plan.raw["inference"]
    assigned = randomization_test(
        change,
        treated,
        weights=weight,
        alpha=asked.alpha,
        max_assignments=inference["max_assignments"],
        draws=inference["draws"],
        seed=asked.seed or 0,
    )
    left = _leave_one_out(change, treated, weight)
    critical = [critical_value(level, found.df) for level in (asked.alpha, 2 - 2 * _POWER)]

    def mean(values: Floats, some: Flags) -> float:
        return float(np.average(values[some], weights=weight[some]))

    return {
        "before": mean(before, treated),
        "after": mean(after, treated),
        "before_comparison": mean(before, ~treated),
        "after_comparison": mean(after, ~treated),
        "change": mean(change, treated),
        "change_comparison": mean(change, ~treated),
        "estimate": found.estimate,
        "std_error": error,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "p_value": found.p_value,
        "p_assigned": assigned.result.p_value,
        "lowest": min(left),
        "highest": max(left),
        "detectable": sum(critical) * error,
        "n_treated": found.n_treated,
        "n_comparison": found.n_comparison,
        "method": found.method,
    }


def _leave_one_out(change: Floats, treated: Flags, weight: Floats) -> list[float]:
    """Difference in mean changes without each municipality that its group can miss."""
    found = []
    for position in range(len(change)):
        keep = np.arange(len(change)) != position
        one, other = keep & treated, keep & ~treated
        if one.any() and other.any():
            means = [np.average(change[some], weights=weight[some]) for some in (one, other)]
            found.append(float(means[0] - means[1]))
    return found
