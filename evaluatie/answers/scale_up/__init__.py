"""What national use would cost: from the effects of a few municipalities to all of them.

Municipalities differ in how they take to the new ballot, beyond chance. The whole country is
a set of new draws from that distribution, so the range is a prediction interval and not the
confidence interval of the mean. Municipalities of the experiment are not a sample of the
country either: the answer is given as it is, and weighted to the national mix of size,
education and age by a regression that is stated (see :mod:`evaluatie.stats.prediction`).
"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.scale_up import show
from evaluatie.answers.scale_up.analyse import CHARACTERISTICS, MODELS, USES, main_rows, scale_up
from evaluatie.answers.scale_up.effects import MunicipalEffects, municipal_effects, national_ballots
from evaluatie.answers.scale_up.run import run
from evaluatie.answers.scale_up.show import model_words

__all__ = [
    "CHARACTERISTICS",
    "ENTRY",
    "MODELS",
    "USES",
    "MunicipalEffects",
    "main_rows",
    "model_words",
    "municipal_effects",
    "national_ballots",
    "scale_up",
]

ENTRY = Entry(
    name="scale_up",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(
            scale_up,
            (show.COLUMNS,),
            hide=("outcomes", "models", "comparison"),
            more={
                "effects": ("array", "The municipal effects that the prediction rests on"),
                "elections": ("array", "Extra votes by each election alone, and by one more"),
            },
        ),
    ),
)
