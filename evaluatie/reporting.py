"""The whole run: counts to analyses to pages."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evaluatie import study
from evaluatie.cells import RESULTS_VARIABLE
from evaluatie.errors import InputError, UnknownNameError
from evaluatie.formatting import language
from evaluatie.places import bundled

__all__ = ["FORMATS", "MadeReport", "make_report"]

FORMATS = ("html", "pdf")
_DOCUMENTS = {"nl": "rapport.qmd", "en": "report.qmd"}
_Engine = Literal["auto", "quarto", "embedded"]
_ENGINES: tuple[_Engine, ...] = ("auto", "quarto", "embedded")
_Report = Callable[[str, float], None]


@dataclass(frozen=True)
class MadeReport:
    """A rendered report: its files, the engine, how long it took."""

    files: dict[str, Path]
    engine: str
    seconds: float

    def describe(self) -> str:
        """Say in a few lines which engine made which files in how long."""
        lines = [f"rendered with {self.engine} in {self.seconds:.1f} s"]
        lines += [f"{kind}: {path}" for kind, path in self.files.items()]
        return "\n".join(lines) + "\n"


def make_report(
    out: Path,
    *,
    lang: str = "nl",
    formats: Sequence[str] = FORMATS,
    engine: str = "auto",
    data: Path | None = None,
) -> MadeReport:
    """Run every analysis and render the report.

    Parameters
    ----------
    out
        Folder for the finished files; a failed or stopped run leaves it as it was.
    lang
        ``nl`` or ``en``.
    formats
        Any of :data:`FORMATS`.
    engine
        ``quarto``, ``embedded``, or ``auto``: Quarto where it is installed.
    data
        Folder with the user's own tables.

    Raises
    ------
    UnknownNameError
        For an unknown language, format or engine.
    EvaluatieError
        Whatever an analysis or the renderer finds wrong, with file and line.
    """
    from evaluatie.rendering import render

    started = time.monotonic()
    document = bundled("report") / _DOCUMENTS[language(lang)]
    wanted = list(dict.fromkeys(formats))
    for each in wanted or [""]:
        if each not in FORMATS:
            raise UnknownNameError.of("format", each, FORMATS)
    if not document.exists():
        raise InputError("there is no report in this language", file=document, rule="report")
    with (
        tempfile.TemporaryDirectory(prefix="evaluatie-") as scratch,
        _progress(len(study.scripts())) as (analysed, rendered),
    ):
        results = Path(scratch)
        study.run(results, data, progress=analysed)
        made = render(
            document,
            out,
            formats=wanted,
            engine=_engine(engine),
            environment={RESULTS_VARIABLE: str(results)},
            progress=rendered,
        )
    return MadeReport(dict(made.files), made.engine, time.monotonic() - started)


def _engine(name: str) -> _Engine:
    for known in _ENGINES:
        if name == known:
            return known
    raise UnknownNameError.of("engine", name, _ENGINES)


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
        # The analyses are half of the bar, rendering the other half.
        task = bars.add_task("", total=2.0)

        def analysed(name: str) -> None:
            bars.update(task, description=name, advance=1 / max(analyses, 1))

        def rendered(step: str, share: float) -> None:
            bars.update(task, description=step, completed=1 + share)

        yield analysed, rendered
