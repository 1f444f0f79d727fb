"""What the experiment could have seen: simulated power, and which municipalities to add.

Elections are drawn for municipalities of real sizes by the fitted model of
:mod:`evaluatie.stats.draws`, once with the same effect everywhere and once with effects that
differ between municipalities as much as those observed do. The tests are those that the
effect and learning estimates report. Everything drawn is simulated; no result rests on it.
"""

from __future__ import annotations

from evaluatie.answers.power.designs import DESIGNS, EFFECTS, LEARNED, VaryingModel
from evaluatie.answers.power.extension import ExtensionResult, extend
from evaluatie.answers.power.readers import for_readers
from evaluatie.answers.power.result import TARGET, PowerResult, load_power, power

__all__ = [
    "DESIGNS",
    "EFFECTS",
    "LEARNED",
    "TARGET",
    "ExtensionResult",
    "PowerResult",
    "VaryingModel",
    "extend",
    "for_readers",
    "load_power",
    "power",
]
