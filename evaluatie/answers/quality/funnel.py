"""Municipalities in a funnel: whose share lies further out than its size explains."""

from __future__ import annotations

from evaluatie.answers.answer import Answer
from evaluatie.answers.quality import show
from evaluatie.answers.statement import Statement, on_provisional
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError

_OUTCOME, _ALPHA = "invalid", 0.002


def funnel_of(results: Results, election: str) -> Answer:
    """Place the invalid shares of one election in a funnel around the comparison group.

    Limits follow Spiegelhalter (2005, Statistics in Medicine 24, 1185-1202): the target plus or
    minus ``z`` times ``sqrt(p (1 - p) / n + tau2)``, with target and ``tau2`` (in ``parts``)
    estimated on municipalities that voted with the usual ballot; in ``binomial_low`` and
    ``binomial_high`` of the table (:data:`show.FUNNEL`) they are what they would be if
    municipalities did not differ. Refused if fewer than two comparison municipalities have counts.
    """
    from evaluatie.stats.funnel import funnel, funnel_limits

    plan = results.counted_plan
    shares = results.where(election).shares(_OUTCOME)
    known = shares[shares["share"].notna()].reset_index(drop=True)
    group = [plan.group(code, election) for code in known["municipality_code"]]
    known = known.assign(group=group)
    usual = known[known["group"] == "comparison"]
    if len(usual) < 2:
        raise EstimationError(
            "too few comparison municipalities with counts for a funnel",
            unit=election,
            rule="known counts",
            value=len(usual),
        )
    n = known["total"].to_numpy("float64")
    middle = funnel(usual["count"].to_numpy("float64"), usual["total"].to_numpy("float64"))
    placed = funnel(
        known["count"].to_numpy("float64"), n, target=middle.target, tau2=middle.tau2, alpha=_ALPHA
    )
    narrow_low, narrow_high = funnel_limits(n, middle.target, alpha=_ALPHA)
    columns = ["election", "municipality_code", "municipality", "group", "vintage"]
    table = known[[*columns, "count", "total"]].assign(
        estimate=known["share"],
        target=middle.target,
        z=placed.z,
        conf_low=placed.low,
        conf_high=placed.high,
        binomial_low=narrow_low,
        binomial_high=narrow_high,
        flag=placed.flags.astype(int),
    )
    new = table["group"].isin(["first use", "later use"])
    outside = table["flag"] != 0
    said = Statement(
        "quality.funnel",
        {
            "election": election,
            "outcome": f"@common.{_OUTCOME}",
            "target": middle.target,
            "n": len(table),
            "outside": int(outside.sum()),
            "treated": int(new.sum()),
            "treated_outside": int((new & outside).sum()),
        },
    )
    return Answer(
        table=table.sort_values("z", ascending=False, ignore_index=True),
        columns=show.FUNNEL,
        statements=(said,),
        assumptions=on_provisional(known["vintage"]),
        sources=tuple(sorted(set(known["source"]))),
        parts={"target": middle.target, "tau2": middle.tau2},
        draw=show.draw_funnel,
    )
