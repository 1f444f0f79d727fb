"""What first counts hide: the count of election night beside the official one.

Municipalities report a first count on the night, media carry it, and the official count follows.
Few ballots change, but those that do are the doubtful ones, and there are more of these where
the ballot is new. Whoever reads the effect of a ballot from first counts therefore reads too
little.
"""

from __future__ import annotations

from evaluatie.answers.first_counts.analyse import (
    COLUMNS,
    EFFECT_COLUMNS,
    EXPECTED_COLUMNS,
    MUNICIPALITY_COLUMNS,
    OUTCOMES,
    FirstCountsResult,
    first_counts,
    municipal_first_counts,
)
from evaluatie.answers.first_counts.draw import arrows
from evaluatie.answers.first_counts.ratio import Prediction, predict_ratio
from evaluatie.answers.first_counts.show import for_readers

__all__ = [
    "COLUMNS",
    "EFFECT_COLUMNS",
    "EXPECTED_COLUMNS",
    "MUNICIPALITY_COLUMNS",
    "OUTCOMES",
    "FirstCountsResult",
    "Prediction",
    "arrows",
    "first_counts",
    "for_readers",
    "municipal_first_counts",
    "predict_ratio",
]
