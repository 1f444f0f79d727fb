"""Where everybody votes with the new ballot: before and after, and what that assumes.

Without municipalities on the usual ballot there is no comparison group and no effect can be
estimated. What is left is the change since an earlier election of the same kind, beside the
changes that shares made by themselves between earlier elections with the usual ballot: bounds
for what the ballot did under the assumption that the share would not have moved more than it
did then (bounded variation: Manski and Pepper 2018, Review of Economics and Statistics 100,
232-244). The contrast of municipalities that had met the ballot before with those that had
not is a difference in differences still, and is estimated as one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from evaluatie.answers.answer import Answer, records
from evaluatie.answers.baselines import baseline_of, same_division
from evaluatie.answers.columns import names_of
from evaluatie.answers.effect import effect, pooled
from evaluatie.answers.rates import show
from evaluatie.answers.statement import Statement, on_provisional, one_vintage
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design

_ENOUGH = 2  # earlier pairs of elections, for a range of what shares do by themselves


def nationwide(results: Results, election: str, outcome: str = "invalid") -> Answer:
    """Set a nationwide introduction of the new ballot beside the election before it.

    Only municipalities with counts at both elections, and with the usual ballot at the baseline,
    are in the sums; merged municipalities are added up. Earlier elections give the changes by
    themselves.

    The table (:data:`show.NATIONWIDE`), fractions of ballots, has rows of kind ``change`` (all
    municipalities; with bounds: what the ballot did if the share would otherwise have moved no more
    than between earlier elections), ``first use`` and ``later use`` (the same apart),
    ``experience`` (change where voters had met the ballot before minus change where they had not,
    by the plan's primary methods), and ``earlier change`` (between two elections of one kind, both
    with the usual ballot). Refused if the new ballot was not used nationwide, or counts or baseline
    are missing.
    """
    plan = results.counted_plan
    plan.election(election)  # unknown ones are told as such
    if election not in plan.nationwide:
        raise EstimationError(
            "the new ballot was not used in every municipality; see effect",
            unit=election,
            rule="nationwide",
        )
    baseline = baseline_of(plan, election)
    pairs = _pairs(results, baseline, election, outcome, results.vintage)
    both = [
        plan.has_new_ballot(code, election) and not plan.has_new_ballot(code, baseline)
        for code in pairs["municipality_code"]
    ]
    own = pairs[pd.Series(both, pairs.index, dtype=bool)]
    if own.empty:
        raise EstimationError(
            "no municipality has counts with the new ballot and, before it, with the usual one",
            unit=election,
            rule="known counts",
            expected=f"counts at {baseline} and {election}",
        )
    head = {"election": election, "baseline": baseline, "outcome": outcome}
    first = own["municipality_code"].map(lambda code: plan.exposure(code, election) == 1)
    parts = {"change": own, "first use": own[first], "later use": own[~first]}
    rows = [
        {"kind": kind, **head, **_change(part)}
        for kind, part in parts.items()
        if kind == "change" or 0 < len(part) < len(own)
    ]
    past = _earlier_changes(results, plan, outcome, election)
    swings = [row["estimate"] for row in past]
    if len(swings) >= _ENOUGH:
        rows[0]["bound_low"] = rows[0]["estimate"] - max(swings)
        rows[0]["bound_high"] = rows[0]["estimate"] - min(swings)
    experience, keys = _experience(results, plan, election, outcome, own[~first])
    table = pd.DataFrame([*rows, *experience, *past]).reindex(columns=names_of(show.NATIONWIDE))
    return Answer(
        table=table,
        columns=show.NATIONWIDE,
        statements=_said(table, head),
        assumptions=(
            "nationwide-before-after",
            *(("nationwide-bounded-variation",) if len(swings) >= _ENOUGH else ()),
            *keys,
            *on_provisional(table["vintage"]),
        ),
        seed=plan.seed("randomization") if experience else None,
        sources=results.sources,
    )


def _said(table: pd.DataFrame, head: Mapping[str, str]) -> tuple[Statement, ...]:
    """Say what changed, what that does not show, and what earlier changes allow."""
    whole = table[table["kind"] == "change"].iloc[0]
    past = table[table["kind"] == "earlier change"]["estimate"]
    words = {**head, "outcome": f"@common.{head['outcome']}"}
    said = [Statement("rates.nationwide_change", {**whole, **words})]
    if pd.notna(whole["bound_low"]):
        swings = {"n": len(past), "low": past.min(), "high": past.max()}
        said.append(Statement("rates.nationwide_bounds", {**whole, **words, **swings}))
    else:
        said.append(Statement("rates.nationwide_no_bounds"))
    for _, row in table[table["kind"] == "experience"].head(1).iterrows():
        said.append(Statement("rates.nationwide_experience", {**row, **words}))
    return tuple(said)


def _pairs(
    results: Results, before: str, after: str, outcome: str, vintage: str = "best"
) -> pd.DataFrame:
    """Counts of two elections side by side, in the municipalities of the later one."""
    aligned = same_division(results, (before, after))
    columns = ["municipality_code", "count", "total", "vintage"]
    sides = []
    # The earlier election in the best count there is: it has long been official by now.
    for name, asked in ((before, "best"), (after, vintage)):
        shares = aligned.shares(outcome, asked)
        known = shares["share"].notna() & (shares["count"] <= shares["total"])
        sides.append(shares.loc[known & (shares["election"] == name), columns])
    then, now = sides
    return then.merge(now, on="municipality_code", suffixes=("_before", "_after"))


def _change(pairs: pd.DataFrame) -> dict[str, Any]:
    """Pooled shares before and after, per ballot."""
    sums = pairs[["count_before", "total_before", "count_after", "total_after"]].sum()
    before = float(sums["count_before"] / sums["total_before"])
    after = float(sums["count_after"] / sums["total_after"])
    return {
        "n_municipalities": len(pairs),
        "before": before,
        "after": after,
        "estimate": after - before,
        "method": "pooled before and after",
        "vintage": one_vintage([*pairs["vintage_before"], *pairs["vintage_after"]]),
    }


def _earlier_changes(
    results: Results, plan: Design, outcome: str, election: str
) -> list[dict[str, Any]]:
    """Changes between successive elections of one kind, where nobody had the new ballot yet."""
    until = plan.election(election).date
    kinds: dict[str, list[str]] = {}
    for name in results.elections:
        if name in plan.elections and plan.election(name).date < until:
            kinds.setdefault(plan.election(name).kind, []).append(name)
    rows = []
    for baseline, later in itertools.chain.from_iterable(map(itertools.pairwise, kinds.values())):
        pairs = _pairs(results, baseline, later, outcome)
        codes = pairs["municipality_code"]
        pairs = pairs[[plan.group(str(code), later) == "comparison" for code in codes]]
        if len(pairs) >= _ENOUGH:
            head = {"election": later, "baseline": baseline, "outcome": outcome}
            rows.append({"kind": "earlier change", **head, **_change(pairs)})
    return rows


def _experience(
    results: Results, plan: Design, election: str, outcome: str, known: pd.DataFrame
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Municipalities that had met the ballot against newcomers, as few treated against many."""
    codes = tuple(str(code) for code in known["municipality_code"])
    if not codes:
        return [], ()
    settings = plan.raw["inference"]
    contrast = replace(
        plan,
        history={**plan.history, election: codes},
        new_ballot={election: codes},
        nationwide=plan.nationwide - {election},
    )
    try:
        made = effect(
            replace(results, plan=contrast),
            election,
            outcome,
            methods=(settings["primary_model"], settings["primary_design"]),
        )
    except EstimationError:
        return [], ()
    together = pooled(made)
    rows = together[together["estimate"].notna()].assign(kind="experience")
    found = records(rows)
    return found, ("nationwide-experience",) if found else ()
