"""Counts far from what their past and their peers foretell: jumps, outliers, improbable zeros."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Finding
from evaluatie.answers.quality.peers import Expectation
from evaluatie.answers.quality.settings import Settings
from evaluatie.answers.quality.spread import log_probability

__all__ = ["Key", "jumps", "log_zero", "zeros"]

Key = tuple[str, str, str, str]
"""Election, vintage, municipality code, measure: one count."""


def jumps(
    expected: Iterable[Expectation], explained: set[Key], limits: Settings
) -> Iterator[Finding]:
    """Find counts beyond the limits around what was expected.

    Only noted are a jump back after an equally remarkable count at the election before (the
    older count is the question), and a count without a past that is far from the others
    (towns differ lastingly). Counts in ``explained`` are left to the rule that found them.
    """
    remarkable: dict[tuple[str, str, str], float] = {}
    for each in expected:
        frame = each.frame
        past = frame["before"].notna()
        far = frame[
            frame["z"].abs() > np.where(past, _limit(each.measure, limits), limits.outlier_limit)
        ]
        for code, row in far.iterrows():
            unit = str(code)
            remarkable[each.election, unit, each.measure] = row["z"]
            if (each.election, each.vintage, unit, each.measure) in explained:
                continue
            earlier = remarkable.get((each.previous or "", unit, each.measure), 0.0)
            yield _jump(each, unit, row, back=earlier * row["z"] < 0)


def zeros(expected: Iterable[Expectation], limits: Settings) -> tuple[list[Finding], set[Key]]:
    """Find municipalities where no invalid or no blank vote at all is improbable.

    Returns
    -------
    tuple
        Findings, and the counts that they explain.
    """
    by_count: dict[tuple[str, str], dict[str, pd.DataFrame]] = {}
    for each in expected:
        if each.measure != "eligible":
            by_count.setdefault((each.election, each.vintage), {})[each.measure] = each.frame
    findings: list[Finding] = []
    explained: set[Key] = set()
    for (election, vintage), frames in by_count.items():
        none = {name: set(frame.index[frame["count"] == 0]) for name, frame in frames.items()}
        both = none.get("invalid", set()) & none.get("blank", set())
        for measure, frame in frames.items():
            improbable = frame[
                (frame["count"] == 0) & (log_zero(frame) < np.log(limits.zero_probability))
            ]
            for unit in improbable.index.tolist():
                if (election, vintage, unit, measure) in explained:
                    continue
                parts = ["invalid", "blank"] if unit in both else [measure]
                explained |= {(election, vintage, unit, name) for name in parts}
                whole = len(parts) == 2 or measure == "rejected"
                findings.append(
                    Finding(
                        election=election,
                        vintage=vintage,
                        level="municipality",
                        unit=unit,
                        unit_name=str(frame.at[unit, "name"]),
                        rule="not-reported" if whole else f"{measure}-zero",
                        measure="rejected" if whole else measure,
                        value=0.0,
                        expected=sum(float(frames[name]["expected"].loc[unit]) for name in parts),
                        severity="warning",
                        sentence="not_reported" if whole else "zero",
                        words={"ballots": float(frame["total"].loc[unit])},
                    )
                )
    return findings, explained


def log_zero(frame: pd.DataFrame) -> pd.Series[float]:
    """Return the log probability of a count of zero, from columns expected and variance."""
    zero = log_probability(0, np.maximum(frame["expected"], 1e-3), frame["variance"])
    return pd.Series(zero, index=frame.index)


def _limit(measure: str, limits: Settings) -> float:
    return limits.eligible_limit if measure == "eligible" else limits.jump_limit


def _jump(each: Expectation, unit: str, row: pd.Series, *, back: bool) -> Finding:
    past = pd.notna(row["before"])
    sentence = {"eligible": "jump_eligible"}.get(each.measure, "jump") if past else "outlier"
    words: dict[str, object] = {"peers": len(each.frame), "share": row["count"] / row["total"]}
    if past:
        words |= {"before": row["before"], "previous": each.previous}
    return Finding(
        election=each.election,
        vintage=each.vintage,
        level="municipality",
        unit=unit,
        unit_name=str(row["name"]),
        rule=f"{'jump' if past else 'outlier'}-{each.measure}",
        measure=each.measure,
        value=float(row["count"]),
        expected=float(row["expected"]),
        severity="warning" if past and not back else "info",
        sentence=f"{sentence}_back" if back else sentence,
        words=words,
    )
