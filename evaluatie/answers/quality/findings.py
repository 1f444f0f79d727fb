"""One finding: which unit breaks which rule, how badly, said in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.counts.mergers import election_date
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.words import say
from evaluatie.plan import Design

SEVERITIES = ("error", "warning", "info")
"""``error``: the counts contradict each other. ``warning``: they can be right, but ask the
source. ``info``: explained, a likely coincidence, or a return to normal."""

LEVELS = ("national", "group", "municipality", "polling_station")

COLUMNS = [
    *("election", "vintage", "level", "unit", "unit_name", "rule", "measure", "value"),
    *("expected", "severity", "known", "sentence_nl", "sentence_en"),
]

Explained = set[tuple[str, str, str, str]]
"""Counts that a rule explains, by election, vintage, unit and measure."""

# An exception may have been written down before the rule that finds it existed.
_FOUND_BY: Mapping[str, tuple[str, ...]] = {
    "blank-high": ("W.201", "jump-blank", "outlier-blank"),
    "invalid-high": ("jump-invalid",),
}


@dataclass(frozen=True)
class Finding:
    """One unit that breaks one rule.

    Attributes
    ----------
    rule
        Stable name, as in the table ``known_exceptions``.
    measure
        The count that ``value`` and ``expected`` are of.
    value, expected
        What was met, and what the rule would lead one to expect: an equal count, a limit, or
        the count that earlier elections foretell.
    sentence
        Key in ``words/quality.toml``; ``words`` fill it, beside name, election, value and
        expected.
    explains
        Measures of this unit of which later rules need say no more.
    """

    election: str
    vintage: str
    level: str
    unit: str
    unit_name: str
    rule: str
    measure: str
    value: float
    expected: float
    sentence: str
    words: Mapping[str, object] = field(default_factory=dict)
    severity: str = "warning"
    explains: tuple[str, ...] = ()

    def say(self, lang: str) -> str:
        """Put the finding in one sentence."""
        return say(
            f"quality.{self.sentence}",
            lang,
            name=self.unit_name,
            election=self.election,
            value=self.value,
            expected=self.expected,
            measure=say(f"quality.measure_{self.measure}", lang),
            vintage=say(f"common.{self.vintage}", lang),
            **self.words,
        )


def unit_of(row: pd.Series[Any] | Mapping[Any, Any], level: str) -> dict[str, Any]:
    """Return what a finding says of the unit that a row of counts is of; a total has no name."""
    unit, name = str(row.get("municipality_code", "")), str(row.get("municipality", ""))
    if level == "national":
        unit = name = ""
    elif level == "polling_station":
        unit, name = str(row["polling_station"]), f"{row['station_name']} ({name})"
    which = {"election": str(row["election"]), "vintage": str(row["vintage"])}
    return {**which, "level": level, "unit": unit, "unit_name": name}


def each_where(
    where: Sequence[bool] | pd.Series[bool] | np.ndarray,
    rows: pd.DataFrame,
    level: str = "municipality",
    **said: Any,
) -> Iterator[Finding]:
    """Yield a finding for each row of counts where ``where`` holds.

    What is ``said`` are fields of :class:`Finding` and words for its sentence; a series or an array
    holds one value a row.
    """
    listed = {
        name: each.tolist() if isinstance(each, (pd.Series, np.ndarray)) else each
        for name, each in said.items()
    }
    for i in np.flatnonzero(where):
        here = {n: each[i] if isinstance(each, list) else each for n, each in listed.items()}
        words = {n: here.pop(n) for n in set(here) - set(Finding.__dataclass_fields__)}
        yield Finding(**{**unit_of(rows.iloc[i], level), **here, "words": words})


def explained(findings: Iterable[Finding]) -> Explained:
    """Return the counts that some findings explain."""
    return {(each.election, each.vintage, each.unit, m) for each in findings for m in each.explains}


def to_table(
    findings: Iterable[Finding], exceptions: pd.DataFrame | None, plan: Design
) -> pd.DataFrame:
    """Make the table of findings: worst first, then newest first.

    A finding that stands in ``exceptions`` (table ``known_exceptions``) becomes ``info`` with
    the note in the column ``known``; nothing is dropped.
    """
    rows = [
        {name: getattr(each, name) for name in COLUMNS if hasattr(each, name)}
        | {f"sentence_{lang}": each.say(lang) for lang in LANGUAGES}
        for each in findings
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    if exceptions is not None and len(exceptions) and len(table):
        table["known"] = _notes(table, exceptions)
        table["severity"] = table["severity"].mask(table["known"].notna(), "info")
    place = {name: i for i, name in enumerate((*SEVERITIES, *LEVELS))}
    newest = {name: -election_date(name, plan).toordinal() for name in set(table["election"])}
    order = table.assign(
        severity=table["severity"].map(place),
        election=table["election"].map(newest),
        level=table["level"].map(place),
    ).sort_values(["severity", "election", "level", "rule", "unit", "measure", "vintage"])
    return table.loc[order.index].reset_index(drop=True)


def _notes(table: pd.DataFrame, exceptions: pd.DataFrame) -> pd.Series[str]:
    """Return what was written down of each finding; missing where nothing was.

    Exceptions are written down per municipality; one about a national total has no code.
    """
    key = ["election", "municipality_code", "vintage", "rule"]
    listed = exceptions[[*key, "note"]].astype("object").fillna("")
    early = listed.assign(rule=listed["rule"].map(_FOUND_BY)).explode("rule")
    listed = pd.concat([early, listed]).drop_duplicates(key, keep="last")
    code = table["unit"].where(table["level"] == "municipality")
    code = code.mask(table["level"] == "national", "")
    found = table.assign(municipality_code=code)[key].merge(listed, on=key, how="left")
    return found["note"].set_axis(table.index)
