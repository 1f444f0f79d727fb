"""What did a user's own counts change?"""

from __future__ import annotations

from evaluatie.answers.changed import show
from evaluatie.answers.changed.analyse import KINDS, changed
from evaluatie.answers.changed.preview import contradiction, preview
from evaluatie.answers.entry import Entry

__all__ = ["ENTRY", "KINDS", "changed", "contradiction", "preview"]

ENTRY = Entry(
    name="changed", analyse=lambda results: {"changed": changed(results)}, tables=show.TABLES
)
