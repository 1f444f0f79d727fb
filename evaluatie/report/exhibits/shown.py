"""What an exhibit is: rows under a view, and a picture with the rows that it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers.views import view
from evaluatie.ground.tables import Column

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Picture", "Shown"]


@dataclass(frozen=True, eq=False)
class Shown:
    """Rows for a reader.

    Attributes
    ----------
    frame
        Tidy rows; shares are fractions. Columns that the view does not name stay in exports.
    view
        The columns that are shown, or a name in :data:`evaluatie.answers.views.VIEWS`.
    """

    frame: pd.DataFrame
    view: str | tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are shown: those with a heading."""
        columns = view(self.view) if isinstance(self.view, str) else self.view
        return tuple(column for column in columns if column.nl)


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure that is drawn when asked for, with the numbers in it."""

    draw: Callable[[], Figure]
    data: Shown
