"""What the report reads of polling stations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from evaluatie.answers.answer import Found, attempt, known, missing
from evaluatie.answers.stations.analyse import stations
from evaluatie.counts import Results, load

__all__ = ["run"]


def run(results: Results) -> Mapping[str, Found]:
    """Describe the stations of the elections of this run that have any."""
    below = load(data=results.data, level="polling_station")
    counted = [name for name in below.elections if name in results.elections]
    found: dict[str, Found] = {}
    for outcome in ("invalid", "blank"):
        compute = partial(stations, below, counted, outcome=outcome)
        found[f"stations_{outcome}"] = attempt(compute) if counted else missing("no_counts")
    blank = found["stations_blank"]
    if known(blank):  # its figure is not in the report
        rest = {name: part for name, part in blank.parts.items() if name != "each"}
        found["stations_blank"] = replace(blank, parts=rest)
    return found
