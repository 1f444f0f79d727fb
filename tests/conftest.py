"""What tests share: the raw folder, small results tables, the --slow switch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from evaluatie.places import RAW_VARIABLE, raw_folder
from evaluatie.results import Results
from evaluatie.schema import TABLES, check_table

COUNTS = ("eligible", "ballots", "valid", "blank", "invalid", "rejected")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
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


@pytest.fixture
def make_results() -> Callable[..., Results]:
    """Build synthetic results from short rows: (election, code, name, vintage, counts…)."""

    def make(*rows: tuple[object, ...], vintage: str = "best") -> Results:
        names = ["election", "municipality_code", "municipality", "vintage", *COUNTS]
        frame = pd.DataFrame(list(rows), columns=names).assign(source="synthetic")
        text = frame.astype("object").where(frame.notna(), None)
        return Results(check_table(text, TABLES["municipal_results"]), vintage=vintage)  # type: ignore[arg-type]

    return make
