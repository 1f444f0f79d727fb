"""What the report reads of polling stations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from evaluatie.answers.answer import Found, attempt, missing
from evaluatie.answers.stations.analyse import stations
from evaluatie.counts import Results, load


def run(results: Results) -> Mapping[str, Found]:
    """Describe the stations of the elections of this run that have any."""
    below = load(data=results.data, level="polling_station")
    counted = [name for name in below.elections if name in results.elections]
    compute = partial(stations, below, counted)
    return {"stations_invalid": attempt(compute) if counted else missing("no_counts")}
