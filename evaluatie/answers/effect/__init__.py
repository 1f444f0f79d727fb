"""What did the new ballot do to invalid, blank and rejected votes, and how sure is that?

The estimate is in ``analyse`` (what is compared, with which weights) and
:mod:`evaluatie.stats.changes` (its test and interval). Before it stand ``comparison`` (who is
compared with) and ``changes`` (counts before and after); beside it ``methods`` (other tests)
and ``bounded`` (elections of which only rounded shares were printed); on top of it
``event_study``, ``placebo`` and ``specification``.
"""

from __future__ import annotations

from evaluatie.answers.effect import exhibits, show
from evaluatie.answers.effect.analyse import Across, across, effect, pooled
from evaluatie.answers.effect.changes import ChangeTable, changes_of
from evaluatie.answers.effect.composition import composition
from evaluatie.answers.effect.event_study import event_study
from evaluatie.answers.effect.methods import METHODS
from evaluatie.answers.effect.placebo import placebos
from evaluatie.answers.effect.problem import on_scale
from evaluatie.answers.effect.reliability import simulated
from evaluatie.answers.effect.run import effect_command, for_sheets, run
from evaluatie.answers.effect.show import COLUMNS
from evaluatie.answers.effect.specification import specification_curve
from evaluatie.answers.entry import Command, Entry
from evaluatie.plan import SCALES, WEIGHTS

__all__ = [
    "COLUMNS",
    "ENTRY",
    "METHODS",
    "SCALES",
    "WEIGHTS",
    "Across",
    "ChangeTable",
    "across",
    "changes_of",
    "composition",
    "effect",
    "event_study",
    "for_sheets",
    "on_scale",
    "placebos",
    "pooled",
    "simulated",
    "specification_curve",
]

ENTRY = Entry(
    name="effect",
    analyse=run,
    tables=exhibits.TABLES,
    figures=exhibits.FIGURES,
    commands=(
        Command(
            effect_command,
            (show.EFFECT, show.BOUNDS),
            name="effect",
            more={
                "changes": ("array", "Counts and change of every municipality"),
                "balance": ("array", "How alike the comparison group is to the treated"),
                "null": ("object", "The distribution under re-assignment, in bins"),
            },
        ),
    ),
)
"""What the report reads of the effect, and the command about it."""
