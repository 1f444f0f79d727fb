"""What became of the personal vote, in statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from evaluatie.answers.answer import records
from evaluatie.answers.statement import Statement


def statements(effects: pd.DataFrame, printed: Mapping[str, Any] | None) -> Iterator[Statement]:
    """Say the change of preference votes, what could be seen, what was printed, and numbers."""
    rows = {(str(row["measure"]), str(row["weights"])): row for row in records(effects)}
    preference = rows["preference", "municipalities"]
    number = rows.get(("own_number", "municipalities"))
    yield Statement("personal_vote.changes", preference)
    yield Statement(f"personal_vote.preference_{verdict(preference)}", preference)
    yield Statement("personal_vote.detectable", preference)
    if printed is not None:
        yield from _printed(preference, rows["preference", "voters"], printed)
    if number is not None:
        yield Statement(f"personal_vote.number_{verdict(number)}", number)


def verdict(row: Mapping[str, Any]) -> str:
    """Return whether the interval of a difference lies above zero, below it, or holds it."""
    low, high = row["conf_low"], row["conf_high"]
    if pd.isna(low) or pd.isna(high):
        return "none"
    return "more" if low > 0 else "fewer" if high < 0 else "none"


def _printed(
    preference: Mapping[str, Any], voters: Mapping[str, Any], printed: Mapping[str, Any]
) -> Iterator[Statement]:
    inside, too = (
        row["conf_low"] <= printed["gap"] <= row["conf_high"] for row in (preference, voters)
    )
    words = {"conf_low": voters["conf_low"], "conf_high": voters["conf_high"], **printed}
    kind = "inside" if inside else "outside_one" if too else "outside"
    yield Statement("personal_vote.printed", words)
    yield Statement(f"personal_vote.printed_{kind}", words)
    if printed["baseline"] is not None:
        yield Statement("personal_vote.printed_before", words)
