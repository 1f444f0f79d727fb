"""Whatever a name holds, every format shows exactly that."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path

import pytest
import typst
from hypothesis import example, given
from hypothesis import settings as tuned
from hypothesis import strategies as st
from lxml import html

from evaluatie.report.rendering import markdown_text
from evaluatie.report.rendering.markup import Line
from evaluatie.report.rendering.pandoc import convert, pandoc_path, prepare
from evaluatie.report.rendering.settings import Settings
from evaluatie.report.rendering.source import Document
from evaluatie.report.rendering.typst import font_folders

HOSTILE = [
    "<script>alert(1)</script>",
    "*vet* _schuin_ **beide**",
    "a | b",
    "@fig-x en [@bron]",
    "$x^2$ en $$y$$",
    "`{python} 1/0` en ```",
    "[tekst](http://voorbeeld.invalid){.klasse}",
    "{{< include geheim >}}",
    "#link(<a>)[b] en \\(x\\)",
    "`x`{=typst}",
    "een\ntwee\r\n\nvier",
    "'enkel' en \"dubbel\" -- en --- en ...",
    "1. lijst",
    "- lijst",
    "# kop",
    ": bijschrift {#tbl-x}",
    "&amp; &lt; &#60;",
    "\\",
    "^hoog^ ~laag~ ~~weg~~",
    "--- | ---",
    "\u05de\u05e9\u05d4 \u200f\u05d0\u05d1\u05d2",
    "\u202eomgekeerd",
    "\u2069\u2069los",
    "![x](y.png)",
    "<!-- weg -->",
    "a\u00a0b",
    "\x00nul",
    "C:\\map\\",
    "=",
    "$",
    "^[noot]",
]
ISOLATES = re.compile("[\u2066-\u2069]")


def pandoc(markdown: str, target: str) -> str:
    command = [pandoc_path(), "-f", "markdown", "-t", target, "--wrap=none", "--sandbox"]
    done = subprocess.run(command, input=markdown.encode(), capture_output=True, check=True)
    return done.stdout.decode()


def shown(text: str) -> str:
    """What a reader should see of a text."""
    flat = re.sub(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029 ]+", " ", text).strip(" ")
    flat = re.sub(r"[\x00-\x08\x0e-\x1b\x7f-\x9f\ufeff]", "\ufffd", flat)
    return ISOLATES.sub("", flat)


def rows(texts: list[str]) -> str:
    return "\n".join(["| i | naam |", "|---|---|", *(f"| r | {markdown_text(t)} |" for t in texts)])


names = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30).filter(shown),
    min_size=1,
    max_size=12,
)


@tuned(max_examples=40, deadline=None)
@given(names)
@example(HOSTILE)
def test_html_shows_names_as_they_are(texts: list[str]) -> None:
    page = html.fromstring(pandoc(rows(texts), "html"))
    found = [ISOLATES.sub("", cell.text_content()) for cell in page.xpath("//tbody/tr/td[2]")]
    # An HTML parser cannot hold some code points; pandoc writes them all the same.
    assert found == [shown(each) for each in texts]
    assert not page.xpath("//script | //em | //strong | //a | //img | //math | //code | //sup")


def typst_text(node: object) -> str:
    if isinstance(node, list):
        return "".join(map(typst_text, node))
    assert isinstance(node, dict)
    match node.get("func"):
        case "text" | "symbol":
            return str(node["text"])
        case "space":
            return " "
        case "smartquote":
            return '"' if node.get("double", True) else "'"
        case "sequence":
            return typst_text(node["children"])
        case "box":  # a word that no line may break
            return typst_text(node["body"])
    raise AssertionError(f"typst made a {node.get('func')!r} of a name: {node}")


@tuned(max_examples=25, deadline=None)
@given(names)
@example(HOSTILE)
def test_typst_shows_names_as_they_are(texts: list[str]) -> None:
    rows = [row for text in texts for row in (f"# x{markdown_text(text)}", "")]
    settings = Settings(Path("x.qmd"), Path(), "nl", "Namen")
    document = Document(settings, tuple(Line(row, Path("x.qmd"), 1) for row in rows))
    with tempfile.TemporaryDirectory() as folder:
        build = Path(folder)
        source = convert([prepare(document, "pdf", build, [])], build)[0].read_bytes()
    fonts = {"font_paths": font_folders(), "ignore_system_fonts": True}
    found = typst.query(source, "heading", field="body", **fonts)
    bodies = [ISOLATES.sub("", typst_text(each)) for each in json.loads(found)]
    assert bodies == ["x" + shown(each) for each in texts]


def test_text_from_right_to_left_stays_within_its_isolate() -> None:
    escaped = markdown_text("\u2069abc \u202e \u05d0\u05d1\u05d2 \u2067")
    assert escaped.startswith("\u2068")
    assert escaped.endswith("\u2069\u2069")  # one for the isolate left open inside
    assert "\u202e" in escaped
    assert markdown_text("Gouda") == "Gouda"


@pytest.mark.parametrize("value", [3, 2.5, None, Path("a_b")])
def test_anything_can_be_shown(value: object) -> None:
    assert shown(str(value)).replace("_", "\\_").replace(".", "\\.") == markdown_text(value)
