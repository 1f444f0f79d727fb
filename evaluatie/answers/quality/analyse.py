"""Judging counts: by themselves, against their past and peers, and against each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import once
from evaluatie.answers.quality import show
from evaluatie.answers.quality.findings import Finding, explained, to_table
from evaluatie.answers.quality.given import in_order, municipal_rows, settings, station_rows
from evaluatie.answers.quality.past import copies, jumps, swaps, zeros
from evaluatie.answers.quality.peers import expectations
from evaluatie.answers.quality.rules import (
    identities,
    national_sums,
    round_numbers,
    station_outliers,
    station_sums,
    thresholds,
)
from evaluatie.answers.quality.vintages import (
    counted_twice,
    group_differences,
    vintage_differences,
    vintage_swaps,
)
from evaluatie.answers.statement import Statement, on_provisional
from evaluatie.counts import Results
from evaluatie.counts.mergers import election_kind
from evaluatie.ground.errors import UnknownNameError


def quality(
    results: Results | pd.DataFrame,
    stations: pd.DataFrame | None = None,
    exceptions: pd.DataFrame | None = None,
    previous: Results | pd.DataFrame | None = None,
    elections: Iterable[str] | None = None,
) -> Answer:
    """Judge whether counts are plausible.

    Parameters
    ----------
    results
        Counts per municipality: results, or a frame with election, municipality_code,
        municipality and any counts of ``schema.TABLES["municipal_results"]``. Without a
        column ``vintage`` they count as official.
    stations
        Counts per polling station: election, municipality_code, municipality,
        polling_station and any of station_name, vintage, the counts, and ``admitted`` (voters
        admitted to the vote).
    exceptions
        Table ``known_exceptions``; by default that of the results, for a frame the one that
        ships. Other tables are always those.
    previous
        Counts to judge against, of older elections or of other municipalities, beside those
        in ``results``. They are not judged themselves; where both have a row, that in
        ``results`` holds.
    elections
        Judge only these; all in ``results`` and ``stations`` by default.

    Returns
    -------
    Answer
        ``table``, worst first: election, vintage, level (``national``, ``group``,
        ``municipality``, ``polling_station``), unit (code; empty for a national total),
        unit_name, rule, measure (the count it is about), value, expected (a count: what it
        should equal, the limit, or what past and peers foretell), severity (``error``: counts
        contradict each other; ``warning``: ask the source; ``info``), known (the note in
        ``known_exceptions``, which makes a finding ``info``), sentence_nl, sentence_en.
        ``brief``: those worse than ``info``, of the official count where the provisional one
        breaks the same rule, and ``findings`` their number; in ``parts`` n_rows, the rows of
        counts that were judged.

    Raises
    ------
    InputError
        If a table lacks a column that names its units, or holds something that is no count.
    UnknownNameError
        For an election without rows.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.quality(evaluatie.load(["TK2023", "TK2025"]))
    >>> sorted(made.table["severity"].unique())
    ['info', 'warning']
    """
    counts = results if isinstance(results, Results) else Results(results)
    plan, table = counts.plan, counts.table
    limits = settings(plan)
    rows, boxes = municipal_rows(counts), station_rows(stations)
    present = {*rows["election"].unique(), *boxes["election"].unique()}
    chosen = in_order(present if elections is None else elections, plan)
    for name in chosen:
        if name not in present:
            raise UnknownNameError.of("election", name, in_order(present, plan))
    own, totals, boxes = (
        each[each["election"].isin(chosen)].reset_index(drop=True)
        for each in (rows, table("national_results"), boxes)
    )
    past = counts if previous is None else replace(counts, rows=_with_history(rows, previous))
    findings = [
        *_of_municipalities(own, past),
        *identities(totals, "national"),
        *national_sums(own, totals, table("municipality_codes")),
    ]
    if len(boxes):
        findings += [
            *station_outliers(boxes, limits),
            *station_sums(boxes, own),
            *identities(boxes, "polling_station"),
            *thresholds(boxes, "polling_station", limits),
        ]
    excused = table("known_exceptions") if exceptions is None else exceptions
    found = to_table(findings, excused, plan)
    n_rows = len(own) + len(boxes)
    told = listed(found)
    asked = told[told["severity"] != "info"]
    return Answer(
        table=found,
        columns=show.FINDINGS,
        statements=_said(told, n_rows, n_twice=len(found) - len(told)),
        assumptions=on_provisional(own["vintage"].unique()),
        sources=tuple(sorted(own["source"].dropna().unique())) if "source" in own else (),
        parts={"n_rows": n_rows},
        findings=len(asked),
        brief=asked,
    )


def listed(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of findings that readers are shown, when they ask for all.

    What both counts of a unit show is shown of the official one, unless only that is explained.
    """
    noted = found["severity"] == "info"
    kept = [once(found[each], "unit").index for each in (noted, ~noted)]
    return found.loc[found.index.isin(kept[0].union(kept[1]))]


def _said(found: pd.DataFrame, n_rows: int, n_twice: int) -> tuple[Statement, ...]:
    """Say how many findings of which severity there are, and how many are known."""
    n = found["severity"].value_counts()
    summary = Statement(
        "quality.summary" if len(found) else "quality.nothing",
        {
            "rows": n_rows,
            "n": len(found),
            "errors": int(n.get("error", 0)),
            "warnings": int(n.get("warning", 0)),
            "infos": int(n.get("info", 0)),
            "known": int(found["known"].notna().sum()),
        },
    )
    return (summary, Statement("quality.twice", {"n": n_twice})) if n_twice else (summary,)


def quality_as_printed(results: Results, elections: Iterable[str] | None = None) -> Answer:
    """Judge the counts as their sources print them, by the plan and the tables of ``results``.

    What was not reported is unknown in ``results``; here the zero that was printed is seen.
    Parameters and errors as :func:`quality`.
    """
    rows = results.table("municipal_results")
    rows = rows[rows["election"].isin(results.elections)].reset_index(drop=True)
    printed = replace(results, rows=rows)
    return quality(printed, elections=elections)


# Every weighting and scale of the effect asks for the same ones.
@lru_cache(maxsize=32)
def flagged(results: Results, counts: tuple[tuple[str, str], ...], outcome: str) -> frozenset[str]:
    """Return the municipalities of which a count of an outcome was found.

    Whatever the severity: a count that is known to be odd and right pulls as hard as a wrong one.

    Parameters
    ----------
    counts
        Pairs of election and vintage; ``mixed`` stands for either.
    outcome
        ``invalid``, ``blank`` or ``rejected`` (a finding about either part counts).
    """
    wanted, rows = dict(counts), municipal_rows(results)
    measures = {outcome} if outcome != "rejected" else {"invalid", "blank", "rejected"}
    own = rows[rows["election"].isin(wanted)].reset_index(drop=True)
    return frozenset(
        each.unit
        for each in _of_municipalities(own, results)
        if each.level == "municipality"
        and each.measure in measures
        and wanted[each.election] in ("mixed", each.vintage)
    )


def _of_municipalities(own: pd.DataFrame, past: Results) -> list[Finding]:
    """Judge municipal counts by themselves, and against their past and their peers."""
    kinds = {election_kind(name, past.plan) for name in own["election"].unique()}
    alike = tuple(name for name in past.elections if election_kind(name, past.plan) in kinds)
    return [
        *round_numbers(own),
        *_mine(_compared(past, alike), own, past),
        *identities(own, "municipality"),
        *thresholds(own, "municipality", settings(past.plan)),
    ]


# The effect asks about the counts of each election; what they are compared with is the same.
@lru_cache(maxsize=4)
def _compared(results: Results, elections: tuple[str, ...]) -> list[Finding]:
    """Judge every count of some kinds of elections against its past and its peers."""
    history, plan, limits = municipal_rows(results), results.plan, settings(results.plan)
    history = history[history["election"].isin(elections)].reset_index(drop=True)
    mergers, codes = results.table("mergers"), results.table("municipality_codes")
    expected = expectations(history, plan, limits, mergers=mergers, codes=codes)
    of_past = [*swaps(expected, limits), *zeros(expected, limits), *copies(expected, limits)]
    twice = counted_twice(history)
    swapped = [*vintage_swaps(twice, explained(of_past), limits)]
    known = explained([*of_past, *swapped])
    return [
        *of_past,
        *swapped,
        *jumps(expected, known, limits),
        *vintage_differences(twice, known, limits),
        *group_differences(twice, plan, limits),
    ]


def _mine(compared: Iterable[Finding], own: pd.DataFrame, past: Results) -> list[Finding]:
    """Keep the findings about counts that are judged."""
    unit = (own[name].tolist() for name in ("election", "municipality_code", "vintage"))
    mine = set(zip(*unit, strict=True))
    return [
        each
        for each in compared
        if (each.election, each.unit, each.vintage) in mine
        or (each.level == "group" and _whole_experiment(each.election, own, past))
    ]


def _whole_experiment(election: str, own: pd.DataFrame, past: Results) -> bool:
    """Whether the counts that are judged hold every municipality of the experiment."""
    treated = set(past.plan.history.get(election, ()))
    here, there = (
        treated & set(rows.loc[rows["election"] == election, "municipality_code"])
        for rows in (own, past.rows)
    )
    return here == there


def _with_history(rows: pd.DataFrame, previous: Results | pd.DataFrame) -> pd.DataFrame:
    key = ["election", "municipality_code", "vintage"]
    both = pd.concat([rows, municipal_rows(previous)], ignore_index=True)
    return both.drop_duplicates(key, keep="first").reset_index(drop=True)
