"""The PDF of the demonstration: tagged, whole, and on the right pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from documents import copy_demo
from pdf_structure import attributes, elements, outline, pages_of, problems

from evaluatie.report.rendering import Rendered, render


@pytest.fixture(scope="module")
def pdf(demo: Rendered) -> Iterator[Any]:
    with pikepdf.open(demo.files["pdf"]) as opened:
        yield opened


def test_nothing_keeps_a_blind_reader_from_it(demo: Rendered) -> None:
    assert problems(demo.files["pdf"], "nl") == []


def test_the_check_finds_what_is_wrong(demo: Rendered, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(demo.files["pdf"]) as opened:
        everything = list(elements(opened.Root.StructTreeRoot.K))
        for each in everything:
            if str(each.S) == "/H1":
                each.S = pikepdf.Name("/H2")
            if str(each.S) == "/Figure":
                del each["/Alt"]
            if str(each.S) == "/TH" and "/A" in each:
                del each["/A"]
        del opened.Root["/Lang"]
        opened.save(broken)
    found = set(problems(broken, "nl"))
    assert found >= {
        "the language is None",
        "the first heading has level 2",
        "a figure has no alternative text",
        "a header cell does not say that it heads a column",
    }


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


def test_no_font_of_the_machine(pdf: Any) -> None:
    fonts = {
        str(font.BaseFont).partition("+")[2]
        for page in pdf.pages
        for font in page.resources.get("/Font", {}).values()
    }
    assert fonts
    known = ("SourceSansPro", "NewCM", "NewComputerModern", "DejaVuSansMono")
    assert [font for font in fonts if not font.startswith(known)] == []
