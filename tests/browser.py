"""Look at a finished page in a real headless browser; shared by several test modules.

Never downloads a browser or a driver: where Debian's ``chromium`` and ``chromedriver`` are
absent the tests skip and say so.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import itertools
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


def dress(running: Any, width: int, *, dark: bool = False, media: str = "") -> None:
    """Give the window some width, light or dark; ``media`` may be ``print``."""
    running.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False},
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    running.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme], "media": media})


def show(running: Any, page: Path, width: int, *, dark: bool = False) -> None:
    """Open a page in a window of some width, light or dark."""
    dress(running, width, dark=dark)
    running.get(page.resolve().as_uri())


def look(page: Path, width: int, running: Any) -> Seen:
    """Open a page and return what is wrong with it; an empty :class:`Seen` is a good page."""
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
    overflow, wide = _wide(running)
    return Seen(
        tuple(row["message"] for row in running.get_log("browser")),
        tuple(url for url in urls if url.split("#")[0] != address and not url.startswith("data:")),
        overflow,
        wide,
    )


def _wide(running: Any) -> tuple[int, tuple[str, ...]]:
    """Return by how much the open page is wider than its window, and what sticks out."""
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
    return int(overflow), tuple(wide)


STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""Rules of axe-core: WCAG 2.2 at levels A and AA, and what its makers hold for good practice."""


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


WIDTHS = (320, 360, 768, 1280)
"""A small telephone, a telephone, a tablet and a desk, in CSS pixels."""
LAYOUT = ("target-size", "scrollable-region-focusable", "link-in-text-block")
"""Rules that depend on where things stand; what they hold for is the same in other windows."""


def faults(running: Any, page: Path) -> list[str]:
    """Return what is wrong with a page at every width, light, dark and printed.

    It is loaded once; windows and media change around it. What axe-core looks for in the
    structure it is asked once, on the widest window, which hides nothing; in the others what
    depends on layout. Contrast it is asked everywhere, of one element of each look: same letter,
    same colours behind it.
    """
    seen = look(page, WIDTHS[-1], running)
    found = [f"{kind}: {each}" for kind in ("console", "requests") for each in getattr(seen, kind)]
    running.execute_script(axe_source())
    running.set_script_timeout(120)
    for width in WIDTHS:
        dress(running, width)
        overflow, wide = _wide(running)
        found += [f"{width} px: sideways scroll of {overflow} px"] if overflow > 0 else []
        found += [f"{width} px: {each} sticks out" for each in wide]
    running.execute_script(_UNFOLD)
    found += _axe(running, _STRUCTURE, {"type": "tag", "values": STANDARD})
    for width in WIDTHS[:-1]:
        dress(running, width)
        rules = {"type": "rule", "values": LAYOUT}
        found += [f"{width} px: {each}" for each in _axe(running, _STRUCTURE, rules)]
    for width, dark in itertools.product(WIDTHS, (False, True)):
        dress(running, width, dark=dark)
        window = f"{width} px, {'dark' if dark else 'light'}"
        found += [f"{window}: {each}" for each in _axe(running, _CONTRAST)]
    dress(running, 768, dark=True, media="print")
    found += [f"print: {each}" for each in _axe(running, _CONTRAST)]
    dress(running, WIDTHS[-1])
    return found


def _axe(running: Any, script: str, *given: object) -> list[str]:
    rules = running.execute_async_script(script, *given)
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in rules
        for node in rule["nodes"]
    ]


_UNFOLD = """
for (const each of document.querySelectorAll('details')) each.open = true;
// What is long is looked at in part: rows, choices and municipalities are made alike.
const alike = 'tbody tr:nth-child(n+3), datalist option:nth-child(n+3), svg path:nth-child(n+9)';
for (const each of document.querySelectorAll(alike)) each.remove();
// Shadows at the sides of tables, and what has scrolled out of sight, only hide colours.
const plain = document.createElement('style');
plain.textContent = `.table-scroll { background: none !important; }
  .table-scroll, .figure-data > * { overflow: visible !important; max-height: none !important; }`;
plain.id = 'plain';
document.head.append(plain);
"""
_STRUCTURE = """
const [runOnly, done] = arguments, plain = document.getElementById('plain');
const rules = {'color-contrast': {enabled: false}, 'target-size': {enabled: true}};
plain.disabled = true;
axe.run(document, {
  runOnly, resultTypes: ['violations'], ...runOnly.type === 'tag' ? {rules} : {},
}).then(found => { plain.disabled = false; done(found.violations); });
"""
_CONTRAST = """
const [done] = arguments;
// One element of each look: what letter it has, and what is painted behind it.
const behind = new Map([[null, '']]);
const painted = (element) => {
  if (!behind.has(element)) {
    const style = getComputedStyle(element), under = painted(element.parentElement);
    const own = style.backgroundColor === 'rgba(0, 0, 0, 0)' ? '' : style.backgroundColor;
    const more = (own || under) + (style.backgroundImage === 'none' ? '' : style.backgroundImage)
      + (style.opacity === '1' ? '' : style.opacity);
    behind.set(element, own ? more : under + more.slice(under.length));
  }
  return behind.get(element);
};
const looks = new Map();
for (const element of document.body.querySelectorAll('*')) {
  element.removeAttribute('data-look');
  const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  if (!own || !element.checkVisibility()) continue;
  const style = getComputedStyle(element);
  const look = [style.color, style.fill, style.fontSize, style.fontWeight, painted(element)];
  if (!looks.has(look.join())) looks.set(look.join(), element);
}
for (const element of looks.values()) element.setAttribute('data-look', '');
axe.run('[data-look]', {
  runOnly: ['color-contrast'], resultTypes: ['violations', 'incomplete'],
}).then(found => {
  // Signs that are no text, and what sticks out of an element that holds it: nothing
  // lies over it, and what it sticks out of has the same colour behind it.
  const at = (node) => document.querySelector(node.target[0]);
  const holds = (node, check) => ['elmPartiallyObscured', 'elmPartiallyObscuring']
    .includes(check.data.messageKey)
    && check.relatedNodes.every(each => at(each)?.contains(at(node)));
  const excused = (node) => node.any.every(check =>
    ['shortTextContent', 'nonBmp'].includes(check.data.messageKey) || holds(node, check));
  const unsure = found.incomplete.map(rule =>
    ({...rule, nodes: rule.nodes.filter(node => !excused(node))}));
  done([...found.violations, ...unsure]);
});
"""


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
