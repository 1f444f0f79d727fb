"""The PDF of the demonstration: tagged, whole, and on the right pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import uharfbuzz as harfbuzz
from documents import copy_demo
from pdf_structure import attributes, breaches, elements, outline, pages_of, problems

from evaluatie.ground.folders import bundled
from evaluatie.report.rendering import Rendered, render
from evaluatie.report.rendering.typst import font_folders, to_pdf


@pytest.fixture(scope="module")
def pdf(demo: Rendered) -> Iterator[Any]:
    with pikepdf.open(demo.files["pdf"]) as opened:
        yield opened


def test_nothing_keeps_a_blind_reader_from_it(demo: Rendered) -> None:
    assert problems(demo.files["pdf"], "nl") == []


def test_it_keeps_to_the_standard(demo: Rendered) -> None:
    assert breaches(demo.files["pdf"]) == []


def renamed(pdf: Any, role: str, to: str) -> None:
    for each in elements(pdf.Root.StructTreeRoot.K):
        if str(each.S) == role:
            each.S = pikepdf.Name(to)


def without(pdf: Any, role: str, key: str) -> None:
    for each in elements(pdf.Root.StructTreeRoot.K):
        if str(each.S) == role and key in each:
            del each[key]


def of_kind(pdf: Any, kind: str) -> list[Any]:
    found = (each for each in pdf.objects if isinstance(each, pikepdf.Dictionary))
    return [each for each in found if each.get("/Type") == kind]


def stripped(found: list[Any], *keys: str) -> None:
    for each in found:
        for key in keys:
            if key in each:
                del each[key]


def untitled(pdf: Any, name: str) -> None:
    with pdf.open_metadata() as metadata:
        del metadata[name]


def untagged(pdf: Any) -> None:
    drawn = b"\n".join(each.read_bytes() for each in [pdf.pages[0].Contents])
    pdf.pages[0].Contents = pdf.make_stream(drawn + b"\n0 0 m 9 9 l S\n")


def short_row(pdf: Any) -> None:
    row = next(each for each in elements(pdf.Root.StructTreeRoot.K) if str(each.S) == "/TR")
    row.K = pikepdf.Array(list(row.K)[:-1])


KEPT_OUT: dict[str, Callable[[Any], None]] = {
    "the language is None": lambda pdf: stripped([pdf.Root], "/Lang"),
    "the first heading has level 2": lambda pdf: renamed(pdf, "/H1", "/H2"),
    "a heading of level 4 follows one of level 1": lambda pdf: renamed(pdf, "/H2", "/H4"),
    "a figure has no alternative text": lambda pdf: without(pdf, "/Figure", "/Alt"),
    "a header cell does not say that it heads a column": lambda pdf: without(pdf, "/TH", "/A"),
    "a table has no header row": lambda pdf: renamed(pdf, "/TH", "/TD"),
    "a link is empty": lambda pdf: without(pdf, "/Link", "/K"),
    "there are no bookmarks": lambda pdf: stripped([pdf.Root], "/Outlines"),
    "windows show the name of the file, not the title": lambda pdf: stripped(
        [pdf.Root], "/ViewerPreferences"
    ),
}
"""What is said of a PDF, with what must have happened to it."""
BROKEN: dict[str, Callable[[Any], None]] = {
    "TEXT-LANGUAGE": lambda pdf: stripped([pdf.Root], "/Lang"),
    "TAGGED-DOCUMENT": lambda pdf: stripped([pdf.Root], "/MarkInfo"),
    "VIEWER-PREFERENCES": lambda pdf: stripped([pdf.Root], "/ViewerPreferences"),
    "METADATA-TITLE": lambda pdf: untitled(pdf, "dc:title"),
    "ID-PART": lambda pdf: untitled(pdf, "pdfuaid:part"),
    "HEADING": lambda pdf: renamed(pdf, "/H2", "/H4"),
    "FIGURE-ALTERNATIVE-TEXT": lambda pdf: without(pdf, "/Figure", "/Alt"),
    "FORMULA": lambda pdf: without(pdf, "/Formula", "/Alt"),
    "TABLE": short_row,
    "TOC": lambda pdf: renamed(pdf, "/TOCI", "/P"),
    "STRUCT-TREE-ROLE-MAP": lambda pdf: renamed(pdf, "/P", "/Onbekend"),
    "CONTENT-TAGGING": untagged,
    "FONT-UNICODE-MAPPING": lambda pdf: stripped(of_kind(pdf, "/Font"), "/ToUnicode"),
    "FONT-EMBEDDING": lambda pdf: stripped(
        of_kind(pdf, "/FontDescriptor"), "/FontFile2", "/FontFile3"
    ),
    "LINK": lambda pdf: stripped(of_kind(pdf, "/Annot"), "/Contents"),
    "LINK-LINK-TAG": lambda pdf: stripped(of_kind(pdf, "/Annot"), "/StructParent"),
    "PAGE-TABS": lambda pdf: stripped([page.obj for page in pdf.pages], "/Tabs"),
}
"""Rules of PDF/UA-1, with what breaks them."""


@pytest.fixture
def broken(demo: Rendered, tmp_path: Path) -> Callable[[Callable[[Any], None]], Path]:
    def make(happens: Callable[[Any], None]) -> Path:
        with pikepdf.open(demo.files["pdf"]) as opened:
            happens(opened)
            opened.save(tmp_path / "broken.pdf")
        return tmp_path / "broken.pdf"

    return make


@pytest.mark.parametrize("said", KEPT_OUT)
def test_it_is_said_what_keeps_a_reader_out(broken: Callable[..., Path], said: str) -> None:
    assert said in problems(broken(KEPT_OUT[said]), "nl")


@pytest.mark.parametrize("rule", BROKEN)
def test_the_validator_finds_what_is_broken(broken: Callable[..., Path], rule: str) -> None:
    found = breaches(broken(BROKEN[rule]))
    assert any(each.startswith(f"PDFUA1-{rule}") for each in found), found


def test_metadata(pdf: Any) -> None:
    with pdf.open_metadata() as metadata:
        assert metadata["dc:title"] == "Proef met een verzonnen verslag"
        assert list(metadata["dc:creator"]) == ["A. Schrijver, B. Rekenaar"]
        assert "proef" in str(metadata.get("pdf:Keywords") or metadata.get("dc:subject"))


def test_structure(pdf: Any) -> None:
    roles = Counter(str(each.S) for each in elements(pdf.Root.StructTreeRoot.K))
    assert roles["/Figure"] >= 2
    assert roles["/Formula"] >= 3
    assert roles["/Table"] == 4  # what is for HTML only is not here
    assert roles["/TH"] >= 4 + 19 + 3 + 3
    assert roles["/TR"] == 3 + 3 + 6 + 71
    assert roles["/H1"] >= 3
    assert roles["/Note"] == 1
    assert roles["/Caption"] == 6


def test_alternative_texts_are_those_of_the_document(pdf: Any) -> None:
    texts = [
        str(each.Alt)
        for each in elements(pdf.Root.StructTreeRoot.K)
        if str(each.S) in {"/Figure", "/Formula"}
    ]
    assert any(text.startswith("Lijn die daalt") for text in texts)
    assert "\\bar y_1" in texts


def test_bookmarks(pdf: Any) -> None:
    assert [title.strip() for title in outline(pdf)] == [
        "1 Samenvatting",
        "2 Methode",
        "2.1 Vijf kaders",
        "2.2 Toelichting bij de tabellen",
        "Bronnen",
    ]


def test_only_a_table_that_fits_nowhere_else_lies_on_its_side(pdf: Any) -> None:
    boxes = [[float(side) for side in page.MediaBox] for page in pdf.pages]
    assert [box[2] > box[3] for box in boxes].count(True) == 1  # the table with nineteen columns


def test_the_contents_come_after_the_summary(pdf: Any) -> None:
    order = [page.objgen for page in pdf.pages]
    tags = list(elements(pdf.Root.StructTreeRoot.K))
    contents = next(each for each in tags if str(each.S) == "/TOC")
    summary = next(each for each in tags if str(each.S) == "/H1")
    assert order.index(next(pages_of(summary))) == 0
    assert order.index(next(pages_of(contents))) >= 1


def test_columns_of_figures_do_not_wrap_and_text_shares_the_rest(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    long = "een lange toelichting die over een paar regels loopt " * 3
    rows = "".join(f"| rij {n} | 12.345 | −0,12 – +0,34 | {long} |\n" for n in range(3))
    body = (
        f"\n| naam | aantal | interval | toelichting |\n|:--|--:|--:|:--|\n{rows}\n: T {{#tbl-a}}\n"
    )
    source = write(body, quarto="format:\n  typst:\n    include-in-header: styles/header.typ\n")
    copy_demo(tmp_path / "other")
    (tmp_path / "other" / "styles").rename(source.parent / "styles")
    made = render(source, tmp_path / "out", formats=["pdf"], engine="embedded")
    with pikepdf.open(made.files["pdf"]) as opened:
        boxes = [
            [float(side) for side in attributes(each)["/BBox"]]
            for each in elements(opened.Root.StructTreeRoot.K)
            if str(each.S) == "/Table"
        ]
    (box,) = boxes
    # The text of 159 signs needs two lines of the page's width beside the other columns.
    assert box[3] - box[1] < 4 * 2.6 * 12
    assert box[2] - box[0] < 449  # 158 mm and a line's thickness


def test_the_filter_knows_how_wide_the_letters_are() -> None:
    (folder,) = font_folders()

    def width(text: str, face: str) -> float:
        font = harfbuzz.Font(
            harfbuzz.Face(harfbuzz.Blob.from_file_path(folder / f"SourceSansPro-{face}.otf"))
        )
        buffer = harfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        harfbuzz.shape(font, buffer, {"tnum": True, "kern": False})
        return float(sum(each.x_advance for each in buffer.glyph_positions))

    filtering = (bundled("report") / "styles" / "crossref.lua").read_text("utf-8")
    (plain,) = re.findall(r"local advances = \{(.*?)\}", filtering, re.DOTALL)
    (rare,) = re.findall(r"local rare = \{(.*?)\}", filtering, re.DOTALL)
    (bold,) = re.findall(r"local bold = ([\d.]+)", filtering)
    known = {32 + at: int(each) for at, each in enumerate(re.findall(r"\d+", plain))}
    assert list(known) == list(range(32, 127))
    known |= {int(a, 16): int(b) for a, b in re.findall(r"\[0x(\w+)\] = (\d+)", rare)}
    assert known.pop(0x200B) == 0  # a place to break, and nothing else
    assert known == {sign: width(chr(sign), "Regular") for sign in known}
    text = "".join(map(chr, range(32, 127)))
    wider = width(text, "Semibold") / width(text, "Regular")
    assert float(bold) == pytest.approx(wider, abs=5e-4)


def test_no_font_of_the_machine(pdf: Any) -> None:
    fonts = {
        str(font.BaseFont).partition("+")[2]
        for page in pdf.pages
        for font in page.resources.get("/Font", {}).values()
    }
    assert fonts
    known = ("SourceSansPro", "NewCM", "NewComputerModern", "DejaVuSansMono")
    assert [font for font in fonts if not font.startswith(known)] == []


def test_what_typst_remarks_is_a_line_each(tmp_path: Path) -> None:
    (tmp_path / "a.typ").write_text(
        '#set document(title: "A")\n#set text(lang: "nl")\n#text(font: "Onbekend")[b]\n', "utf-8"
    )
    _, (told,) = to_pdf(tmp_path / "a.typ", tmp_path, 0)
    assert re.fullmatch(r"typst: .*onbekend.*", told, re.IGNORECASE)
