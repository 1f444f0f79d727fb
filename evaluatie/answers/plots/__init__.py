"""Figures from finished tables; none of them computes a result.

Each is drawn in the folder of its answer and loaded when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

_DRAWN: Mapping[str, str] = {
    "after_return": "plots.learning",
    "balance": "plots.effect_checks",
    "before_after": "plots.rates",
    "between_groups": "plots.learning",
    "changes": "plots.effect",
    "coverage": "plots.coverage",
    "distribution": "plots.rates",
    "event_study": "plots.effect_checks",
    "excess_by_use": "plots.learning",
    "extra_votes": "scale_up.draw",
    "forest": "plots.effect",
    "funnel": "plots.quality",
    "municipality_sheet": "plots.sheet",
    "not_available": "plots.empty",
    "null_distribution": "plots.effect",
    "power_curves": "power.draw",
    "power_extension": "power.draw",
    "rate_ratios": "plots.learning",
    "reasons": "reasons.draw",
    "seats_margins": "seats.draw",
    "specification_curve": "plots.effect_checks",
    "timeline": "plots.timeline",
    "violations": "plots.effect_checks",
    "waterfall": "plots.learning",
}
"""Name of a figure to the module in ``answers`` that draws it."""

__all__ = [*_DRAWN]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _DRAWN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"evaluatie.answers.{_DRAWN[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_DRAWN)
