"""How invalid votes lie over the polling stations of each municipality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.analysis import Analysis, records
from evaluatie.answers.stations.compare import DIFFERENCES, difference_labels
from evaluatie.answers.stations.group import Group
from evaluatie.answers.stations.names import KINDS, OTHER, by_words, words
from evaluatie.answers.stations.show import sentences
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, InputError, UnknownNameError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.plan import Design

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["OUTCOMES", "StationsResult", "stations"]

OUTCOMES = ("invalid", "blank", "rejected")
_CHECKS = ("difference", "looked_at")


@dataclass(frozen=True, kw_only=True, eq=False)
class StationsResult(Analysis):
    """Polling stations within their municipalities; see :func:`stations` for ``table``.

    Attributes
    ----------
    outcome
        ``invalid``, ``blank`` or ``rejected``.
    overall
        One row per election and group (``experiment``: municipalities that have the new ballot
        then, or at the election that this one is the baseline of; ``comparison``: all others).
        Incomplete municipalities take no part. Shares as fractions. n_municipalities,
        n_stations, total (ballots), count, share; tenth and fifth (which fraction of the counts
        lies in that part of the ballots with the highest shares), each with ``_chance`` (mean
        over draws), ``_low`` and ``_high`` (interval of the draws: where chance alone puts it);
        n_beyond, expected_beyond, expected_most (stations whose count had a chance of 0.1% at
        most given the rest of their municipality; expected from chance, counts being whole; and
        0.1% of the stations), n_holm (that remain with all tests of the group allowed for at
        alpha); n_above, expected_above (the same above the upper end of the 95% limits of their
        size); n_high, high_total, high_count (stations at 1% or more, their fraction of all
        ballots and counts); phi (dispersion within municipalities together); baseline, n_places,
        n_places_both, n_places_up (places with a postcode, those used at the baseline as well,
        those with a higher share now; unknown where the baseline has no stations), n_incomplete.
    each
        One row per station: share, kind, difference, looked_at, p_value (upper tail), p_holm,
        beyond, above.
    kinds, checks
        Stations by kind of place; by difference between admitted voters and ballots, and by
        what the municipality looked at. One row per election, group and label, compared within
        municipalities: columns of :func:`evaluatie.answers.stations.compare.against_others`.
    places
        Places used at an election and at its baseline, by postcode.
    words
        The words that tell a kind, one row per kind.
    names
        Elections in words, by language.
    """

    outcome: str
    overall: pd.DataFrame
    each: pd.DataFrame
    kinds: pd.DataFrame
    checks: pd.DataFrame
    places: pd.DataFrame
    words: pd.DataFrame
    names: Mapping[str, Mapping[str, str]]
    alpha: float

    @property
    def beyond(self) -> pd.DataFrame:
        """The stations beyond chance, the least likely first."""
        return self.each[self.each["beyond"]].sort_values("p_value", ignore_index=True)

    def sentence(self, lang: str = "nl") -> str:
        """Say what the stations of the newest election show, the experiment's if there are any."""
        return " ".join(sentences(self, lang))

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints: as every analysis, and the tables beside the main one."""
        more = {name: records(getattr(self, name)) for name in TABLES}
        said = {
            name: {lang: sentences(self, lang, brief=brief) for lang in LANGUAGES}
            for name, brief in (("lines", False), ("brief", True))
        }
        return {**super().to_dict(), "outcome": self.outcome, **said, **more}

    def plot(self, lang: str = "nl", *, narrow: bool = False) -> Figure:
        """Draw a strip of stations per municipality of the newest election."""
        from evaluatie.answers.stations.figure import strips

        tables = {name: getattr(self, name) for name in ("table", "overall", "each", "kinds")}
        return strips(**tables, names=self.names, outcome=self.outcome, lang=lang, narrow=narrow)


TABLES = ("overall", "beyond", "kinds", "checks", "places", "words")
"""What the JSON holds beside the table by municipality."""


def stations(
    results: Results,
    elections: str | Iterable[str] | None = None,
    *,
    outcome: str = "invalid",
    design: Design | None = None,
    alpha: float | None = None,
    draws: int = 999,
) -> StationsResult:
    """Show where within municipalities votes were invalid: polling stations beside each other.

    This describes; it says nothing of the effect of a ballot. The ballot was given to
    municipalities, and the stations of one do not multiply its weight. Voters may vote anywhere
    in their municipality, so nothing is said of persons either.

    Parameters
    ----------
    results
        Of ``evaluatie.load(level="polling_station")``.
    elections
        Those to report; all with counts by default. Their baselines are found in ``results``.
    outcome
        ``invalid``, ``blank`` or ``rejected``, as share of the ballots found.
    design, alpha
        Instead of those of the results.
    draws
        How often the counts of each municipality are spread over its ballots by chance.

    Returns
    -------
    StationsResult
        ``table``, one row per election and municipality: group, complete (whether the stations
        add up to the municipality's count; where not, all sums are unknown), n_stations (with
        ballots), total, count, share (fraction of the ballots), lowest, quartile_low, median,
        quartile_high, highest (of the shares of its stations, each counting once),
        highest_station, phi (Pearson's dispersion, 1 = chance), phi_low, phi_high
        (:func:`evaluatie.stats.urn.dispersion_interval`), p_value (of chance alone, by
        simulation given the municipality's count), n_high, n_above, n_beyond, band_low,
        band_high (limits of chance of a station of median size), vintage.

    Raises
    ------
    InputError
        For counts that are not of polling stations.
    UnknownNameError
        For an unknown election or outcome.
    EstimationError
        If no station has ballots.
    """
    if results.level != "polling_station":
        raise InputError(
            "these counts are not of polling stations",
            rule="level",
            value=results.level,
            expected='evaluatie.load(level="polling_station")',
        )
    if outcome not in OUTCOMES:
        raise UnknownNameError.of("outcome", outcome, OUTCOMES)
    plan = design or results.plan
    level = plan.alpha if alpha is None else alpha
    wanted = results.where(elections).elections if elections is not None else results.elections
    every = _frame(results, outcome, plan)
    if not every["election"].isin(wanted).any():
        raise EstimationError("no polling station has counted ballots", rule="counts")
    made = [
        Group(election, group, rows, level, plan.seed("simulation"), draws)
        for election in wanted
        for group in ("experiment", "comparison")
        if len(rows := every[(every["election"] == election) & (every["group"] == group)])
    ]
    pairs = [each.pair(every, plan) for each in made]
    return StationsResult(
        table=_stacked([each.table for each in made]),
        overall=pd.DataFrame(
            [each.overall | found for each, (_, found) in zip(made, pairs, strict=True)]
        ),
        each=_stacked([each.marked for each in made]),
        kinds=_stacked([each.compared("kind", KINDS) for each in made]).rename(
            columns={"label": "kind"}
        ),
        checks=_stacked(
            [
                each.compared(name, labels).assign(measure=name)
                for each in made
                for name, labels in zip(_CHECKS, (DIFFERENCES, _looked_at()), strict=True)
            ]
        ),
        places=_stacked([places for places, _ in pairs]),
        words=pd.DataFrame(
            [
                {"kind": kind, "words": ", ".join(w.strip() for w in listed)}
                for kind, listed in words("kinds").items()
            ]
        ),
        names={
            name: {lang: plan.called(name, lang) for lang in LANGUAGES}
            for name in results.elections
            if name in plan.elections
        },
        outcome=outcome,
        assumptions=(
            *("stations-not-units", "stations-anywhere", "stations-chance"),
            *("stations-dispersion", "stations-names"),
            *(("stations-assumed-complete",) if every["complete"].isna().any() else ()),
            *(("provisional-counts",) if (every["vintage"] == "provisional").any() else ()),
        ),
        seed=plan.seed("simulation"),
        sources=results.sources,
        alpha=level,
    )


def _frame(results: Results, outcome: str, plan: Design) -> pd.DataFrame:
    """One row per station with ballots: its count, its labels, its group."""
    rows = results.frame
    rows = rows[rows["ballots"].fillna(0) > 0].reset_index(drop=True)
    complete = rows["complete"] if "complete" in rows else pd.Series(pd.NA, rows.index)
    treated = {name: _treated(name, results, plan) for name in results.elections}
    group = [
        "experiment" if code in treated[election] else "comparison"
        for election, code in zip(rows["election"], rows["municipality_code"], strict=True)
    ]
    given = rows["investigated"] if "investigated" in rows else pd.Series(None, rows.index, object)
    looked_at = by_words(given, "looked_at").mask(given == "none", "none").where(given.notna())
    columns = [
        *("election", "municipality_code", "municipality", "polling_station"),
        *("station_name", "postcode", "vintage"),
    ]
    return rows[columns].assign(
        group=group,
        complete=complete.astype("boolean"),
        count=rows[outcome].astype("int64"),
        total=rows["ballots"].astype("int64"),
        share=(rows[outcome].astype("float64") / rows["ballots"].astype("float64")).to_numpy(),
        kind=by_words(rows["station_name"], "kinds"),
        difference=difference_labels(rows["admitted"], rows["ballots"]),
        looked_at=looked_at,
    )


def _treated(election: str, results: Results, plan: Design) -> frozenset[str]:
    """Municipalities with the new ballot at an election, or at the next one that it precedes."""
    if election not in plan.elections:
        return frozenset()
    codes = {*results.rows.loc[results.rows["election"] == election, "municipality_code"]}
    own = {code for code in codes if plan.has_new_ballot(code, election)}
    if own:
        return frozenset(own)
    after = [name for name, each in plan.elections.items() if each.baseline == election]
    return frozenset(code for name in after for code in codes if plan.has_new_ballot(code, name))


def _looked_at() -> tuple[str, ...]:
    return (*words("looked_at"), OTHER, "none")


def _stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]
