"""Figures from finished tables; none of them computes a result."""

from __future__ import annotations

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
from evaluatie.answers.plots.power import curves as power_curves
from evaluatie.answers.plots.power import extension as power_extension
from evaluatie.answers.plots.quality import funnel
from evaluatie.answers.plots.rates import before_after, distribution
from evaluatie.answers.plots.reasons import reasons
from evaluatie.answers.plots.scale_up import extra_votes
from evaluatie.answers.plots.seats import seats_margins
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
