"""Check Markdown line by line, and find the inline expressions in it.

What pandoc and Quarto would each take in their own way is refused here, where the line number
is still known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from evaluatie.ground.errors import RenderError

__all__ = [
    "CALLOUTS",
    "FENCE",
    "Inline",
    "Line",
    "Text",
    "check_balance",
    "read_text",
    "unbalanced",
]

CALLOUTS = ("note", "tip", "warning", "important", "caution")
HOUSE_CLASSES = ("lead", "small", "landscape")
"""Classes of divisions that the styles of both engines know."""

FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$")
_SHORTCODE = re.compile(r"\{\{\{?<\s*/?\s*([\w-]*)")
_DIVISION = re.compile(r"^\s*:{3,}\s*(.*?)\s*:*\s*$")
_HEADING = re.compile(r"^#{1,6}\s.*?\{([^{}]*)\}\s*#*\s*$")
_ATTRIBUTES = re.compile(r"(?<=[\])])\{([^{}\n]*)\}")
_CAPTION = re.compile(r"^(?::|Table:)\s.*\{([^{}]*)\}\s*$")
_TOKEN = re.compile(r"""([^\s=]+)=(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|(\S*))|(\S+)""")


@dataclass(frozen=True)
class Line:
    """One line of source and where it stands."""

    text: str
    file: Path
    number: int

    def error(self, message: str, **data: object) -> RenderError:
        """Build an error that points at this line."""
        return RenderError(message, file=self.file, unit=f"line {self.number}", **data)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Inline:
    """An inline expression: where it stands in a line of its text, and what it says."""

    line: int
    """Index of the line in the text."""
    start: int
    end: int
    expression: str


@dataclass(frozen=True)
class Text:
    """Markdown between cells."""

    lines: tuple[Line, ...]
    inlines: tuple[Inline, ...]


def read_text(lines: list[Line]) -> Text:
    """Check the Markdown of some lines and find their inline expressions."""
    inlines: list[Inline] = []
    fence, paragraph = "", list[int]()
    for index, line in enumerate(lines):
        match = FENCE.match(line.text)
        if fence:
            fence = "" if match and match[2].startswith(fence) and not match[3] else fence
            continue
        if match and "`" not in match[3]:
            fence = match[2]
        if fence or not line.text.strip():
            inlines += _paragraph(lines, paragraph)
            paragraph = []
        else:
            paragraph.append(index)
    inlines += _paragraph(lines, paragraph)
    return Text(tuple(lines), tuple(inlines))


def _paragraph(lines: list[Line], indices: list[int]) -> list[Inline]:
    """Check one paragraph; code spans may run over its lines but not beyond."""
    if not indices:
        return []
    first = lines[indices[0]]
    if first.text.rstrip() == "---" and len(indices) > 1:
        raise first.error("a block of metadata can only stand at the top of the document")
    joined = "\n".join(lines[index].text for index in indices)
    starts = [0]
    for index in indices:
        starts.append(starts[-1] + len(lines[index].text) + 1)
    bare = list(joined)
    inlines: list[Inline] = []
    for start, end, content, ticks in _code_spans(joined):
        row = max(n for n, offset in enumerate(starts[:-1]) if offset <= start)
        line = lines[indices[row]]
        bare[start:end] = [c if c == "\n" else " " for c in joined[start:end]]
        if joined.startswith("{=", end):
            raise line.error("raw code is shown in one format only, so it is outside the subset")
        kind = re.match(r"\{([\w.]+)\}", content) if ticks == 1 else None
        if kind is None:
            continue
        code = re.fullmatch(r"\{python\}[ \t]+(\S.*?)[ \t]*", content)
        if code is None:
            raise line.error(
                "inline code must be one line of Python",
                value=content,
                expected="`{python} expression`",
            )
        inlines.append(Inline(indices[row], start - starts[row], end - starts[row], code[1]))
    _check_markdown("".join(bare), [lines[index] for index in indices])
    return inlines


def _code_spans(text: str) -> Iterator[tuple[int, int, str, int]]:
    """Yield start, end, content and number of backticks of the code spans in a paragraph."""
    position = 0
    while (run := _ticks(text, position)) is not None:
        width = run.end() - run.start()
        closing = re.compile(rf"(?<!`)`{{{width}}}(?!`)").search(text, run.end())
        if closing is None:
            position = run.end()
            continue
        yield run.start(), closing.end(), text[run.end() : closing.start()], width
        position = closing.end()


def _ticks(text: str, position: int) -> re.Match[str] | None:
    # A backslash hides the backtick after it.
    found = re.compile(r"(?:\\.|[^`\\])*?(`+)", re.DOTALL).match(text, position)
    return None if found is None else re.compile("`+").match(text, found.start(1))


def _check_markdown(text: str, lines: list[Line]) -> None:
    # Mathematics is full of braces that are no attributes.
    plain = re.sub(r"\$\$.*?\$\$", _blank, text, flags=re.DOTALL)
    plain = re.sub(r"(?<!\\)\$(?=\S)[^$]*?(?<=\S)\$(?!\d)", _blank, plain)
    for line, row in zip(lines, plain.split("\n"), strict=True):
        shortcode = _SHORTCODE.search(row)
        if shortcode:
            raise line.error(
                f"the shortcode '{shortcode[1]}' is outside the subset that renders everywhere",
                expected="{{< include file >}} alone on a line",
            )
        division = _DIVISION.match(row)
        if division:
            _check_division(line, division[1])
            continue
        heading, caption = _HEADING.match(row), _CAPTION.match(row)
        if heading:
            _check_attributes(line, heading[1], {"unnumbered", "unlisted"}, set())
        elif caption:
            _check_attributes(line, caption[1], set(), set())
        else:
            for found in _ATTRIBUTES.finditer(row):
                _check_attributes(
                    line, found[1], {"smallcaps", "underline"}, {"fig-alt", "width", "lang"}
                )


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _check_division(line: Line, attributes: str) -> None:
    if not attributes:
        return
    braced = attributes.startswith("{")
    if braced != attributes.endswith("}"):
        raise line.error("this division's attributes are not closed", value=attributes)
    text = attributes[1:-1] if braced else f".{attributes}"
    callouts = {f"callout-{kind}" for kind in CALLOUTS}
    if text.strip() in {"#refs", "#contents"}:
        return
    names, _ = _check_attributes(
        line, text, {*callouts, *HOUSE_CLASSES}, {"title", "collapse"}, label=False
    )
    if len(names) != 1:
        raise line.error("a division needs one class", value=attributes)


def _check_attributes(
    line: Line, text: str, classes: set[str], keys: set[str], *, label: bool = True
) -> tuple[list[str], Mapping[str, str]]:
    """Return the classes and key-value pairs of ``{#id .class key=value}``, if known."""
    found: list[str] = []
    pairs: dict[str, str] = {}
    for token in _TOKEN.finditer(text):
        key, bare = token[1], token[5]
        if key is not None:
            value = next((group for group in token.group(2, 3, 4) if group is not None), "")
            if key not in keys:
                raise _outside(line, f"attribute '{key}'", keys)
            pairs[key] = value
        elif bare == "-":
            found.append("unnumbered")
        elif bare.startswith("."):
            if bare[1:] not in classes:
                raise _outside(line, f"class '{bare[1:]}'", classes)
            found.append(bare[1:])
        elif bare.startswith("#") and label:
            pairs["id"] = bare[1:]
        elif bare.startswith("="):
            raise line.error("raw code is shown in one format only, so it is outside the subset")
        else:
            raise _outside(line, f"attribute '{bare}'", classes | keys)
    return found, pairs


def _outside(line: Line, what: str, known: set[str]) -> RenderError:
    return line.error(
        f"the {what} is outside the subset that renders everywhere",
        expected=("one of " + ", ".join(sorted(known))) if known else "an identifier only",
    )


def check_balance(lines: Iterable[Line]) -> None:
    """Every division that is opened is closed, also around cells and included files."""
    opened: list[Line] = []
    fence = ""
    for line in lines:
        match = FENCE.match(line.text)
        if fence:
            fence = "" if match and match[2].startswith(fence) and not match[3] else fence
        elif match and "`" not in match[3]:
            fence = match[2]
        elif division := _DIVISION.match(line.text):
            if division[1]:
                opened.append(line)
            elif not opened:
                raise line.error("this closes a division that was not opened")
            else:
                opened.pop()
    if opened:
        raise opened[-1].error("this division is not closed")


_VOID = {"area", "base", "br", "col", "hr", "img", "input", "meta", "source", "track", "wbr"}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.opened: list[str] = []
        self.problem: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in _VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self.opened or self.opened.pop() != tag:
            self.problem = self.problem or f"</{tag}> closes what was not opened"


def unbalanced(html: str) -> str | None:
    """Say which tag of a piece of HTML is left open or closed too often, if any.

    An element left open would swallow the rest of the page.
    """
    parser = _Tags()
    parser.feed(html)
    parser.close()
    if parser.problem is None and parser.opened:
        return f"<{parser.opened[-1]}> is not closed"
    return parser.problem
