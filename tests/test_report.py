"""The real report: whole, accessible, the same twice, and safe when a run fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evaluatie import reporting
from evaluatie.errors import EvaluatieError, RenderError
from evaluatie.places import bundled
from evaluatie.reporting import MadeReport, make_report

HEADER = (
    "election,municipality_code,municipality,vintage,"
    "eligible,ballots,valid,blank,invalid,rejected,source\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReport:
    return make_report(tmp_path_factory.mktemp("report"), engine="embedded")


@pytest.fixture(scope="module")
def html(made: MadeReport) -> str:
    return made.files["html"].read_text("utf-8")


def test_it_says_which_engine_how_long_and_where(made: MadeReport) -> None:
    said = made.describe()
    assert "embedded" in said
    assert re.search(r"in \d+\.\d s", said)
    assert str(made.files["html"]) in said
    assert str(made.files["pdf"]) in said


def test_every_number_of_the_summary_comes_from_the_results(html: str) -> None:
    summary = html[html.index('id="sec-samenvatting"') :]
    for number in ("0,52%", "0,21%", "0,73%", "258", "340"):
        assert number in summary


def test_html_is_accessible_in_its_structure(html: str) -> None:
    assert '<html lang="nl"' in html or re.search(r"<html[^>]*lang=\"nl\"", html)
    images = re.findall(r"<img[^>]*>", html)
    assert len(images) >= 2
    assert all(re.search(r'alt="[^"]{40,}"', image) for image in images)
    headers = re.findall(r"<th[ >][^>]*>", html)
    assert headers
    assert all('scope="' in header for header in headers)
    assert html.count("<caption") + html.count("<figcaption") >= html.count("<table")


def test_html_needs_nothing_from_elsewhere(html: str) -> None:
    outside = re.findall(r'(?:src|href)="(https?://[^"]+)"', html)
    assert not [link for link in outside if re.search(r"\.(js|css|woff2?|svg|png)$", link)]
    assert "<script src" not in html
    assert "@import" not in html


def test_no_reference_is_left_open(html: str) -> None:
    assert "?@" not in html
    assert "??" not in re.sub(r"data:[^\"]*", "", html)


def test_pdf_is_tagged_with_language_title_and_alt_text(made: MadeReport) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(made.files["pdf"]) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert str(pdf.Root.Lang).startswith("nl")
        assert "/StructTreeRoot" in pdf.Root
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert "stembiljet" in metadata["dc:title"]
        assert len(pdf.pages) >= 8


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_a_real_browser_finds_nothing_wrong(made: MadeReport, width: int) -> None:
    from browser import look

    seen = look(made.files["html"], width)
    assert seen.console == ()
    assert seen.requests == ()
    assert seen.wide == ()
    assert seen.overflow <= 0


def test_the_same_inputs_give_the_same_bytes(made: MadeReport, tmp_path: Path) -> None:
    again = make_report(tmp_path, engine="embedded")
    for kind, path in made.files.items():
        assert again.files[kind].read_bytes() == path.read_bytes(), kind


def test_own_counts_with_a_name_full_of_markup(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    name = "\"Gouda <script>alert('x')</script> | **vet** $x$ @sec-methode\""
    line = f"GR2026,GM0513,{name},official,57000,30000,29700,100,200,300,own\n"
    (own / "municipal_results.csv").write_text(HEADER + line, "utf-8")
    made = make_report(tmp_path / "out", formats=["html"], engine="embedded", data=own)
    assert set(made.files) == {"html"}
    html = made.files["html"].read_text("utf-8")
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert "deels voorlopig" in html


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RenderError("no")])
def test_a_stopped_or_failed_run_keeps_the_previous_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    (tmp_path / "rapport.html").write_text("the previous report")

    def stop(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(reporting.study, "run", stop)
    with pytest.raises((KeyboardInterrupt, EvaluatieError)):
        make_report(tmp_path, engine="embedded")
    assert [p.name for p in tmp_path.iterdir()] == ["rapport.html"]
    assert (tmp_path / "rapport.html").read_text() == "the previous report"


def test_an_output_folder_that_is_a_file(tmp_path: Path) -> None:
    blocked = tmp_path / "out"
    blocked.write_text("in the way")
    with pytest.raises(EvaluatieError, match="out: cannot write here"):
        make_report(blocked, formats=["html"], engine="embedded")
    assert blocked.read_text() == "in the way"


# Prose may name years, elections, formats and the conventions of intervals; nothing counted.
ALLOWED = re.compile(
    r"\b(?:20\d\d|(?:TK|EP|GR)20\d\d|A3|95%|18 maart 2026|SHA-256|EUPL-1\.2|PF\d{3})"
)
TEXTS = sorted(bundled("report").rglob("*.qmd"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_no_number_in_prose_without_a_source(path: Path) -> None:
    prose = path.read_text("utf-8")
    prose = re.sub(r"\A---\n.*?\n---\n", "", prose, flags=re.DOTALL)
    prose = re.sub(r"```\{python\}.*?```", "", prose, flags=re.DOTALL)
    prose = re.sub(
        r"\$\$.*?\$\$|`\{python\}[^`]*`|\{\{<.*?>\}\}|\[@[^\]]*\]|@[\w-]+",
        "",
        prose,
        flags=re.DOTALL,
    )
    prose = re.sub(r"^\d+\. ", "", prose, flags=re.MULTILINE)  # numbered lists
    left = re.findall(r"\S*\d\S*", ALLOWED.sub("", prose))
    # The glossary explains a percentage point by an example, which counts nothing.
    if path.name == "begrippen.qmd":
        left = [each for each in left if each not in ("0,2%", "0,5%", "0,3")]
    assert left == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_every_figure_has_caption_and_alternative_text(path: Path) -> None:
    cells = re.findall(r"```\{python\}(.*?)```", path.read_text("utf-8"), re.DOTALL)
    for cell in cells:
        if "label: fig-" in cell:
            assert "#| fig-cap:" in cell
            assert "#| fig-alt:" in cell
        if "label: tbl-" in cell:
            assert "#| tbl-cap:" in cell
