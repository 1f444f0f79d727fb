"""Figures from finished tables; none of them computes a result."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.power import curves as power_curves
from evaluatie.answers.plots.power import extension as power_extension
from evaluatie.answers.plots.rates import before_after, distribution
from evaluatie.answers.plots.reasons import reasons
from evaluatie.answers.plots.scale_up import extra_votes
from evaluatie.answers.plots.seats import seats_margins

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

# An answer draws with what lies in this folder: its figures can only be looked up later.
_DRAWN = {
    "coverage": "evaluatie.answers.data.draw",
    "funnel": "evaluatie.answers.quality.draw",
    "timeline": "evaluatie.answers.data.timeline",
}


def __getattr__(name: str) -> Any:
    if name in _DRAWN:
        return getattr(import_module(_DRAWN[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
