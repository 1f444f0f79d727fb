"""The answer in a few sentences, for a reader in a hurry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.analysis import Analysis
from evaluatie.effect import effect
from evaluatie.errors import EstimationError
from evaluatie.experiment import Design, load_design
from evaluatie.learning import learning
from evaluatie.published import published
from evaluatie.results import Results
from evaluatie.wording import say

__all__ = ["SummaryResult", "summary"]

_KEPT = [
    *("election", "outcome", "estimate", "conf_low", "conf_high"),
    *("n_treated", "n_comparison", "vintage"),
]


@dataclass(frozen=True, kw_only=True, eq=False)
class SummaryResult(Analysis):
    """The estimates behind the sentences; see :func:`summary`."""

    printed: dict[str, Any]

    def sentences(self, lang: str = "nl") -> list[str]:
        """Return one sentence per estimate, the last one on printed figures."""
        lines = [
            say(
                f"summary.{row['kind']}",
                lang,
                **{
                    str(name): say(f"common.{value}", lang)
                    if name in ("outcome", "vintage")
                    else value
                    for name, value in row.items()
                },
            )
            for row in self.table.to_dict(orient="records")
        ]
        return [*lines, say("summary.printed", lang, **self.printed)]

    def sentence(self, lang: str = "nl") -> str:
        """Say everything in one paragraph."""
        return " ".join(self.sentences(lang))


def summary(
    results: Results, *, data: Path | str | None = None, design: Design | None = None
) -> SummaryResult:
    """Estimate what a minister's adviser asks first.

    Returns
    -------
    SummaryResult
        ``table``: kind (``effect`` or ``learning``), election, outcome, estimate, conf_low,
        conf_high (fractions; per voter; the plan's model-based primary method), n_treated,
        n_comparison, vintage. The latest election comes first; elections at which counts are
        known only between bounds are left to the report.
    """
    plan = design or load_design()
    method = plan.raw["inference"]["primary_model"]
    rows = []
    for election in reversed([name for name in plan.new_ballot if name in results.elections]):
        for outcome in (plan.primary_outcome, "rejected"):
            try:
                made = effect(results, election, outcome, methods=(method,), design=plan, data=data)
            except EstimationError:
                continue
            row = made.pooled.iloc[0]
            if pd.notna(row["estimate"]):
                rows.append({"kind": "effect", **_kept(row)})
    try:
        learned = learning(results, "between", design=plan, data=data).table
        first = learned[(learned["unit"] == "pooled") & (learned["role"] == "primary")]
        first = first[first["conf_low"].notna() & first["p_value"].notna()]
        # The row holds all three numbers; the sentence speaks of the two groups compared.
        first = first.drop(columns="n_comparison").rename(
            columns={
                "to_election": "election",
                "n_experienced": "n_treated",
                "n_newcomers": "n_comparison",
            }
        )
        rows.append({"kind": "learning", **_kept(first.iloc[-1])})
    except (EstimationError, IndexError):
        pass  # nobody has met the ballot before, or nobody is new: nothing to compare
    verdicts = published(results, data=data, design=plan).table["verdict"]
    return SummaryResult(
        table=pd.DataFrame(rows),
        assumptions=("parallel-trends", "provisional-counts"),
        sources=results.sources,
        printed={
            "n": len(verdicts),
            "reproduced": int(verdicts.str.startswith("reproduced").sum()),
            "contradicted": int((verdicts == "contradicted").sum()),
            "unknown": int((verdicts == "not-computable").sum()),
        },
    )


def _kept(row: pd.Series[Any]) -> dict[str, Any]:
    return {name: row[name] for name in _KEPT if name in row.index}
