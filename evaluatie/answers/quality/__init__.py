"""Plausibility findings: which counts to ask the source about, and why.

Rules stand in small modules; thresholds in ``[quality]`` of ``design.toml``, with reasons.
Nothing is repaired: a finding is a row, and what is known about it stands beside it.
"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.quality import show
from evaluatie.answers.quality.analyse import flagged, quality, quality_as_printed
from evaluatie.answers.quality.funnel import funnel_of
from evaluatie.answers.quality.run import quality_command, run

__all__ = ["ENTRY", "flagged", "funnel_of", "quality", "quality_as_printed"]

ENTRY = Entry(
    name="quality",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(
            quality_command,
            (show.FINDINGS,),
            name="quality",
            select=(),
            more={"n_rows": ("integer", "Rows of counts that were judged")},
        ),
    ),
)
