"""How soon a reader sees the first figure of the report on a slow telephone.

A local server gives the page, packed as servers do; Chromium plays a processor four times as
slow and its own "Slow 4G" (1.44 Mbit/s, 562 ms before an answer). Time runs from the request
until the first figure stands in the page, decoded, and until the first words are painted. Beside
it the same of an empty page with one small figure: what no page can do without.

The page streams: what comes before the first figure decides, and not its length. Times are the
best of several runs. Needs Debian's ``chromium`` and ``chromedriver``; the path of a page may be
given, or else the Dutch report is made.
"""

from __future__ import annotations

import functools
import gzip
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

EMPTY = (
    "<!DOCTYPE html><html lang='en'><title>x</title><p>x</p><figure><img alt='' width='9' src="
    "\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E\"></figure></html>"
)
WATCH = """
document.addEventListener("load", event => {
  if (event.target.closest?.("figure")) window.firstFigure ??= performance.now();
}, true);
"""
TIMES = """
const paint = performance.getEntriesByName("first-contentful-paint")[0];
return [window.firstFigure, paint ? paint.startTime : NaN];
"""
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 180_000,
    "uploadThroughput": 84_375,
}


@contextmanager
def served(pages: dict[str, bytes]) -> Iterator[str]:
    """Give pages, packed, on this machine only."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path, b"")
            self.send_response(200 if page else 404)
            for name, value in (
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Encoding", "gzip"),
                ("Content-Length", str(len(page))),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


@contextmanager
def telephone() -> Iterator[Any]:
    """Give a browser that is as slow as a cheap telephone."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or sys.exit("needs chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    running = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        for command, given in (
            ("Network.enable", {}),
            ("Network.setCacheDisabled", {"cacheDisabled": True}),
            ("Network.emulateNetworkConditions", SLOW_4G),
            ("Emulation.setCPUThrottlingRate", {"rate": 4}),
            (
                "Emulation.setDeviceMetricsOverride",
                {"width": 360, "height": 800, "deviceScaleFactor": 2, "mobile": True},
            ),
            ("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH}),
        ):
            running.execute_cdp_cmd(command, given)
        yield running
    finally:
        running.quit()


def best(running: Any, address: str, times: int = 5) -> tuple[float, float]:
    """Return when the first figure and the first words were there, in milliseconds."""
    seen = []
    for _ in range(times):
        running.get(address)
        seen.append(running.execute_script(TIMES))
    first, words = zip(*(each for each in seen if None not in each), strict=True)
    return min(first), min(words)


def report(folder: Path) -> Path:
    from evaluatie.report.making import make_report

    return make_report(folder, formats=("html",), engine="embedded").files["rapport.html"]


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(sys.argv[1]) if sys.argv[1:] else report(Path(scratch) / "report")
        whole = page.read_text("utf-8")
    pack = functools.partial(gzip.compress, compresslevel=6)
    before = pack(whole[: whole.index("</figure>")].encode())
    print(
        f"page {len(pack(whole.encode())) / 1000:.0f} kB packed, {len(before) / 1000:.0f} kB "
        "until its first figure"
    )
    pages = {"/empty": pack(EMPTY.encode()), "/page": pack(whole.encode())}
    with served(pages) as address, telephone() as running:
        bare, ours = (best(running, f"{address}/{name}") for name in ("empty", "page"))
    for what, mine, theirs, aim in zip(
        ("first figure", "first words"), ours, bare, ("< 1000 ms", "-"), strict=True
    ):
        print(
            f"{what:<14}{mine:7.0f} ms   empty page {theirs:7.0f} ms   "
            f"ratio {mine / theirs:5.2f}   aim {aim}"
        )


if __name__ == "__main__":
    main()
