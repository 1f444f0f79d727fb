"""What the experiment could have seen, and what a next one would see: simulated power.

Elections are drawn for municipalities of real sizes by the fitted model of
:mod:`evaluatie.stats.draws`, once with the same effect everywhere and once with effects that
differ between municipalities as much as those observed do. The tests are those that the
effect and learning estimates report. Everything drawn is simulated; no result rests on it.
"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.power import show
from evaluatie.answers.power.analyse import load_power, power
from evaluatie.answers.power.designs import DESIGNS, EFFECTS, LEARNED, TARGET, VaryingModel
from evaluatie.answers.power.run import power_command, run
from evaluatie.answers.power.trial import RandomisedModel, trial

__all__ = [
    "DESIGNS",
    "EFFECTS",
    "ENTRY",
    "LEARNED",
    "TARGET",
    "RandomisedModel",
    "VaryingModel",
    "load_power",
    "power",
    "trial",
]

ENTRY = Entry(
    name="power",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(
            power_command,
            (show.COLUMNS, show.TRIAL),
            name="power",
            select=(),
            hide=(),
            more={
                "minimal": ("array", "The smallest sizes that are detected with the wanted power"),
                "lines": ("object", "What could have been seen, a list of sentences a language"),
                "target": ("number", "The power that is wanted"),
            },
        ),
    ),
)
