"""From pages to HTML, PDF and DOCX, with Quarto or with the embedded renderer.

Both engines accept the same documents; see :mod:`evaluatie.report.rendering.source`. No code
runs: what was computed stands in variables and included files (:mod:`evaluatie.report.pages`).
What is shown is the same in every format, with one exception: a division
``{.content-visible when-format="html"}``, which may hold raw HTML, such as ``<details>`` with
the numbers of a figure.
"""

from __future__ import annotations

import contextlib
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Literal, get_args

from evaluatie.ground.errors import RenderError, UnknownNameError
from evaluatie.ground.escape import markdown_text
from evaluatie.ground.files import atomic_folder

__all__ = ["FORMATS", "Engine", "Rendered", "markdown_text", "render", "render_all"]

Engine = Literal["auto", "quarto", "embedded"]
FORMATS = ("html", "pdf", "docx")


@dataclass(frozen=True)
class Rendered:
    """What was rendered, by what, and how long it took."""

    engine: str
    """Name and version."""
    files: Mapping[str, Path]
    """Format to file."""
    seconds: float
    warnings: tuple[str, ...] = ()
    """What typst remarked, a line each, such as a font that is not there."""


def render(
    source: Path,
    out: Path,
    *,
    formats: Sequence[str] = FORMATS,
    engine: Engine = "auto",
    quarto: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Rendered:
    """Render a ``.qmd`` document as self-contained HTML, tagged PDF, and DOCX to comment on.

    The files appear in ``out`` only when all of them are finished; on an error or Ctrl-C those
    of an earlier run stay as they were, and no process or scratch folder is left behind. The
    same document, results and versions give the same bytes.

    Parameters
    ----------
    source
        The document, in its project's folder. Nothing is written there.
    out
        Folder for the files, made if needed.
    formats
        Any of ``"html"``, ``"pdf"`` (PDF/UA-1 with the embedded engine) and ``"docx"``.
    engine
        ``"quarto"``, ``"embedded"``, or ``"auto"``: Quarto where it is on the PATH or named.
    quarto
        The Quarto program to use instead of the one on the PATH.
    progress
        Called with the step and the finished fraction.

    Returns
    -------
    Rendered
        The files, the engine and how long it took.

    Raises
    ------
    RenderError
        With file and line, for anything outside the subset that both engines share, a variable
        or an included file that is not there, a missing text alternative, or a reference that
        points at nothing.
    UnknownNameError
        For an unknown format or engine.
    InputError
        If ``out`` cannot be written.
    """
    wanted = {source: formats}
    return render_all(wanted, out, engine=engine, quarto=quarto, progress=progress)[source]


def render_all(
    wanted: Mapping[Path, Sequence[str]],
    out: Path,
    *,
    engine: Engine = "auto",
    quarto: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> dict[Path, Rendered]:
    """Render several documents of one project at once, which takes the embedded engine less.

    Parameters
    ----------
    wanted
        The formats of each document; all documents are in the same folder.
    out, engine, quarto, progress
        As for :func:`render`. The files of all appear together, or none do.

    Raises
    ------
    RenderError
        As :func:`render` does, for the first document that is wrong.
    """
    begin = time.perf_counter()
    for source, formats in wanted.items():
        for name in formats:
            if name not in FORMATS:
                raise UnknownNameError.of("format", name, FORMATS)
        if not source.is_file():
            raise RenderError("the document does not exist", file=source)
    if engine not in get_args(Engine):
        raise UnknownNameError.of("engine", engine, get_args(Engine))
    kinds = {source: tuple(dict.fromkeys(formats)) for source, formats in wanted.items()}
    tell = progress or (lambda _step, _share: None)
    from evaluatie.report.rendering import embedded
    from evaluatie.report.rendering import quarto as real

    program = None if engine == "embedded" else real.find(quarto)
    if engine == "quarto" and program is None:
        raise RenderError("quarto is not on the PATH", rule="quarto")
    with (
        _interruptible(),
        atomic_folder(out) as ready,
        tempfile.TemporaryDirectory(prefix="evaluatie-", ignore_cleanup_errors=True) as scratch,
    ):
        folder = Path(scratch).resolve()
        if program is not None:
            name = f"quarto {real.version(program)}"
            made: dict[Path, embedded.Made] = {}
            for number, (source, each) in enumerate(kinds.items()):
                (own := folder / str(number)).mkdir()

                def step(now: str, share: float, before: int = number) -> None:
                    tell(now, (before + share) / len(kinds))

                made[source] = real.render(program, source, own, formats=each, progress=step)
        else:
            name = f"embedded ({embedded.version()})"
            made = embedded.render(kinds, folder, progress=tell)
        for source, finished in made.items():
            for kind, content in finished.files.items():
                (ready / f"{source.stem}.{kind}").write_bytes(content)
    seconds = time.perf_counter() - begin
    return {
        source: Rendered(
            name,
            {kind: out / f"{source.stem}.{kind}" for kind in each.files},
            seconds,
            each.warnings,
        )
        for source, each in made.items()
    }


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let a polite request to end (SIGTERM) clean up as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: FrameType | None) -> None:
        del frame
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
