"""The JSON of every command, held to its schema."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from evaluatie.cli.app import app
from evaluatie.cli.json_schemas import commands, schema
from evaluatie.ground.errors import UnknownNameError

EML = Path(__file__).parents[1] / "sources" / "data" / "synthetic_510b.eml.xml"

FORMS = (
    "summary",
    "rates",
    "rates -m Gouda",
    "rates -e EP2024",
    "before-after",
    "published",
    "statements",
    "quality -e GR2026",
    "effect -e TK2025",
    "effect -e EP2024",
    "learning between",
    "learning within",
    "learning exposure",
    "learning decomposition",
    "first-counts",
    "power",
    "seats",
    "seats stake",
    "seats stake -e TK2025",
    "seats law -e GR2026",
    "personal-vote effects",
    "personal-vote municipalities",
    "evidence",
    "evidence --show rows",
    "reasons",
    "scale-up -e GR2026",
    "stations -e GR2026",
    f"validate {EML.as_posix()}",
)


@cache
def printed(words: str) -> Any:
    done = CliRunner().invoke(app, [*words.split(), "--json"])
    # 1 says that there are findings.
    assert done.exit_code in (0, 1), done.output
    return json.loads(done.stdout)


def validator(command: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(command))


@pytest.mark.parametrize("words", FORMS)
def test_what_a_command_prints_obeys_its_schema(words: str) -> None:
    content = printed(words)
    if not words.startswith("validate"):
        assert content["table"]
    errors = [
        f"{'/'.join(map(str, each.absolute_path))}: {each.message[:300]}"
        for each in validator(words.split(maxsplit=1)[0]).iter_errors(content)
    ]
    assert not errors, "declare new columns in show.py of the answer: " + "\n".join(errors[:5])


def test_every_command_that_prints_json_has_a_schema_and_a_form() -> None:
    from typer.main import get_command

    group: Any = get_command(app)
    listed = {name: group.get_command(None, name) for name in group.list_commands(None)}
    known = {
        name
        for name, command in listed.items()
        if any("--json" in option.opts for option in command.params)
    }
    assert known == set(commands())
    assert {words.split()[0] for words in FORMS} == known


@pytest.mark.parametrize("command", commands())
def test_a_schema_is_one_itself(command: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(command))
    assert json.loads(json.dumps(schema(command))) == schema(command)


def test_every_column_is_described() -> None:
    for command in commands():
        table = schema(command)["properties"]["table"]
        for form in table.get("anyOf", [table]):
            for name, column in form["items"]["properties"].items():
                assert column["description"], (command, name)
                assert not column["description"].endswith("."), (command, name)
    files = schema("validate")["properties"]["files"]["items"]["properties"]
    assert all(each["description"] for each in files.values())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda each: each.pop("seed"),
        lambda each: each.update(colour="blue"),
        lambda each: each["table"][0].pop("estimate"),
        lambda each: each["table"][0].update(colour="blue"),
        lambda each: each["table"][0].update(count="12"),
        lambda each: each["table"][0].update(count=12.5),
        lambda each: each["table"][0].update(election=None),
        lambda each: each["sentence"].pop("nl"),
        lambda each: each["assumptions"].append("binomial"),
    ],
)
def test_what_breaks_the_contract_is_refused(spoil: Callable[[Any], object]) -> None:
    content = copy.deepcopy(printed("rates"))
    validator("rates").validate(content)
    spoil(content)
    assert not validator("rates").is_valid(content)


def test_an_unknown_command_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'rates'"):
        schema("rate")


def test_a_schema_can_be_had_without_writing_python() -> None:
    words = [sys.executable, "-m", "evaluatie.cli.json_schemas", "seats"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == schema("seats")
