"""What readers see of seats: columns, a table, a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.seats.draw import seats_margins
from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run


NATION = "NL"
"""Stands for the municipality code where the whole country is one constituency."""

_ELECTION = c.ELECTION.called("", "")
_CODE = c.MUNICIPALITY_CODE.called(
    "", "", about="CBS code: GM and four digits; NL where the country is one", filled=True
)
_PLACE = Column(
    "place", "text", "Gemeente", "Municipality", "Municipality, or the election itself", True
)
_SEATS = Column("n_seats", "count", "Zetels", "Seats", "Seats to allocate", True)
_GAINS = Column("gains", about="List that gains the seat")
_LOSES = Column("loses", "text", "Verliest een zetel", "Loses a seat", "List that loses the seat")
_BY_LOT = Column("by_lot", "flag", about="A tie that is decided by lot; null where nothing changes")
_TO_LIST = Column("to_list", about="List that gets the votes")

MARGINS: tuple[Column, ...] = (
    _ELECTION,
    _CODE,
    _PLACE,
    _SEATS,
    Column("votes", "count", "Stemmen", "Votes", "Fewest votes that change the allocation"),
    _TO_LIST.called("Voor", "For"),
    _GAINS,
    _LOSES,
    _BY_LOT,
)
"""Rows by body: how few votes for one list would have moved a seat."""


LEAST = 0.001
"""A chance below this is told as a limit: some thousand draws do not give a number."""


def _place(row: Row, lang: str) -> str:
    """Name the body, and for the country whose votes were lost."""
    loss = row.get("loss")
    if row["municipality_code"] != NATION or not isinstance(loss, str):
        return str(row["place"])
    whose = say(f"seats.loss_{loss.replace(' ', '_')}", lang)
    return f"{row['place']}, {whose}"


def _chance(end: str, nl: str = "", en: str = "") -> Column:
    about = f"Share of draws with other seats if all lists lost alike, at the {end} limit"
    name = {"lower": "low", "upper": "high"}[end]
    return Column(f"probability_{name}", "percent1", nl, en, about, show=_rare if nl else None)


def _rare(row: Row, lang: str) -> str:
    """Print the chance; one that so few draws cannot tell from none as a limit."""
    chance = row["probability_high"]
    if bool(pd.notna(chance)) and float(chance) < LEAST:
        return f"< {formatting.percent(LEAST, lang, 1)}"
    return formatting.percent(chance, lang, 0 if chance >= 0.01 else 1)


STAKE: tuple[Column, ...] = (
    _ELECTION,
    _CODE,
    Column(
        "place", "text", "Gemeente", "Municipality", _PLACE.about, filled=True, show=_place
    ),
    _SEATS,
    Column(
        "loss", about="Whose votes: experiment; or first use or later use in the whole country"
    ),
    Column("scenario", about="one list (worst case) or proportional (all alike)", filled=True),
    Column(
        "excess_low", "count", "Extra ongeldig, ten minste", "Extra invalid, at least",
        "Lower end of the interval of votes lost", True,
    ),
    Column(
        "excess_high", "count", "Extra ongeldig, ten hoogste", "Extra invalid, at most",
        "Upper end of the interval of votes lost", True,
    ),
    Column(
        "votes_needed", "count", "Zetel verschuift bij", "Seat moves at",
        "Fewest votes for one list that change the allocation",
    ),
    Column("changes_low", "flag", about="The lower end reaches the votes needed"),
    Column("changes_high", "flag", about="The upper end reaches the votes needed"),
    Column("verdict", about="Whether a seat could have moved: yes, within or no", filled=True),
    _TO_LIST.called("Lijst", "List"),
    _GAINS,
    _LOSES.called("", ""),
    _BY_LOT,
    _chance("lower"),
    _chance("upper", "Kans ten hoogste", "Chance at most"),
    Column("draws", "count", about="Simulated ways to divide the votes lost over the lists"),
)  # fmt: skip
"""Rows by body and scenario: votes lost against the votes that move a seat."""


def _status(row: Row, lang: str) -> str:
    return say(f"seats.status_{row['status']}", lang, article=row["article"])


LAW: tuple[Column, ...] = (
    c.ELECTION,
    _CODE,
    Column("list_name", about="Name of the list", filled=True),
    Column("votes", "count", about="Votes of the list", filled=True),
    Column("seats", "count", about="Official seats", filled=True),
    Column("allocated", "count", about="Seats by law; a lot as it fell", filled=True),
    _BY_LOT.called("", "", about="A lot decided about the last seat of this list", filled=True),
    Column("status", "text", "Oordeel", "Verdict", show=_status),
    Column("n_bodies", "count", "Aantal", "Number"),
    Column("places", "text", "Gemeente", "Municipality"),
)
"""Rows by body and list; readers see bodies by what was found."""


def side_by_side(table: pd.DataFrame) -> pd.DataFrame:
    """Put both scenarios of a body in one row, the nearest to a change first.

    The worst case, and the chance if all lists lose alike.
    """
    worst = table[table["scenario"] == "one list"].reset_index(drop=True)
    alike = table[table["scenario"] == "proportional"].reset_index(drop=True)
    chance = alike[["probability_low", "probability_high"]]
    both = worst.assign(**{str(name): chance[name] for name in chance})
    return both.sort_values("votes_needed")


def _rows(run: Run) -> pd.DataFrame:
    return side_by_side(run.frame(run.latest("seats_at_stake")))


def draw(answer: Answer, lang: str) -> Figure:
    """Draw the votes lost of each body beside those that move a seat."""
    return seats_margins(answer.table, lang)


# The chance stands first for a reader; names of lists are for who looks them up in the data.
TABLES = (TableFor("seats", tuple(x for x in STAKE if x.name != "to_list"), _rows),)
FIGURES = (
    FigureFor(
        "seats",
        lambda rows, _, lang, **how: seats_margins(rows, lang, **how),
        TABLES[0],
        narrow=True,
    ),
)
