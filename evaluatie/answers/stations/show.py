"""What readers see of polling stations: columns, tables, figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.stations import draw as waar
from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run


_RESULT = "stations_invalid"


def _name(row: Row, lang: str) -> str:
    name, complete = str(row["municipality"]), row["complete"]
    whole = bool(pd.isna(complete)) or complete
    return name if whole else say("stations.name_incomplete", lang, name=name)


def _spread(name: str, ends: str) -> Callable[[Row, str], str]:
    """Return what prints a number with one decimal and its interval."""
    number, interval = Column(name, "number1"), Column(ends, "interval_number1")

    def print_one(row: Row, lang: str) -> str:
        text, margin = number.cell(row, lang), interval.cell(row, lang)
        return text if margin == formatting.UNKNOWN else f"{text} ({margin})"

    return print_one


_NAME = c.MUNICIPALITY.called("Gemeente", "Municipality", show=_name)
_STATIONS = Column(
    "n_stations", "count", "Stembureaus", "Stations", "Polling stations with ballots", True
)
_SHARE = Column("share", "percent", "Aandeel", "Share", "Share of the ballots found")
_MEDIAN = Column(
    "median", "percent", "Middelste stembureau", "Median station",
    "Median of the shares of polling stations", True,
)  # fmt: skip
_HIGHEST = Column(
    "highest", "percent", "Hoogste", "Highest", "Highest share among its polling stations", True
)
_HIGH = Column(
    "n_high", "count", "1% of meer", "1% or more", "Of these, with a share of 1% or more"
)
_PHI = Column(
    "phi", "number", "Spreiding (toeval = 1)", "Spread (chance = 1)",
    "Pearson's dispersion of stations within the municipality; 1 = chance",
    show=_spread("phi", "phi"),
)  # fmt: skip

MUNICIPALITIES: tuple[Column, ...] = (
    c.ELECTION,
    c.MUNICIPALITY_CODE.called("", "", filled=True),
    _NAME,
    c.GROUP.called("", "", filled=True),
    Column(
        "complete", "flag",
        about="Whether the stations add up to the municipality's count; null = not known",
    ),
    _STATIONS,
    c.TOTAL.called("", "", about="Ballots found; null where the stations are incomplete"),
    c.COUNT.called("", ""),
    _SHARE,
    Column("lowest", "percent", about="Lowest share among its polling stations", filled=True),
    _MEDIAN,
    Column(
        "quartile", "interval", "Middelste helft", "Middle half",
        "quartile of the shares of polling stations", True,
    ),
    _HIGHEST,
    Column("highest_station", about="Name of the station with the highest share"),
    _HIGH,
    Column(
        "n_above", "count", about="Of these, above the upper 95% limit of chance for their size"
    ),
    Column(
        "n_beyond", "count",
        about="Of these, with a count that has a chance of 0.1% at most, given the rest of the "
        "municipality",
    ),
    _PHI,
    Column("phi", "interval_ratio", about="end of the interval of phi"),
    c.P_VALUE.called(
        "", "",
        about="Chance of a dispersion as large, by simulation given the municipality's count",
    ),
    Column("band", "interval", about="95% limit of chance of a station of median size"),
    c.VINTAGE.called("", ""),
)  # fmt: skip
"""Rows by election and municipality."""

PARTS = {
    "outcome": ("string", "invalid, blank or rejected"),
    "names": ("object", "Election ids in words, nl and en"),
    "lines": ("object", "The sentence, a list of statements a language"),
    "overall": (
        "array", "One row per election and group: concentration, stations beyond chance, places",
    ),
    "each": ("array", "Every polling station: share, kind of place, chance of its count"),
    "beyond": (
        "array",
        "Stations with a count that has a chance of 0.1% at most, the least likely first",
    ),
    "kinds": ("array", "Stations by kind of place, beside the others of their municipality"),
    "checks": (
        "array", "Stations by difference of ballots and admitted voters, and by what was looked at",
    ),
    "places": ("array", "Places used at an election and at its baseline, by postcode"),
    "words": ("array", "The words by which a kind of place is told"),
}  # fmt: skip

_KIND = Column(
    "kind", "text", "Soort plaats", "Kind of place",
    show=lambda row, lang: say(f"stations.kind_{row['kind']}", lang),
)  # fmt: skip
_REPORT: tuple[Column, ...] = (
    _NAME,
    _STATIONS,
    _MEDIAN,
    _HIGHEST,
    _HIGH,
    _PHI,
    Column("before", "number", "Vorige keer", "Election before", show=_spread("before", "before")),
)
_KINDS: tuple[Column, ...] = (
    _KIND,
    _STATIONS,
    _SHARE,
    Column("other_share", "percent", "Andere stembureaus", "Other stations"),
    Column(
        "estimate", "number", "Verhouding binnen gemeenten", "Ratio within municipalities",
        show=_spread("estimate", "conf"),
    ),
)  # fmt: skip
_WORDS: tuple[Column, ...] = (
    _KIND,
    Column("words", "text", "Woorden in de naam", "Words in the name"),
)


def _of(row: Row, lang: str) -> str:
    """Say what a row of the figure is."""
    if row["row"] == "station":
        return str(row["station_name"])
    return say(f"stations.row_{row['row']}", lang)


def _told(name: str, stem: str) -> Callable[[Row, str], str]:
    """Return what says a word of a station, and nothing of other rows."""
    return lambda row, lang: (
        say(f"stations.{stem}{row[name]}", lang) if row["row"] == "station" else ""
    )


_DRAWN: tuple[Column, ...] = (
    c.MUNICIPALITY.called("Gemeente", "Municipality"),
    Column("station_name", "text", "Stembureau", "Polling station", show=_of),
    Column("kind", "text", "Soort plaats", "Kind of place", show=_told("kind", "kind_")),
    c.COUNT,
    c.TOTAL,
    _SHARE,
    Column("above", "text", "Boven de grens", "Above the limit", show=_told("above", "above_")),
    Column("band", "interval", "Grenzen van toeval", "Limits of chance"),
)  # fmt: skip


def _newest(run: Run) -> pd.DataFrame:
    """Rows of the newest election, with the dispersion at its baseline."""
    table, overall = run.frame(_RESULT), run.part(_RESULT, "overall")
    newest: pd.DataFrame = table[table["election"] == table["election"].iloc[-1]]
    baseline = overall.loc[overall["election"] == newest["election"].iloc[0], "baseline"].iloc[0]
    then = table[table["election"] == baseline].set_index("municipality_code")
    before = then[["phi", "phi_low", "phi_high"]].rename(columns=lambda x: f"before{x[3:]}")
    joined = newest.join(before, on="municipality_code")
    return joined.sort_values(["group", "share"], ascending=False, kind="stable", ignore_index=True)


def _kinds(run: Run) -> pd.DataFrame:
    """Rows of the newest election and its first group, the kind with the highest ratio first."""
    kinds = run.part(_RESULT, "kinds")
    if kinds.empty:
        return kinds
    newest: pd.DataFrame = kinds[kinds["election"] == kinds["election"].iloc[-1]]
    first: pd.DataFrame = newest[newest["group"] == newest["group"].iloc[0]]
    return first.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)


def _drawn(run: Run) -> pd.DataFrame:
    table = run.frame(_RESULT)
    shares = run.frame("rates_municipality", election=table["election"].iloc[-1])
    official = dict(zip(shares["municipality_code"], shares["estimate"], strict=True))
    parts = {name: run.part(_RESULT, name) for name in ("overall", "each", "kinds")}
    return waar.rows_drawn(table, **parts, shares=official)


def draw(answer: Answer, lang: str) -> Figure:
    """Draw a strip of stations per municipality of the newest election."""
    kept = {name: answer.parts[name] for name in ("overall", "each", "kinds")}
    return waar.draw(waar.rows_drawn(answer.table, **kept), None, lang)


TABLES = (
    TableFor("stations", _REPORT, _newest),
    TableFor("kinds-of-places", _KINDS, _kinds),
    TableFor("words-of-places", _WORDS, lambda run: run.part(_RESULT, "words")),
)
_WAAR = TableFor("waar", _DRAWN, _drawn)
FIGURES = (FigureFor("waar", waar.draw, _WAAR, waar.found, narrow=True),)
