"""The whole run: counts to analyses to pages."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from evaluatie.answers.run import Run
from evaluatie.answers.sheets import place_of, sheets_of, slug
from evaluatie.counts import load
from evaluatie.ground.errors import RenderError, UnknownNameError
from evaluatie.ground.escape import markdown_text
from evaluatie.ground.files import atomic_folder, atomic_write
from evaluatie.ground.folders import bundled
from evaluatie.ground.formatting import Language, language
from evaluatie.plan import load_design
from evaluatie.report import pages, study
from evaluatie.report.prose import printed
from evaluatie.report.rendering import FORMATS, Engine, Rendered, render_all

DEFAULT_FORMATS = ("html", "pdf")
DOCUMENTS: Mapping[Language, str] = {"nl": "_rapport.qmd", "en": "_report.qmd"}
"""The outline of the report in each language; the report is called so without the underscore."""
SHEETS: Mapping[Language, str] = {"nl": "_gemeente.qmd", "en": "_municipality.qmd"}
"""The sheet of one municipality in each language; its title and code are put in."""
INDEXES: Mapping[Language, str] = {"nl": "_gemeenten.qmd", "en": "_municipalities.qmd"}
"""The page that links to all sheets; their folder is called so, without the underscore."""
SHEET_ANALYSES = (
    "data",
    "effect",
    "first_counts",
    "quality",
    "rates",
    "seats",
    "sheets",
    "stations",
)
"""The analyses whose results a sheet shows."""
_PLAIN_NAME = re.compile(r"'?[^\W\d_](?:[ '-]?[^\W\d_]|[.,]? ?\((?:[^\W\d_]|\.)+\))*")
_Report = Callable[[str, float], None]


@dataclass(frozen=True)
class MadeReport:
    """A rendered report: its files by name, the engine, how long it took, what it remarked."""

    files: Mapping[str, Path]
    engine: str
    seconds: float
    warnings: tuple[str, ...] = ()
    """Each with the file that it is of; the command writes them to standard error."""

    def describe(self) -> str:
        """Say in a few lines which engine made which files in how long."""
        lines = [f"rendered with {self.engine} in {self.seconds:.1f} s"]
        lines += [str(path) for path in self.files.values()]
        return "\n".join(lines) + "\n"


@study.rare_collection()
def make_report(
    out: Path,
    *,
    lang: str | Sequence[str] = "nl",
    formats: Sequence[str] = DEFAULT_FORMATS,
    engine: str = "auto",
    data: Path | None = None,
    elections: Sequence[str] | None = None,
    municipalities: Sequence[str] | None = None,
) -> MadeReport:
    """Run every analysis once and render the report in every language and format.

    Parameters
    ----------
    out
        Folder for the finished files; a failed or stopped run leaves it as it was.
    lang
        ``nl``, ``en`` or both.
    formats
        Any of :data:`FORMATS`.
    engine
        ``quarto``, ``embedded``, or ``auto``: Quarto where it is installed.
    data
        Folder with the user's own tables.
    elections
        Only these elections and the ones that they are compared with; all by default.
    municipalities
        Instead of the report the one-page sheets of these municipalities, by name or code;
        files are called after them, such as ``gouda.html``, in English ``gouda-en.html``. Only
        the analyses that a sheet shows are run.

    Raises
    ------
    UnknownNameError
        For an unknown language, format, engine, election or municipality.
    InputError
        For a municipality that never voted with the new ballot.
    EvaluatieError
        Whatever an analysis or the renderer finds wrong, with file and line.
    """
    from evaluatie.report.rendering.embedded import copy_project

    started = time.monotonic()
    asked = [lang] if isinstance(lang, str) else lang
    spoken = list(dict.fromkeys(language(each) for each in asked or [""]))
    places = _places(municipalities or (), data)
    analyses = SHEET_ANALYSES if places else tuple(study.scripts())
    wanted = list(dict.fromkeys(formats))
    for each in wanted or [""]:
        if each not in FORMATS:
            raise UnknownNameError.of("format", each, FORMATS)
    chosen = _engine(engine)
    with (
        atomic_folder(out) as ready,
        tempfile.TemporaryDirectory(prefix="evaluatie-") as scratch,
        _progress(len(analyses)) as (analysed, rendered),
    ):
        results, project = Path(scratch) / "results", Path(scratch) / "report"
        copy_project(bundled("report"), project)
        documents = (
            [
                _sheet(code, name, each, project, alone=True)
                for code, name in places.items()
                for each in spoken
            ]
            if places
            else [_document(each, project) for each in spoken]
        )
        study.run(
            results,
            data,
            only=analyses,
            elections=elections,
            sheets=bool(places),
            progress=analysed,
        )
        with _at_home(project):
            pages.write(
                results,
                project,
                documents,
                bitmaps="docx" in wanted,
                progress=lambda share: rendered("figures", share),
            )
            in_formats = dict.fromkeys(documents, wanted)
            made = render_all(in_formats, ready, engine=chosen, progress=rendered)
            warnings = _remarks(made)
            for each in () if places else spoken:
                kinds = [kind for kind in wanted if kind != "docx"]
                warnings += _sheets(each, results, project, ready, kinds)
        made_files = (*ready.glob("*.*"), *ready.glob("*/index.html"))
        names = sorted(str(path.relative_to(ready)) for path in made_files)
    used = next(iter(made.values())).engine
    seconds = time.monotonic() - started
    return MadeReport({name: out / name for name in names}, used, seconds, warnings)


def finish(project: Path) -> None:
    """Finish what Quarto has rendered of the report's project, and make the sheets beside it.

    Parameters
    ----------
    project
        The report's own folder, with its results and with what was rendered in ``_output``;
        there the sheets come, in the languages of the pages. Nothing is done where
        :func:`make_report` runs Quarto: it does both itself.
    """
    from evaluatie.report.rendering import docx
    from evaluatie.report.rendering.embedded import copy_project, source_date
    from evaluatie.report.rendering.quarto import PREPARED
    from evaluatie.report.rendering.source import read_document

    if os.environ.get(PREPARED):
        return
    out = project / "_output"
    with tempfile.TemporaryDirectory(prefix="evaluatie-") as scratch:
        copy = Path(scratch) / "report"
        copy_project(project, copy)
        for lang, outline in DOCUMENTS.items():
            made = out / outline.strip("_")
            if (word := made.with_suffix(".docx")).is_file():
                settings = read_document(project / made.name).settings
                whole = docx.finish(word.read_bytes(), settings, source_date(settings))
                atomic_write(word, whole)
            if made.with_suffix(".html").is_file():
                for each in _sheets(lang, project / "_results", copy, out, ["html", "pdf"]):
                    sys.stderr.write(f"{each}\n")


def _remarks(made: Mapping[Path, Rendered], folder: str = "") -> tuple[str, ...]:
    """Return the warnings of documents, each with the PDF that it is of."""
    return tuple(
        f"{folder}{source.stem}.pdf: {told}"
        for source, each in made.items()
        for told in each.warnings
    )


def _document(lang: Language, project: Path) -> Path:
    """Write the document of the report in a copy of the project, from its outline."""
    document = project / DOCUMENTS[lang].removeprefix("_")
    document.write_text((project / DOCUMENTS[lang]).read_text("utf-8"), "utf-8")
    return document


@contextmanager
def _at_home(project: Path) -> Iterator[None]:
    """Let errors name the file that an author edits instead of its copy."""
    try:
        yield
    except RenderError as error:
        if error.file and Path(error.file).is_relative_to(project):
            home = bundled("report") / Path(error.file).relative_to(project)
            outline = home.with_name(f"_{home.name}")
            error.file = str(outline if outline.exists() else home)
        raise


def _places(municipalities: Sequence[str], data: Path | None) -> dict[str, str]:
    """Return the municipalities that are asked for, code to name, before any work is done."""
    plan = load_design(data=data)
    codes = []
    for name in municipalities:
        try:
            codes.append(place_of(name, plan))
        except UnknownNameError:
            # The counts know municipalities outside the experiment, and their own spellings.
            codes.append(place_of(name, plan, load(data=data)))
    return {code: plan.municipalities[code] for code in dict.fromkeys(codes)}


def _sheets(
    lang: Language, results: Path, project: Path, ready: Path, formats: Sequence[str]
) -> tuple[str, ...]:
    """Render the sheet of each municipality that something is known of, and the page of links.

    Returns
    -------
    tuple of str
        The warnings of their making.
    """
    if not formats:
        return ()
    known = sheets_of(Run(results))
    index = project / "index.qmd"
    index.write_text((project / INDEXES[lang]).read_text("utf-8"), "utf-8")
    documents = [_sheet(code, name, lang, project) for code, name in known.items()]
    pages.write(results, project, [index, *documents])
    folder = ready / INDEXES[lang].strip("_").removesuffix(".qmd")
    # In seconds all together, where Quarto takes as long for each.
    wanted = {index: ["html"], **dict.fromkeys(documents, formats)}
    return _remarks(render_all(wanted, folder, engine="embedded"), f"{folder.name}/")


def _sheet(code: str, name: str, lang: Language, project: Path, *, alone: bool = False) -> Path:
    """Write the document of a municipality in a copy of the project, called after it."""
    text = (project / SHEETS[lang]).read_text("utf-8")
    title = f"title: {json.dumps(_title(name), ensure_ascii=False)}"
    before, rest = re.split(r"^title:.*$", text, maxsplit=1, flags=re.MULTILINE)
    document = project / f"{slug(name)}{'' if lang == 'nl' or not alone else '-' + lang}.qmd"
    document.write_text(before + title + rest.replace("CODE", code), "utf-8")
    return document


def _title(name: str) -> str:
    """Return a name as Markdown; letters with the usual marks stay as they are."""
    return printed(name if _PLAIN_NAME.fullmatch(name) else markdown_text(name))


def _engine(name: str) -> Engine:
    from evaluatie.report.rendering import quarto

    known: tuple[Engine, ...] = get_args(Engine)
    if name not in known:
        raise UnknownNameError.of("engine", name, known)
    # Said before the analyses run, not after.
    if name == "quarto" and quarto.find() is None:
        raise RenderError("quarto is not on the PATH", rule="quarto")
    return known[known.index(name)]


@contextmanager
def _progress(analyses: int) -> Iterator[tuple[Callable[[str], None], _Report]]:
    """Show a bar on a terminal and plain lines elsewhere, on standard error."""
    if not sys.stderr.isatty():
        said: set[str] = set()

        def line(text: str) -> None:
            if text not in said:
                said.add(text)
                sys.stderr.write(f"{text}\n")

        yield (lambda name: line(f"analysis: {name}"), lambda step, _: line(f"render: {step}"))
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bars:
        # The analyses are half of the bar, figures and documents a quarter each.
        task = bars.add_task("", total=2.0)
        finished = 0

        def analysed(name: str) -> None:
            bars.update(task, description=name, advance=1 / max(analyses, 1))

        def rendered(step: str, share: float) -> None:
            nonlocal finished
            bars.update(task, description=step, completed=1 + (finished + share) / 2)
            finished += share >= 1

        yield analysed, rendered
