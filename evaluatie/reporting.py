"""The whole run: counts to analyses to pages."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evaluatie import study
from evaluatie.cells import RESULTS_VARIABLE
from evaluatie.errors import InputError, UnknownNameError
from evaluatie.files import atomic_folder
from evaluatie.formatting import Language, language
from evaluatie.places import bundled

__all__ = ["DOCUMENTS", "FORMATS", "MadeReport", "make_report"]

FORMATS = ("html", "pdf", "docx")
DEFAULT_FORMATS = ("html", "pdf")
DOCUMENTS: Mapping[Language, str] = {"nl": "rapport.qmd", "en": "report.qmd"}
"""The report in each language; both print the same results."""
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

    Raises
    ------
    UnknownNameError
        For an unknown language, format, engine or election.
    EvaluatieError
        Whatever an analysis or the renderer finds wrong, with file and line.
    """
    from evaluatie.rendering import render

    started = time.monotonic()
    spoken = [language(each) for each in ([lang] if isinstance(lang, str) else lang)]
    documents = [_document(each) for each in dict.fromkeys(spoken)]
    wanted = list(dict.fromkeys(formats))
    for each in wanted or [""]:
        if each not in FORMATS:
            raise UnknownNameError.of("format", each, FORMATS)
    chosen = _engine(engine)
    used = ""
    with (
        atomic_folder(out) as ready,
        tempfile.TemporaryDirectory(prefix="evaluatie-") as scratch,
        _progress(len(study.scripts()), len(documents)) as (analysed, rendered),
    ):
        results = Path(scratch)
        study.run(results, data, elections=elections, progress=analysed)
        for document in documents:
            made = render(
                document,
                ready,
                formats=wanted,
                engine=chosen,
                environment={RESULTS_VARIABLE: str(results)},
                progress=rendered,
            )
            used = made.engine
        names = sorted(path.name for path in ready.iterdir() if path.is_file())
    return MadeReport({name: out / name for name in names}, used, time.monotonic() - started)


def _document(lang: Language) -> Path:
    path = bundled("report") / DOCUMENTS[lang]
    if not path.exists():
        raise InputError("there is no report in this language", file=path, rule="report")
    return path


def _engine(name: str) -> _Engine:
    for known in _ENGINES:
        if name == known:
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
