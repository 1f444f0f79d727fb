"""The whole run: counts to analyses to pages."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evaluatie.answers.sheets import place_of, slug
from evaluatie.cells import MUNICIPALITY_VARIABLE, RESULTS_VARIABLE
from evaluatie.counts import load
from evaluatie.ground.errors import InputError, RenderError, UnknownNameError
from evaluatie.ground.escape import markdown_text
from evaluatie.ground.files import atomic_folder
from evaluatie.ground.folders import bundled
from evaluatie.ground.formatting import Language, language
from evaluatie.plan import Design, load_design
from evaluatie.report import study

__all__ = ["DOCUMENTS", "FORMATS", "SHEETS", "MadeReport", "chapter_of_sheets", "make_report"]

FORMATS = ("html", "pdf", "docx")
DEFAULT_FORMATS = ("html", "pdf")
DOCUMENTS: Mapping[Language, str] = {"nl": "rapport.qmd", "en": "report.qmd"}
"""The report in each language; both print the same results."""
SHEETS: Mapping[Language, str] = {"nl": "gemeente.qmd", "en": "municipality.qmd"}
"""The sheet of one municipality in each language; its title is put in."""
CHAPTER = "municipalities.qmd"
"""The chapter of the report with all sheets, in the folder of each language."""
SHEET_ANALYSES = (
    "coverage",
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
_Engine = Literal["auto", "quarto", "embedded"]
_ENGINES: tuple[_Engine, ...] = ("auto", "quarto", "embedded")
_Report = Callable[[str, float], None]


@dataclass(frozen=True)
class MadeReport:
    """A rendered report: its files by name, the engine, how long it took."""

    files: Mapping[str, Path]
    engine: str
    seconds: float

    def describe(self) -> str:
        """Say in a few lines which engine made which files in how long."""
        lines = [f"rendered with {self.engine} in {self.seconds:.1f} s"]
        lines += [str(path) for path in self.files.values()]
        return "\n".join(lines) + "\n"


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
    from evaluatie.report.rendering import render

    started = time.monotonic()
    spoken = [language(each) for each in ([lang] if isinstance(lang, str) else lang)]
    in_order = list(dict.fromkeys(spoken))
    places = _places(municipalities or (), data)
    count = len(in_order) * max(len(places), 1)
    analyses = SHEET_ANALYSES if places else tuple(study.scripts())
    wanted = list(dict.fromkeys(formats))
    for each in wanted or [""]:
        if each not in FORMATS:
            raise UnknownNameError.of("format", each, FORMATS)
    chosen = _engine(engine)
    used = ""
    with (
        atomic_folder(out) as ready,
        tempfile.TemporaryDirectory(prefix="evaluatie-") as scratch,
        _progress(len(analyses), count) as (analysed, rendered),
    ):
        results, project = Path(scratch) / "results", Path(scratch) / "report"
        documents = (
            _sheets(places, in_order, project)
            if places
            else [(each, {}) for each in _reports(in_order, load_design(data=data), project)]
        )
        study.run(results, data, only=analyses, elections=elections, progress=analysed)
        for document, environment in documents:
            made = render(
                document,
                ready,
                formats=wanted,
                engine=chosen,
                environment={RESULTS_VARIABLE: str(results), **environment},
                progress=rendered,
            )
            used = made.engine
        names = sorted(path.name for path in ready.iterdir() if path.is_file())
    return MadeReport({name: out / name for name in names}, used, time.monotonic() - started)


def _reports(langs: Sequence[Language], plan: Design, project: Path) -> list[Path]:
    """Return the report in each language, with a sheet of every municipality of the plan.

    The project itself has those of the plan that ships; where the user's plan has others, a
    copy is written with these.
    """
    folder = bundled("report")
    for lang in langs:
        if not (folder / DOCUMENTS[lang]).exists():
            path = folder / DOCUMENTS[lang]
            raise InputError("there is no report in this language", file=path, rule="report")
    texts = {lang: (folder / lang / CHAPTER).read_text("utf-8") for lang in langs}
    wanted = {lang: chapter_of_sheets(text, lang, plan) for lang, text in texts.items()}
    if wanted != texts:
        from evaluatie.report.rendering.embedded import copy_project

        copy_project(folder, project)
        folder = project
        for lang, text in wanted.items():
            (folder / lang / CHAPTER).write_text(text, "utf-8")
    return [folder / DOCUMENTS[lang] for lang in langs]


def chapter_of_sheets(text: str, lang: Language, plan: Design) -> str:
    """Return the chapter with the sheets: its own opening, then a section a municipality.

    Sections stand in the order of the names, leaving out the article of ``'s-Hertogenbosch``.
    """
    opening = re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0]
    by_name = sorted(
        plan.municipalities.items(), key=lambda item: re.sub(r"^'\w-", "", item[1]).casefold()
    )
    sections = [
        f"## {_heading(name)} {{#sec-{code.lower()}}}\n\n"
        f'```{{python}}\n#| include: false\nplace = r.municipality("{code}")\n```\n\n'
        f"{{{{< include {lang}/sheet.qmd >}}}}\n"
        for code, name in by_name
    ]
    return opening + "\n".join(sections)


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
    places: Mapping[str, str], langs: Sequence[Language], project: Path
) -> list[tuple[Path, dict[str, str]]]:
    """Write a document for each municipality and language in a copy of the project."""
    from evaluatie.report.rendering.embedded import copy_project

    copy_project(bundled("report"), project)
    documents = []
    for code, name in places.items():
        for lang in langs:
            text = (project / SHEETS[lang]).read_text("utf-8")
            title = f"title: {json.dumps(_title(name), ensure_ascii=False)}"
            before, rest = re.split(r"^title:.*$", text, maxsplit=1, flags=re.MULTILINE)
            document = project / f"{slug(name)}{'' if lang == 'nl' else '-' + lang}.qmd"
            document.write_text(before + title + rest, "utf-8")
            documents.append((document, {MUNICIPALITY_VARIABLE: code}))
    return documents


def _title(name: str) -> str:
    """Return a name as Markdown; letters with the usual marks stay as they are."""
    return name if _PLAIN_NAME.fullmatch(name) else markdown_text(name)


def _heading(name: str) -> str:
    """Return a name as a heading; Markdown would turn an apostrophe in front around."""
    title = _title(name)
    return f"\\{title}" if title.startswith("'") else title


def _engine(name: str) -> _Engine:
    from evaluatie.report.rendering import quarto

    for known in _ENGINES:
        if name == known:
            # Said before the analyses run, not after.
            if known == "quarto" and quarto.find() is None:
                raise RenderError("quarto is not on the PATH", rule="quarto")
            return known
    raise UnknownNameError.of("engine", name, _ENGINES)


@contextmanager
def _progress(analyses: int, documents: int) -> Iterator[tuple[Callable[[str], None], _Report]]:
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
        # The analyses are half of the bar, rendering the other half.
        task = bars.add_task("", total=2.0)
        finished = 0

        def analysed(name: str) -> None:
            bars.update(task, description=name, advance=1 / max(analyses, 1))

        def rendered(step: str, share: float) -> None:
            nonlocal finished
            bars.update(task, description=step, completed=1 + (finished + share) / documents)
            finished += share >= 1

        yield analysed, rendered
