"""What the report reads of national use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from evaluatie.answers.answer import Found, attempt
from evaluatie.answers.scale_up.analyse import scale_up
from evaluatie.counts import Results


def run(results: Results) -> Mapping[str, Found]:
    """Predict for every election at which municipal effects are known."""
    return {"scale_up": attempt(partial(scale_up, results))}
