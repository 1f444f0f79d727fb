"""The plan of the evaluation: ``design.toml`` as objects."""

from __future__ import annotations

from evaluatie.plan.design import (
    NATIONWIDE,
    PLAN_FILE,
    Design,
    Election,
    Exclusion,
    Kind,
    load_design,
)
from evaluatie.plan.question import (
    COMPARISONS,
    OUTCOMES,
    SCALES,
    VINTAGES,
    WEIGHTS,
    Comparison,
    Outcome,
    Question,
    Scale,
    Vintage,
    Weights,
)

__all__ = [
    "COMPARISONS",
    "NATIONWIDE",
    "OUTCOMES",
    "PLAN_FILE",
    "SCALES",
    "VINTAGES",
    "WEIGHTS",
    "Comparison",
    "Design",
    "Election",
    "Exclusion",
    "Kind",
    "Outcome",
    "Question",
    "Scale",
    "Vintage",
    "Weights",
    "load_design",
]
