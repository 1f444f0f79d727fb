"""Which municipality is meant, and what its file is called."""

from __future__ import annotations

import re

from evaluatie.counts import Results
from evaluatie.counts.names import of_name, pick, plain
from evaluatie.ground.errors import InputError
from evaluatie.plan import Design


def place_of(municipality: str, plan: Design, results: Results | None = None) -> str:
    """Return the code of a municipality of the experiment, given its name or code.

    Parameters
    ----------
    municipality
        In capitals or not; accents may be left out.
    plan
        Which municipalities belong to the experiment.
    results
        Counts that know the names of other municipalities, to tell these from unknown ones.

    Raises
    ------
    InputError
        For a municipality that never had the new ballot.
    UnknownNameError
        For an unknown one, with the nearest name.
    """
    among = dict(plan.municipalities)
    if results is not None:
        rows = results.rows
        others = dict(zip(rows["municipality_code"], rows["municipality"], strict=True))
        elsewhere = of_name(municipality, others.items())
        if len(elsewhere) == 1 and elsewhere[0] not in among:
            raise InputError(
                f"{others[elsewhere[0]]} never voted with the new ballot, so there is no sheet "
                "about it",
                rule="municipality of the experiment",
                expected=", ".join(sorted(among.values())),
            )
    return pick(municipality, among.items())


def slug(name: str) -> str:
    """Return a name in small letters, digits and hyphens, for a file on any system.

    Examples
    --------
    >>> [slug(name) for name in ("'s-Hertogenbosch", "Súdwest-Fryslân", "Bergen (NH.)")]
    ['s-hertogenbosch', 'sudwest-fryslan', 'bergen-nh']
    """
    return re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-") or "gemeente"
