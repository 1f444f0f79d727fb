"""Names for the numbers of the report: finished results by the words that the prose gives them.

Every number in the prose has one name here, and every choice between words one rule. Nothing is
estimated: a name is a value of a result, or a sum, a difference or a comparison of some. A name
that these counts do not give is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache

from evaluatie.answers.run import NotAvailableError, Run
from evaluatie.ground.errors import InputError
from evaluatie.report.facts import appendix, elections, places, practice, use
from evaluatie.report.facts.names import Names
from evaluatie.report.prose import Fact

__all__ = ["facts"]

_PARTS: tuple[Callable[[Names], None], ...] = (
    *elections.PARTS,
    *places.PARTS,
    *use.PARTS,
    *practice.PARTS,
    *appendix.PARTS,
)


@cache
def facts(done: Run) -> Mapping[str, Fact]:
    """Return every name that these results give."""
    names = Names(done)
    for part in _PARTS:
        # What a part cannot name, the prose does not say; None compares with no number.
        with suppress(NotAvailableError, InputError, KeyError, IndexError, TypeError):
            part(names)
    return names.known
