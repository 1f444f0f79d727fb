"""Personal votes."""

from __future__ import annotations

from evaluatie.answers.personal_vote import for_readers as personal_for_readers
from evaluatie.answers.personal_vote import main_rows as personal_rows
from evaluatie.answers.personal_vote import preference_changes
from evaluatie.answers.run import Run
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["FIGURES", "TABLES"]


def _personal(done: Run, lang: str) -> Shown:
    rows = personal_rows(done.frame(done.latest("personal_vote")))
    return Shown(personal_for_readers(rows, lang), "personal_vote")


def _personal_figure(done: Run, lang: str) -> Picture:
    name = done.latest("personal_vote")
    changes, effects = done.frame(f"{name}_changes"), done.frame(name)
    shown = Shown(personal_rows(changes), "personal_vote_municipalities")
    return Picture(lambda: preference_changes(changes, effects, lang), shown)


TABLES = {"personal-vote": _personal}
FIGURES = {"personal-vote": _personal_figure}
