"""Figures from finished tables; none of them computes a result.

Each is drawn in the folder of its answer, which takes from here what figures share.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.rates import before_after, distribution

if TYPE_CHECKING:
    from evaluatie.answers.data.draw import coverage as coverage
    from evaluatie.answers.effect.draw import changes as changes
    from evaluatie.answers.effect.draw import forest as forest
    from evaluatie.answers.effect.draw import null_distribution as null_distribution
    from evaluatie.answers.effect.draw_checks import balance as balance
    from evaluatie.answers.effect.draw_checks import event_study as event_study
    from evaluatie.answers.effect.draw_checks import specification_curve as specification_curve
    from evaluatie.answers.effect.draw_checks import violations as violations
    from evaluatie.answers.evidence.draw import reasons as reasons
    from evaluatie.answers.learning.draw import between_groups as between_groups
    from evaluatie.answers.learning.draw import excess_by_use as excess_by_use
    from evaluatie.answers.learning.draw import rate_ratios as rate_ratios
    from evaluatie.answers.learning.draw import waterfall as waterfall
    from evaluatie.answers.power.draw import power_curves as power_curves
    from evaluatie.answers.power.draw import power_extension as power_extension
    from evaluatie.answers.quality.draw import funnel as funnel
    from evaluatie.answers.scale_up.draw import extra_votes as extra_votes
    from evaluatie.answers.seats.draw import seats_margins as seats_margins
    from evaluatie.answers.sheets.draw import municipality_sheet as municipality_sheet

# Modules of the answers import what figures share from here, so theirs are found on first use.
_ELSEWHERE = {
    "data.draw": ("coverage",),
    "effect.draw": ("changes", "forest", "null_distribution"),
    "effect.draw_checks": ("balance", "event_study", "specification_curve", "violations"),
    "evidence.draw": ("reasons",),
    "learning.draw": (
        "between_groups",
        "excess_by_use",
        "rate_ratios",
        "waterfall",
    ),
    "power.draw": ("power_curves", "power_extension"),
    "quality.draw": ("funnel",),
    "scale_up.draw": ("extra_votes",),
    "seats.draw": ("seats_margins",),
    "sheets.draw": ("municipality_sheet",),
}
_MODULE_OF = {name: module for module, names in _ELSEWHERE.items() for name in names}

__all__ = [
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
    "violations",
    "waterfall",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"evaluatie.answers.{_MODULE_OF[name]}"), name)
