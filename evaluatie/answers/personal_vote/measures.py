"""What is measured of votes on persons, per municipality."""

from __future__ import annotations

import pandas as pd

MEASURES: tuple[str, ...] = (
    "preference",
    "leader",
    "concentration",
    "own_number",
    "beside",
    "own_minus_beside",
)


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
