"""Could a seat have turned on the extra invalid votes?"""

import numpy as np

from evaluatie.analysis import because, unavailable
from evaluatie.effect import effect
from evaluatie.errors import EstimationError
from evaluatie.results import load_table
from evaluatie.seats import margins_election, seats_at_stake
from evaluatie.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Set the extra invalid votes of each council election against its smallest seat margin."""
    results, plan = inputs.results, inputs.design
    computed: dict[str, object] = {}
    every = load_table("list_votes", inputs.data)
    for election in plan.history:
        if plan.election(election).kind != "GR":
            continue
        here = every["election"] == election
        votes = every[here & every["municipality_code"].isin(plan.treated(election))]
        if election not in results.elections or votes["seats"].isna().all():
            missing = unavailable("no_counts", election)
            computed |= dict.fromkeys((f"seats_{election}", f"seats_at_stake_{election}"), missing)
            continue
        names = dict(plan.municipalities)
        computed[f"seats_{election}"] = margins_election(votes, names=names, moved=False)
        try:
            rows = effect(results, election, data=inputs.data).table
        except EstimationError as error:
            computed[f"seats_at_stake_{election}"] = because(error)
            continue
        rows = rows[(rows["unit"] != "pooled") & (rows["method"] == "variance-weighted t")]
        ballots = results.shares("invalid").query("election == @election")
        ballots = ballots.set_index("municipality_code")["total"].astype("float64")
        excess = rows.assign(
            municipality_code=rows["unit"],
            excess_low=np.floor((rows["conf_low"] * rows["unit"].map(ballots)).clip(lower=0)),
            excess_high=np.ceil((rows["conf_high"] * rows["unit"].map(ballots)).clip(lower=0)),
        ).astype({"excess_low": "int64", "excess_high": "int64"})
        columns = ["election", "municipality_code", "excess_low", "excess_high"]
        computed[f"seats_at_stake_{election}"] = seats_at_stake(votes, excess[columns], names=names)
    return computed


if __name__ == "__main__":
    main(analyse)
