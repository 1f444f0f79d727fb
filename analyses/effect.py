"""What did the new ballot do to invalid, blank and rejected votes, and how sure is that?"""

import pandas as pd

from evaluatie.analysis import records
from evaluatie.effect import (
    METHODS,
    effect,
    event_study,
    placebos,
    reference_groups,
    specification_curve,
)
from evaluatie.effect.scales import SCALES, WEIGHTS
from evaluatie.results import load_table
from evaluatie.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Estimate the effect at every election of the experiment, with its checks and pictures."""
    results, plan, data = inputs.results, inputs.design, inputs.data
    about = load_table("covariates", data)
    computed: dict[str, object] = {}
    summary = []
    for election in (name for name in plan.new_ballot if name in results.elections):
        made = effect(results, election, covariates=about, methods=tuple(METHODS), data=data)
        computed[f"effect_{election}"] = made
        computed[f"effect_{election}_changes"] = {"table": records(made.changes)}
        if made.null is None:  # counts known only as intervals
            summary += [
                effect(results, election, weights=weights, scale=scale, data=data).pooled
                for weights in WEIGHTS
                for scale in SCALES
            ]
            continue
        computed[f"effect_{election}_null"] = made.null.to_dict()
        matched = effect(
            results, election, comparison="nearest", covariates=about, methods=("conley-taber",)
        )
        computed[f"effect_{election}_balance"] = {"table": records(matched.balance)}
        curve = specification_curve(results, election, covariates=about)
        computed[f"specification_{election}"] = curve
        summary.append(_primary(curve.table, plan.raw["inference"]))
    computed["effect_summary"] = {"table": records(pd.concat(summary, ignore_index=True))}
    if "TK2025" in results.elections:
        study = event_study(results, "TK2025", covariates=about)
        computed["event_study"] = study
        computed["event_study_bounds"] = {
            "table": records(study.bounds),
            "breakdown": study.breakdown,
        }
        computed["reference_groups"] = reference_groups(results, "TK2025", data=data)
    computed["placebos"] = placebos(results)
    return computed


def _primary(table: pd.DataFrame, settings: dict[str, str]) -> pd.DataFrame:
    """The plan's two primary methods against all other municipalities, every outcome."""
    methods = [settings["primary_model"], settings["primary_design"]]
    kept = table["method"].isin(methods) & (table["comparison"] == "all")
    return table[kept & table["estimate"].notna()].drop(columns=["spec", "primary"])


if __name__ == "__main__":
    main(analyse)
