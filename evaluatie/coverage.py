"""What the counts cover, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evaluatie.analysis import Analysis
from evaluatie.experiment import Design
from evaluatie.results import Results, load_table
from evaluatie.wording import say

__all__ = ["CoverageResult", "coverage"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoverageResult(Analysis):
    """How many municipalities have which counts; see :func:`coverage`."""

    def sentence(self, lang: str = "nl") -> str:
        """Say for the latest election how many municipalities have the split counted."""
        latest = self.table[self.table["election"] == self.table["election"].iloc[-1]]
        split = latest.sort_values("n_split").iloc[-1]
        return say(
            "coverage.summary",
            lang,
            election=split["election"],
            n=int(split["n_split"]),
            of=int(split["n_municipalities"]),
            vintage=say(f"common.{split['vintage']}", lang),
            treated=int(split["n_treated_split"]),
            treated_of=int(split["n_treated"]),
        )


def coverage(
    results: Results, codes: pd.DataFrame | None = None, *, design: Design | None = None
) -> CoverageResult:
    """Count, per election and vintage, the municipalities whose counts are known.

    Returns
    -------
    CoverageResult
        ``table``: election, vintage, n_municipalities (that exist, by the code list),
        n_valid, n_rejected, n_split (with valid votes, with invalid and blank together, with
        both apart), n_treated, n_treated_split, ballots (sum of those known).
    """
    plan = design or results.design
    existing = load_table("municipality_codes", results.data) if codes is None else codes
    per_election = existing.groupby("election").size()
    rows = []
    for election in results.elections:
        here = results.rows[results.rows["election"] == election]
        codes_here = existing.loc[existing["election"] == election, "municipality_code"]
        everyone = dict.fromkeys([*codes_here, *here["municipality_code"]])
        treated = [code for code in everyone if plan.has_new_ballot(code, election)]
        for vintage in ("official", "provisional"):
            counted = here[here["vintage"] == vintage]
            if counted.empty:
                continue
            split = counted[["blank", "invalid"]].notna().all(axis=1)
            rows.append(
                {
                    "election": election,
                    "vintage": vintage,
                    "n_municipalities": int(per_election.get(election, len(everyone))),
                    "n_valid": int(counted["valid"].notna().sum()),
                    "n_rejected": int(counted["rejected"].notna().sum()),
                    "n_split": int(split.sum()),
                    "n_treated": len(treated),
                    "n_treated_split": int(
                        counted.loc[split, "municipality_code"].isin(treated).sum()
                    ),
                    "ballots": int(counted["ballots"].sum()),
                }
            )
    return CoverageResult(table=pd.DataFrame(rows), sources=results.sources)
