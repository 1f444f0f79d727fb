"""The result in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluatie.answers.analysis import records
from evaluatie.answers.personal_vote.printed import PrintedGap
from evaluatie.ground.words import say

__all__ = ["listed", "sentence", "verdict"]


def sentence(
    effects: pd.DataFrame, left_out: Mapping[str, str], printed: PrintedGap | None, lang: str
) -> str:
    """Say the change of preference votes, what could be seen, what was printed, and numbers."""
    rows = {(str(row["measure"]), str(row["weights"])): row for row in records(effects)}
    preference = rows["preference", "municipalities"]
    number = rows.get(("own_number", "municipalities"))
    said = [
        say("personal_vote.changes", lang, **preference),
        say(f"personal_vote.preference_{verdict(preference)}", lang, **preference),
        say("personal_vote.detectable", lang, **preference),
    ]
    if printed is not None:
        said.append(_printed(preference, rows["preference", "voters"], printed, lang))
    if number is not None:
        said.append(say(f"personal_vote.number_{verdict(number)}", lang, **number))
    without: dict[str, list[str]] = {}
    for name, why in left_out.items():
        without.setdefault(why, []).append(name)
    for why, names in without.items():
        kind = "merged" if why == "merger" else "uncounted"
        words = {"names": listed(names, lang), "election": why}
        said.append(say(f"personal_vote.left_out_{kind}", lang, **words))
    return " ".join(said)


def verdict(row: Mapping[str, Any]) -> str:
    """Return whether the interval of a difference lies above zero, below it, or holds it."""
    low, high = row["conf_low"], row["conf_high"]
    if pd.isna(low) or pd.isna(high):
        return "none"
    return "more" if low > 0 else "fewer" if high < 0 else "none"


def listed(names: list[str], lang: str) -> str:
    """Return names with commas and an "and"."""
    if len(names) < 2:
        return "".join(names)
    return say("personal_vote.and", lang, some=", ".join(names[:-1]), last=names[-1])


def _printed(
    preference: Mapping[str, Any], voters: Mapping[str, Any], printed: PrintedGap, lang: str
) -> str:
    inside, too = (
        row["conf_low"] <= printed.gap <= row["conf_high"] for row in (preference, voters)
    )
    words = {
        "conf_low": voters["conf_low"],
        "conf_high": voters["conf_high"],
        "election": printed.election,
        "gap": printed.gap,
        "experiment": printed.experiment,
        "reference": printed.reference,
        "baseline": printed.baseline,
        "n": printed.n,
        "low": printed.low,
        "high": printed.high,
    }
    kind = "inside" if inside else "outside_one" if too else "outside"
    said = [say(f"personal_vote.{key}", lang, **words) for key in ("printed", f"printed_{kind}")]
    if printed.baseline is not None:
        said.append(say("personal_vote.printed_before", lang, **words))
    return " ".join(said)
