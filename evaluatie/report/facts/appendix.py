"""What the tables and figures of the appendices find, for the captions that say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evaluatie.answers.columns import PRIMARY
from evaluatie.answers.published.show import by_statement
from evaluatie.report.facts.names import NEW, Names

_TRUSTED = "randomization by re-assignment"
"""The test that false alarms are told of: the one to trust where the two main ones differ."""
_SIZES = ("small", "large", "real")
_ONE_IN_THOUSAND = 0.001
_HOLDS = ("holds", "partly", "holds-first")


def _tests(names: Names) -> None:
    """How often the test by re-assignment cries wolf, and how rare what was seen is under it."""
    rows = names.frame("size", method=_TRUSTED).set_index("data")
    for data in rows.index:
        row = rows.loc[data]
        low, high = ([row[f"{size}_{end}"] for size in _SIZES] for end in ("low", "high"))
        mark = "alarm" if data == "fitted" else "alarm_real"
        names.put("percent0", mark, low=min(low), high=max(high))
    seen = names.frame(f"effect_{names.latest}", method=_TRUSTED, unit="pooled").iloc[0]
    names.rule(shuffled_rare=seen["p_value"] < _ONE_IN_THOUSAND)
    names.put("per10000", shuffled_extra=seen["estimate"])
    every = names.frame(f"effect_{names.latest}", outcome="invalid", unit="pooled", scale="points")
    shown = every[every["role"] != "robustness"]["estimate"]
    names.put("per10000", methods_low=shown.min(), methods_high=shown.max())


def _spread(names: Names) -> None:
    """Of how many municipalities shares differ more between stations than by chance."""
    rows = names.frame("stations_invalid", group="experiment", election=names.latest)
    rows = rows[rows["complete"].astype(bool)]
    names.put("words", uneven_n=int((rows["phi_low"] > 1).sum()), uneven_of=len(rows))


def _beyond(names: Names) -> None:
    """How many municipalities of the experiment lie beyond the limits of the funnel."""
    rows: Any = names.frame(f"funnel_{names.latest}")
    ours = rows[rows["group"].isin(NEW)]
    names.put("words", beyond_n=int((ours["estimate"] > ours["conf_high"]).sum()))
    names.put("words", beyond_of=len(ours))


def _next_count(names: Names) -> None:
    kind = {"outcome": "invalid", "scale": "points", "method": PRIMARY, "weights": "voters"}
    first = names.frame("effect_summary", election=names.latest, vintage="provisional", **kind)
    names.put("per10000", e_first_extra=first.iloc[0]["estimate"])
    kind = {"outcome": "invalid", "predicts": "next", "group": "experiment"}
    grown = names.part("first_counts", "expected", **kind)["change"].iloc[0]
    names.put("percent0", next_growth=grown)


def _times(names: Names) -> None:
    """The share as a multiple of that with the old ballot, at the first and the last use."""
    rows = names.frame("learning_exposure_invalid", scale="ratio", role="primary")
    rows = rows[rows["what"].str.fullmatch(r"use \d+")].drop_duplicates("what")
    names.put("number1", times_first=rows.iloc[0]["estimate"], times_last=rows.iloc[-1]["estimate"])
    names.put("nth", times_use=int(rows.iloc[-1]["what"].split()[1]))


def _halved(names: Names) -> None:
    """The largest chance, over what is assumed beforehand, that experience halves the effect."""
    rows = names.frame("learning_pooling_invalid")
    names.put("percent0", halved_most=rows["p_halved"].max())
    names.put("words", halved_n=len(rows))


def _statements(names: Names) -> None:
    """How many statements hold, wholly or as far as can be checked."""
    rows = by_statement(names.frame("published_statements"))
    for kind, mark in (("house", "said"), ("media", "media")):
        verdicts = rows.loc[rows["kind"] == kind, "verdict"]
        names.put("words", mark, n=len(verdicts), holds_n=int(verdicts.isin(_HOLDS).sum()))


PARTS: tuple[Callable[[Names], None], ...] = (
    _tests,
    _spread,
    _beyond,
    _next_count,
    _times,
    _halved,
    _statements,
)
