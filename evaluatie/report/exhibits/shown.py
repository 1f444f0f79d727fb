"""What an exhibit is: rows under a view, and a picture with the rows that it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

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
        Name in :data:`evaluatie.answers.views.VIEWS`.
    """

    frame: pd.DataFrame
    view: str


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure that is drawn when asked for, with the numbers in it."""

    draw: Callable[[], Figure]
    data: Shown
