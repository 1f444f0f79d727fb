"""Render with Quarto itself, and hold it to what it only warns about."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evaluatie.ground.errors import RenderError
from evaluatie.report.rendering import docx
from evaluatie.report.rendering.embedded import Made, copy_project, source_date
from evaluatie.report.rendering.execute import injection
from evaluatie.report.rendering.settings import Settings
from evaluatie.report.rendering.subset import Document, read_document

__all__ = ["find", "render", "version"]

LOWEST = (1, 4)
_TARGETS = {"html": "html", "pdf": "typst", "docx": "docx"}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
# Quarto warns of these and ends as if all were well.
_COMPLAINTS = (
    re.compile(r"Unable to resolve crossref (?P<name>\S+)"),
    re.compile(r"[Cc]itation (?P<name>\S+) not found"),
    re.compile(r"Citeproc: citation (?P<name>\S+) not found"),
)
_UNRESOLVED = re.compile(r"\?@((?:fig|tbl|sec|eq)-[\w-]+)")


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
    params: Mapping[str, object],
    environment: Mapping[str, str],
    progress: Callable[[str, float], None],
) -> Made:
    """Render a document with Quarto in a scratch copy; see :func:`evaluatie.report.rendering.render`.

    The document is read by the embedded renderer's parser first: both engines accept and refuse
    the same documents, with the same file and line.
    """
    document = read_document(source)
    project = scratch / "project"
    copy_project(source.parent, project)
    _inject(document, params, project)
    files: dict[str, bytes] = {}
    steps: dict[str, float] = {}
    for number, name in enumerate(formats):
        progress(f"quarto {name}", number / len(formats))
        begin = time.perf_counter()
        command = [str(program), "render", source.name, "--to", _TARGETS[name]]
        log = _run(command, project, _environment(scratch, document.settings, environment), source)
        _complain(log, source)
        made = _product(project, source.stem, name, source)
        files[name] = made.read_bytes()
        if name == "html":
            _unresolved(files[name].decode("utf-8", "replace"), source)
        elif name == "docx":
            moment = source_date(document.settings)
            files[name] = docx.finish(files[name], document.settings, moment)
        steps[f"quarto {name}"] = time.perf_counter() - begin
    progress("done", 1.0)
    return Made(files, steps, ())


def _inject(document: Document, params: Mapping[str, object], project: Path) -> None:
    """Put a cell that overrides the parameters in the copied document.

    Quarto's own ``--execute-params`` does the same, but needs papermill.
    """
    code = injection(document, params)
    cell = next((each for each in document.cells if each.parameters), None)
    if not code or cell is None:
        return
    file = project / cell.at.file.relative_to(document.settings.folder)
    rows = file.read_text("utf-8-sig").splitlines()
    after = cell.code_line + len(cell.source.split("\n")) if cell.source else cell.code_line
    rows[after:after] = ["", "```{python}", "#| include: false", *code.split("\n"), "```", ""]
    file.write_text("\n".join(rows) + "\n", "utf-8")


def _environment(
    scratch: Path, settings: Settings, environment: Mapping[str, str]
) -> dict[str, str]:
    return {
        **os.environ,
        "IPYTHONDIR": str(scratch / "ipython"),
        "PYTHONHASHSEED": "0",
        "QUARTO_PYTHON": sys.executable,
        "SOURCE_DATE_EPOCH": str(source_date(settings)),
        "NO_COLOR": "1",
        **environment,
    }


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str], source: Path) -> str:
    """Run Quarto and return what it said; on Ctrl-C end it with all it has started."""
    posix = os.name == "posix"
    process = subprocess.Popen(  # noqa: S603 - the program the user has or names
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=posix,
    )
    try:
        log, _ = process.communicate()
    except BaseException:
        if posix:
            os.killpg(process.pid, 9)
        else:
            process.kill()
        process.wait()
        raise
    log = _ANSI.sub("", log)
    if process.returncode:
        lines = [line.strip() for line in log.splitlines() if line.strip()]
        errors = [line for line in lines if re.match(r"(ERROR|\w*Error)\b", line)]
        last = (errors or lines or [f"exit code {process.returncode}"])[-1]
        raise RenderError(f"quarto failed: {last}", file=source)
    return log


def _complain(log: str, source: Path) -> None:
    for pattern in _COMPLAINTS:
        found = pattern.search(log)
        if found:
            name = found["name"].strip("@'\"")
            raise RenderError(
                f"the reference '@{name}' points at nothing",
                file=source,
                unit=_line(source, name),
                rule="references resolve",
            )


def _unresolved(html: str, source: Path) -> None:
    found = _UNRESOLVED.search(re.sub(r"data:[\w/+;=,.-]*", "", html))
    if found:
        raise RenderError(
            f"the reference '@{found[1]}' points at nothing",
            file=source,
            unit=_line(source, found[1]),
            rule="references resolve",
        )


def _line(source: Path, name: str) -> str | None:
    for number, row in enumerate(source.read_text("utf-8").splitlines(), 1):
        if f"@{name}" in row:
            return f"line {number}"
    return None


def _product(project: Path, stem: str, name: str, source: Path) -> Path:
    suffix = "." + name
    found = sorted(project.rglob(stem + suffix), key=lambda path: len(path.parts))
    if not found:
        raise RenderError(f"quarto made no {stem}{suffix}", file=source)
    return found[0]
