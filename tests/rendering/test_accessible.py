"""Pages in a real browser under axe-core and the keyboard, and the reports in every language."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from browser import browser, faults, show
from pdf_structure import breaches, problems

from evaluatie.report.making import DOCUMENTS, MadeReport
from evaluatie.report.rendering import Rendered

LANGUAGES = tuple(DOCUMENTS)


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with browser() as opened:
        yield opened


def file(reports: MadeReport, lang: str, kind: str) -> Path:
    return reports.files[Path(DOCUMENTS[lang]).stem.removeprefix("_") + "." + kind]


@pytest.mark.browser
def test_demonstration(demo: Rendered, running: Any) -> None:
    assert faults(running, demo.files["html"]) == []


WRONG = {
    "<p style='color:#aaa'>bleek</p>": "320 px, light: color-contrast",
    "<p class='night'>donker</p>": "360 px, dark: color-contrast",
    "<p class='paper'>op papier</p>": "print: color-contrast",
    "<img src='data:,'>": "image-alt",
    "<button></button>": "button-name",
    "<button class='tiny'>a</button><button class='tiny'>b</button>": "320 px: target-size",
    "<div style='width:700px'>breed</div>": "360 px: sideways scroll of",
    "<script>missing()</script>": "console: ",
    "<img alt='' src='http://voorbeeld.invalid/x.png'>": "requests: http://voorbeeld.invalid",
}


@pytest.mark.browser
def test_the_check_finds_what_is_wrong(tmp_path: Path, running: Any) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!DOCTYPE html><html><title>x</title><style>.tiny { all: unset; font-size: 4px; } "
        "@media (prefers-color-scheme: dark) { .night { color: #eee; background: #ddd } } "
        "@media print { .paper { color: #ddd !important; } }</style>"
        f"<body style='color:#000;background:#fff'><main><h1>x</h1>{''.join(WRONG)}</main>"
    )
    found = faults(running, page)
    for sign in ("html-has-lang", *WRONG.values()):
        assert any(each.startswith(sign) for each in found), (sign, found)
    assert not any(each.startswith("1280 px: sideways") for each in found)


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
def test_report(reports: MadeReport, running: Any, lang: str) -> None:
    assert faults(running, file(reports, lang, "html")) == []


@pytest.mark.browser
def test_what_was_said_is_read_on_a_telephone(reports: MadeReport, running: Any) -> None:
    """Verdicts too: in a table of words, all of a row stands within the screen."""
    show(running, file(reports, "nl", "html"), 360)
    cells = (
        "return [...document.querySelectorAll('#tbl-statements td')].map(e => {"
        "const b = e.getBoundingClientRect();"
        "return [e.dataset.head, getComputedStyle(e, '::before').content, b.left, b.right]})"
    )
    found = running.execute_script(cells)
    assert {head for head, *_ in found} >= {"Wat de tellingen zeggen", "Oordeel"}
    assert all(told.startswith(f'"{head}: ') for head, told, *_ in found)
    assert all(left >= 0 and right <= 360 for *_, left, right in found)


@pytest.mark.browser
def test_sheet(reports: MadeReport, running: Any) -> None:
    folder = file(reports, "nl", "html").parent / "gemeenten"
    assert faults(running, folder / "gouda.html") == []


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
    assert breaches(file(reports, lang, "pdf")) == []


def test_sheet_as_pdf(reports: MadeReport) -> None:
    folder = file(reports, "nl", "html").parent / "gemeenten"
    assert breaches(folder / "gouda.pdf") == []
