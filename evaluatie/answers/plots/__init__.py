"""Figures from finished tables; none of them computes a result."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.rates import before_after, distribution

__all__ = [
    "before_after",
    "coverage",
    "distribution",
    "extra_votes",
    "funnel",
    "not_available",
    "power_curves",
    "power_extension",
    "reasons",
    "seats_margins",
    "timeline",
]

# Drawn in the folder of their answer, which needs what figures share from here.
_ELSEWHERE = {
    "extra_votes": "scale_up",
    "power_curves": "power",
    "power_extension": "power",
    "reasons": "reasons",
    "seats_margins": "seats",
    "coverage": "data",
    "funnel": "quality",
}


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"evaluatie.answers.{_ELSEWHERE[name]}.draw"), name)
