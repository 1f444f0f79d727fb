"""Speed and memory of reading every candidate of a national election, and of the analyses.

``python benchmarks/bench_candidates.py [ARCHIVE]``: by default the archive of TK2021 in the
folder that EVALUATIE_RAW names. Reading is compared with the XML parser expat going through
the same unpacked bytes and doing nothing with them. The two are timed one after the other, so
that other work on the machine disturbs both alike, and the median of the ratios is printed:
once by the clock and once by processor time, which other work disturbs less. Then the same
for parts of the archive, to show how time and memory grow.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import xml.parsers.expat
import zipfile
from collections.abc import Callable
from pathlib import Path

from bench_reading import memory

from evaluatie.answers.evidence import reasons
from evaluatie.answers.personal_vote import elections_compared, load_candidates, personal_vote
from evaluatie.answers.scale_up import scale_up
from evaluatie.answers.seats import margins_election
from evaluatie.counts import load, load_table
from evaluatie.ground.folders import raw_folder
from evaluatie.sources import candidate_table
from evaluatie.sources.reading import read

ARCHIVE = "eml/EML_bestanden_TK2021_deel_1.zip"
ROUNDS = 5


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def both_clocks(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and by the processor."""
    start, busy = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - start, time.process_time() - busy


def bare_expat(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".xml"):
                with archive.open(name) as stream:
                    xml.parsers.expat.ParserCreate().ParseFile(stream)


def condensed(path: Path) -> None:
    candidate_table.read_eml_archive.cache_clear()
    candidate_table.read_eml_archive(path.read_bytes(), path.name)


def megabytes(path: Path) -> float:
    with zipfile.ZipFile(path) as archive:
        return sum(each.file_size for each in archive.infolist()) / 1e6


def against_expat(name: str, way: Callable[[], object], path: Path, rounds: int) -> None:
    way()  # imports and caches of the operating system are not what is measured
    pairs = [(both_clocks(way), both_clocks(lambda: bare_expat(path))) for _ in range(rounds)]
    own = statistics.median(each[0] for each, _ in pairs)
    other = statistics.median(each[0] for _, each in pairs)
    clock, busy = (statistics.median(us[k] / it[k] for us, it in pairs) for k in (0, 1))
    said = f"{name:38s} {own:5.2f} s, expat {other:5.2f} s: {clock:4.2f} times"
    # Other processes' work is not in this one's processor time.
    print(said if "default" in name else f"{said}, {busy:4.2f} by processor time")


def reading(path: Path) -> None:
    print(f"{path.name}: {megabytes(path):.0f} MB of XML, {ROUNDS} rounds")
    ways = {
        "read(level='candidate'), one process": lambda: read(path, "candidate", jobs=1),
        "read(level='candidate'), default": lambda: read(path, "candidate"),
        "condensed table of the build": lambda: condensed(path),
    }
    for name, way in ways.items():
        against_expat(name, way, path, ROUNDS)


def growth(path: Path) -> None:
    """Time and memory for a part of the counts, all, and all of them twice."""
    with zipfile.ZipFile(path) as whole, tempfile.TemporaryDirectory() as folder:
        counts = [name for name in whole.namelist() if name.startswith("Telling")]
        for share in (0.25, 0.5, 1.0, 2.0):
            part = Path(folder) / f"{share}.zip"
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as made:
                for number in range(round(share * len(counts))):
                    name = counts[number % len(counts)]
                    made.writestr(f"{number}-{name}", whole.read(name))
            size = megabytes(part)
            against_expat(
                f"{size:.0f} MB", lambda part=part: read(part, "candidate", jobs=1), part, 3
            )
            total, net, _ = memory(
                "from evaluatie.sources.reading import read\nimport pandas, pyarrow, lxml.etree",
                f"read({str(part)!r}, 'candidate', jobs=1)",
            )
            print(f"{'':38s} peak {total:.0f} MB, {net:.0f} MB above the imports")


def analyses() -> None:
    results = load()
    compared = elections_compared(results.plan)
    counts = load_candidates(elections=compared)
    councils = load_table("list_votes", elections=["GR2026"])
    one = counts[counts["election"] == counts["election"].iloc[0]]
    actions = {
        "load the condensed candidates": lambda: load_candidates(elections=compared),
        "personal votes": lambda: personal_vote(results, candidates=counts),
        "reasons (printed)": lambda: reasons(results),
        "seat margins, every council": lambda: margins_election(councils),
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
    growth(path)
    analyses()
    return 0


if __name__ == "__main__":
    sys.exit(main())
