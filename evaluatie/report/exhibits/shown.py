"""What an exhibit is: rows under a view, and a picture with the rows that it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.ground.tables import Column

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Shown:
    """Rows for a reader.

    Attributes
    ----------
    frame
        Tidy rows; shares are fractions. Columns that the view does not name stay in exports.
    columns
        What is shown of them: the columns with a heading.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(each for each in self.columns if each.nl))


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure that is drawn when asked for, with the numbers in it.

    Attributes
    ----------
    draw, narrow
        Draw it as on a printed page, and where it has such a form as on a telephone.
    data
        The rows that it shows.
    told
        Tells its ``title``, the finding that stands above it; its ``caption``, which stands below
        it; and ``alt``: what it shows for who cannot see it.
    web
        Returns what a page shows in its place, where that can be worked with: HTML.
    """

    draw: Callable[[], Figure]
    data: Shown
    told: Callable[[str], str]
    narrow: Callable[[], Figure] | None = None
    web: Callable[[], str] | None = None

    @property
    def title(self) -> str:
        """Its finding."""
        return self.told("title")

    @property
    def caption(self) -> str:
        """What stands below it."""
        return self.told("caption")

    @property
    def alt(self) -> str:
        """What it shows, for who cannot see it."""
        return self.told("alt")
