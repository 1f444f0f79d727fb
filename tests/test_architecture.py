"""The one-way street of ARCHITECTURE.md, held against every import in the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import evaluatie

PACKAGE = Path(evaluatie.__file__).parent
PAGE = PACKAGE.parent / "ARCHITECTURE.md"

pytestmark = pytest.mark.skipif(
    not PAGE.exists(), reason="ARCHITECTURE.md stands in the checkout, not in the wheel"
)


def rooms() -> list[str]:
    block = PAGE.read_text("utf-8").split("```")[1]
    return [line.split()[0] for line in block.strip().splitlines()]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "evaluatie":
                names = [f"evaluatie.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("evaluatie.")}
    return found


MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def test_the_page_lists_every_room_and_no_other() -> None:
    built = {room_of(path) for path in MODULES} - {"_bundled", "__main__"}
    assert set(rooms()) == built
    assert len(rooms()) == len(set(rooms()))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_uses_only_rooms_above_it(path: Path) -> None:
    order = {name: position for position, name in enumerate(rooms())}
    own = room_of(path)
    if own == "__main__":
        return
    below = {
        name
        for name in imported_rooms(path) - {own, "__version__"}
        if order.get(name, 999) > order[own]
    }
    assert not below, f"{own} uses {sorted(below)}, which stand below it"


@pytest.mark.parametrize(
    "path", [p for p in MODULES if room_of(p) == "stats"], ids=lambda p: p.name
)
def test_statistics_read_and_write_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    called = {
        node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    assert not called & {"open", "read_csv", "to_csv", "write_text", "read_text", "print"}


def test_only_the_plan_names_municipalities_of_the_experiment() -> None:
    plan = evaluatie.load_design()
    for path in MODULES:
        text = path.read_text("utf-8")
        code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
        strings = {
            node.value
            for node in ast.walk(ast.parse(code))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not strings & set(plan.municipalities), path
        assert not strings & set(plan.municipalities.values()), path
