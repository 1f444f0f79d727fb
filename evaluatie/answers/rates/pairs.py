"""Shares at an election with the new ballot beside those at the last election of its kind."""

from __future__ import annotations

from functools import partial

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.baselines import same_division, uncounted
from evaluatie.answers.columns import names_of
from evaluatie.answers.rates import show
from evaluatie.answers.rates.analyse import rates
from evaluatie.answers.statement import Statement, everyone_left_out, on_provisional
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError


def before_after(
    results: Results, outcome: str = "invalid", *, vintage: str | None = None
) -> Answer:
    """Set the share with the new ballot beside that of the last election of the same kind.

    The change is a description, not an effect: what changed everywhere is still in it. The
    earlier share is that of the best count there is, whatever ``vintage`` is asked for of the
    election with the new ballot.

    Returns
    -------
    Answer
        ``table``, one row per election of the experiment × municipality with counts at both:
        election, baseline, municipality_code, municipality, group, exposure, vintage,
        before, before_low, before_high, after, after_low, after_high (fractions; Wilson),
        change (after - before).

    Raises
    ------
    EstimationError
        If no municipality has both counts.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.before_after(evaluatie.load(["TK2023", "TK2025"]))
    >>> len(made.table)
    5
    """
    plan = results.counted_plan
    asked = results.vintage if vintage is None else vintage
    pairs, left_out = [], []
    for election in plan.new_ballot:
        baseline = plan.election(election).baseline
        if not {baseline, election} <= set(results.elections):
            continue
        aligned = same_division(results, (str(baseline), election))
        try:
            each = rates(aligned, outcome, "municipality", vintage=vintage).table
            best = each
            if asked != "best":
                best = rates(aligned, outcome, "municipality", vintage="best").table
        except EstimationError:
            continue
        treated = each["municipality_code"].isin(plan.treated(election))
        now = _side(each[treated & (each["election"] == election)], "after")
        then = _side(best[best["election"] == baseline], "before")
        then = then[["municipality_code", "before", "before_low", "before_high", "vintage"]]
        both = now.merge(then, on="municipality_code", suffixes=("", "_before"))
        pairs.append(both.assign(baseline=baseline))
        left_out.append(uncounted(results, plan, election, outcome, asked))
    table = pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame()
    if table.empty:
        raise EstimationError(
            f"no municipality has {outcome} votes counted before and with the new ballot",
            rule="known counts",
        )
    vintages = (table["vintage"], table["vintage_before"])
    table = table.assign(change=table["after"] - table["before"])[names_of(show.BEFORE_AFTER)]
    rise = table["change"]
    said = Statement(
        "rates.before_after",
        {
            "outcome": f"@common.{outcome}",
            "n": len(rise),
            "risen": int((rise > 0).sum()),
            "low": rise.min(),
            "high": rise.max(),
            "median": rise.median(),
        },
    )
    return Answer(
        table=table,
        columns=show.BEFORE_AFTER,
        statements=(said,),
        assumptions=("binomial", *on_provisional(*vintages)),
        sources=results.sources,
        left_out=everyone_left_out(*left_out),
        draw=partial(show.draw_before_after, outcome),
    )


def _side(shares: pd.DataFrame, stem: str) -> pd.DataFrame:
    """Call shares and the ends of their intervals before, or after."""
    ends = {"conf_low": f"{stem}_low", "conf_high": f"{stem}_high"}
    return shares.rename(columns={"estimate": stem, **ends})


def overview(results: Results) -> pd.DataFrame:
    """Set the pooled shares of all outcomes side by side, before and with the new ballot.

    Municipalities are grouped as at the election with the new ballot, ``as_of``, also in the rows
    of the election that it is compared with. n_municipalities is of the primary outcome; each
    outcome of the plan has its pooled share and ``<outcome>_vintage``. Refused if no election has
    counts.
    """
    plan = results.counted_plan
    parts = []
    for as_of in plan.new_ballot:
        pair = [plan.election(as_of).baseline, as_of]
        known = [name for name in pair if name in results.elections]
        try:
            tables = {
                outcome: rates(results, outcome, as_of=as_of, elections=known).table
                for outcome in plan.outcomes
            }
        except EstimationError:
            continue  # an election of which only valid votes are known
        key = ["election", "group"]
        wide = tables[plan.primary_outcome][[*key, "n_municipalities"]]
        for outcome, table in tables.items():
            part = table[[*key, "estimate", "vintage"]]
            part = part.set_axis([*key, outcome, f"{outcome}_vintage"], axis=1)
            wide = wide.merge(part, on=key)
        if as_of in set(wide["election"]):
            parts.append(wide.assign(as_of=as_of))
    if not parts:
        raise EstimationError(
            "no election with the new ballot has counts of invalid and blank votes",
            rule="known counts",
        )
    return pd.concat(parts, ignore_index=True)
