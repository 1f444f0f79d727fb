"""The real report: whole, accessible, the same twice, and safe when a run fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from analysed import analysed

from evaluatie.answers import ANSWERS, entries
from evaluatie.answers.run import Run
from evaluatie.cli import run
from evaluatie.ground.errors import EvaluatieError, RenderError
from evaluatie.ground.folders import bundled
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.words import sentences
from evaluatie.report import exhibits
from evaluatie.report import making as reporting
from evaluatie.report.making import DOCUMENTS, INDEXES, MadeReport, make_report
from evaluatie.report.prose import included
from evaluatie.report.rendering import FORMATS, typst
from evaluatie.report.rendering.source import asked

HEADER = (
    "election,municipality_code,municipality,vintage,"
    "eligible,ballots,valid,blank,invalid,rejected,source\n"
)


LANGS = ("nl", "en")
STEMS = {"nl": "rapport", "en": "report"}
TITLES = {"nl": "stembiljet", "en": "new ballot"}


@pytest.fixture(scope="module")
def made(reports: MadeReport) -> MadeReport:
    return reports


@pytest.fixture(scope="module", params=LANGS)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def html(made: MadeReport, lang: str) -> str:
    return made.files[f"{STEMS[lang]}.html"].read_text("utf-8")


def test_one_run_makes_every_language_and_format(made: MadeReport) -> None:
    folders = {f"{name.strip('_').removesuffix('.qmd')}/index.html" for name in INDEXES.values()}
    reports = {f"{stem}.{kind}" for stem in STEMS.values() for kind in (*FORMATS, "png")}
    assert set(made.files) == reports | folders
    assert made.warnings == ()
    said = made.describe()
    assert "embedded" in said
    assert re.search(r"in \d+\.\d s", said)
    for path in made.files.values():
        assert path.stat().st_size > 5_000
        assert str(path) in said


def test_html_is_accessible_in_its_structure(html: str, lang: str) -> None:
    assert re.search(rf'<html[^>]*lang="{lang}', html)
    images = re.findall(r"<img[^>]*>", html)
    assert len(images) >= len(exhibits.FIGURES)
    assert all(re.search(r'alt="[^"]{40,}"', image) for image in images)
    headers = re.findall(r"<th[ >][^>]*>", html)
    assert headers
    assert all('scope="' in header for header in headers)
    assert html.count("<caption") + html.count("<figcaption") >= html.count("<table")


def test_every_link_inside_the_page_leads_somewhere(html: str) -> None:
    names = set(re.findall(r'\bid="([^"]+)"', html))
    links = set(re.findall(r'href="#([^"]+)"', html))
    assert links
    assert links <= names


def test_html_needs_nothing_from_elsewhere(html: str) -> None:
    outside = re.findall(r'(?:src|href)="(https?://[^"]+)"', html)
    assert not [link for link in outside if re.search(r"\.(js|css|woff2?|svg|png)$", link)]
    assert "<script src" not in html
    assert "@import" not in html


def test_no_reference_is_left_open(html: str) -> None:
    assert "?@" not in html
    assert "??" not in re.sub(r"data:[^\"]*", "", html)


def test_pdf_is_tagged_with_language_title_and_alt_text(made: MadeReport, lang: str) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(made.files[f"{STEMS[lang]}.pdf"]) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert str(pdf.Root.Lang).startswith(lang)
        assert "/StructTreeRoot" in pdf.Root
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert TITLES[lang] in metadata["dc:title"]


def test_the_command_makes_the_same_bytes_from_the_same_inputs(
    made: MadeReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")  # however many share the work
    monkeypatch.setattr(reporting, "_sheets", lambda *_: ())  # these are not compared
    words = ["report", "--out", str(tmp_path), "--format", ",".join(FORMATS)]
    assert run([*words, "--lang", "nl,en", "--engine", "embedded"]) == 0
    again = {path.name: path for path in tmp_path.iterdir() if path.is_file()}
    kinds = (*FORMATS, "png")
    assert set(again) == {f"{stem}.{kind}" for stem in ("rapport", "report") for kind in kinds}
    for name, path in again.items():
        assert path.read_bytes() == made.files[name].read_bytes(), name


def test_what_typst_remarks_is_told_with_the_file_that_it_is_of(
    finished: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(typst, "to_pdf", lambda *_: (b"%PDF", ("typst: not settled",)))
    words = ["report", "--out", str(tmp_path), "--format", "pdf", "--engine", "embedded"]
    with analysed(finished):
        assert run([*words, "-m", "Gouda", "--lang", "nl,en"]) == 0
    told = [each for each in capsys.readouterr().err.splitlines() if "typst" in each]
    assert told == [f"evaluatie: {name}.pdf: typst: not settled" for name in ("gouda", "gouda-en")]


HOSTILE = "\"Gouda <script>alert('x')</script> | **vet** $x$ @sec-methode onclick=url(\""


@pytest.fixture(scope="module")
def narrowed(
    tmp_path_factory: pytest.TempPathFactory, finished_of: Callable[[str], Run]
) -> Callable[..., str]:
    """Make the page of some elections, each once; of two with a count of one's own."""

    @cache
    def make(*elections: str) -> str:
        folder = tmp_path_factory.mktemp("narrowed")
        asked = {"formats": ["html"], "engine": "embedded", "elections": elections}
        if len(elections) == 1:
            with analysed(finished_of(*elections)):
                done = make_report(folder / "out", **asked)
        else:
            count = f"GR2026,GM0513,{HOSTILE},official,57000,30000,29700,100,200,300,own\n"
            (folder / "municipal_results.csv").write_text(HEADER + count, "utf-8")
            done = make_report(folder / "out", **asked, data=folder)
        return done.files["rapport.html"].read_text("utf-8")

    return make


def test_own_counts_are_marked_and_a_name_full_of_markup_is_harmless(
    narrowed: Callable[..., str],
) -> None:
    html = narrowed("TK2025", "GR2026")
    assert "<script>alert" not in html
    told = html[html.index('id="sec-coverage"') : html.index('id="sec-published"')]
    assert "30.000" in told  # the count that differs from the shipped one


@pytest.mark.parametrize(
    ("elections", "there", "gone"),
    [
        (["GR2026"], "GR26", "TK25"),
        (["EP2024"], "EP24", "GR26"),
        (["TK2025", "GR2026"], "TK25", "EP24"),
    ],
)
def test_a_run_with_some_elections_says_what_it_cannot(
    narrowed: Callable[..., str], elections: list[str], there: str, gone: str
) -> None:
    html = narrowed(*elections)
    counted = html[html.index('id="tbl-coverage"') :]
    counted = counted[: counted.index("</table>")]
    assert there in counted
    assert gone not in counted
    points = html[html.index('id="sec-summary"') : html.index('id="sec-experiment"')]
    assert there in points
    assert gone not in points  # of what these counts do not hold nothing is said


def test_an_unknown_election_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(EvaluatieError, match=r"unknown election 'GR2027'.*GR2026"):
        make_report(tmp_path / "out", formats=["html"], elections=["GR2027"])
    assert not list((tmp_path / "out").glob("*"))


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
    r"\b(?:20\d\d|(?:TK|EP|GR)\d\d|A3|95%|EUPL-1\.2|10[.,]000|1%(?= of meer| or more)"
    r"|(?:nummer|number) 1|(?:hoofdstuk|chapter) \d)"
)
EXAMPLE = ("0.2%", "0.6%", "0.4", "0.10%.")
TEXTS = [*bundled("report").glob("_*.qmd"), *bundled("report").glob("[ne][ln]/*.md")]


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_no_number_in_prose_without_a_source(path: Path) -> None:
    prose = path.read_text("utf-8")
    prose = re.sub(r"\A---\n.*?\n---\n", "", prose, flags=re.DOTALL)
    prose = re.sub(r"\[[^\]]*\d\]\(#sec-[a-z]+\)", "", prose)  # chapters by number
    prose = re.sub(r"\{[?!]?[a-z][a-z0-9_]*(?::\w+)?\}", "", prose)  # names of numbers
    prose = re.sub(
        r"\$\$.*?\$\$|\{\{<.*?>\}\}|\[@[^\]]*\]|@[\w-]+",
        "",
        prose,
        flags=re.DOTALL,
    )
    prose = re.sub(r"^\d+\. |\{#[\w-]+\}", "", prose, flags=re.MULTILINE)  # lists, names
    left = re.findall(r"\S*\d\S*", ALLOWED.sub("", prose))
    # The glossary explains a percentage point by an example, which counts nothing.
    if path.name == "glossary.md":
        left = [each for each in left if each.replace(",", ".") not in EXAMPLE]
    assert left == []


def _asked(lang: str) -> tuple[list[str], list[str]]:
    """The variables and pieces of the report in one language, without its mark."""
    variables, pieces = asked(bundled("report") / DOCUMENTS[lang])  # type: ignore[index]
    assert all(name.startswith(f"{lang}.") for name in variables)
    assert all(name.startswith(f"_made/{lang}/") for name in pieces)
    pieces = included(bundled("report"), pieces)
    names = [name.removeprefix(f"_made/{lang}/").removesuffix(".md") for name in pieces]
    return [name.removeprefix(f"{lang}.") for name in variables], names


def test_both_languages_show_the_same_in_the_same_order() -> None:
    assert _asked("nl") == _asked("en")


def test_every_table_and_figure_is_in_the_report() -> None:
    _, pieces = _asked("nl")
    for kind, known in (("figure", set(exhibits.FIGURES)), ("table", set(exhibits.TABLES))):
        shown = [name.removeprefix(f"{kind}-") for name in pieces if name.startswith(f"{kind}-")]
        # What differs from the shipped counts is shown only where there is something.
        assert set(shown) >= known - {"changed"}
        assert set(shown) <= known


def test_every_exhibit_has_its_words_in_both_languages(finished: Run) -> None:
    for name, each in exhibits.FIGURES.items():
        nl, en = (exhibits.figure(name, finished, lang) for lang in LANGUAGES)
        for part in ("title", "caption", "alt"):
            assert nl.told(part) != en.told(part), name  # nothing left untranslated
        alts = [each.told("alt") for each in (nl, en)]
        assert alts[0].startswith(f"{nl.told('title')}. "), name
        assert min(map(len, alts)) >= 40
        # Screen readers read an alternative text that states a finding in one go.
        assert not each.found or max(map(len, alts)) < 350
    for table in exhibits.TABLES.values():
        nl_words, en_words = (exhibits.words(table, "caption", finished, x) for x in LANGUAGES)
        assert nl_words != en_words, table.name
    # Nothing is kept for what is no longer shown; sheets of municipalities have words of their own.
    said = {f"{own.name}.caption_{each.name}" for own in entries() for each in own.tables}
    figures = [(own.name, each.name) for own in entries() for each in own.figures]
    parts = ("title", "caption_figure", "alt")
    said |= {f"{room}.{key}_{name}" for room, name in figures for key in parts}
    kept = {
        f"{room}.{key}"
        for room in ANSWERS
        for key in sentences(room)
        if key.startswith(("caption_", "alt_")) and room != "sheets"
    }
    assert kept == {each for each in said if ".title_" not in each}
    assert all(each.partition(".")[2] in sentences(each.partition(".")[0]) for each in said)
