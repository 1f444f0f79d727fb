"""What tests share: one run of the analyses, one report, the raw folder, small results tables.

What takes long is made once in a run, whichever worker comes first, and is read-only.
"""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pytest
from analysed import analysed, copy_files
from filelock import FileLock
from hypothesis import settings

from evaluatie.answers.run import Run
from evaluatie.counts import Results
from evaluatie.counts.checking import check_table
from evaluatie.counts.schema import TABLES
from evaluatie.ground.folders import RAW_VARIABLE, raw_folder
from evaluatie.report import making as reporting
from evaluatie.report import study

# A machine that is busy makes no test fail, and neither does an example that nobody met before:
# the same examples every time. Look for new ones with --hypothesis-profile=explore.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("fixed")

# Workers run side by side already: processes of their own would only wait on each other, and read
# everything again. What is about several processes asks for them.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")

Made = TypeVar("Made")
Once = Callable[[str, Callable[[Path], Made]], Made]

LONGEST = (
    *("test_report.py", "test_howto.py", "test_plots_layout.py", "test_build.py"),
    *("test_docs.py", "test_cli_beyond.py", "test_proof.py", "test_printed.py"),
    *("test_contributing.py", "test_accessible.py", "test_export.py", "test_json_schemas.py"),
    *("test_reading.py", "test_summary.py", "test_missing.py", "test_mutations.py"),
    *("test_own_tables.py", "test_boards.py", "test_decomposition.py", "test_baselines.py"),
    *("test_next_election.py", "test_sensitivity.py", "test_power.py", "test_size.py"),
)
"""Files of tests that take longest, as ``pytest --durations=80`` measures.

The first makes the report; those in the second row and before it ask for none, so that nobody waits
for it.
"""
SHARED = "EVALUATIE_SHARED_BY_TESTS"
COUNTS = ("eligible", "ballots", "valid", "blank", "invalid", "rejected")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # A worker takes whole files in this order: the last one to finish should have a short one.
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else 99)
    if config.getoption("--slow"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


@pytest.fixture(scope="session")
def raw() -> Path:
    """The folder with raw source files; tests that need it skip where it is absent."""
    folder = raw_folder()
    if folder is None:
        pytest.skip(f"{RAW_VARIABLE} names no folder with raw source files")
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what is made once in this run; a run inside a test is told of it."""
    if named := os.environ.get(SHARED):
        return Path(named)
    root = tmp_path_factory.getbasetemp()
    # Every worker has its own folder in that of the run.
    return root.parent if os.environ.get("PYTEST_XDIST_WORKER") else root


@pytest.fixture(scope="session")
def shared_too(shared: Path) -> dict[str, str]:
    """Variables that tell a run inside a test of that folder."""
    return {SHARED: str(shared)}


@pytest.fixture(scope="session")
def once(shared: Path) -> Once[object]:
    """Make something in a folder of its own once in this run, for all workers together.

    ``once(name, make)`` returns what ``make(folder)`` returned, here or in another worker.
    """

    def make_or_wait(name: str, make: Callable[[Path], Made]) -> Made:
        folder, kept = shared / f"shared-{name}", shared / f"shared-{name}.pickle"
        with FileLock(shared / f"shared-{name}.lock"):
            if not kept.exists():
                shutil.rmtree(folder, ignore_errors=True)  # left by a worker that failed
                folder.mkdir()
                kept.write_bytes(pickle.dumps(make(folder)))
                for path in [*folder.rglob("*"), folder]:
                    path.chmod(0o555 if path.is_dir() else 0o444)
        made: Made = pickle.loads(kept.read_bytes())
        return made

    return make_or_wait


@pytest.fixture(scope="session")
def sheet_results(once: Once[Run]) -> Run:
    """Results of the analyses that a sheet of a municipality shows, and of no other."""

    def make(folder: Path) -> Run:
        study.run(folder, only=reporting.SHEET_ANALYSES)
        return Run(folder)

    return once("sheet-results", make)


@pytest.fixture(scope="session")
def finished(once: Once[Run], sheet_results: Run) -> Run:
    """Results of all analyses on the shipped counts."""

    def make(folder: Path) -> Run:
        copy_files(sheet_results.folder, folder)
        study.run(folder, only=sorted({*study.scripts()} - {*reporting.SHEET_ANALYSES}))
        return Run(folder)

    return once("results", make)


@pytest.fixture(scope="session")
def finished_of(once: Once[Run]) -> Callable[[str], Run]:
    """Results of all analyses on the counts of one election and its baseline."""

    def results(election: str) -> Run:
        def make(folder: Path) -> Run:
            study.run(folder, elections=[election])
            return Run(folder)

        return once(f"results-{election}", make)

    return results


@pytest.fixture(scope="session")
def reports(once: Once[reporting.MadeReport], finished: Run) -> reporting.MadeReport:
    """The report in both languages and all formats, from :func:`finished`."""

    def make(folder: Path) -> reporting.MadeReport:
        with analysed(finished):
            return reporting.make_report(
                folder / "report",
                lang=tuple(reporting.DOCUMENTS),
                formats=reporting.FORMATS,
                engine="embedded",
            )

    return once("reports", make)


@pytest.fixture
def make_results() -> Callable[..., Results]:
    """Build synthetic results from short rows: (election, code, name, vintage, counts…)."""

    def make(*rows: tuple[object, ...], vintage: str = "best") -> Results:
        names = ["election", "municipality_code", "municipality", "vintage", *COUNTS]
        frame = pd.DataFrame(list(rows), columns=names).assign(source="synthetic")
        text = frame.astype("object").where(frame.notna(), None)
        return Results(check_table(text, TABLES["municipal_results"]), vintage=vintage)  # type: ignore[arg-type]

    return make
