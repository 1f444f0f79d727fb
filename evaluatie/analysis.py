"""What every analysis returns: a tidy table, a sentence, its assumptions, its seed."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.formatting import LANGUAGES
from evaluatie.wording import say

__all__ = ["Analysis", "records", "to_json"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysis(ABC):
    """A finished analysis.

    Attributes
    ----------
    table
        Tidy, one row per estimate. Shares are fractions, differences of shares are fractions
        too (0.0018 is 0.18 percentage points). Canonical columns where they apply: estimate,
        conf_low, conf_high, p_value, method, n_treated, n_comparison, vintage.
    assumptions
        Keys into ``wording/assumptions.toml``; :meth:`explain` gives them in words.
    seed
        The seed of any random numbers, or None where there were none.
    sources
        Ids of the sources in ``manifest.toml``.
    """

    table: pd.DataFrame
    assumptions: tuple[str, ...] = ()
    seed: int | None = None
    sources: tuple[str, ...] = ()

    @abstractmethod
    def sentence(self, lang: str = "nl") -> str:
        """Say the result in one or a few plain sentences, ``nl`` or ``en``."""

    def explain(self, lang: str = "nl") -> list[str]:
        """Return the assumptions in words."""
        return [say(f"assumptions.{key}", lang) for key in self.assumptions]

    def to_dict(self) -> dict[str, Any]:
        """Return the object that ``--json`` prints: table, sentence, assumptions, seed, sources."""
        return {
            "table": records(self.table),
            "sentence": {lang: self.sentence(lang) for lang in LANGUAGES},
            "assumptions": [
                {"key": key, **{lang: say(f"assumptions.{key}", lang) for lang in LANGUAGES}}
                for key in self.assumptions
            ],
            "seed": self.seed,
            "sources": list(self.sources),
        }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a frame into JSON-ready rows; unknown becomes None."""
    rows: list[dict[str, Any]] = [
        {str(name): _plain(value) for name, value in row.items()}
        for row in frame.to_dict(orient="records")
    ]
    return rows


def to_json(value: Mapping[str, Any]) -> str:
    """Write JSON that is the same for the same content: two spaces, UTF-8, final newline."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value
