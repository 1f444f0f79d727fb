"""What every estimate of learning returns: one table, a sentence, what stays undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.analysis import Analysis, records
from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLUMNS", "POOLED", "LearningResult", "Statement", "for_readers", "tidy"]

POOLED = "pooled"

COLUMNS = (
    "estimand",
    "outcome",
    "what",
    "unit",
    "municipality",
    "from_election",
    "to_election",
    "from_use",
    "to_use",
    "scale",
    "estimate",
    "bound_low",
    "bound_high",
    "std_error",
    "conf_low",
    "conf_high",
    "p_value",
    "smallest_p",
    "n_assignments",
    "df",
    "method",
    "role",
    "basis",
    "n_units",
    "n_experienced",
    "n_newcomers",
    "n_comparison",
    "vintage",
    "note",
)
"""Columns of :attr:`LearningResult.table`. ``scale`` is ``points`` (fractions of ballots) or
``ratio``; ``basis`` is ``counts``, ``printed`` (official shares as printed) or ``mixed``
(printed at one election, counted at the other); ``bound_low`` and ``bound_high`` hold what the
printed figures leave possible, sampling error apart, and then ``estimate`` is empty."""

_NUMBERS = [
    "estimate",
    "bound_low",
    "bound_high",
    "std_error",
    "conf_low",
    "conf_high",
    "p_value",
    "smallest_p",
    "df",
]
_COUNTS = [
    "from_use",
    "to_use",
    "n_assignments",
    "n_units",
    "n_experienced",
    "n_newcomers",
    "n_comparison",
]


@dataclass(frozen=True)
class Statement:
    """One sentence before it is spoken: a key of ``words/learning.toml`` and its values.

    A value such as ``"@common.official"`` is itself a key, of words.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def say(self, lang: str, **more: Any) -> str:
        """Return it in words."""
        spoken = {
            name: say(value[1:], lang) if isinstance(value, str) and value[:1] == "@" else value
            for name, value in self.values.items()
        }
        return say(f"learning.{self.key}", lang, **more, **spoken)


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningResult(Analysis):
    """An estimate of learning; see :func:`evaluatie.answers.learning.learning`.

    Attributes
    ----------
    estimand
        ``within``, ``between``, ``exposure``, ``decomposition`` or ``reversal``.
    detail
        What the figure shows beside the estimates; columns depend on the estimand.
    said
        Sentences, as keys of ``words/learning.toml`` with their values.
    undecided
        What the data cannot decide.
    """

    estimand: str
    outcome: str
    detail: pd.DataFrame
    said: tuple[Statement, ...] = ()
    undecided: tuple[Statement, ...] = ()
    alpha: float = 0.05

    def sentence(self, lang: str = "nl") -> str:
        """Say the main estimates, then what the data cannot decide."""
        return " ".join([*self.lines(lang), *self.caveats(lang)])

    def lines(self, lang: str = "nl") -> list[str]:
        """Return the main estimates, a sentence or two each."""
        return self._spoken(self.said, lang)

    def caveats(self, lang: str = "nl") -> list[str]:
        """Say who was left out and what the data cannot decide, a sentence each."""
        return [*self.without(lang), *self._spoken(self.undecided, lang)]

    def _spoken(self, statements: Sequence[Statement], lang: str) -> list[str]:
        outcome = say(f"common.{self.outcome}", lang)
        return [one.say(lang, outcome=outcome) for one in statements]

    def plot(self, lang: str = "nl") -> Figure:
        """Draw the figure of this estimand."""
        from evaluatie.answers.plots.learning import draw

        return draw(self.estimand, self.detail, self.outcome, lang)

    def to_dict(self) -> dict[str, Any]:
        """Return the object that ``--json`` prints; with the rows behind the figure."""
        return {
            **super().to_dict(),
            "estimand": self.estimand,
            "detail": records(self.detail),
            "lines": {lang: self.lines(lang) for lang in formatting.LANGUAGES},
            "caveats": {lang: self.caveats(lang) for lang in formatting.LANGUAGES},
        }


def tidy(rows: Sequence[Mapping[str, Any]], estimand: str, outcome: str) -> pd.DataFrame:
    """Put rows in the columns that all estimands share."""
    frame = pd.DataFrame(list(rows)).assign(estimand=estimand, outcome=outcome)
    frame = frame.reindex(columns=list(COLUMNS))
    frame[_NUMBERS] = frame[_NUMBERS].astype("float64")
    frame[_COUNTS] = frame[_COUNTS].astype("float64").round().astype("Int64")
    frame["note"] = frame["note"].astype("object").where(frame["note"].notna(), "")
    return frame


def for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add columns as text in one language.

    Adds what_text, step_text, unit_text, method_text, basis_text, estimate_text (bounds where
    there is no estimate), interval_text, p_text (with the smallest p that was possible).
    """
    rows = table.to_dict(orient="records")
    return table.assign(
        what_text=[_word("what", row["what"], lang) for row in rows],
        step_text=[_step(row) for row in rows],
        unit_text=[_unit(row, lang) for row in rows],
        method_text=[_word("method", row["method"], lang) for row in rows],
        basis_text=[_word("basis", row["basis"], lang) for row in rows],
        estimate_text=[_estimate(row, lang) for row in rows],
        interval_text=[
            span_text(row["conf_low"], row["conf_high"], row["scale"], lang) for row in rows
        ],
        p_text=[_p(row, lang) for row in rows],
    )


def value_text(value: float, scale: str, lang: str) -> str:
    """Print one estimate: percentage points with sign, or a ratio."""
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "\N{MINUS SIGN}∞"
    return formatting.number(value, lang, 2) if scale == "ratio" else formatting.points(value, lang)


def span_text(low: Any, high: Any, scale: str, lang: str) -> str:
    """Print two ends; unknown as a full stop."""
    if pd.isna(low) or pd.isna(high):
        return formatting.UNKNOWN
    return f"{value_text(low, scale, lang)} – {value_text(high, scale, lang)}"


def _word(kind: str, value: Any, lang: str) -> str:
    if not isinstance(value, str) or not value:
        return ""
    return say(f"learning.{kind}_{_slug(value)}", lang)


def _slug(name: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in name).split())


def _step(row: Mapping[Any, Any]) -> str:
    ends = [row[name] for name in ("from_election", "to_election") if isinstance(row[name], str)]
    return " → ".join(ends)


def _unit(row: Mapping[Any, Any], lang: str) -> str:
    if row["unit"] == POOLED or not isinstance(row["municipality"], str):
        return say("learning.unit_pooled", lang)
    if row["method"] == "leave-one-out":
        return say("learning.unit_without", lang, name=row["municipality"])
    return str(row["municipality"])


def _estimate(row: Mapping[Any, Any], lang: str) -> str:
    if pd.notna(row["estimate"]):
        return value_text(float(row["estimate"]), row["scale"], lang)
    return span_text(row["bound_low"], row["bound_high"], row["scale"], lang)


def _p(row: Mapping[Any, Any], lang: str) -> str:
    if pd.isna(row["p_value"]):
        return ""
    text = formatting.p_value(float(row["p_value"]), lang)
    if pd.isna(row["smallest_p"]):
        return text
    smallest = formatting.p_value(float(row["smallest_p"]), lang)
    return say("learning.p_with_smallest", lang, p=text, smallest=smallest)
