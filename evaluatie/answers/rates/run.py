"""What the report reads of shares, and the commands about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

from evaluatie.answers.answer import Answer, Found, attempt, known, records
from evaluatie.answers.rates.analyse import BY, rates
from evaluatie.answers.rates.bounded import bounded_rates
from evaluatie.answers.rates.nationwide import nationwide
from evaluatie.answers.rates.pairs import before_after, overview
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Outcome


def run(results: Results) -> Mapping[str, Found]:
    """Compute rates per group at every election, per municipality, before and after."""
    plan = results.counted_plan
    primary = plan.primary_outcome
    found: dict[str, Found] = {"overview": attempt(lambda: {"table": records(overview(results))})}
    found[f"rates_group_{primary}"] = attempt(partial(rates, results, primary, "group"))
    for outcome in dict.fromkeys((primary, "blank")):
        found[f"before_after_{outcome}"] = attempt(partial(before_after, results, outcome))
    pairs = found[f"before_after_{primary}"]
    counted = list(dict.fromkeys(pairs.table["election"])) if known(pairs) else []
    found["rates_municipality"] = (
        rates(results.where(counted), primary, "municipality") if counted else pairs
    )
    for election in plan.history:
        if election in plan.new_ballot and election not in counted:
            found[f"rates_bounded_{election}"] = attempt(
                partial(bounded_rates, results, election, primary), election
            )
    for election in sorted(plan.nationwide & set(results.elections)):
        for outcome in plan.outcomes:
            found[f"nationwide_{election}_{outcome}"] = attempt(
                partial(nationwide, results, election, outcome), election
            )
    return found


def rates_command(
    results: Results,
    election: Sequence[str] | None = None,
    outcome: Outcome = "invalid",
    by: Annotated[str, BY] = "group",
    municipality: Sequence[str] | None = None,
    as_of: str | None = None,
) -> Answer:
    """Shares of invalid, blank or rejected votes.

    Parameters
    ----------
    election
        Such as TK2025; repeatable.
    outcome
        Share of ballots (rejected = invalid + blank), or turnout.
    by
        Rows of the table.
    municipality
        Name or code; repeatable.
    as_of
        Group municipalities as at this election.
    """
    asked = results.where(election).elections if election else results.elections
    chosen = results
    if municipality:
        chosen, by = results.where(asked).only(municipality), "municipality"
    elif election:
        # Groups leave out who has no baseline, so that the baselines are looked at as well.
        grouped = (*asked, as_of) if as_of else asked
        bases = {str(results.plan.election(name).baseline) for name in grouped}
        chosen = results.where([*asked, *bases.intersection(results.elections)])
    try:
        named = asked if election else None
        return rates(chosen, outcome, by, as_of=as_of, elections=named)
    except EstimationError:
        if municipality or len(asked) != 1:
            raise
        # Without counts, print may still give bounds.
        return bounded_rates(results, asked[0], outcome)


def before_after_command(
    results: Results, election: str | None = None, outcome: Outcome = "invalid"
) -> Answer:
    """Shares before and with the new ballot: no effect yet.

    Parameters
    ----------
    election
        With the new ballot; default all.
    outcome
        Share of ballots; rejected = invalid + blank.
    """
    if election is None:
        return before_after(results, outcome)
    if election in results.plan.nationwide:
        return nationwide(results, election, outcome)
    baseline = results.plan.election(election).baseline
    return before_after(results.where([election, *([baseline] if baseline else [])]), outcome)
