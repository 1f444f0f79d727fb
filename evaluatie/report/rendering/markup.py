"""Check Markdown line by line.

What pandoc and Quarto would each take in their own way is refused here, where the line number
is still known.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from lxml import etree

from evaluatie.ground.errors import RenderError

CALLOUTS = ("note", "tip", "warning", "important", "caution")

VARIABLE = re.compile(r"(?<!\{)\{\{<\s*var\s+([\w.-]+)\s*>\}\}(?!\})")
FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$")
_SHORTCODE = re.compile(r"\{\{\{?<\s*/?\s*([\w-]*)")
_FILLED = "\ufffc"
_DIVISION = re.compile(r"^\s*:{3,}\s*(.*?)\s*:*\s*$")
_HEADING = re.compile(r"^#{1,6}\s.*?\{([^{}]*)\}\s*#*\s*$")
_ATTRIBUTES = re.compile(r"(?<=[\])])\{([^{}\n]*)\}")
_CAPTION = re.compile(r"^(?::|Table:)\s.*\{([^{}]*)\}\s*$")
_TOKEN = re.compile(r"""([^\s=]+)=(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|(\S*))|(\S+)""")

_HTML_ONLY = r":{3,}\s*\{\.content-visible when-format=\"?html\"?\}"
_RAW = "raw code is shown in one format only, so it is outside the subset"
# Anything that would make the page fetch or run something, or hold another file.
_LIVE_HTML = re.compile(
    r"<\s*(?:script|iframe|object|embed|link|form)\b|\son\w+\s*=|"
    r"=\s*[\"']?\s*(?:https?:|//|javascript:)|@import|url\(|embed:",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Line:
    """One line of source and where it stands."""

    text: str
    file: Path
    number: int

    def error(self, message: str, **data: object) -> RenderError:
        """Build an error that points at this line."""
        return RenderError(message, file=self.file, unit=f"line {self.number}", **data)  # type: ignore[arg-type]


def check_text(lines: list[Line]) -> None:
    """Refuse, with file and line, what does not render everywhere.

    Divisions must be closed, also around included files, and raw HTML may only stand where other
    formats are known to leave it out.

    Raises
    ------
    RenderError
        For anything outside the subset.
    """
    opened: list[Line] = []
    paragraph: list[Line] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        match = FENCE.match(line.text)
        if match and "`" not in match[3]:
            _check_paragraph(paragraph)
            paragraph = []
            end = _closing(lines, position, match[2])
            _check_block(lines[position : end + 1], match[3], opened)
            position = end + 1
            continue
        if line.text.strip():
            paragraph.append(line)
            _count_division(line, opened)
        else:
            _check_paragraph(paragraph)
            paragraph = []
        position += 1
    _check_paragraph(paragraph)
    if opened:
        raise opened[-1].error("this division is not closed")


def _closing(lines: list[Line], start: int, fence: str) -> int:
    for position in range(start + 1, len(lines)):
        match = FENCE.match(lines[position].text)
        if match and match[2].startswith(fence) and not match[3]:
            return position
    raise lines[start].error("this code block is not closed")


def _check_block(block: list[Line], info: str, opened: list[Line]) -> None:
    """Let plain code blocks through, and HTML for readers of a page only."""
    at, text = block[0], "\n".join(line.text for line in block[1:-1])
    if info == "{=html}" and opened and is_html_only(opened[-1].text):
        if _LIVE_HTML.search(text):
            raise at.error("this HTML fetches or runs something")
        problem = _unbalanced(text)
        if problem:
            raise at.error(f"this HTML is broken: {problem}")
        return
    if info.startswith("{=") and info != "{=html}":
        raise at.error(_RAW)
    if info == "{=html}":
        raise at.error(_RAW, expected='it inside ::: {.content-visible when-format="html"}')
    if info.startswith("{") and not re.fullmatch(r"\{(\.[\w-]+\s*)+\}", info):
        raise at.error(
            f"code blocks of kind '{info}' are outside the subset that renders everywhere",
            expected="numbers, tables and figures as variables and included files",
        )
    for line in block[1:-1]:
        _no_shortcode(line, line.text)


def is_html_only(division: str) -> bool:
    """Tell whether a line opens a division that only a page shows."""
    return re.fullmatch(_HTML_ONLY, division.strip()) is not None


def _no_shortcode(line: Line, text: str) -> None:
    if _SHORTCODE.search(text):
        raise line.error("Quarto would fill in this shortcode inside code")


def _count_division(line: Line, opened: list[Line]) -> None:
    division = _DIVISION.match(line.text)
    if division and division[1]:
        opened.append(line)
    elif division and not opened:
        raise line.error("this closes a division that was not opened")
    elif division:
        opened.pop()


def _check_paragraph(lines: list[Line]) -> None:
    """Check one paragraph; code spans may run over its lines but not beyond."""
    if not lines:
        return
    if lines[0].text.rstrip() == "---" and len(lines) > 1:
        raise lines[0].error("a block of metadata can only stand at the top of the document")
    joined = "\n".join(line.text for line in lines)
    bare = list(joined)
    for start, end, content, ticks in _code_spans(joined):
        line = lines[joined.count("\n", 0, start)]
        bare[start:end] = [c if c == "\n" else " " for c in joined[start:end]]
        if joined.startswith("{=", end):
            raise line.error(_RAW)
        if ticks == 1 and re.match(r"\{[\w.]+\}", content):
            raise line.error("inline code is not run", value=content, expected="{{< var name >}}")
        _no_shortcode(line, content)
    _check_markdown("".join(bare), lines)


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
    for line, written in zip(lines, plain.split("\n"), strict=True):
        row = VARIABLE.sub(_FILLED, written)
        shortcode = _SHORTCODE.search(row)
        if shortcode:
            raise line.error(
                f"the shortcode '{shortcode[1]}' is outside the subset that renders everywhere",
                expected="{{< var name >}}, or {{< include file >}} alone on a line",
            )
        if _FILLED in row and re.search(rf"\{{[^{{}}]*{_FILLED}|\]\([^)]*{_FILLED}", row):
            raise line.error("a variable cannot stand in an attribute or an address")
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
                _check_attributes(line, found[1], {"smallcaps", "underline"}, {"fig-alt", "lang"})


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
    if text.strip() in {"#refs", "#contents"} or is_html_only(line.text):
        return
    names, _ = _check_attributes(line, text, {*callouts, "small"}, {"title"}, label=False)
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
            raise line.error(_RAW)
        else:
            raise _outside(line, f"attribute '{bare}'", classes | keys)
    return found, pairs


def _outside(line: Line, what: str, known: set[str]) -> RenderError:
    return line.error(
        f"the {what} is outside the subset that renders everywhere",
        expected=("one of " + ", ".join(sorted(known))) if known else "an identifier only",
    )


_XML = etree.XMLParser(resolve_entities=False, no_network=True)
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


def _unbalanced(html: str) -> str | None:
    """Say which tag of a piece of HTML is left open or closed too often, if any.

    An element left open would swallow the rest of the page.
    """
    # What is well-formed XML is balanced, and known so in a fiftieth of the time; the two differ
    # about what begins with these signs.
    if "<!" not in html and "<?" not in html:
        with contextlib.suppress(etree.XMLSyntaxError):
            etree.fromstring(f"<div>{html}</div>", _XML)
            return None
    parser = _Tags()
    parser.feed(html)
    parser.close()
    if parser.problem is None and parser.opened:
        return f"<{parser.opened[-1]}> is not closed"
    return parser.problem
