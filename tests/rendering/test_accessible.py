"""Pages in a real browser under axe-core and the keyboard, and the reports in every language."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from browser import browser, look, show, violations
from pdf_structure import problems

from evaluatie.report.making import DOCUMENTS, MadeReport
from evaluatie.report.rendering import Rendered

LANGUAGES = tuple(DOCUMENTS)
LOOKS = list(itertools.product((360, 1280), (False, True)))


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with browser() as opened:
        yield opened


def file(reports: MadeReport, lang: str, kind: str) -> Path:
    return reports.files[Path(DOCUMENTS[lang]).stem.removeprefix("_") + "." + kind]


@pytest.mark.browser
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_demonstration(demo: Rendered, running: Any, width: int, dark: bool) -> None:
    assert violations(running, demo.files["html"], width, dark=dark) == []


@pytest.mark.browser
def test_the_check_finds_what_is_wrong(tmp_path: Path, running: Any) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!DOCTYPE html><html><title>x</title><body style='color:#aaa;background:#fff'><main>"
        "<h1>x</h1><p>bleek</p><img src='data:,'><button></button></main></body></html>"
    )
    found = {each.partition(":")[0] for each in violations(running, page, 360, dark=False)}
    assert {"color-contrast", "html-has-lang", "image-alt", "button-name"} <= found


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
def test_report(reports: MadeReport, running: Any, lang: str) -> None:
    page = file(reports, lang, "html")
    for width, dark in LOOKS:
        assert violations(running, page, width, dark=dark) == [], (width, dark)
    for width in (320, 360, 1280):
        seen = look(page, width, running)
        assert (seen.console, seen.requests, seen.wide, max(seen.overflow, 0)) == ((), (), (), 0)


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
def test_report_with_the_keyboard(reports: MadeReport, running: Any, lang: str) -> None:
    from selenium.webdriver.common.keys import Keys

    show(running, file(reports, lang, "html"), 1280)
    assert running.execute_script("return document.documentElement.lang") == lang
    stops = []
    for _ in range(8):
        running.switch_to.active_element.send_keys(Keys.TAB)
        stops.append(
            running.execute_script(
                "const e = document.activeElement, b = e.getBoundingClientRect(); return ["
                "e.className || e.closest('[id]').id, b.width > 0 && b.right > 0, "
                "getComputedStyle(e).outlineStyle]"
            )
        )
    assert stops[0][0] == "skip-link"
    # The other language, the PDF and the DOCX, then the contents.
    assert [where for where, _, _ in stops[1:4]] == ["title-block-header"] * 3
    assert all(where.lower().startswith("toc") for where, _, _ in stops[4:])
    assert all(visible and ring != "none" for _, visible, ring in stops)
    # In the order of the page, with one of each landmark.
    landmarks = (
        "return [...document.querySelectorAll('body > header, nav, main')].map(e => e.tagName)"
    )
    assert running.execute_script(landmarks) == ["HEADER", "NAV", "MAIN"]
    positive = (  # in the map one shape at a time has the focus
        "return [...document.querySelectorAll('[tabindex]:not([tabindex=\"0\"]):not(main)')]"
        ".filter(e => e.tabIndex > 0 || !e.closest('svg')).length"
    )
    assert running.execute_script(positive) == 0


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
def test_report_prints(reports: MadeReport, running: Any, tmp_path: Path, lang: str) -> None:
    show(running, file(reports, lang, "html"), 1280)
    printed = running.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    target = tmp_path / "printed.pdf"
    target.write_bytes(base64.b64decode(printed["data"]))
    with pikepdf.open(target) as pdf:
        assert 5 < len(pdf.pages) < 90
    hidden = running.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert hidden == {}
    shown = running.execute_script(
        "return [...document.querySelectorAll("
        "'.table-save, .table-arrow, .figure-data, .figure-links, .elsewhere, .skip-link')]"
        ".filter(e => getComputedStyle(e).display !== 'none').length"
    )
    wide = running.execute_script(
        "return [...document.querySelectorAll('table')].filter(t => t.offsetParent &&"
        " t.scrollWidth > document.documentElement.clientWidth).length"
    )
    running.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert (shown, wide) == (0, 0)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_report_as_pdf(reports: MadeReport, lang: str) -> None:
    assert problems(file(reports, lang, "pdf"), lang) == []
