"""What share of the ballots was invalid, blank, or either, and where?"""

from evaluatie.analysis import records
from evaluatie.bounded_rates import bounded_rates
from evaluatie.rates import before_after, overview, rates
from evaluatie.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Compute rates per group at every election, per municipality, before and after."""
    results, plan = inputs.results, inputs.design
    with_new_ballot = [name for name in plan.new_ballot if name in results.elections]
    computed: dict[str, object] = {"overview": {"table": records(overview(results))}}
    for outcome in plan.outcomes:
        computed[f"rates_group_{outcome}"] = rates(results, outcome, "group")
        computed[f"before_after_{outcome}"] = before_after(results, outcome)
    counted = before_after(results, plan.primary_outcome).table["election"].unique()
    computed["rates_municipality"] = rates(
        results.where(counted), plan.primary_outcome, "municipality"
    )
    # The same municipalities through time: grouped as at each experiment election.
    for election in with_new_ballot:
        kind = plan.election(election).kind
        same_kind = [name for name in results.elections if plan.election(name).kind == kind]
        computed[f"rates_as_of_{election}"] = rates(
            results.where(same_kind), plan.primary_outcome, "group", as_of=election
        )
    for election in with_new_ballot:
        if election not in counted:
            computed[f"rates_bounded_{election}"] = bounded_rates(
                results, election, plan.primary_outcome, data=inputs.data
            )
    return computed


if __name__ == "__main__":
    main(analyse)
