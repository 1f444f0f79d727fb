"""The DOCX of the demonstration: what somebody who must comment on it is given."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from documents import STYLES, copy_demo
from fontTools.ttLib import TTFont
from lxml import etree

from evaluatie.report.rendering import Rendered, render
from evaluatie.report.rendering.docx import finish
from evaluatie.report.rendering.source import read_document
from evaluatie.report.rendering.typst import font_folders

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NAMES = {
    "w": W[1:-1],
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
}


@pytest.fixture(scope="module")
def files(demo: Rendered) -> dict[str, bytes]:
    with zipfile.ZipFile(demo.files["docx"]) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def body(files: dict[str, bytes]) -> Any:
    return etree.fromstring(files["word/document.xml"])


def texts(body: Any, style: str) -> list[str]:
    found = body.xpath(f"//w:p[w:pPr/w:pStyle/@w:val='{style}']", namespaces=NAMES)
    return [" ".join("".join(each.itertext()).split()) for each in found]


def test_it_brings_its_own_letters(files: dict[str, bytes]) -> None:
    """Each face is found by its key, and is the font file again without it."""
    table = etree.fromstring(files["word/fontTable.xml"])
    links = etree.fromstring(files["word/_rels/fontTable.xml.rels"])
    targets = {each.get("Id"): f"word/{each.get('Target')}" for each in links}
    (folder,) = font_folders()
    seen = []
    for face in table.xpath("//w:font[@w:name='Source Sans Pro']/*", namespaces=NAMES):
        if (key := face.get(f"{W}fontKey")) is None:
            continue
        (link,) = (value for name, value in face.items() if name.endswith("}id"))
        signs = bytes.fromhex(key.strip("{}").replace("-", ""))[::-1]
        mixed = files[targets[link]]
        plain = bytes(a ^ b for a, b in zip(mixed[:32], 2 * signs, strict=True)) + mixed[32:]
        with TTFont(io.BytesIO(plain)) as font:
            seen.append(f"{face.tag.removeprefix(W)} {font['name'].getDebugName(2)}")
        assert any(plain == file.read_bytes() for file in folder.glob("*.ttf"))
    assert seen == ["embedRegular Regular", "embedBold Bold", "embedItalic Italic"]
    assert b'Extension="odttf"' in files["[Content_Types].xml"]
    assert b"embedTrueTypeFonts" in files["word/settings.xml"]


def test_headings_are_headings(body: Any) -> None:
    assert texts(body, "Title") == ["Proef met een verzonnen verslag"]
    assert texts(body, "Heading1") == ["1 Samenvatting", "2 Methode", "Bronnen"]
    assert texts(body, "Heading2") == ["2.1 Vijf kaders", "2.2 Toelichting bij de tabellen"]


def test_captions_are_numbered_by_the_word_processor(body: Any) -> None:
    assert texts(body, "ImageCaption")[1] == "Figuur 2: Een beeld uit een bestand"
    captions = texts(body, "TableCaption")
    assert [each.partition(":")[0] for each in captions] == [f"Tabel {n}" for n in range(1, 5)]
    fields = body.xpath("//w:fldSimple/@w:instr", namespaces=NAMES)
    assert [each.split()[1] for each in fields].count("Tabel") == 4
    assert [each.split()[1] for each in fields].count("Figuur") == 2


def test_references_are_links_to_captions(body: Any) -> None:
    marks = set(body.xpath("//w:bookmarkStart/@w:name", namespaces=NAMES))
    anchors = body.xpath("//w:hyperlink/@w:anchor", namespaces=NAMES)
    assert {"fig-lijn", "tbl-kort", "sec-methode", "tbl-lang"} <= set(anchors)
    assert set(anchors) <= marks


def test_images_have_text_and_are_bitmaps(body: Any, files: dict[str, bytes]) -> None:
    alternatives = body.xpath("//wp:docPr/@descr", namespaces=NAMES)
    assert alternatives == [
        "Lijn die daalt van 0,9 procent in 2010 naar 0,4 procent in 2025",
        "Balk met twee stippen",
    ]
    images = [content for name, content in files.items() if name.startswith("word/media/")]
    assert len(images) == 2
    for content in images:
        assert content.startswith(b"\x89PNG")
        assert b"matplotlib" not in content.lower()
    widths = [int(each) / 12700 for each in body.xpath("//wp:extent/@cx", namespaces=NAMES)]
    assert all(200 < width <= 447.1 for width in widths)


def test_tables_repeat_their_head_and_keep_rows_whole(body: Any) -> None:
    tables = body.findall(f".//{W}tbl")
    assert len(tables) == 4
    for table in tables:
        rows = table.findall(f"{W}tr")
        heads = [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows]
        assert heads == [True] + [False] * (len(rows) - 1)
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
        assert set(table.xpath(".//w:pStyle/@w:val", namespaces=NAMES)) == {"TableText"}


def test_a_wide_table_lies_on_its_side(body: Any) -> None:
    sizes = body.xpath("//w:sectPr/w:pgSz", namespaces=NAMES)
    turned = [each.get(f"{W}orient") == "landscape" for each in sizes]
    assert turned == [False, True, False]
    assert {(each.get(f"{W}w"), each.get(f"{W}h")) for each in sizes} == {
        ("11906", "16838"),
        ("16838", "11906"),
    }


def test_language_and_properties(files: dict[str, bytes]) -> None:
    assert b'<w:lang w:val="nl-NL"/>' in files["word/styles.xml"]
    assert b'themeFontLang w:val="nl-NL"' in files["word/settings.xml"]
    core = files["docProps/core.xml"].decode()
    for part in (
        "<dc:title>Proef met een verzonnen verslag</dc:title>",
        "<dc:creator>A. Schrijver; B. Rekenaar</dc:creator>",
        "<dc:language>nl-NL</dc:language>",
        "2026-06-30T00:00:00Z",
    ):
        assert part in core


def test_mathematics_can_be_edited(body: Any) -> None:
    assert len(body.xpath("//*[local-name()='oMath']")) == 3


def test_an_english_document_is_british(tmp_path: Path) -> None:
    source = copy_demo(tmp_path / "project")
    table = "|a|b|\n|-|-|\n|1|2|\n\n: T {#tbl-a}\n"
    source.write_text(f"---\ntitle: Trial\nlang: en\n---\n\nText.\n\n{table}")
    made = render(source, tmp_path / "out", formats=["docx"], engine="embedded")
    with zipfile.ZipFile(made.files["docx"]) as archive:
        assert b'w:val="en-GB"' in archive.read("word/styles.xml")
        assert b" SEQ Table " in archive.read("word/document.xml")


def test_archives_tell_no_moment(demo: Rendered) -> None:
    with zipfile.ZipFile(demo.files["docx"]) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist()[0] == "[Content_Types].xml"


def test_finishing_twice_changes_nothing(demo: Rendered, tmp_path: Path) -> None:
    settings = read_document(copy_demo(tmp_path / "project")).settings
    once = finish(demo.files["docx"].read_bytes(), settings, 0)
    assert finish(once, settings, 0) == once


def test_reference_document_is_what_its_script_makes() -> None:
    spec = importlib.util.spec_from_file_location("made", STYLES / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with (
        zipfile.ZipFile(io.BytesIO(module.make())) as made,
        zipfile.ZipFile(STYLES / "reference.docx") as kept,
    ):
        assert made.namelist() == kept.namelist()
        for name in made.namelist():
            # Other parts are pandoc's own, and may change with its version.
            if name in {"word/styles.xml", "word/header1.xml", "word/footer1.xml"}:
                assert made.read(name) == kept.read(name), name
