"""The finished page in a real headless browser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from browser import browser, show

from evaluatie.report.rendering import Rendered

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with browser() as opened:
        yield opened


def test_a_dark_page_has_no_white_boxes(demo: Rendered, running: Any) -> None:
    corners = {}
    for dark in (False, True):
        show(running, demo.files["html"], 1280, dark=dark)
        image = running.find_element("css selector", ".quarto-float-fig img")
        running.execute_script("arguments[0].scrollIntoView({block: 'center'})", image)
        shown = plt.imread(io.BytesIO(image.screenshot_as_png), format="png")
        paper = running.execute_script("return getComputedStyle(document.body).backgroundColor")
        corners[dark] = [round(255 * each) for each in shown[3, 3, :3]]
        wanted = [int(each) for each in re.findall(r"\d+", paper)]
        assert max(abs(np.subtract(corners[dark], wanted))) <= 3
    assert corners[False] == [255, 255, 255]
    assert max(corners[True]) < 60


def test_the_keyboard_reaches_the_text_first(demo: Rendered, running: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    show(running, demo.files["html"], 1280)
    active = running.switch_to.active_element
    active.send_keys(Keys.TAB)
    link = running.switch_to.active_element
    assert link.get_attribute("class") == "skip-link"
    assert link.location["x"] >= 0
    link.send_keys(Keys.ENTER)
    running.switch_to.active_element.send_keys(Keys.TAB)
    assert running.execute_script("return !!document.activeElement.closest('main')")
