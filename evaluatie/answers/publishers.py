"""Who published the counts in a figure: its source line follows from its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from evaluatie.counts.manifest import sources
from evaluatie.ground.folders import bundled
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.words import say


def publishers(ids: Iterable[object]) -> dict[str, str]:
    """Name who published some sources, by language; counts of one's own are called that.

    Parameters
    ----------
    ids
        From the column ``source`` of counts; unknown ones are left out.

    Examples
    --------
    >>> publishers(["gr2026-nos", "gr2026-nos"])["nl"]
    'NOS'
    >>> publishers(["mijn.csv"])["en"]
    'own counts'
    """
    found = list(
        dict.fromkeys(_publishers().get(each, "") for each in ids if isinstance(each, str))
    )
    return {
        lang: ", ".join(name or say("common.own_counts", lang) for name in found)
        for lang in LANGUAGES
    }


@cache
def _publishers() -> Mapping[str, str]:
    """The publisher of each shipped source, without what the manifest says of the copy."""
    shipped = sources(bundled("data"))
    return {each["id"]: each["publisher"].partition(";")[0].partition(" (")[0] for each in shipped}
