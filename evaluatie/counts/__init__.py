"""Counts of elections: tables, vintages, identities, and what is known only in part."""

from __future__ import annotations

from evaluatie.counts.identities import check_identities, identity_breaches
from evaluatie.counts.loading import load_table
from evaluatie.counts.results import Level, Results, load

__all__ = [
    "Level",
    "Results",
    "check_identities",
    "identity_breaches",
    "load",
    "load_table",
]
