"""Which municipality is meant, and what its file is called."""

from __future__ import annotations

import re
import unicodedata

from evaluatie.counts import Results
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.plan import Design

__all__ = ["place_of", "slug"]


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
    wanted = _folded(municipality)
    known = {_folded(code): code for code in plan.municipalities}
    known |= {_folded(name): code for code, name in plan.municipalities.items()}
    if wanted in known:
        return known[wanted]
    if results is not None:
        rows = results.rows[["municipality_code", "municipality"]].drop_duplicates()
        for code, name in rows.itertuples(index=False, name=None):
            if wanted not in (_folded(code), _folded(name)):
                continue
            if code in plan.municipalities:  # as the user's counts spell it
                return str(code)
            raise InputError(
                f"{name} never voted with the new ballot, so there is no sheet about it",
                rule="municipality of the experiment",
                expected=", ".join(sorted(plan.municipalities.values())),
            )
    raise UnknownNameError.of("municipality", municipality, plan.municipalities.values())


def slug(name: str) -> str:
    """Return a name in small letters, digits and hyphens, for a file on any system.

    Examples
    --------
    >>> [slug(name) for name in ("'s-Hertogenbosch", "Súdwest-Fryslân", "Bergen (NH.)")]
    ['s-hertogenbosch', 'sudwest-fryslan', 'bergen-nh']
    """
    return re.sub(r"[^a-z0-9]+", "-", _folded(name)).strip("-") or "gemeente"


def _folded(text: str) -> str:
    apart = unicodedata.normalize(
        "NFKD", text.strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return "".join(c for c in apart if not unicodedata.combining(c)).casefold()
