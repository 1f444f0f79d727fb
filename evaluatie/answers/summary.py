"""The answer in four sentences, for a reader in a hurry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.answers.analysis import Analysis, because, everyone_left_out, on_provisional
from evaluatie.answers.baselines import uncounted
from evaluatie.answers.effect import effect, pooled
from evaluatie.answers.learning import learning
from evaluatie.counts import Results
from evaluatie.ground import formatting
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.words import say
from evaluatie.plan import Design

__all__ = ["SummaryResult", "summary"]

COLUMNS = (
    *("kind", "election", "outcome", "municipality", "group", "estimate", "conf_low", "conf_high"),
    *("bound_low", "bound_high", "p_value", "n_treated", "n_comparison", "vintage", "method"),
)
SECOND_OUTCOME = "rejected"
"""Beside the primary outcome: the sum, since the decree moves the line between the two."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SummaryResult(Analysis):
    """The estimates behind the four sentences; see :func:`summary`."""

    names: Mapping[str, Mapping[str, str]]
    """By election its name in words, by language."""
    refused: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By election of which no effect can be estimated why not, by language."""

    def answers(self, lang: str = "nl") -> list[tuple[str, str]]:
        """Return pairs of verdict and evidence; the evidence is empty where there is none.

        The questions: does the ballot cost votes, also counted the other way, where, and do
        voters learn? Then what could not be answered, and who was left out.
        """
        called = [self.names[name][lang] for name in self.table["election"]]
        table = self.table.assign(called=called)
        primary, second = (
            table[(table["kind"] == "effect") & (table["outcome"] == outcome)]
            for outcome in (self._primary, SECOND_OUTCOME)
        )
        lacking = [
            (say("summary.refused", lang, election=self.names[name][lang]), why[lang])
            for name, why in self.refused.items()
        ]
        if left_out := self.without(lang):
            lacking.append((" ".join(left_out), ""))
        if primary.empty:
            return [(say("summary.effect_none", lang), ""), *lacking]
        said = [_effects("effect", primary, lang)]
        if not second.empty:
            said.append(_effects("rejected", second, lang))
        said += _where(table[table["kind"] == "municipality"], lang)
        return [*said, _learning(table, lang), *lacking]

    def sentences(self, lang: str = "nl") -> list[str]:
        """Return each answer as one line of text."""
        return [" ".join(part for part in answer if part) for answer in self.answers(lang)]

    def sentence(self, lang: str = "nl") -> str:
        """Say everything in one paragraph."""
        return " ".join(self.sentences(lang))

    def to_dict(self) -> dict[str, Any]:
        """Return the object that ``--json`` prints, with the names of elections in words."""
        return {**super().to_dict(), "names": self.names}

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
        ``learning`` (experienced minus new); group tells whether a municipality used the
        ballot for the first time. Estimates, intervals and bounds are differences
        of shares as fractions, per voter, by the plan's model-based primary method.
    """
    plan = design or results.design
    method = plan.raw["inference"]["primary_model"]
    own = results.beside(data)
    rows: list[dict[str, Any]] = []
    left_out: list[pd.DataFrame] = []
    refused: dict[str, Mapping[str, str]] = {}
    vintages: list[Iterable[str]] = []
    for election in reversed([name for name in plan.new_ballot if name in results.elections]):
        for outcome in dict.fromkeys((plan.primary_outcome, SECOND_OUTCOME)):
            try:
                made = effect(own, election, outcome, methods=(method,), design=plan)
            except EstimationError as refusal:
                if outcome == plan.primary_outcome:
                    refused[election] = because(refusal)["missing"]
                    left_out.append(uncounted(results, plan, election, outcome, results.vintage))
                continue
            left_out.append(made.left_out)
            together = pooled(made)
            vintages += [together["vintage"], together["baseline_vintage"]]
            rows.append({"kind": "effect", **together.iloc[0]})
            apart = made.table[(made.table["unit"] != "pooled") & made.table["estimate"].notna()]
            if outcome == plan.primary_outcome and not _have(rows, "municipality"):
                rows += [
                    {"kind": "municipality", "group": plan.group(row["unit"], election), **row}
                    for _, row in apart.iterrows()
                ]
    try:
        learned = learning(results, "between", design=plan, data=data).table
        vintages.append(learned["vintage"])
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
        refused=refused,
        assumptions=("parallel-trends", *on_provisional(*vintages)),
        sources=results.sources,
        left_out=everyone_left_out(*left_out),
    )


def _have(rows: Sequence[dict[str, Any]], kind: str) -> bool:
    return any(row["kind"] == kind for row in rows)


def _effects(kind: str, rows: pd.DataFrame, lang: str) -> tuple[str, str]:
    above, below = rows["conf_low"] > 0, rows["conf_high"] < 0
    if above.all():
        verdict = "more"
    elif below.all():
        verdict = "fewer"
    else:
        verdict = "mixed" if (above | below).any() else "open"
    first, *others = rows.to_dict(orient="records")
    parts = [_one(first, f"first_{'effect_primary' if kind == 'effect' else 'effect'}", lang)]
    parts += [_one(row, "next_effect", lang) for row in others]
    return say(f"summary.{kind}_{verdict}", lang), "; ".join(parts) + "."


def _one(row: dict[Any, Any], key: str, lang: str) -> str:
    words = {**row, "election": row["called"]}
    if pd.isna(row["estimate"]):
        return say(f"summary.{key.partition('_')[0]}_bounded", lang, **words)
    return say(
        f"summary.{key}",
        lang,
        **{
            **words,
            "per_10000": formatting.number(abs(10_000 * row["estimate"]), lang, 0),
            "more": say("summary.more" if row["estimate"] >= 0 else "summary.fewer", lang),
            "vintage": say(f"common.{row['vintage']}", lang),
        },
    )


def _where(rows: pd.DataFrame, lang: str) -> list[tuple[str, str]]:
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
    if len(rows) == 1:
        return [(say("summary.where_one", lang, **words), "")]
    return [(say("summary.where_differs", lang), say("summary.where", lang, **words))]


def _learning(table: pd.DataFrame, lang: str) -> tuple[str, str]:
    learned = table[table["kind"] == "learning"]
    if learned.empty:
        return say("summary.learning_none", lang), ""
    row = {str(name): value for name, value in learned.iloc[0].items()}
    same = table[(table["kind"] == "effect") & (table["election"] == row["election"])]
    whole = float(same["estimate"].iloc[0]) if len(same) else float("nan")
    sure = "yes" if row["conf_high"] < 0 else "worse" if row["conf_low"] > 0 else "open"
    wide = sure == "open" and row["conf_low"] < -whole / 2
    words = {
        **row,
        "election": row["called"],
        "vintage": say(f"common.{row['vintage']}", lang),
        "wide": say("summary.learning_wide", lang) if wide else "",
    }
    return say(f"summary.learning_{sure}", lang), say("summary.learning", lang, **words)
