"""Counts beside what their own past and their peers foretell.

Four rules: eligible voters that were copied from the election before, invalid and blank that
were entered the wrong way round, a zero that is improbable, and a count that is simply far off.
What an earlier rule explains, a later one leaves alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Finding
from evaluatie.answers.quality.peers import Expectation
from evaluatie.answers.quality.settings import Settings
from evaluatie.answers.quality.spread import log_probability

Key = tuple[str, str, str, str]
"""Election, vintage, municipality code, measure: one count."""


def copies(expected: Iterable[Expectation], limits: Settings) -> tuple[list[Finding], set[Key]]:
    """Find the very number of eligible voters of the election before of the same kind.

    That happens by chance too. With changes spread as elsewhere each municipality has a
    probability of it; what is found beyond the sum of these is the rate of copying, and the
    two together give the probability that this one was copied (empirical Bayes). Below
    ``copy_posterior`` the finding is only noted.

    Returns
    -------
    tuple
        Findings, and the counts that they explain.
    """
    findings: list[Finding] = []
    explained: set[Key] = set()
    for each in expected:
        frame = each.frame[each.frame["before"].notna() & each.frame["z"].notna()]
        if each.measure != "eligible" or frame.empty:
            continue
        chance = _by_chance(frame)
        same = frame["count"] == frame["before"]
        rate = max(float(same.sum() - chance.sum()), 0.0) / len(frame)
        copied = rate / (rate + chance) >= limits.copy_posterior
        for code, row in frame[same].iterrows():
            explained.add((each.election, each.vintage, str(code), "eligible"))
            findings.append(
                Finding(
                    **_unit(each, code, row),
                    rule="eligible-copied",
                    sentence="copied" if copied[str(code)] else "copied_or_coincidence",
                    words={"previous": each.previous},
                    severity="warning" if copied[str(code)] else "info",
                )
            )
    return findings, explained


def _by_chance(frame: pd.DataFrame) -> pd.Series[float]:
    """Return the probability that a normal change leads exactly to the old count."""
    deviation = np.sqrt(frame["variance"])
    distance = (frame["before"] - frame["expected"]) / deviation
    density = np.exp(-(distance**2) / 2) / (np.sqrt(2 * np.pi) * deviation)
    return pd.Series(density, index=frame.index)


def _by_count(expected: Iterable[Expectation]) -> dict[tuple[str, str], dict[str, Expectation]]:
    """Put together what is expected of the measures of one count: an election and a vintage."""
    counts: dict[tuple[str, str], dict[str, Expectation]] = {}
    for each in expected:
        counts.setdefault((each.election, each.vintage), {})[each.measure] = each
    return counts


def swaps(expected: Iterable[Expectation], limits: Settings) -> tuple[list[Finding], set[Key]]:
    """Find municipalities whose invalid and blank look exchanged.

    The likelihood of the counts as given is compared with that of the counts exchanged, both
    around what the past and the peers foretell. With a prior probability of an exchange this
    gives a posterior one (Bayes); both numbers stand in the plan. Only municipalities with a
    past are judged: without one, a town where many vote blank cannot be told from an exchange.

    Returns
    -------
    tuple
        Findings, and the counts that they explain.
    """
    findings, explained = [], set()
    for (election, vintage), measures in _by_count(expected).items():
        if not {"invalid", "blank"} <= set(measures):
            continue
        invalid, blank = (
            measures[name].frame.add_suffix(f"_{name}") for name in ("invalid", "blank")
        )
        both = invalid.join(blank, how="inner")
        both = both[both[["before_invalid", "before_blank"]].notna().all(axis=1)]
        likely = _log_likelihood_ratio(both) > evidence_needed(limits)
        for code, row in both[likely & _fits_exchanged(both, limits)].iterrows():
            explained |= {(election, vintage, str(code), name) for name in ("invalid", "blank")}
            own = measures["invalid"]
            findings.append(
                Finding(
                    **_unit(own, code, own.frame.T[str(code)]),
                    rule="invalid-blank-swapped",
                    sentence="swapped",
                    words={
                        "blank": row["count_blank"],
                        "expected_blank": row["expected_blank"],
                        "previous": own.previous,
                    },
                )
            )
    return findings, explained


def evidence_needed(limits: Settings) -> float:
    """Return the log likelihood ratio that lifts the prior of an exchange to the posterior."""
    prior, posterior = limits.swap_prior, limits.swap_posterior
    return float(np.log(posterior / (1 - posterior)) - np.log(prior / (1 - prior)))


def _fits_exchanged(both: pd.DataFrame, limits: Settings) -> pd.Series[bool]:
    """Tell where both counts are near what is expected once exchanged.

    Two counts that fit neither way round are a jump, however much better one way fits.
    """
    fits = pd.Series(True, index=both.index)
    for count, measure in (("blank", "invalid"), ("invalid", "blank")):
        apart = (both[f"count_{count}"] - both[f"expected_{measure}"]).abs()
        fits &= apart <= limits.swap_fit * np.sqrt(both[f"variance_{measure}"])
    return fits


def _log_likelihood_ratio(both: pd.DataFrame) -> pd.Series[float]:
    """Return log L(exchanged) - log L(as given), NaN where nothing could be expected.

    Parameters
    ----------
    both
        Columns count, expected and variance of either measure, ending in ``_invalid`` and
        ``_blank``.
    """

    def fit(count: str, measure: str) -> np.ndarray:
        mean = np.maximum(both[f"expected_{measure}"], 1e-3)
        return log_probability(both[f"count_{count}"], mean, both[f"variance_{measure}"])

    exchanged = fit("blank", "invalid") + fit("invalid", "blank")
    given = fit("invalid", "invalid") + fit("blank", "blank")
    return pd.Series(exchanged - given, index=both.index)


def zeros(expected: Iterable[Expectation], limits: Settings) -> tuple[list[Finding], set[Key]]:
    """Find municipalities where no invalid or no blank vote at all is improbable.

    Returns
    -------
    tuple
        Findings, and the counts that they explain.
    """
    findings: list[Finding] = []
    explained: set[Key] = set()
    for key, measures in _by_count(each for each in expected if each.measure != "eligible").items():
        frames = {name: each.frame for name, each in measures.items()}
        none = {name: set(frame.index[frame["count"] == 0]) for name, frame in frames.items()}
        both = none.get("invalid", set()) & none.get("blank", set())
        for measure, frame in frames.items():
            unlikely = log_zero(frame) < np.log(limits.zero_probability)
            for unit, row in frame[(frame["count"] == 0) & unlikely].iterrows():
                if (*key, str(unit), measure) in explained:
                    continue
                parts = ["invalid", "blank"] if unit in both else [measure]
                explained |= {(*key, str(unit), name) for name in parts}
                whole = len(parts) == 2 or measure == "rejected"
                summed = sum(float(frames[name]["expected"].loc[str(unit)]) for name in parts)
                about = {"measure": "rejected" if whole else measure, "expected": summed}
                findings.append(
                    Finding(
                        **{**_unit(measures[measure], unit, row), **about},
                        rule="not-reported" if whole else f"{measure}-zero",
                        sentence="not_reported" if whole else "zero",
                        words={"ballots": float(row["total"])},
                    )
                )
    return findings, explained


def log_zero(frame: pd.DataFrame) -> pd.Series[float]:
    """Return the log probability of a count of zero, from columns expected and variance."""
    zero = log_probability(0, np.maximum(frame["expected"], 1e-3), frame["variance"])
    return pd.Series(zero, index=frame.index)


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
        usual = limits.eligible_limit if each.measure == "eligible" else limits.jump_limit
        limit = np.where(frame["before"].notna(), usual, limits.outlier_limit)
        far = frame[frame["z"].abs() > limit]
        for code, row in far.iterrows():
            unit = str(code)
            remarkable[each.election, unit, each.measure] = row["z"]
            if (each.election, each.vintage, unit, each.measure) in explained:
                continue
            earlier = remarkable.get((each.previous or "", unit, each.measure), 0.0)
            yield _jump(each, unit, row, back=earlier * row["z"] < 0)


def _jump(each: Expectation, unit: str, row: pd.Series[Any], *, back: bool) -> Finding:
    past = pd.notna(row["before"])
    sentence = {"eligible": "jump_eligible"}.get(each.measure, "jump") if past else "outlier"
    words: dict[str, object] = {"peers": len(each.frame), "share": row["count"] / row["total"]}
    if past:
        words |= {"before": row["before"], "previous": each.previous}
    return Finding(
        **_unit(each, unit, row),
        rule=f"{'jump' if past else 'outlier'}-{each.measure}",
        sentence=f"{sentence}_back" if back else sentence,
        words=words,
        severity="warning" if past and not back else "info",
    )


def _unit(each: Expectation, code: object, row: pd.Series[Any]) -> dict[str, Any]:
    """Return what a finding says of one count and of what was expected of it."""
    return {
        "election": each.election,
        "vintage": each.vintage,
        "level": "municipality",
        "unit": str(code),
        "unit_name": str(row["name"]),
        "measure": each.measure,
        "value": float(row["count"]),
        "expected": float(row["expected"]),
    }
