"""What did the new ballot do to invalid, blank and rejected votes, and how sure is that?"""

from functools import partial

import pandas as pd

from evaluatie.answers.analysis import Analysis, attempt, because, records, unavailable
from evaluatie.answers.effect import (
    METHODS,
    EffectResult,
    effect,
    event_study,
    placebos,
    reference_groups,
    specification_curve,
)
from evaluatie.answers.effect.scales import SCALES, WEIGHTS
from evaluatie.ground.errors import EstimationError
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Estimate the effect at every election of the experiment, with its checks and pictures."""
    plan = inputs.design
    computed: dict[str, object] = {}
    summary: list[pd.DataFrame] = []
    for election in plan.elections:
        if election in plan.nationwide:
            computed[f"effect_{election}"] = unavailable("nationwide", election)
        elif election in plan.history and election not in plan.new_ballot:
            computed[f"effect_{election}"] = unavailable("no_election", election)
        elif election in plan.history:
            try:
                made = effect(
                    inputs.results,
                    election,
                    methods=tuple(METHODS),
                )
            except EstimationError as error:
                computed[f"effect_{election}"] = because(error, election)
                continue
            found, rows = _at(inputs, made, election)
            computed |= found
            summary += rows
    computed["effect_summary"] = (
        {"table": records(pd.concat(summary, ignore_index=True))}
        if summary
        else unavailable("no_counts")
    )
    computed |= _event_study(inputs)
    computed["reference_groups"] = attempt(
        partial(
            reference_groups,
            inputs.results,
            plan.raw["checks"]["reference_groups"],
        )
    )
    computed["placebos"] = attempt(partial(placebos, inputs.results))
    return computed


def _at(
    inputs: Inputs, made: EffectResult, election: str
) -> tuple[dict[str, object], list[pd.DataFrame]]:
    """Everything about one election, and its rows in the table of effects."""
    results, plan = inputs.results, inputs.design
    computed: dict[str, object] = {
        f"effect_{election}": made,
        f"effect_{election}_changes": {"table": records(made.changes)},
    }
    if made.null is None:  # counts known only as intervals
        return computed, [
            effect(results, election, weights=weights, scale=scale).pooled
            for weights in WEIGHTS
            for scale in SCALES
        ]
    computed[f"effect_{election}_null"] = made.null.to_dict()
    try:
        matched = effect(results, election, comparison="nearest", methods=("conley-taber",))
        computed[f"effect_{election}_balance"] = {"table": records(matched.balance)}
    except EstimationError as error:
        computed[f"effect_{election}_balance"] = because(error, election)
    curve = specification_curve(results, election)
    computed[f"specification_{election}"] = curve
    return computed, [_primary(curve.table, plan.raw["inference"])]


def _event_study(inputs: Inputs) -> dict[str, object]:
    """The same comparison at earlier elections, where the plan asks for it."""
    election = inputs.design.raw["checks"]["event_study"]
    study = attempt(partial(event_study, inputs.results, election), election)
    if not isinstance(study, Analysis):
        return dict.fromkeys(("event_study", "event_study_bounds"), study)
    bounds = {"table": records(study.bounds), "breakdown": study.breakdown}
    return {"event_study": study, "event_study_bounds": bounds}


def _primary(table: pd.DataFrame, settings: dict[str, str]) -> pd.DataFrame:
    """The plan's two primary methods against all other municipalities, every outcome."""
    methods = [settings["primary_model"], settings["primary_design"]]
    kept = table["method"].isin(methods) & (table["comparison"] == "all")
    return table[kept & table["estimate"].notna()].drop(columns=["spec", "primary"])


if __name__ == "__main__":
    main(analyse)
