"""What the report reads of the effect, and the command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from evaluatie.answers.answer import Answer, Found, attempt, known, missing, records, together
from evaluatie.answers.columns import POOLED
from evaluatie.answers.effect.analyse import effect, pooled
from evaluatie.answers.effect.event_study import event_study
from evaluatie.answers.effect.methods import METHODS, default_methods
from evaluatie.answers.effect.placebo import placebos
from evaluatie.answers.effect.specification import specification_curve
from evaluatie.counts import Results
from evaluatie.plan import COMPARISONS, Outcome, Scale, Weights


def run(results: Results) -> Mapping[str, Found]:
    """Estimate the effect at every election of the experiment, with its checks.

    Every method, and the specification curve, only of the newest with counts per municipality.
    """
    plan = results.counted_plan
    main = tuple(name for name in default_methods(plan) if METHODS[name].role == "primary")
    newer = False  # whether a later election has counts
    found: dict[str, Found] = {}
    summary: list[pd.DataFrame] = []
    for election in reversed([*plan.elections]):
        name = f"effect_{election}"
        if election in plan.nationwide:
            found[name] = missing("nationwide", election)
        elif election in plan.history and election not in plan.new_ballot:
            found[name] = missing("no_election", election)
        elif election in plan.history:
            methods = main if newer else tuple(METHODS)
            every = partial(effect, results, election, methods=methods)
            made = found[name] = attempt(every, election)
            if not known(made):
                continue
            if "null" not in made.parts:  # counts known only as intervals
                summary.insert(0, pooled(made))
                continue
            if not newer:
                newer = True
                # What is drawn: other outcomes, and ratios, are asked for by name.
                found[f"specification_{election}"] = specification_curve(
                    results, election, outcomes=(plan.primary_outcome,), scales=("points",)
                )
            summary.insert(0, _primary(results, election))
    found["effect_summary"] = (
        {"table": records(pd.concat(summary, ignore_index=True).assign(unit=POOLED))}
        if summary
        else missing("no_counts")
    )
    studied = plan.raw["checks"]["event_study"]
    found["event_study"] = attempt(partial(event_study, results, studied), studied)
    found["placebos"] = attempt(partial(placebos, results))
    return found


def for_sheets(results: Results) -> Mapping[str, Found]:
    """Estimate what a sheet shows of the effect: the plan's first method, its outcome."""
    plan = results.counted_plan
    method, outcome = plan.raw["inference"]["primary_model"], plan.primary_outcome
    return {
        f"effect_{name}": attempt(partial(effect, results, name, outcome, methods=(method,)), name)
        for name in plan.new_ballot
    }


def _primary(results: Results, election: str) -> pd.DataFrame:
    """The plan's two primary methods against all other municipalities, every outcome."""
    settings = results.counted_plan.raw["inference"]
    methods = [settings["primary_model"], settings["primary_design"]]
    made = specification_curve(
        results,
        election,
        scales=("points",),
        weights=("voters",),
        comparisons=("all",),
        methods=methods,
    )
    return made.table[made.table["estimate"].notna()].drop(columns=["spec", "primary"])


def effect_command(
    results: Results,
    election: Sequence[str] | None = None,
    outcome: Outcome = "invalid",
    weights: Weights = "voters",
    municipality: Sequence[str] | None = None,
    comparison: Sequence[str] | None = None,
    scale: Scale = "points",
) -> Answer:
    """The effect of the new ballot, where few used it.

    Parameters
    ----------
    election
        Repeatable; by default the latest with counts.
    outcome
        Share of ballots; rejected = invalid + blank.
    weights
        Whether a voter or a municipality counts once.
    municipality
        With the new ballot, by name or code; repeatable; by default all.
    comparison
        ``all``, ``size``, ``nearest`` or ``province``; or municipalities, repeatable.
    scale
        Difference in points, or rate ratio.
    """
    rules = comparison or ["all"]
    asked = list(dict.fromkeys(election or [results.counted_plan.latest]))
    made = [
        effect(
            results,
            name,
            outcome,
            weights=weights,
            treated=municipality,
            comparison=rules[0] if len(rules) == 1 and rules[0] in COMPARISONS else rules,
            scale=scale,
        )
        for name in asked
    ]
    return made[0] if len(made) == 1 else together(made)
