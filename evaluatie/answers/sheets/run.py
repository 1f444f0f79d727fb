"""What the sheets of a report read: shares through time, and what other answers found."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import pandas as pd

from evaluatie.answers.answer import Answer, Found, missing, records, stacked
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
            "primary_outcome": results.counted_plan.primary_outcome,
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
    primary = found["primary_outcome"]

    def rows(*names: str) -> pd.DataFrame:
        return stacked(done.frame(name) for name in names if done.has(name))

    def of_each(stem: str) -> pd.DataFrame:
        return rows(*(f"{stem}_{name}" for name in done.elections()))

    counted_twice = done.has("first_counts")
    return Evidence(
        history=rows(_RESULT),
        effects=of_each("effect"),
        bounds=of_each("rates_bounded"),
        seats=of_each("seats"),
        firsts=done.part("first_counts", "municipalities") if counted_twice else pd.DataFrame(),
        findings=rows("quality"),
        primary=primary,
        sources=tuple(found["sources"]),
        stations=rows(f"stations_{primary}"),
    )
