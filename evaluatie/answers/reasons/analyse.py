"""Shares of reasons with multinomial uncertainty, or the ranges that print leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Answer, Statement
from evaluatie.answers.reasons import show
from evaluatie.answers.reasons.printed import printed_reasons
from evaluatie.answers.reasons.table import check_sums, load_reasons
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Question
from evaluatie.stats.intervals import ratio_interval, wilson

__all__ = ["GROUPS", "ballots_of", "reasons", "wide"]

GROUPS = ("design", "any")
"""Of the reasons for invalidity: tied to the new ballot, or possible on any."""


def reasons(
    results: Results, table: pd.DataFrame | None = None, *, alpha: float | None = None
) -> Answer:
    """Compute shares of reasons: from counts where given, else from printed totals.

    Shares of several reasons are shares of one whole, so their intervals hold together
    (Goodman 1965, Technometrics 7). Where municipalities differ more than chance allows, the
    counts are divided by Pearson's X² over its degrees of freedom (first-order correction of
    Rao and Scott 1981, JASA 76).

    Parameters
    ----------
    results
        Counts, for ballots and the check of sums; and printed totals, for elections that
        ``table`` does not have.
    table
        From :func:`read_reasons`.
    alpha
        Instead of the plan's level.

    Returns
    -------
    Answer
        ``table``: election, basis (``counts`` or ``printed``), level (``reason``, ``group`` or
        ``valid`` for party-only marks), reason (its key; of a group its name), group,
        n_municipalities, count, count_low, count_high, share_invalid, share_invalid_low,
        share_invalid_high (fractions of the invalid ballots; simultaneous over the rows of one
        level), share_ballots, share_ballots_low, share_ballots_high (fractions of ballots
        found; clustered on municipality), design_effect, method. Printed totals give ranges
        and no estimate. Share of ballots is missing where a municipality's ballots are unknown.
        ``parts["sums"]``: see :func:`check_sums`; empty where only printed totals are known.

    Raises
    ------
    EstimationError
        If there are neither counts nor printed totals.
    """
    level = Question.of(results.design, alpha=alpha).alpha
    parts, sums = [], pd.DataFrame()
    assumptions: tuple[str, ...] = ()
    if table is not None and len(table):
        sums = check_sums(table, results)
        for election, own in table.groupby("election", sort=False):
            parts.append(_counted(own, str(election), results, level))
        assumptions = ("multinomial-reasons", "reasons-list")
    printed = printed_reasons(results.table("published_figures"), results.design)
    if len(printed) and table is not None:
        printed = printed[~printed["election"].isin(table["election"])]
    if len(printed):
        parts.append(printed.reindex(columns=_COLUMNS))
        assumptions += ("printed-precision",)
    if not parts:
        raise EstimationError(
            "neither counts of reasons nor printed totals of them",
            rule="reasons known",
            expected="a filled-in template: evaluatie reasons --template",
        )
    found = pd.concat(parts, ignore_index=True)
    return Answer(
        table=found,
        columns=show.SHARES,
        statements=tuple(_said(found, sums)),
        assumptions=assumptions,
        sources=("published-figures",) if len(printed) else (),
        parts={"sums": sums},
        draw=show.draw,
    )


_COLUMNS = [name for column in show.SHARES for name in column.names]


def _said(table: pd.DataFrame, sums: pd.DataFrame) -> Iterator[Statement]:
    """Say what share was tied to the design at each election."""
    for election, rows in table.groupby("election", sort=False):
        groups = rows[rows["level"] == "group"].set_index("reason")
        design, basis = groups.loc["design"], rows["basis"].iloc[0]
        words = {
            **{str(name): value for name, value in design.items()},
            "election": election,
            "any_low": groups.at["any", "share_invalid_low"],
            "any_high": groups.at["any", "share_invalid_high"],
        }
        yield Statement(f"reasons.{basis}", words)
        # Unknown where a municipality's ballots are not counted.
        if basis == "counts" and pd.notna(design["share_ballots"]):
            yield Statement("reasons.counts_of_all", words)
    if len(sums):
        known = sums.dropna(subset=["invalid"])
        agree = known.groupby(["election", "municipality_code"])["agrees"].any()
        if not agree.all():
            yield Statement("reasons.sums_differ", {"n": int((~agree).sum())})


def wide(table: pd.DataFrame, election: str) -> pd.DataFrame:
    """Return municipalities × reasons and groups at one election, numbers of ballots."""
    own = table[table["election"] == election]
    counts = own.pivot(index="municipality_code", columns="reason", values="count")
    counts = counts[list(load_reasons())].astype("float64")
    for name in GROUPS:
        keys = [key for key, reason in load_reasons().items() if reason.group == name]
        counts[name] = counts[keys].sum(axis=1)
    return counts


def ballots_of(results: Results, election: str) -> pd.Series[Any]:
    """Return ballots found by municipality code; missing where unknown."""
    frame = results.frame
    here = frame[frame["election"] == election].set_index("municipality_code")
    return here["ballots"].astype("Float64").astype("float64")


def _counted(own: pd.DataFrame, election: str, results: Results, alpha: float) -> pd.DataFrame:
    counts, known = wide(own, election), load_reasons()
    ballots = ballots_of(results, election).reindex(counts.index)
    valid = [key for key, reason in known.items() if reason.group == "valid"]
    levels = {"group": list(GROUPS), "reason": [key for key in known if key not in valid]}
    rows = []
    for level, keys in levels.items():
        cells = counts[keys].to_numpy()
        effect = _design_effect(cells)
        sums = cells.sum(axis=0)
        low, high = _simultaneous(sums, effect, alpha)
        for position, key in enumerate(keys):
            rows.append(
                {
                    "level": level,
                    "reason": key,
                    "group": known[key].group if level == "reason" else key,
                    **_of_ballots(counts[key], ballots, alpha),
                    "share_invalid": sums[position] / sums.sum() if sums.sum() else np.nan,
                    "share_invalid_low": low[position],
                    "share_invalid_high": high[position],
                    "design_effect": effect,
                    "method": "Goodman, Rao-Scott",
                }
            )
    for key in valid:
        row = _of_ballots(counts[key], ballots, alpha)
        rows.append({"level": "valid", "reason": key, "group": "valid", **row, "method": "ratio"})
    return pd.DataFrame(rows).assign(election=election, basis="counts")[_COLUMNS]


def _of_ballots(count: pd.Series[Any], ballots: pd.Series[Any], alpha: float) -> dict[str, Any]:
    """Count and share of all ballots, the latter unknown where a municipality's ballots are."""
    total = int(count.sum())
    share, low, high = np.nan, np.nan, np.nan
    if ballots.notna().all():
        x, n = count.to_numpy("float64"), ballots.to_numpy("float64")
        pooled = ratio_interval(x, n, alpha=alpha)
        share, low, high = pooled.estimate, pooled.low, pooled.high
        if not np.isfinite(low):  # one municipality, or all alike
            ends = wilson(np.array([x.sum()]), np.array([n.sum()]), alpha)
            low, high = (float(end[0]) for end in ends)
    return {
        "n_municipalities": len(count),
        **dict.fromkeys(("count", "count_low", "count_high"), total),
        "share_ballots": share,
        "share_ballots_low": low,
        "share_ballots_high": high,
    }


def _design_effect(counts: Any) -> float:
    """Pearson X² of municipalities × reasons over its degrees of freedom, at least 1."""
    kept = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if kept.shape[0] < 2 or kept.shape[1] < 2:
        return 1.0
    expected = np.outer(kept.sum(axis=1), kept.sum(axis=0)) / kept.sum()
    squares = float(((kept - expected) ** 2 / expected).sum())
    df = (kept.shape[0] - 1) * (kept.shape[1] - 1)
    return max(1.0, squares / float(df))


def _simultaneous(counts: Any, effect: float, alpha: float) -> tuple[Any, Any]:
    if counts.sum() == 0:
        empty = np.full(len(counts), np.nan)
        return empty, empty
    from statsmodels.stats.proportion import multinomial_proportions_confint

    ends = multinomial_proportions_confint(counts / effect, alpha=alpha, method="goodman")
    return np.clip(ends[:, 0], 0, 1), np.clip(ends[:, 1], 0, 1)
