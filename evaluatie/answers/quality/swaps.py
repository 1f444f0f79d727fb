"""Invalid and blank that were probably entered the wrong way round.

For every municipality the two counts are predicted from its previous election and the
movement of its peers (those with the same ballot papers), and the likelihood of the counts as
given is compared with that of the counts exchanged. With a prior probability of an exchange
this gives a posterior one (Bayes); both numbers stand in the plan.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from evaluatie.answers.quality.findings import Finding
from evaluatie.answers.quality.jumps import Key
from evaluatie.answers.quality.peers import Expectation
from evaluatie.answers.quality.settings import Settings
from evaluatie.answers.quality.spread import log_probability

__all__ = ["evidence_needed", "log_likelihood_ratio", "swaps"]


def swaps(expected: Iterable[Expectation], limits: Settings) -> tuple[list[Finding], set[Key]]:
    """Find municipalities whose invalid and blank look exchanged.

    Only municipalities with a past are judged: without one, a town where many vote blank
    cannot be told from an exchange.

    Returns
    -------
    tuple
        Findings, and the counts that they explain.
    """
    frames: dict[tuple[str, str], dict[str, Expectation]] = {}
    for each in expected:
        frames.setdefault((each.election, each.vintage), {})[each.measure] = each
    needed = evidence_needed(limits)
    findings, explained = [], set()
    for (election, vintage), measures in frames.items():
        if not {"invalid", "blank"} <= set(measures):
            continue
        invalid, blank = (
            measures[name].frame.add_suffix(f"_{name}") for name in ("invalid", "blank")
        )
        both = invalid.join(blank, how="inner")
        both = both[both[["before_invalid", "before_blank"]].notna().all(axis=1)]
        ratio = log_likelihood_ratio(both)
        for code, row in both[(ratio > needed) & _fits_exchanged(both, limits)].iterrows():
            unit = str(code)
            explained |= {(election, vintage, unit, name) for name in ("invalid", "blank")}
            findings.append(
                Finding(
                    election=election,
                    vintage=vintage,
                    level="municipality",
                    unit=unit,
                    unit_name=str(row["name_invalid"]),
                    rule="invalid-blank-swapped",
                    measure="invalid",
                    value=float(row["count_invalid"]),
                    expected=float(row["expected_invalid"]),
                    severity="warning",
                    sentence="swapped",
                    words={
                        "blank": row["count_blank"],
                        "expected_blank": row["expected_blank"],
                        "previous": measures["invalid"].previous,
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


def log_likelihood_ratio(both: pd.DataFrame) -> pd.Series[float]:
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
