"""Shares at an election with the new ballot beside those at the last election of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.baselines import counted_at, same_division, uncounted
from evaluatie.answers.columns import names_of
from evaluatie.answers.rates import show
from evaluatie.answers.rates.analyse import grouped, members
from evaluatie.answers.statement import Statement, everyone_left_out, on_provisional, one_vintage
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
    asked = vintage or results.vintage
    rows, left_out = [], []
    vintages: set[str] = set()
    for election in plan.new_ballot:
        baseline = str(plan.election(election).baseline)
        if not {baseline, election} <= set(results.elections):
            continue
        pair = same_division(results, (baseline, election))
        if all(counted_at(pair, name, outcome, asked).empty for name in (baseline, election)):
            continue
        left_out.append(uncounted(results, plan, election, outcome, asked))
        treated = plan.treated(election)
        before = _shares(pair, baseline, outcome, "best", treated, "before")
        for code, now in _shares(pair, election, outcome, asked, treated, "after").items():
            if code in before:
                then = before[code]
                vintages |= {then["vintage"], now["vintage"]}
                row = {**then, **now, "election": election, "baseline": baseline}
                row["group"] = plan.group(code, election)
                row["exposure"] = plan.exposure(code, election)
                rows.append(row | {"change": now["after"] - then["before"]})
    if not rows:
        raise EstimationError(
            f"no municipality has {outcome} votes counted before and with the new ballot",
            rule="known counts",
        )
    table = pd.DataFrame(rows, columns=names_of(show.BEFORE_AFTER))
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
        assumptions=("binomial", *on_provisional(vintages)),
        sources=results.sources,
        left_out=everyone_left_out(*left_out),
        draw=partial(show.draw_before_after, outcome),
    )


def _shares(
    pair: Results, election: str, outcome: str, vintage: str, codes: Sequence[str], stem: str
) -> dict[str, dict[str, Any]]:
    """Return shares with Wilson's interval by code, of those with no more than all votes."""
    from evaluatie.stats.intervals import wilson

    here = counted_at(pair, election, outcome, vintage)
    names = ("municipality_code", "municipality", "vintage", "share", "count", "total")
    every = zip(*(here[name].tolist() for name in names), strict=True)
    kept = sorted(row for row in every if row[0] in codes and row[3] <= 1)
    low, high = (end.tolist() for end in wilson([row[4] for row in kept], [row[5] for row in kept]))
    columns = (*names[:3], stem, f"{stem}_low", f"{stem}_high")
    return {
        row[0]: dict(zip(columns, (*row[:4], *ends), strict=True))
        for row, *ends in zip(kept, low, high, strict=True)
    }


def overview(results: Results) -> pd.DataFrame:
    """Set the pooled shares of all outcomes side by side, before and with the new ballot.

    Municipalities are grouped as at the election with the new ballot, ``as_of``, also in the rows
    of the election that it is compared with. n_municipalities is of the primary outcome; each
    outcome of the plan has its pooled share and ``<outcome>_vintage``. Refused if no election has
    counts.
    """
    plan = results.counted_plan
    rows: list[dict[str, Any]] = []
    for as_of in plan.new_ballot:
        pair = [plan.election(as_of).baseline, as_of]
        known = tuple(name for name in pair if name in results.elections)
        try:
            shares = {
                outcome: grouped(results, outcome, None, known, as_of, paired=True)[0]
                for outcome in plan.outcomes
            }
        except EstimationError:
            continue  # an election of which only valid votes are known
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for outcome, table in shares.items():
            for election, group, x, n, vintages in members(table):
                row = found.setdefault((election, group), {"election": election, "group": group})
                if outcome == plan.primary_outcome:
                    row["n_municipalities"] = len(x)
                row[outcome] = x.sum() / n.sum()
                row[f"{outcome}_vintage"] = one_vintage(vintages)
        whole = [row | {"as_of": as_of} for row in found.values() if set(plan.outcomes) <= set(row)]
        if as_of in {row["election"] for row in whole}:
            rows += whole
    if not rows:
        raise EstimationError(
            "no election with the new ballot has counts of invalid and blank votes",
            rule="known counts",
        )
    return pd.DataFrame(rows)
