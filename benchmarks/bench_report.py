"""What the package costs beside what it stands on, measured in one run.

* ``import evaluatie`` beside ``import pandas``, each in a fresh process;
* loading every election and computing rates by group and by municipality;
* the whole ``evaluatie report`` in both languages, HTML and PDF, analyses included, beside
  rendering an empty document with one figure through the same engines, and beside pandoc alone
  on the same text;
* what a second language adds, for analyses are run once and shared, and what each analysis
  takes in a process of its own.

Times are the best of several runs, since other work on the machine only ever adds; those of
the report are processor times, children included. Rates are linear in rows; the report is
linear in figures, tables and languages, the analyses in draws of re-assignment and in
specifications.

Where the time goes, in hundredths of both reports with their twelve sheets, one process, by
``resource.getrusage`` around each step and ``cProfile`` inside:

=============================================================================  ==
analyses: effect a third of them, no other over a ninth                         27
figures, tables and variables, a seventh of them for the sheets                 28
pandoc to HTML and to typst, typst, a quarter of them for the sheets            39
importing, copying files                                                         6
=============================================================================  ==

Two processes at once count for more than their work where two cores share one unit, so that
versions are best compared with one worker.

A figure is drawn once for all formats, but for each language, since all hold words.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

EMPTY = """---
title: Empty
date: 2026-01-01
lang: nl
---

![A line](line.svg){#fig-line fig-alt="A straight line"}
"""
LINE = """<svg xmlns="http://www.w3.org/2000/svg" width="300pt" height="200pt"
viewBox="0 0 300 200"><path d="M 0 200 L 300 0" stroke="#000"/></svg>
"""


RENDER = """
from pathlib import Path
from evaluatie.report.rendering import render
render(Path({source!r}), Path({out!r}), formats=("html", "pdf"), engine="embedded")
"""
REPORT = """
from pathlib import Path
from evaluatie.report.making import make_report
make_report(Path({out!r}), lang={lang!r}, engine={engine!r})
"""
# Workers end with the process, so that their time is counted.
STUDY = """
from pathlib import Path
from evaluatie.report import study
from joblib.externals.loky import get_reusable_executor
study.run(Path({out!r}), only={only!r})
get_reusable_executor().shutdown(wait=True)
"""
FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def report(out: Path, lang: tuple[str, ...], engine: str = "embedded") -> str:
    return REPORT.format(out=str(out), lang=lang, engine=engine)


def best(call: Callable[[], object], times: int) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def best_cpu(command: str | list[str], times: int) -> float:
    """Return the least processor time, user and system, of a process and its children."""
    arguments = [sys.executable, "-c", command] if isinstance(command, str) else command
    seconds = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(seconds)


def python(code: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)


def row(what: str, ours: float, peer: str, theirs: float, aim: str) -> None:
    ratio = ours / theirs
    print(f"{what:<34}{ours:8.3f} s   {peer:<34}{theirs:8.3f} s   ratio {ratio:5.2f}   aim {aim}")


def main() -> None:
    bare = best(python("pass"), 5)
    row(
        "import evaluatie",
        best(python("import evaluatie"), 5) - bare,
        "import pandas",
        best(python("import pandas"), 5) - bare,
        "<= 1.3",
    )

    import pandas as pd

    from evaluatie.answers.rates import rates
    from evaluatie.counts import load
    from evaluatie.ground.folders import bundled
    from evaluatie.report.study import scripts

    def everything() -> None:
        results = load()
        for outcome in ("invalid", "blank", "rejected"):
            rates(results, outcome, "group")
            rates(results, outcome, "municipality")

    table = bundled("data") / "municipal_results.csv"
    row(
        "load + rates of all elections",
        best(everything, 5),
        "pandas.read_csv of the same table",
        best(lambda: pd.read_csv(table), 5),
        "-",
    )

    analyses: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        empty = folder / "empty.qmd"
        empty.write_text(EMPTY, "utf-8")
        (folder / "line.svg").write_text(LINE, "utf-8")
        bare = best_cpu(RENDER.format(source=str(empty), out=str(folder / "bare")), 3)
        both = best_cpu(report(folder / "both", ("nl", "en")), 2)
        one = best_cpu(report(folder / "one", ("nl",)), 2)
        run = best_cpu(STUDY.format(out=str(folder / "study"), only=None), 2)
        engines(folder, both)
        for name in scripts():
            analyses[name] = best_cpu(STUDY.format(out=str(folder / name), only=[name]), 1)
    peer = "empty document, HTML + PDF"
    print("\nprocessor time, children included")
    row("report, nl + en, HTML + PDF", both, peer, bare, "-")
    row("report, nl, HTML + PDF", one, peer, bare, "-")
    row("second language (difference)", both - one, peer, bare, "-")
    row("all analyses", run, peer, bare, "-")
    row("report without its analyses", both - run, f"2 x {peer}", 2 * bare, "-")
    print("\nanalyses, each in a process of its own")
    for name, seconds in sorted(analyses.items(), key=lambda item: -item[1]):
        print(f"{name:<34}{seconds:8.2f} s   {seconds / bare:5.2f} empty documents")


def engines(folder: Path, both: float) -> None:
    """Compare with pandoc alone on the same text, and with Quarto where it is installed."""
    from evaluatie.ground.folders import bundled
    from evaluatie.report.rendering import quarto
    from evaluatie.report.rendering.pandoc import pandoc_path

    pages = [path.read_text("utf-8") for path in sorted(bundled("report").rglob("*.qmd"))]
    text = folder / "text.md"
    text.write_text("\n\n".join(FRONT.sub("", page) for page in pages), "utf-8")
    command = [pandoc_path(), str(text), "-f", "markdown", "-s"]
    alone = best_cpu([*command, "-t", "html", "-o", str(folder / "text.html")], 3)
    row("report, nl + en, HTML + PDF", both, "pandoc on the same text to HTML", alone, "-")
    if quarto.find():
        other = best_cpu(report(folder / "quarto", ("nl", "en"), "quarto"), 1)
        row("report, nl + en, with Quarto", other, "the same with the embedded engine", both, "-")


if __name__ == "__main__":
    main()
