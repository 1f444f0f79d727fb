"""Do voters still vote for persons, and do numbers draw votes by themselves?"""

from functools import partial

from evaluatie.answers.analysis import attempt, records
from evaluatie.answers.personal_vote import (
    PersonalVoteResult,
    elections_compared,
    load_candidates,
    personal_vote,
)
from evaluatie.counts import load_table
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Compare votes on persons at every election of the experiment with the one before."""
    plan = inputs.design
    counts = load_candidates(inputs.data, elections=elections_compared(plan))
    tables = {
        "figures": inputs.table("published_figures"),
        "mergers": load_table("mergers", inputs.data),
        "names": load_table("municipality_codes", inputs.data),
    }
    computed: dict[str, object] = {}
    for election in plan.new_ballot:
        compute = partial(personal_vote, counts, election, design=plan, **tables)
        made = computed[f"personal_vote_{election}"] = attempt(compute, election)
        if isinstance(made, PersonalVoteResult):
            computed[f"personal_vote_{election}_changes"] = {"table": records(made.changes)}
    return computed


if __name__ == "__main__":
    main(analyse)
