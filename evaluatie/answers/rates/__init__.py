"""What share of the ballots was invalid, blank, or either, and where?"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.rates import show
from evaluatie.answers.rates.analyse import rates
from evaluatie.answers.rates.bounded import bounded_rates
from evaluatie.answers.rates.pairs import before_after
from evaluatie.answers.rates.run import before_after_command, rates_command, run

__all__ = ["ENTRY", "before_after", "bounded_rates", "rates"]

ENTRY = Entry(
    name="rates",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(rates_command, (show.GROUPS, show.MUNICIPALITIES, show.BOUNDED), name="rates"),
        Command(before_after_command, (show.BEFORE_AFTER, show.NATIONWIDE), name="before-after"),
    ),
)
