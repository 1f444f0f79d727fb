"""The effect of the new ballot: difference in differences with few treated municipalities.

Read in this order: ``earlier`` (counts in one municipal division), ``changes`` (one change per
municipality), ``scales`` (points or rate ratio), ``methods`` (tests by name), ``synthetic``,
``result``, ``bounds`` and ``bounded`` (counts known only as intervals), ``estimation``; on top
of these ``event_study``, ``placebo``, ``specification`` and ``reference``.
"""

from __future__ import annotations

from evaluatie.answers.effect.estimation import effect
from evaluatie.answers.effect.event_study import EventStudyResult, event_study
from evaluatie.answers.effect.methods import METHODS
from evaluatie.answers.effect.placebo import PlaceboResult, placebos
from evaluatie.answers.effect.reference import reference_groups
from evaluatie.answers.effect.result import COLUMNS, EffectResult, NullDistribution, for_readers
from evaluatie.answers.effect.specification import SpecificationResult, specification_curve

__all__ = [
    "COLUMNS",
    "METHODS",
    "EffectResult",
    "EventStudyResult",
    "NullDistribution",
    "PlaceboResult",
    "SpecificationResult",
    "effect",
    "event_study",
    "for_readers",
    "placebos",
    "reference_groups",
    "specification_curve",
]
