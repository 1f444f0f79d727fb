"""Shares of reasons with multinomial uncertainty, or the ranges that print leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.analysis import Analysis
from evaluatie.answers.reasons.printed import printed_reasons
from evaluatie.answers.reasons.table import Reason, check_sums, load_reasons
from evaluatie.answers.reasons.units import ballots_of
from evaluatie.counts import Results
from evaluatie.ground import formatting
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.words import say
from evaluatie.plan import Design
from evaluatie.stats.intervals import ratio_interval, wilson

__all__ = [
    "ReasonsResult",
    "reasons",
]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReasonsResult(Analysis):
    """Reasons for invalidity; see :func:`reasons` for the columns of ``table``.

    Attributes
    ----------
    sums
        Sum over the reasons beside the invalid votes: see :func:`check_sums`; empty where
        only printed totals are known.
    """

    sums: pd.DataFrame

    def sentence(self, lang: str = "nl") -> str:
        """Say what share was tied to the design at each election."""
        said = []
        for election, rows in self.table.groupby("election", sort=False):
            groups = rows[rows["level"] == "group"].set_index("reason")
            design, basis = groups.loc["design"], rows["basis"].iloc[0]
            words = {
                "election": election,
                **{str(name): value for name, value in design.items()},
                "any_low": groups.at["any", "share_invalid_low"],
                "any_high": groups.at["any", "share_invalid_high"],
                # Ends of what a figure of two decimals stands for have three.
                "printed_low": formatting.percent(
                    float(groups["share_ballots_low"]["design"]), lang, 3
                ),
                "printed_high": formatting.percent(
                    float(groups["share_ballots_high"]["design"]), lang, 3
                ),
            }
            said.append(say(f"reasons.{basis}", lang, **words))
            # Unknown where a municipality's ballots are not counted.
            if basis == "counts" and pd.notna(design["share_ballots"]):
                said.append(say("reasons.counts_of_all", lang, **words))
        if len(self.sums):
            known = self.sums.dropna(subset=["invalid"])
            agree = known.groupby(["election", "municipality_code"])["agrees"].any()
            if not agree.all():
                said.append(say("reasons.sums_differ", lang, n=int((~agree).sum())))
        return " ".join(said)


def reasons(
    results: Results,
    table: pd.DataFrame | None = None,
    *,
    figures: pd.DataFrame | None = None,
    known: Mapping[str, Reason] | None = None,
    design: Design | None = None,
    alpha: float | None = None,
) -> ReasonsResult:
    """Compute shares of reasons: from counts where given, else from printed totals.

    Shares of several reasons are shares of one whole, so their intervals hold together
    (Goodman 1965, Technometrics 7). Where municipalities differ more than chance allows, the
    counts are divided by Pearson's X² over its degrees of freedom (first-order correction of
    Rao and Scott 1981, JASA 76).

    Parameters
    ----------
    results
        Counts, for ballots and the check of sums.
    table
        From :func:`evaluatie.answers.reasons.read_reasons`.
    figures
        Table ``published_figures``, for elections that ``table`` does not have.
    known
        Another list of reasons.
    design, alpha
        Instead of the plan and its level.

    Returns
    -------
    ReasonsResult
        ``table``: election, basis (``counts`` or ``printed``), level (``reason``, ``group`` or
        ``valid`` for party-only marks), reason (its key; of a group its name), group,
        n_municipalities, count, count_low, count_high, share_invalid, share_invalid_low,
        share_invalid_high (fractions of the invalid ballots; simultaneous over the rows of one
        level), share_ballots, share_ballots_low, share_ballots_high (fractions of ballots
        found; clustered on municipality), design_effect, method. Printed totals give ranges
        and no estimate. Share of ballots is missing where a municipality's ballots are unknown.

    Raises
    ------
    EstimationError
        If there are neither counts nor printed totals.
    """
    plan = design or results.design
    level = plan.alpha if alpha is None else alpha
    list_of = load_reasons() if known is None else known
    parts, sums = [], pd.DataFrame()
    assumptions: tuple[str, ...] = ()
    if table is not None and len(table):
        sums = check_sums(table, results)
        for election, own in table.groupby("election", sort=False):
            parts.append(_counted(own, str(election), results, list_of, level))
        assumptions = ("multinomial-reasons", "reasons-list")
    have = set() if table is None else set(table["election"])
    if figures is not None:
        printed = printed_reasons(figures, plan)
        if len(printed):
            printed = printed[~printed["election"].isin(have)]
        if len(printed):
            parts.append(printed)
            assumptions += ("printed-precision",)
    if not parts:
        raise EstimationError(
            "neither counts of reasons nor printed totals of them",
            rule="reasons known",
            expected="a filled-in template: evaluatie reasons --template",
        )
    return ReasonsResult(
        table=pd.concat(parts, ignore_index=True),
        assumptions=assumptions,
        sources=("published-figures",) if figures is not None else (),
        sums=sums,
    )


def _counted(
    own: pd.DataFrame,
    election: str,
    results: Results,
    known: Mapping[str, Reason],
    alpha: float,
) -> pd.DataFrame:
    counts = own.pivot(index="municipality_code", columns="reason", values="count")
    counts = counts.reindex(columns=list(known)).astype("float64")
    ballots = ballots_of(results, election).reindex(counts.index)
    invalid = [key for key in known if known[key].group != "valid"]
    groups = {
        name: counts[[key for key in invalid if known[key].group == name]].sum(axis=1)
        for name in ("design", "any")
    }
    tables = {"group": pd.DataFrame(groups), "reason": counts[invalid]}
    rows = []
    for level, cells in tables.items():
        effect = _design_effect(cells.to_numpy())
        low, high = _simultaneous(cells.sum().to_numpy(), effect, alpha)
        for position, key in enumerate(cells.columns):
            rows.append(
                {
                    "level": level,
                    "reason": key,
                    "group": known[key].group if level == "reason" else key,
                    **_row(cells[key], ballots, alpha),
                    "share_invalid": float(cells[key].sum() / cells.to_numpy().sum())
                    if cells.to_numpy().sum()
                    else np.nan,
                    "share_invalid_low": low[position],
                    "share_invalid_high": high[position],
                    "design_effect": effect,
                    "method": "Goodman, Rao-Scott",
                }
            )
    for key in (key for key in known if known[key].group == "valid"):
        row = _row(counts[key], ballots, alpha)
        rows.append({"level": "valid", "reason": key, "group": "valid", **row, "method": "ratio"})
    return pd.DataFrame(rows).assign(election=election, basis="counts")[_COLUMNS]


_COLUMNS = ["election", "basis", "level", "reason", "group", "n_municipalities"]
_COLUMNS += ["count", "count_low", "count_high"]
_COLUMNS += ["share_invalid", "share_invalid_low", "share_invalid_high"]
_COLUMNS += ["share_ballots", "share_ballots_low", "share_ballots_high"]
_COLUMNS += ["design_effect", "method"]


def _row(count: pd.Series[Any], ballots: pd.Series[Any], alpha: float) -> dict[str, Any]:
    total = int(count.sum())
    row = {
        "n_municipalities": len(count),
        "count": total,
        "count_low": total,
        "count_high": total,
        "share_ballots": np.nan,
        "share_ballots_low": np.nan,
        "share_ballots_high": np.nan,
    }
    if ballots.isna().any():
        return row
    x, n = count.to_numpy("float64"), ballots.to_numpy("float64")
    pooled = ratio_interval(x, n, alpha=alpha)
    low, high = pooled.low, pooled.high
    if not np.isfinite(low):  # one municipality, or all alike
        ends = wilson(np.array([x.sum()]), np.array([n.sum()]), alpha)
        low, high = (float(end[0]) for end in ends)
    return {
        **row,
        "share_ballots": pooled.estimate,
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
