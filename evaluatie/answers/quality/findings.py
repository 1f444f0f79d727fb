"""One finding: which unit breaks which rule, how badly, said in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from evaluatie.counts.boundaries import election_date
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.words import say
from evaluatie.plan import Design

__all__ = ["COLUMNS", "LEVELS", "SEVERITIES", "Finding", "to_table"]

SEVERITIES = ("error", "warning", "info")
"""``error``: the counts contradict each other. ``warning``: they can be right, but ask the
source. ``info``: explained, a likely coincidence, or a return to normal."""

LEVELS = ("national", "group", "municipality", "polling_station")

COLUMNS = [
    "election",
    "vintage",
    "level",
    "unit",
    "unit_name",
    "rule",
    "measure",
    "value",
    "expected",
    "severity",
    "known",
    "sentence_nl",
    "sentence_en",
]


# Rules under which an exception may have been written down before this rule existed.
_ALSO_KNOWN_AS: Mapping[str, tuple[str, ...]] = {
    "W.201": ("blank-high",),
    "jump-blank": ("blank-high",),
    "outlier-blank": ("blank-high",),
    "jump-invalid": ("invalid-high",),
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
    severity: str
    sentence: str
    words: Mapping[str, object] = field(default_factory=dict)

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


def to_table(
    findings: Iterable[Finding], exceptions: pd.DataFrame | None, plan: Design
) -> pd.DataFrame:
    """Make the table of findings: worst first, then newest first.

    A finding that stands in ``exceptions`` (table ``known_exceptions``) becomes ``info`` with
    the note in the column ``known``; nothing is dropped.
    """
    notes: dict[tuple[str, ...], str] = {}
    if exceptions is not None and len(exceptions):
        columns = ["election", "municipality_code", "vintage", "rule"]
        keys = zip(*(exceptions[name].fillna("") for name in columns), strict=True)
        notes = dict(zip(keys, exceptions["note"], strict=True))
    rows = []
    for each in findings:
        # Exceptions are written down per municipality; one about a national total has no code.
        code = {"municipality": each.unit, "national": ""}.get(each.level, "not written down")
        names = (each.rule, *_ALSO_KNOWN_AS.get(each.rule, ()))
        possible = ((each.election, code, each.vintage, name) for name in names)
        note = next((notes[key] for key in possible if key in notes), None)
        sentences = {f"sentence_{lang}": each.say(lang) for lang in LANGUAGES}
        severity = each.severity if note is None else "info"
        own = {name: getattr(each, name) for name in COLUMNS if hasattr(each, name)}
        rows.append(own | {"severity": severity, "known": note} | sentences)
    table = pd.DataFrame(rows, columns=COLUMNS)
    dates = {name: election_date(name, plan).toordinal() for name in set(table["election"])}
    order = pd.DataFrame(
        {
            "severity": table["severity"].map({name: i for i, name in enumerate(SEVERITIES)}),
            "age": table["election"].map({name: -day for name, day in dates.items()}),
            "level": table["level"].map({name: i for i, name in enumerate(LEVELS)}),
            "rule": table["rule"],
            "unit": table["unit"],
            "measure": table["measure"],
            "vintage": table["vintage"],
        }
    ).sort_values(["severity", "age", "level", "rule", "unit", "measure", "vintage"])
    return table.loc[order.index].reset_index(drop=True)
