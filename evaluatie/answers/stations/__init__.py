"""Where it goes wrong within municipalities: invalid and blank votes by polling station.

Stations beside the other stations of their own municipality: how their shares lie, how far
beyond chance, how concentrated the votes are, at which kinds of places, and before and after at
the same place. The ballot was given to municipalities: no station says more of its effect.
"""

from __future__ import annotations

from evaluatie.answers.entry import Command, Entry
from evaluatie.answers.stations import show
from evaluatie.answers.stations.analyse import stations
from evaluatie.answers.stations.run import run

__all__ = ["ENTRY", "stations"]

ENTRY = Entry(
    name="stations",
    analyse=run,
    tables=show.TABLES,
    figures=show.FIGURES,
    commands=(
        Command(
            stations,
            (show.MUNICIPALITIES,),
            select=("municipality",),
            hide=("alpha", "draws"),
            level="polling_station",
            more=show.PARTS,
        ),
    ),
)
