"""The results of one run, read back from the JSON files that the answers wrote.

An analysis that the counts do not allow leaves a note instead of a table: ``missing``, in
both languages. Whoever shows the result shows that note.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.ground.errors import InputError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.words import say


class NotAvailableError(LookupError):
    """These counts do not allow a result; ``words`` says why, by language."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__(words["en"])
        self.words = words


@dataclass(frozen=True)
class Run:
    """The results of one run.

    Attributes
    ----------
    folder
        With one JSON file per result.
    """

    folder: Path

    def result(self, name: str) -> dict[str, Any]:
        """Return a whole result.

        Raises
        ------
        NotAvailableError
            If these counts do not allow this analysis.
        InputError
            If no analysis wrote a result of this name.
        """
        found = _read(self.folder, name)
        if "missing" in found:
            raise NotAvailableError(found["missing"])
        return found

    def has(self, name: str) -> bool:
        """Tell whether a result is there and not a note that it cannot be."""
        written = (self.folder / f"{name}.json").is_file()
        return written and "missing" not in _read(self.folder, name)

    def frame(self, name: str, **where: object) -> pd.DataFrame:
        """Return the table of a result; ``where`` keeps the rows with these values."""
        return self.part(name, "table", **where)

    def part(self, name: str, part: str, **where: object) -> pd.DataFrame:
        """Return one of the tables of a result; see :meth:`frame`."""
        self.result(name)  # raises where it is missing
        table = _table(self.folder, name, part)
        kept = np.ones(len(table), bool)
        for column, value in where.items() if len(table) else ():
            wanted = value if isinstance(value, (list, tuple)) else [value]
            kept &= table[column].isin(list(wanted)).to_numpy()
        return (table if kept.all() else table[kept]).reset_index(drop=True)

    def elections(self) -> tuple[str, ...]:
        """Return the elections of the plan with the new ballot, in order of date."""
        return tuple(row["election"] for row in _read(self.folder, "plan")["table"])

    def called(self, election: str) -> Mapping[str, str]:
        """Return an election in words, by language."""
        names: Mapping[str, Mapping[str, str]] = _read(self.folder, "plan")["names"]
        return names.get(election, dict.fromkeys(LANGUAGES, election))

    def of_each(self, stem: str) -> Iterator[tuple[str, str]]:
        """Yield election and result name ``<stem>_<election>`` for the results that are there."""
        for election in self.elections():
            if self.has(f"{stem}_{election}"):
                yield election, f"{stem}_{election}"

    def names(self, prefix: str) -> list[str]:
        """Return the results whose name begins so and that are there, in order of name."""
        stems = sorted(path.stem for path in self.folder.glob(f"{prefix}*.json"))
        return [name for name in stems if self.has(name)]

    def latest(self, stem: str) -> str:
        """Return the name of the newest result ``<stem>_<election>``.

        Raises
        ------
        NotAvailableError
            If there is none: with the note of the newest election that left one.
        """
        found = [name for _, name in self.of_each(stem)]
        if found:
            return found[-1]
        for election in reversed(self.elections()):
            name = f"{stem}_{election}"
            if (self.folder / f"{name}.json").is_file():
                self.result(name)  # raises with the note that it left
        raise NotAvailableError({lang: say("exhibits.no_election", lang) for lang in LANGUAGES})


def read_result(folder: Path, name: str) -> dict[str, Any]:
    """Read one result of a run.

    Raises
    ------
    InputError
        If it is not there or not readable.
    """
    path = folder / f"{name}.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(
            "no such result; run the analyses first", file=path, rule="result present"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"not a readable result ({error})", file=path, rule="result") from error
    return content


@cache
def _read(folder: Path, name: str) -> dict[str, Any]:
    return read_result(folder, name)


# Most tables are asked for by several answers, pages and names of numbers.
@cache
def _table(folder: Path, name: str, part: str) -> pd.DataFrame:
    # Small tables: words in objects, which arrow's would take longer to choose from.
    with pd.option_context("mode.string_storage", "python"):
        return pd.DataFrame(_read(folder, name)[part])
