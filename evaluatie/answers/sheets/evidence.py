"""What a sheet is put together from: tables that other analyses make, computed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pandas as pd

from evaluatie.answers.effect import effect
from evaluatie.answers.first_counts import municipal_first_counts
from evaluatie.answers.quality import quality_as_printed
from evaluatie.answers.rates.bounded import bounded_rates
from evaluatie.answers.seats import margins_election
from evaluatie.answers.sheets.history import history
from evaluatie.answers.stations import stations
from evaluatie.counts import Results, load
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design

__all__ = ["Evidence", "gather"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Run tables, of all municipalities; any but the first may be empty.

    Attributes
    ----------
    history
        From :func:`evaluatie.answers.sheets.history`.
    effects
        :attr:`EffectResult.table` of every election, stacked.
    bounds
        :attr:`BoundedRatesResult.table` of elections of which only printed shares are known.
    seats
        Smallest seat margin of every council, from :func:`evaluatie.answers.seats.margins_election`.
    firsts
        :attr:`FirstCountsResult.municipalities`.
    findings
        :attr:`QualityResult.table`.
    primary
        The outcome that effects are of.
    stations
        :attr:`StationsResult.table` of that outcome.
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
def gather(results: Results, design: Design | None = None, data: Path | None = None) -> Evidence:
    """Compute the evidence from counts; kept, so that one sheet after another costs nothing."""
    plan = design or results.design
    primary = plan.primary_outcome
    method = plan.raw["inference"]["primary_model"]
    effects, bounds = [], []
    for election in plan.new_ballot:
        try:
            made = effect(results, election, primary, methods=(method,), design=plan, data=data)
            effects.append(made.table)
        except EstimationError:
            continue
        if made.table["bound_low"].notna().any():
            bounds.append(bounded_rates(results, election, primary, design=plan, data=data).table)
    return Evidence(
        history=history(results, design=plan),
        effects=_stacked(effects),
        bounds=_stacked(bounds),
        seats=_margins(results, plan, data),
        firsts=municipal_first_counts(results),
        findings=quality_as_printed(results.beside(data), design=plan).table,
        primary=primary,
        sources=results.sources,
        stations=_of_stations(results, primary, data),
    )


def _of_stations(results: Results, primary: str, data: Path | None) -> pd.DataFrame:
    """Shares by polling station of the elections at hand, where their records are."""
    below = load(data=data, level="polling_station")
    counted = [name for name in results.elections if name in below.elections]
    return stations(below, counted, outcome=primary).table if counted else pd.DataFrame()


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _margins(results: Results, plan: Design, data: Path | None) -> pd.DataFrame:
    """Smallest seat margins at council elections with the new ballot."""
    councils = [name for name in plan.new_ballot if plan.election(name).kind == "GR"]
    every = results.beside(data).table("list_votes")
    tables = []
    for election in councils:
        here = every[every["election"] == election]
        votes = here[here["municipality_code"].isin(plan.treated(election))]
        if election in results.elections and votes["seats"].notna().any():
            names = dict(plan.municipalities)
            tables.append(margins_election(votes, names=names, moved=False).table)
    return _stacked(tables)
