"""What is measured of votes on persons: per municipality, and where only shares were printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evaluatie.plan import Design, Question

MEASURES: tuple[str, ...] = (
    "preference",
    "leader",
    "concentration",
    "own_number",
    "beside",
    "own_minus_beside",
)
_PRINTED = "preference-vote share"
_DRAWS = 9_999


def measures(summary: pd.DataFrame) -> pd.DataFrame:
    r"""Measure the personal vote in every municipality at one election.

    ==================  =========================================================================
    preference          votes not for number 1 of the list, as fraction of all votes on candidates
    leader              the rest: votes for number 1, where a vote for a party alone goes too
    concentration       effective number of candidates :math:`V^2 / \sum_i v_i^2` of a list
                        (Laakso and Taagepera 1979, Comparative Political Studies 12), mean over
                        the votes: more is less concentrated
    own_number          votes on the candidate whose number is the list's own: a voter who marks
                        7 in both rows; fraction of the votes of the lists below
    beside              the same of a number beside it, the mean of both but never number 1
    own_minus_beside    own_number less beside
    ==================  =========================================================================

    The last three are of lists from number 2 on that have such a candidate and one beside it.

    Parameters
    ----------
    summary
        Rows of ``candidate_summary`` of one election.

    Returns
    -------
    pandas.DataFrame
        Indexed by municipality_code: votes (on all candidates), and the measures; missing
        where no list has such a candidate.
    """
    rows = summary[summary["votes"] > 0]
    number, votes = rows["list_number"], rows["votes"].astype("float64")
    n_beside = (number > 2).astype("float64") + (number < rows["n_candidates"])
    able = (number > 1) & rows["votes_namesake"].notna() & (n_beside > 0)
    parts = pd.DataFrame(
        {
            "votes": votes,
            "first": rows["votes_first"].astype("float64"),
            "effective": votes * rows["concentration"].astype("float64"),
            "able": votes.where(able, 0.0),
            "own": rows["votes_namesake"].astype("float64").where(able, 0.0),
            "beside": (rows["votes_beside"].astype("float64") / n_beside).where(able, 0.0),
        }
    )
    sums = parts.groupby(rows["municipality_code"]).sum()
    leader, of_able = sums["first"] / sums["votes"], sums["able"].where(sums["able"] > 0)
    return pd.DataFrame(
        {
            "votes": sums["votes"].astype("int64"),
            "preference": 1 - leader,
            "leader": leader,
            "concentration": sums["effective"] / sums["votes"],
            "own_number": sums["own"] / of_able,
            "beside": sums["beside"] / of_able,
            "own_minus_beside": (sums["own"] - sums["beside"]) / of_able,
        }
    )


def printed_gap(
    figures: pd.DataFrame, candidates: pd.DataFrame, plan: Design, asked: Question
) -> dict[str, Any] | None:
    """Find the printed shares, and how far such a gap goes without the new ballot.

    Parameters
    ----------
    figures
        Table ``published_figures``.
    candidates
        Rows of ``candidate_summary``, of the baseline of the printed election at least.

    Returns
    -------
    dict or None
        None without printed shares, else: election that they were printed of; experiment and
        reference (fractions of votes that were not for number 1) and their gap; n
        (municipalities with the new ballot); baseline (the election before it, with the old
        ballot, if there are counts per candidate of it); low and high, the middle
        ``1 - alpha`` of the gap at the baseline, where nobody had the new ballot, to as many
        municipalities drawn at random: how far a gap goes that no ballot made.
    """
    rows = figures[figures["measure"] == _PRINTED]
    values = rows["value"].astype("float64") / 100
    groups = dict(zip(rows["scope"].str.split(" ").str[0], values, strict=True))
    if not {"experiment", "reference"} <= set(groups):
        return None
    election = str(rows["election"].iloc[0])
    treated = plan.treated(election)
    base = plan.election(election).baseline
    found = {
        "election": election,
        "experiment": float(groups["experiment"]),
        "reference": float(groups["reference"]),
        "gap": float(groups["experiment"]) - float(groups["reference"]),
        "n": len(treated),
    }
    then = measures(candidates[candidates["election"] == base])
    own = then.index.isin(treated)
    free = np.array([plan.group(code, election) == "comparison" for code in then.index], dtype=bool)
    size = int(own.sum())
    if size < len(treated) or free.sum() < 2 * size:
        return {**found, "baseline": None, "low": None, "high": None}
    votes = then["votes"].to_numpy("float64")
    chosen = votes * then["preference"].to_numpy("float64")
    pool = np.flatnonzero(free)
    order = np.random.default_rng(asked.seed).random((_DRAWS, len(pool)))
    drawn = pool[np.argpartition(order, size, axis=1)[:, :size]]
    gaps = chosen[own].sum() / votes[own].sum() - chosen[drawn].sum(1) / votes[drawn].sum(1)
    low, high = np.quantile(gaps, [asked.alpha / 2, 1 - asked.alpha / 2])
    return {**found, "baseline": base, "low": float(low), "high": float(high)}
