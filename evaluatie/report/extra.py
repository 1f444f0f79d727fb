"""What only the report needs is an extra of the package: ``pip install "evaluatie[report]"``."""

from __future__ import annotations

from importlib.util import find_spec

from evaluatie.ground.errors import RenderError


def require(*modules: str) -> None:
    """Refuse before anything is computed where a module of the extra is not installed.

    Raises
    ------
    RenderError
        With the line that installs it.
    """
    lacking = [name for name in modules if find_spec(name) is None]
    if lacking:
        raise RenderError(
            "this needs what only the report needs; install it with: "
            'pip install "evaluatie[report]"',
            rule="extra report",
        )
