"""What readers see of one municipality: columns and the figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.plots.labels import described
from evaluatie.answers.sheets.statements import rows
from evaluatie.answers.statement import Statement
from evaluatie.ground import formatting
from evaluatie.ground.formatting import finite
from evaluatie.ground.tables import Column, Row, rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _ballot(row: Row, lang: str) -> str:
    if row["new_ballot"]:
        return say("sheets.ballot_new", lang, use=int(row["exposure"]))
    return say("sheets.ballot_again" if row["exposure"] else "sheets.ballot_old", lang)


def _with_ends(stem: str, printed: Callable[[Any, str], str]) -> Callable[[Row, str], str]:
    """Return what prints a value with its interval, or the bounds of one that was printed."""

    def ends(row: Row, kind: str, lang: str) -> list[str]:
        both = (row[f"{stem}_{kind}_{end}"] for end in ("low", "high"))
        return [printed(each, lang).removesuffix("%") for each in both]

    def print_one(row: Row, lang: str) -> str:
        if bool(pd.notna(value := row.get(f"{stem}_estimate"))):
            star = "" if row.get(f"{stem}_vintage", "official") == "official" else "*"
            return (
                f"{printed(value, lang)}{star} ({formatting.span(ends(row, 'conf', lang), lang)})"
            )
        if bool(pd.notna(row.get(f"{stem}_bound_low"))):
            low, high = ends(row, "bound", lang)
            return say("sheets.bounds", lang, low=low, high=high)
        return formatting.UNKNOWN

    return print_one


SHARES: tuple[Column, ...] = (
    c.ELECTION,
    Column("ballot", "text", "Stembiljet", "Ballot", show=_ballot),
    *(
        Column(name, "number", nl, en, show=_with_ends(name, formatting.percent))
        for name, nl, en in (
            ("invalid", "Ongeldig", "Invalid"),
            ("blank", "Blanco", "Blank"),
            ("rejected", "Samen", "Together"),
        )
    ),
)
"""Shares of one municipality, election by election."""

EFFECTS: tuple[Column, ...] = (
    c.ELECTION,
    Column("change", "points", "Verandering", "Change"),
    Column(
        "effect", "number", "Door het stembiljet", "By the ballot",
        show=_with_ends("effect", formatting.points),
    ),
    Column(
        "lost",
        "number",
        "Extra ongeldig",
        "Extra invalid",
        show=Column("lost_votes_conf", "interval_count").cell,
    ),
)  # fmt: skip
"""Change, effect and extra invalid votes at elections with the new ballot."""

HISTORY: tuple[Column, ...] = (
    c.ELECTION,
    c.OUTCOME,
    c.VINTAGE,
    Column("estimate", "percent", "Aandeel", "Share"),
    Column("conf", "interval", "Interval of grenzen", "Interval or bounds"),
    Column("median", "percent", "Mediaan elders", "Median elsewhere"),
    Column("rank", "count", "Plaats", "Place"),
    Column("n_ranked", "count", "Gemeenten", "Municipalities"),
)
"""The numbers in the figure."""

SHEET: tuple[Column, ...] = (
    c.MUNICIPALITY_CODE,
    c.MUNICIPALITY.called("", ""),
    Column(
        "measure", filled=True,
        about="share, change, effect, effect_shrunk, lost_votes or seat_margin",
    ),
    Column("unit", about="share, difference (of shares) or votes", filled=True),
    c.OUTCOME.called("", "", filled=False),
    c.ELECTION,
    c.BASELINE.called("", ""),
    Column("new_ballot", "flag", about="Whether it voted with the new ballot"),
    c.EXPOSURE.called("", ""),
    Column("estimate", "number", about="The share, difference or number of votes"),
    c.CONF.called("", ""),
    c.BOUND.called("", ""),
    c.COUNT.called("", ""),
    c.TOTAL.called("", ""),
    Column("rank", "count", about="Place of the share among municipalities, 1 = highest"),
    Column("n_ranked", "count", about="Municipalities with counts of that election"),
    Column("n_tied", "count", about="Other municipalities with exactly the same share"),
    Column("n_others", "count", about="Municipalities that are compared with"),
    c.VINTAGE.called("", "", filled=False),
    c.METHOD.called("", "", filled=False),
    Column("to_list", about="List whose votes could have moved a seat"),
)  # fmt: skip
"""Rows by measure, election and outcome."""


# Asked for by the page and the figure, in both languages and widths, as what follows is.
@lru_cache(maxsize=64)
def numbers(sheet: Answer) -> pd.DataFrame:
    """Return one row per election and outcome, bounds in the place of an unknown interval."""
    own = _drawn(sheet)
    known = own[own["estimate"].notna() | own["bound_low"].notna()]
    return known.assign(
        conf_low=known["conf_low"].fillna(known["bound_low"]),
        conf_high=known["conf_high"].fillna(known["bound_high"]),
    )


def _drawn(sheet: Answer) -> pd.DataFrame:
    history: pd.DataFrame = sheet.parts["history"]
    return history[history["outcome"].isin(["invalid", "blank"])]


@lru_cache(maxsize=64)
def _frames(sheet: Answer) -> Mapping[str, pd.DataFrame]:
    """Return what the figure shows."""
    own = _drawn(sheet)
    key, ends = ["election", "outcome"], ["conf_low", "conf_high", "bound_low", "bound_high"]
    return {
        "history": own[[*key, "date", "group", "estimate", *ends]],
        "others": own.loc[own["n_others"].fillna(0) > 1, [*key, "median", "low", "high"]],
    }


@lru_cache(maxsize=64)
def finding(sheet: Answer) -> Statement:
    """Say what the figure shows: the shares before and with the new ballot."""
    name = sheet.parts["municipality"]
    own = rows(rows_of(sheet.table), "share", outcome=sheet.parts["primary"])
    shares = {row["election"]: row for row in own if finite(row["estimate"])}
    newest = shares.get(sheet.parts["latest"])
    before = newest and shares.get(newest["baseline"])
    if not newest or not before:
        return Statement("sheets.title_alone", {"name": name})
    ends = {"before": before["estimate"], "after": newest["estimate"]}
    return Statement("sheets.title_sheet", {"name": name, **ends})


def told(sheet: Answer, part: str, lang: str) -> str:
    """Say ``title``, ``caption`` or ``alt`` of the figure."""
    if part == "caption":
        return say("sheets.caption_figure_sheet", lang)
    title = finding(sheet).say(lang)
    return title if part == "title" else described(title, say("sheets.alt_sheet", lang))


def draw(sheet: Answer, lang: str, *, narrow: bool = False) -> Figure:
    """Draw the shares through time beside those of other municipalities."""
    from evaluatie.answers.sheets.draw import municipality_sheet

    said = told(sheet, "title", lang), told(sheet, "alt", lang)
    return municipality_sheet(_frames(sheet), lang, said=said, narrow=narrow)
