"""Invalid votes under other rules of validity."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evaluatie.answers.analysis import Analysis
from evaluatie.answers.reasons.units import wide
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.words import say

__all__ = ["CounterfactualResult", "counterfactuals"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CounterfactualResult(Analysis):
    """Invalid votes under other rules; see :func:`counterfactuals`."""

    def sentence(self, lang: str = "nl") -> str:
        """Say what each rule would have done at the latest election."""
        rows = self.table[self.table["election"] == self.table["election"].iloc[-1]]
        by_rule = {str(row["rule"]): row for row in rows.to_dict(orient="records")}
        named = {f"{rule}_{key}": v for rule, row in by_rule.items() for key, v in row.items()}
        words = {str(key): value for key, value in named.items()}
        return say("reasons.counterfactual", lang, election=rows["election"].iloc[0], **words)


def counterfactuals(table: pd.DataFrame, results: Results) -> CounterfactualResult:
    """Recount the invalid votes under three rules, everything else as it was counted.

    ``as_held``: the rules of the experiment. ``nonexistent_counts``: a number that is not on
    the chosen list counts as a vote for the list. ``party_only_invalid``: a party without a
    number is invalid, as the law has it outside the experiment.

    Returns
    -------
    CounterfactualResult
        ``table``: election, rule, n_municipalities, ballots, invalid, share (fraction of
        ballots), change (ballots more invalid than as held), share_change.

    Raises
    ------
    EstimationError
        If ballots are unknown in a municipality of the table.
    """
    rows = []
    for election in dict.fromkeys(table["election"]):
        counts = wide(table, election, results)
        lacking = set(table.loc[table["election"] == election, "municipality_code"])
        lacking -= set(counts.index)
        if lacking:
            raise EstimationError(
                "the number of ballots is not known", unit=f"{election}, {min(lacking)}"
            )
        sums = counts.sum()
        held = float(sums["design"] + sums["any"])
        invalid = {
            "as_held": held,
            "nonexistent_counts": held - float(sums["nonexistent_number"]),
            "party_only_invalid": held + float(sums["party_only"]),
        }
        for rule, count in invalid.items():
            rows.append(
                {
                    "election": election,
                    "rule": rule,
                    "n_municipalities": len(counts),
                    "ballots": int(sums["ballots"]),
                    "invalid": int(count),
                    "share": count / float(sums["ballots"]),
                    "change": int(count - held),
                    "share_change": (count - held) / float(sums["ballots"]),
                }
            )
    return CounterfactualResult(
        table=pd.DataFrame(rows), assumptions=("reasons-list", "same-marks"), sources=()
    )
