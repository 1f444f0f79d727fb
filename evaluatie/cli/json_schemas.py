"""JSON Schema (draft 2020-12) of what each command prints under ``--json``.

Columns are declared with their answer, and those of the tables about files where these are read.
``python -m evaluatie.cli.json_schemas rates`` prints a schema, for tools that are not written in
Python; without a name, the names.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from evaluatie.answers import COMMANDS, declared
from evaluatie.answers.statement import LEFT_OUT
from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.tables import Column
from evaluatie.sources.columns import LEVEL_TABLES

__all__ = ["commands", "schema"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def commands() -> list[str]:
    """Return the commands whose JSON is described."""
    return sorted({*COMMANDS, "validate"})


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
    if command == "validate":
        about = {
            "changes": "What these counts would change on top of those that ship",
            "implausible": "What is odd about these counts, in sentences",
        }
        said = {"type": "array", "items": _spoken()}
        properties: dict[str, Any] = {"table": _of_files("findings"), "files": _of_files("files")}
        properties |= {name: {"description": text, **said} for name, text in about.items()}
        more: Mapping[str, tuple[str, str]] = {}
    else:
        own = declared(COMMANDS[command][0]).commands
        (made,) = (each for each in own if each.word == command)
        forms = [_rows(columns) for columns in made.forms]
        properties = {"table": forms[0] if len(forms) == 1 else {"anyOf": forms}} | _analysis()
        more = made.more or {}
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


def _rows(columns: Sequence[Column]) -> dict[str, Any]:
    """Schema of a table, of which every column is in every row."""
    ends = {"_low": "Lower ", "_high": "Upper "}
    properties: dict[str, Any] = {}
    for column in columns:
        for name in column.names:
            opening = ends.get(name.removeprefix(column.name), "")
            properties[name] = {
                "description": opening + column.about,
                "type": column.json_type if column.filled else [column.json_type, "null"],
            }
    return {"type": "array", "items": _object(properties)}


def _of_files(table: str) -> dict[str, Any]:
    """Schema of a table about files, as it is described for its readers."""
    return _rows(
        [
            Column(
                each.name,
                "count" if each.type == "integer" else "text",
                about=each.description,
                filled=each.required,
            )
            for each in LEVEL_TABLES[table].columns
        ]
    )


def _spoken(**first: dict[str, Any]) -> dict[str, Any]:
    return _object({**first, "nl": {"type": "string"}, "en": {"type": "string"}})


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def main(arguments: list[str]) -> int:
    """Print one schema to standard output, or the names; 2 for an unknown name."""
    try:
        found = [json.dumps(schema(each), ensure_ascii=False, indent=2) for each in arguments[:1]]
    except UnknownNameError as error:
        sys.stderr.write(f"evaluatie: {error}\n")
        return 2
    sys.stdout.write("\n".join(found or commands()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
