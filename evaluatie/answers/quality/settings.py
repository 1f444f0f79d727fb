"""The thresholds, read from ``[quality]`` in ``design.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evaluatie.ground.errors import DesignError
from evaluatie.plan import Design, load_design


@dataclass(frozen=True)
class Settings:
    """Thresholds; reasons stand beside the numbers in ``design.toml``."""

    blank_share: float
    invalid_share: float
    admitted_share: float
    admitted_count: int
    vintage_share: float
    vintage_count: int
    jump_limit: float
    eligible_limit: float
    outlier_limit: float
    zero_probability: float
    copy_posterior: float
    swap_prior: float
    swap_posterior: float
    swap_fit: float
    minimum_units: int
    minimum_treated: int
    minimum_stations: int
    usual_spread: Mapping[str, float]


def settings(plan: Design) -> Settings:
    """Read the thresholds of a plan; one without ``[quality]`` has those of the package.

    Raises
    ------
    DesignError
        If ``[quality]`` lacks one.
    """
    table = plan.raw.get("quality") or load_design().raw["quality"]
    try:
        return Settings(**{name: table[name] for name in Settings.__dataclass_fields__})
    except KeyError as error:
        raise DesignError(
            "the plan lacks a threshold", unit=f"[quality] {error.args[0]}", rule="quality"
        ) from error
