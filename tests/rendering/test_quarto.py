"""Quarto as an engine, played by a script that says and makes what Quarto would."""

from __future__ import annotations

import difflib
import json
import re
import shutil
import stat
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from documents import copy_demo
from lxml import html

from evaluatie.ground.errors import RenderError
from evaluatie.report.rendering import render

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script as a program")


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Path]:
    """Make a program that answers as Quarto does; it notes what it was asked."""

    def make(
        says: str = "", page: str = "<p>klaar</p>", code: int = 0, version: str = "1.7.34"
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
    assert first["files"] == ["_quarto.yml", "proef.qmd"]
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
        ({"says": "WARN: Unable to resolve crossref @fig-weg"}, "'@fig-weg' points at nothing"),
        ({"says": "[WARNING] Citeproc: citation niemand not found"}, "'@niemand' points at"),
        ({"page": "<p>zie ?@fig-weg</p>"}, "'@fig-weg' points at nothing"),
        ({"says": "x\nNameError: name 'y' is not defined\n", "code": 1}, "NameError: name 'y'"),
        ({"says": "ERROR: it broke\nmore", "code": 1}, "quarto failed: ERROR: it broke"),
        ({"version": "1.3.450"}, "too old; found '1.3.450'"),
        ({"version": "geen idee"}, "does not tell its version"),
    ],
)
def test_what_quarto_only_warns_about_fails(
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


def _main(page: Path) -> Any:
    root = html.parse(str(page)).getroot()
    (main,) = root.iter("main")
    for aside in main.xpath(".//nav|.//script|.//style|.//button|.//annotation|.//header"):
        aside.drop_tree()
    return main


@pytest.mark.skipif(shutil.which("quarto") is None, reason="needs Quarto on the PATH")
def test_both_engines_say_and_show_the_same(tmp_path: Path) -> None:
    source = copy_demo(tmp_path / "project")
    here, there = (
        _main(render(source, tmp_path / name, formats=["html"], engine=name).files["html"])  # type: ignore[arg-type]
        for name in ("embedded", "quarto")
    )
    said = [re.findall(r"\w+", main.text_content().lower()) for main in (here, there)]
    matched = difflib.SequenceMatcher(a=said[0], b=said[1], autojunk=False)
    apart = [
        (" ".join(said[0][a:b]), " ".join(said[1][c:d]))
        for kind, a, b, c, d in matched.get_opcodes()
        if kind != "equal"
    ]
    # Engines may name a part otherwise; they may not lose or change a sentence.
    assert matched.ratio() > 0.98, apart
    for what in ("//table", "//img", "//math", "//a[contains(@class, 'quarto-xref')]"):
        assert len(here.xpath(f".{what}")) == len(there.xpath(f".{what}")), what


@pytest.mark.skipif(shutil.which("quarto") is None, reason="needs Quarto on the PATH")
def test_quarto_itself_says_what_is_wrong(tmp_path: Path) -> None:
    source = copy_demo(tmp_path / "project")
    (tmp_path / "project" / "styles" / "header.typ").write_text("#nothing-of-the-kind()\n")
    with pytest.raises(RenderError, match="unknown variable: nothing-of-the-kind") as caught:
        render(source, tmp_path / "out", formats=["pdf"], engine="quarto")
    assert "\n" not in str(caught.value)
