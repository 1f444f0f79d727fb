"""Counts of elections: tables, vintages, identities, and what is known only in part."""

from __future__ import annotations

from evaluatie.counts.results import (
    LEVELS,
    OUTCOMES,
    VINTAGES,
    Breach,
    Level,
    Outcome,
    Results,
    Vintage,
    check_identities,
    data_folders,
    identity_breaches,
    load,
    load_table,
)

__all__ = [
    "LEVELS",
    "OUTCOMES",
    "VINTAGES",
    "Breach",
    "Level",
    "Outcome",
    "Results",
    "Vintage",
    "check_identities",
    "data_folders",
    "identity_breaches",
    "load",
    "load_table",
]
