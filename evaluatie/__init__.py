"""Evaluate the Dutch experiment with a new ballot paper.

The public names are loaded on first use, so that ``import evaluatie`` costs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from evaluatie import stats as stats
    from evaluatie.answers import plots as plots
    from evaluatie.answers.answer import Answer
    from evaluatie.answers.effect import effect as effect
    from evaluatie.answers.evidence import evidence as evidence
    from evaluatie.answers.evidence import reasons as reasons
    from evaluatie.answers.first_counts import first_counts as first_counts
    from evaluatie.answers.learning import learning as learning
    from evaluatie.answers.personal_vote import personal_vote as personal_vote
    from evaluatie.answers.published import published as published
    from evaluatie.answers.published import statements as statements
    from evaluatie.answers.quality import quality as quality
    from evaluatie.answers.rates import before_after as before_after
    from evaluatie.answers.rates import rates as rates
    from evaluatie.answers.sheets import sheet as sheet
    from evaluatie.answers.stations import stations as stations
    from evaluatie.answers.summary import summary as summary
    from evaluatie.counts import Results as Results
    from evaluatie.counts import codes as codes
    from evaluatie.counts import load as load
    from evaluatie.counts import load_table as load_table
    from evaluatie.ground.errors import EvaluatieError as EvaluatieError
    from evaluatie.plan import load_design as load_design
    from evaluatie.sources.reading import read as read

    class _Question(Protocol):
        """A question that can be asked, with functions of its own: ``seats.allocate(…)``."""

        def __call__(self, results: Results, *asked: Any, **named: Any) -> Answer: ...
        def __getattr__(self, name: str) -> Any: ...

    power: _Question
    scale_up: _Question
    seats: _Question

__version__ = "0.1.0"

_PUBLIC = {
    "EvaluatieError": "evaluatie.ground.errors",
    "Results": "evaluatie.counts",
    "before_after": "evaluatie.answers.rates",
    "effect": "evaluatie.answers.effect",
    "evidence": "evaluatie.answers.evidence",
    "first_counts": "evaluatie.answers.first_counts",
    "learning": "evaluatie.answers.learning",
    "load": "evaluatie.counts",
    "load_design": "evaluatie.plan",
    "load_table": "evaluatie.counts",
    "personal_vote": "evaluatie.answers.personal_vote",
    "published": "evaluatie.answers.published",
    "quality": "evaluatie.answers.quality",
    "rates": "evaluatie.answers.rates",
    "read": "evaluatie.sources.reading",
    "reasons": "evaluatie.answers.evidence",
    "sheet": "evaluatie.answers.sheets",
    "statements": "evaluatie.answers.published",
    "stations": "evaluatie.answers.stations",
    "summary": "evaluatie.answers.summary",
}
_MODULES = {
    "codes": "evaluatie.counts.codes",
    "plots": "evaluatie.answers.plots",
    "stats": "evaluatie.stats",
}
_QUESTIONS = ("power", "scale_up", "seats")
"""Asked by the function of their command, on which their other functions hang."""
__all__ = [
    "EvaluatieError",
    "Results",
    "__version__",
    "before_after",
    "codes",
    "effect",
    "evidence",
    "first_counts",
    "learning",
    "load",
    "load_design",
    "load_table",
    "personal_vote",
    "plots",
    "power",
    "published",
    "quality",
    "rates",
    "read",
    "reasons",
    "scale_up",
    "seats",
    "sheet",
    "statements",
    "stations",
    "stats",
    "summary",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _QUESTIONS:
        answer = import_module(f"evaluatie.answers.{name}")
        function = answer.ENTRY.commands[0].call
        function.__name__ = function.__qualname__ = name  # by which errors and help call it
        vars(function).update({each: getattr(answer, each) for each in answer.__all__})
        return function
    raise AttributeError(f"module 'evaluatie' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
