"""What the pages of the report include: written once, after the analyses and before any engine.

A page holds prose, ``{{< var nl.effect_GR2026.sentence >}}`` and ``{{< include _made/nl/… >}}``.
:func:`write` looks which variables and pieces some documents ask for and writes just these:
``_variables.yml`` and, in ``_made``, one Markdown file a piece with the pictures it shows.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from evaluatie.answers.run import NotAvailableError, Run
from evaluatie.ground.errors import EvaluatieError, UnknownNameError
from evaluatie.ground.files import atomic_write
from evaluatie.ground.folders import bundled
from evaluatie.ground.formatting import Language, language
from evaluatie.report import prose, study
from evaluatie.report.pages.pieces import KINDS, Printer, picture
from evaluatie.report.rendering.markup import Line
from evaluatie.report.rendering.quarto import PREPARED
from evaluatie.report.rendering.source import MADE, VARIABLES, asked
from evaluatie.report.rendering.typst import copy_fonts

__all__ = ["prepare", "write"]

_DOTS = 220
"""Dots per inch of pictures for word processors."""
_STAMP = "stamp.txt"
_NESTED = re.compile(rf"\{{\{{< include ({MADE}/\S+) >\}}\}}")


def write(
    results: Path,
    project: Path,
    documents: Iterable[Path],
    *,
    bitmaps: bool = False,
    kept: bool = False,
    jobs: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write the variables, pieces and pictures that some documents ask for.

    Parameters
    ----------
    results
        Folder with the results of the analyses.
    project
        Folder with the pages, where ``_variables.yml`` and ``_made`` come.
    documents
        The documents to be rendered.
    bitmaps
        Whether pictures are drawn as PNG too, which DOCX wants.
    kept
        Leave pieces that are there already as they are.
    jobs
        Processes that draw; by default one for every core.
    progress
        Called with the share of the pictures that is drawn.

    Raises
    ------
    RenderError
        With file and line of the page, for a variable or piece that no result has.
    """
    variables: dict[str, Line] = {}
    wanted: dict[str, Line] = {}
    for document in documents:
        named, files = asked(document)
        variables |= {name: line for name, line in named.items() if name not in variables}
        wanted |= {name: line for name, line in files.items() if name not in wanted}
    done = Run(results)
    texts = _texts(done, project, wanted)
    # Prose follows its author at once; everything else is as its inputs were.
    done_before = {name for name in texts if kept and (project / name).is_file()}
    missing = [name for name in texts if name not in done_before or "/text-" in name]
    drawn = [name for name in missing if Path(name).name.startswith(("figure-", "sheet-"))]
    drawing = _draw(results, project, drawn, ("svg", "png") if bitmaps else ("svg",), jobs)
    values: dict[str, dict[str, dict[str, str]]] = {}
    for name, line in variables.items():
        lang, result, key = _parts(name, line)
        printer = Printer(done, lang, project)
        text = prose.printed(_told(line, name, partial(printer.variable, f"{result}.{key}")))
        values.setdefault(lang, {}).setdefault(result, {})[key] = text
    # JSON is YAML that nobody can misread.
    _write_new(project / VARIABLES, json.dumps(values, ensure_ascii=False, indent=1) + "\n")
    for name in missing:
        _write_new(project / name, texts[name])
    for number, _ in enumerate(drawing, 1):
        if progress is not None:
            progress(number / len(drawn))


def prepare(project: Path, outlines: Sequence[str], *, say: Callable[[str], None] = print) -> None:
    """Run the analyses and write documents and what they include, unless all is there already.

    Quarto calls this, by ``prepare.py`` in the project, before it renders. Analyses run again when
    counts, plan, scripts or code have changed; pieces are written when a page asks for a new one.

    Parameters
    ----------
    project
        A checkout's ``report`` or a copy of it.
    outlines
        Names of files that begin with an underscore; the documents are called so without it.
    say
        Tells what is being done.
    """
    if os.environ.get(PREPARED):
        return
    results, made = project / "_results", project / MADE
    inputs = _checksum()
    fresh = _stamped(results / _STAMP) == inputs
    if not fresh:
        shutil.rmtree(results, ignore_errors=True)
        study.run(results, progress=lambda name: say(f"analysis: {name}"))
        atomic_write(results / _STAMP, inputs)
    kept = _stamped(made / _STAMP) == inputs
    if not kept:
        shutil.rmtree(made, ignore_errors=True)
    documents = [project / name.removeprefix("_") for name in outlines]
    for name, document in zip(outlines, documents, strict=True):
        _write_new(document, (project / name).read_text("utf-8"))
    if not kept:
        copy_fonts(project)
    write(results, project, documents, bitmaps=True, kept=kept)
    atomic_write(made / _STAMP, inputs)


def _checksum() -> str:
    """Return one checksum of everything that results and pieces are made from."""
    package = Path(__file__).parents[1]
    files = [path for name in ("data", "analyses") for path in bundled(name).rglob("*")]
    files += [path for kind in ("py", "toml") for path in package.rglob(f"*.{kind}")]
    found = hashlib.sha256()
    for path in sorted(files):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _stamped(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text("utf-8")
    return ""


def _texts(done: Run, project: Path, wanted: dict[str, Line]) -> dict[str, str]:
    """Return the text of every piece that is asked for, and of those that these include."""
    texts: dict[str, str] = {}
    waiting = dict(wanted)
    while waiting:
        name, line = waiting.popitem()
        texts[name] = text = _piece(done, project, name, line)
        waiting |= {each: line for each in _NESTED.findall(text) if each not in texts}
    return dict(sorted(texts.items()))


def _piece(done: Run, project: Path, name: str, line: Line) -> str:
    found = re.fullmatch(rf"{MADE}/(\w+)/((\w+)(?:-([\w+-]+))?)\.md", name)
    if found is None:
        raise line.error(
            "this is no name of a piece", value=name, expected=f"{MADE}/nl/table-effect.md"
        )
    printer = Printer(done, language(found[1]), project)

    def printed() -> str:
        if found[3] not in KINDS:
            raise UnknownNameError.of("kind of piece", found[3], KINDS)
        return KINDS[found[3]](printer, found[4] or "")

    return prose.printed(_told(line, name, printed)).rstrip("\n") + "\n"


def _parts(name: str, line: Line) -> tuple[Language, str, str]:
    found = re.fullmatch(r"(nl|en)\.([\w-]+)\.(\w+)", name)
    if found is None:
        raise line.error(
            "this is no name of a variable", value=name, expected="nl.effect_GR2026.sentence"
        )
    return language(found[1]), found[2], found[3]


def _told(line: Line, name: str, printed: Callable[[], str]) -> str:
    """Print something, or say at the line of the page that asks for it why that cannot be."""
    try:
        return printed()
    except OSError as error:
        raise line.error(f"cannot read the text of '{name}' ({error.strerror})") from error
    except KeyError as error:
        raise line.error(f"no result has {error} for '{name}'") from error
    except (EvaluatieError, NotAvailableError) as error:
        raise line.error(f"cannot write '{name}': {error}") from error


def _draw(
    results: Path, project: Path, pieces: Sequence[str], kinds: Sequence[str], jobs: int | None
) -> Iterable[None]:
    """Draw pictures side by side, each once for all formats; iterate to wait for them."""
    if not pieces:
        return ()
    from joblib import Parallel, cpu_count, delayed

    tasks = [delayed(_draw_one)(results, project / name, kinds) for name in pieces]
    processes = cpu_count() if jobs is None else jobs
    drawn: Iterable[None] = Parallel(processes, return_as="generator_unordered")(tasks)
    return drawn


@study.rare_collection()
def _draw_one(results: Path, piece: Path, kinds: Sequence[str]) -> None:
    from evaluatie.answers.plots import not_available
    from evaluatie.answers.plots.style import style

    lang = language(piece.parent.name)
    narrow: Any = None
    with style():
        try:
            found = picture(Run(results), lang, piece.stem)
            figure: Any = found.draw()
            narrow = found.narrow and found.narrow()
        except NotAvailableError as missing:
            figure = not_available(missing.words[lang])
        for each in filter(None, (figure, narrow)):
            # Elections and municipalities are called as in the report.
            each.reword(prose.printed)
        piece.parent.mkdir(parents=True, exist_ok=True)
        for kind in kinds:
            # As large as what is drawn: a long label of an axis may stick out.
            path = piece.with_suffix(f".{kind}")
            figure.savefig(path, format=kind, dpi=_DOTS, bbox_inches="tight")
        if narrow is not None:
            narrow.savefig(piece.with_name(f"{piece.stem}-narrow.svg"))


def _write_new(path: Path, text: str) -> None:
    """Write a file if it would change, so that a preview that watches it stays calm."""
    if not path.is_file() or path.read_text("utf-8") != text:
        atomic_write(path, text)
