"""Look at a finished page in a real headless browser; shared by several test modules.

Never downloads a browser or a driver: where Debian's ``chromium`` and ``chromedriver`` are
absent the tests skip and say so.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

NAMES = (("chromium", "chromium-browser", "google-chrome"), ("chromedriver",))


@dataclass(frozen=True)
class Seen:
    """What a browser noticed of a page at one width."""

    console: tuple[str, ...]
    """Errors and warnings of the console."""
    requests: tuple[str, ...]
    """Everything fetched, but for the page itself and data inside it."""
    overflow: int
    """Pixels by which the page is wider than the window."""
    wide: tuple[str, ...]
    """The elements that stick out."""


def programs() -> tuple[str, str]:
    """Return chromium and its driver, or skip the test."""
    found = []
    for names in NAMES:
        path = next((where for where in map(shutil.which, names) if where), None)
        if path is None:
            pytest.skip(f"no {names[0]} on this machine")
        found.append(path)
    return found[0], found[1]


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """Give a headless browser that sees no network."""
    chromium, driver = programs()
    os.environ["SE_OFFLINE"] = "true"  # selenium may otherwise go and fetch a driver
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",  # containers give no user namespaces
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield running
    finally:
        running.quit()


def show(running: Any, page: Path, width: int, *, dark: bool = False) -> None:
    """Open a page in a window of some width, light or dark."""
    running.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False},
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    running.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    running.get(page.resolve().as_uri())


def look(page: Path, width: int = 360, running: Any = None) -> Seen:
    """Open a page and return what is wrong with it; an empty :class:`Seen` is a good page."""
    if running is None:
        with browser() as fresh:
            return look(page, width, fresh)
    for kind in ("browser", "performance"):
        running.get_log(kind)  # forget what earlier pages did
    show(running, page, width)
    address = page.resolve().as_uri()
    events = [json.loads(row["message"])["message"] for row in running.get_log("performance")]
    urls = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    overflow, wide = running.execute_script(
        """
        const room = document.documentElement.clientWidth, out = [];
        const scrolls = (e) => { for (; e; e = e.parentElement)
          if (/auto|scroll|hidden/.test(getComputedStyle(e).overflowX) && e !== document.body
              && e !== document.documentElement) return true; return false; };
        for (const e of document.body.querySelectorAll('*')) {
          const box = e.getBoundingClientRect();
          if (box.width && box.right > room + 1 && !scrolls(e.parentElement))
            out.push(e.tagName + '#' + e.id + '.' + e.className);
        }
        return [document.documentElement.scrollWidth - room, out.slice(0, 5)];
        """
    )
    return Seen(
        tuple(row["message"] for row in running.get_log("browser")),
        tuple(url for url in urls if url.split("#")[0] != address and not url.startswith("data:")),
        int(overflow),
        tuple(wide),
    )


STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
"""Rules of axe-core: WCAG 2.1 at levels A and AA, and what its makers hold for good practice."""


def axe_source() -> str:
    """Return the source of axe-core, or skip the test.

    It comes with ``selenium-axe-python``; ``EVALUATIE_AXE`` may name another ``axe.min.js``.
    """
    named = os.environ.get("EVALUATIE_AXE")
    if named:
        return Path(named).read_text("utf-8")
    found = importlib.util.find_spec("selenium_axe_python")
    for folder in (found.submodule_search_locations or ()) if found else ():
        return (Path(folder) / "axe-core" / "axe.min.js").read_text("utf-8")
    pytest.skip("axe-core is not installed: pip install selenium-axe-python")


def violations(running: Any, page: Path, width: int, *, dark: bool) -> list[str]:
    """Return what axe-core finds wrong with a page, also in what is folded.

    It is asked about contrast apart, without what only hides colours from it: the shadows at
    the sides of tables and what has scrolled out of sight. Contrast that it then cannot decide
    counts as wrong, but for signs that are no text.
    """
    show(running, page, width, dark=dark)
    running.execute_script(
        """
        for (const each of document.querySelectorAll('details')) each.open = true;
        // Long tables are looked at in part: their rows are all made alike.
        for (const row of document.querySelectorAll('tbody tr:nth-child(n+9)')) row.remove();
        """
    )
    running.execute_script(axe_source())
    running.set_script_timeout(120)
    found, doubtful = running.execute_async_script(
        """
        const [standard, done] = arguments;
        (async () => {
          const found = await axe.run(document, {
            runOnly: {type: 'tag', values: standard}, resultTypes: ['violations'],
            rules: {'color-contrast': {enabled: false}}});
          const plain = document.createElement('style');
          plain.textContent = `.table-scroll { background: none !important; }
            .table-scroll, .figure-data > * {
              overflow: visible !important; max-height: none !important; }`;
          document.head.append(plain);
          const second = await axe.run(document, {
            runOnly: ['color-contrast'], resultTypes: ['violations', 'incomplete']});
          // Signs that are no text, and what sticks out of an element that holds it: nothing
          // lies over it, and what it sticks out of has the same colour behind it.
          const at = (node) => document.querySelector(node.target[0]);
          const holds = (node, check) => ['elmPartiallyObscured', 'elmPartiallyObscuring']
            .includes(check.data.messageKey)
            && check.relatedNodes.every(each => at(each)?.contains(at(node)));
          const excused = (node) => node.any.every(check =>
            ['shortTextContent', 'nonBmp'].includes(check.data.messageKey) || holds(node, check));
          const unsure = second.incomplete.map(rule =>
            ({...rule, nodes: rule.nodes.filter(node => !excused(node))}));
          return [found.violations, [...second.violations, ...unsure]];
        })().then(done);
        """,
        STANDARD,
    )
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in (*found, *doubtful)
        for node in rule["nodes"]
    ]


def picture(running: Any, target: Path) -> None:
    """Save a picture of the whole page that is open."""
    size = running.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    shot = running.execute_cdp_cmd(
        "Page.captureScreenshot",
        {
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1},
        },
    )
    target.write_bytes(base64.b64decode(shot["data"]))
