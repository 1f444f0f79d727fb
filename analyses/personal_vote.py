"""Do voters still vote for persons, and do numbers attract votes by themselves?"""

import itertools
from functools import partial

from evaluatie.analysis import attempt, unavailable
from evaluatie.personal_vote import (
    load_candidates,
    number_effect,
    number_effect_change,
    personal_vote,
    preference_effect,
)
from evaluatie.results import load_table
from evaluatie.study import Inputs, main

_ALWAYS = (
    *("personal_vote_group", "personal_vote_municipality", "personal_vote_list"),
    "number_effect",
)


def analyse(inputs: Inputs) -> dict[str, object]:
    """Compute shares, number effects, and changes between every two elections of one kind."""
    # Who used which ballot is known of elections without counts, too.
    plan = inputs.results.plan
    counts = load_candidates(inputs.data)
    counts = counts[counts["election"].isin(inputs.results.elections)].reset_index(drop=True)
    if counts.empty:
        return dict.fromkeys(_ALWAYS, unavailable("no_counts"))
    figures = inputs.table("published_figures")
    names = load_table("municipality_codes", inputs.data)
    mergers = load_table("mergers", inputs.data)
    computed: dict[str, object] = {
        name: attempt(partial(compute, counts, design=plan))
        for name, compute in {
            "personal_vote_group": partial(personal_vote, figures=figures),
            "personal_vote_municipality": partial(personal_vote, by="municipality", names=names),
            "personal_vote_list": partial(personal_vote, by="list"),
            "number_effect": number_effect,
        }.items()
    }
    present = [name for name in plan.elections if name in set(counts["election"])]
    for baseline, election in itertools.pairwise(present):
        if plan.election(baseline).kind != plan.election(election).kind:
            continue
        pair = f"{baseline}_{election}"
        computed[f"preference_effect_{pair}"] = attempt(
            partial(preference_effect, counts, election, baseline, mergers=mergers, design=plan)
        )
        computed[f"number_effect_change_{pair}"] = attempt(
            partial(number_effect_change, counts, election, baseline, design=plan)
        )
    return computed


if __name__ == "__main__":
    main(analyse)
