"""What first counts hide: the count of election night beside the official one.

Municipalities report a first count on the night, media carry it, and the official count follows.
Few ballots change, but those that do are the doubtful ones, and there are more of these where
the ballot is new. Whoever reads the effect of a ballot from first counts therefore reads too
little.
"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.first_counts import show
from evaluatie.answers.first_counts.analyse import first_counts
from evaluatie.answers.first_counts.pairs import OUTCOMES, municipal_first_counts
from evaluatie.answers.first_counts.run import first_counts_command, run
from evaluatie.stats.ratio_prediction import Prediction, predict_ratio

__all__ = [
    "ENTRY",
    "OUTCOMES",
    "Prediction",
    "first_counts",
    "municipal_first_counts",
    "predict_ratio",
]

ENTRY = Entry(
    name="first_counts",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(
            first_counts_command,
            (show.SUMS, show.MUNICIPALITIES, show.EFFECTS, show.EXPECTED),
            name="first-counts",
            select=(),
            more=show.PARTS,
        ),
    ),
)
