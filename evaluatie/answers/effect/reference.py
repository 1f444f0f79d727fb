"""The printed share of unnamed reference municipalities: how unusual would it be?

The official evaluation compared the experiment with "reference municipalities" whose names it
did not print. Every group of that size that could have been chosen has a pooled share of its
own; where the printed share lies among them tells how much of the printed contrast the choice
of reference can have made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.answers.answer import Answer, Statement
from evaluatie.answers.effect import show
from evaluatie.answers.effect.changes import known_counts
from evaluatie.answers.effect.comparison import (
    NEAREST,
    characteristics,
    comparison_group,
    nearest,
    provinces,
)
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, printed_interval
from evaluatie.ground import formatting
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import COMPARISONS
from evaluatie.stats.assignments import subset_sums
from evaluatie.stats.estimates import Floats

__all__ = ["reference_extremeness", "reference_groups"]

_BLOCK = 20_000
_ENUMERATE = 2_000_000


def reference_groups(
    results: Results,
    election: str = "TK2025",
    outcome: str = "invalid",
    *,
    seed: int | None = None,
) -> Answer:
    """Place the printed share of the reference municipalities among all groups of that size.

    Returns
    -------
    Answer
        See :func:`reference_extremeness`.

    Raises
    ------
    EstimationError
        If no share of reference municipalities was printed for the election, or municipal
        counts are unknown.
    """
    plan = results.design
    printed = _printed(results.table("published_figures"), election)
    treated = plan.treated(election)
    units = known_counts(results, election, outcome, results.vintage)
    units = units.rename(columns={"total": "ballots"})
    units = units.assign(treated=units["municipality_code"].isin(treated))
    about = results.table("covariates")
    base = str(plan.election(election).baseline)
    numbers = characteristics(results, outcome, base, treated, about)
    groups = {
        rule: comparison_group(
            rule, units, election, characteristics=numbers, provinces=provinces(about), design=plan
        )
        for rule in COMPARISONS
    }
    candidates = units[units["municipality_code"].isin(groups["all"].codes)]
    return reference_extremeness(
        units,
        {rule: group.codes for rule, group in groups.items()},
        nearest(units[units["treated"]], candidates, numbers, NEAREST),
        printed,
        election=election,
        outcome=outcome,
        draws=int(plan.raw["inference"]["draws"]),
        seed=plan.seed("randomization") if seed is None else seed,
        sources=(*results.where(election).sources, "published-figures"),
    )


def reference_extremeness(
    units: pd.DataFrame,
    groups: Mapping[str, Sequence[str]],
    matched: Mapping[str, Sequence[str]],
    printed: Interval,
    *,
    election: str,
    outcome: str = "invalid",
    draws: int = 99_999,
    seed: int = 0,
    sources: tuple[str, ...] = (),
) -> Answer:
    """Place the printed share of unnamed reference municipalities among groups of that size.

    Parameters
    ----------
    units
        municipality_code, count, ballots at the election.
    groups
        Rule to candidate codes; every group of as many municipalities as there are treated
        is formed among them, or ``draws`` at random where there are more than two million.
    matched
        Treated code to its nearest municipalities: groups take one of each, all different.
    printed
        What the printed share stands for, fractions.

    Returns
    -------
    Answer
        ``table``, one row per rule plus ``matched``: rule, n_candidates, n_groups, exact,
        share_at_most (share of groups with a pooled share at most the upper end of
        ``printed``), share_within (inside it), low, median, high (2.5%, 50%, 97.5% of the
        groups' pooled shares).
    """
    size = len(matched)
    known = units.dropna(subset=["count", "ballots"]).set_index("municipality_code")
    known = known[["count", "ballots"]].astype("float64")
    table = []
    for rule, codes in groups.items():
        votes = known.loc[sorted(set(codes) & set(known.index))].to_numpy()
        n = len(votes)
        if n < size:
            continue
        exact = math.comb(n, size) <= _ENUMERATE
        drawn = () if exact else _sums(votes, _random_groups(n, size, draws, seed))
        sums = subset_sums(votes, size) if exact else drawn
        table.append({"rule": rule, "n_candidates": n, **_placed(sums, printed, exact)})
    pools = [known.index.get_indexer(pd.Index(list(codes))) for codes in matched.values()]
    picks = _one_of_each(pools)
    placed = _placed(_sums(known.to_numpy(), picks), printed, True)
    table.append({"rule": "matched", "n_candidates": len(np.unique(picks)), **placed})
    rows = {row["rule"]: row for row in table}
    said = {
        "election": election,
        "outcome": f"@common.{outcome}",
        "size": size,
        "high": {lang: formatting.percent(printed.high, lang, 3) for lang in formatting.LANGUAGES},
        "n": rows["all"]["n_candidates"],
        "share": rows["all"]["share_at_most"],
        "share_nearest": rows["matched"]["share_at_most"],
    }
    return Answer(
        table=pd.DataFrame(table),
        columns=show.REFERENCE,
        statements=(Statement("effect.extremeness", said),),
        assumptions=("reference-unknown",),
        seed=seed,
        sources=sources,
    )


def _one_of_each(pools: Sequence[NDArray[np.intp]]) -> NDArray[np.intp]:
    """Every group of different members with one of each pool; -1 in a pool is nobody."""
    known = [pool[pool >= 0] for pool in pools]
    picks = np.stack(np.meshgrid(*known, indexing="ij"), axis=-1).reshape(-1, len(known))
    ordered = np.sort(picks, axis=1)
    return np.unique(ordered[(np.diff(ordered, axis=1) > 0).all(axis=1)], axis=0)


def _sums(votes: Floats, picks: NDArray[np.intp]) -> Iterator[Floats]:
    """Column sums of every group, in blocks."""
    for start in range(0, len(picks), _BLOCK):
        yield votes[picks[start : start + _BLOCK]].sum(axis=1)


def _placed(sums: Iterable[Floats], printed: Interval, exact: bool) -> dict[str, Any]:
    """Say where the printed share lies among the pooled shares of all groups."""
    shares = np.concatenate([each[:, 0] / each[:, 1] for each in sums])
    low, median, high = np.quantile(shares, [0.025, 0.5, 0.975])
    return {
        "n_groups": len(shares),
        "exact": exact,
        "share_at_most": float((shares <= printed.high).mean()),
        "share_within": float(((shares >= printed.low) & (shares <= printed.high)).mean()),
        "low": float(low),
        "median": float(median),
        "high": float(high),
    }


def _random_groups(n: int, size: int, draws: int, seed: int) -> NDArray[np.intp]:
    """Draw groups of different members, each group equally likely."""
    generator = np.random.default_rng(seed)
    kept = np.empty((0, size), dtype=np.intp)
    while len(kept) < draws:
        # Throwing away draws with a repeated member leaves the others uniform.
        some = np.sort(generator.integers(0, n, (draws, size)), axis=1)
        kept = np.vstack([kept, some[(np.diff(some, axis=1) > 0).all(axis=1)]])
    return kept[:draws]


def _printed(figures: pd.DataFrame, election: str) -> Interval:
    here = figures[
        (figures["election"] == election)
        & (figures["measure"] == "invalid share")
        & figures["scope"].str.startswith("reference")
    ]
    if here.empty:
        raise EstimationError(
            "no share of reference municipalities was printed", unit=election, rule="printed share"
        )
    row = here.iloc[0]
    return printed_interval(float(row["value"]), int(row["decimals"]), unit=0.01)
