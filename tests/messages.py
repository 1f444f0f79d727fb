"""Every message that an error of the package can carry, read from its code.

A message is what stands first in the making of an error: a text, a text with values filled in (each
a slot here), or one of several. Where a function makes errors of the text that it is given, the
texts of its calls count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import NamedTuple

from evaluatie.ground import errors

KINDS = set(errors.__all__)
SLOT = "\N{MATHEMATICAL LEFT ANGLE BRACKET}{}\N{MATHEMATICAL RIGHT ANGLE BRACKET}"
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Message(NamedTuple):
    """A message with slots, and where it is made."""

    file: str
    line: int
    text: str


class Maker(NamedTuple):
    """A function that makes an error of an argument of its own."""

    function: str
    position: int
    parameter: str
    file: str


@dataclass
class Module:
    """A module of the package."""

    name: str
    tree: ast.Module

    @cached_property
    def functions(self) -> dict[str, Function]:
        found = (node for node in ast.walk(self.tree) if isinstance(node, Function))
        return {node.name: node for node in found}

    @cached_property
    def calls(self) -> list[tuple[ast.Call, Function | None]]:
        """Every call, with the innermost function that it stands in."""
        return list(_calls(self.tree, None))


def _calls(node: ast.AST, inside: Function | None) -> Iterator[tuple[ast.Call, Function | None]]:
    inside = node if isinstance(node, Function) else inside
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, inside
        yield from _calls(child, inside)


def messages(package: Path) -> tuple[list[Message], list[Message]]:
    """Return the messages of the errors of a package, and what could not be followed to a text."""
    modules = [
        Module(str(path.relative_to(package.parent)), ast.parse(path.read_text("utf-8")))
        for path in sorted(package.rglob("*.py"))
    ]
    for module in modules:
        _SHARED.update({name: made for name, made in module.functions.items() if name[0] != "_"})
    found: list[Message] = []
    open_ends: list[Message] = []
    makers = [Maker(kind, 0, "message", "") for kind in sorted(KINDS)]
    done: set[Maker] = set()
    while makers:
        maker = makers.pop()
        if maker in done:
            continue
        done.add(maker)
        for module in modules:
            if maker.file not in ("", module.name):
                continue
            for call, inside in module.calls:
                given = _given(call, maker)
                if given is None or (inside and (inside.name, maker.function) in _OWN):
                    continue
                texts = list(_texts(given, inside, module))
                for text in texts:
                    if isinstance(text, Maker):
                        makers.append(text)
                    elif text.strip(_BRACKETS).isdigit():
                        open_ends.append(Message(module.name, call.lineno, ast.unparse(given)))
                    else:
                        found.append(Message(module.name, call.lineno, text))
    return found, open_ends


def phrases(package: Path) -> list[Message]:
    """Return what errors say of where they stand and of what was expected, besides."""
    found = []
    for path in sorted(package.rglob("*.py")):
        module = Module(str(path.relative_to(package.parent)), ast.parse(path.read_text("utf-8")))
        for call, inside in module.calls:
            for each in call.keywords:
                if each.arg in ("unit", "expected"):
                    texts = _texts(each.value, inside, module)
                    said = (text for text in texts if isinstance(text, str))
                    found += [Message(module.name, call.lineno, text) for text in said]
    return found


def of_filter(lua: str) -> list[str]:
    """Return the messages of the filter of the report."""
    found = re.findall(r'fail\(\s*("(?:[^"\\]|\\.)*"(?:\s*\.\.\s*(?:"[^"]*"|[^,"]+?))*)\s*,', lua)
    return [
        "".join(
            part[1:-1] if part.startswith('"') else SLOT.format(place)
            for place, part in enumerate(re.split(r"\s*\.\.\s*", each))
        )
        for each in found
    ]


_BRACKETS = SLOT.format("")
_OWN = {("of", "cls")}
_SHARED: dict[str, Function] = {}


def _given(call: ast.Call, maker: Maker) -> ast.expr | None:
    function = call.func
    name = (
        function.id
        if isinstance(function, ast.Name)
        else function.attr
        if isinstance(function, ast.Attribute)
        else ""
    )
    if name != maker.function:
        return None
    named = next((each.value for each in call.keywords if each.arg == maker.parameter), None)
    if named is not None:
        return named
    given = call.args[maker.position] if len(call.args) > maker.position else None
    return None if isinstance(given, ast.Starred) else given


def _texts(node: ast.expr, inside: Function | None, module: Module) -> Iterator[str | Maker]:
    """Give every text that an expression can be; values that are filled in are slots."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _texts(body, inside, module)
            yield from _texts(other, inside, module)
        case ast.JoinedStr(values=values):
            options = [
                [each.value]
                if isinstance(each, ast.Constant)
                else _quoted(each, _inner(each.value, place, inside, module))
                for place, each in enumerate(values)
            ]
            yield from ("".join(parts) for parts in product(*options))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            lefts = [each for each in _texts(left, inside, module) if isinstance(each, str)]
            rights = _inner(right, 9, inside, module)
            yield from (a + b for a, b in product(lefts, rights))
        case ast.Name(id=name) if inside is not None:
            yield from _named(name, inside, module)
        case ast.Subscript(value=ast.Dict(values=values)):
            for each in values:
                yield from _texts(each, inside, module)
        case ast.Attribute(attr="message"):
            return  # of another error, which is told there
        case ast.Call(func=ast.Name(id=name)) if name in {**module.functions, **_SHARED}:
            function = {**_SHARED, **module.functions}[name]
            for each in ast.walk(function):
                if isinstance(each, ast.Return) and each.value is not None:
                    yield from _texts(each.value, function, module)
        case _:
            yield SLOT.format(0)


def _quoted(value: ast.expr, texts: list[str]) -> list[str]:
    as_repr = isinstance(value, ast.FormattedValue) and value.conversion == ord("r")
    return [f"'{each}'" for each in texts] if as_repr else texts


def _inner(node: ast.expr, place: int, inside: Function | None, module: Module) -> list[str]:
    """Return the texts that are filled in where they are choices of the code, else a slot."""
    slot = SLOT.format(place)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "left_out_reasons":
        return [""]  # a sentence of its own, or nothing
    if not isinstance(node, ast.IfExp | ast.Name):
        return [slot]
    texts = [each for each in _texts(node, inside, module) if isinstance(each, str)]
    options = texts if isinstance(node, ast.IfExp) else list(filter(None, texts))
    return [slot if each == SLOT.format(0) else each for each in options] or [slot]


def _named(name: str, inside: Function, module: Module) -> Iterator[str | Maker]:
    arguments = [*inside.args.posonlyargs, *inside.args.args, *inside.args.kwonlyargs]
    names = [each.arg for each in arguments]
    if name in names:
        bound = names[0] in ("self", "cls")
        # A method is called in other modules than its own, a private function is not.
        here = module.name if inside.name.startswith("_") else ""
        yield Maker(inside.name, names.index(name) - bound, name, here)
        return
    given = [
        value
        for each in (*ast.walk(inside), *module.tree.body)
        if isinstance(each, ast.Assign)
        for to, value in _assigned(each)
        if isinstance(to, ast.Name)
        and to.id == name
        and not any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(value))
    ]
    if not given:
        yield SLOT.format(0)
    for value in given:
        yield from _texts(value, inside, module)


def _assigned(statement: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Give each target with its value, also of several in one line."""
    for target in statement.targets:
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            yield from zip(target.elts, statement.value.elts, strict=True)
        else:
            yield target, statement.value
