"""Figures from finished tables; none of them computes a result."""

from __future__ import annotations

from evaluatie.plots.effect import changes, forest, null_distribution
from evaluatie.plots.effect_checks import balance, event_study, specification_curve, violations
from evaluatie.plots.empty import not_available
from evaluatie.plots.learning import waterfall
from evaluatie.plots.personal_vote import number_effects, preference_shares
from evaluatie.plots.quality import funnel
from evaluatie.plots.rates import before_after, distribution
from evaluatie.plots.scale_up import extra_votes

__all__ = [
    "balance",
    "before_after",
    "changes",
    "distribution",
    "event_study",
    "extra_votes",
    "forest",
    "funnel",
    "not_available",
    "null_distribution",
    "number_effects",
    "preference_shares",
    "specification_curve",
    "violations",
    "waterfall",
]
