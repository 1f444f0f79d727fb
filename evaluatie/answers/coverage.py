"""What the counts cover, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evaluatie.answers.analysis import Analysis
from evaluatie.counts import Results
from evaluatie.ground import formatting
from evaluatie.ground.words import say
from evaluatie.plan import Design

__all__ = ["CoverageResult", "coverage"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoverageResult(Analysis):
    """How many municipalities have which counts; see :func:`coverage`."""

    def sentence(self, lang: str = "nl") -> str:
        """Say for the latest election how many municipalities have the split counted."""
        latest = self.table[self.table["election"] == self.table["election"].iloc[-1]]
        first = latest.iloc[0]
        return say(
            "coverage.summary" if first["n_treated"] else "coverage.summary_usual",
            lang,
            election=first["election"],
            n=int(latest["n_best"].sum()),
            of=int(first["n_municipalities"]),
            vintages=_by_vintage(latest, "n_best", lang),
            treated=int(latest["n_treated_best"].sum()),
            treated_of=int(first["n_treated"]),
            treated_vintages=_by_vintage(latest, "n_treated_best", lang),
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
        both apart), n_treated, n_treated_split, n_best and n_treated_best (of those with the
        split, whose best count is of this vintage: official before provisional), ballots (sum
        of those known).
    """
    plan = design or results.design
    existing = results.table("municipality_codes") if codes is None else codes
    per_election = existing.groupby("election").size()
    rows = []
    for election in results.elections:
        here = results.rows[results.rows["election"] == election]
        codes_here = existing.loc[existing["election"] == election, "municipality_code"]
        everyone = dict.fromkeys([*codes_here, *here["municipality_code"]])
        treated = [code for code in everyone if plan.has_new_ballot(code, election)]
        seen: set[str] = set()
        for vintage in ("official", "provisional"):
            counted = here[here["vintage"] == vintage]
            if counted.empty:
                continue
            split = counted[["blank", "invalid"]].notna().all(axis=1)
            best = set(counted.loc[split, "municipality_code"]) - seen
            seen |= best
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
                    "n_best": len(best),
                    "n_treated_best": len(best.intersection(treated)),
                    "ballots": int(counted["ballots"].sum()),
                }
            )
    return CoverageResult(table=pd.DataFrame(rows), sources=results.sources)


def _by_vintage(rows: pd.DataFrame, column: str, lang: str) -> str:
    """Say how many are official and how many provisional; the latter only where there are any."""
    return ", ".join(
        f"{formatting.count(n, lang)} {say(f'common.{vintage}', lang)}"
        for vintage, n in zip(rows["vintage"], rows[column], strict=True)
        if n
    ) or say("coverage.none", lang)
