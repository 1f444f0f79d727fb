"""The table of smallest detectable effects in words."""

from __future__ import annotations

import pandas as pd

from evaluatie.ground.words import say

__all__ = ["for_readers"]


def for_readers(minimal: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Replace the keys of quantity, design and spread by words in one language."""
    return minimal.assign(
        quantity=[say(f"power.quantity_{key}", lang) for key in minimal["quantity"]],
        design=[say(f"power.short_{key}", lang) for key in minimal["design"]],
        spread=[say(f"power.spread_{key}", lang) for key in minimal["spread"]],
    )
