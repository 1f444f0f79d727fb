"""What a reader is told of polling stations: sentences, and tables with texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from evaluatie.answers.stations.analyse import StationsResult

__all__ = [
    "called",
    "each_for_readers",
    "for_readers",
    "kinds_for_readers",
    "newest_kinds",
    "report_rows",
    "sentences",
    "spread",
    "words_for_readers",
]

_SHOWN = "care"
"""The kind of place that sentences and the figure tell of."""


_BRIEF = ("counted", "tenth", "dispersion")


def sentences(result: StationsResult, lang: str, *, brief: bool = False) -> list[str]:
    """Say it statement by statement: the newest election, the experiment if it has stations.

    ``brief`` keeps level, concentration and dispersion.
    """
    overall = result.overall
    newest = overall[overall["election"] == overall["election"].iloc[-1]]
    experiment = newest[newest["group"] == "experiment"]
    row = (experiment if len(experiment) else newest).iloc[0]
    found = [*_of_group(result, row, lang)] if row["n_stations"] else []
    if brief:
        return [text for key, text in found if key in _BRIEF]
    said = [text for _, text in found]
    gaps = result.table[~result.table["complete"].fillna(True)]
    gaps = gaps[gaps["election"] == row["election"]]
    said += [say("stations.incomplete", lang, **_plain(each)) for each in gaps.to_dict("records")]
    return [*said, say("stations.beware", lang)]


def _of_group(result: StationsResult, row: pd.Series[Any], lang: str) -> Iterator[tuple[str, str]]:
    """Yield each statement with what it is about."""
    values = _plain(row.to_dict())
    values["election"] = called(result.names, str(row["election"]), lang)
    values["outcome"] = say(f"common.{result.outcome}", lang)
    one = "" if row["n_municipalities"] > 1 else "_one"
    if one:
        values["name"] = _rows(result.table, row)["municipality"].iloc[0]
    yield "counted", say(f"stations.counted_{row['group']}{one}", lang, **values)
    if row["count"]:
        yield "tenth", say("stations.tenth", lang, **values)
        for key in ("high", "beyond"):
            end = {0: "_none", 1: "_one"}.get(row[f"n_{key}"], "")
            yield key, say(f"stations.{key}{end}", lang, **values)
    phi = _rows(result.table, row)["phi"].dropna()
    if len(phi):
        key = "stations.dispersion" if len(phi) > 1 else "stations.dispersion_one"
        yield "dispersion", say(key, lang, low=phi.min(), high=phi.max())
    for kind in _rows(result.kinds, row).to_dict("records"):
        if kind["kind"] == _SHOWN and pd.notna(kind["estimate"]):
            yield (
                "care",
                say("stations.care", lang, outcome=values["outcome"], **_plain(kind)),
            )
    if row["n_places_both"]:
        before = called(result.names, str(row["baseline"]), lang)
        yield "places", say("stations.places", lang, before=before, **values)
    for check in _rows(result.checks, row).to_dict("records"):
        key = f"{check['measure']}_{check['label']}"
        if key in ("difference_none", "looked_at_recounted") and pd.notna(check["other_share"]):
            text = say(f"stations.{key}", lang, outcome=values["outcome"], **_plain(check))
            yield key, text


def _rows(frame: pd.DataFrame, row: pd.Series[Any]) -> pd.DataFrame:
    if frame.empty:
        return frame
    own = (frame["election"] == row["election"]) & (frame["group"] == row["group"])
    kept: pd.DataFrame = frame[own]
    return kept


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def called(names: Any, election: str, lang: str) -> str:
    """Return an election in words where the plan knows it, else its id."""
    return str(names[election][lang]) if election in names else election


def spread(value: Any, low: Any, high: Any, lang: str) -> str:
    """Print a number with one decimal and its interval."""
    if pd.isna(value):
        return formatting.UNKNOWN
    text = formatting.number(value, lang, 1)
    if pd.isna(low):
        return text
    ends = [formatting.number(end, lang, 1) for end in (low, high)]
    return f"{text} ({say('stations.range', lang, low=ends[0], high=ends[1])})"


def for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add name_text (marked where incomplete), quartiles_text and phi_text."""
    rows = table.to_dict("records")
    return table.assign(
        name_text=[
            str(row["municipality"])
            if pd.isna(row["complete"]) or row["complete"]
            else say("stations.name_incomplete", lang, name=row["municipality"])
            for row in rows
        ],
        quartiles_text=[
            say("stations.range_percent", lang, low=row["quartile_low"], high=row["quartile_high"])
            for row in rows
        ],
        phi_text=[spread(row["phi"], row["phi_low"], row["phi_high"], lang) for row in rows],
    )


def kinds_for_readers(kinds: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add kind_text and ratio_text."""
    rows = kinds.to_dict("records")
    return kinds.assign(
        kind_text=[say(f"stations.kind_{row['kind']}", lang) for row in rows],
        ratio_text=[
            spread(row["estimate"], row["conf_low"], row["conf_high"], lang) for row in rows
        ],
    )


def words_for_readers(words: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add kind_text to the list of words."""
    return words.assign(kind_text=[say(f"stations.kind_{kind}", lang) for kind in words["kind"]])


def each_for_readers(each: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add kind_text and above_text; stations of one municipality from the highest share down."""
    ordered = each.sort_values(["municipality", "share"], ascending=[True, False], kind="stable")
    yes = say("stations.yes", lang)
    return ordered.assign(
        kind_text=[say(f"stations.kind_{kind}", lang) for kind in ordered["kind"]],
        above_text=[yes if above else "" for above in ordered["above"]],
    )


def newest_kinds(kinds: pd.DataFrame) -> pd.DataFrame:
    """Keep the newest election and its first group, the kind with the highest ratio first."""
    if kinds.empty:
        return kinds
    newest: pd.DataFrame = kinds[kinds["election"] == kinds["election"].iloc[-1]]
    first: pd.DataFrame = newest[newest["group"] == newest["group"].iloc[0]]
    return first.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)


def report_rows(table: pd.DataFrame, overall: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Keep the newest election, with before_text: the dispersion at its baseline."""
    texts = for_readers(table, lang)
    newest: pd.DataFrame = texts[texts["election"] == texts["election"].iloc[-1]]
    baseline = overall.loc[overall["election"] == newest["election"].iloc[0], "baseline"].iloc[0]
    then = texts[texts["election"] == baseline].set_index("municipality_code")["phi_text"]
    before = newest["municipality_code"].map(then).fillna(formatting.UNKNOWN)
    return newest.assign(before_text=before).sort_values(
        ["group", "share"], ascending=False, kind="stable", ignore_index=True
    )
