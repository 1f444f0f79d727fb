"""Printed figures held to the counts.

A figure is held to the precision it was printed with: 0.48% stands for 0.475% to 0.485%.
Where the counts say otherwise, both numbers are shown with what may explain the difference;
where the counts cannot say, what they do give is shown. Nothing is tuned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.published import show
from evaluatie.answers.published.counts import Given, Known
from evaluatie.answers.statement import Statement, on_provisional
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, printed_interval
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.files import read_toml
from evaluatie.ground.formatting import LANGUAGES

VERDICTS = ("reproduced", "reproduced-provisional", "contradicted", "not-computable")
"""``reproduced`` on the official count; on the provisional one; ``contradicted``: the counts
exclude the printed figure; ``not-computable``: public counts neither confirm nor exclude it."""

_RULES = Path(__file__).with_name("rules.toml")
_REPRODUCED = {"official": "reproduced", "provisional": "reproduced-provisional"}
_ROUND_NUMBERS = ("approx", "just under", "nearly")


def published(results: Results, elections: Sequence[str] | None = None) -> Answer:
    """Printed figures beside what the counts give.

    The exit code is 1 if the counts contradict a figure.

    Parameters
    ----------
    results
        Municipal counts; every vintage is used, whatever the one chosen. Tables
        ``published_figures``, ``national_results`` and ``municipality_codes`` are its own.
    elections
        Figures of only these; by default of all in ``results``.

    Returns
    -------
    Answer
        ``table``, one row per figure that counts can speak to: id, election, scope,
        municipality, measure, units, quantity, is_share, printed (as printed), unit, decimals,
        printed_low, printed_high (what the print stands for; fractions for shares), vintage,
        computed, low, high (bounds where the counts give only those), mean (mean of municipal
        shares), count, total, n_units, n_missing, implied_low, implied_high (numbers of invalid
        votes that the printed share leaves possible), verdict (one of :data:`VERDICTS`),
        readings (other ways to take the figure that would fit: ``mean-of-municipalities``,
        ``with-experiment``), why (keys of ``words.toml``), source_title, source_url,
        source_date. ``findings`` is the number of contradicted figures.

    Raises
    ------
    EstimationError
        If no figure was printed of these elections.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.published(evaluatie.load())
    >>> "verdict" in made.table
    True
    """
    return _held(results, tuple(results.elections if elections is None else elections))


# Bounds, statements and the answer itself rest on the same figures.
@lru_cache(maxsize=8)
def _held(results: Results, asked: tuple[str, ...]) -> Answer:
    """Hold the figures of some elections to the counts."""
    rules = read_toml(_RULES)
    printed = results.table("published_figures")
    printed = printed[printed["id"].isin(rules)]
    about = [rules[each].get("election") for each in printed["id"]]
    printed = printed[pd.Series(about, printed.index).fillna(printed["election"]).isin(asked)]
    if printed.empty:
        raise EstimationError(
            "no figure was printed of these elections",
            unit=", ".join(asked),
            rule="printed share",
        )
    listed = printed.to_dict(orient="records")
    known = Known(results, results.counted_plan, _printed_shares(listed, rules))
    table = pd.DataFrame([_row(figure, rules[figure["id"]], known) for figure in listed])
    n = table["verdict"].value_counts()
    wrong: list[Any] = table[table["verdict"] == "contradicted"].to_dict(orient="records")
    said = Statement(
        "published.summary" if len(wrong) else "published.summary_none_wrong",
        {
            "n": len(table),
            "reproduced": int(n.get("reproduced", 0)),
            "provisional": int(n.get("reproduced-provisional", 0)),
            "contradicted": len(wrong),
            "unknown": int(n.get("not-computable", 0)),
            "wrong": {
                lang: "; ".join(f"{each['election']}, {show.about(each, lang)}" for each in wrong)
                for lang in LANGUAGES
            },
        },
    )
    return Answer(
        table=table,
        columns=show.FIGURES,
        statements=(said,),
        assumptions=("printed-precision", *on_provisional(table["vintage"]), "blank-bounds"),
        sources=(*results.sources, "published-figures"),
        findings=len(wrong),
    )


def _row(figure: Mapping[Any, Any], rule: Mapping[str, Any], known: Known) -> dict[str, Any]:
    quantity: str | None = rule.get("outcome")
    election = str(rule.get("election", figure["election"]))
    is_share = "percent" in str(figure["unit"])
    span = _stands_for(figure)
    given, verdict, readings = Given("official"), "not-computable", ""
    implied: Interval | None = None
    if quantity is not None and span is not None:
        each = known.given(election, quantity, rule["units"], share=is_share)
        given, verdict = _judge(span, each, speaks=str(rule.get("speaks", "final")))
        readings = _readings(span, given, verdict, (election, quantity, rule["units"]), known)
        if quantity == "invalid" and is_share:
            implied = known.implied(election, rule["units"], span)
    row = {
        "id": figure["id"],
        "election": election,
        "scope": figure["scope"],
        "municipality": figure["municipality"],
        "measure": figure["measure"],
        "units": rule["units"],
        "quantity": quantity or rule["what"],
        "is_share": is_share,
        "printed": figure["value"],
        "unit": figure["unit"],
        "decimals": figure["decimals"],
        **_ends("printed_", span),
        "vintage": given.vintage if given.n_units else None,
        "computed": given.value,
        **_ends("", given.bounds),
        "mean": given.mean,
        "count": given.count,
        "total": given.total,
        "n_units": given.n_units,
        "n_missing": given.n_missing,
        **_ends("implied_", implied),
        "verdict": verdict,
        "readings": readings,
        "why": " ".join(rule.get("why", ())) if not verdict.startswith("reproduced") else "",
    }
    return row | {name: figure[name] for name in ("source_title", "source_url", "source_date")}


def _ends(name: str, interval: Interval | None) -> dict[str, float | None]:
    low, high = (interval.low, interval.high) if interval else (None, None)
    return {f"{name}low": low, f"{name}high": high}


def _judge(span: Interval, given: list[Given], *, speaks: str) -> tuple[Given, str]:
    """Choose the count that a figure speaks of and say whether the two agree.

    =============  ============================  ============================
    the figure     count that it speaks of       the other count
    =============  ============================  ============================
    lies within    reproduced                    reproduced
    lies outside   contradicted                  contradicted, where there is
                                                 nothing of its own count
    neither        not computable                not computable
    =============  ============================  ============================

    Part of the final count that is public may leave room for a figure that a first count
    excludes, so its own count goes first.
    """
    spoken = "official" if speaks == "final" else "provisional"
    own = [each for each in given if each.vintage == spoken]
    ordered = [*own, *(each for each in given if each.vintage != spoken)]
    if speaks == "a-moment":
        # Counted up to an hour that no shipped table preserves.
        whole = [each for each in ordered if not each.n_missing]
        return next(iter([*whole, *ordered]), Given("official")), "not-computable"
    for each in ordered:
        found = _against(span, each)
        if found == "inside":
            return each, _REPRODUCED[each.vintage]
        if found == "outside" and (each.vintage == spoken or not own):
            return each, "contradicted"
    known = [each for each in ordered if each.value is not None or each.bounds is not None]
    known.sort(key=lambda each: each.value is None)
    return next(iter(known), Given("official")), "not-computable"


def _against(span: Interval, given: Given) -> str:
    """Return ``inside``, ``outside`` or ``open``."""
    if given.value is not None and not given.n_missing:
        return "inside" if span.contains(given.value) else "outside"
    if given.bounds is not None:
        if span.contains(given.bounds):
            return "inside"
        if not span.meets(given.bounds):
            return "outside"
    if given.value is not None and given.bounds is None and span.contains(given.value):
        return "inside"
    return "open"


def _readings(
    span: Interval, given: Given, verdict: str, asked: tuple[str, str, str], known: Known
) -> str:
    """Name other ways to take the figure that would fit what was printed."""
    if verdict.startswith("reproduced"):
        return ""
    fitting = []
    if given.mean is not None and span.contains(given.mean):
        fitting.append("mean-of-municipalities")
    election, quantity, units = asked
    if units == "rest" and given.value is not None:
        whole = known.given(election, quantity, "national", share=True)
        if any(each.value is not None and span.contains(each.value) for each in whole):
            fitting.append("with-experiment")
    return " ".join(fitting)


def _printed_shares(
    listed: list[dict[Any, Any]], rules: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Interval]]:
    """Collect the invalid shares that were printed per municipality, by election."""
    shares: dict[str, dict[str, Interval]] = {}
    for figure in listed:
        rule = rules[figure["id"]]
        units, span = str(rule.get("units", "")), _stands_for(figure)
        of_share = rule.get("outcome") == "invalid" and "percent" in str(figure["unit"])
        if units.startswith("GM") and of_share and span is not None:
            shares.setdefault(figure["election"], {}).setdefault(units, span)
    return shares


def _stands_for(figure: Mapping[Any, Any]) -> Interval | None:
    """Return the numbers that a printed figure can stand for; None where it is in words."""
    try:
        value = float(str(figure["value"]))
    except ValueError:
        return None
    decimals = 0 if pd.isna(figure["decimals"]) else int(figure["decimals"])
    unit = str(figure["unit"])
    if any(word in unit for word in _ROUND_NUMBERS) and "percent" not in unit:
        # "About 160,000" is as precise as its last digit that is not zero.
        digits = str(int(value))
        decimals = len(digits.rstrip("0")) - len(digits)
    return printed_interval(value, decimals, unit=0.01 if "percent" in unit else 1.0)
