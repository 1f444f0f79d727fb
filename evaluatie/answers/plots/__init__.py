"""Figures from finished tables; none of them computes a result.

Each is drawn in the folder of its answer, which takes from here what figures share.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Modules of the answers import what figures share from here, so theirs are found on first use.
_DRAWN_IN = {
    "before_after": "rates.draw",
    "between_groups": "learning.draw",
    "changes": "effect.draw",
    "distribution": "rates.draw",
    "event_study": "effect.draw_checks",
    "excess_by_use": "learning.draw",
    "forest": "effect.draw",
    "funnel": "quality.draw",
    "municipality_sheet": "sheets.draw",
    "not_available": "plots.empty",
    "null_distribution": "effect.draw",
    "power_curves": "power.draw",
    "rate_ratios": "learning.draw",
    "reasons": "evidence.draw",
    "seats_margins": "seats.draw",
    "specification_curve": "effect.draw_checks",
    "violations": "effect.draw_checks",
    "waterfall": "learning.draw",
}

__all__ = list(_DRAWN_IN)


def __getattr__(name: str) -> Any:
    if name not in _DRAWN_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"evaluatie.answers.{_DRAWN_IN[name]}"), name)
