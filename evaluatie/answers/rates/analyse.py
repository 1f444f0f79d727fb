"""Invalid, blank and rejected votes as shares of the ballots found.

Official figures do not say whether a share of several municipalities is taken per voter
(pooled: all invalid over all ballots) or as the mean of municipal shares; both are given.
The Council of State (2023) warned that the experiment changes what
counts as valid and as blank, so invalid and blank are always also given as their sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.baselines import shares_of, uncounted
from evaluatie.answers.rates import show
from evaluatie.answers.statement import (
    LEFT_OUT,
    Names,
    Statement,
    everyone_left_out,
    on_provisional,
    one_vintage,
)
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import Design
from evaluatie.stats.estimates import Floats

BY = ("municipality", "group", "election")
"""What a row may be of."""

GROUPS = ("experiment", "first use", "later use", "comparison", "reversal", "rest", "all")
"""Groups in printing order. ``experiment`` is first and later use together; ``comparison``
leaves out the units the plan excludes; ``rest`` is everything outside the experiment, which
is what "elsewhere in the country" means in print; ``all`` is every unit with counts. Who has
the new ballot and no baseline counts only under ``all``, as no effect can be told of it."""


_LEFT_OUT = "left out"
_NEW = ("first use", "later use")
_OUTSIDE = ("comparison", "reversal", "excluded")
_MEMBERS = {"experiment": _NEW, "rest": _OUTSIDE, "all": (*_NEW, *_OUTSIDE, _LEFT_OUT)}


def rates(
    results: Results,
    outcome: str = "invalid",
    by: str = "group",
    *,
    as_of: str | None = None,
    elections: Sequence[str] | None = None,
    vintage: str | None = None,
    alpha: float | None = None,
) -> Answer:
    """Compute shares of an outcome with intervals.

    Parameters
    ----------
    results
        From :func:`evaluatie.load` or :func:`evaluatie.read`.
    outcome
        ``invalid``, ``blank`` or ``rejected`` (their sum), as shares of ballots found; or
        ``turnout``, ballots as share of eligible voters.
    by
        ``municipality``, ``group`` (see :data:`GROUPS`) or ``election``.
    as_of
        Assign municipalities to groups as at this election, whatever election the counts are
        of: the five of TK2025 at TK2023, say. By default each election's own groups.
    elections
        Rows of only these; all by default. ``results`` should hold their baselines too, by
        which municipalities are grouped.
    vintage
        Overrides the vintage of ``results``.
    alpha
        Another two-sided level than the plan's.

    Returns
    -------
    Answer
        ``table`` by municipality: election, municipality_code, municipality, group, exposure,
        vintage, count, total, estimate (fraction of total), conf_low, conf_high (Wilson 1927),
        method. By group or election: election, group, n_municipalities, vintage (``mixed``
        where both occur), count, total, estimate (pooled, per ballot), conf_low, conf_high
        (ratio estimator clustered on municipality, t with n - 1 degrees of freedom; unknown
        for a single municipality), binomial_low, binomial_high (what the interval would be
        if ballots were independent), mean (mean of municipal shares), mean_low, mean_high,
        method. Municipalities whose counts are unknown are left out of every column, and those
        with the new ballot but without a baseline of all groups except ``all``; of turnout
        those where more people voted than are eligible: see ``left_out``.

    Raises
    ------
    UnknownNameError
        For an unknown outcome, vintage, election or ``by``.
    EstimationError
        If no municipality has counts for the outcome.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.rates(evaluatie.load("GR2026").only("Gouda"), by="municipality")
    >>> int(made.table["count"].item()), int(made.table["total"].item())
    (291, 34998)
    >>> made.sentence("en")
    'GR2026, share invalid in Gouda: 0.83% (official).'
    """
    if by not in BY:
        raise UnknownNameError.of("by", by, BY)
    plan = results.counted_plan
    level = plan.alpha if alpha is None else alpha
    wanted = results.elections if elections is None else tuple(elections)
    known, left_out = grouped(results, outcome, vintage, wanted, as_of, paired=by == "group")
    if by == "municipality":
        table = _municipalities(known, plan, level)
        assumptions: tuple[str, ...] = ("binomial",)
    else:
        table = pd.DataFrame(
            {"election": election, "group": group, **_group_row(x, n, counted, level)}
            for election, group, x, n, counted in members(
                known, ("all",) if by == "election" else GROUPS
            )
            # Where everybody had the new ballot, there is no experiment: "all" says it.
            if as_of or group != "experiment" or election not in plan.nationwide
        )
        assumptions = ("clustered-municipality",)
    return Answer(
        table=table,
        columns=show.columns(outcome, by),
        statements=(
            *_each_said(table, outcome, by, elections),
            *_above_all(left_out, elections or [table["election"].iloc[-1]]),
        ),
        assumptions=(*assumptions, *on_provisional(known["vintage"].unique())),
        sources=tuple(sorted(known["source"].unique())),
        left_out=left_out,
        draw=partial(show.draw, outcome) if by == "municipality" else None,
    )


def grouped(
    results: Results,
    outcome: str,
    vintage: str | None,
    wanted: tuple[str, ...],
    as_of: str | None,
    *,
    paired: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return known shares with the group of each municipality, and who was left out of them.

    Where ``paired``, who has the new ballot and no baseline is in none of the groups.
    """
    plan = results.counted_plan
    known = _known(results, outcome, vintage, wanted)
    grouped_at = [as_of or election for election in known["election"].tolist()]
    units = list(zip(grouped_at, known["municipality_code"].tolist(), strict=True))
    known = known.assign(group=[plan.group(code, election) for election, code in units])
    # Voters with a pass vote anywhere: on an island more may vote than are eligible there.
    above = known["share"] > 1
    left_out = known[above]
    group = np.where(left_out["group"].isin(_NEW), "treated", "comparison")
    left_out = left_out.assign(baseline=None, group=group, reason="more_than_all")[list(LEFT_OUT)]
    if paired:
        asked = vintage or results.vintage
        lacking = everyone_left_out(
            *(uncounted(results, plan, name, outcome, asked) for name in dict.fromkeys(grouped_at))
        )
        # Who has the new ballot and counts of it, and none of the baseline.
        new = (lacking["group"] == "treated") & (lacking["reason"] == "no_baseline")
        left_out = everyone_left_out(lacking[new], left_out)
        out = set(zip(lacking[new]["election"], lacking[new]["municipality_code"], strict=True))
        known.loc[[unit in out for unit in units], "group"] = _LEFT_OUT
    return known[~above].reset_index(drop=True), left_out


def _each_said(
    table: pd.DataFrame, outcome: str, by: str, asked: Sequence[str] | None
) -> tuple[Statement, ...]:
    """Say the shares of every election that was asked for by name, else of the latest."""
    if asked is None:
        return (_said(table, outcome, by),)
    counted = set(table["election"])
    return tuple(
        _said(table[table["election"] == name], outcome, by)
        if name in counted
        else Statement("missing.no_counts", {"where": f" ({name})"})
        for name in asked
    )


def _above_all(left_out: pd.DataFrame, said: Sequence[str]) -> Iterator[Statement]:
    """Name those in which more people voted than are eligible, at the elections that are said."""
    above = left_out[(left_out["reason"] == "more_than_all") & left_out["election"].isin(said)]
    for name, rows in above.groupby("election", sort=False):
        names = Names(tuple(rows["municipality"]))
        yield Statement("rates.above_all", {"names": names, "election": name})


def _said(table: pd.DataFrame, outcome: str, by: str) -> Statement:
    """Say the shares of the latest election in the table."""
    latest = table[table["election"] == table["election"].iloc[-1]]
    words = {
        "outcome": f"@common.{outcome}",
        "election": latest["election"].iloc[0],
        "vintage": f"@common.{one_vintage(latest['vintage'])}",
    }
    if by == "municipality":
        # Excluded units (other ballots, not reported) would take the extremes.
        usual = latest[latest["group"] != "excluded"]
        ordered = (latest if usual.empty else usual).sort_values("estimate")
        return Statement(
            "rates.municipalities" if len(ordered) > 1 else "rates.municipality_one",
            {
                "n": len(ordered),
                "median": ordered["estimate"].median(),
                "low": ordered["estimate"].iloc[0],
                "lowest": ordered["municipality"].iloc[0],
                "high": ordered["estimate"].iloc[-1],
                "highest": ordered["municipality"].iloc[-1],
                **words,
            },
        )
    by_group = {str(row["group"]): row for row in latest.to_dict(orient="records")}
    treated, others = by_group.get("experiment"), by_group.get("comparison")
    if treated and others and outcome != "turnout" and treated["n_municipalities"] > 1:
        both = {"treated": treated, "others": others}
        return Statement(
            "rates.versus",
            {f"{who}_{name}": value for who, row in both.items() for name, value in row.items()}
            | words,
        )
    parts = [
        Statement(
            f"rates.{'one' if row['n_municipalities'] == 1 else 'several'}",
            {
                **row,
                "group": f"@rates.group_{name.replace(' ', '_')}",
                "of": f"@rates.of_{'voters' if outcome == 'turnout' else 'ballots'}",
            },
        )
        for name, row in by_group.items()
        if name in ("experiment", "comparison", "all")
    ]
    return Statement("rates.opening", {"parts": parts, **words})


@lru_cache(maxsize=16)
def _known(
    results: Results, outcome: str, vintage: str | None, wanted: tuple[str, ...]
) -> pd.DataFrame:
    """Return known shares at some elections, in order of date and code; kept as they are."""
    shares = shares_of(results, outcome, vintage or results.vintage)
    known = shares[shares["election"].isin(wanted) & shares["share"].notna()]
    if known.empty:
        raise EstimationError(
            f"no municipality has {vintage or results.vintage} counts of {outcome} votes",
            unit=", ".join(wanted) or "no election",
            rule="known counts",
        )
    place = {name: position for position, name in enumerate(results.elections)}
    elections, codes = known["election"].tolist(), known["municipality_code"].tolist()
    units = list(zip(map(place.__getitem__, elections), codes, strict=True))
    order = sorted(range(len(units)), key=units.__getitem__)
    return known.iloc[order].reset_index(drop=True)


def _municipalities(known: pd.DataFrame, plan: Design, alpha: float) -> pd.DataFrame:
    from evaluatie.stats.intervals import wilson

    low, high = wilson(*_counts(known), alpha)
    units = zip(known["municipality_code"].tolist(), known["election"].tolist(), strict=True)
    columns = ["election", "municipality_code", "municipality", "group", "exposure"]
    columns += ["vintage", "count", "total", "share"]
    known = known.assign(exposure=[plan.exposure(code, election) for code, election in units])
    shares = known[columns].rename(columns={"share": "estimate"})
    return shares.assign(conf_low=low, conf_high=high, method="Wilson")


def _counts(units: pd.DataFrame) -> tuple[Floats, Floats]:
    return units["count"].to_numpy("float64"), units["total"].to_numpy("float64")


def members(
    known: pd.DataFrame, groups: Sequence[str] = GROUPS
) -> Iterator[tuple[str, str, Floats, Floats, list[str]]]:
    """Give election, group, counts, totals and vintages of every group that has any."""
    count, total = _counts(known)
    vintages = known["vintage"].tolist()
    positions: dict[str, dict[str, list[int]]] = {}
    units = zip(known["election"].tolist(), known["group"].tolist(), strict=True)
    for position, (election, own) in enumerate(units):
        positions.setdefault(election, {}).setdefault(own, []).append(position)
    for election, by_own in positions.items():
        for group in groups:
            some = _MEMBERS.get(group, (group,))
            here = sorted(position for own in some for position in by_own.get(own, ()))
            if here:
                yield election, group, count[here], total[here], [vintages[i] for i in here]


def _group_row(x: Floats, n: Floats, vintages: Sequence[str], alpha: float) -> dict[str, Any]:
    from evaluatie.stats.intervals import mean_of_shares, ratio_interval, wilson

    pooled = ratio_interval(x, n, alpha=alpha)
    mean = mean_of_shares(x, n, alpha=alpha)
    naive_low, naive_high = wilson(np.array([x.sum()]), np.array([n.sum()]), alpha)
    return {
        "n_municipalities": len(x),
        "vintage": one_vintage(vintages),
        "count": int(x.sum()),
        "total": int(n.sum()),
        "estimate": x.sum() / n.sum(),
        "conf_low": pooled.low,
        "conf_high": pooled.high,
        "binomial_low": float(naive_low[0]),
        "binomial_high": float(naive_high[0]),
        "mean": float((x / n).mean()),
        "mean_low": mean.low,
        "mean_high": mean.high,
        "method": "ratio, clustered on municipality",
    }
