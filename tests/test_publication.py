"""The report as it is read: its length, its language, its pages, measured on what was rendered."""

from __future__ import annotations

import base64
import importlib.util
import io
import re
import shutil
import subprocess
from collections import Counter
from html import unescape
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from fontTools.ttLib import TTFont
from pdf_structure import elements, pages_of
from PIL import Image

from evaluatie.answers import ANSWERS
from evaluatie.answers.run import Run
from evaluatie.ground.folders import bundled
from evaluatie.ground.words import sentences as room_sentences
from evaluatie.report import making as reporting
from evaluatie.report.exhibits import FIGURES, TABLES
from evaluatie.report.facts import facts
from evaluatie.report.making import MadeReport
from evaluatie.report.prose import fill, page, printed
from evaluatie.report.rendering.source import asked

STEMS = {"nl": "rapport", "en": "report"}
EXPECTED = Path(__file__).parent / "expected"
TEXT = (70.0, 776.0)
"""Where the text of a page begins and ends, in points from above."""
LEFT = {"nl": ("Bijlage A", "Inhoudsopgave"), "en": ("Appendix A", "Contents")}


@pytest.fixture(params=STEMS)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def html(reports: MadeReport, lang: str) -> str:
    return reports.files[f"{STEMS[lang]}.html"].read_text("utf-8")


def body(html: str) -> str:
    """What stands from the key points to the conclusions."""
    start = html.index('id="sec-summary"', html.index("<main") if "<main" in html else 0)
    return html[start : html.index('id="sec-method"', start)]


def text_of(markup: str) -> str:
    markup = re.sub(r"<style\b.*?</style>", " ", markup, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", markup))).strip()


def sentences(markup: str) -> list[str]:
    """The sentences in paragraphs and items, without tables, figures and headings."""
    for element in ("figure", "table", "details", "nav", r"h[1-6]"):
        markup = re.sub(rf"<{element}\b.*?</{element}>", " ", markup, flags=re.DOTALL)
    found: list[str] = []
    for paragraph in re.findall(r"<(?:p|li)\b[^>]*>(.*?)</(?:p|li)>", markup, re.DOTALL):
        found += re.split(r"(?<=[.?!])\s+(?=[A-ZÀ-Ý‘’0-9])", text_of(paragraph))
    return [each for each in found if each]


def pages(pdf: Path) -> list[str]:
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext")
    command = ["pdftotext", "-layout", str(pdf), "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return told.split("\f")[:-1]


def body_pages(reports: MadeReport, lang: str) -> list[str]:
    every = pages(reports.files[f"{STEMS[lang]}.pdf"])
    begins = re.compile(rf"^{LEFT[lang][0]}:(?!.*\. \.)", re.M)  # not its line in the contents
    end = next(n for n, one in enumerate(every) if begins.search(one))
    return every[: end + 1]


def test_sentences_are_short(html: str) -> None:
    found = sentences(body(html))
    assert len(found) > 150
    assert sum(len(each.split()) for each in found) / len(found) < 15


def test_few_sentences_are_full_of_digits(html: str) -> None:
    found = sentences(body(html))
    full = [each for each in found if len(re.findall(r"\d", each)) >= 10]
    assert len(full) / len(found) < 0.05, full


def test_a_sentence_holds_one_interval_at_most(html: str) -> None:
    margin = re.compile(r"(?:marge|margin):? ")
    assert not [each for each in sentences(body(html)) if len(margin.findall(each)) > 1]


def test_no_code_names(html: str) -> None:
    told = text_of(html)
    assert not re.findall(r"\b(?:TK|EP|GR)20\d\d\b|\bPF\d{3}\b|\bGM\d{4}\b", told)
    assert not re.findall(r"evaluatie report|\b\w+_\w+\b", text_of(body(html)))


ENGLISH = re.compile(
    r"\b(?:the|with|ballot|vote|votes|weighted|permutation|randomi[sz]ation|interval of"
    r"|random-effects|size|strata|share|municipality|count|placebo|bootstrap of|per voter)\b"
)
"""Words that only English has; titles of sources and of literature keep theirs."""


def test_no_english_in_the_dutch_report(reports: MadeReport) -> None:
    html = reports.files["rapport.html"].read_text("utf-8")
    html = re.sub(
        r"<style.*?</style>|<script.*?</script>|<title>.*?</title>", " ", html, flags=re.S
    )
    whole = html[html.index('id="sec-summary"') : html.index('id="sec-sources"')]
    assert set(ENGLISH.findall(text_of(whole))) == set()


FAULTS = (
    *("hertelling", "kruist", "kruisje", "nieuwkomer", "kopreeks", "tweede hand", "uit druk"),
    *(
        "afgeleerd",
        "beste gok",
        "afgekeurde stemmen",
        "met het toeval erbij",
        "wat het biljet deed",
    ),
    *(
        "wat het biljet deed",
        "Behandeld",
        "in een deel 1,000",
        "daarop heeft het geen invloed",
        "gemeenten tegen ",
    ),
)


@pytest.mark.parametrize("words", FAULTS)
def test_a_fault_does_not_return(reports: MadeReport, words: str) -> None:
    told = text_of(reports.files["rapport.html"].read_text("utf-8"))
    assert words not in told


def test_ranges_have_a_word_and_names_a_curly_apostrophe(html: str) -> None:
    told = text_of(html)
    assert not re.findall(r"\d%? – [+−]?\d", told)
    assert "'s-H" not in told
    assert "’s-Hertogenbosch" in told


def test_every_exhibit_is_referred_to(html: str) -> None:
    for name in re.findall(r'id="((?:fig|tbl)-[a-z-]+?)(?:-caption)?"', html):
        assert f'href="#{name}"' in html, name


def test_every_heading_that_is_named_by_number_has_that_number(lang: str) -> None:
    text = (bundled("report") / reporting.DOCUMENTS[lang]).read_text("utf-8")  # type: ignore[index]
    numbered = [
        name for name, rest in re.findall(r"^# .*\{#(sec-[a-z-]+)(.*)\}", text, re.M) if not rest
    ]
    for file in (bundled("report") / lang).glob("*.md"):
        said = re.findall(r"\[(?:hoofdstuk|chapter) (\d+)\]\(#([a-z-]+)\)", file.read_text(), re.I)
        assert all(numbered[int(number) - 1] == name for number, name in said), file.name


def test_every_heading_of_the_body_asks_or_states(html: str) -> None:
    found = re.findall(r"<h[23]\b[^>]*>(.*?)</h[23]>", body(html), re.DOTALL)
    names = [re.sub(r"^[\d.]+ ", "", text_of(each)) for each in found]
    assert len(names) > 30
    others = [each for each in names if not each.endswith("?")]
    assert len(others) <= 3, others  # key points, conclusions, and one that states


def test_no_paragraph_only_points_elsewhere(lang: str) -> None:
    """A paragraph of one sentence may lead to what follows it, not to another page."""
    for file in (bundled("report") / lang).glob("*.md"):
        paragraphs = file.read_text("utf-8").strip().split("\n\n")
        for one, after in zip(paragraphs, [*paragraphs[1:], ""], strict=True):
            named = re.findall(r"@(?:fig|tbl)-([a-z][a-z-]*[a-z])", one)
            if named and len(one.splitlines()) == 1 and not one.startswith("#"):
                assert any(f"-{name}.md" in after for name in named), (file.name, one)


def test_figures_are_numbered_in_order(reports: MadeReport, lang: str) -> None:
    """Typst numbers them wrongly where it does not settle where they stand."""
    found = [
        int(number[1])
        for one in _left(reports, lang)
        for _, _, words in one
        if (number := re.match(r"(?:Figuur|Figure)\s(\d+):", words))
    ]
    assert found == [*range(1, len(FIGURES) + 1)]


def test_alternative_texts_differ(html: str) -> None:
    told = re.findall(r'<img[^>]*\balt="([^"]+)"', html)
    assert len(told) == len(set(told))


def test_every_sheet_has_an_alternative_text_of_its_own(reports: MadeReport) -> None:
    folder = reports.files["rapport.html"].parent / "gemeenten"
    told = {}
    for sheet in sorted(folder.glob("*.html")):
        if sheet.name != "index.html":
            (told[sheet.stem],) = set(re.findall(r'<img[^>]*\balt="([^"]+)"', sheet.read_text()))
    assert len(set(told.values())) == len(told) == 12
    listed = re.findall(r'href="([a-z-]+)\.html"', (folder / "index.html").read_text("utf-8"))
    assert set(listed) == set(told)
    assert listed.index("s-hertogenbosch") == listed.index("gouda") + 1


def test_the_map_leads_to_sheets_that_are_made(reports: MadeReport, html: str) -> None:
    folder = reports.files["rapport.html"].parent
    named = re.findall(r'data-sheet="([^"]+)"', html)
    assert len(named) == 11
    assert [each for each in named if not (folder / each).is_file()] == []


def test_the_key_points_are_one_page(reports: MadeReport, lang: str) -> None:
    first, second, *_ = pages(reports.files[f"{STEMS[lang]}.pdf"])
    assert re.search(r"(Figuur|Figure) 1:", first)
    assert re.match(rf"\s*\S.*\n+\s*{LEFT[lang][1]}", second)


def test_the_contents_name_the_page_of_each_heading(reports: MadeReport, lang: str) -> None:
    every = [re.sub(r"[ \u2060]+", " ", one) for one in pages(reports.files[f"{STEMS[lang]}.pdf"])]
    listed = re.findall(r"^ *(\S.*?)(?: \.)+ *(\d+) *$", every[1], re.M)
    assert len(listed) > 30
    assert [
        (name, number)
        for name, number in listed
        if not re.search(rf"^ *{re.escape(name)} *$", every[int(number) - 1], re.M)
    ] == []


def test_the_body_has_twenty_pages_at_most(reports: MadeReport, lang: str) -> None:
    assert len(body_pages(reports, lang)) <= 21  # the last holds the first lines of the appendix


def _boxes(pdf: Path) -> list[list[tuple[float, float, str]]]:
    """Lines of each page: top and bottom in points from above, and their words."""
    told = subprocess.run(
        ["pdftotext", "-bbox-layout", str(pdf), "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    line = re.compile(r'<line [^>]*yMin="([\d.]+)"[^>]*yMax="([\d.]+)">(.*?)</line>', re.DOTALL)
    word = re.compile(r"<word[^>]*>(.*?)</word>")
    return [
        [(float(a), float(b), " ".join(word.findall(inner))) for a, b, inner in line.findall(one)]
        for one in told.split("<page ")[1:]
    ]


def test_no_heading_stands_alone_at_the_foot_of_a_page(reports: MadeReport, lang: str) -> None:
    every = body_pages(reports, lang)
    heads = re.compile(r"^\d+(?:\.\d+)? [A-ZÀ-Ý]")
    for one in every:
        lines = [each.strip() for each in one.splitlines() if each.strip()][:-1]
        assert not heads.match(lines[-1]) or lines[-1].endswith((".", "?", "%")), lines[-1]


def _left(reports: MadeReport, lang: str) -> list[list[tuple[float, float, str]]]:
    """Lines of all pages without running header and footer."""
    pdf = reports.files[f"{STEMS[lang]}.pdf"]
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext")
    return [
        [line for line in one if TEXT[0] < line[0] and line[1] < TEXT[1]] for one in _boxes(pdf)
    ]


def inked(pdf: Path, folder: Path) -> list[np.ndarray]:
    """Of each page the rows of a coarse picture of it that hold ink, as parts of the text."""
    command = ["pdftoppm", "-r", "20", "-gray", str(pdf), str(folder / "page")]
    subprocess.run(command, check=True, capture_output=True)
    found = []
    for file in sorted(folder.glob("page*.pgm")):
        seen = np.asarray(Image.open(file))
        top, bottom = (round(seen.shape[0] * each / 842) for each in TEXT)
        found.append(np.flatnonzero((seen[top:bottom] < 235).any(axis=1)) / (bottom - top))
    return found


def test_pages_are_full(reports: MadeReport, lang: str, tmp_path: Path) -> None:
    """No page has a hole, as above a figure at its foot, and none ends early.

    What does not fit goes to the next page: a table that breaks over pages only if it is higher
    than a third of one, or a figure after which its chapter has no more text to run on. So up to
    three tenths of a page may stay empty; between two lines stands at most what a heading has
    above it and a figure below it.
    """
    every = _left(reports, lang)
    found = inked(reports.files[f"{STEMS[lang]}.pdf"], tmp_path)
    assert len(found) == len(every)
    assert [n for n, rows in enumerate(found, 1) if np.diff(rows).max() > 0.08] == []
    # Contents and appendices begin on a page of their own.
    starts = re.compile(rf"{LEFT[lang][0]}:|{LEFT[lang][1]}")
    early = [
        (n, float(rows[-1]))
        for n, (rows, after) in enumerate(zip(found[:-1], every[1:], strict=True), start=1)
        if rows[-1] < 0.7 and not starts.match(after[0][2])
    ]
    assert early == []


def test_no_line_ends_with_the_head_of_a_word(reports: MadeReport, lang: str) -> None:
    """Such as t- of t-toets, 95%- of 95%-marge, or the dashes of --data."""
    head = re.compile(r"(?:^|[\s(‘])(?:[\w%’]{1,3}|-)-$")
    lines = [words for one in _left(reports, lang) for _, _, words in one]
    assert [each for each in lines if head.search(each)] == []
    assert head.search("95%-")
    assert any("95%" in each for each in lines)


def test_the_headings_of_a_table_that_fits_stand_on_one_line(reports: MadeReport) -> None:
    """In Dutch table 1 just fits; its English headings are longer and all take two lines."""
    headings = [each.nl for each in TABLES["levels"].columns]
    lines = [words for one in _left(reports, "nl")[:20] for _, _, words in one]
    assert len(headings) == 8
    assert [each for each in headings if not any(each in line for line in lines)] == []


def test_a_term_and_its_meaning_stand_together(reports: MadeReport, lang: str) -> None:
    source = (bundled("report") / lang / "glossary.md").read_text("utf-8")
    terms = set(re.findall(r"(.+)\n:   ", source))
    every = _left(reports, lang)
    assert terms <= {words for one in every for _, _, words in one}
    assert [one[-1][2] for one in every if one[-1][2] in terms] == []


def test_figures_stand_in_their_own_chapter(reports: MadeReport, lang: str, html: str) -> None:
    """In the PDF, where they go to where there is room, as on the page."""
    body_of = html[html.index('id="sec-experiment"') :]
    titles = [text_of(each) for each in re.findall(r"<h2\b[^>]*>(.*?)</h2>", body_of, re.DOTALL)]
    wanted, chapter = {}, "1"
    for tag, inner in re.findall(r"<(h2|figcaption)\b[^>]*>(.*?)</\1>", body_of, re.DOTALL):
        told = text_of(inner)
        if tag == "h2":
            chapter = told
        elif found := re.match(r"(?:Figuur|Figure)\s(\d+)", told):
            wanted[int(found[1])] = chapter
    seen, chapter = {}, ""
    for _, _, words in (line for one in _left(reports, lang)[2:] for line in one):
        if words in titles:
            chapter = words
        elif found := re.match(r"(?:Figuur|Figure)\s(\d+):", words):
            seen[int(found[1])] = chapter
    assert len(seen) > 20
    assert seen == {n: chapter for n, chapter in wanted.items() if n in seen}


def test_no_row_of_a_table_stands_alone_on_a_page(reports: MadeReport, lang: str) -> None:
    with pikepdf.open(reports.files[f"{STEMS[lang]}.pdf"]) as pdf:
        tables = [each for each in elements(pdf.Root.StructTreeRoot.K) if str(each.S) == "/Table"]
        assert len(tables) > 20
        for table in tables:
            rows = [each for each in elements(table.K) if str(each.S) == "/TR"]
            body = [row for row in rows if any(str(each.S) == "/TD" for each in elements(row.K))]
            held = Counter(page for row in body for page in [next(pages_of(row), None)] if page)
            assert len(held) < 2 or min(held.values()) > 1, text_of(str(table.get("/Alt", "")))


def test_a_link_to_the_page_shows_a_picture(reports: MadeReport, lang: str, html: str) -> None:
    (name,) = re.findall(r'<meta property="og:image" content="([^"]+)"', html)
    picture = reports.files[name].read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert [int.from_bytes(picture[n : n + 4], "big") for n in (16, 20)] == [1200, 630]


def test_the_page_begins_with_what_is_in(html: str) -> None:
    strip = text_of(html[html.index("<main") : html.index('id="sec-summary"', html.index("<main"))])
    assert re.search(r"GR26 (en|and) TK25: (volledig en officieel|complete and official)", strip)
    assert re.search(r"EP24: (alleen afgeronde percentages|rounded percentages only)", strip)
    assert re.search(r"(over|on) 4 (van de|of the) 13", strip)


def test_letters_of_the_page_are_what_their_script_makes() -> None:
    script = bundled("report") / "styles" / "make_fonts.py"
    spec = importlib.util.spec_from_file_location("letters", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    face = r"font-style: (\w+); font-weight: (\d+); src: url\(data:font/woff;base64,([\w+/=]+)\)"
    kept = re.findall(face, script.with_name("fonts.css").read_text("utf-8"))
    made = re.findall(face, module.sheet())
    # The bytes may follow the version of zlib; what is drawn may not.
    assert [each[:2] for each in kept] == [each[:2] for each in made]
    for (_, _, one), (_, _, other) in zip(kept, made, strict=True):
        first, second = (TTFont(io.BytesIO(base64.b64decode(each))) for each in (one, other))
        assert first.getGlyphOrder() == second.getGlyphOrder()
        assert first["glyf"] == second["glyf"]


KEY_POINTS = {"nl": "kernpunten.nl.md", "en": "kernpunten.en.md"}


@pytest.mark.parametrize("lang", KEY_POINTS)
def test_the_key_points_say_what_they_said(finished: Run, lang: str) -> None:
    assert key_points(finished, lang) == (EXPECTED / KEY_POINTS[lang]).read_text("utf-8")


def key_points(done: Run, lang: str) -> str:
    source = (bundled("report") / lang / "summary.md").read_text("utf-8")
    return printed(page(source, facts(done), lang, lambda kind, name: True))  # type: ignore[arg-type]


def test_a_line_says_nothing_about_what_is_absent() -> None:
    known = {"n": (11, "words"), "more": (True, ""), "none": (False, "")}
    text = """
# A

{n:Words} gemeenten{more?, meer|}.
{!more}Niet gezegd.
{?none}Ook niet.
{absent} dus niet.

**Dit hoort bij het vorige.**
{absent} niet, en dan ook geen kop.

## B

Over wie er niet is, ook geen vaste zin.

{absent} weer niet.

::: {.callout-note}
## Kader

{absent}
:::

# C

Vast.

@fig-xy laat dit zien.

{?more}Wel.
"""
    said = page(text, known, "nl", lambda kind, name: name != "xy")  # type: ignore[arg-type]
    assert said.split() == ["#", "A", "Elf", "gemeenten,", "meer.", "#", "C", "Vast.", "Wel."]
    assert fill("een {n}\n{absent} twee", known, "nl") == "een elf"


@pytest.mark.parametrize(
    ("n", "said"),
    [(1, "Eén gemeente gebruikte het."), (4, "Vier gemeenten gebruikten het.")],
)
def test_a_sentence_agrees_with_the_number_in_it(n: int, said: str) -> None:
    known = {"n": (n, "words")}
    assert fill("{n:Words} gemeenten {n?gebruikten|gebruikte} het.", known, "nl") == said


NAME = re.compile(r"\{[?!]?([a-z][a-z0-9_]*)(?::\w+|\?[^{}]*)?\}")


def test_every_name_in_the_prose_is_known_to_a_full_run(finished: Run, lang: str) -> None:
    known = set(facts(finished)) | {"why_none", "provisional_e"}  # of runs that have less
    for file in (bundled("report") / lang).glob("*.md"):
        assert set(NAME.findall(file.read_text("utf-8"))) <= known, file.name


def test_every_name_is_used(finished: Run, lang: str) -> None:
    """On a page or under an exhibit; what one election or outcome has, the others have too."""
    pages = (file.read_text("utf-8") for file in (bundled("report") / lang).glob("*.md"))
    words = (
        told[lang]
        for room in ANSWERS
        for key, told in room_sentences(room).items()
        if key.startswith(("title_", "caption_", "alt_"))
    )
    used = {name for text in (*pages, *words) for name in NAME.findall(text)}
    kind = re.compile(r"^[epq]_|(?<=_)(?:invalid|blank|rejected|(?:ep|tk|gr)\d\d)(?=_|$)")
    kinds = {kind.sub("*", name) for name in used}
    assert [name for name in facts(finished) if kind.sub("*", name) not in kinds] == []


def test_pieces_of_prose_are_all_asked_for(lang: str) -> None:
    _, files = asked(bundled("report") / reporting.DOCUMENTS[lang])  # type: ignore[index]
    shown = {Path(file).stem.removeprefix("text-") for file in files if "/text-" in file}
    assert shown == {file.stem for file in (bundled("report") / lang).glob("*.md")}


if __name__ == "__main__":
    import tempfile

    from evaluatie.report import study

    with tempfile.TemporaryDirectory() as scratch:
        study.run(Path(scratch))
        for spoken, file in KEY_POINTS.items():
            (EXPECTED / file).write_text(key_points(Run(Path(scratch)), spoken), "utf-8")
