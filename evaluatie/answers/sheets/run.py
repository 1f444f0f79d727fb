"""What the sheets of a report read: shares through time, and what other answers found."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import pandas as pd

from evaluatie.answers.answer import Answer, Found, missing, records
from evaluatie.answers.run import NotAvailableError, Run
from evaluatie.answers.sheets.analyse import assemble
from evaluatie.answers.sheets.evidence import Evidence
from evaluatie.answers.sheets.history import history
from evaluatie.counts import Results
from evaluatie.ground.formatting import LANGUAGES, name_key
from evaluatie.ground.words import say

_RESULT = "sheets"


def run(results: Results) -> Mapping[str, Found]:
    """Follow each municipality through time; effects and seats come from their own analyses."""
    rows = history(results)
    if rows.empty:
        return {_RESULT: missing("nobody")}
    return {
        _RESULT: {
            "table": records(rows),
            "primary_outcome": results.design.primary_outcome,
            "sources": list(results.sources),
        }
    }


@lru_cache(maxsize=64)
def sheet_of(done: Run, code: str) -> Answer:
    """Return the sheet of a municipality, the same as :func:`evaluatie.sheet` gives.

    Raises
    ------
    NotAvailableError
        If the results say nothing about it.
    """
    evidence = _evidence(done)
    if code not in set(evidence.history["municipality_code"]):
        raise NotAvailableError({lang: say("sheets.not_in_data", lang) for lang in LANGUAGES})
    return assemble(evidence, code)


def sheets_of(done: Run) -> dict[str, str]:
    """Return the municipalities of the experiment that there is a sheet of, code to name."""
    if not done.has(_RESULT):
        return {}
    known = set(done.frame(_RESULT)["municipality_code"])
    places: dict[str, str] = done.result("plan")["municipalities"]
    return {
        code: places[code]
        for code in sorted(places, key=lambda each: name_key(places[each]))
        if code in known
    }


@lru_cache(maxsize=2)
def _evidence(done: Run) -> Evidence:
    found = done.result(_RESULT)
    elections, primary = done.elections(), found["primary_outcome"]
    counted_twice = done.has("first_counts")
    return Evidence(
        history=done.frame(_RESULT),
        effects=_stacked(done, [f"effect_{name}" for name in elections]),
        bounds=_stacked(done, [f"rates_bounded_{name}" for name in elections]),
        seats=_stacked(done, [f"seats_{name}" for name in elections]),
        firsts=done.part("first_counts", "municipalities") if counted_twice else pd.DataFrame(),
        findings=_stacked(done, ["quality"]),
        primary=primary,
        sources=tuple(found["sources"]),
        stations=_stacked(done, [f"stations_{primary}"]),
    )


def _stacked(done: Run, names: list[str]) -> pd.DataFrame:
    tables = [done.frame(name) for name in names if done.has(name)]
    tables = [table for table in tables if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
