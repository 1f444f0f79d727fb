"""What a sheet is put together from: tables that other analyses make, computed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from evaluatie.answers.answer import known, stacked
from evaluatie.answers.effect import for_sheets
from evaluatie.answers.first_counts import municipal_first_counts
from evaluatie.answers.quality import quality_as_printed
from evaluatie.answers.rates import bounded_rates
from evaluatie.answers.seats import margins_election
from evaluatie.answers.sheets.history import history
from evaluatie.answers.stations import stations
from evaluatie.counts import Results, load


@dataclass(frozen=True, eq=False)
class Evidence:
    """Tables of all municipalities; any but the first may be empty.

    Attributes
    ----------
    history
        From :func:`evaluatie.answers.sheets.history`.
    effects
        Table of :func:`evaluatie.effect` of every election, stacked.
    bounds
        Table of :func:`evaluatie.answers.rates.bounded_rates` of elections of which only
        printed shares are known.
    seats
        Smallest seat margin of every council, from
        :func:`evaluatie.answers.seats.margins_election`.
    firsts
        Part ``municipalities`` of :func:`evaluatie.first_counts`.
    findings
        Table of :func:`evaluatie.quality`.
    primary
        The outcome that effects are of.
    stations
        Table of :func:`evaluatie.stations` of that outcome.
    sources
        Ids of the sources in ``manifest.toml``.
    """

    history: pd.DataFrame
    effects: pd.DataFrame
    bounds: pd.DataFrame
    seats: pd.DataFrame
    firsts: pd.DataFrame
    findings: pd.DataFrame
    primary: str
    sources: tuple[str, ...] = ()
    stations: pd.DataFrame = field(default_factory=pd.DataFrame)


@lru_cache(maxsize=2)
def gather(results: Results) -> Evidence:
    """Compute the evidence from counts; kept, so that one sheet after another costs nothing."""
    plan = results.counted_plan
    primary = plan.primary_outcome
    found = for_sheets(results)
    made = [(name, each.table) for name, each in found.items() if known(each)]
    bounds = [
        bounded_rates(results, name.removeprefix("effect_"), primary).table
        for name, table in made
        if table["bound_low"].notna().any()
    ]
    return Evidence(
        history=history(results),
        effects=stacked(table for _, table in made),
        bounds=stacked(bounds),
        seats=_margins(results),
        firsts=municipal_first_counts(results),
        findings=quality_as_printed(results).table,
        primary=primary,
        sources=results.sources,
        stations=_of_stations(results, primary),
    )


def _of_stations(results: Results, primary: str) -> pd.DataFrame:
    """Shares by polling station of the elections at hand, where their records are."""
    below = load(data=results.data, level="polling_station")
    counted = [name for name in results.elections if name in below.elections]
    return stations(below, counted, outcome=primary).table if counted else pd.DataFrame()


def _margins(results: Results) -> pd.DataFrame:
    """Smallest seat margins at council elections with the new ballot."""
    plan, every = results.counted_plan, results.table("list_votes")
    votes = (
        every[(every["election"] == name) & every["municipality_code"].isin(plan.treated(name))]
        for name in plan.new_ballot
        if plan.election(name).kind == "GR" and name in results.elections
    )
    return stacked(
        margins_election(each, names=dict(plan.municipalities)).table
        for each in votes
        if each["seats"].notna().any()
    )
