"""How a table and its columns are described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["string", "integer", "number", "date", "boolean"]


@dataclass(frozen=True)
class Field:
    """One column: ``required`` means never empty, ``minimum`` is inclusive."""

    name: str
    type: Type
    description: str
    required: bool = False
    minimum: int | None = None
    values: tuple[str, ...] = ()
    pattern: str | None = None


def text(
    name: str,
    description: str,
    required: bool = False,
    *,
    values: tuple[str, ...] = (),
    pattern: str | None = None,
) -> Field:
    """Describe a column of text."""
    return Field(name, "string", description, required, values=values, pattern=pattern)


def count(name: str, description: str, required: bool = False, *, minimum: int = 0) -> Field:
    """Describe a column of whole numbers."""
    return Field(name, "integer", description, required, minimum)


@dataclass(frozen=True)
class Table:
    """One tidy table, stored as ``<name>.csv``: UTF-8, commas, Unix line ends.

    A user's rows replace shipped rows with the same ``key``; where ``whole`` is given, all
    shipped rows that agree with one of them in these columns: parts that are summed are of one
    source. ``comments``: lines that begin with ``#`` are skipped.
    """

    name: str
    title: str
    columns: tuple[Field, ...]
    key: tuple[str, ...]
    whole: tuple[str, ...] = ()
    comments: bool = False

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]
