"""What the package costs beside what it stands on, measured in one run.

* ``import evaluatie`` beside ``import pandas``, each in a fresh process;
* loading every election and computing rates by group and by municipality;
* the whole ``evaluatie report`` beside executing and rendering an empty document with one
  figure through the same engines.

Times are the best of several runs, since other work on the machine only ever adds. Rates are
linear in rows; the report is linear in cells.
"""

from __future__ import annotations

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

```{python}
#| label: fig-line
#| fig-cap: A line
#| fig-alt: A straight line
import matplotlib.pyplot as plt

plt.plot([0, 1]);
```
"""


def best(call: Callable[[], object], times: int) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
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

    from evaluatie.places import bundled
    from evaluatie.rates import rates
    from evaluatie.results import load

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

    from evaluatie.rendering import render
    from evaluatie.reporting import make_report

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        empty = folder / "empty.qmd"
        empty.write_text(EMPTY, "utf-8")
        row(
            "evaluatie report",
            best(lambda: make_report(folder / "a", engine="embedded"), 3),
            "empty document with one figure",
            best(lambda: render(empty, folder / "b", engine="embedded"), 3),
            "<= 3",
        )


if __name__ == "__main__":
    main()
