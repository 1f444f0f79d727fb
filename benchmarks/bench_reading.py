"""Speed and memory of reading counts, side by side with peers in one run.

``python benchmarks/bench_reading.py [--full]``. Inputs are made by repeating the units of a
real count where EVALUATIE_RAW names the raw folder, else those of a synthetic one. Every
ratio is the median over rounds in which the two are timed one after the other, because other
work on the machine disturbs both alike.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import xml.parsers.expat
import zipfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import synthetic_eml as synthetic

from evaluatie.ground.folders import raw_folder

REAL = "eml/Telling_TK2025_gemeente_West_Maas_en_Waal.eml.xml"


def template() -> bytes:
    """A count with about 1,100 candidates: a real one if there is one."""
    raw = raw_folder()
    if raw is not None and (raw / REAL).exists():
        return (raw / REAL).read_bytes()
    names = [f"Lijst {number}" for number in range(1, 25)]
    blocks = [synthetic.station(number, lists=24, candidates=45) for number in range(1, 12)]
    return synthetic.count(blocks, names=names)


def write_large(path: Path, megabytes: float, code: str = "0668") -> int:
    """Repeat the units of the template, each with its own number; return how many.

    The total of the file is multiplied, so that everything adds up.
    """
    content = template()
    first = content.index(b"<ReportingUnitVotes>")
    end = content.rindex(b"</ReportingUnitVotes>") + len(b"</ReportingUnitVotes>")
    times = max(1, round(megabytes * 1e6 / (end - first)))
    own = re.search(rb'AuthorityIdentifier Id="([0-9]{4})"', content)
    assert own is not None
    head = content[:first].replace(own[0], b'AuthorityIdentifier Id="%b"' % code.encode())
    total = head.index(b"<TotalVotes>")
    stated = re.sub(rb">([0-9]+)<", lambda match: b">%d<" % (int(match[1]) * times), head[total:])
    units = content[first:end].split(b"</ReportingUnitVotes>")[:-1]
    number = 0
    with path.open("wb") as stream:
        stream.write(head[:total] + stated)
        for _ in range(times):
            for unit in units:
                number += 1
                name = b'Id="%b::SB%d"' % (code.encode(), number)
                stream.write(re.sub(rb'Id="[0-9]{4}::SB[^"]+"', name, unit, count=1))
                stream.write(b"</ReportingUnitVotes>")
        stream.write(content[end:])
    return number


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def versus(
    name: str, ours: Callable[[], object], theirs: Callable[[], object], size: float, rounds: int
) -> float:
    """Print speeds and the median ratio of speeds (ours / theirs)."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    ratio = statistics.median(other / own for own, other in pairs)
    own, other = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"{name:52s} {size / own:8.1f} MB/s against {size / other:8.1f} MB/s: ratio {ratio:6.2f}")
    return ratio


def expat(path: Path) -> None:
    with path.open("rb") as stream:
        xml.parsers.expat.ParserCreate().ParseFile(stream)


def ours(path: Path, candidates: bool) -> None:
    from evaluatie.sources.eml import read_counts

    with path.open("rb") as stream:
        read_counts(stream.read, file=path.name, candidates=candidates)


def peer(path: Path) -> None:
    from pyeml_bindings import Eml510
    from xsdata.formats.dataclass.parsers import XmlParser

    XmlParser().from_path(path, Eml510)


MEMORY = """
import sys, time
def peak():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
{imports}
before, start = peak(), time.perf_counter()
{action}
print(f"{{peak():.0f}} {{peak() - before:.0f}} {{time.perf_counter() - start:.2f}}")
"""


def memory(imports: str, action: str) -> tuple[float, float, float]:
    """Run in a process of its own: peak memory, peak above the imports (MB), seconds."""
    code = MEMORY.format(imports=imports, action=action)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    total, net, took = done.stdout.split()
    return float(total), float(net), float(took)


def speed(folder: Path, rounds: int) -> None:
    path = folder / "large.xml"
    write_large(path, 30)
    size = path.stat().st_size / 1e6
    versus("summary against bare expat (aim 0.70)", lambda: ours(path, False),
           lambda: expat(path), size, rounds)  # fmt: skip
    versus("every candidate against bare expat (aim 0.35)", lambda: ours(path, True),
           lambda: expat(path), size, rounds)  # fmt: skip
    pretty = folder / "pretty.xml"
    pretty.write_bytes(path.read_bytes().replace(b"><", b">\n  <"))
    versus("  the same, with line breaks and indentation", lambda: ours(pretty, True),
           lambda: expat(pretty), pretty.stat().st_size / 1e6, rounds)  # fmt: skip
    try:
        import pyeml_bindings  # noqa: F401
    except ImportError:
        print("pyeml_bindings is not installed; no comparison")
        return
    small = folder / "small.xml"
    write_large(small, 1.5)
    size = small.stat().st_size / 1e6
    versus("summary against pyeml_bindings (aim 20)", lambda: ours(small, False),
           lambda: peer(small), size, 3)  # fmt: skip
    versus("every candidate against pyeml_bindings", lambda: ours(small, True),
           lambda: peer(small), size, 3)  # fmt: skip


def size_and_memory(folder: Path, full: bool) -> None:
    for megabytes in (10, 100, 1000) if full else (10, 100):
        path = folder / "large.xml"
        units = write_large(path, megabytes)
        for candidates in (False, True):
            action = (
                f"with open({str(path)!r}, 'rb') as stream:\n"
                f"    read_counts(stream.read, file='x', candidates={candidates})"
            )
            total, net, took = memory("from evaluatie.sources.eml import read_counts", action)
            what = "every candidate" if candidates else "summary"
            print(
                f"{what} of {megabytes} MB, {units} units: {took:.2f} s, {megabytes / took:.0f} "
                f"MB/s, peak {total:.0f} MB, {net:.0f} MB above the imports"
            )
        path.unlink()


def parallel(folder: Path, rounds: int) -> None:
    from evaluatie.sources.reading import read

    files = folder / "many"
    files.mkdir()
    for number in range(24):
        write_large(files / f"{number}.xml", 10, f"{1000 + number}")
    archive = folder / "many.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for path in sorted(files.iterdir()):
            made.write(path, path.name)
    size = sum(path.stat().st_size for path in files.iterdir()) / 1e6
    read(files, jobs=2)  # start the workers
    for level in ("polling_station", "candidate"):
        for what, place in (("folder", files), ("zip", archive)):
            versus(f"{what}, {level}: two processes against one (aim 1.7)",
                   lambda place=place, level=level: read(place, level, jobs=2),  # type: ignore[misc]
                   lambda place=place, level=level: read(place, level, jobs=1),  # type: ignore[misc]
                   size, rounds)  # fmt: skip
    shutil.rmtree(files)


def nation(folder: Path, stations: int) -> None:
    """Candidates of a whole election to Parquet, and rates from them."""
    files = folder / "nation"
    files.mkdir()
    municipalities, units = 340, 0
    for number in range(municipalities):
        path = files / f"{number:03d}.xml"
        units += write_large(path, stations / municipalities * 0.138, f"{1000 + number}")
    size = sum(path.stat().st_size for path in files.iterdir()) / 1e6
    print(f"generated election: {units} stations, {municipalities} files, {size:.0f} MB")
    out = folder / "tidy"
    for jobs in (1, 2):
        total, net, took = memory(
            "from evaluatie.sources.reading import ingest",
            f"ingest({str(files)!r}, {str(out)!r}, 'candidate', format='parquet', jobs={jobs})",
        )
        print(
            f"candidates to Parquet, {jobs} process(es): {took:.1f} s, {size / took:.0f} MB/s, "
            f"peak of the main process {total:.0f} MB, {net:.0f} MB above the imports"
        )
    shutil.rmtree(files)
    import pyarrow.dataset as ds

    rows = ds.dataset(out / "candidate_votes", partitioning="hive").count_rows()
    disk = sum(path.stat().st_size for path in out.rglob("*.parquet")) / 1e6
    print(f"{rows:,} rows of candidates, {disk:.0f} MB on disk")


ARCHIVE = "eml/GR2022_510b_315_gemeenten.zip"


def council_records(folder: Path, rounds: int) -> None:
    """The 226 MB of GR2022: every station and candidate of 315 real records."""
    raw = raw_folder()
    if raw is None or not (raw / ARCHIVE).exists():
        print(f"no {ARCHIVE} in the raw folder (EVALUATIE_RAW); no comparison")
        return
    files = folder / "records"
    with zipfile.ZipFile(raw / ARCHIVE) as opened:
        opened.extractall(files)
    paths = sorted(path for path in files.rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in paths) / 1e6
    print(f"{len(paths)} records, {size:.0f} MB")

    def each(read: Callable[[Path], None], some: list[Path]) -> Callable[[], None]:
        return lambda: [read(path) for path in some] and None

    for what, candidates in (("summary", False), ("every candidate", True)):
        versus(f"records, {what}, against bare expat",
               each(lambda path, c=candidates: ours(path, c), paths),  # type: ignore[misc]
               each(expat, paths), size, rounds)  # fmt: skip
    code = "from evaluatie.sources.reading import read"
    for level in ("polling_station", "candidate"):
        total, net, took = memory(code, f"read({str(raw / ARCHIVE)!r}, {level!r}, jobs=1)")
        print(f"zip to tables, {level}: {took:.1f} s, {size / took:.0f} MB/s, peak {total:.0f} MB, "
              f"{net:.0f} MB above the imports")  # fmt: skip
    bare = f"for path in Path({str(files)!r}).rglob('*.xml'):\n    "
    bare += "xml.parsers.expat.ParserCreate().ParseFile(path.open('rb'))"
    total, net, took = memory("import xml.parsers.expat\nfrom pathlib import Path", bare)
    print(
        f"bare expat: {took:.1f} s, {size / took:.0f} MB/s, peak {total:.0f} MB, {net:.0f} MB net"
    )
    try:
        import pyeml_bindings  # noqa: F401
    except ImportError:
        print("pyeml_bindings is not installed; no comparison")
        return
    # Every twentieth record: the peer takes minutes for all.
    some = paths[::20]
    part = sum(path.stat().st_size for path in some) / 1e6
    versus(f"{len(some)} records, every candidate, against pyeml_bindings",
           each(lambda path: ours(path, True), some), each(peer, some), part, 1)  # fmt: skip
    largest = max(some, key=lambda path: path.stat().st_size)
    both = {
        "pyeml_bindings": (
            "from pyeml_bindings import Eml510\n"
            "from xsdata.formats.dataclass.parsers import XmlParser\nfrom pathlib import Path",
            f"XmlParser().from_path(Path({str(largest)!r}), Eml510)",
        ),
        "ours": (
            "from evaluatie.sources.eml import read_counts",
            f"read_counts(open({str(largest)!r}, 'rb').read, file='x', candidates=True)",
        ),
    }
    for name, (imports, action) in both.items():
        total, net, took = memory(imports, action)
        print(f"largest of these, {largest.stat().st_size / 1e6:.1f} MB, {name}: {took:.2f} s, "
              f"peak {total:.0f} MB, {net:.0f} MB above the imports")  # fmt: skip


def main() -> None:
    """Run all, or what ``--only`` names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="1 GB and 10,000 stations")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["speed", "size", "parallel", "nation", "records"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts: dict[str, Callable[[], None]] = {
            "speed": lambda: speed(folder, chosen.rounds),
            "size": lambda: size_and_memory(folder, chosen.full),
            "parallel": lambda: parallel(folder, chosen.rounds),
            "records": lambda: council_records(folder, chosen.rounds),
            "nation": lambda: nation(folder, 10_000 if chosen.full else 1_000),
        }
        for part, run in parts.items():
            if chosen.only in (None, part):
                run()


if __name__ == "__main__":
    main()
