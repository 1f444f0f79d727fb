"""Quarto as an engine, played by a script that says and makes what Quarto would."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import textwrap
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from documents import copy_demo
from lxml import etree, html
from pdf_structure import elements

from evaluatie.ground.errors import RenderError
from evaluatie.ground.folders import bundled
from evaluatie.report.rendering import Rendered, render
from evaluatie.report.rendering.embedded import copy_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script as a program")


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Path]:
    """Make a program that answers as Quarto does; it notes what it was asked."""

    def make(
        says: str = "",
        page: str = "<p>klaar</p>",
        code: int = 0,
        version: str = "1.7.34",
        wrong: object = (),
    ) -> Path:
        program = tmp_path / "bin" / "quarto"
        program.parent.mkdir(exist_ok=True)
        body = f"""\
            #!{sys.executable}
            import json, os, pathlib, sys
            if sys.argv[1:] == ["--version"]:
                print({version!r})
                sys.exit()
            note = {{"arguments": sys.argv[1:], "folder": os.getcwd(),
                     "moment": os.environ["SOURCE_DATE_EPOCH"],
                     "python": os.environ["QUARTO_PYTHON"],
                     "prepared": os.environ["EVALUATIE_PREPARED"],
                     "files": sorted(p.name for p in pathlib.Path().iterdir())}}
            with open({str(tmp_path / "asked")!r}, "a") as log:
                log.write(json.dumps(note) + "\\n")
            if {wrong!r} is not None:
                context = json.loads(pathlib.Path(os.environ["EVALUATIE_CONTEXT"]).read_text())
                pathlib.Path(context["errors"]).write_text(json.dumps({wrong!r}))
            print({says!r}, file=sys.stderr)
            if {code}:
                sys.exit({code})
            kind = {{"html": "html", "typst": "pdf"}}[sys.argv[4]]
            pathlib.Path("_output").mkdir(exist_ok=True)
            pathlib.Path("_output/proef." + kind).write_text({page!r} if kind == "html" else "%PDF")
            """
        program.write_text(textwrap.dedent(body))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    return make


def asked(tmp_path: Path) -> list[dict[str, object]]:
    return [json.loads(row) for row in (tmp_path / "asked").read_text().splitlines()]


def test_both_formats(
    write: Callable[..., Path],
    fake: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    source = write("Tekst\n")
    done = render(source, tmp_path / "out", formats=("html", "pdf"), quarto=fake())
    assert done.engine == "quarto 1.7.34"
    assert done.files["html"].read_text() == "<p>klaar</p>"
    assert done.files["pdf"].read_text() == "%PDF"
    first, second = asked(tmp_path)
    assert first["arguments"] == ["render", "proef.qmd", "--to", "html"]
    assert second["arguments"][3] == "typst"  # type: ignore[index]
    assert first["moment"] == "1767312000"  # 2026-01-02
    assert first["python"] == sys.executable
    assert first["prepared"] == "1"  # what the pages include lies beside them already
    assert first["files"] == ["_made", "_quarto.yml", "proef.qmd"]  # with the fonts
    assert Path(str(first["folder"])) != source.parent
    assert sorted(path.name for path in source.parent.iterdir()) == ["_quarto.yml", "proef.qmd"]


def test_auto_takes_quarto_from_the_path(
    write: Callable[..., Path],
    fake: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = write("Tekst\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert render(source, tmp_path / "a", formats=["html"]).engine.startswith("embedded")
    fake()
    assert render(source, tmp_path / "b", formats=["html"]).engine == "quarto 1.7.34"
    assert render(source, tmp_path / "c", formats=["html"], engine="embedded").engine.startswith(
        "embedded"
    )


def test_quarto_that_is_not_there(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    source = write("Tekst\n")
    with pytest.raises(RenderError, match="not on the PATH"):
        render(source, tmp_path / "out", engine="quarto")
    with pytest.raises(RenderError, match="not a program"):
        render(source, tmp_path / "out", quarto=tmp_path / "weg")


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        (
            {"wrong": [{"message": "stuk", "needle": "fig-weg", "last": False}], "code": 83},
            "proef.qmd, line 7: stuk",
        ),
        ({"wrong": None}, "does not run the filter"),
        ({"says": "x\nNameError: name 'y' is not defined\n", "code": 1}, "NameError: name 'y'"),
        ({"says": "ERROR: it broke\nmore", "code": 1}, "quarto failed: ERROR: it broke"),
        ({"version": "1.3.450"}, "too old; found '1.3.450'"),
        ({"version": "geen idee"}, "does not tell its version"),
    ],
)
def test_what_goes_wrong_is_told(
    write: Callable[..., Path],
    fake: Callable[..., Path],
    tmp_path: Path,
    behaviour: dict[str, object],
    says: str,
) -> None:
    out = tmp_path / "out"
    with pytest.raises(RenderError, match=re.escape(says).replace("'", ".?")) as caught:
        render(write("\nTekst fig-weg\n"), out, quarto=fake(**behaviour))
    assert "\n" not in str(caught.value)
    assert not out.exists(), "a run that failed leaves nothing behind"


def test_the_subset_holds_for_quarto_too(
    write: Callable[..., Path], fake: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(RenderError, match="'panel-tabset'") as caught:
        render(write("::: {.panel-tabset}\n:::\n"), tmp_path / "out", quarto=fake())
    assert caught.value.unit == "line 6"


def _of_page(page: Path) -> tuple[list[str], list[str], Counter[str]]:
    """Return the words of a page, what it refers to and how much of everything it has."""
    root = html.parse(str(page)).getroot()
    # Editions of pandoc differ in how they print a list of sources.
    for aside in root.xpath("//script|//style|//annotation|//*[@id='refs']/*"):
        aside.drop_tree()
    links = [str(link) for link in root.xpath("//main//a/@href")]
    kinds = Counter(
        " ".join(filter(None, (each.tag, each.get("scope"), each.get("alt"))))
        for each in root.iter(
            "h1", "h2", "h3", "table", "caption", "th", "figure", "img", "math", "section", "main"
        )
    )
    return root.text_content().split(), links, kinds


def _of_word(file: Path) -> tuple[list[str], list[str]]:
    """Return the texts of paragraphs, and the words that stand for each drawing."""
    with zipfile.ZipFile(file) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    sources = "{*}pPr/{*}pStyle[@{http://schemas.openxmlformats.org/wordprocessingml/2006/main}val='Bibliography']"
    said = [
        "".join(each.itertext("{*}t")) for each in root.iter("{*}p") if each.find(sources) is None
    ]
    return said, [str(each.get("descr")) for each in root.iter("{*}docPr")]


def _of_pdf(file: Path) -> tuple[int, list[str], list[str]]:
    with pikepdf.open(file) as pdf:
        tagged = [str(each.S) for each in elements(pdf.Root.get("/StructTreeRoot", {}).get("/K"))]
        return len(pdf.pages), [str(pdf.Root.Lang)[:2], str(pdf.docinfo["/Title"])], tagged


def _letters(pdf: Path) -> set[str]:
    """The fonts of a PDF, without the mark of the part that is in it."""
    with pikepdf.open(pdf) as opened:
        fonts = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary)]
        return {
            str(each.BaseFont).split("+")[-1].removesuffix("-Identity-H")
            for each in fonts
            if each.get("/Type") == "/Font" and "/BaseFont" in each
        }


@pytest.mark.skipif(shutil.which("quarto") is None, reason="needs Quarto on the PATH")
def test_both_engines_say_and_show_the_same(demo: Rendered, tmp_path: Path) -> None:
    source = copy_demo(tmp_path / "project")
    there = render(source, tmp_path / "out", engine="quarto")
    assert there.engine.startswith("quarto")
    for read in (_of_page(each.files["html"]) for each in (demo, there)):
        assert [name for name in read[2] if name.startswith("h1")] == ["h1"]
        assert not [name for name in read[2] if name == "th"], "a header cell without scope"
    here, page = (_of_page(each.files["html"]) for each in (demo, there))
    assert page[:2] == here[:2]
    assert page[2] == here[2]
    assert _of_word(there.files["docx"]) == _of_word(demo.files["docx"])
    pages, told, tagged = _of_pdf(demo.files["pdf"])
    assert _of_pdf(there.files["pdf"])[:2] == (pages, told)
    assert _of_pdf(there.files["pdf"])[2] in (tagged, []), "an older typst does not tag"
    assert _letters(there.files["pdf"]) == _letters(demo.files["pdf"]) > {"SourceSansPro-Regular"}


@pytest.mark.skipif(shutil.which("quarto") is None, reason="needs Quarto on the PATH")
def test_quarto_itself_says_what_is_wrong(tmp_path: Path) -> None:
    source = copy_demo(tmp_path / "project")
    (tmp_path / "project" / "styles" / "header.typ").write_text("#nothing-of-the-kind()\n")
    with pytest.raises(RenderError, match="unknown variable: nothing-of-the-kind") as caught:
        render(source, tmp_path / "out", formats=["pdf"], engine="quarto")
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("quarto") is None, reason="needs Quarto on the PATH")
def test_a_bare_render_makes_everything_that_pages_link_to(tmp_path: Path) -> None:
    project = tmp_path / "report"
    copy_project(bundled("report"), project)
    environment = {**os.environ, "QUARTO_PYTHON": sys.executable}
    subprocess.run(["quarto", "render"], cwd=project, env=environment, check=True)
    out = project / "_output"
    for stem, folder in (("rapport", "gemeenten"), ("report", "municipalities")):
        page = (out / f"{stem}.html").read_text("utf-8")
        near = {
            link
            for link in re.findall(r'(?:href|data-sheet)="([^":#]+)[^"]*"', page)
            if "." in link
        }
        assert f"{folder}/index.html" in near
        assert {link for link in near if not (out / link).is_file()} == set()
        assert len(list((out / folder).glob("*.pdf"))) == 12
        with zipfile.ZipFile(out / f"{stem}.docx") as archive:
            body = archive.read("word/document.xml")
        # Finished: rows stay whole, and no mark is left of where a wide table must turn.
        assert b"<w:cantSplit/>" in body
        assert b'w:rsidR="turned"' not in body
