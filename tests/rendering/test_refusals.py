"""Whatever cannot be rendered everywhere is refused, with the file and the line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from documents import FRONT

from evaluatie.ground.errors import EvaluatieError, RenderError, UnknownNameError
from evaluatie.report.rendering import render

ONLY_HTML = '::: {{.content-visible when-format="html"}}\n{}\n:::\n'
TABLE = "\n| a | b |\n|---|--:|\n| x | 1 |\n"

# name -> (text from line 6 on, line the error points at, what it says)
TEXTS = {
    "unknown shortcode": ("\nTekst {{< video x.mp4 >}}.\n", 7, "shortcode 'video'"),
    "include inside a line": ("Zie {{< include a.qmd >}}\n", 6, "shortcode 'include'"),
    "include of nothing": ("\n\n{{< include weg.qmd >}}\n", 8, "cannot read 'weg.qmd'"),
    "include from outside": ("{{< include ../x.qmd >}}\n", 6, "inside the project"),
    "foreign code block": ("```{r}\n1\n```\n", 6, "{r}"),
    "mermaid": ("```{mermaid}\na\n```\n", 6, "{mermaid}"),
    "python": ("\n```{python}\n1 + 1\n```\n", 7, "code blocks of kind '{python}'"),
    "raw block": ("```{=html}\n<b>\n```\n", 6, "raw code"),
    "raw block of another kind": (ONLY_HTML.format("```{=typst}\na\n```"), 7, "raw code"),
    "raw block in another division": ("::: small\n```{=html}\n<b>\n```\n:::\n", 7, "raw code"),
    "html that fetches": (
        ONLY_HTML.format("```{=html}\n<script src=x></script>\n```"),
        7,
        "fetches",
    ),
    "html that holds another file": (
        ONLY_HTML.format("```{=html}\n<img alt='' src=\"embed:/etc/passwd\">\n```"),
        7,
        "fetches",
    ),
    "html left open": (
        ONLY_HTML.format("```{=html}\n<details><p>x</details>\n```"),
        7,
        "</details> closes what was not opened",
    ),
    "html never closed": (ONLY_HTML.format("```{=html}\n<b>x\n```"), 7, "<b> is not closed"),
    "only for another format": (
        "::: {.content-visible when-format='pdf'}\nx\n:::\n",
        6,
        "class 'content-visible'",
    ),
    "unknown variable": ("\n\nEen {{< var a.weg >}} som.\n", 8, "'a.weg' has no value"),
    "variable with parts": ("\nEen {{< var a >}} som.\n", 7, "'a' has no value"),
    "variable in an attribute": ("\n![a](a.svg){fig-alt='{{< var a.b >}}'}\n", 7, "attribute"),
    "variable in an address": ("\n[a]({{< var a.b >}})\n", 7, "attribute or an address"),
    "shortcode in code": ("\n```text\n{{< var a.b >}}\n```\n", 8, "inside code"),
    "shortcode in a code span": ("\na `{{< var a.b >}}`\n", 7, "inside code"),
    "raw inline": ("\na `<b>`{=html}\n", 7, "raw code"),
    "raw html": ("\nkop\n\na <span class='x'>b</span> <br> c\n", 9, "raw html"),
    "raw html block": ("\n<video src='x'></video>\n", 7, "raw html"),
    "raw tex": ("\nTekst \\newpage einde\n", 7, "raw tex"),
    "block not closed": ("\n```text\n1\n", 7, "not closed"),
    "unknown division": ("::: {.panel-tabset}\n:::\n", 6, "class 'panel-tabset'"),
    "division not closed": ("\n::: small\nTekst\n", 7, "not closed"),
    "division not opened": ("\nTekst\n\n:::\n", 9, "was not opened"),
    "layout": ("::: {layout-ncol=2}\n:::\n", 6, "attribute 'layout-ncol'"),
    "unknown callout": ("::: {.callout-danger}\n:::\n", 6, "class 'callout-danger'"),
    "unknown callout option": ("::: {.callout-tip icon=false}\n:::\n", 6, "attribute 'icon'"),
    "division with a label": ("::: {#fig-x}\n:::\n", 6, "'#fig-x'"),
    "unknown span": ("[a]{.aside}\n", 6, "class 'aside'"),
    "unknown image attribute": ("![a](a.png){.lightbox}\n", 6, "class 'lightbox'"),
    "second metadata": ("\n---\ntitle: x\n---\n", 7, "metadata"),
    "inline code": ("\na `{python} 1`\n", 7, "inline code is not run"),
    "unresolved figure": ("\nZie @fig-weg.\n", 7, "'@fig-weg' points at nothing"),
    "unresolved table": ("\n\n[zie @tbl-weg]\n", 8, "'@tbl-weg' points at nothing"),
    "unresolved section": ("Zie @sec-weg\n", 6, "'@sec-weg' points at nothing"),
    "unresolved equation": ("Zie @eq-weg\n", 6, "'@eq-weg' is not in"),
    "unknown citation": ("\nZoals [@niemand2020] zei.\n", 7, "'@niemand2020' is not in"),
    "unknown kind of reference": ("Zie @lst-code\n", 6, "'@lst-code'"),
    "reference and citation": ("\n# A {#sec-a}\n\n@sec-a [@bakker]\n", 9, "put a word between"),
    "unnumbered section": ("# A {#sec-a .unnumbered}\n\nZie @sec-a\n", 8, "without a number"),
    "section twice": ("# A {#sec-a}\n\n# B {#sec-a}\n", 8, "'sec-a' is used twice"),
    "image without text": ("\n![kop](a.svg){#fig-a}\n", 7, "no alternative text"),
    "image in a sentence": ("\nEen ![a](a.svg){fig-alt='a'} b\n", 7, "of its own"),
    "image without caption": ("\n![](a.svg){fig-alt='a'}\n", 7, "of its own"),
    "image from the web": ("\n![a](https://x.invalid/a.png)\n", 7, "file of the project"),
    "image that is absent": ("\n![a](weg.png)\n", 7, "'weg.png' does not exist"),
    "image of another kind": ("\n![a](proef.qmd)\n", 7, "SVG, PNG or JPEG"),
    "table without caption": (TABLE + "\n: {#tbl-a}\n", 11, "caption"),
    "table with another label": (TABLE + "\n: Kop {#fig-a}\n", 11, "tbl-"),
    "label of a formula": ("\n$$\na\n$$ {#eq-a}\n", 9, "no numbers"),
}
FRONTS = {
    "no front matter": ("Tekst\n", 1, "front matter"),
    "not closed": ("---\ntitle: x\n", 1, "not closed"),
    "unknown key": ("---\ntitle: x\nlang: nl\ntoc: true\n---\n", 4, "'toc'"),
    "no title": ("---\nlang: nl\n---\n", 2, "no title"),
    "no language": ("---\ntitle: x\nlang: fr\n---\n", 3, "lang"),
    "moving date": ("---\ntitle: x\nlang: nl\ndate: today\n---\n", 4, "fixed day"),
    "no bibliography": ("---\ntitle: x\nlang: nl\nbibliography: a.bib\n---\n", 4, "not exist"),
    "not YAML": ("---\ntitle: [x\n---\n", 2, "not YAML"),
}
PROJECTS = {
    "unknown key": ("lang: nl\nexecute: {}\n", 2, "'execute'"),
    "book": ("project:\n  type: book\n", 2, "'default'"),
    "unknown format": ("format:\n  pdf: default\n", 2, "'pdf'"),
    "unknown html option": ("format:\n  html:\n    code-fold: true\n", 3, "'code-fold'"),
    "fetched mathematics": ("format:\n  html:\n    html-math-method: katex\n", 3, "mathml"),
    "typst citations": ("format:\n  typst:\n    citeproc: false\n", 3, "citeproc"),
    "missing style": ("format:\n  html:\n    css: weg.css\n", 3, "does not exist"),
    "style from outside": ("format:\n  html:\n    css: ../weg.css\n", 3, "outside the project"),
    "other date": ("date-format: short\n", 1, "D MMMM YYYY"),
    "code to run": ("lang: nl\njupyter: python3\n", 2, "'jupyter'"),
    "unknown key of the project": ("project:\n  resources: a\n", 2, "'resources'"),
    "pictures of another kind": (
        "format:\n  docx:\n    default-image-extension: svg\n",
        3,
        "can only be png",
    ),
}


def refused(source: Path, out: Path, line: int, says: str, **options: object) -> EvaluatieError:
    with pytest.raises(RenderError, match=re.escape(says)) as caught:
        render(source, out, engine="embedded", **options)  # type: ignore[arg-type]
    assert caught.value.unit == f"line {line}", str(caught.value)
    assert "\n" not in str(caught.value)
    assert not out.exists(), "a run that failed leaves nothing behind"
    return caught.value


@pytest.mark.parametrize("case", TEXTS)
def test_text(write: Callable[..., Path], tmp_path: Path, case: str) -> None:
    body, line, says = TEXTS[case]
    bib = "@book{bakker, author = {B}, title = {T}, year = 2019}\n"
    front = FRONT.replace("date: 2026-01-02", "bibliography: references.bib")
    source = write(body, front=front, bib=bib)
    (source.parent / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (source.parent / "_variables.yml").write_text("a: {b: x}\n")
    error = refused(source, tmp_path / "out", line, says)
    assert error.file == str(source)


@pytest.mark.parametrize("case", FRONTS)
def test_front_matter(write: Callable[..., Path], tmp_path: Path, case: str) -> None:
    front, line, says = FRONTS[case]
    refused(write("\nTekst\n", front=front), tmp_path / "out", line, says)


@pytest.mark.parametrize("case", PROJECTS)
def test_project_file(write: Callable[..., Path], tmp_path: Path, case: str) -> None:
    text, line, says = PROJECTS[case]
    source = write("\nTekst\n", quarto=text)
    error = refused(source, tmp_path / "out", line, says)
    assert error.file == str(source.parent / "_quarto.yml")


def test_labels_twice(write: Callable[..., Path], tmp_path: Path) -> None:
    table = f"{TABLE}\n: Kop {{#tbl-a}}\n"
    refused(write(table + table), tmp_path / "out", 17, "'tbl-a' is used twice")


def test_a_variable_is_markdown_and_a_number(write: Callable[..., Path], tmp_path: Path) -> None:
    source = write("Zie {{< var a >}} en {{< var b.c >}}.\n")
    (source.parent / "_variables.yml").write_text("a: '@sec-weg'\nb: {c: 3}\n")
    refused(source, tmp_path / "out", 6, "'@sec-weg' points at nothing")


def test_place_in_an_included_file(write: Callable[..., Path], tmp_path: Path) -> None:
    source = write("{{< include deel.qmd >}}\n", deel="Tekst\n\nZie @fig-weg.\n")
    error = refused(source, tmp_path / "out", 3, "'@fig-weg'")
    assert error.file == str(source.parent / "deel.qmd")


def test_files_that_include_each_other(write: Callable[..., Path], tmp_path: Path) -> None:
    source = write("{{< include deel.qmd >}}\n", deel="{{< include proef.qmd >}}\n")
    refused(source, tmp_path / "out", 1, "includes itself")


def test_unknown_names(write: Callable[..., Path], tmp_path: Path) -> None:
    source = write("Tekst\n")
    for options, says in (
        ({"formats": ["htm"]}, "did you mean 'html'"),
        ({"engine": "embeded"}, "did you mean 'embedded'"),
    ):
        with pytest.raises(UnknownNameError, match=says):
            render(source, tmp_path / "out", **options)  # type: ignore[arg-type]
    with pytest.raises(RenderError, match="does not exist"):
        render(tmp_path / "weg.qmd", tmp_path / "out")
