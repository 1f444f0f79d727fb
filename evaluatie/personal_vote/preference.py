"""Preference votes: votes on candidates other than number 1 of the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy import special

from evaluatie.analysis import Analysis
from evaluatie.errors import EstimationError, UnknownNameError
from evaluatie.experiment import Design, load_design
from evaluatie.partly_known import printed_interval
from evaluatie.personal_vote.clusters import Floats
from evaluatie.personal_vote.counts import election_of_the_groups, labelled
from evaluatie.personal_vote.shares import matrices, municipal_shares, standardised_share
from evaluatie.stats.intervals import ratio_interval, wilson
from evaluatie.wording import say

__all__ = [
    "BY",
    "PersonalVoteResult",
    "personal_vote",
]

By = Literal["group", "municipality", "list"]
BY: tuple[str, ...] = get_args(By)
_GROUPS = ("experiment", "comparison", "reversal", "all")
_PRINTED_GROUPS = {"experiment": "experiment", "reference": "reference"}
_PRINTED_MEASURE = "preference-vote share"
_DRAWS = 9_999


@dataclass(frozen=True, kw_only=True, eq=False)
class PersonalVoteResult(Analysis):
    """Preference shares; see :func:`personal_vote` for the columns of ``table``."""

    by: str
    as_of: str

    def sentence(self, lang: str = "nl") -> str:
        """Say the levels at the latest counted election, and the printed gap if there is one."""
        if self.by != "group":
            latest = self.table[self.table["election"] == self.table["election"].iloc[-1]]
            known = latest[latest["group"] != "excluded"].dropna(subset=["estimate"])
            ordered = known.sort_values("estimate", ignore_index=True)
            name = "municipality" if self.by == "municipality" else "list_name"
            return say(
                f"personal_vote.spread_{self.by}",
                lang,
                election=ordered["election"].iloc[0],
                n=len(ordered),
                median=ordered["estimate"].median(),
                lowest=ordered[name].iloc[0],
                low=ordered["estimate"].iloc[0],
                highest=ordered[name].iloc[-1],
                high=ordered["estimate"].iloc[-1],
            )
        counted = self.table[self.table["basis"] == "counts"]
        both = [name for name in dict.fromkeys(counted["election"]) if _levels(counted, name)]
        said = self._levels_said(counted, both[::-1], lang)
        rows = self.table[self.table["basis"] == "printed"].to_dict(orient="records")
        printed = {str(row["group"]): row for row in rows}
        before = counted[(counted["group"] == "experiment") & (counted["election"] != self.as_of)]
        if set(_PRINTED_GROUPS) <= set(printed) and len(before):
            latest = before.iloc[-1]
            experiment, reference = (float(printed[g]["estimate"]) for g in _PRINTED_GROUPS)
            words = {
                "before": latest["election"],
                "n": latest["n_municipalities"],
                "low": latest["gap_low"],
                "high": latest["gap_high"],
                "election": printed["experiment"]["election"],
                "experiment": experiment,
                "reference": reference,
                "gap": experiment - reference,
            }
            said.append(say("personal_vote.printed_gap", lang, **words))
            if pd.notna(latest["gap_low"]):
                said.append(say("personal_vote.printed_reference", lang, **words))
        return " ".join(said)

    def _levels_said(self, counted: pd.DataFrame, elections: list[str], lang: str) -> list[str]:
        """Say the latest election in full, earlier ones in a few words."""
        said: list[str] = []
        for election in elections:
            key = "new" if election == self.as_of else "before" if said else "old"
            said.append(say(f"personal_vote.levels_{key}", lang, **_levels(counted, election)))
        if elections:
            latest = _levels(counted, elections[0])
            said.append(say("personal_vote.standardised", lang, **latest))
        return said


def _levels(counted: pd.DataFrame, election: str) -> dict[str, Any]:
    """Return the shares of both groups at an election, or nothing where one is lacking."""
    rows = counted[counted["election"] == election].set_index("group")
    if not {"experiment", "comparison"} <= set(rows.index):
        return {}
    one, other = rows.loc["experiment"], rows.loc["comparison"]
    return {
        "election": election,
        "n": one["n_municipalities"],
        "experiment": one["estimate"],
        "comparison": other["estimate"],
        "standardised": one["standardised"] - other["standardised"],
    }


def personal_vote(
    summary: pd.DataFrame,
    by: str = "group",
    *,
    as_of: str | None = None,
    figures: pd.DataFrame | None = None,
    names: pd.DataFrame | None = None,
    design: Design | None = None,
    seed: int | None = None,
    alpha: float | None = None,
) -> PersonalVoteResult:
    r"""Compute preference and list-leader shares, raw and for the national mix of lists.

    Direct standardisation (Breslow and Day 1987, Statistical Methods in Cancer Research II):
    :math:`\sum_l w_l p_{lg}` with :math:`p_{lg}` the preference share of list l in group g and
    :math:`w_l` the list's share of all votes in ``summary`` at that election. Lists without
    votes in g are left out and the other weights scaled up.

    Parameters
    ----------
    summary
        Rows of ``candidate_summary``.
    by
        ``group``, ``municipality`` or ``list`` (list × group).
    as_of
        Groups as at this election; by default the latest with the new ballot of this kind.
    figures
        Table ``published_figures``: printed preference shares are added to the groups.
    names
        Table ``municipality_codes``, for names of municipalities.
    design, seed, alpha
        Instead of the plan, its bootstrap seed and its level.

    Returns
    -------
    PersonalVoteResult
        ``table``, all shares fractions of votes on candidates. By group: election, group,
        basis (``counts`` or ``printed``), n_municipalities, votes, first, estimate
        (preference share, per voter), conf_low, conf_high (clustered on municipality),
        leader_share, standardised, standardised_low, standardised_high (jackknife over
        municipalities), gap_low, gap_high (of the experiment: its share minus that of as many
        randomly drawn comparison municipalities, in the middle 1 - alpha of the draws: what a
        reference group of unknown municipalities may have differed by), concentration
        (effective number of candidates per list, mean over the votes), figure (id of a
        printed one), method. For a printed share conf_low and conf_high are what the print
        stands for. By municipality: also municipality_code, municipality, without
        n_municipalities; intervals as if votes were independent (Wilson). By list: also
        list_number, list_name, n_municipalities; not standardised.

    Raises
    ------
    UnknownNameError
        For an unknown ``by`` or ``as_of``.
    EstimationError
        Without votes.
    """
    if by not in BY:
        raise UnknownNameError.of("by", by, BY)
    plan = design or load_design()
    level = plan.alpha if alpha is None else alpha
    root = plan.seed("bootstrap") if seed is None else seed
    at = as_of or election_of_the_groups(summary, plan)
    rows = labelled(summary[summary["votes"] > 0], at, plan)
    if rows.empty:
        raise EstimationError("no votes on candidates", rule="votes > 0")
    table, assumptions = {
        "group": lambda rows, level: _by_group(rows, level, root),
        "municipality": _by_municipality,
        "list": _by_list,
    }[by](rows, level)
    if by == "group" and figures is not None:
        table = pd.concat([table, _printed(figures, plan)], ignore_index=True)
        assumptions += ("printed-precision",)
    if by == "municipality":
        table = _named(table, names)
    return PersonalVoteResult(
        table=table,
        assumptions=assumptions,
        seed=root if by == "group" else None,
        sources=tuple(sorted(summary["source"].unique())),
        by=by,
        as_of=at,
    )


def _by_group(rows: pd.DataFrame, alpha: float, seed: int) -> tuple[pd.DataFrame, tuple[str, ...]]:
    found = []
    for election, own in rows.groupby("election", sort=False):
        codes, votes, preference, weights = matrices(own)
        group = own.drop_duplicates("municipality_code").set_index("municipality_code")["group"]
        labels = group.reindex(codes).to_numpy(object)
        for name in _GROUPS:
            inside = np.ones(len(codes), bool) if name == "all" else labels == name
            if inside.any():
                row = _group_row(votes[inside], preference[inside], weights, alpha)
                part = own[own["municipality_code"].isin(np.array(codes)[inside])]
                head = {"election": election, "group": name, "basis": "counts"}
                gap = (np.nan, np.nan)
                if name == "experiment":
                    others = labels == "comparison"
                    gap = _gaps(votes, preference, inside, others, alpha, seed)
                row |= {"gap_low": gap[0], "gap_high": gap[1]}
                found.append({**head, **row, "concentration": _concentration(part)})
    return pd.DataFrame(found).assign(figure=None), ("clustered-municipality", "list-mix")


def _gaps(
    votes: Floats, preference: Floats, own: Any, others: Any, alpha: float, seed: int
) -> tuple[float, float]:
    """Middle 1 - alpha of the share of ``own`` minus that of as many drawn from ``others``."""
    size, pool = int(own.sum()), np.flatnonzero(others)
    if len(pool) < size:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    total, chosen = votes.sum(axis=1), preference.sum(axis=1)
    drawn = np.stack([rng.choice(pool, size, replace=False) for _ in range(_DRAWS)])
    shares = chosen[drawn].sum(axis=1) / total[drawn].sum(axis=1)
    gaps = chosen[own].sum() / total[own].sum() - shares
    low, high = np.quantile(gaps, [alpha / 2, 1 - alpha / 2])
    return float(low), float(high)


def _group_row(votes: Floats, preference: Floats, weights: Floats, alpha: float) -> dict[str, Any]:
    n = len(votes)
    pooled = ratio_interval(preference.sum(axis=1), votes.sum(axis=1), alpha=alpha)
    total, chosen = votes.sum(axis=0), preference.sum(axis=0)
    centre = float(standardised_share(total, chosen, weights))
    low = high = float("nan")
    if n > 1:
        left = standardised_share(total - votes, chosen - preference, weights)
        error = float(np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum()))
        half = float(special.stdtrit(n - 1, 1 - alpha / 2)) * error
        low, high = centre - half, centre + half
    return {
        "n_municipalities": n,
        "votes": int(total.sum()),
        "first": int(total.sum() - chosen.sum()),
        "estimate": pooled.estimate,
        "conf_low": pooled.low,
        "conf_high": pooled.high,
        "leader_share": 1 - pooled.estimate,
        "standardised": centre,
        "standardised_low": low,
        "standardised_high": high,
        "method": "ratio, clustered on municipality",
    }


def _by_municipality(rows: pd.DataFrame, alpha: float) -> tuple[pd.DataFrame, tuple[str, ...]]:
    found = []
    for election, own in rows.groupby("election", sort=False):
        shares = municipal_shares(own)
        first = own.groupby("municipality_code")["votes_first"].sum().reindex(shares.index)
        low, high = wilson(
            (shares["votes"] - first).to_numpy("float64"), shares["votes"].to_numpy(), alpha
        )
        group = own.drop_duplicates("municipality_code").set_index("municipality_code")["group"]
        spread = own.groupby("municipality_code")[list(own.columns)].apply(_concentration)
        found.append(
            pd.DataFrame(
                {
                    "election": election,
                    "municipality_code": shares.index,
                    "group": group.reindex(shares.index).to_numpy(),
                    "basis": "counts",
                    "votes": shares["votes"].astype("int64").to_numpy(),
                    "first": first.to_numpy("int64"),
                    "estimate": shares["preference"].to_numpy(),
                    "conf_low": low,
                    "conf_high": high,
                    "leader_share": 1 - shares["preference"].to_numpy(),
                    "standardised": shares["standardised"].to_numpy(),
                    "concentration": spread.reindex(shares.index).to_numpy(),
                    "method": "Wilson",
                }
            )
        )
    return pd.concat(found, ignore_index=True), ("binomial", "list-mix")


def _by_list(rows: pd.DataFrame, alpha: float) -> tuple[pd.DataFrame, tuple[str, ...]]:
    found = []
    keys = ["election", "list_number", "list_name"]
    for (election, number, name), own in rows.groupby(keys, sort=False):
        for group in _GROUPS:
            part = own if group == "all" else own[own["group"] == group]
            if part.empty:
                continue
            votes = part["votes"].to_numpy("float64")
            preference = votes - part["votes_first"].to_numpy("float64")
            pooled = ratio_interval(preference, votes, alpha=alpha)
            found.append(
                {
                    "election": election,
                    "list_number": number,
                    "list_name": name,
                    "group": group,
                    "basis": "counts",
                    "n_municipalities": len(part),
                    "votes": int(votes.sum()),
                    "first": int(votes.sum() - preference.sum()),
                    "estimate": pooled.estimate,
                    "conf_low": pooled.low,
                    "conf_high": pooled.high,
                    "leader_share": 1 - pooled.estimate,
                    "concentration": _concentration(part),
                    "method": "ratio, clustered on municipality",
                }
            )
    return pd.DataFrame(found), ("clustered-municipality",)


def _concentration(part: pd.DataFrame) -> float:
    """Effective number of candidates per list, mean over the votes."""
    known = part[part["concentration"].notna()]
    return float(np.average(known["concentration"], weights=known["votes"].astype("float64")))


def _printed(figures: pd.DataFrame, plan: Design) -> pd.DataFrame:
    """Printed preference shares as rows; what they are of stands in the column ``scope``."""
    rows = []
    for figure in figures[figures["measure"] == _PRINTED_MEASURE].to_dict(orient="records"):
        group = _PRINTED_GROUPS.get(str(figure["scope"]).split(" ")[0])
        if group is None or figure["election"] not in plan.elections:
            continue
        span = printed_interval(float(figure["value"]), int(figure["decimals"]), unit=0.01)
        middle = float(figure["value"]) / 100
        rows.append(
            {
                "election": figure["election"],
                "group": group,
                "basis": "printed",
                "estimate": middle,
                "conf_low": span.low,
                "conf_high": span.high,
                "leader_share": 1 - middle,
                "figure": figure["id"],
                "method": "printed",
            }
        )
    return pd.DataFrame(rows)


def _named(table: pd.DataFrame, names: pd.DataFrame | None) -> pd.DataFrame:
    if names is None:
        return table.assign(municipality=table["municipality_code"])
    known = names.set_index(["election", "municipality_code"])["municipality"]
    keys = pd.MultiIndex.from_frame(table[["election", "municipality_code"]])
    found = pd.Series(known.reindex(keys).to_numpy(), index=table.index)
    return table.assign(municipality=found.fillna(table["municipality_code"]))
