"""Counts beside what their own past and their peers foretell.

Four rules: eligible voters that were copied from the election before, invalid and blank that
were entered the wrong way round, a zero that is improbable, and a count that is simply far off.
What an earlier rule explains, the last one leaves alone. Each takes rows of
:func:`evaluatie.answers.quality.peers.expectations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Explained, Finding, each_where
from evaluatie.answers.quality.given import Settings
from evaluatie.answers.quality.spread import log_probability, log_zero

_COUNT = ["election", "vintage", "municipality_code"]


def _found(rows: pd.DataFrame, where: Any = None, **said: Any) -> Iterator[Finding]:
    """Yield a finding for each count of ``rows``, or for each where it holds."""
    every = np.full(len(rows), True)
    own = {name: rows[name] for name in ("measure", "expected")}
    return each_where(every if where is None else where, rows, value=rows["count"], **own | said)


def copies(expected: pd.DataFrame, limits: Settings) -> Iterator[Finding]:
    """Find the very number of eligible voters of the election before of the same kind.

    That happens by chance too. With changes spread as elsewhere each municipality has a
    probability of it; what is found beyond the sum of these is the rate of copying, and the
    two together give the probability that this one was copied (empirical Bayes). Below
    ``copy_posterior`` the finding is only noted.
    """
    known = expected[(expected["measure"] == "eligible")].dropna(subset=["before", "z"])
    for _, rows in known.groupby(["election", "vintage"], sort=False):
        chance = _by_chance(rows)
        same = rows["count"] == rows["before"]
        rate = max(float(same.sum() - chance.sum()), 0.0) / len(rows)
        copied = rate / (rate + chance) >= limits.copy_posterior
        yield from _found(
            rows,
            same,
            rule="eligible-copied",
            sentence=np.where(copied, "copied", "copied_or_coincidence"),
            previous=rows["previous"],
            severity=np.where(copied, "warning", "info"),
            explains=("eligible",),
        )


def _by_chance(rows: pd.DataFrame) -> pd.Series[float]:
    """Return the probability that a normal change leads exactly to the old count."""
    deviation = np.sqrt(rows["variance"])
    distance = (rows["before"] - rows["expected"]) / deviation
    density = np.exp(-(distance**2) / 2) / (np.sqrt(2 * np.pi) * deviation)
    return pd.Series(density, index=rows.index)


def swaps(expected: pd.DataFrame, limits: Settings) -> Iterator[Finding]:
    """Find municipalities whose invalid and blank look exchanged.

    The likelihood of the counts as given is compared with that of the counts exchanged, both
    around what the past and the peers foretell. With a prior probability of an exchange this
    gives a posterior one (Bayes); both numbers stand in the plan. Only municipalities with a
    past are judged: without one, a town where many vote blank cannot be told from an exchange.
    Two counts that fit neither way round are a jump, however much better one way fits.
    """
    past = expected[expected["before"].notna()]
    invalid, blank = (past[past["measure"] == name] for name in ("invalid", "blank"))
    both = invalid.merge(blank, on=[*_COUNT, "municipality"], suffixes=("_invalid", "_blank"))

    def fit(count: str, measure: str) -> np.ndarray:
        mean = np.maximum(both[f"expected_{measure}"], 1e-3)
        return log_probability(both[f"count_{count}"], mean, both[f"variance_{measure}"])

    def near(count: str, measure: str) -> np.ndarray:
        apart = np.abs(both[f"count_{count}"] - both[f"expected_{measure}"])
        return np.asarray(apart <= limits.swap_fit * np.sqrt(both[f"variance_{measure}"]))

    exchanged = fit("blank", "invalid") + fit("invalid", "blank")
    likelier = exchanged - (fit("invalid", "invalid") + fit("blank", "blank"))
    return each_where(
        (likelier > evidence_needed(limits)) & near("blank", "invalid") & near("invalid", "blank"),
        both,
        rule="invalid-blank-swapped",
        measure="invalid",
        value=both["count_invalid"],
        expected=both["expected_invalid"],
        sentence="swapped",
        blank=both["count_blank"],
        expected_blank=both["expected_blank"],
        previous=both["previous_invalid"],
        explains=("invalid", "blank"),
    )


def evidence_needed(limits: Settings) -> float:
    """Return the log likelihood ratio that lifts the prior of an exchange to the posterior."""
    prior, posterior = limits.swap_prior, limits.swap_posterior
    return float(np.log(posterior / (1 - posterior)) - np.log(prior / (1 - prior)))


def zeros(expected: pd.DataFrame, limits: Settings) -> Iterator[Finding]:
    """Find municipalities where no invalid or no blank vote at all is improbable.

    Where neither was counted at all, that is one finding.
    """
    zero = expected[(expected["count"] == 0) & (expected["measure"] != "eligible")]
    if zero.empty:
        return
    unlikely = log_zero(zero) < np.log(limits.zero_probability)
    summed = zero["measure"] == "rejected"
    unit = zero.assign(unlikely=unlikely).groupby([*(zero[name] for name in _COUNT), summed])
    zero = zero.assign(
        parts=unit["measure"].transform(" ".join),
        expected=unit["expected"].transform(lambda each: each.sum(skipna=False)),
    )
    first = unit["unlikely"].transform("any") & (unit.cumcount() == 0)
    for parts, rows in zero[first].groupby("parts", sort=False):
        whole = parts in ("invalid blank", "rejected")
        yield from _found(
            rows,
            rule="not-reported" if whole else f"{parts}-zero",
            measure="rejected" if whole else parts,
            sentence="not_reported" if whole else "zero",
            ballots=rows["total"],
            explains=tuple(str(parts).split()),
        )


def jumps(expected: pd.DataFrame, explained: Explained, limits: Settings) -> Iterator[Finding]:
    """Find counts beyond the limits around what was expected.

    Only noted are a jump back after an equally remarkable count at the election before (the
    older count is the question), and a count without a past that is far from the others
    (towns differ lastingly). Counts in ``explained`` are left to the rule that found them.
    """
    usual = np.where(expected["measure"] == "eligible", limits.eligible_limit, limits.jump_limit)
    limit = np.where(expected["before"].notna(), usual, limits.outlier_limit)
    far = expected[expected["z"].abs() > limit]
    unit = ["municipality_code", "measure"]
    then = far.drop_duplicates(["election", *unit], keep="last")[["election", *unit, "z"]]
    then = then.rename(columns={"election": "previous", "z": "z_then"})
    far = far.merge(then, on=["previous", *unit], how="left")
    keys = far[[*_COUNT, "measure"]].itertuples(index=False, name=None)
    far = far[pd.Series([key not in explained for key in keys], dtype=bool)]
    for name, rows in far.groupby("measure"):
        past, measure = rows["before"].notna(), str(name)
        stem = "jump_eligible" if measure == "eligible" else "jump"
        back = past & (rows["z"] * rows["z_then"] < 0)
        common = {
            "peers": rows["peers"],
            "share": rows["count"] / rows["total"],
            "before": rows["before"],
            "previous": rows["previous"],
        }
        yield from _found(
            rows,
            past,
            rule=f"jump-{measure}",
            sentence=np.where(back, f"{stem}_back", stem),
            severity=np.where(back, "info", "warning"),
            **common,
        )
        yield from _found(
            rows, ~past, rule=f"outlier-{measure}", sentence="outlier", severity="info", **common
        )
