"""Do voters still vote for persons, and do numbers attract votes by themselves?"""

import itertools

from evaluatie.personal_vote import (
    load_candidates,
    number_effect,
    number_effect_change,
    personal_vote,
    preference_effect,
)
from evaluatie.results import load_table
from evaluatie.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Compute shares, number effects, and changes between every two elections of one kind."""
    plan = inputs.design
    counts = load_candidates(inputs.data)
    figures = load_table("published_figures", inputs.data)
    names = load_table("municipality_codes", inputs.data)
    mergers = load_table("mergers", inputs.data)
    computed: dict[str, object] = {
        "personal_vote_group": personal_vote(counts, figures=figures, design=plan),
        "personal_vote_municipality": personal_vote(
            counts, "municipality", names=names, design=plan
        ),
        "personal_vote_list": personal_vote(counts, "list", design=plan),
        "number_effect": number_effect(counts, design=plan),
    }
    present = [name for name in plan.elections if name in set(counts["election"])]
    for baseline, election in itertools.pairwise(present):
        if plan.election(baseline).kind != plan.election(election).kind:
            continue
        pair = f"{baseline}_{election}"
        computed[f"preference_effect_{pair}"] = preference_effect(
            counts, election, baseline, mergers=mergers, design=plan
        )
        computed[f"number_effect_change_{pair}"] = number_effect_change(
            counts, election, baseline, design=plan
        )
    return computed


if __name__ == "__main__":
    main(analyse)
