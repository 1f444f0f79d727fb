"""Texts for readers of the tables of this room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluatie.answers.reasons.table import Reason, load_reasons
from evaluatie.ground import formatting
from evaluatie.ground.words import say

__all__ = ["for_readers"]


def for_readers(
    table: pd.DataFrame, lang: str = "nl", *, known: Mapping[str, Reason] | None = None
) -> pd.DataFrame:
    """Add the columns that a reader sees, as text in one language.

    Parameters
    ----------
    table
        Of :func:`reasons`, :func:`reason_changes` or :func:`counterfactuals`.

    Returns
    -------
    pandas.DataFrame
        With reason_text or rule_text; for :func:`reasons` also count_text, share_invalid_text
        and share_ballots_text (a printed range, or a share with its interval).
    """
    if "rule" in table:
        rules = [say(f"reasons.rule_{rule}", lang) for rule in table["rule"]]
        return table.assign(rule_text=rules)
    list_of = load_reasons() if known is None else known
    rows = table.to_dict(orient="records")
    words = [
        say(f"reasons.group_{row['reason']}", lang)
        if row["level"] == "group"
        else list_of[str(row["reason"])].words(lang)
        for row in rows
    ]
    full = table.assign(reason_text=words)
    if "share_ballots" not in table:
        return full
    return full.assign(
        count_text=[_count_text(row, lang) for row in rows],
        share_invalid_text=[_share_text(row, "share_invalid", lang, 1) for row in rows],
        share_ballots_text=[_share_text(row, "share_ballots", lang, 3) for row in rows],
    )


def _count_text(row: Mapping[Any, Any], lang: str) -> str:
    low, high = row["count_low"], row["count_high"]
    if pd.isna(low) or pd.isna(high):
        return formatting.UNKNOWN
    ends = [formatting.count(int(end), lang) for end in dict.fromkeys((low, high))]
    return " – ".join(ends)


def _share_text(row: Mapping[Any, Any], stem: str, lang: str, decimals: int) -> str:
    low, high = row[f"{stem}_low"], row[f"{stem}_high"]
    if pd.isna(low) or pd.isna(high):
        return formatting.UNKNOWN
    ends = " – ".join(formatting.percent(float(end), lang, decimals) for end in (low, high))
    if row["basis"] == "printed":
        return ends
    return f"{formatting.percent(float(row[stem]), lang, decimals)} ({ends})"
