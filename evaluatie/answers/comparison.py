"""Comparison groups as named rules, and how alike they are to the treated.

=============  ================================================================================
rule           who
=============  ================================================================================
``all``        every municipality that voted with the usual ballot at both elections
``size``       those with ballots between half the smallest and twice the largest treated one
``nearest``    the :data:`NEAREST` nearest to each treated one by Mahalanobis distance on
               earlier shares, density, education and age (Rubin 1980, Biometrics 36)
``province``   those in the provinces of the treated
``list``       the user's own, by name or code
=============  ================================================================================

No rule ever takes a municipality that has met the new ballot, or one that the plan leaves out.
Matching on the share at the baseline selects municipalities that were high or low by chance
too, and these move back towards the mean: the matched groups are a check, not the main answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.answers.analysis import Analysis
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.ground import formatting
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.words import say
from evaluatie.plan import Design, load_design
from evaluatie.stats._assignments import subset_sums
from evaluatie.stats._types import Floats

__all__ = [
    "NEAREST",
    "RULES",
    "ComparisonGroup",
    "ExtremenessResult",
    "comparison_group",
    "reference_extremeness",
]

RULES = ("all", "size", "nearest", "province")
"""Rules by name; a list of codes or names is the fifth."""

NEAREST = 10
"""Municipalities taken per treated one under ``nearest``."""

_BLOCK = 20_000
_ENUMERATE = 2_000_000


@dataclass(frozen=True, eq=False)
class ComparisonGroup:
    """Who is compared with, by which rule, and who was kept out why.

    Attributes
    ----------
    codes
        Municipality codes, sorted.
    rule
        One of :data:`RULES`, or ``list``.
    excluded
        Code to reason, for every candidate that is not in the group.
    balance
        One row per characteristic: variable, treated, before, after (means of the treated, of
        all candidates, of the group), std_diff_before, std_diff_after (difference from the
        treated in standard deviations of the candidates). None without characteristics.
    """

    codes: tuple[str, ...]
    rule: str
    excluded: Mapping[str, str]
    balance: pd.DataFrame | None = None

    @property
    def reason(self) -> str:
        """The rule in words, English; ``words/effect.toml`` has both languages."""
        return say(f"effect.comparison_{self.rule}", "en", k=NEAREST)


def comparison_group(
    rule: str | Sequence[str],
    units: pd.DataFrame,
    election: str,
    *,
    characteristics: pd.DataFrame | None = None,
    provinces: Mapping[str, str] | None = None,
    design: Design | None = None,
    minimum: int = 2,
) -> ComparisonGroup:
    """Choose the comparison group of an election by a rule.

    Parameters
    ----------
    rule
        One of :data:`RULES`, or names or codes of municipalities.
    units
        One row per municipality with counts at both elections: municipality_code,
        municipality, ballots (at ``election``), treated.
    election
        At which the plan's exclusions apply.
    characteristics
        Numbers to match on and to report balance of, index municipality code; needed for
        ``nearest``. A candidate with an unknown number is left out of ``nearest``.
    provinces
        Code to province; needed for ``province``.
    minimum
        Fewer comparison municipalities than this are an error.

    Raises
    ------
    UnknownNameError
        For an unknown rule or municipality, with the nearest name.
    EstimationError
        If no unit is treated, if too few are left, if the user's list holds a municipality
        that has met the new ballot or that the plan leaves out, or if what the rule needs is
        unknown for a treated municipality.
    """
    plan = design or load_design()
    ordered = units.sort_values("municipality_code", ignore_index=True)
    treated = ordered[ordered["treated"].astype(bool)]
    if treated.empty:
        raise EstimationError("no treated municipality", unit=election, rule="treated >= 1")
    own = set(treated["municipality_code"])
    excluded = {
        str(code): reason
        for code in ordered["municipality_code"]
        if code not in own and (reason := _kept_out(str(code), election, plan))
    }
    outside = ordered["treated"].astype(bool) | ordered["municipality_code"].isin(excluded)
    candidates = ordered[~outside]
    match rule:
        case "all":
            chosen = list(candidates["municipality_code"])
        case "size":
            low, high = 0.5 * treated["ballots"].min(), 2 * treated["ballots"].max()
            inside = candidates["ballots"].astype(float).between(float(low), float(high))
            chosen = list(candidates.loc[inside, "municipality_code"])
        case "nearest":
            near = nearest(treated, candidates, characteristics, NEAREST)
            chosen = sorted({code for codes in near.values() for code in codes})
        case "province":
            chosen = _same_province(treated, candidates, provinces)
        case str():
            raise UnknownNameError.of("comparison", rule, RULES)
        case _:
            chosen = _listed(rule, ordered, excluded, own)
    name = rule if isinstance(rule, str) else "list"
    if len(chosen) < minimum:
        raise EstimationError(
            f"too few comparison municipalities under the rule {name!r}",
            unit=election,
            rule=f"comparison >= {minimum}",
            value=len(chosen),
            expected=f"at least {minimum}",
        )
    passed_over = set(candidates["municipality_code"]) - set(chosen)
    return ComparisonGroup(
        codes=tuple(sorted(chosen)),
        rule=name,
        excluded={**excluded, **dict.fromkeys(sorted(passed_over), f"not taken by rule {name}")},
        balance=None
        if characteristics is None
        else _balance(treated, candidates, chosen, characteristics),
    )


def nearest(
    treated: pd.DataFrame,
    candidates: pd.DataFrame,
    characteristics: pd.DataFrame | None,
    k: int,
) -> dict[str, list[str]]:
    """Return the ``k`` nearest candidates of every treated municipality, nearest first.

    Distances are Mahalanobis distances with the covariance over treated and candidates
    together; ties go to the lower code.
    """
    if characteristics is None:
        raise EstimationError("matching needs characteristics", rule="characteristics given")
    own = characteristics.reindex(treated["municipality_code"]).astype("float64")
    unknown = own.isna().any(axis=1)
    if unknown.any():
        raise EstimationError(
            "a treated municipality has no characteristics to match on",
            unit=str(own.index[unknown][0]),
            rule="known characteristics",
            value=", ".join(own.columns[own.isna().any()]),
        )
    others = characteristics.reindex(candidates["municipality_code"]).astype("float64").dropna()
    if len(others) < 2:
        raise EstimationError(
            "too few candidates with known characteristics",
            rule="known characteristics",
            value=len(others),
        )
    everyone = np.vstack([own.to_numpy(), others.to_numpy()])
    spread = everyone.std(axis=0)
    # On the correlation scale, because densities and shares differ by six powers of ten.
    scale = np.where(spread > 0, spread, 1.0)
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(everyone / scale, rowvar=False)))
    found = {}
    for code, values in zip(own.index, own.to_numpy(), strict=True):
        away = (others.to_numpy() - values) / scale
        distance = np.einsum("ij,jk,ik->i", away, inverse, away)
        order = np.argsort(np.round(distance, 12), kind="stable")[:k]
        found[str(code)] = [str(others.index[i]) for i in order]
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class ExtremenessResult(Analysis):
    """How a printed share of unnamed municipalities compares with groups of that size."""

    election: str
    outcome: str
    printed: Interval
    size: int

    def sentence(self, lang: str = "nl") -> str:
        """Say how many groups have a share as low as the printed one."""
        rows = {row["rule"]: row for row in self.table.to_dict(orient="records")}
        return say(
            "effect.extremeness",
            lang,
            election=self.election,
            outcome=say(f"common.{self.outcome}", lang),
            size=self.size,
            high=formatting.percent(self.printed.high, lang, 3),
            n=rows["all"]["n_candidates"],
            share=rows["all"]["share_at_most"],
            share_nearest=rows["matched"]["share_at_most"],
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
) -> ExtremenessResult:
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
    ExtremenessResult
        ``table``, one row per rule plus ``matched``: rule, n_candidates, n_groups, exact,
        share_at_most (share of groups with a pooled share at most the upper end of
        ``printed``), share_within (inside it), low, median, high (2.5%, 50%, 97.5% of the
        groups' pooled shares).
    """
    size = len(matched)
    known = units.dropna(subset=["count", "ballots"]).set_index("municipality_code")
    table = []
    for rule, codes in groups.items():
        here = known.loc[sorted(set(codes) & set(known.index))]
        if len(here) < size:
            continue
        exact = math.comb(len(here), size) <= _ENUMERATE
        votes = here[["count", "ballots"]].to_numpy("float64")
        sums = (
            subset_sums(votes, size)
            if exact
            else _sums(votes, _random_groups(len(here), size, draws, seed))
        )
        table.append({"rule": rule, "n_candidates": len(here), **_placed(sums, printed, exact)})
    picks = _one_of_each(
        [known.index.get_indexer(pd.Index(list(codes))) for codes in matched.values()]
    )
    sums = _sums(known[["count", "ballots"]].to_numpy("float64"), picks)
    n = len(np.unique(picks))
    table.append({"rule": "matched", "n_candidates": n, **_placed(sums, printed, True)})
    return ExtremenessResult(
        table=pd.DataFrame(table),
        assumptions=("reference-unknown",),
        seed=seed,
        sources=sources,
        election=election,
        outcome=outcome,
        printed=printed,
        size=size,
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


def _placed(sums: Iterable[Floats], printed: Interval, exact: bool) -> dict[str, object]:
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


def candidate_shares(results: Results, election: str, outcome: str) -> pd.DataFrame:
    """Return municipality_code, municipality, count, ballots of one election."""
    shares = results.shares(outcome)
    here = shares[(shares["election"] == election) & shares["share"].notna()]
    return here.rename(columns={"total": "ballots"})[
        ["municipality_code", "municipality", "count", "ballots"]
    ].reset_index(drop=True)


def _kept_out(code: str, election: str, plan: Design) -> str | None:
    if plan.exposure(code, election) > 0:
        return plan.excluded(code, election) or "has met the new ballot"
    return plan.excluded(code, election)


def _same_province(
    treated: pd.DataFrame, candidates: pd.DataFrame, provinces: Mapping[str, str] | None
) -> list[str]:
    if provinces is None:
        raise EstimationError("the rule needs provinces", rule="provinces given")
    lacking = [code for code in treated["municipality_code"] if code not in provinces]
    if lacking:
        raise EstimationError(
            "the province of a treated municipality is unknown",
            unit=str(lacking[0]),
            rule="known province",
        )
    wanted = {provinces[code] for code in treated["municipality_code"]}
    return [c for c in candidates["municipality_code"] if provinces.get(c) in wanted]


def _listed(
    names: Sequence[str], units: pd.DataFrame, excluded: Mapping[str, str], treated: set[str]
) -> list[str]:
    by_name = {
        str(name).casefold(): str(code)
        for code, name in zip(units["municipality_code"], units["municipality"], strict=True)
    }
    codes = set(units["municipality_code"])
    chosen = []
    for name in names:
        code = name if name in codes else by_name.get(str(name).casefold())
        if code is None:
            raise UnknownNameError.of("municipality", name, list(units["municipality"]))
        if code in treated or code in excluded:
            raise EstimationError(
                "this municipality cannot be compared with: "
                + ("it is treated itself" if code in treated else excluded[code]),
                unit=str(name),
                rule="comparison outside the experiment",
            )
        chosen.append(code)
    return list(dict.fromkeys(chosen))


def _balance(
    treated: pd.DataFrame, candidates: pd.DataFrame, chosen: list[str], table: pd.DataFrame
) -> pd.DataFrame:
    numbers = table.astype("float64")
    before = numbers.reindex(candidates["municipality_code"])
    means = {
        "treated": numbers.reindex(treated["municipality_code"]).mean(),
        "before": before.mean(),
        "after": numbers.reindex(chosen).mean(),
    }
    spread = before.std().replace(0.0, np.nan)
    return pd.DataFrame(
        {
            "variable": numbers.columns,
            **{name: mean.to_numpy() for name, mean in means.items()},
            "std_diff_before": ((means["treated"] - means["before"]) / spread).to_numpy(),
            "std_diff_after": ((means["treated"] - means["after"]) / spread).to_numpy(),
        }
    )
