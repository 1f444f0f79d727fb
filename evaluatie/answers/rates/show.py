"""What readers see of shares: columns, tables, figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.rates import kaart
from evaluatie.answers.rates.draw import before_after, distribution
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run

_SHARE = c.ESTIMATE.called(
    "Aandeel", "Share", kind="percent", filled=True, about="Share, as a fraction of the total"
)
_CONF = c.CONF.called("95%-interval", "95% interval", kind="interval")
_COUNT = c.COUNT.called("Aantal", "Number", filled=True)
_TOTAL = c.TOTAL.called("Stembiljetten", "Ballots", filled=True)
_GROUP = c.GROUP.called("Groep", "Group", filled=True)

MUNICIPALITIES: tuple[Column, ...] = (
    c.ELECTION,
    c.MUNICIPALITY_CODE,
    c.MUNICIPALITY,
    _GROUP,
    c.EXPOSURE.called("", ""),
    _SHARE,
    _CONF,
    c.VINTAGE,
    _COUNT,
    _TOTAL,
    c.METHOD,
)
"""Rows by municipality; intervals are Wilson's (1927), as if ballots were independent."""

GROUPS: tuple[Column, ...] = (
    c.ELECTION,
    _GROUP,
    c.N_MUNICIPALITIES.called("Gemeenten", "Municipalities", filled=True),
    c.VINTAGE,
    _COUNT.called("", ""),
    _TOTAL.called("", ""),
    _SHARE.called("Per stembiljet", "Per ballot", about="All votes of the kind over all ballots"),
    _CONF,
    Column(
        "binomial", "interval", "Zonder spreiding", "Without spread",
        "end if ballots were independent",
    ),
    Column(
        "mean", "percent", "Gemiddelde gemeente", "Municipal mean",
        "Mean of the municipal shares, each counting once",
    ),
    Column("mean", "interval", about="end of the 95% interval of the mean"),
    c.METHOD,
)  # fmt: skip
"""Rows by group: pooled per ballot, clustered on municipality."""

_OF_VOTERS = {
    "Stembiljetten": ("Kiesgerechtigden", "Eligible voters"),
    "Per stembiljet": ("Per kiezer", "Per voter"),
}


def columns(outcome: str, by: str) -> tuple[Column, ...]:
    """Return the columns of shares; turnout is of voters and not of ballots."""
    usual = MUNICIPALITIES if by == "municipality" else GROUPS
    if outcome != "turnout":
        return usual
    return tuple(each.called(*_OF_VOTERS.get(each.nl, (each.nl, each.en))) for each in usual)


BOUNDED: tuple[Column, ...] = (
    c.ELECTION,
    _GROUP,
    c.MUNICIPALITY_CODE,
    c.MUNICIPALITY,
    c.N_MUNICIPALITIES.called("", ""),
    c.OUTCOME.called("", ""),
    c.BOUND.called("Grenzen", "Bounds", kind="interval", filled=True),
    Column("count_low", "count", "Ten minste", "At least", "Smallest count that is possible"),
    Column("count_high", "count", "Ten hoogste", "At most", "Largest count that is possible"),
    c.VINTAGE.called("", ""),
    c.METHOD,
)
"""Rows of an election of which only rounded shares were printed."""

_BEFORE = Column("before", "percent", "Oud stembiljet", "Old ballot", "Share at the baseline")
_AFTER = Column("after", "percent", "Nieuw stembiljet", "New ballot", "Share at the election")
_CHANGE = ("Verandering (procentpunt)", "Change (percentage points)")

BEFORE_AFTER: tuple[Column, ...] = (
    c.ELECTION,
    c.BASELINE.called("", "", filled=True),
    c.MUNICIPALITY_CODE,
    c.MUNICIPALITY,
    _GROUP.called("", ""),
    c.EXPOSURE,
    c.VINTAGE,
    _BEFORE,
    Column("before", "interval", about="end of the interval of the share at the baseline"),
    _AFTER,
    Column("after", "interval", "95%-interval", "95% interval", "end of the interval of that"),
    Column("change", "points", *_CHANGE, "Share at the election minus share at the baseline", True),
)


def _kind(row: Row, lang: str) -> str:
    """Say what a row is about; earlier changes name their elections."""
    word = say(f"rates.nationwide_kind_{str(row['kind']).replace(' ', '_')}", lang)
    span = f", {row['baseline']}–{row['election']}"
    return word + (span if row["kind"] == "earlier change" else "")


NATIONWIDE: tuple[Column, ...] = (
    Column(
        "kind", "text", "Gemeenten", "Municipalities",
        "change, first use, later use, experience or earlier change", True, _kind,
    ),
    c.ELECTION,
    c.BASELINE.called("", "", filled=True),
    c.OUTCOME.called("", ""),
    _BEFORE,
    _AFTER,
    c.ESTIMATE.called(*_CHANGE),
    c.CONF,
    c.P_VALUE.called("", ""),
    c.BOUND.called("Grenzen van het stembiljet", "Bounds of the ballot"),
    c.N_MUNICIPALITIES,
    c.N_TREATED.called("", ""),
    c.N_COMPARISON.called("", ""),
    c.VINTAGE.called("Telling", "Count", filled=False),
    c.METHOD.called("", ""),
)  # fmt: skip
"""Rows of an election at which everybody had the new ballot."""


def _who(row: Row, lang: str) -> str:
    return say(f"rates.level_{row['group']}", lang, n=row["n_municipalities"])


_OUTCOMES: tuple[Column, ...] = (
    c.ELECTION,
    _GROUP,
    c.N_MUNICIPALITIES,
    Column("invalid", "percent_marked", "Ongeldig", "Invalid"),
    Column("blank", "percent_marked", "Blanco", "Blank"),
    Column("rejected", "percent_marked", "Samen", "Together"),
)
_BY_USE = ["first use", "later use", "comparison", "reversal"]
_WITH_WHOLE = ["experiment", "first use", "later use", "comparison"]


_LEVELS: tuple[Column, ...] = (
    c.ELECTION,
    Column("who", "text", "Gemeenten", "Municipalities", show=_who),
    *(
        Column(f"{outcome}_{when}", "percent", *words)
        for outcome, *both in (
            ("invalid", ("Ongeldig eerst", "Invalid before"), ("Ongeldig nu", "Invalid now")),
            ("blank", ("Blanco eerst", "Blank before"), ("Blanco nu", "Blank now")),
            ("rejected", ("Samen eerst", "Together before"), ("Samen nu", "Together now")),
        )
        for when, words in zip(("before", "after"), both, strict=True)
    ),
)
"""One row an election and group: the shares at the election before and at this one."""


def _levels(run: Run) -> pd.DataFrame:
    every = run.frame("overview", group=["experiment", "comparison"])
    bases = run.frame("plan").set_index("election")["baseline"]
    shares = ["invalid", "blank", "rejected"]
    now = every[every["election"] == every["as_of"]]
    then = every[every["election"] == every["as_of"].map(bases)]
    key = ["as_of", "group"]
    joined = then[[*key, *shares]].merge(
        now[[*key, "n_municipalities", *shares]], on=key, suffixes=("_before", "_after")
    )
    return joined.rename(columns={"as_of": "election"})


def _intervals(run: Run) -> pd.DataFrame:
    counted = list(run.frame("before_after_invalid")["election"].unique())
    return run.frame("rates_group_invalid", group=_WITH_WHOLE, election=counted)


def _before_after(run: Run) -> pd.DataFrame:
    pairs = run.frame("before_after_invalid")
    return pairs.sort_values(["election", "after"], ascending=False)


def draw(outcome: str, answer: Answer, lang: str) -> Figure:
    """Draw municipal shares at the latest election."""
    latest = answer.table["election"] == answer.table["election"].iloc[-1]
    return distribution(answer.table[latest], lang, outcome)


def draw_before_after(outcome: str, answer: Answer, lang: str) -> Figure:
    """Draw the share of each municipality before and with the new ballot."""
    return before_after(answer.table, lang, outcome)


TABLES = (
    TableFor("groups", _OUTCOMES, lambda run: run.frame("overview", group=_BY_USE)),
    TableFor("intervals", GROUPS, _intervals),
    TableFor("bounds", BOUNDED, lambda run: run.frame(run.latest("rates_bounded"))),
    TableFor("before-after", BEFORE_AFTER, _before_after),
    TableFor("levels", _LEVELS, _levels),
)
FIGURES = (
    FigureFor(
        "kaart",
        kaart.draw,
        TableFor("kaart", kaart.COLUMNS, kaart.rows),
        kaart.found,
        narrow=True,
        web=kaart.web,
    ),
)
