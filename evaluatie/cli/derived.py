"""Commands made from the answers: options, help and output follow from what they declare.

A command calls a public function of the library. Its parameters become options: a ``Literal`` a
choice, a sequence a repeatable option, and the first sentence of a parameter's description in the
docstring its help. Every command has ``--sort``, ``--top``, ``--lang``, ``--data``, ``--json`` and
``--csv``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import typer

from evaluatie.answers.entry import Command
from evaluatie.cli.options import (
    AsCsv,
    AsJson,
    CandidateData,
    Data,
    Lang,
    Sort,
    Top,
    arranged,
    emit,
    write,
)
from evaluatie.plan import VINTAGES

if TYPE_CHECKING:
    from evaluatie.answers.answer import Answer


_SELECT: Mapping[str, Any] = {
    "election": Annotated[
        list[str] | None,
        typer.Option("--election", "-e", metavar="ID", help="Such as TK2025; repeatable."),
    ],
    "municipality": Annotated[
        list[str] | None,
        typer.Option("--municipality", "-m", metavar="NAME", help="Name or code; repeatable."),
    ],
    "vintage": Annotated[
        Literal[VINTAGES],
        typer.Option("--vintage", help="best = official where complete."),
    ],
}
_DEFAULTS = {"vintage": "best"}
_METAVAR = {"election": "ID", "as_of": "ID"}
_SHORT = {"election": "-e", "municipality": "-m"}
_SECTION = re.compile(r"^ *(Parameters|Returns|Raises|Examples)\n *-+$", re.MULTILINE)


def build(command: Command) -> Callable[..., None]:
    """Return the function that typer runs for a command of an answer."""
    own = _options(command)
    select = {name: _SELECT[name] for name in command.select if name not in own}

    def run(**given: Any) -> None:
        from evaluatie.answers.answer import Answer

        lang = given["lang"]
        made = answered(command, {name: given[name] for name in (*own, *select, "data")})
        if not isinstance(made, Answer):
            write(made[lang])
            return
        made = arranged(made, given["sort"], given["top"])
        emit(made, lang, as_json=given["as_json"], as_csv=given["as_csv"], listed=command.listed)
        if made.findings:
            raise typer.Exit(1)

    parameters = inspect.signature(command.call).parameters
    folder = CandidateData if command.files == "candidate" else Data
    options: dict[str, tuple[Any, Any]] = {
        **{name: (hint, parameters[name].default) for name, hint in own.items()},
        **{name: (hint, _DEFAULTS.get(name)) for name, hint in select.items()},
        "sort": (Sort, None),
        "top": (Top, None),
        "lang": (Lang, "nl"),
        "data": (folder, None),
        "as_json": (AsJson, False),
        "as_csv": (AsCsv, False),
    }
    named = {"kind": inspect.Parameter.KEYWORD_ONLY}
    run.__name__ = command.word.replace("-", "_")
    run.__doc__ = help_of(command.call)[0]
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, default=default, annotation=hint, **named)
            for name, (hint, default) in options.items()
        ]
    )
    run.__annotations__ = {name: hint for name, (hint, _) in options.items()}
    return run


def answered(command: Command, given: Mapping[str, Any]) -> Answer | Mapping[str, str]:
    """Return what a command answers to its options, of which some narrow the counts."""
    from evaluatie.counts import Results, load

    asked = dict(given)
    results = load(
        vintage=asked.pop("vintage", "best"), data=asked.pop("data"), level=command.level
    )
    own = inspect.signature(command.call).parameters
    for name, narrowed in (("election", Results.where), ("municipality", Results.only)):
        if name in asked and name not in own and (chosen := asked.pop(name)):
            results = narrowed(results, chosen)
    return command.call(results, **asked)


def help_of(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Return the first paragraph of a docstring, and the first sentence of each parameter."""
    parts = _SECTION.split(inspect.getdoc(function) or "")
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    found: dict[str, str] = {}
    for block in re.split(r"\n(?=\S)", sections.get("Parameters", "").strip("\n")):
        names, _, text = block.partition("\n")
        sentence = re.split(r"(?<=\.)\s", " ".join(text.split()), maxsplit=1)[0]
        for name in names.split(","):
            found[name.strip()] = sentence.replace("``", "").rstrip(";:.") + "."
    opening = " ".join(parts[0].split("\n\n")[0].split())
    return opening.replace("``", ""), found


def _options(command: Command) -> dict[str, Any]:
    """Return name to annotation of the parameters that are options, without the first."""
    words = help_of(command.call)[1]
    hints = get_type_hints(command.call, include_extras=True)
    names = [name for name in inspect.signature(command.call).parameters if name in hints][1:]
    found: dict[str, Any] = {}
    for name in names:
        if name in command.hide:
            continue
        kind, metavar = _typed(hints[name])
        said = words.get(name, "")
        if name in command.positional:
            shown = typer.Argument(metavar=metavar or name.upper(), help=said)
        else:
            flags = [f"--{name.rstrip('_').replace('_', '-')}", _SHORT.get(name, "")]
            metavar = _METAVAR.get(name, metavar)
            shown = typer.Option(*filter(None, flags), metavar=metavar, help=said)
        found[name] = Annotated[kind, shown]
    return found


def _typed(hint: Any) -> tuple[Any, str | None]:
    """Return the type that typer takes for an annotation of the library, and its metavar."""
    if get_origin(hint) in (Union, type(int | str)):
        inner = [each for each in get_args(hint) if each is not type(None)]
        several = [each for each in inner if get_origin(each) in (Sequence, list, tuple)]
        if several:
            return list[str] | None, "NAME"
        kind, metavar = _typed(inner[0])
        return kind | None, metavar
    if get_origin(hint) is Annotated:
        return Literal[get_args(hint)[1]], None
    if get_origin(hint) is Literal:
        return hint, None
    return hint, {str: "NAME", int: "N", float: "X", Path: "PATH"}.get(hint)
