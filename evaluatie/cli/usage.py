"""What is wrong with the words of a command, in our own words and in the reader's language."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from typer.exceptions import TyperException

from evaluatie.ground.errors import EvaluatieError, UnknownNameError


def usage_error(error: TyperException) -> EvaluatieError:
    """Say what the command line library found, without its words."""
    raised: Any = error  # the classes of its errors have no public name
    context: Any = getattr(raised, "ctx", None)
    quoted = re.search(r"'([^']*)'", error.message)
    first = quoted[1] if quoted else ""
    option = getattr(raised, "option_name", None)
    if option is not None:
        if hasattr(raised, "possibilities"):
            known = [each.opts[0] for each in context.command.params]
            return _unknown("option", option, known)
        return EvaluatieError(f"{option} needs a value", rule="usage")
    parameter = getattr(raised, "param", None)
    if parameter is not None:
        name = parameter.opts[0]
        if not name.startswith("-"):
            name = (parameter.metavar or name).upper()
        if hasattr(raised, "param_type"):
            return EvaluatieError(f"{name} is missing", rule="usage")
        return _bad_value(error, name, first)
    if "command" in error.message and context is not None:
        return _unknown("command", first, context.command.list_commands(context))
    if "unexpected" in error.message:
        extra = error.message.rpartition("(")[2].rstrip(").")
        return EvaluatieError(f"{extra} is one word too many", rule="usage")
    return EvaluatieError("these words are no command (see --help)", rule="usage")


def need_values(words: Sequence[str]) -> None:
    """Refuse an empty word, such as a variable that was not set: as a path it means where one is.

    Raises
    ------
    EvaluatieError
        With the option that has no value.
    """
    for before, word in pairwise(["", *words]):
        option, _, value = word.partition("=")
        if not word or (word.startswith("--") and word.endswith("=") and not value):
            named = option or before
            name = named if named.startswith("-") else "FILES"
            raise EvaluatieError(f"{name} needs a value", rule="usage")


def _unknown(what: str, name: str, known: Iterable[str]) -> EvaluatieError:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    hint = f"did you mean {near[0]}?" if near else "see --help"
    return EvaluatieError(f"unknown {what} {name!r} ({hint})", rule="usage")


def _bad_value(error: TyperException, name: str, value: str) -> EvaluatieError:
    _, is_choice, choices = error.message.partition(" is not one of ")
    if is_choice:
        known = re.findall(r"'([^']*)'", choices)
        hint = UnknownNameError.of(name, value, known).message.partition(" (")[2][:-1]
        if not hint.startswith("one of"):
            hint = f"{hint} one of {', '.join(known)}"
        return EvaluatieError(f"{name} cannot be {value!r} ({hint})", rule="usage")
    inner: Any = error.__cause__
    found = inner.errors()[0] if hasattr(inner, "errors") else {}
    kind = str(found.get("type", "")).partition("_")[0]
    expected = {"int": "a whole number", "float": "a number"}.get(kind, "another kind of value")
    given = str(found.get("input", value))
    return EvaluatieError(f"{name} cannot be {given!r} ({expected})", rule="usage")
