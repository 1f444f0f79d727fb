"""The answer in four sentences, for a reader in a hurry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie import formatting
from evaluatie.analysis import Analysis
from evaluatie.effect import effect
from evaluatie.errors import EstimationError
from evaluatie.experiment import Design
from evaluatie.learning import learning
from evaluatie.results import Results
from evaluatie.wording import say

__all__ = ["SummaryResult", "summary"]

COLUMNS = (
    *("kind", "election", "outcome", "municipality", "estimate", "conf_low", "conf_high"),
    *("bound_low", "bound_high", "p_value", "n_treated", "n_comparison", "vintage", "method"),
)
SECOND_OUTCOME = "rejected"
"""Beside the primary outcome: the sum, since the decree moves the line between the two."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SummaryResult(Analysis):
    """The estimates behind the four sentences; see :func:`summary`."""

    names: Mapping[str, Mapping[str, str]]
    """By election its name in words, by language."""

    def sentences(self, lang: str = "nl") -> list[str]:
        """Say whether the ballot costs votes, counted either way, where, and who learns."""
        called = [self.names[name][lang] for name in self.table["election"]]
        table = self.table.assign(called=called)
        primary, second = (
            table[(table["kind"] == "effect") & (table["outcome"] == outcome)]
            for outcome in (self._primary, SECOND_OUTCOME)
        )
        if primary.empty:
            return [say("summary.effect_none", lang)]
        said = [_effects("effect", primary, lang)]
        if not second.empty:
            said.append(_effects("rejected", second, lang))
        said += _where(table[table["kind"] == "municipality"], lang)
        return [*said, _learning(table, lang)]

    def sentence(self, lang: str = "nl") -> str:
        """Say everything in one paragraph."""
        return " ".join(self.sentences(lang))

    @property
    def _primary(self) -> str:
        outcomes = self.table.loc[self.table["kind"] == "effect", "outcome"]
        others = [name for name in outcomes if name != SECOND_OUTCOME]
        return others[0] if others else SECOND_OUTCOME


def summary(
    results: Results, *, data: Path | str | None = None, design: Design | None = None
) -> SummaryResult:
    """Estimate what a minister's adviser asks first.

    Parameters
    ----------
    results
        Counts, from :func:`evaluatie.load`.
    data
        Folder with the user's own tables.
    design
        Another plan.

    Returns
    -------
    SummaryResult
        ``table``, one row per estimate, latest election first. kind is ``effect`` (together),
        ``municipality`` (of the latest election with counts per municipality) or
        ``learning`` (experienced minus new). Estimates, intervals and bounds are differences
        of shares as fractions, per voter, by the plan's model-based primary method.
    """
    plan = design or results.design
    method = plan.raw["inference"]["primary_model"]
    rows: list[dict[str, Any]] = []
    for election in reversed([name for name in plan.new_ballot if name in results.elections]):
        for outcome in dict.fromkeys((plan.primary_outcome, SECOND_OUTCOME)):
            try:
                made = effect(results, election, outcome, methods=(method,), design=plan, data=data)
            except EstimationError:
                continue
            rows.append({"kind": "effect", **made.pooled.iloc[0]})
            apart = made.table[(made.table["unit"] != "pooled") & made.table["estimate"].notna()]
            if outcome == plan.primary_outcome and not _have(rows, "municipality"):
                rows += [{"kind": "municipality", **row} for _, row in apart.iterrows()]
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
        rows.append({"kind": "learning", **first.iloc[-1]})
    except (EstimationError, IndexError):
        pass  # nobody has met the ballot before, or nobody is new: nothing to compare
    return SummaryResult(
        names={
            name: {lang: plan.called(name, lang) for lang in formatting.LANGUAGES}
            for name in results.elections
        },
        table=pd.DataFrame(rows).reindex(columns=list(COLUMNS)),
        assumptions=("parallel-trends", "provisional-counts"),
        sources=results.sources,
    )


def _have(rows: Sequence[dict[str, Any]], kind: str) -> bool:
    return any(row["kind"] == kind for row in rows)


def _effects(kind: str, rows: pd.DataFrame, lang: str) -> str:
    above, below = rows["conf_low"] > 0, rows["conf_high"] < 0
    if above.all():
        verdict = "more"
    elif below.all():
        verdict = "fewer"
    else:
        verdict = "mixed" if (above | below).any() else "open"
    each = "; ".join(_one(row, lang) for row in rows.to_dict(orient="records")) + "."
    return say(f"summary.{kind}_{verdict}", lang, each=each[0].upper() + each[1:])


def _one(row: dict[Any, Any], lang: str) -> str:
    if pd.isna(row["estimate"]):
        return say("summary.one_bounded", lang, **{**row, "election": row["called"]})
    return say(
        "summary.one_effect",
        lang,
        **{
            **row,
            "election": row["called"],
            "per_10000": formatting.number(10_000 * row["estimate"], lang, 0, sign=True),
            "vintage": say(f"common.{row['vintage']}", lang),
        },
    )


def _where(rows: pd.DataFrame, lang: str) -> list[str]:
    if rows.empty:
        return []
    ordered = rows.sort_values("estimate")
    least, most = ordered.iloc[0], ordered.iloc[-1]
    words = {
        "election": least["called"],
        "n": len(rows),
        "n_clear": int((rows["conf_low"] > 0).sum()),
        "lowest": least["municipality"],
        "low": least["estimate"],
        "low_low": least["conf_low"],
        "low_high": least["conf_high"],
        "highest": most["municipality"],
        "high": most["estimate"],
        "high_low": most["conf_low"],
        "high_high": most["conf_high"],
    }
    return [say("summary.where" if len(rows) > 1 else "summary.where_one", lang, **words)]


def _learning(table: pd.DataFrame, lang: str) -> str:
    learned = table[table["kind"] == "learning"]
    if learned.empty:
        return say("summary.learning_none", lang)
    row = learned.iloc[0].to_dict()
    same = table[(table["kind"] == "effect") & (table["election"] == row["election"])]
    whole = float(same["estimate"].iloc[0]) if len(same) else float("nan")
    sure = "yes" if row["conf_high"] < 0 else "worse" if row["conf_low"] > 0 else "open"
    wide = say("summary.learning_wide", lang) if row["conf_low"] < -whole / 2 else ""
    words = {
        **row,
        "election": row["called"],
        "vintage": say(f"common.{row['vintage']}", lang),
        "wide": wide,
    }
    return say(f"summary.learning_{sure}", lang, **words)
