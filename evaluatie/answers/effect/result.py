"""What an estimate of the effect returns: table, sentence, changes, null distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.analysis import Analysis, records
from evaluatie.answers.comparison import NEAREST
from evaluatie.ground import formatting
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.words import say, sentences

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.stats.randomization import Randomization

__all__ = ["COLUMNS", "KINDS", "EffectResult", "NullDistribution", "for_readers"]

COLUMNS = (
    "outcome",
    "election",
    "baseline",
    "scale",
    "weights",
    "comparison",
    "unit",
    "municipality",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "p_value",
    "p_holm",
    "shrunk",
    "shrunk_low",
    "shrunk_high",
    "bound_low",
    "bound_high",
    "breakdown",
    "smallest_p",
    "method",
    "role",
    "n_treated",
    "n_comparison",
    "assumption",
    "vintage",
    "baseline_vintage",
    "note",
    "reason",
)
"""Columns of :attr:`EffectResult.table`, in order."""

KINDS = ("changes", "null", "balance", "municipalities")
"""Pictures of a result."""

_BINS = 81


@dataclass(frozen=True, eq=False)
class NullDistribution:
    """Summary of the re-assignment distribution under no effect.

    Attributes
    ----------
    frame
        Bins of the (studentised) statistic: low, high, count, extreme (at least as far from
        zero as the observed one).
    observed, p_value, smallest_p
        Statistic of the real assignment, its p-value, and the smallest one possible.
    exact, n_assignments, n_statistics
        Whether all assignments were enumerated, how many there are, how many are counted here.
    """

    frame: pd.DataFrame
    observed: float
    p_value: float
    smallest_p: float
    exact: bool
    n_assignments: int
    n_statistics: int

    @classmethod
    def of(cls, test: Randomization, bins: int = _BINS) -> NullDistribution:
        """Summarise a randomization test in bins that part at the observed statistic."""
        edge = abs(test.observed)
        reach = max(float(np.abs(test.statistics).max()), edge) * 1.02
        edges = np.linspace(-reach, reach, bins + 1)
        counts, _ = np.histogram(test.statistics, edges)
        middle = (edges[:-1] + edges[1:]) / 2
        return cls(
            frame=pd.DataFrame(
                {
                    "low": edges[:-1],
                    "high": edges[1:],
                    "count": counts,
                    "extreme": np.abs(middle) >= edge,
                }
            ),
            observed=test.observed,
            p_value=test.result.p_value,
            smallest_p=test.smallest_p,
            exact=test.exact,
            n_assignments=test.n_assignments,
            n_statistics=len(test.statistics),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready object that the figure is drawn from."""
        return {
            "table": records(self.frame),
            "observed": self.observed,
            "p_value": self.p_value,
            "smallest_p": self.smallest_p,
            "exact": self.exact,
            "n_assignments": self.n_assignments,
            "n_statistics": self.n_statistics,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class EffectResult(Analysis):
    """Effect of the new ballot at one election; see :func:`evaluatie.answers.effect.effect`.

    Attributes
    ----------
    changes
        Every municipality's change, whatever its group; columns of
        :class:`evaluatie.answers.effect.changes.ChangeTable`.
    null
        The re-assignment distribution, where that method was run.
    balance
        Characteristics of treated, candidates and comparison group, where they are known.
    """

    changes: pd.DataFrame
    null: NullDistribution | None
    balance: pd.DataFrame | None
    alpha: float

    @property
    def pooled(self) -> pd.DataFrame:
        """Rows about all treated municipalities together."""
        return self.table[self.table["unit"] == "pooled"].reset_index(drop=True)

    def sentence(self, lang: str = "nl") -> str:
        """Say the pooled effect with its intervals, in percentage points or as a ratio."""
        known = self.pooled.dropna(subset=["conf_low"])
        if known.empty:
            row = self.pooled.iloc[0]
            words = {**_words(row, lang), "note": reason_text(row, lang)}
            return say("effect.refused", lang, **words)
        first = known.iloc[0]
        bounded = bool(pd.notna(first["bound_low"]))
        kind = f"{'bounds' if bounded else 'opening'}_{first['scale']}"
        parts = [say(f"effect.{kind}", lang, **_words(first, lang), level=_level(self.alpha, lang))]
        design = known[known["method"] == "randomization by re-assignment"]
        if not design.empty and first["method"] != "randomization by re-assignment":
            words = _words(design.iloc[0], lang)
            parts.append(say(f"effect.design_{first['scale']}", lang, **words))
        return " ".join([*parts, *self.without(lang)])

    def plot(self, kind: str = "changes", lang: str = "nl") -> Figure:
        """Draw one of :data:`KINDS`.

        ``changes`` of all municipalities with the treated named, ``null`` (the re-assignment
        distribution), ``balance`` of the comparison group, or effects by ``municipalities``.

        Raises
        ------
        UnknownNameError
            For another kind.
        EstimationError
            If the result does not hold what the picture shows.
        """
        from evaluatie.answers.plots import effect as pictures
        from evaluatie.answers.plots.effect_checks import balance

        row = self.table.iloc[0]
        bounded = bool(pd.notna(row["bound_low"]))
        match kind:
            case "municipalities":
                return pictures.forest(self.table, lang)
            case "changes" if not bounded:
                return pictures.changes(self.changes, lang, row["outcome"], row["baseline"])
            case "null" if self.null is not None:
                return pictures.null_distribution(self.null.to_dict(), lang)
            case "balance" if self.balance is not None:
                return balance(self.balance, lang, row["outcome"])
            case "changes" | "null" | "balance":
                raise EstimationError(
                    f"this result holds nothing to draw as {kind!r}", rule="picture"
                )
        raise UnknownNameError.of("picture", kind, KINDS)


def for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add the columns that a reader sees, as text in one language.

    Adds unit_text, method_text, estimate_text, interval_text, shrunk_text, comparison_text,
    bounds_text, weights_text, vintage_text, note_text.
    """
    rows = table.to_dict(orient="records")
    return table.assign(
        unit_text=[_unit_text(row, lang) for row in rows],
        method_text=[method_text(row["method"], lang) for row in rows],
        estimate_text=[_number(row["estimate"], row["scale"], lang) for row in rows],
        interval_text=[_range(row, "conf", lang) for row in rows],
        shrunk_text=[_number(row["shrunk"], row["scale"], lang) for row in rows],
        bounds_text=[_range(row, "bound", lang) for row in rows],
        weights_text=[say(f"effect.weights_{row['weights']}", lang) for row in rows],
        comparison_text=[
            say(f"effect.comparison_{row['comparison']}", lang, k=NEAREST) for row in rows
        ],
        vintage_text=[say(f"effect.vintage_{row['vintage']}", lang) for row in rows],
        note_text=[reason_text(row, lang) for row in rows],
    )


def method_text(name: str, lang: str) -> str:
    """Return a method's name in words."""
    return say(f"effect.method_{name}", lang)


def reason_text(row: Mapping[Any, Any] | pd.Series[Any], lang: str) -> str:
    """Say why a row has no numbers: in words of the language, or as the error said it."""
    key = f"note_{row['reason']}"
    known = key in sentences("effect")
    return say(f"effect.{key}", lang) if known else str(row["note"] or "")


def _words(row: pd.Series[Any] | Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {
        "outcome": say(f"common.{row['outcome']}", lang),
        "election": row["election"],
        "baseline": row["baseline"],
        "weights": say(f"effect.weights_{row['weights']}", lang),
        "estimate": row["estimate"],
        "low": row["conf_low"],
        "high": row["conf_high"],
        "bound_low": row["bound_low"],
        "bound_high": row["bound_high"],
        "p": row["p_value"],
        "n_treated": row["n_treated"],
        "n_comparison": row["n_comparison"],
        "comparison": say(f"effect.comparison_{row['comparison']}", lang, k=NEAREST),
        "vintage": say(f"effect.vintage_{row['vintage']}", lang),
        "baseline_vintage": say(f"effect.vintage_{row['baseline_vintage']}", lang),
    }


def _level(alpha: float, lang: str) -> str:
    share = 100 * (1 - alpha)
    return formatting.number(share, lang, 0 if abs(share - round(share)) < 1e-9 else 1) + "%"


def _unit_text(row: Mapping[Any, Any], lang: str) -> str:
    if row["unit"] == "pooled":
        return say("effect.unit_pooled", lang)
    without = row["method"] == "leave-one-out"
    return (
        say("effect.unit_without", lang, name=row["municipality"])
        if without
        else str(row["municipality"])
    )


def _number(value: float, scale: str, lang: str) -> str:
    if scale == "ratio":
        return formatting.number(value, lang, 2)
    return formatting.points(value, lang)


def _range(row: Mapping[Any, Any], stem: str, lang: str) -> str:
    low, high = row[f"{stem}_low"], row[f"{stem}_high"]
    if pd.isna(low) or pd.isna(high):
        return formatting.UNKNOWN
    ends = (_number(end, row["scale"], lang) if np.isfinite(end) else "∞" for end in (low, high))
    return " – ".join(ends)
