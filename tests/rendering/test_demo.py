"""The demonstration document: what a reader of its HTML and of its PDF is given."""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from documents import HERE, copy_demo
from lxml import html

from evaluatie.report.rendering import Rendered, render

EXPECTED = HERE / "expected" / "demo.txt"


@pytest.fixture(scope="module")
def page(demo: Rendered) -> Any:
    return html.fromstring(demo.files["html"].read_text("utf-8"))


@pytest.fixture(scope="module")
def text(page: Any) -> str:
    """The main text, one line a block, without the formulas' spoken form."""
    main = page.xpath("//main")[0]
    for annotation in main.xpath(".//annotation"):
        annotation.getparent().remove(annotation)
    blocks = (
        "p | .//h2 | .//h3 | .//figcaption | .//caption | .//tr | .//div[@class='callout-header']"
    )
    blocks += " | .//summary | .//div[contains(@class, 'csl-entry')]"
    rows = []
    for block in main.xpath(f".//{blocks}"):
        parts = block.xpath("./th | ./td") if block.tag == "tr" else [block]
        row = " | ".join(re.sub(r"\s+", " ", part.text_content()).strip() for part in parts)
        rows.append(f"{block.tag}: {row}")
    return "\n".join(rows) + "\n"


def test_text_is_the_expected_one(text: str) -> None:
    # Changed only on purpose: EVALUATIE_UPDATE_EXPECTED=1 writes what is shown now.
    if os.environ.get("EVALUATIE_UPDATE_EXPECTED"):
        EXPECTED.write_text(text, "utf-8")
    assert text == EXPECTED.read_text("utf-8")


@pytest.mark.parametrize(
    "passage",
    [
        "In de gemeente Gouda was 0,48% van",  # a parameter and an escaped inline value
        "Dat is minder dan eerder: zie Figuur 1 en Tabel 1, en de uitleg in Paragraaf 2.",
        "Twee tegelijk: Figuur 1, Tabel 1. Alleen het nummer: 1.",
        "(Visser en Boer 2021, 3) en naar Bakker (2019)",
        "Zie ook Paragraaf 1.",
        "h3: 2.2 Toelichting bij de tabellen",  # from an included file, numbered on
        "Tabel 3 is breed, Tabel 4 is lang.",
        "Figuur 1: Aandeel ongeldige stemmen per jaar, verzonnen. Bron (Bakker 2019)",
        "caption: Tabel 1: Ongeldige stemmen, verzonnen",
        "tr: Gouda | 38.123 | 183 | 0,48%",
        "h2: Bronnen",
        "Visser, Anna, en Jan de Boer. 2021.",
    ],
)
def test_text_holds(text: str, passage: str) -> None:
    assert passage in text.replace("\u00a0", " ")


def test_references_lead_to_what_they_name(page: Any) -> None:
    ids = {each.get("id") for each in page.xpath("//*[@id]")}
    links = page.xpath("//a[starts-with(@href, '#')]")
    assert len(links) > 20
    assert {link.get("href")[1:] for link in links} <= ids
    assert {"fig-lijn", "fig-beeld", "tbl-kort", "tbl-breed", "sec-methode"} <= ids


def test_ids_are_unique(page: Any) -> None:
    counts = Counter(each.get("id") for each in page.xpath("//*[@id]"))
    assert [name for name, count in counts.items() if count > 1] == []


def test_callouts(page: Any) -> None:
    found = [
        (box.get("class").split()[-1], box.xpath(".//*[@class='callout-title-container']")[0])
        for box in page.xpath("//*[contains(@class, 'callout ')]")
    ]
    assert [(kind, title.text_content()) for kind, title in found] == [
        ("callout-note", "Opmerking"),
        ("callout-tip", "Een eigen titel"),
        ("callout-warning", "Kop als titel"),
        ("callout-important", "Belangrijk"),
        ("callout-caution", "Opgelet"),
    ]


def test_page_is_accessible(page: Any) -> None:
    assert page.get("lang") == "nl"
    assert page.findtext("head/title") == "Proef met een verzonnen verslag"
    assert page.xpath("//a[@class='skip-link']/@href") == ["#quarto-document-content"]
    assert len(page.xpath("//main[@id='quarto-document-content']")) == 1
    assert len(page.xpath("//nav[@role='doc-toc']//a")) == 5
    assert len(page.xpath("//h1")) == 1
    levels = [int(each.tag[1]) for each in page.xpath("//h1 | //h2 | //h3 | //h4")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    for image in page.xpath("//img"):
        assert image.get("alt").strip()
    assert page.xpath("//figure[@id='fig-lijn']//img/@alt") == [
        "Lijn die daalt van 0,9 procent in 2010 naar 0,4 procent in 2025"
    ]


def test_tables_are_accessible(page: Any) -> None:
    tables = page.xpath("//table")
    assert len(tables) == 5
    for table in tables:
        assert table.xpath("./caption")
        assert set(table.xpath("./thead//th/@scope")) == {"col"}
        assert len(table.xpath("./tbody//th[@scope='row']")) == len(table.xpath("./tbody/tr"))
        region = table.getparent()
        role = "group" if region.xpath("ancestor::details") else "region"
        assert (region.get("tabindex"), region.get("role")) == ("0", role)
        named = page.xpath(f"//*[@id='{region.get('aria-labelledby')}']")
        assert named or region.get("aria-label")


def test_page_needs_nothing_else(demo: Rendered, page: Any) -> None:
    for attribute in ("src", "srcset", "poster", "data"):
        for value in page.xpath(f"//@{attribute}"):
            assert value.startswith("data:")
    assert page.xpath("//link/@href") == ["data:,"]
    assert not page.xpath("//script[@src] | //iframe | //object | //embed")
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert policy.count("'sha256-") == len(page.xpath("//script")) == 1
    assert not re.search(r"@import|url\((?!data:)", demo.files["html"].read_text("utf-8"))


def test_figures_tell_no_moment_and_no_version(page: Any) -> None:
    for source in page.xpath("//img/@src"):
        assert source.startswith("data:image/svg+xml,")
        svg = unquote(source.partition(",")[2])
        assert svg.startswith("<svg"), svg[:80]
        assert "<metadata" not in svg
        assert "<!DOCTYPE" not in svg


def test_a_picture_is_the_same_inside_a_page(write: Callable[..., Path], tmp_path: Path) -> None:
    """Whatever its texts hold, on a page that shows a smaller one on a telephone too."""
    source = write("\n![A](a.svg){#fig-a fig-alt='A'}\n\nTekst, embed:project/b.svg\n")
    drawn = "<svg xmlns='http://www.w3.org/2000/svg'><text>R&amp;D — 5%, \"é\" #1</text></svg>"
    for name in ("a.svg", "a-narrow.svg"):
        source.with_name(name).write_text(drawn, "utf-8")
    made = render(source, tmp_path / "out", formats=["html"], engine="embedded")
    page = html.fromstring(made.files["html"].read_text("utf-8"))
    assert "embed:project/b.svg" in page.text_content()
    shown = page.xpath("//figure//@src | //figure//@srcset")
    assert [unquote(each) for each in shown] == 2 * [f"data:image/svg+xml,{drawn}"]
    assert " " not in page.xpath("//figure//@srcset")[0]


# --- both --------------------------------------------------------------------------------


def test_two_runs_give_the_same_bytes(demo: Rendered, tmp_path: Path) -> None:
    again = render(copy_demo(tmp_path / "elsewhere"), tmp_path / "out", engine="embedded")
    for name, file in again.files.items():
        assert file.read_bytes() == demo.files[name].read_bytes(), name


def test_a_run_tells_its_engine_and_leaves_its_files_alone(demo: Rendered) -> None:
    assert "pandoc 3" in demo.engine
    assert sorted(path.name for path in demo.files["html"].parent.iterdir()) == [
        "demo.docx",
        "demo.html",
        "demo.pdf",
    ]
    assert demo.warnings == ()
