"""Counts of elections: tables, vintages, identities, and what is known only in part."""

from __future__ import annotations

from evaluatie.counts.identities import Breach, check_identities, identity_breaches
from evaluatie.counts.loading import data_folders, load_table
from evaluatie.counts.results import LEVELS, Level, Results, load
from evaluatie.plan import OUTCOMES, VINTAGES, Outcome, Vintage

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
