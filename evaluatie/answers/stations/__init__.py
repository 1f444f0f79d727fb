"""Where it goes wrong within municipalities: invalid and blank votes by polling station.

Stations beside the other stations of their own municipality: how their shares lie, how far
beyond chance, how concentrated the votes are, at which kinds of places, and before and after at
the same place. The ballot was given to municipalities: no station says more of its effect.
"""

from __future__ import annotations

from evaluatie.answers.stations.analyse import OUTCOMES, StationsResult, stations
from evaluatie.answers.stations.names import KINDS, by_words, words
from evaluatie.answers.stations.show import for_readers, kinds_for_readers

__all__ = [
    "KINDS",
    "OUTCOMES",
    "StationsResult",
    "by_words",
    "for_readers",
    "kinds_for_readers",
    "stations",
    "words",
]
