"""What a cell of the report may do: read finished results and print them, nothing else."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie import formatting
from evaluatie.escape import markdown_text
from evaluatie.places import bundled
from evaluatie.study import read_result
from evaluatie.tables import to_markdown
from evaluatie.views import view

if TYPE_CHECKING:
    from IPython.display import Markdown

__all__ = ["RESULTS_VARIABLE", "Report", "open_report"]

RESULTS_VARIABLE = "EVALUATIE_RESULTS"
"""Environment variable that names the folder with the results of the analyses."""


def open_report(lang: str) -> Report:
    """Open the results that ``evaluatie report`` has just computed.

    They lie in the folder named by ``EVALUATIE_RESULTS``, else in ``report/_results``.
    """
    named = os.environ.get(RESULTS_VARIABLE)
    folder = Path(named) if named else bundled("report") / "_results"
    return Report(formatting.language(lang), folder)


@dataclass(frozen=True)
class Report:
    """Results of the analyses, printed in one language."""

    lang: formatting.Language
    folder: Path

    def result(self, name: str) -> dict[str, Any]:
        """Return a whole result."""
        return _read(self.folder, name)

    def frame(self, name: str, **where: object) -> pd.DataFrame:
        """Return the table of a result; ``where`` keeps the rows with these values."""
        table = pd.DataFrame(self.result(name)["table"])
        for column, value in where.items():
            wanted = value if isinstance(value, (list, tuple)) else [value]
            table = table[table[column].isin(list(wanted))]
        return table.reset_index(drop=True)

    def value(self, name: str, column: str, **where: object) -> Any:
        """Return the one cell of a result that ``where`` points at."""
        rows = self.frame(name, **where)
        if len(rows) != 1:
            raise LookupError(f"{name}: {len(rows)} rows for {where}, expected one")
        return rows[column].iloc[0]

    def sentence(self, name: str) -> str:
        """Return the sentence of a result; inline code is escaped by both engines."""
        sentence: str = self.result(name)["sentence"][self.lang]
        return sentence

    def assumptions(self, *names: str) -> Markdown:
        """List the assumptions of results, each once."""
        texts = {
            each["key"]: each[self.lang]
            for name in names
            for each in self.result(name)["assumptions"]
        }
        return self.bullets(list(texts.values()))

    def bullets(self, texts: Sequence[str]) -> Markdown:
        """Print texts as a list, each safe inside Markdown."""
        return _markdown("\n".join(f"- {markdown_text(text)}" for text in texts))

    def show(self, frame: pd.DataFrame, name: str) -> Markdown:
        """Print a frame with the columns of one of :data:`evaluatie.views.VIEWS`."""
        return _markdown(to_markdown(frame, view(name, self.lang), self.lang))

    def percent(self, share: float, decimals: int = 2) -> str:
        """Print a fraction as a percentage."""
        return formatting.percent(share, self.lang, decimals)

    def points(self, difference: float) -> str:
        """Print a difference of fractions in percentage points, signed."""
        return formatting.points(difference, self.lang)

    def date(self, text: str) -> str:
        """Print an ISO date in words."""
        return formatting.date(dt.date.fromisoformat(text), self.lang)

    def count(self, value: float) -> str:
        """Print a count."""
        return formatting.count(value, self.lang)


@cache
def _read(folder: Path, name: str) -> dict[str, Any]:
    return read_result(folder, name)


def _markdown(text: str) -> Markdown:
    from IPython.display import Markdown

    return Markdown(text)  # type: ignore[no-untyped-call]
