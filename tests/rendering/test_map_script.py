"""The map that can be searched, in a real browser: what the script in styles/map.html adds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from browser import browser, faults, show
from documents import STYLES

from evaluatie.answers.rates import kaart
from evaluatie.answers.run import Run
from evaluatie.report.rendering.pandoc import _policy

pytestmark = pytest.mark.browser

SCRIPT = (STYLES / "map.html").read_text("utf-8")
FRAMES = Path(__file__).parents[1] / "plots" / "frames.json"
PAGE = """<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>x</title>
<meta http-equiv="Content-Security-Policy" content="{policy}"></head><body><main><h1>Kaart</h1>
<figure id="fig-kaart"><img alt="Kaart" src="data:,"><figcaption>Figuur 3</figcaption></figure>
{body}</main>{script}</body></html>"""


class Named(Run):
    def called(self, election: str) -> dict[str, str]:
        return {"nl": "verkiezing", "en": "election"}


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(running: Any, tmp_path: Path) -> Path:
    rows = pd.DataFrame(json.loads(FRAMES.read_text("utf-8"))["kaart"])
    body = kaart.web(rows, Named(tmp_path), "nl")
    made = tmp_path / "page.html"
    text = PAGE.format(body=body, script=SCRIPT, policy=_policy(SCRIPT))
    made.write_text(text, "utf-8")
    show(running, made, 1280)
    return made


def told(running: Any) -> str:
    return str(running.execute_script("return document.querySelector('.map-told').innerText"))


def test_the_map_stands_above_the_caption_of_its_figure(running: Any, page: Path) -> None:
    inside = running.execute_script(
        "return Array.from(document.getElementById('fig-kaart').children).map(e => e.tagName)"
    )
    assert inside == ["DIV", "IMG", "FIGCAPTION"]
    image = running.find_element("css selector", "#fig-kaart > img")
    assert not image.is_displayed()


def asked(running: Any, name: str) -> str:
    running.execute_script(
        "const s = document.querySelector('.map input'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('input'))",
        name,
    )
    return told(running)


def pressed(running: Any, key: str) -> str:
    running.execute_script(
        "const at = document.querySelector('.map path[tabindex=\"0\"]'); at.focus();"
        "at.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], bubbles: true}))",
        key,
    )
    return str(running.execute_script("return document.activeElement.dataset.name || ''"))


def test_a_municipality_is_found_by_its_name(running: Any, page: Path) -> None:
    assert asked(running, "gou").startswith("Gouda: 0,83% ongeldig (291 van 34.998")
    assert "Naar het blad" in told(running)
    assert (
        running.execute_script("return document.querySelector('.map-sheet').getAttribute('href')")
        == "gemeenten/gouda.html"
    )
    assert asked(running, "s hertogenbosch").startswith("’s-Hertogenbosch: 1,03%")
    assert asked(running, "Hilversum").startswith("Hilversum: geen uitslag")
    assert "Naar het blad" not in told(running)
    assert asked(running, "Atlantis").startswith("Geen gemeente")


def test_arrows_go_to_a_neighbour_and_only_one_shape_is_in_the_order(
    running: Any, page: Path
) -> None:
    asked(running, "Gouda")
    assert pressed(running, "ArrowDown") == "Krimpenerwaard"
    assert pressed(running, "ArrowUp") != ""
    count = "return document.querySelectorAll('.map path[tabindex=\"0\"]').length"
    assert running.execute_script(count) == 1


def test_the_map_breaks_no_rule(running: Any, page: Path) -> None:
    assert faults(running, page) == []


def test_the_drawn_map_makes_way_on_the_screen_only(running: Any, page: Path) -> None:
    shown = "return getComputedStyle(document.querySelector('figure img')).display"
    assert running.execute_script(shown) == "none"
    running.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert running.execute_script(shown) != "none"
    assert (
        running.execute_script("return getComputedStyle(document.querySelector('.map')).display")
        == "none"
    )
    running.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
