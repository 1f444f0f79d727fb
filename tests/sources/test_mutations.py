"""Damaged files give results, or EvaluatieError; never anything else, never other sums silently."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import mutating
import pandas as pd
import pytest
import synthetic_eml as synthetic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluatie.ground.errors import EvaluatieError
from evaluatie.sources.documents import Document
from evaluatie.sources.eml import read_counts
from evaluatie.sources.eml_lists import read_candidates, read_result
from evaluatie.sources.intake import Item, Options, expand, read_item
from evaluatie.sources.osv import read_osv
from evaluatie.sources.user_tables import read_office_table

SEEDS = st.integers(min_value=0, max_value=2**48)
COMMITTED = Path(__file__).parent / "data" / "synthetic_510b.eml.xml"
CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus"


def eml(content: bytes) -> Document:
    return read_counts(io.BytesIO(content).read, file="x", candidates=True)


def eml_summary(content: bytes) -> Document:
    return read_counts(io.BytesIO(content).read, file="x")


def osv(content: bytes) -> Document:
    return read_osv(content, file="x", candidates=True)


READERS: dict[str, tuple[bytes, Callable[[bytes], Document]]] = {
    "eml": (COMMITTED.read_bytes(), eml),
    "eml summary": (COMMITTED.read_bytes(), eml_summary),
    "eml pretty": (synthetic.count(pretty=True), eml),
    "osv": (synthetic.osv(), osv),
    "osv re-saved": (synthetic.osv(quoted=False), osv),
}


def run(content: bytes, read: Callable[[bytes], Document], examples: int) -> Counter[str]:
    original = mutating.sums(read(content))
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(SEEDS)
    def property_holds(seed: int) -> None:
        start = time.process_time()
        outcomes[mutating.check(mutating.mutate(content, seed), read, original)] += 1
        assert time.process_time() - start < 30, "a hang"

    property_holds()
    return outcomes


@pytest.mark.parametrize("name", READERS)
def test_damaged_synthetic_files(name: str) -> None:
    outcomes = run(*READERS[name], examples=200)
    assert outcomes["refused"] > 20
    assert outcomes["told"] > 5


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_damaged_synthetic_files_many_thousand_times(name: str) -> None:
    outcomes = run(*READERS[name], examples=20_000)
    assert min(outcomes[each] for each in ("refused", "told", "same")) > 100


def real(raw: Path, name: str) -> tuple[bytes, Callable[[bytes], Document]]:
    if name == "osv":
        path = raw / "osv" / "osv4-3_telling_tk2025_gemeente_westmaasenwaal.csv"
        return path.read_bytes(), osv
    with zipfile.ZipFile(raw / "eml" / "EML_bestanden_TK2021_deel_1.zip") as archive:
        content = archive.read("Telling_TK2021_kieskring_Amsterdam.eml.xml")
    return content, eml if name == "eml" else eml_summary


@pytest.mark.raw
@pytest.mark.parametrize("name", ["eml", "eml summary", "osv"])
def test_damaged_real_files(raw: Path, name: str) -> None:
    outcomes = run(*real(raw, name), examples=60)
    assert outcomes["refused"] > 5


@pytest.mark.raw
@pytest.mark.slow
@pytest.mark.parametrize("name", ["eml", "eml summary", "osv"])
def test_damaged_real_files_many_thousand_times(raw: Path, name: str) -> None:
    outcomes = run(*real(raw, name), examples=5_000)
    assert outcomes["refused"] > 500


def run_own(examples: int) -> Counter[str]:
    outcomes: Counter[str] = Counter()

    @settings(max_examples=examples, deadline=None, database=None)
    @given(SEEDS)
    def property_holds(seed: int) -> None:
        outcomes[mutating.check_own(mutating.mutate(mutating.OWN, seed))] += 1

    property_holds()
    return outcomes


def test_damaged_tables_of_ones_own_give_no_count_that_is_not_there() -> None:
    outcomes = run_own(300)
    assert outcomes["refused"] > 20
    assert outcomes["same"] > 5


@pytest.mark.slow
def test_damaged_tables_of_ones_own_many_thousand_times() -> None:
    assert run_own(20_000)["refused"] > 1_000


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*")), ids=lambda path: path.name)
def test_cases_that_were_found_before(path: Path) -> None:
    """Everything the fuzzer or hypothesis ever found stays a test."""
    content = path.read_bytes()
    for read in (eml, eml_summary, osv):
        mutating.check(content, read, None)
    for other in (read_candidates, read_result):
        with contextlib.suppress(EvaluatieError):
            other(io.BytesIO(content).read)
    mutating.check_own(content)
    for kind in ("ods", "xlsx"):
        with contextlib.suppress(EvaluatieError):
            read_office_table(mutating.sheet_of(content, kind), file="x")
    item = Item(str(path), len(content), "x")
    assert read_item(item, Options("keep")).status in ("read", "refused", "no counts")


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.eml.xml", synthetic.count())
        made.writestr("b.csv", synthetic.osv())
    return buffer.getvalue()


def _table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "election": ["TK2099"] * 2,
            "municipality_code": ["GM9998", "GM9997"],
            "municipality": ["Verzonnen Dam", "Verzonnen Wal"],
            "vintage": "official",
            "ballots": [103, 55],
            "valid": [100, 50],
            "blank": [2, 3],
            "invalid": [1, 2],
            "source": "synthetic",
        }
    )


def _written(kind: str) -> bytes:
    buffer = io.BytesIO()
    frame = _table()
    if kind == "parquet":
        frame.to_parquet(buffer, index=False)
    elif kind == "csv":
        frame.to_csv(buffer, index=False)
    else:
        engine = "openpyxl" if kind == "xlsx" else "odf"
        frame.to_excel(buffer, index=False, engine=engine)  # type: ignore[call-overload]
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["zip", "csv", "parquet", "xlsx", "ods"])
def test_damaged_archives_and_tables(tmp_path: Path, kind: str) -> None:
    content = _archive() if kind == "zip" else _written(kind)
    path = tmp_path / "a"

    def statuses(damaged: bytes) -> list[str]:
        path.write_bytes(damaged)
        return [read_item(item, Options(candidates="keep")).status for item in expand([path])]

    assert set(statuses(content)) == {"read"}
    outcomes: Counter[str] = Counter()

    @settings(max_examples=80, deadline=None, database=None)
    @given(SEEDS)
    def property_holds(seed: int) -> None:
        outcomes.update(statuses(mutating.mutate(content, seed)))

    property_holds()
    assert outcomes["refused"] > 5


@pytest.mark.raw
@pytest.mark.parametrize(
    "name",
    [
        "official/Uitslag_alle_gemeenten_TK20210317.csv",
        "official/TK2010_alle_gemeenten.csv",
        "official/uitslag_TK20210317_Nederland.csv",
        "provisional/GR2026_GR2022_nos_258_gemeenten.csv",
    ],
)
def test_damaged_tables_of_others(raw: Path, tmp_path: Path, name: str) -> None:
    content = (raw / name).read_bytes()
    path = tmp_path / "TK2021.csv"

    @settings(max_examples=20, deadline=None, database=None)
    @given(SEEDS)
    def property_holds(seed: int) -> None:
        path.write_bytes(mutating.mutate(content, seed))
        piece = read_item(Item(str(path), len(content), "x"), Options())
        assert piece.status in ("read", "refused", "no counts")

    property_holds()
