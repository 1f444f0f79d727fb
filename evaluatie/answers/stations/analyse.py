"""How invalid votes lie over the polling stations of each municipality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import pandas as pd

from evaluatie.answers.answer import Answer, stacked
from evaluatie.answers.statement import Statement, in_lines, on_provisional
from evaluatie.answers.stations import show
from evaluatie.answers.stations.compare import DIFFERENCES, difference_labels
from evaluatie.answers.stations.group import Group
from evaluatie.answers.stations.names import KINDS, OTHER, by_words, words
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.plan import Question

OUTCOMES = ("invalid", "blank", "rejected")
_CHECKS = ("difference", "looked_at")
_TOLD = "care"
"""The kind of place that sentences and the figure tell of."""


def stations(
    results: Results,
    election: str | Sequence[str] | None = None,
    *,
    outcome: Annotated[str, OUTCOMES] = "invalid",
    alpha: float | None = None,
    draws: int = 999,
) -> Answer:
    """Show where within municipalities votes were invalid: polling stations beside each other.

    This describes; it says nothing of the effect of a ballot. The ballot was given to
    municipalities, and the stations of one do not multiply its weight. Voters may vote anywhere
    in their municipality, so nothing is said of persons either.

    Parameters
    ----------
    results
        Of ``evaluatie.load(level="polling_station")``.
    election
        Such as GR2026; all with counts by default. Their baselines are found in ``results``.
    outcome
        Share of the ballots found; rejected = invalid + blank.
    alpha
        One minus the level of intervals and limits, by default that of the plan.
    draws
        How often the counts of each municipality are spread over its ballots by chance.

    Returns
    -------
    Answer
        ``table``, one row per election and municipality: group, complete (whether the stations
        add up to the municipality's count; where not, all sums are unknown), n_stations (with
        ballots), total, count, share (fraction of the ballots), lowest, quartile_low, median,
        quartile_high, highest (of the shares of its stations, each counting once),
        highest_station, phi (Pearson's dispersion, 1 = chance), phi_low, phi_high
        (:func:`evaluatie.stats.urn.dispersion_interval`), p_value (of chance alone, by
        simulation given the municipality's count), n_high, n_above, n_beyond, band_low,
        band_high (limits of chance of a station of median size), vintage.

        ``parts["overall"]``, one row per election and group (``experiment``: municipalities
        that have the new ballot then, or at the election that this one is the baseline of;
        ``comparison``: all others). Incomplete municipalities take no part. Shares as
        fractions. n_municipalities, n_stations, total (ballots), count, share; tenth (which
        fraction of the counts lies in the tenth of the ballots with the highest shares) and
        tenth_chance (where chance alone puts it: the mean over draws); n_beyond,
        expected_beyond, expected_most (stations whose count had a chance of 0.1% at most given
        the rest of their municipality; expected from chance, counts being whole; and 0.1% of the
        stations), n_holm (that remain with all tests of the group allowed for at alpha);
        n_above, expected_above (the same above the
        upper end of the 95% limits of their size); n_high, high_total, high_count (stations at
        1% or more, their fraction of all ballots and counts); phi (dispersion within
        municipalities together); baseline, n_places, n_places_both, n_places_up (places with a
        postcode, those used at the baseline as well, those with a higher share now; unknown
        where the baseline has no stations), n_incomplete.

        The other parts: ``each``, one row per station (share, kind, difference, looked_at,
        p_value of the upper tail, p_holm, beyond, above), and ``beyond``, those beyond chance,
        the least likely first; ``kinds`` and ``checks``, stations by kind of place, by
        difference between admitted voters and ballots and by what the municipality looked at,
        compared within municipalities (columns of
        :func:`evaluatie.answers.stations.compare.against_others`); ``places`` used at an
        election and at its baseline, by postcode; ``words`` that tell a kind; ``names`` of
        elections in words; ``lines``, the sentence in single statements.

    Raises
    ------
    UnknownNameError
        For an unknown election or outcome.
    EstimationError
        If no station has ballots.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.stations(evaluatie.load("GR2026").only("Gouda"))
    >>> int(made.table["n_stations"].iloc[0])
    45
    """
    if results.level != "polling_station":
        results = results.at("polling_station")
    if outcome not in OUTCOMES:
        raise UnknownNameError.of("outcome", outcome, OUTCOMES)
    plan = results.plan
    asked = Question.of(plan, outcome=outcome, alpha=alpha, seed=plan.seed("simulation"))
    every = _frame(results, outcome)
    made = _groups(results.where(election) if election else results, every, asked, draws)
    pairs = [each.pair(every, plan) for each in made]
    table = stacked(each.table for each in made)
    names = {
        name: {lang: plan.called(name, lang) for lang in LANGUAGES}
        for name in results.elections
        if name in plan.elections
    }
    parts = {"outcome": outcome, "names": names, **_parts(made, pairs)}
    said = _said(table, parts, outcome)
    return Answer(
        table=table,
        columns=show.MUNICIPALITIES,
        statements=tuple(said),
        assumptions=(
            *("stations-not-units", "stations-anywhere", "stations-chance"),
            *("stations-dispersion", "stations-names"),
            *(("stations-assumed-complete",) if every["complete"].isna().any() else ()),
            *on_provisional(every["vintage"]),
        ),
        seed=asked.seed,
        sources=results.sources,
        parts={**parts, "lines": in_lines(said)},
        draw=show.draw,
    )


def _groups(results: Results, every: pd.DataFrame, asked: Question, draws: int) -> list[Group]:
    """Return the stations of each election and group that has any."""
    if not every["election"].isin(results.elections).any():
        raise EstimationError("no polling station has counted ballots", rule="counts")
    by = dict(iter(every.groupby(["election", "group"], sort=False)))
    return [
        Group(election, group, by[election, group], asked.alpha, asked.seed or 0, draws)
        for election in results.elections
        for group in ("experiment", "comparison")
        if (election, group) in by
    ]


def _parts(
    made: Sequence[Group], pairs: Sequence[tuple[pd.DataFrame, dict[str, Any]]]
) -> dict[str, pd.DataFrame]:
    each = stacked(group.marked for group in made)
    kinds = stacked(group.compared("kind", KINDS) for group in made)
    looked_at = (*words("looked_at"), OTHER, "none")
    return {
        "overall": pd.DataFrame(
            [group.overall | found for group, (_, found) in zip(made, pairs, strict=True)]
        ),
        "each": each,
        "beyond": each[each["beyond"]].sort_values("p_value", ignore_index=True),
        "kinds": kinds.rename(columns={"label": "kind"}),
        "checks": stacked(
            [
                group.compared(name, labels).assign(measure=name)
                for group in made
                for name, labels in zip(_CHECKS, (DIFFERENCES, looked_at), strict=True)
            ]
        ),
        "places": stacked(places for places, _ in pairs),
        "words": pd.DataFrame(
            [
                {"kind": kind, "words": ", ".join(w.strip() for w in listed)}
                for kind, listed in words("kinds").items()
            ]
        ),
    }


def _frame(results: Results, outcome: str) -> pd.DataFrame:
    """One row per station with ballots: its count, its labels, its group."""
    rows = results.frame
    rows = rows[rows["ballots"].fillna(0) > 0].reset_index(drop=True)
    complete = rows["complete"] if "complete" in rows else pd.Series(pd.NA, rows.index)
    treated = {name: _treated(name, results) for name in results.elections}
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


def _treated(election: str, results: Results) -> frozenset[str]:
    """Municipalities with the new ballot at an election, or at the next one that it precedes."""
    plan = results.plan
    if election not in plan.elections:
        return frozenset()
    codes = {*results.rows.loc[results.rows["election"] == election, "municipality_code"]}
    own = {code for code in codes if plan.has_new_ballot(code, election)}
    if own:
        return frozenset(own)
    after = [name for name, each in plan.elections.items() if each.baseline == election]
    return frozenset(code for name in after for code in codes if plan.has_new_ballot(code, name))


def _said(table: pd.DataFrame, parts: Mapping[str, Any], outcome: str) -> list[Statement]:
    """Tell of the newest election, and of the experiment if it has stations."""
    overall = parts["overall"]
    newest = overall[overall["election"] == overall["election"].iloc[-1]]
    experiment = newest[newest["group"] == "experiment"]
    row = (experiment if len(experiment) else newest).iloc[0]
    said = [*_of_group(table, parts, row, outcome)] if row["n_stations"] else []
    gaps = table[~table["complete"].fillna(True) & (table["election"] == row["election"])]
    said += [
        Statement("stations.incomplete", each)
        for each in gaps[["municipality", "n_stations"]].to_dict("records")
    ]
    return [*said, Statement("stations.beware")]


def _of_group(
    table: pd.DataFrame, parts: Mapping[str, Any], row: pd.Series[Any], outcome: str
) -> Iterator[Statement]:
    names = parts["names"]
    word = {"outcome": f"@common.{outcome}"}
    values = {**row, **word}
    values["election"] = names.get(row["election"], row["election"])
    one = "" if row["n_municipalities"] > 1 else "_one"
    if one:
        values["name"] = _rows(table, row)["municipality"].iloc[0]
    yield Statement(f"stations.counted_{row['group']}{one}", values)
    if row["count"]:
        yield Statement("stations.tenth", values)
        for key in ("high", "beyond"):
            end = {0: "_none", 1: "_one"}.get(row[f"n_{key}"], "")
            yield Statement(f"stations.{key}{end}", values)
    phi = _rows(table, row)["phi"].dropna()
    if len(phi):
        key = "stations.dispersion" if len(phi) > 1 else "stations.dispersion_one"
        yield Statement(key, {"low": phi.min(), "high": phi.max()})
    for kind in _rows(parts["kinds"], row).to_dict("records"):
        if kind["kind"] == _TOLD and pd.notna(kind["estimate"]):
            yield Statement("stations.care", {**kind, **word})
    if row["n_places_both"]:
        before = names.get(row["baseline"], row["baseline"])
        yield Statement("stations.places", {**values, "before": before})
    for check in _rows(parts["checks"], row).to_dict("records"):
        key = f"{check['measure']}_{check['label']}"
        if key in ("difference_none", "looked_at_recounted") and pd.notna(check["other_share"]):
            yield Statement(f"stations.{key}", {**check, **word})


def _rows(frame: pd.DataFrame, row: pd.Series[Any]) -> pd.DataFrame:
    if frame.empty:
        return frame
    own = (frame["election"] == row["election"]) & (frame["group"] == row["group"])
    kept: pd.DataFrame = frame[own]
    return kept
