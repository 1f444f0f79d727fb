"""Evaluate the Dutch experiment with a new ballot paper.

The public names are loaded on first use, so that ``import evaluatie`` costs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluatie.errors import EvaluatieError as EvaluatieError
    from evaluatie.experiment import load_design as load_design
    from evaluatie.results import Results as Results
    from evaluatie.results import load as load
    from evaluatie.results import load_table as load_table

__version__ = "0.1.0"

_PUBLIC = {
    "EvaluatieError": "evaluatie.errors",
    "Results": "evaluatie.results",
    "load": "evaluatie.results",
    "load_design": "evaluatie.experiment",
    "load_table": "evaluatie.results",
}
__all__ = ["EvaluatieError", "Results", "__version__", "load", "load_design", "load_table"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'evaluatie' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "stats"]
