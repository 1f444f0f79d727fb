"""Figures from finished tables; none of them computes a result."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from evaluatie.answers.plots.coverage import coverage
from evaluatie.answers.plots.effect import changes, forest, null_distribution
from evaluatie.answers.plots.effect_checks import (
    balance,
    event_study,
    specification_curve,
    violations,
)
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.learning import (
    after_return,
    between_groups,
    excess_by_use,
    rate_ratios,
    waterfall,
)
from evaluatie.answers.plots.quality import funnel
from evaluatie.answers.plots.rates import before_after, distribution
from evaluatie.answers.plots.sheet import municipality_sheet
from evaluatie.answers.plots.timeline import timeline

__all__ = [
    "after_return",
    "balance",
    "before_after",
    "between_groups",
    "changes",
    "coverage",
    "distribution",
    "event_study",
    "excess_by_use",
    "extra_votes",
    "forest",
    "funnel",
    "municipality_sheet",
    "not_available",
    "null_distribution",
    "power_curves",
    "power_extension",
    "rate_ratios",
    "reasons",
    "seats_margins",
    "specification_curve",
    "timeline",
    "violations",
    "waterfall",
]

# Drawn in the folder of their answer, which needs what figures share from here.
_ELSEWHERE = {
    "extra_votes": "scale_up",
    "power_curves": "power",
    "power_extension": "power",
    "reasons": "reasons",
    "seats_margins": "seats",
}


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"evaluatie.answers.{_ELSEWHERE[name]}.draw"), name)
