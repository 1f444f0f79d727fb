"""Sorting and saving tables, in a real browser: what the script in styles/tables.html adds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import browser, show
from documents import STYLES

from evaluatie.report.rendering import Rendered
from evaluatie.report.rendering.pandoc import _policy

pytestmark = pytest.mark.browser

SCRIPT = (STYLES / "tables.html").read_text("utf-8")
PAGE = """<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>x</title>
<meta http-equiv="Content-Security-Policy" content="{policy}"></head><body><main>{body}</main>
{script}</body></html>"""


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture
def table(running: Any, tmp_path: Path) -> Any:
    """Open a page with one table of the columns given, each a heading and its cells."""

    def make(lang: str = "nl", caption: str = "Proef", **columns: list[str]) -> Path:
        heads = "".join(f"<th scope='col'>{name}</th>" for name in columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
            for row in zip(*columns.values(), strict=True)
        )
        body = f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead>"
        page = tmp_path / "page.html"
        page.write_text(
            PAGE.format(
                lang=lang,
                body=f"{body}<tbody>{rows}</tbody></table>",
                script=SCRIPT,
                policy=_policy(SCRIPT),
            ),
            "utf-8",
        )
        show(running, page, 1280)
        return page

    return make


def column(running: Any, position: int = 0) -> list[str]:
    script = "return [...document.querySelectorAll('tbody tr')].map(r => r.cells[%d].textContent)"
    return running.execute_script(script % position)


def press(running: Any, position: int = 0) -> None:
    running.execute_script(
        f"document.querySelectorAll('thead th')[{position}].querySelector('button').click()"
    )


ORDERS = {
    "Dutch numbers": ("nl", ["10,5", "1.234", "-3", "−7", "9"], ["−7", "-3", "9", "10,5", "1.234"]),
    "English numbers": ("en", ["10.5", "1,234", "-3", "9"], ["-3", "9", "10.5", "1,234"]),
    "percentages": ("nl", ["10,1%", "9,2%*", ".", "0,05%"], ["0,05%", "9,2%*", "10,1%", "."]),
    "intervals": (
        "nl",
        ["+0,10 – +0,30", "−0,20 – +0,90", "+0,02 – +0,05"],
        ["−0,20 – +0,90", "+0,02 – +0,05", "+0,10 – +0,30"],
    ),
    "Dutch dates": (
        "nl",
        ["18 maart 2026", "6 juni 2024", "29 oktober 2025"],
        ["6 juni 2024", "29 oktober 2025", "18 maart 2026"],
    ),
    "ISO dates": ("en", ["2026-03-18", "2024-06-06"], ["2024-06-06", "2026-03-18"]),
    "p-values": ("nl", ["0,015", "&lt; 0,001", "0,2"], ["< 0,001", "0,015", "0,2"]),
    "text": (
        "nl",
        ["Zwolle", "'s-Hertogenbosch", "Ede", "éénhoorn", "TK10", "TK9"],
        ["'s-Hertogenbosch", "Ede", "éénhoorn", "TK9", "TK10", "Zwolle"],
    ),
}


@pytest.mark.parametrize("case", ORDERS)
def test_order(table: Any, running: Any, case: str) -> None:
    lang, cells, ordered = ORDERS[case]
    table(lang, a=cells)
    before = column(running)
    press(running)
    assert column(running) == ordered
    press(running)
    known = [each for each in ordered if each != "."]
    assert column(running) == known[::-1] + [each for each in ordered if each == "."]
    press(running)
    assert column(running) == before


def test_equal_cells_keep_their_order(table: Any, running: Any) -> None:
    table(a=["1", "2", "1", "2"], b=["w", "x", "y", "z"])
    press(running)
    assert column(running, 1) == ["w", "y", "x", "z"]
    press(running)
    assert column(running, 1) == ["x", "z", "w", "y"]


def test_sorting_with_the_keyboard_is_told(table: Any, running: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    table(naam=["b", "a"], aantal=["1", "2"])
    heads = running.find_elements("css selector", "th")
    running.execute_script("arguments[0].querySelector('button').focus()", heads[0])
    running.switch_to.active_element.send_keys(Keys.ENTER)
    assert column(running) == ["a", "b"]
    assert [head.get_attribute("aria-sort") for head in heads] == ["ascending", None]
    status = running.find_element("css selector", "[role=status]")
    assert status.get_attribute("textContent") == "gesorteerd op naam, oplopend"
    running.switch_to.active_element.send_keys(Keys.SPACE)
    assert heads[0].get_attribute("aria-sort") == "descending"
    press(running, 1)
    assert [head.get_attribute("aria-sort") for head in heads] == [None, "ascending"]


def saved(running: Any, folder: Path) -> Path:
    running.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)}
    )
    running.find_element("css selector", ".table-save").click()
    for _ in range(1200):
        found = [path for path in folder.iterdir() if path.suffix == ".csv"]
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError("nothing was saved")


def test_a_dutch_file(table: Any, running: Any, tmp_path: Path) -> None:
    table(
        caption="Tabel 3: Het effect, per gemeente",
        gemeente=["=1+1", "@Ede; of", '-2+3" cmd', "+x", "Één"],
        aandeel=["−0,05", "+0,10", "1.234,5", "12%", "."],
        interval=["−0,2 – +0,9", ".", "+0,1 – +0,3", "0 – 1", "1 – 2"],
    )
    folder = tmp_path / "saved"
    folder.mkdir()
    file = saved(running, folder)
    assert file.name == "tabel-3-het-effect-per-gemeente.csv"
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").split("\r\n") == [
        "gemeente;aandeel;interval van;interval tot",
        "'=1+1;-0,05;-0,2;+0,9",
        '"\'@Ede; of";+0,10;.;.',
        '"\'-2+3"" cmd";1.234,5;+0,1;+0,3',
        "'+x;12%;0;1",
        "Één;.;1;2",
        "",
    ]


def test_an_english_file(table: Any, running: Any, tmp_path: Path) -> None:
    table("en", caption="Table 1: Shares", a=["1,234", "2"], b=["0.5 – 0.7", "0.1 – 0.2"])
    press(running, 1)
    folder = tmp_path / "saved"
    folder.mkdir()
    rows = saved(running, folder).read_text("utf-8-sig").splitlines()
    assert rows == ["a,b from,b to", "2,0.1,0.2", '"1,234",0.5,0.7']


def test_the_policy_lets_this_script_run_and_no_other(table: Any, running: Any) -> None:
    page = table(a=["1", "2"])
    assert running.find_elements("css selector", ".table-save")
    page.write_text(page.read_text("utf-8").replace("</body>", "<script>x=1</script></body>"))
    running.get_log("browser")
    show(running, page, 1280)
    assert running.execute_script("return typeof window.x") == "undefined"
    assert any("Content Security Policy" in row["message"] for row in running.get_log("browser"))


def test_tables_of_the_demonstration(demo: Rendered, running: Any) -> None:
    show(running, demo.files["html"], 1280)
    script = "return [...document.querySelectorAll('main table')].map(t => ["
    script += "t.querySelectorAll('th .table-sort').length, t.tHead.rows[0].cells.length])"
    counts = running.execute_script(script)
    assert len(counts) == 5
    assert all(buttons == cells for buttons, cells in counts)
    names = running.execute_script(
        "return [...document.querySelectorAll('.table-save')].map(b => b.textContent)"
    )
    of_figures = [name.split(":")[0] for name in names if ": Figuur" in name]
    assert of_figures == ["PNG", "SVG", "CSV", "CSV downloaden", "PNG", "SVG"]
    (link, _) = running.find_elements("css selector", ".figure-links a")
    assert link.get_attribute("href").endswith("#fig-lijn"), "a figure has an address"
    names = [name for name in names if name.startswith("CSV downloaden")]
    assert names[0].startswith("CSV downloaden: Figuur 1: Aandeel ongeldige stemmen per jaar")
    assert names[1] == "CSV downloaden: Tabel 1: Ongeldige stemmen, verzonnen"
    assert len(set(names)) == 5
    open_one = "document.querySelector('.figure-data').open = true"
    running.execute_script(open_one)
    press(running, 0)
    assert column(running)[:3] == ["2010", "2012", "2025"]


def test_without_the_script_nothing_is_lost(tmp_path: Path, running: Any) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!DOCTYPE html><html lang='nl'><title>x</title><main>geen tabel</main>" + SCRIPT
    )
    running.get_log("browser")
    show(running, page, 1280)
    assert running.get_log("browser") == []
    assert not running.find_elements("css selector", "[role=status]")
