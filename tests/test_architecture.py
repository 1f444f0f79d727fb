"""The nevers of ARCHITECTURE.md, held against every import in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import evaluatie

PACKAGE = Path(evaluatie.__file__).parent
PAGE = PACKAGE.parent / "ARCHITECTURE.md"
ROOMS = ("ground", "plan", "counts", "sources", "stats", "answers", "report", "cli")
MAY_USE = {
    "ground": (),
    "plan": ("ground",),
    "counts": ("ground", "plan"),
    "sources": ("ground", "plan", "counts"),
    "stats": ("ground",),
    "answers": ("ground", "plan", "counts", "sources", "stats"),
    "report": ("ground", "plan", "counts", "sources", "stats", "answers"),
    "cli": ("ground", "plan", "counts", "sources", "stats", "answers", "report"),
}
"""Rooms that a room may import from, beside itself."""

MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] in ROOMS
)


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Yield module and name of everything that is imported from the package."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("evaluatie."):
                    yield alias.name, ""
        elif isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("evaluatie."):
            for alias in node.names:
                yield str(node.module), alias.name


def used_rooms(path: Path) -> set[str]:
    used = set()
    for module, name in imports(path):
        parts = [*module.split("."), name][1:]
        if parts[0] in ROOMS:
            used.add(parts[0])
    return used


def test_the_package_has_these_rooms_and_no_other() -> None:
    built = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert built == set(ROOMS)
    beside = {path.stem for path in PACKAGE.glob("*.py")}
    assert beside == {"__init__", "__main__"}


@pytest.mark.skipif(
    not PAGE.exists(), reason="ARCHITECTURE.md stands in the checkout, not in the wheel"
)
def test_the_page_draws_these_rooms_and_every_answer() -> None:
    picture = PAGE.read_text("utf-8").split("```")[1]
    first_words = [line.partition(" ")[0] for line in picture.splitlines()]
    assert [word for word in first_words if word in ROOMS] == list(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_uses_only_what_flows_into_it(path: Path) -> None:
    own = room_of(path)
    never = used_rooms(path) - {own, *MAY_USE[own]}
    assert not never, f"{own} never imports {sorted(never)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nobody_imports_the_private_names_of_another_room(path: Path) -> None:
    private = [
        f"{module}.{name}"
        for module, name in imports(path)
        if module.split(".")[1:2] != [room_of(path)]
        and any(
            part.startswith("_") and part != "__version__" for part in (*module.split("."), name)
        )
    ]
    assert not private


@pytest.mark.parametrize(
    "path", [path for path in MODULES if room_of(path) == "stats"], ids=name_of
)
def test_statistics_read_and_write_nothing(path: Path) -> None:
    called = {
        node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    }
    assert not called & {"open", "read_csv", "to_csv", "write_text", "read_text", "print"}


def test_only_the_plan_names_municipalities_of_the_experiment() -> None:
    plan = evaluatie.load_design()
    named = {*plan.municipalities, *plan.municipalities.values()}
    for path in MODULES:
        strings = {
            node.value
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not strings & named, path
