"""What was printed about the experiment, and whether the counts reproduce it.

A figure is held to the precision it was printed with: 0.48% stands for 0.475% to 0.485%.
Where the counts say otherwise, both numbers are shown with what may explain the difference;
where the counts cannot say, what they do give is shown. Nothing is tuned.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.answers.analysis import Analysis, on_provisional
from evaluatie.answers.published.counts import Answer, Known
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, printed_interval
from evaluatie.ground import formatting
from evaluatie.ground.words import say
from evaluatie.plan import Design

__all__ = ["VERDICTS", "PublishedResult", "for_readers", "published"]

VERDICTS = ("reproduced", "reproduced-provisional", "contradicted", "not-computable")
"""``reproduced`` on the official count; on the provisional one; ``contradicted``: the counts
exclude the printed figure; ``not-computable``: public counts neither confirm nor exclude it."""

_RULES = Path(__file__).with_name("rules.toml")
COUNTED = ("invalid", "blank", "rejected", "turnout", "valid", "ballots", "eligible")
_REPRODUCED = {"official": "reproduced", "provisional": "reproduced-provisional"}
_ROUND_NUMBERS = ("approx", "just under", "nearly")


@dataclass(frozen=True, kw_only=True, eq=False)
class PublishedResult(Analysis):
    """Printed figures beside recomputed ones; see :func:`published` for the columns."""

    def sentence(self, lang: str = "nl") -> str:
        """Say how many figures reproduce, and which do not."""
        verdicts = self.table["verdict"].value_counts()
        wrong = list(self.table.loc[self.table["verdict"] == "contradicted", "id"])
        return say(
            "published.summary" if wrong else "published.summary_none_wrong",
            lang,
            n=len(self.table),
            reproduced=int(verdicts.get("reproduced", 0)),
            provisional=int(verdicts.get("reproduced-provisional", 0)),
            contradicted=len(wrong),
            unknown=int(verdicts.get("not-computable", 0)),
            wrong=", ".join(wrong),
        )


def published(
    results: Results,
    figures: pd.DataFrame | None = None,
    national: pd.DataFrame | None = None,
    codes: pd.DataFrame | None = None,
    *,
    data: Path | str | None = None,
    design: Design | None = None,
) -> PublishedResult:
    """Recompute every printed figure that counts can speak to.

    Parameters
    ----------
    results
        Municipal counts; every vintage is used, whatever the one chosen.
    figures, national, codes
        Tables ``published_figures``, ``national_results`` and ``municipality_codes``; by
        default the shipped ones, with those in the folder ``data`` on top.

    Returns
    -------
    PublishedResult
        One row per figure: id, election, scope, municipality, measure, units, quantity,
        is_share, printed (as printed), unit, decimals, printed_low, printed_high (what the
        print stands for; fractions for shares), vintage, computed, low, high (bounds where
        the counts give only those), mean (mean of municipal shares), count, total, n_units,
        n_missing, implied_low, implied_high (numbers of invalid votes that the printed share leaves
        possible), verdict (one of :data:`VERDICTS`), readings (other ways to take the figure
        that would fit: ``mean-of-municipalities``, ``with-experiment``), why (keys of
        ``words/published.toml``), source_title, source_url, source_date.
    """
    plan = design or results.design
    results = results.beside(data)
    printed = results.table("published_figures") if figures is None else figures
    rules = _rules()
    listed = [each for each in printed.to_dict(orient="records") if each["id"] in rules]
    known = Known(
        results,
        results.table("national_results") if national is None else national,
        results.table("municipality_codes") if codes is None else codes,
        _printed_shares(listed, rules),
        plan,
    )
    table = pd.DataFrame([_row(figure, rules[figure["id"]], known) for figure in listed])
    return PublishedResult(
        table=table,
        assumptions=("printed-precision", *on_provisional(table["vintage"]), "blank-bounds"),
        sources=(*results.sources, "published-figures"),
    )


def for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add the columns that a reader sees: about, printed_text, data_text, why_text."""
    rows = table.to_dict(orient="records")
    return table.assign(
        about=[_about(row, lang) for row in rows],
        printed_text=[_printed_text(row, lang) for row in rows],
        data_text=[_data_text(row, lang) for row in rows],
        why_text=[_why_text(row, lang) for row in rows],
    )


def _row(figure: Mapping[Any, Any], rule: Mapping[str, Any], known: Known) -> dict[str, Any]:
    quantity: str | None = rule.get("outcome")
    election = str(rule.get("election", figure["election"]))
    is_share = "percent" in str(figure["unit"])
    span = _stands_for(figure)
    answer, verdict, readings = Answer("official"), "not-computable", ""
    implied: Interval | None = None
    if quantity is not None and span is not None:
        answers = known.answers(election, quantity, rule["units"], share=is_share)
        answer, verdict = _judge(span, answers, speaks=str(rule.get("speaks", "final")))
        readings = _readings(span, answer, verdict, (election, quantity, rule["units"]), known)
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
        "printed_low": span.low if span else None,
        "printed_high": span.high if span else None,
        "vintage": answer.vintage if answer.n_units else None,
        "computed": answer.value,
        "low": answer.bounds.low if answer.bounds else None,
        "high": answer.bounds.high if answer.bounds else None,
        "mean": answer.mean,
        "count": answer.count,
        "total": answer.total,
        "n_units": answer.n_units,
        "n_missing": answer.n_missing,
        "implied_low": implied.low if implied else None,
        "implied_high": implied.high if implied else None,
        "verdict": verdict,
        "readings": readings,
        "why": " ".join(rule.get("why", ())) if not verdict.startswith("reproduced") else "",
    }
    return row | {name: figure[name] for name in ("source_title", "source_url", "source_date")}


def _judge(span: Interval, answers: list[Answer], *, speaks: str) -> tuple[Answer, str]:
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
    own = [each for each in answers if each.vintage == spoken]
    ordered = [*own, *(each for each in answers if each.vintage != spoken)]
    if speaks == "a-moment":
        # Counted up to an hour that no shipped table preserves.
        whole = [each for each in ordered if not each.n_missing]
        return next(iter([*whole, *ordered]), Answer("official")), "not-computable"
    for answer in ordered:
        found = _against(span, answer)
        if found == "inside":
            return answer, _REPRODUCED[answer.vintage]
        if found == "outside" and (answer.vintage == spoken or not own):
            return answer, "contradicted"
    known = [each for each in ordered if each.value is not None or each.bounds is not None]
    known.sort(key=lambda each: each.value is None)
    return next(iter(known), Answer("official")), "not-computable"


def _against(span: Interval, answer: Answer) -> str:
    """Return ``inside``, ``outside`` or ``open``."""
    if answer.value is not None and not answer.n_missing:
        return "inside" if span.contains(answer.value) else "outside"
    if answer.bounds is not None:
        if span.contains(answer.bounds):
            return "inside"
        if not span.meets(answer.bounds):
            return "outside"
    if answer.value is not None and answer.bounds is None and span.contains(answer.value):
        return "inside"
    return "open"


def _readings(
    span: Interval, answer: Answer, verdict: str, asked: tuple[str, str, str], known: Known
) -> str:
    """Name other ways to take the figure that would fit what was printed."""
    if verdict.startswith("reproduced"):
        return ""
    fitting = []
    if answer.mean is not None and span.contains(answer.mean):
        fitting.append("mean-of-municipalities")
    election, quantity, units = asked
    if units == "rest" and answer.value is not None:
        whole = known.answers(election, quantity, "national", share=True)
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


@cache
def _rules() -> Mapping[str, Mapping[str, Any]]:
    rules: Mapping[str, Mapping[str, Any]] = tomllib.loads(_RULES.read_text("utf-8"))
    return rules


def _about(row: Mapping[Any, Any], lang: str) -> str:
    units = str(row["units"])
    named = row["municipality"] if units.startswith("GM") else say(f"published.of_{units}", lang)
    kind = "share" if row["is_share"] else "count"
    what = str(row["quantity"])
    quantity = say(f"published.{kind}_{what}" if what in COUNTED else f"published.{what}", lang)
    return f"{named}: {quantity}"


def _printed_text(row: Mapping[Any, Any], lang: str) -> str:
    if row["printed_low"] is None or pd.isna(row["printed_low"]):
        return say("published.more_than_a_third", lang)
    value, decimals = float(row["printed"]), int(row["decimals"])
    if row["is_share"]:
        return formatting.percent(value / 100, lang, decimals)
    return formatting.number(value, lang, decimals)


def _data_text(row: Mapping[Any, Any], lang: str) -> str:
    def one(value: float) -> str:
        if row["is_share"]:
            return formatting.percent(value, lang, int(row["decimals"]) + 1)
        return formatting.count(value, lang)

    parts = []
    if row["computed"] is not None and not pd.isna(row["computed"]):
        text = one(row["computed"]) + ("*" if row["vintage"] == "provisional" else "")
        missing = int(row["n_missing"])
        key = "published.without_one" if missing == 1 else "published.without"
        parts.append(say(key, lang, value=text, n=missing) if missing else text)
    if row["low"] is not None and not pd.isna(row["low"]):
        # JSON has no infinity: there an open end is empty.
        high = math.inf if row["high"] is None or pd.isna(row["high"]) else float(row["high"])
        open_ended = math.isinf(high) or (row["is_share"] and high >= 1)
        parts.append(
            say("published.at_least", lang, value=one(row["low"]))
            if open_ended
            else f"{one(row['low'])} – {one(high)}"
        )
    return "; ".join(parts) or formatting.UNKNOWN


def _why_text(row: Mapping[Any, Any], lang: str) -> str:
    keys = [*str(row["readings"]).split(), *str(row["why"]).split()]
    keys = list(dict.fromkeys(keys))
    if row["verdict"] == "contradicted" or row["readings"]:
        return " ".join(say(f"published.why_{key}", lang) for key in keys)
    return " ".join(say(f"published.why_{key}", lang) for key in str(row["why"]).split())
