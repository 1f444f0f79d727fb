"""Run the cells and inline expressions of a document, each once, for all formats."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from evaluatie.ground.errors import RenderError, UnknownNameError
from evaluatie.ground.escape import markdown_text
from evaluatie.report.rendering.kernel import Kernel
from evaluatie.report.rendering.markup import Inline, Text
from evaluatie.report.rendering.subset import Cell, Document

__all__ = ["Execution", "Output", "execute", "injection"]

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_READY_SECONDS = 60.0


@dataclass(frozen=True)
class Output:
    """One thing that a cell shows."""

    kind: Literal["markdown", "html", "svg", "png", "text"]
    content: str
    """Markdown, HTML, SVG or plain text; PNG in base64."""
    bitmap: str = ""
    """A figure in SVG as PNG too, in base64, where a format wants it."""


@dataclass(frozen=True)
class Execution:
    """What the cells and the inline expressions of a document gave."""

    outputs: Mapping[int, tuple[Output, ...]]
    """By the position of the cell among the parts of the document."""
    inlines: Mapping[tuple[int, int], str]
    """Markdown, by position of the text and of the expression in it."""
    warnings: tuple[str, ...] = ()


def execute(
    running: Kernel,
    document: Document,
    injected: str,
    progress: Callable[[float], None],
    *,
    bitmaps: bool = False,
) -> Execution:
    """Run the cells and inline expressions of a document in order, each once.

    Parameters
    ----------
    running
        The kernel; it need not be ready yet.
    document
        What to run.
    injected
        Code to run after the cell with parameters; see :func:`injection`.
    progress
        Called with the fraction that has run.
    bitmaps
        Whether figures are drawn as PNG too.

    Raises
    ------
    RenderError
        With file and line, when a cell raises or shows what cannot stand in a report.
    """
    begin = time.perf_counter()
    try:
        running.wait(_ready(running))
    except (RuntimeError, TimeoutError) as error:
        tail = running.log.read_text("utf-8", "replace").strip().splitlines()[-1:]
        raise RenderError(f"the Python kernel does not start: {' '.join(tail) or error}") from error
    running.seconds["ready"] = time.perf_counter() - begin
    runner = _Runner(running, document, injected, progress, bitmaps)
    return runner.run()


async def _ready(running: Kernel) -> None:
    from nbclient import NotebookClient
    from nbformat.v4 import new_notebook

    # The client files each cell that it runs in its notebook; one place is enough.
    book = new_notebook(cells=[_node("")])  # type: ignore[no-untyped-call]
    client: Any = NotebookClient(book, km=running.manager, timeout=None)
    client.kc = running.manager.client()
    client.kc.start_channels()
    running.client = client
    await client.kc.wait_for_ready(timeout=_READY_SECONDS)
    client.kc.allow_stdin = False


def _node(source: str) -> Any:
    from nbformat.v4 import new_code_cell

    return new_code_cell(source)  # type: ignore[no-untyped-call]


def injection(document: Document, params: Mapping[str, object]) -> str:
    """Return the assignments that override the cell with parameters.

    Raises
    ------
    RenderError
        If there is no such cell, or a value is not plain data.
    UnknownNameError
        For a parameter that the cell does not set.
    """
    import ast

    settings = document.settings
    cell = next((each for each in document.cells if each.parameters), None)
    merged = {**settings.params, **params}
    if not merged:
        return ""
    if cell is None:
        raise RenderError(
            "the document has params but no cell tagged 'parameters'",
            file=settings.source,
            unit=f"line {settings.params_line}",
        )
    try:
        names = {
            node.id
            for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
    except SyntaxError:
        return ""  # running the cell tells it better
    for name, value in merged.items():
        if name not in names:
            raise UnknownNameError.of("parameter", name, sorted(names))
        if not isinstance(value, str | int | float | bool | list | dict | None):
            raise RenderError(f"the parameter '{name}' is not plain data", value=value)
    return "\n".join(f"{name} = {value!r}" for name, value in merged.items())


@dataclass
class _Runner:
    running: Kernel
    document: Document
    injected: str
    progress: Callable[[float], None]
    bitmaps: bool
    warnings: list[str] = field(default_factory=list)

    def run(self) -> Execution:
        outputs: dict[int, tuple[Output, ...]] = {}
        inlines: dict[tuple[int, int], str] = {}
        parts = self.document.parts
        self._hidden(Path(__file__).with_name("inside.py").read_text("utf-8"))
        figures = any(cell.fig_alt or cell.fig_cap for cell in self.document.cells)
        self._hidden(f"_evaluatie_prepare({figures}, {self.bitmaps})")
        for position, part in enumerate(parts):
            if isinstance(part, Cell):
                outputs[position] = self._cell(part)
            else:
                for index, markdown in enumerate(self._inline(part)):
                    inlines[position, index] = markdown
            self.progress((position + 1) / len(parts))
        return Execution(outputs, inlines, tuple(self.warnings))

    def _send(self, source: str, *, history: bool) -> Any:
        cell = _node(source)
        self.running.wait(self.running.client.async_execute_cell(cell, 0, store_history=history))
        return cell

    def _hidden(self, source: str) -> Any:
        return self._send(source, history=False)

    def _cell(self, cell: Cell) -> tuple[Output, ...]:
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        node = _node(cell.source)
        client = self.running.client
        try:
            self.running.wait(client.async_execute_cell(node, 0))
            if cell.parameters and self.injected:
                self._hidden(self.injected)
        except CellExecutionError as error:
            raise _raised(cell, node.get("execution_count"), error) from error
        except DeadKernelError as error:
            raise cell.at.error("the Python kernel died while it ran this cell") from error
        shown = []
        for output in node.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                self.warnings.append(f"{_where(cell)}: {_first_line(output.text)}")
            elif cell.include and cell.output is not False:
                shown.append(_output(cell, output))
        return tuple(shown)

    def _inline(self, text: Text) -> Iterator[str]:
        from nbclient.exceptions import DeadKernelError

        if not text.inlines:
            return
        call = ", ".join(repr(inline.expression) for inline in text.inlines)
        first = text.lines[text.inlines[0].line]
        try:
            node = self._hidden(f"_evaluatie_inline({call})")
        except DeadKernelError as error:
            raise first.error("the Python kernel died at an inline expression") from error
        results: list[dict[str, str]] | None = None
        for output in node.outputs:
            found = output.get("data", {}).get("application/json", {})
            if "evaluatie" in found:
                results = json.loads(found["evaluatie"])
            elif output.output_type == "stream" and output.name == "stderr":
                self.warnings.append(f"{first.file}, line {first.number}: {output.text.strip()}")
        if results is None:
            raise first.error("the inline expressions gave no answer")
        for inline, result in zip(text.inlines, results, strict=False):
            yield _inline_markdown(text, inline, result)


def _inline_markdown(text: Text, inline: Inline, result: Mapping[str, str]) -> str:
    if "error" in result:
        raise text.lines[inline.line].error(
            f"the inline expression '{inline.expression}' failed: {result['error']}"
        )
    if "markdown" in result:
        return result["markdown"]
    return markdown_text(result["text"])


def _raised(cell: Cell, count: int | None, error: Any) -> RenderError:
    """Turn an exception in a cell into one line that points at the line that raised."""
    trace = _ANSI.sub("", error.traceback)
    rows = re.findall(rf"Cell In\[{count}\], line (\d+)", trace)
    line = cell.code_line + int(rows[-1]) - 1 if rows else cell.at.number
    value = " ".join(_ANSI.sub("", str(error.evalue)).split())
    return RenderError(
        f"the cell raised {error.ename}: {value}" if value else f"the cell raised {error.ename}",
        file=cell.at.file,
        unit=f"line {line}",
        rule="cells run without error",
    )


def _output(cell: Cell, output: Mapping[str, Any]) -> Output:
    if output["output_type"] == "stream":
        text = output["text"]
        return Output("markdown" if cell.output == "asis" else "text", text)
    data: Mapping[str, Any] = output["data"]
    if "text/markdown" in data:
        return Output("markdown", data["text/markdown"])
    if "image/svg+xml" in data:
        return Output("svg", data["image/svg+xml"], data.get("image/png", "").strip())
    if "image/png" in data:
        return Output("png", data["image/png"])
    if "text/html" in data:
        html = data["text/html"]
        if 'class="dataframe' in html or re.search(r"<style[^>]*>\s*#T_", html):
            raise cell.at.error(
                "the cell shows a pandas table, which looks different in every format; "
                "show a Markdown table instead"
            )
        return Output("html", html)
    if "text/plain" in data and len(data) == 1:
        raise cell.at.error(
            "the cell shows a bare Python value; show Markdown, or end the line with a semicolon",
            value=data["text/plain"],
        )
    raise cell.at.error("the cell shows what no report can hold", value=", ".join(sorted(data)))


def _where(cell: Cell) -> str:
    return f"{cell.at.file}, line {cell.at.number}"


def _first_line(text: str) -> str:
    return _ANSI.sub("", text).strip().partition("\n")[0]
