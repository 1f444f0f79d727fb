"""Could a seat have turned on the extra invalid votes?"""

from evaluatie.answers.analysis import because, unavailable
from evaluatie.answers.seats import (
    body_votes,
    is_national,
    lost_votes,
    margins_election,
    seats_at_stake,
)
from evaluatie.ground.errors import EstimationError, InputError
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Set the votes lost in each council, and in the House, against the smallest seat margin."""
    results, plan = inputs.results, inputs.design
    computed: dict[str, object] = {}
    asked = [name for name in plan.history if plan.election(name).kind in ("GR", "TK")]
    # The House elected before has no votes lost, but had the country used the new ballot.
    before = [plan.election(name).baseline for name in asked if is_national(name, plan)]
    for election in dict.fromkeys([*before, *asked]):
        if election is None:
            continue
        keys = (f"seats_{election}", f"seats_at_stake_{election}")
        if election not in results.elections:
            computed |= dict.fromkeys(keys, unavailable("no_counts", election))
            continue
        try:
            votes, _ = body_votes(results, election, data=inputs.data)
        except InputError:
            computed |= dict.fromkeys(keys, unavailable("no_counts", election))
            continue
        names = dict(plan.municipalities)
        computed[keys[0]] = margins_election(votes, names=names, moved=is_national(election, plan))
        try:
            lost = lost_votes(results, election, data=inputs.data)
        except EstimationError as error:
            computed[keys[1]] = because(error)
            continue
        computed[keys[1]] = seats_at_stake(votes, lost, names=names)
    return computed


if __name__ == "__main__":
    main(analyse)
