"""JSON Schema (draft 2020-12) of what each command prints under ``--json``.

Columns are declared with their answer; those of the tables about files stand in ``columns.toml``
and ``tables.toml`` beside this file. ``python -m evaluatie.cli.json_schemas rates`` prints a
schema, for tools that are not written in Python.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from evaluatie.answers import COMMANDS, declared
from evaluatie.answers.entry import Command
from evaluatie.answers.statement import LEFT_OUT
from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.tables import Column

__all__ = ["columns", "commands", "schema"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_FOLDER = Path(__file__).parent


def commands() -> list[str]:
    """Return the commands whose JSON is described."""
    return sorted({*COMMANDS, *(name for name in _tables() if "_" not in name)})


@cache
def columns() -> Mapping[str, tuple[str, str]]:
    """Return type and meaning of every column of any table, by its name."""
    found: dict[str, tuple[str, str]] = {}
    for kind, texts in _read("columns.toml").items():
        found |= {name: (kind, text) for name, text in texts.items()}
    return found


def schema(command: str) -> dict[str, Any]:
    """Return the JSON Schema of what a command prints under ``--json``.

    Parameters
    ----------
    command
        Such as ``rates`` or ``personal-vote``.

    Returns
    -------
    dict
        Ready for ``json.dumps`` or a validator. Every column of a row is described and no
        other is allowed; unknown values are null, never left out.

    Raises
    ------
    UnknownNameError
        For a command without a schema, with the nearest name.
    """
    if command not in commands():
        raise UnknownNameError.of("command", command, commands())
    rows = [_row(form) for form in _tables().get(command, ())]
    more: Mapping[str, tuple[str, str]] = {}
    if command in COMMANDS:
        rows = [_declared(columns) for columns in _command(command).forms]
        more = _command(command).more or {}
    forms = [{"type": "array", "items": row} for row in rows]
    properties: dict[str, Any] = {"table": forms[0] if len(forms) == 1 else {"anyOf": forms}}
    if command == "validate":
        (files,) = _tables()["validate_files"]
        properties["files"] = {"type": "array", "items": _row(files)}
        about = "What these counts would change on top of those that ship"
        properties["changes"] = {"description": about, "type": "array", "items": _spoken()}
        about = "What is odd about these counts, in sentences"
        properties["implausible"] = {"description": about, "type": "array", "items": _spoken()}
    else:
        properties |= _analysis()
    required = list(properties)  # what an answer may add is not
    for name, (kind, text) in more.items():
        properties[name] = {"description": text, "type": kind.split("|")}
    return {
        "$schema": DRAFT,
        "$id": f"urn:evaluatie:json:{command}",
        "title": f"evaluatie {command} --json",
        "description": "Shares and differences of shares are fractions; unknown is null.",
        **_object(properties),
        "required": required,
    }


def _analysis() -> dict[str, Any]:
    """Return what every analysis prints beside its table."""
    return {
        "sentence": {"description": "The result in words", **_spoken()},
        "assumptions": {
            "description": "What the result rests on",
            "type": "array",
            "items": _spoken(key={"type": "string"}),
        },
        "seed": {
            "description": "Seed of random numbers; null where there were none",
            "type": ["integer", "null"],
        },
        "left_out": {
            "description": "Who could not take part, and why: a row per election",
            "type": "array",
            "items": _object({name: {"type": "string"} for name in LEFT_OUT}),
        },
        "sources": {
            "description": "Ids of the sources in data/manifest.toml",
            "type": "array",
            "items": {"type": "string"},
            "uniqueItems": True,
        },
    }


def _row(form: Mapping[str, Any]) -> dict[str, Any]:
    """Schema of one row of a table."""
    names, optional = form["columns"], form.get("optional", [])
    properties = {}
    for name in (*names, *optional):
        kind, text = columns()[name]
        kind = form.get("types", {}).get(name, kind)
        properties[name] = {
            "description": form.get("texts", {}).get(name, text),
            "type": kind if name in form["filled"] else [kind, "null"],
        }
    return {**_object(properties), "required": list(names)}


def _command(name: str) -> Command:
    (found,) = (each for each in declared(COMMANDS[name][0]).commands if each.word == name)
    return found


def _declared(columns: Sequence[Column]) -> dict[str, Any]:
    """Schema of one row of a table whose columns are declared with the answer."""
    ends = {"_low": "Lower ", "_high": "Upper "}
    properties: dict[str, Any] = {}
    for column in columns:
        for name in column.names:
            opening = ends.get(name.removeprefix(column.name), "")
            properties[name] = {
                "description": opening + column.about,
                "type": column.json_type if column.filled else [column.json_type, "null"],
            }
    return _object(properties)


def _spoken(**first: dict[str, Any]) -> dict[str, Any]:
    return _object({**first, "nl": {"type": "string"}, "en": {"type": "string"}})


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


@cache
def _tables() -> dict[str, Any]:
    return _read("tables.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / name).read_text("utf-8"))
