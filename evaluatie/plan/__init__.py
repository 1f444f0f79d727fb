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

__all__ = ["NATIONWIDE", "PLAN_FILE", "Design", "Election", "Exclusion", "Kind", "load_design"]
