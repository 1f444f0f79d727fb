"""Whatever cannot be rendered everywhere is refused, with the file and the line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from documents import FRONT

from evaluatie.ground.errors import EvaluatieError, RenderError, UnknownNameError
from evaluatie.report.rendering import render

FIGURE = """\
```{{python}}
{options}
import matplotlib.pyplot as plt
plt.plot([1, 2]);
```
"""
TABLE = "\n| a | b |\n|---|--:|\n| x | 1 |\n"

# name -> (text from line 6 on, line the error points at, what it says)
WITHOUT_CODE = {
    "unknown shortcode": ("\nTekst {{< video x.mp4 >}}.\n", 7, "shortcode 'video'"),
    "include inside a line": ("Zie {{< include a.qmd >}}\n", 6, "shortcode 'include'"),
    "include of nothing": ("\n\n{{< include weg.qmd >}}\n", 8, "cannot read 'weg.qmd'"),
    "include from outside": ("{{< include ../x.qmd >}}\n", 6, "inside the project"),
    "foreign code block": ("```{r}\n1\n```\n", 6, "{r}"),
    "mermaid": ("```{mermaid}\na\n```\n", 6, "{mermaid}"),
    "raw block": ("```{=html}\n<b>\n```\n", 6, "{=html}"),
    "raw inline": ("\na `<b>`{=html}\n", 7, "raw code"),
    "raw html": ("\nkop\n\na <span class='x'>b</span> <br> c\n", 9, "raw html"),
    "raw html block": ("\n<video src='x'></video>\n", 7, "raw html"),
    "raw tex": ("\nTekst \\newpage einde\n", 7, "raw tex"),
    "block not closed": ("\n```{python}\n1\n", 7, "not closed"),
    "indented cell": ("- a\n\n    ```{python}\n    1\n    ```\n", 8, "margin"),
    "unknown division": ("::: {.panel-tabset}\n:::\n", 6, "class 'panel-tabset'"),
    "division not closed": ("\n::: lead\nTekst\n", 7, "not closed"),
    "division not opened": ("\nTekst\n\n:::\n", 9, "was not opened"),
    "layout": ("::: {layout-ncol=2}\n:::\n", 6, "attribute 'layout-ncol'"),
    "unknown callout": ("::: {.callout-danger}\n:::\n", 6, "class 'callout-danger'"),
    "unknown callout option": ("::: {.callout-tip icon=false}\n:::\n", 6, "attribute 'icon'"),
    "division with a label": ("::: {#fig-x}\n:::\n", 6, "'#fig-x'"),
    "unknown span": ("[a]{.aside}\n", 6, "class 'aside'"),
    "unknown image attribute": ("![a](a.png){.lightbox}\n", 6, "class 'lightbox'"),
    "second metadata": ("\n---\ntitle: x\n---\n", 7, "metadata"),
    "inline over lines": ("\na `{python} 1 +\n2`\n", 7, "one line of Python"),
    "inline without code": ("\na `{python}`\n", 7, "one line of Python"),
    "foreign inline": ("\na `{r} 1`\n", 7, "one line of Python"),
    "unresolved figure": ("\nZie @fig-weg.\n", 7, "'@fig-weg' points at nothing"),
    "unresolved table": ("\n\n[zie @tbl-weg]\n", 8, "'@tbl-weg' points at nothing"),
    "unresolved section": ("Zie @sec-weg\n", 6, "'@sec-weg' points at nothing"),
    "unresolved equation": ("Zie @eq-weg\n", 6, "'@eq-weg' points at nothing"),
    "unknown citation": ("\nZoals [@niemand2020] zei.\n", 7, "'@niemand2020' is not in"),
    "unknown kind of reference": ("Zie @lst-code\n", 6, "'@lst-code'"),
    "reference and citation": ("\n# A {#sec-a}\n\n@sec-a [@bakker]\n", 9, "put a word between"),
    "unnumbered section": ("# A {#sec-a .unnumbered}\n\nZie @sec-a\n", 8, "without a number"),
    "section twice": ("# A {#sec-a}\n\n# B {#sec-a}\n", 8, "'sec-a' is used twice"),
    "image without text": ("\n![kop](a.svg){#fig-a}\n", 7, "no alternative text"),
    "image from the web": ("\n![a](https://x.invalid/a.png)\n", 7, "file of the project"),
    "image that is absent": ("\n![a](weg.png)\n", 7, "'weg.png' does not exist"),
    "image of another kind": ("\n![a](proef.qmd)\n", 7, "SVG, PNG or JPEG"),
    "table without caption": (TABLE + "\n: {#tbl-a}\n", 11, "caption"),
    "table with another label": (TABLE + "\n: Kop {#fig-a}\n", 11, "tbl-"),
    "label without equation": ("\nTekst {#eq-a}\n", 7, "no displayed equation"),
}
OPTIONS = {
    "unknown option": ("#| label: a\n#| fig-width: 3", 8, "'fig-width'"),
    "option twice": ("#| echo: true\n#| echo: false", 8, "given twice"),
    "option of the wrong kind": ("#| echo: misschien", 7, "true or false"),
    "options that are no YAML": ("#| label: [a", 7, "not YAML"),
    "foreign label": ("#| label: lst-code", 7, "fig-"),
    "label with a space": ("#| label: a b", 7, "letters"),
    "unknown tag": ("#| tags: [weg]", 7, "one of parameters, html-only"),
    "two tags": ("#| tags: [parameters, html-only]", 7, "the tag is outside"),
    "html only with a label": ("#| tags: [html-only]\n#| label: fig-a", 8, "cannot have 'label'"),
    "figure without caption": ("#| label: fig-a\n#| fig-alt: b", 6, "'fig-cap'"),
    "figure without text": ("#| label: fig-a\n#| fig-cap: b", 6, "'fig-alt'"),
    "table without caption": ("#| label: tbl-a", 6, "'tbl-cap'"),
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
    "params without a cell": ("---\ntitle: x\nlang: nl\nparams:\n  a: 1\n---\n", 4, "parameters"),
}
PROJECTS = {
    "unknown key": ("lang: nl\nfilters: [a.lua]\n", 2, "'filters'"),
    "book": ("project:\n  type: book\n", 2, "'default'"),
    "unknown format": ("format:\n  pdf: default\n", 2, "'pdf'"),
    "unknown html option": ("format:\n  html:\n    code-fold: true\n", 3, "'code-fold'"),
    "fetched mathematics": ("format:\n  html:\n    html-math-method: katex\n", 3, "mathml"),
    "typst citations": ("format:\n  typst:\n    citeproc: false\n", 3, "citeproc"),
    "missing style": ("format:\n  html:\n    css: weg.css\n", 3, "does not exist"),
    "style from outside": ("format:\n  html:\n    css: ../weg.css\n", 3, "outside the project"),
    "other date": ("date-format: short\n", 1, "D MMMM YYYY"),
}
CELLS = {
    "raises": ("```{python}\nx = 1\n\nraise ValueError('kapot')\n```\n", 9, "ValueError: kapot"),
    "syntax": ("```{python}\n#| echo: false\nx = = 1\n```\n", 8, "SyntaxError"),
    "raises deeper": (
        "```{python}\ndef f():\n    return 1 / 0\n```\n\n```{python}\nf()\n```\n",
        12,
        "ZeroDivisionError",
    ),
    "inline raises": ("\n\nEen `{python} 1/0` som.\n", 8, "'1/0' failed: ZeroDivisionError"),
    "inline object": ("\nEen `{python} [1]` lijst.\n", 7, "gives a list"),
    "pandas": ("```{python}\nimport pandas as pd\npd.DataFrame({'a': [1]})\n```\n", 6, "pandas"),
    "bare value": ("\n```{python}\n1 + 1\n```\n", 7, "bare Python value"),
    "html in a PDF": (
        "```{python}\nfrom IPython.display import HTML\nHTML('<b>x</b>')\n```\n",
        6,
        "HTML, which the other formats",
    ),
    "html only without html": (
        "```{python}\n#| tags: [html-only]\nfrom IPython.display import Markdown\n"
        "Markdown('x')\n```\n",
        6,
        "must show HTML and nothing else",
    ),
    "html only of nothing": ("```{python}\n#| tags: [html-only]\n1;\n```\n", 6, "must show HTML"),
    "html left open": (
        "```{python}\n#| tags: [html-only]\nfrom IPython.display import display\n"
        "display({'text/html': '<details><p>x</details>'}, raw=True)\n```\n",
        6,
        "</details> closes what was not opened",
    ),
    "figure without text": (FIGURE.format(options="#| label: a"), 6, "alternative text"),
    "figure that is none": (
        "```{python}\n#| label: fig-a\n#| fig-cap: b\n#| fig-alt: c\n1;\n```\n",
        6,
        "must show one figure",
    ),
    "table that is none": (
        "```{python}\n#| label: tbl-a\n#| tbl-cap: b\nfrom IPython.display import Markdown\n"
        "Markdown('tekst')\n```\n",
        6,
        "must show one table",
    ),
    "reference in a result": (
        "```{python}\nfrom IPython.display import Markdown\nMarkdown('zie @fig-weg')\n```\n",
        6,
        "'@fig-weg' points at nothing",
    ),
    "division in a result": (
        "```{python}\nfrom IPython.display import Markdown\nMarkdown(':::\\nweg')\n```\n",
        6,
        "was not opened",
    ),
    "raw html in a result": (
        "```{python}\nfrom IPython.display import Markdown\nMarkdown('a <b>c</b>')\n```\n",
        6,
        "raw html",
    ),
    "kernel dies": ("\n```{python}\nimport os\nos._exit(3)\n```\n", 7, "kernel died"),
}


def refused(source: Path, out: Path, line: int, says: str, **options: object) -> EvaluatieError:
    with pytest.raises(RenderError, match=re.escape(says)) as caught:
        render(source, out, engine="embedded", **options)  # type: ignore[arg-type]
    assert caught.value.unit == f"line {line}", str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(out.iterdir())
    return caught.value


@pytest.mark.parametrize("case", WITHOUT_CODE)
def test_text(write: Callable[..., Path], tmp_path: Path, case: str) -> None:
    body, line, says = WITHOUT_CODE[case]
    bib = "@book{bakker, author = {B}, title = {T}, year = 2019}\n"
    front = FRONT.replace("date: 2026-01-02", "bibliography: references.bib")
    source = write(body, front=front, bib=bib)
    (source.parent / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    error = refused(source, tmp_path / "out", line, says)
    assert error.file == str(source)


@pytest.mark.parametrize("case", OPTIONS)
def test_cell_options(write: Callable[..., Path], tmp_path: Path, case: str) -> None:
    options, line, says = OPTIONS[case]
    refused(write(FIGURE.format(options=options)), tmp_path / "out", line, says)


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


@pytest.mark.parametrize("case", CELLS)
def test_running(write: Callable[..., Path], tmp_path: Path, case: str) -> None:
    body, line, says = CELLS[case]
    refused(write(body), tmp_path / "out", line, says)


def test_labels_twice(write: Callable[..., Path], tmp_path: Path) -> None:
    cell = FIGURE.format(options="#| label: fig-a\n#| fig-cap: b\n#| fig-alt: c")
    refused(write(cell + cell), tmp_path / "out", 13, "already used in proef.qmd, line 6")


def test_place_in_an_included_file(write: Callable[..., Path], tmp_path: Path) -> None:
    source = write("{{< include deel.qmd >}}\n", deel="Tekst\n\nZie @fig-weg.\n")
    error = refused(source, tmp_path / "out", 3, "'@fig-weg'")
    assert error.file == str(source.parent / "deel.qmd")


def test_files_that_include_each_other(write: Callable[..., Path], tmp_path: Path) -> None:
    source = write("{{< include deel.qmd >}}\n", deel="{{< include proef.qmd >}}\n")
    refused(source, tmp_path / "out", 1, "includes itself")


def test_html_that_fetches(write: Callable[..., Path], tmp_path: Path) -> None:
    body = "```{python}\nfrom IPython.display import HTML\nHTML('<script src=x></script>')\n```\n"
    refused(write(body), tmp_path / "out", 6, "fetches or runs", formats=["html"])


def test_unknown_names(write: Callable[..., Path], tmp_path: Path) -> None:
    source = write("```{python}\n#| tags: [parameters]\ngemeente = 1\n```\n")
    for options, says in (
        ({"formats": ["htm"]}, "did you mean 'html'"),
        ({"engine": "embeded"}, "did you mean 'embedded'"),
        ({"engine": "embedded", "params": {"gemeentes": 1}}, "did you mean 'gemeente'"),
    ):
        with pytest.raises(UnknownNameError, match=says):
            render(source, tmp_path / "out", **options)  # type: ignore[arg-type]
    with pytest.raises(RenderError, match="does not exist"):
        render(tmp_path / "weg.qmd", tmp_path / "out")
