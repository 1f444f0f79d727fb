"""What share of the ballots was invalid, blank, or either, and where?"""

from functools import partial

from evaluatie.answers.answer import attempt, because, records
from evaluatie.answers.bounded_rates import bounded_rates
from evaluatie.answers.nationwide import nationwide
from evaluatie.answers.rates import before_after, overview, rates
from evaluatie.ground.errors import EstimationError
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Compute rates per group at every election, per municipality, before and after."""
    results, plan = inputs.results, inputs.design
    primary = plan.primary_outcome
    computed: dict[str, object] = {
        "overview": attempt(lambda: {"table": records(overview(results))})
    }
    for outcome in plan.outcomes:
        computed[f"rates_group_{outcome}"] = attempt(partial(rates, results, outcome, "group"))
        computed[f"before_after_{outcome}"] = attempt(partial(before_after, results, outcome))
    counted: list[str] = []
    try:
        counted = list(dict.fromkeys(before_after(results, primary).table["election"]))
        computed["rates_municipality"] = rates(results.where(counted), primary, "municipality")
    except EstimationError as error:
        computed["rates_municipality"] = because(error)
    for election in plan.history:
        # The same municipalities through time: grouped as at each experiment election.
        kind = plan.election(election).kind
        same_kind = [name for name in results.elections if plan.election(name).kind == kind]
        computed[f"rates_as_of_{election}"] = attempt(
            partial(rates, results.where(same_kind), primary, "group", as_of=election), election
        )
        if election in plan.new_ballot and election not in counted:
            computed[f"rates_bounded_{election}"] = attempt(
                partial(bounded_rates, results, election, primary, data=inputs.data), election
            )
    for election in sorted(plan.nationwide & set(results.elections)):
        for outcome in plan.outcomes:
            computed[f"nationwide_{election}_{outcome}"] = attempt(
                partial(nationwide, results, election, outcome), election
            )
    return computed


if __name__ == "__main__":
    main(analyse)
