"""Do candidates gain from their number alone?

A voter who marks list 7 and then, by mistake, 7 in the row of numbers has voted for candidate
7. Nothing else sets that candidate apart where the old ballot is used, so old-ballot
municipalities say what the candidate may expect. The same question is asked of the numbers
beside the list's own, of the last number, and of the numbers beside each list's favourite (a
mark one row too high or too low).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from evaluatie.analysis import Analysis
from evaluatie.errors import EstimationError, UnknownNameError
from evaluatie.experiment import Design, load_design
from evaluatie.personal_vote.cells import (
    Cells,
    Fit,
    excess,
    log_ratio,
)
from evaluatie.personal_vote.clusters import Floats, Spread, one_way, two_way
from evaluatie.personal_vote.counts import election_of_the_groups, labelled, of_election
from evaluatie.personal_vote.placebo import (
    LEAST_COMPARISON,
    interval,
    p_value,
    placebo_sets,
    placebo_statistics,
)
from evaluatie.wording import say

__all__ = [
    "EXPECTATIONS",
    "NUMBERS",
    "NumberEffectResult",
    "number_effect",
    "number_effect_change",
]

Numbers = Literal["namesake", "beside", "last", "beside_favourite"]
Expectation = Literal["elsewhere", "beside"]
NUMBERS: tuple[str, ...] = get_args(Numbers)
EXPECTATIONS: tuple[str, ...] = get_args(Expectation)


@dataclass(frozen=True, kw_only=True, eq=False)
class NumberEffectResult(Analysis):
    """Votes on a number against their expectation; see :func:`number_effect`.

    Attributes
    ----------
    cells
        One row per list and treated municipality: election, list_number, list_name,
        municipality_code, numbers, votes, expected, weight.
    """

    cells: pd.DataFrame
    alpha: float

    def sentence(self, lang: str = "nl") -> str:
        """Say the effect of the list's own number at the latest election."""
        rows = self.table[self.table["numbers"] == self.table["numbers"].iloc[0]]
        row = rows.iloc[-1].to_dict()
        kind = "change" if pd.notna(row["baseline"]) else "placebo" if row["placebo"] else "effect"
        numbers = say(f"personal_vote.numbers_{row['numbers']}", lang)
        said = say(f"personal_vote.number_{kind}", lang, **{**row, "numbers": numbers})
        if kind == "change" or pd.isna(row["excess"]):
            return said
        return f"{said} {say('personal_vote.number_excess', lang, **row)}"


def number_effect(
    summary: pd.DataFrame,
    elections: str | Iterable[str] | None = None,
    *,
    numbers: str | Iterable[str] = NUMBERS,
    expectation: str = "elsewhere",
    as_of: str | None = None,
    treated: Iterable[str] | None = None,
    design: Design | None = None,
    seed: int | None = None,
    alpha: float | None = None,
) -> NumberEffectResult:
    r"""Compare votes on a number with what old-ballot municipalities lead one to expect.

    For list l in municipality m with preference votes :math:`b_{lm}` (votes not for number 1)
    the expectation is :math:`e_{lm} = b_{lm} \sum_c o_{lc} / \sum_c b_{lc}`, over comparison
    municipalities c where the same candidate had the same number. Preference votes and not all
    votes are the base, so that a ballot that makes preference votes more common shows no number
    effect by that alone. The ratio is :math:`\sum w_l o_{lm} / \sum w_l e_{lm}` with
    :math:`w_l = 1/\phi_l`, where :math:`\phi_l` (at least 1) is how much more than Poisson the
    list's counts vary between comparison municipalities: a candidate who is famous in one
    village weighs little.

    Parameters
    ----------
    summary
        Rows of ``candidate_summary``.
    elections
        All elections in ``summary`` by default.
    numbers
        ``namesake`` (the list's own number), ``beside`` (one lower and one higher), ``last``
        (the last on the list), ``beside_favourite`` (beside the list's favourite there, the
        most-voted but number 1; base: votes on that favourite).
    expectation
        ``elsewhere``: the same candidates elsewhere. ``beside``: for the list's own number
        only, the mean of the numbers beside it, as often exceeded as in comparison
        municipalities over all lists: for council elections, where no candidate stands elsewhere.
    as_of
        Groups as at this election: by default the election itself where the new ballot was
        used, else the latest with the new ballot of its kind (then the result is a placebo).
    treated
        Codes of other municipalities, for a placebo.
    design, seed, alpha
        Instead of the plan, its bootstrap seed and its level.

    Returns
    -------
    NumberEffectResult
        ``table``: election, baseline (missing), numbers, placebo, n_treated, n_comparison,
        n_lists, votes, expected (unweighted sums), estimate (ratio), conf_low, conf_high,
        p_value (from sets of comparison municipalities of the same sizes: see
        :mod:`evaluatie.personal_vote.placebo`), cluster_low, cluster_high (two-way jackknife,
        as if the lists were a sample too, so that it is wide where the effect differs between
        lists: see :mod:`evaluatie.personal_vote.clusters`; also conf_low and conf_high with
        fewer than 40 comparison municipalities), excess, excess_low, excess_high, excess_p
        (votes on the number beyond expectation as fraction of all votes on the list, lists
        weighted by precision), method. A mistake adds the same fraction to a candidate whom
        nobody knows as to a famous one, so the excess sees it sooner than the ratio. Against
        numbers beside it on the same list no excess is given: there lists differ too much.

    Raises
    ------
    UnknownNameError
        For an unknown election, number or expectation.
    EstimationError
        With fewer than two treated municipalities or three lists to compare.
    """
    plan = design or load_design()
    wanted = _known(numbers, NUMBERS, "number")
    if expectation not in EXPECTATIONS:
        raise UnknownNameError.of("expectation", expectation, EXPECTATIONS)
    if expectation == "beside":
        wanted = ("namesake",)
    level = plan.alpha if alpha is None else alpha
    root = plan.seed("bootstrap") if seed is None else seed
    rows, cells = [], []
    for election in _elections(summary, elections):
        own = of_election(summary, election)
        group, placebo = _groups(own, election, as_of, treated, plan)
        sets = _sets(own, group, None, root)
        for kind in wanted:
            counted = Cells.of(own, group, kind, expectation)
            fit = Fit.of(counted, f"{election}, {kind}")
            head = {"election": election, "baseline": None, "numbers": kind, "placebo": placebo}
            placebos = None if sets is None else placebo_statistics(counted, sets)
            rows.append({**head, **_row(fit, placebos, level), **_no_excess(expectation)})
            cells.append(counted.table(fit).assign(election=election, numbers=kind))
    return NumberEffectResult(
        table=_ordered(rows),
        cells=pd.concat(cells, ignore_index=True),
        assumptions=("same-candidates-elsewhere", "placebo-sets"),
        seed=root,
        sources=tuple(sorted(summary["source"].unique())),
        alpha=level,
    )


def number_effect_change(
    summary: pd.DataFrame,
    election: str,
    baseline: str | None = None,
    *,
    numbers: str | Iterable[str] = NUMBERS,
    expectation: str = "elsewhere",
    as_of: str | None = None,
    treated: Iterable[str] | None = None,
    design: Design | None = None,
    seed: int | None = None,
    alpha: float | None = None,
) -> NumberEffectResult:
    """Difference in differences of the number effect between two elections.

    Lists and candidates differ between elections, so the effects at both are estimated as by
    :func:`number_effect` and the ratios divided. Lists are deleted in each election apart,
    municipalities in both at once.

    Parameters
    ----------
    election, baseline
        Both must be in ``summary``; by default the plan's baseline.

    Returns
    -------
    NumberEffectResult
        As :func:`number_effect`, with ``estimate`` the ratio of the ratios, ``excess`` the
        difference of the excesses, ``votes`` and ``expected`` those of ``election``.
    """
    plan = design or load_design()
    base = baseline or plan.election(election).baseline
    if base is None:
        raise EstimationError(
            "the plan has no baseline for this election", unit=election, rule="baseline"
        )
    if expectation not in EXPECTATIONS:
        raise UnknownNameError.of("expectation", expectation, EXPECTATIONS)
    level = plan.alpha if alpha is None else alpha
    root = plan.seed("bootstrap") if seed is None else seed
    now, then = of_election(summary, election), of_election(summary, base)
    group, placebo = _groups(now, election, as_of, treated, plan)
    earlier, _ = _groups(then, base, as_of or _groups_of(now, election, plan), treated, plan)
    wanted = ("namesake",) if expectation == "beside" else _known(numbers, NUMBERS, "number")
    both = set(then.loc[earlier == "comparison", "municipality_code"])
    sets = _sets(now, group, both, root)
    rows, cells = [], []
    for kind in wanted:
        counted = [
            Cells.of(own, groups, kind, expectation)
            for own, groups in ((now, group), (then, earlier))
        ]
        fits = [Fit.of(each, f"{election}, {kind}") for each in counted]
        head = {"election": election, "baseline": base, "numbers": kind, "placebo": placebo}
        placebos = None
        if sets is not None:
            after, before = (placebo_statistics(each, sets) for each in counted)
            placebos = after - before
        found = _difference(counted[0], counted[1], fits[0], fits[1], placebos, level)
        rows.append({**head, **found, **_no_excess(expectation)})
        cells.append(counted[0].table(fits[0]).assign(election=election, numbers=kind))
    return NumberEffectResult(
        table=_ordered(rows),
        cells=pd.concat(cells, ignore_index=True),
        assumptions=("same-candidates-elsewhere", "placebo-sets"),
        seed=root,
        sources=tuple(sorted(summary["source"].unique())),
        alpha=level,
    )


def _row(fit: Fit, placebos: Floats | None, alpha: float) -> dict[str, Any]:
    sums = fit.parts.sum(axis=0)
    spreads = [
        two_way(fit.parts, fit.lists, fit.municipality, statistic)
        for statistic in (log_ratio, excess)
    ]
    values = float(log_ratio(sums)), float(excess(sums))
    return _numbers(fit, values, (spreads[0], spreads[1]), placebos, alpha)


def _difference(
    now: Cells, then: Cells, after: Fit, before: Fit, placebos: Floats | None, alpha: float
) -> dict[str, Any]:
    codes = sorted({*after.codes} | {*before.codes})
    number = {code: position for position, code in enumerate(codes)}
    width = after.parts.shape[1]
    parts = np.zeros((len(after.cells) + len(before.cells), 2 * width))
    parts[: len(after.cells), :width] = after.parts
    parts[len(after.cells) :, width:] = before.parts
    municipality = np.array(
        [number[c] for c in (*now.code[after.cells], *then.code[before.cells])], dtype=np.int64
    )
    values, spreads = [], []
    for statistic in (log_ratio, excess):

        def change(sums: Floats, of: Any = statistic) -> Floats:
            gap: Floats = of(sums[..., :width]) - of(sums[..., width:])
            return gap

        by_list = sum(one_way(fit.parts, fit.lists, statistic) for fit in (after, before))
        by_cell = sum(
            one_way(fit.parts, np.arange(len(fit.parts)), statistic) for fit in (after, before)
        )
        by_municipality = one_way(parts, municipality, change)
        variance = max(by_list + by_municipality - by_cell, by_list, by_municipality)
        df = min(len(codes), *(int(fit.lists.max()) + 1 for fit in (after, before))) - 1
        values.append(float(change(parts.sum(axis=0))))
        spreads.append(Spread(float(np.sqrt(variance)), df))
    pair = values[0], values[1]
    return _numbers(after, pair, (spreads[0], spreads[1]), placebos, alpha)


def _numbers(
    fit: Fit,
    values: tuple[float, float],
    spreads: tuple[Spread, Spread],
    placebos: Floats | None,
    alpha: float,
) -> dict[str, Any]:
    log, extra = values
    cluster_low, cluster_high = spreads[0].interval(log, alpha)
    if placebos is None:
        ends, p, method = spreads[0].interval(log, alpha), spreads[0].p_value(log), "jackknife"
        extra_ends, extra_p = spreads[1].interval(extra, alpha), spreads[1].p_value(extra)
    else:
        ends, p, method = (
            interval(log, placebos[:, 0], alpha),
            p_value(log, placebos[:, 0]),
            "placebos",
        )
        extra_ends = interval(extra, placebos[:, 1], alpha)
        extra_p = p_value(extra, placebos[:, 1])
    return {
        "n_treated": len(fit.codes),
        "n_comparison": fit.n_comparison,
        "n_lists": int(fit.lists.max()) + 1,
        "votes": int(fit.parts[:, 4].sum()),
        "expected": float(fit.parts[:, 5].sum()),
        "estimate": float(np.exp(log)),
        "conf_low": float(np.exp(ends[0])),
        "conf_high": float(np.exp(ends[1])),
        "p_value": p,
        "cluster_low": float(np.exp(cluster_low)),
        "cluster_high": float(np.exp(cluster_high)),
        "excess": extra,
        "excess_low": extra_ends[0],
        "excess_high": extra_ends[1],
        "excess_p": extra_p,
        "method": method,
    }


def _no_excess(expectation: str) -> dict[str, float]:
    if expectation == "elsewhere":
        return {}
    return dict.fromkeys(["excess", "excess_low", "excess_high", "excess_p"], float("nan"))


def _sets(
    own: pd.DataFrame, group: pd.Series[Any], also: set[str] | None, seed: int
) -> list[list[str]] | None:
    """Placebo sets of the municipalities of an election, or None with too few to draw from."""
    votes = own.groupby("municipality_code")["votes"].sum()
    votes = votes[votes > 0]
    by_group = {
        name: set(own.loc[group == name, "municipality_code"]) & set(votes.index)
        for name in ("experiment", "comparison")
    }
    pool = by_group["comparison"] if also is None else by_group["comparison"] & also
    enough = len(pool) >= max(LEAST_COMPARISON, 2 * len(by_group["experiment"]))
    if not enough or not by_group["experiment"]:
        return None
    return placebo_sets(votes, sorted(by_group["experiment"]), sorted(pool), seed)


def _groups_of(own: pd.DataFrame, election: str, plan: Design) -> str:
    return election if plan.treated(election) else election_of_the_groups(own, plan)


def _groups(
    own: pd.DataFrame,
    election: str,
    as_of: str | None,
    treated: Iterable[str] | None,
    plan: Design,
) -> tuple[pd.Series[Any], bool]:
    at = as_of or _groups_of(own, election, plan)
    group = labelled(own, at, plan)["group"]
    if treated is None:
        return group, not plan.treated(election)
    codes = set(treated)
    missing = codes - set(own["municipality_code"])
    if missing:
        raise UnknownNameError.of(
            "municipality", min(missing), sorted(set(own["municipality_code"]))
        )
    chosen = own["municipality_code"].isin(codes)
    # Who has the new ballot in truth is no comparison for a placebo.
    return group.mask(group == "experiment", "excluded").mask(chosen, "experiment"), True


def _elections(summary: pd.DataFrame, elections: str | Iterable[str] | None) -> list[str]:
    if elections is None:
        return list(dict.fromkeys(summary["election"]))
    return [elections] if isinstance(elections, str) else list(elections)


def _known(given: str | Iterable[str], known: tuple[str, ...], what: str) -> tuple[str, ...]:
    wanted = (given,) if isinstance(given, str) else tuple(given)
    for name in wanted:
        if name not in known:
            raise UnknownNameError.of(what, name, known)
    return wanted


def _ordered(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["election", "baseline", "numbers", "placebo", "n_treated", "n_comparison"]
    columns += ["n_lists", "votes", "expected", "estimate", "conf_low", "conf_high", "p_value"]
    columns += ["cluster_low", "cluster_high", "excess", "excess_low", "excess_high", "excess_p"]
    columns += ["method"]
    return pd.DataFrame(rows)[columns]
