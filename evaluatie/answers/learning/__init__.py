"""Do voters who met the new ballot before do better?"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.learning import show
from evaluatie.answers.learning.analyse import ESTIMANDS, learning
from evaluatie.answers.learning.run import learning_command, run

__all__ = ["ENTRY", "ESTIMANDS", "learning"]

_SENTENCES = "a list of sentences a language"
ENTRY = Entry(
    name="learning",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(
            learning_command,
            (show.ESTIMATES, show.POOLING, show.DECOMPOSITION),
            name="learning",
            positional=("estimand",),
            more={
                "estimand": ("string", "The question that was asked"),
                "detail": ("array", "The rows behind the figure"),
                "lines": ("object", f"The main estimates, {_SENTENCES}"),
                "caveats": ("object", f"What the counts do not decide, {_SENTENCES}"),
            },
        ),
    ),
)
