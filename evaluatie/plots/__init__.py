"""Figures from finished tables; none of them computes a result."""

from __future__ import annotations

from evaluatie.plots.rates import before_after, distribution

__all__ = ["before_after", "distribution"]
