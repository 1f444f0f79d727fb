"""The one family of errors that the package raises on bad input.

Every error carries data, not only text: which file, which unit in it, which rule was
broken, the value that was met and the value that was expected. The command line prints
one line of it and exits with code 2; a program can read the attributes.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = [
    "ChecksumError",
    "DesignError",
    "EstimationError",
    "EvaluatieError",
    "InputError",
    "RenderError",
    "UnknownNameError",
]


class EvaluatieError(Exception):
    """Something the user gave cannot be used; the message is one plain line.

    Parameters
    ----------
    message
        What is wrong, in one sentence without a final full stop.
    file
        The file it was found in, if any.
    unit
        Where in the file: a line, row, municipality, polling station or table.
    rule
        Short stable name of the rule that was broken, such as ``"valid+blank+invalid=ballots"``.
    value, expected
        What was met, and what the rule asks for.

    Examples
    --------
    >>> import evaluatie
    >>> try:
    ...     evaluatie.load("GR2062")
    ... except evaluatie.EvaluatieError as error:
    ...     print(error)
    unknown election 'GR2062' (did you mean 'GR2026'?)
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        unit: str | int | None = None,
        rule: str | None = None,
        value: object = None,
        expected: object = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = None if file is None else str(file)
        self.unit = None if unit is None else str(unit)
        self.rule = rule
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        return self.line()

    def line(self, put: Callable[[str], str] = str) -> str:
        """Return the one line of it; ``put`` puts each phrase of it in another language."""
        where = ", ".join(put(part) for part in (self.file, self.unit) if part)
        line = f"{where}: {put(self.message)}" if where else put(self.message)
        if self.value is not None:
            # A value is the user's own text, and stays; only some are words for there being none.
            found = f"found {_short(self.value)}"
            said = put(found)
            line += f"; {said if said != found else found.replace('found', put('found'), 1)}"
        if self.expected is not None:
            wanted = str(self.expected)
            said = put(wanted)
            if said == wanted:  # one of several, each of which is written so in a file
                said = wanted.replace(" or ", put(" or "))
            line += f"; {put('expected')} {_short(said, 300)}"
        return " ".join(line.split())

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword arguments do not survive pickling by default, and
        # parallel workers send theirs back pickled.
        return (_rebuild, (type(self), self.message, self.__dict__.copy()))


@contextmanager
def in_file(file: Path | str) -> Iterator[None]:
    """Let errors that name no file be of this one, and those of a member of an archive in it.

    So a function that looks at cells or elements need not know where they come from.
    """
    try:
        yield
    except EvaluatieError as error:
        if not error.file or error.file.startswith("!"):
            error.file = f"{file}{error.file or ''}"
        raise


class InputError(EvaluatieError):
    """A file or table breaks a rule of its format or an identity of the counts."""


class ChecksumError(InputError):
    """A shipped table is not the one the manifest describes."""


class UnknownNameError(EvaluatieError):
    """A name (election, outcome, municipality, …) that is not known; suggests the nearest."""

    @classmethod
    def of(cls, what: str, name: object, known: Iterable[str]) -> UnknownNameError:
        """Build the error for ``name``, suggesting the nearest of ``known``."""
        names = [str(each) for each in known]
        lowered = {each.lower(): each for each in names}
        near = difflib.get_close_matches(str(name).lower(), list(lowered), n=1, cutoff=0.5)
        if near:
            hint: str = f"did you mean {lowered[near[0]]!r}?"
        elif len(names) <= 15:
            hint = "one of " + ", ".join(names)
        else:
            hint = f"one of {len(names)} known names"
        return cls(f"unknown {what} {str(name)!r} ({hint})", rule=f"known {what}")


class DesignError(EvaluatieError):
    """The evaluation plan (``design.toml``) contradicts itself or the data."""


class EstimationError(EvaluatieError):
    """The data cannot support the number that was asked for; the reason is in the message."""


class RenderError(EvaluatieError):
    """The report cannot be rendered; ``file`` and ``unit`` point at the line."""


def _short(value: object, limit: int = 120) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _rebuild(kind: type[EvaluatieError], message: str, state: dict[str, object]) -> EvaluatieError:
    error = kind(message)
    error.__dict__.update(state)
    return error
