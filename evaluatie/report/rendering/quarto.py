"""Render with Quarto itself, and hold it to what it only warns about."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from evaluatie.ground.errors import RenderError
from evaluatie.report.rendering import docx
from evaluatie.report.rendering.embedded import Made, card, copy_project, source_date
from evaluatie.report.rendering.pandoc import CONTEXT, raise_errors, write_context
from evaluatie.report.rendering.settings import PROJECT_FILE
from evaluatie.report.rendering.source import Document, read_document
from evaluatie.report.rendering.typst import copy_fonts, font_folders

LOWEST = (1, 4)
PREPARED = "EVALUATIE_PREPARED"
"""Environment variable that tells a project's pre-render script that its work is done."""
_TARGETS = {"html": "html", "pdf": "typst", "docx": "docx"}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_ERROR = re.compile(r"(ERROR|error|\w*Error)\b")


def find(named: Path | None = None) -> Path | None:
    """Return the Quarto program that is named, or else the one on the PATH, if any.

    Raises
    ------
    RenderError
        If the one that is named does not exist.
    """
    found = shutil.which(named if named is not None else "quarto")
    if found is None and named is not None:
        raise RenderError("this is not a program that can be run", file=named, rule="quarto")
    return None if found is None else Path(found)


def version(program: Path) -> str:
    """Return the version of Quarto.

    Raises
    ------
    RenderError
        If it does not answer, or is older than what the report was written for.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the program the user has or names
            [program, "--version"], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RenderError(f"quarto does not run ({error})", file=program) from error
    text = done.stdout.strip()
    numbers = re.match(r"(\d+)\.(\d+)", text)
    if done.returncode or numbers is None:
        raise RenderError("quarto does not tell its version", file=program, value=text)
    if (int(numbers[1]), int(numbers[2])) < LOWEST:
        raise RenderError(
            "this quarto is too old", file=program, value=text, expected="1.4 or later"
        )
    return text


def render(
    program: Path,
    source: Path,
    scratch: Path,
    *,
    formats: Sequence[str],
    progress: Callable[[str, float], None],
) -> Made:
    """Render a document with Quarto in a scratch copy; see :func:`.rendering.render`.

    The document is read by the embedded renderer's parser first: both engines accept and refuse
    the same documents, with the same file and line.
    """
    document = read_document(source)
    project = scratch / "project"
    copy_project(source.parent, project)
    copy_fonts(project)
    files: dict[str, bytes] = {}
    for number, name in enumerate(formats):
        progress(f"quarto {name}", number / len(formats))
        command = [str(program), "render", source.name, "--to", _TARGETS[name]]
        _run(command, project, scratch, document, formats)
        made = f"{source.stem}.{name}"
        found = min(project.rglob(made), key=lambda path: len(path.parts), default=None)
        if found is None:
            raise RenderError(f"quarto made no {made}", file=source)
        files[name] = found.read_bytes()
        if name == "docx":
            moment = source_date(document.settings)
            files[name] = docx.finish(files[name], document.settings, moment)
    progress("done", 1.0)
    return Made(files | card(document.settings, project, formats), ())


def _run(
    command: Sequence[str],
    folder: Path,
    scratch: Path,
    document: Document,
    formats: Sequence[str],
) -> None:
    """Run Quarto; on Ctrl-C end it with all it has started."""
    log, context, errors = (scratch / f"quarto{end}" for end in (".log", ".json", "-errors.json"))
    write_context(document, context, folder, errors, formats)
    environment = {
        **os.environ,
        "QUARTO_PYTHON": sys.executable,
        "QUARTO_LOG": str(log),
        "SOURCE_DATE_EPOCH": str(source_date(document.settings)),
        # For a project that names no fonts; one that does is not given these as well.
        "TYPST_FONT_PATHS": os.pathsep.join(map(str, font_folders())),
        "NO_COLOR": "1",
        PREPARED: "1",
        CONTEXT: str(context),
    }
    posix = os.name == "posix"
    process = subprocess.Popen(  # noqa: S603 - the program the user has or names
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=posix,
    )
    try:
        said, _ = process.communicate()
    except BaseException:
        if posix:
            os.killpg(process.pid, 9)
        else:
            process.kill()
        process.wait()
        raise
    raise_errors(errors, document)
    if process.returncode:
        # The name of a missing file stands in the log only.
        told = log.read_text("utf-8", "replace") if log.is_file() else ""
        raise _failure(_ANSI.sub("", f"{said}\n{told}"), process.returncode, document)
    if not errors.is_file():
        # Quarto would go its own way with figures, references and callouts.
        raise RenderError(
            "the project does not run the filter that both engines share",
            file=document.settings.source.parent / PROJECT_FILE,
            rule="quarto",
            expected="'filters:' with 'at: pre-ast' and 'path: styles/crossref.lua'",
        )


def _failure(said: str, code: int, document: Document) -> RenderError:
    """Build an error from what Quarto said, at the line of the file that it names, if any."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    found = [n for n, line in enumerate(lines) if _ERROR.match(line)]
    start = found[0] if found else max(len(lines) - 1, 0)
    # What is wrong may stand on the lines after the word; a trace of its code tells nobody.
    told = [line for line in lines[start : start + 4] if not line.startswith("at ")]
    message = " ".join(told) or f"exit code {code}"
    for name in re.findall(r"[\w./-]+\.\w+", message):
        line = document.locate(Path(name).name)
        if line is not None:
            return line.error(f"quarto failed: {message}")
    return RenderError(f"quarto failed: {message}", file=document.settings.source)
