"""The reference holds everything there is; the pages themselves are built by `nox -s docs`."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import evaluatie
from evaluatie.cli.app import app
from evaluatie.counts.schema import TABLES
from evaluatie.ground.words import sentences
from evaluatie.sources.columns import LEVEL_TABLES
from evaluatie.sources.documents import RULES

DOCS = Path(evaluatie.__file__).parent.parent / "docs"
PACKAGE = Path(evaluatie.__file__).parent
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the documentation is in the checkout")


@pytest.fixture(scope="module")
def reference() -> Iterator[ModuleType]:
    sys.path.insert(0, str(DOCS / "_extensions"))
    yield importlib.import_module("reference_pages")
    sys.path.remove(str(DOCS / "_extensions"))


@pytest.fixture(scope="module")
def pages(reference: ModuleType) -> dict[str, str]:
    made: dict[str, str] = reference.pages()
    return made


@pytest.mark.parametrize(
    "module",
    ["evaluatie", "evaluatie.answers.plots", "evaluatie.answers.seats", "evaluatie.stats"],
)
def test_every_public_name_has_an_entry(module: str, pages: dict[str, str]) -> None:
    page = pages[f"api/{module}.rst"]
    home = importlib.import_module(module)
    for name in set(home.__all__) - {"__version__", "ENTRY"}:
        if isinstance(getattr(home, name), ModuleType):
            assert getattr(home, name).__name__ in pages["api/index.md"]
        else:
            entry = rf"^\.\. (auto\w+|py:data|rubric):: {name}$"
            assert re.search(entry, page, re.MULTILINE), name


def test_a_name_is_described_once_and_linked_elsewhere(pages: dict[str, str]) -> None:
    assert ".. autofunction:: load\n" in pages["api/evaluatie.rst"]
    assert ".. autofunction:: power\n" in pages["api/evaluatie.answers.power.rst"]


def test_the_reference_lists_what_is_public_and_nothing_else(
    reference: ModuleType, pages: dict[str, str]
) -> None:
    listed = {path for path in pages if path.startswith("api/")} - {"api/index.md"}
    assert listed == {f"api/{module}.rst" for module in reference.PUBLIC}
    named = {getattr(evaluatie, name) for name in evaluatie.__all__ if name != "__version__"}
    rooms = {each.__name__ for each in named if isinstance(each, ModuleType)}
    assert rooms <= set(reference.PUBLIC)


def test_every_public_docstring_has_an_example_that_runs(reference: ModuleType) -> None:
    tried = reference.examples()
    assert len(tried) > 35
    assert min(tried.values()) >= 2


@pytest.mark.parametrize("tables", [TABLES, LEVEL_TABLES], ids=["shipped", "read"])
def test_every_table_and_column_is_described(tables: dict, pages: dict[str, str]) -> None:
    for table in tables.values():
        # Reading may add columns to a table that ships; these are described apart.
        parts = re.split(
            rf"^### (?:More columns of )?`{table.name}`\n", pages["tables.md"], flags=re.M
        )
        own = "".join(part.partition("\n### ")[0] for part in parts[1:])
        for column in table.columns:
            assert re.search(rf"^\| `{column.name}` \| {column.type} \|", own, re.MULTILINE), (
                f"{table.name}.{column.name}"
            )


FINDERS = ("Finding", "each_where", "_found")


def rules_in_quality() -> Iterator[re.Pattern[str]]:
    """Every rule that a finding is made with, as a pattern: f-strings match what they can give."""
    for path in (PACKAGE / "answers" / "quality").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            made = isinstance(call, ast.Call) and getattr(call.func, "id", "") in FINDERS
            rules = [each.value for each in call.keywords if each.arg == "rule"] if made else []
            if not rules:
                continue
            (rule,) = rules
            options = [rule.body, rule.orelse] if isinstance(rule, ast.IfExp) else [rule]
            for option in options:
                if isinstance(option, ast.Constant):
                    yield re.compile(re.escape(str(option.value)))
                elif isinstance(option, ast.JoinedStr):
                    parts = (
                        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                        for part in option.values
                    )
                    yield re.compile("".join(parts))


def test_every_rule_of_quality_is_explained(reference: ModuleType) -> None:
    known = [each.code for each in reference.codes() if each.where == "quality"]
    patterns = list(rules_in_quality())
    assert len(patterns) >= 8
    for pattern in patterns:
        assert any(pattern.fullmatch(code) for code in known), pattern.pattern


def test_every_finding_on_the_shipped_counts_is_explained(reference: ModuleType) -> None:
    known = {each.code for each in reference.codes()}
    found = evaluatie.quality(evaluatie.load(["TK2025", "GR2022", "GR2026"]))
    noted = evaluatie.load_table("known_exceptions")["rule"]
    assert set(pd.concat([found.table["rule"], noted])) <= known


def test_reading_findings_are_those_of_the_readers(reference: ModuleType) -> None:
    explained = {each.code: each.sentences for each in reference.codes() if each.where == "reading"}
    assert explained == {rule: (key,) for rule, key in RULES.items()}


def test_findings_name_settings_and_sentences_that_exist(reference: ModuleType) -> None:
    limits = evaluatie.load_design().raw["quality"]
    for each in reference.codes():
        assert set(each.settings) <= set(limits), each.code
        if each.sentences:
            assert set(each.sentences) <= set(sentences(each.where)), each.code


def test_every_finding_code_and_refusal_is_on_the_page(
    reference: ModuleType, pages: dict[str, str]
) -> None:
    page = pages["findings.md"]
    for each in reference.codes():
        assert f"\n`{each.code}`\n: " in page, each.code
    rules = {each.rule for each in reference.refusals()}
    assert {"no DTD", "unique key", "known reason", "minimum treated clusters"} <= rules
    for rule in rules:
        shown = rule.replace("|", "\\|").replace("<", "&lt;")
        assert f"| `{shown}` |" in page, rule


def test_every_command_and_option_is_described(pages: dict[str, str]) -> None:
    import typer

    page = pages["commands.md"]

    def check(command: object, words: list[str]) -> None:
        if words:
            assert f"## `{' '.join(words)}`" in page, words
        for name, inner in getattr(command, "commands", {}).items():
            check(inner, [*words, name])
        _, _, rest = page.partition(f"## `{' '.join(words)}`\n")
        own = re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]
        for parameter in getattr(command, "params", []):
            if not getattr(parameter, "hidden", False):
                option = parameter.opts[-1] if parameter.opts[-1].startswith("-") else ""
                assert option in own, (words, option)

    check(typer.main.get_command(app), ["evaluatie"])


def test_every_entry_of_the_plan_is_explained() -> None:
    page = (DOCS / "reference" / "design.md").read_text("utf-8")
    plan = tomllib.loads((PACKAGE / "plan" / "design.toml").read_text("utf-8"))
    for name, value in plan.items():
        shown = f"`{name}`"
        if isinstance(value, dict):
            shown = f"`[{name}]`"
        elif isinstance(value, list) and isinstance(value[0], dict):
            shown = f"`[[{name}]]`"
        assert shown in page, name


def test_no_number_in_prose_was_typed_by_hand() -> None:
    """Shares and effects on the pages come out of cells; prose has none."""
    for path in DOCS.rglob("*.md"):
        if "generated" in path.parts:
            continue
        prose = re.sub(r"^(`{3,4})\{?.*?^\1$", "", path.read_text("utf-8"), flags=re.M | re.S)
        assert not re.search(r"\d[.,]\d+ ?(%|percent|points)", prose), path


@pytest.mark.parametrize(
    ("page", "fetched"),
    [
        ('<script src="https://cdn.example/x.js"></script>', ["https://cdn.example/x.js"]),
        ('<script async src="//cdn.example/x.js"></script>', ["//cdn.example/x.js"]),
        ('<link rel="stylesheet" href="https://a.example/b.css">', ["https://a.example/b.css"]),
        ('<img alt="" src="http://a.example/b.png">', ["http://a.example/b.png"]),
        ('<script src="_static/x.js"></script><img src="b.svg">', []),
        ('<a href="https://quarto.org">a link to follow</a>', []),
    ],
)
def test_the_build_notices_a_page_that_needs_a_network(
    reference: ModuleType, page: str, fetched: list[str]
) -> None:
    assert importlib.import_module("offline").loads(page) == fetched


def test_formulas_become_mathml_without_a_script(reference: ModuleType) -> None:
    pytest.importorskip("docutils.utils.math.latex2mathml", reason="needs the extra docs")
    converter = importlib.import_module("mathml").tex2mathml
    assert "<msup>" in converter(r"\tau^2")


PROGRAM = """
import json, os, sys
print(json.dumps([json.__name__, sys.argv[1:], os.getcwd(), os.environ["ASKED"], sys.stdin.read()]))
print("said", file=sys.stderr)
sys.exit(len(sys.argv))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_a_program_that_is_forked_is_one_of_its_own(reference: ModuleType, tmp_path: Path) -> None:
    warm = importlib.import_module("warm")
    start = warm.start_server(tmp_path / "socket", ["json"])
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "elsewhere").mkdir()
    for word in ("één", "two"):
        done = subprocess.run(
            [*start, str(tmp_path / "program.py"), word, "x" * 70_000],
            cwd=tmp_path / "elsewhere",
            env={"ASKED": word},
            input="given",
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, done.stderr) == (3, "said\n")
        assert json.loads(done.stdout) == [
            *("json", [word, "x" * 70_000], str(tmp_path / "elsewhere"), word, "given")
        ]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_who_stops_a_forked_program_stops_what_it_runs(
    reference: ModuleType, tmp_path: Path
) -> None:
    warm = importlib.import_module("warm")
    start = warm.start_server(tmp_path / "socket", [])
    program, running = tmp_path / "program.py", tmp_path / "running"
    program.write_text(
        "import pathlib, time\n"
        f"while True:\n    pathlib.Path({str(running)!r}).touch()\n    time.sleep(0.01)\n"
    )
    started = subprocess.Popen([*start, str(program)])
    while not running.exists():
        time.sleep(0.01)
    started.kill()
    started.wait()
    deadline = time.monotonic() + 20
    while running.exists() and time.monotonic() < deadline:
        running.unlink()
        time.sleep(0.5)
    assert not running.exists()
