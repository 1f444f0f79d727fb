"""Where the tables, the report and the analyses that ship with the package lie.

In a checkout they are the top-level folders; in an installed wheel the build has put
copies of the same folders inside the package.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from evaluatie.ground.errors import InputError

RAW_VARIABLE = "EVALUATIE_RAW"
"""Environment variable that names the optional folder with the raw source files."""

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def bundled(name: str) -> Path:
    """Return the folder ``data``, ``report`` or ``analyses`` that ships with the package.

    Raises
    ------
    InputError
        If neither a checkout nor an installed wheel holds it.
    """
    for candidate in (_PACKAGE / "_bundled" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise InputError(
        f"the folder '{name}' that ships with the package is missing; reinstall the package",
        file=_PACKAGE,
        rule="bundled folder",
    )


def raw_folder() -> Path | None:
    """Return the folder with raw source files named by ``EVALUATIE_RAW``, if it exists."""
    named = os.environ.get(RAW_VARIABLE)
    if not named:
        return None
    folder = Path(named)
    return folder if folder.is_dir() else None
