"""Reference pages made from the package itself, so that none can be forgotten or outdated.

Every function returns text; :func:`setup` writes it to ``reference/generated`` when Sphinx
starts. Nothing here needs Sphinx to be installed, so that tests can ask what the pages hold.
"""

from __future__ import annotations

import ast
import html
import inspect
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from joblib import Parallel, delayed

import evaluatie

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["names_of", "pages", "rooms", "setup"]

DOCS = Path(__file__).resolve().parents[1]
PACKAGE = Path(evaluatie.__file__).parent
GENERATED = "reference/generated"


class Room(NamedTuple):
    """One room of ARCHITECTURE.md: its module and what it is for."""

    module: str
    purpose: str


def rooms() -> list[Room]:
    """Return the rooms in the order of ARCHITECTURE.md, which a test holds to the code."""
    block = (DOCS.parent / "ARCHITECTURE.md").read_text("utf-8").split("```")[1]
    # A room begins its line; above the list stands the picture of what flows into what.
    parts = re.findall(r"^(\w+)  +(\S.*)$", block, re.MULTILINE)
    return [Room(f"evaluatie.{name}", purpose) for name, purpose in parts]


PUBLIC: Mapping[str, tuple[str, ...] | None] = {
    "evaluatie": None,
    **dict.fromkeys(f"evaluatie.answers.{name}" for name in ("power", "scale_up")),
    "evaluatie.answers.seats": None,
    "evaluatie.answers.plots": None,
    "evaluatie.answers.answer": ("Answer",),
    "evaluatie.plan": ("Design", "Question"),
    "evaluatie.counts.codes": None,
    "evaluatie.ground.errors": None,
    "evaluatie.stats": None,
    "evaluatie.stats.did": ("DifferenceInDifferences",),
}
"""What is public, and nothing else: the face, the rooms it names, and what these return."""


def names_of(module: str) -> list[str]:
    """Return the public names of a module that are objects, not rooms with a page of their own."""
    home = import_module(module)
    public = PUBLIC[module] or [n for n in home.__all__ if n not in ("__version__", "ENTRY")]
    return [name for name in public if not isinstance(getattr(home, name), ModuleType)]


# ------------------------------------------------------------------------------- public names


@cache
def homes() -> Mapping[int, str]:
    """Return under which name each function and class is described: its most public one."""
    found: dict[int, str] = {}
    for module in PUBLIC:
        for name in names_of(module):
            thing = getattr(import_module(module), name)
            if inspect.isroutine(thing) or _is_class(thing):
                found.setdefault(id(thing), f"{module}.{name}")
    return found


def api_pages() -> dict[str, str]:
    """Make one page per module, each object at its first and most public place."""
    made = {}
    for module in PUBLIC:
        blocks = []
        for name in names_of(module):
            thing = getattr(import_module(module), name)
            own = f"{module}.{name}"
            known = homes().get(id(thing), own)
            if known == own:
                blocks.append(_object(module, name, thing))
            else:
                role = "class" if _is_class(thing) else "func"
                blocks.append(f".. rubric:: {name}\n\nThe same as :py:{role}:`{known}`.\n")
        made[f"api/{module}.rst"] = _module_page(module, blocks)
    made["api/index.md"] = _api_index(made)
    return made


def _module_page(module: str, blocks: Iterable[str]) -> str:
    # A function of the face with the name of its room cannot share a name with that module.
    hidden = module.removeprefix("evaluatie.") in evaluatie.__all__ and callable(
        getattr(evaluatie, module.removeprefix("evaluatie."))
    )
    lines = [module, "=" * len(module), "", f".. automodule:: {module}"]
    hidden |= module == "evaluatie.stats.did"  # the function of that name is what readers mean
    lines += ["   :no-index:"] if hidden else []
    return "\n".join([*lines, "", f".. currentmodule:: {module}", "", *blocks])


def _object(module: str, name: str, thing: object) -> str:
    if _is_class(thing):
        kind = "exception" if issubclass(thing, BaseException) else "class"
        options = ["members"]
        if thing.__bases__ != (object,):
            options.append("show-inheritance")
    elif inspect.isroutine(thing):
        kind, options = "function", []
    else:
        return _data(module, name, thing)
    body = "".join(f"   :{option}:\n" for option in options)
    return f".. auto{kind}:: {name}\n{body}"


def _data(module: str, name: str, thing: object) -> str:
    """Describe a constant or type alias by the string beneath it, wherever it is assigned."""
    path, node = _assigned(Path(str(import_module(module).__file__)), name)
    following = node.body[node.body.index(path) + 1 :] if path in node.body else []
    first = following[0] if following else None
    text = ""
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        text = inspect.cleandoc(str(first.value.value))
    shown = repr(thing)
    value = f"   :value: {shown}\n" if len(shown) <= 120 and " object at " not in shown else ""
    lines = "".join(f"   {line}\n" if line else "\n" for line in text.splitlines())
    return f".. py:data:: {name}\n{value}\n{lines}"


def _assigned(file: Path, name: str) -> tuple[ast.stmt, ast.Module]:
    """Find the statement that assigns a name, through the imports that pass it on."""
    tree = ast.parse(file.read_text("utf-8"))
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(getattr(target, "id", None) == name for target in targets):
            return node, tree
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and name in {each.name for each in node.names}:
            return _assigned(Path(str(import_module(str(node.module)).__file__)), name)
    raise LookupError(f"{name} is assigned nowhere in {file}")


def _is_class(thing: object) -> Any:
    return inspect.isclass(thing) and not hasattr(thing, "__origin__")


def _api_index(made: Mapping[str, str]) -> str:
    parts = [
        "# Public names",
        "",
        "What `import evaluatie` gives, what its functions return, and the statistics that serve",
        "other people's data.",
        "",
        "| module | |",
        "|---|---|",
        *(f"| [{path}]({path}.rst) | {_first_line(path)} |" for path in PUBLIC),
        "",
        "```{toctree}",
        ":hidden:",
        *(f"{path.removeprefix('evaluatie.')} <{path}>" for path in PUBLIC),
        "```",
        "",
    ]
    return "\n".join(parts)


def examples() -> dict[str, int]:
    """Run the examples of every public docstring; return how many lines of each were tried.

    Raises
    ------
    RuntimeError
        For one that prints something else, or a public function without an example.
    """
    import doctest

    tried, told = {}, io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for module in ("evaluatie", "evaluatie.stats"):
        for name in names_of(module):
            text = inspect.getdoc(getattr(import_module(module), name)) or ""
            test = doctest.DocTestParser().get_doctest(text, {}, f"{module}.{name}", None, 0)
            tried[test.name] = len(test.examples)
            runner.run(test, out=told.write)
    without = [name for name, lines in tried.items() if not lines]
    if without or runner.failures:
        raise RuntimeError(f"no example: {', '.join(without) or 'none'}\n{told.getvalue()}")
    return tried


def gallery(folder: Path) -> str:
    """Draw what every question of the registry draws, and write the page that shows it."""
    from evaluatie.answers import COMMANDS, entries

    folder.mkdir(parents=True, exist_ok=True)
    results = evaluatie.load()
    parts = ["# Gallery", "", "What each question draws with `.plot()`, and how it is asked.", ""]
    for entry in entries():
        for command in entry.commands:
            name = command.word.replace("-", "_")
            counts = results if command.level == "municipality" else results.at(command.level)
            for asked in ("", *(['"stake"'] if name == "seats" else [])):
                made = command.call(counts, *([asked.strip('"')] if asked else []))
                if not hasattr(made, "draw") or made.draw is None:
                    continue
                file = f"{name}.svg"
                made.plot("en").savefig(folder / file)
                said = html.escape(made.sentence("en")[:300])
                code = f"evaluatie.{name}(results{', ' if asked else ''}{asked}).plot()"
                parts += [f"## {COMMANDS[command.word][1].rstrip('.')}", ""]
                parts += ["```python", code, "```", "", f"![{said}]({folder.name}/{file})", ""]
    return "\n".join(parts)


def _first_line(module: str) -> str:
    document = import_module(module).__doc__ or ""
    return _cell(document.strip().partition("\n")[0].removesuffix("."))


# ------------------------------------------------------------------------- tables and columns


def tables_page() -> str:
    """Describe every table and column, from the schema that the loader checks against."""
    from evaluatie.counts.schema import TABLES
    from evaluatie.sources.columns import LEVEL_TABLES

    parts = [
        "# Tables and columns",
        "",
        "The loader checks every table against these descriptions, the data build writes them to",
        "`data/datapackage.json`, and this page prints them. An empty cell means *unknown*, never",
        "zero. Shares are fractions.",
        "",
        "## Tables that ship",
        "",
        "Load one with `evaluatie.load_table(name)`; a file of the same name in your own folder",
        "is laid on top.",
        "",
    ]
    for table in TABLES.values():
        parts += _table(table)
    parts += [
        "## Tables read from official files",
        "",
        "What {py:func}`evaluatie.read` and `evaluatie ingest` give beside `municipal_results`.",
        "",
    ]
    for table in LEVEL_TABLES.values():
        if table.name not in TABLES:
            parts += _table(table)
            continue
        known = {column.name for column in TABLES[table.name].columns}
        more = [column for column in table.columns if column.name not in known]
        if more:
            parts += [f"### More columns of `{table.name}`", "", *_columns(more)]
    return "\n".join(parts)


def _table(table: Any) -> list[str]:
    key = ", ".join(f"`{name}`" for name in table.key)
    lines = [f"(table-{table.name})=", f"### `{table.name}`", "", f"{table.title}.", ""]
    if key:
        lines += [f"Key: {key}.", ""]
    return [*lines, *_columns(table.columns)]


def _columns(columns: Iterable[Any]) -> list[str]:
    lines = [":::{table}", ":class: columns", "", "| column | type | meaning |", "|---|---|---|"]
    for column in columns:
        words = [column.description.removesuffix(".")]
        if column.values and not all(value in column.description for value in column.values):
            words.append("one of " + ", ".join(f"`{value}`" for value in column.values))
        if column.pattern:
            words.append(f"pattern `{column.pattern}`")
        if column.minimum is not None:
            words.append(f"at least {column.minimum}")
        words.append("never empty" if column.required else "may be empty")
        lines.append(f"| `{column.name}` | {column.type} | {_cell('; '.join(words))} |")
    return [*lines, ":::", ""]


# ------------------------------------------------------------------------------ finding codes


class Code(NamedTuple):
    """One finding code, as ``_extensions/findings.toml`` explains it."""

    code: str
    where: str
    meaning: str
    settings: tuple[str, ...]
    sentences: tuple[str, ...]


def codes() -> list[Code]:
    """Return every finding code with its explanation."""
    text = (Path(__file__).with_name("findings.toml")).read_text("utf-8")
    return [
        Code(
            code,
            where,
            entry["meaning"],
            tuple(entry.get("settings", ())),
            tuple(entry.get("sentences", ())),
        )
        for where, entries in tomllib.loads(text).items()
        for code, entry in entries.items()
    ]


class Refusal(NamedTuple):
    """One rule under which input is refused: the error and its message, from the source."""

    rule: str
    kind: str
    message: str
    room: str


def refusals() -> list[Refusal]:
    """Find every error of the package that names its rule as a fixed text."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        tree = ast.parse(path.read_text("utf-8"))
        texts = {
            (target.id, node.lineno): node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            kind, at, where = _HELPERS.get(name, (name, 0, 0))
            rule: ast.expr | None = {each.arg: each.value for each in call.keywords}.get("rule")
            if rule is None and where and len(call.args) > where:
                rule = call.args[where]
            if kind.endswith("Error") and isinstance(rule, ast.Constant) and len(call.args) > at:
                said = _given(call.args[at], texts)
                found.add(Refusal(str(rule.value), kind, _message(said), room))
    return sorted(found)


_HELPERS = {
    "refuse": ("EstimationError", 0, 0),
    "_error": ("InputError", 0, 2),
    "refusal": ("InputError", 0, 3),
    "_bad": ("InputError", 0, 3),
    "_row_error": ("InputError", 2, 3),
    "refuse_rows": ("InputError", 1, 0),
    "refuse_sums": ("InputError", 2, 0),
}
"""Functions that build an error: its kind, and which arguments are message and rule.

A rule at 0 is named where it is given.
"""


def _given(node: ast.expr, texts: Mapping[tuple[str, int], ast.expr]) -> ast.expr:
    """Return what a name was given last before it is used; else the expression itself."""
    if not isinstance(node, ast.Name):
        return node
    lines = [line for name, line in texts if name == node.id and line < node.lineno]
    return texts[node.id, max(lines)] if lines else node


def _message(node: ast.expr) -> str:
    """Return a message with … where the code fills something in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts
            )
    return "…"


def findings_page() -> str:
    """Explain every finding code, with its sentence, and list the rules of refusal."""
    from evaluatie.ground.words import sentences

    plan = evaluatie.load_design().raw["quality"]
    parts = [(DOCS / "_extensions" / "findings.md").read_text("utf-8").rstrip(), ""]
    titles = {
        "quality": ("Plausibility: `evaluatie quality`", "quality"),
        "reading": ("Reading: `evaluatie ingest` and `evaluatie validate`", "reading"),
        "exceptions": ("Oddities noted by hand: `known_exceptions.csv`", ""),
    }
    for where, (title, room) in titles.items():
        parts += [f"## {title}", ""]
        for each in codes():
            if each.where != where:
                continue
            limits = "; ".join(f"`{name}` = {plan[name]}" for name in each.settings)
            parts += [f"`{each.code}`", f": {each.meaning}{f' ({limits})' if limits else ''}", ""]
            for key in each.sentences:
                parts += [f"  *{_slots(sentences(room)[key]['en'])}*", ""]
    parts += [
        "## Refused input",
        "",
        "What cannot be used at all is an {py:class}`~evaluatie.EvaluatieError`: one line on the",
        "terminal, exit code 2. Its `rule` is one of these; … is filled in.",
        "",
    ]
    listed = refusals()
    for room in dict.fromkeys(room.module.removeprefix("evaluatie.") for room in rooms()):
        own = [each for each in listed if each.room == room]
        if own:
            parts += [f"### {room}", "", ":::{table}", ":class: refusals", ""]
            parts += ["| rule | error | message |", "|---|---|---|"]
            parts += [f"| `{_cell(e.rule)}` | {e.kind} | {_cell(e.message)} |" for e in own]
            parts += [":::", ""]
    return "\n".join(parts)


def _slots(text: str) -> str:
    """Show what a sentence is filled with as words in brackets."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: f"[{m[1].replace('_', ' ')}]", text)


# ----------------------------------------------------------------------------------- commands


def commands_page() -> str:
    """Describe every command as its own help does, by typer's generator."""
    made = subprocess.run(
        [
            sys.executable,
            "-m",
            "typer",
            "evaluatie.cli.app",
            "utils",
            "docs",
            "--name",
            "evaluatie",
        ],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "400"},
    ).stdout
    # Commands in the table of contents need no "evaluatie" before each.
    body = made.partition("\n")[2].replace("**Usage**:\n\n", "")
    body = re.sub(r"^\*\*(Options|Arguments|Commands)\*\*:$", r"\1:", body, flags=re.MULTILINE)
    return (
        "# Commands\n\n"
        "Exit codes of every command: 0 done; 1 done, with findings or with figures that do not\n"
        "reproduce; 2 bad input or usage, with one line on standard error; 130 stopped by you.\n\n"
        "`evaluatie --install-completion` teaches your shell to complete commands.\n\n"
        "## `evaluatie`\n" + body
    )


# --------------------------------------------------------------------------------- references


_ROLE = re.compile(r":(func|class|data|attr|meth|exc):`(\w[\w.]*)`")


def _spell_out(_app: Sphinx, what: str, name: str, thing: Any, _o: Any, lines: list[str]) -> None:
    """Give names in a docstring the module that they are meant in, where it is not said."""
    module = getattr(thing, "__module__", None) or name.rpartition(".")[0]

    def full(match: re.Match[str]) -> str:
        role, target = match.groups()
        known = _thing(f"{module}.{target}") is not None
        return f":{role}:`~{module}.{target}`" if known else match.group()

    lines[:] = [_ROLE.sub(full, line) for line in lines]
    if what in ("property", "attribute") and ": " in lines[0]:
        # Napoleon takes words before a colon for a type, unless nothing follows on that line.
        before, _, after = lines[0].partition(": ")
        lines[:1] = [f"{before}:", after]


def _find(app: Sphinx, env: Any, node: Any, inside: Any) -> Any:
    """Link a name to where it is described; leave one that exists, but has no page, as text."""
    if node.get("refdomain") != "py":
        return None
    target = str(node["reftarget"])
    first, _, rest = target.partition(".")
    named = [home for home in homes().values() if home.rpartition(".")[2] == first and rest]
    for path in (target, f"{node.get('py:module')}.{target}", *(f"{h}.{rest}" for h in named)):
        thing = _thing(path)
        if thing is None:
            continue
        home = homes().get(id(thing))
        if home and home != target:
            domain = env.get_domain("py")
            source = node["refdoc"]
            return domain.resolve_xref(env, source, app.builder, "obj", home, node, inside)
        return inside
    return None


def _thing(path: str) -> object | None:
    """Return the object of the package that a dotted path names, or None."""
    if not path.startswith("evaluatie"):
        return None
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for name in parts[length:]:
            fields = getattr(found, "__dataclass_fields__", {})
            found = fields.get(name) or getattr(found, name, None)
        return found
    return None


# ------------------------------------------------------------------------------------ writing


def pages() -> dict[str, str]:
    """Make all pages: path under ``reference/generated`` to text."""
    return {
        **api_pages(),
        "tables.md": tables_page(),
        "findings.md": findings_page(),
        "commands.md": commands_page(),
    }


def _cell(text: str) -> str:
    """Make text safe inside a cell of a Markdown table."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def write(folder: Path) -> None:
    """Run the examples; write the pages that differ, and remove what is no longer made."""
    import synthetic_eml as invented  # beside the tests, on the path of the build

    shutil.rmtree(folder / "figures", ignore_errors=True)
    # Examples and gallery take nearly all of the time before the first page, and as long.
    jobs = (delayed(gallery)(folder / "figures"), delayed(examples)(), delayed(pages)())
    drawn, _, others = Parallel(n_jobs=len(jobs))(jobs)
    made = others | {"gallery.md": drawn}
    for path in folder.rglob("*"):
        known = path.parent.name == "figures" or path.relative_to(folder).as_posix() in made
        if path.is_file() and not known:
            path.unlink()
    invented.example(folder / "from-the-municipality.zip")
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = text.rstrip() + "\n"
        if not path.exists() or path.read_text("utf-8") != whole:
            path.write_text(whole, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before Sphinx looks which there are; let references find their homes."""
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / GENERATED))
    app.connect("autodoc-process-docstring", _spell_out, priority=100)
    app.connect("missing-reference", _find)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
