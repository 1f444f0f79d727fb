"""Speed of reading every candidate of a national election, and of the analyses on them.

``python benchmarks/bench_candidates.py [ARCHIVE]``: by default the archive of TK2021 in the
folder that EVALUATIE_RAW names. Reading is compared with the XML parser expat going through
the same unpacked bytes and doing nothing with them; the two are timed one after the other, so
that other work on the machine disturbs both alike, and the median of the ratios is printed.
"""

from __future__ import annotations

import statistics
import sys
import time
import xml.parsers.expat
import zipfile
from collections.abc import Callable
from pathlib import Path

from evaluatie.personal_vote import load_candidates, number_effect, personal_vote
from evaluatie.places import raw_folder
from evaluatie.reading import read
from evaluatie.reasons import reasons
from evaluatie.results import load, load_table
from evaluatie.scale_up import scale_up
from evaluatie.sources import candidate_table

ARCHIVE = "eml/EML_bestanden_TK2021_deel_1.zip"
ROUNDS = 5


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def bare_expat(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".xml"):
                with archive.open(name) as stream:
                    xml.parsers.expat.ParserCreate().ParseFile(stream)


def condensed(path: Path) -> None:
    candidate_table.read_eml_archive.cache_clear()
    candidate_table.read_eml_archive(path.read_bytes(), path.name)


def reading(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        size = sum(each.file_size for each in archive.infolist()) / 1e6
    print(f"{path.name}: {size:.0f} MB of XML, {ROUNDS} rounds")
    ways = {
        "read(level='candidate'), one process": lambda: read(path, "candidate", jobs=1),
        "read(level='candidate'), default": lambda: read(path, "candidate"),
        "condensed table of the build": lambda: condensed(path),
    }
    for name, way in ways.items():
        way()  # imports and caches of the operating system are not what is measured
        pairs = [(seconds(way), seconds(lambda: bare_expat(path))) for _ in range(ROUNDS)]
        own, other = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(own / other for own, other in pairs)
        print(f"{name:42s} {own:6.2f} s; bare expat {other:5.2f} s: {ratio:5.2f} times")


def analyses() -> None:
    counts, results, figures = load_candidates(), load(), load_table("published_figures")
    one = counts[counts["election"] == counts["election"].iloc[0]]
    actions = {
        "load the condensed candidates": load_candidates,
        "preference shares by group": lambda: personal_vote(counts, figures=figures),
        "number effects": lambda: number_effect(counts),
        "reasons (printed)": lambda: reasons(results, figures=figures),
        "scale-up": lambda: scale_up(results),
    }
    for name, action in actions.items():
        action()
        best = min(seconds(action) for _ in range(3))
        print(f"{name:42s} {best:6.2f} s")
    print(f"{len(one):,} rows of municipality and list at one election")


def main() -> int:
    raw = raw_folder()
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else raw / ARCHIVE if raw else None
    if path is None or not path.exists():
        print("no archive: name one, or set EVALUATIE_RAW", file=sys.stderr)
        return 2
    reading(path)
    analyses()
    return 0


if __name__ == "__main__":
    sys.exit(main())
