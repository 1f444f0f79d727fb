"""What R, Polars and plain pandas need to read tables and results: nothing of the package."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

import evaluatie
from evaluatie.ground.folders import bundled

SCRIPT = Path(__file__).with_name("rate_and_effect.R")
COUNTS = bundled("data") / "municipal_results.csv"
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def own() -> tuple[float, float]:
    """The rate and the effect as the package has them."""
    results = evaluatie.load()
    rates = evaluatie.rates(results.where("TK2023"), "invalid", by="election").table
    made = evaluatie.effect(results, "TK2025", "rejected", vintage="official")
    row = made.table.iloc[0]
    assert (row["vintage"], row["unit"], row["n_treated"]) == ("official", "pooled", 5)
    return float(rates["estimate"].iloc[0]), float(row["estimate"])


def treated() -> list[str]:
    return list(evaluatie.load_design().treated("TK2025"))


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not on the PATH")
def test_base_r_reproduces_a_rate_and_an_effect(own: tuple[float, float]) -> None:
    words = ["Rscript", "--vanilla", str(SCRIPT), str(COUNTS), ",".join(treated())]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    rate, effect = map(float, done.stdout.split())
    assert rate == pytest.approx(own[0], rel=0, abs=TOLERANCE)
    assert effect == pytest.approx(own[1], rel=0, abs=TOLERANCE)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_polars_reproduces_them_too(own: tuple[float, float], form: str, tmp_path: Path) -> None:
    pl = pytest.importorskip("polars", reason="polars is not installed: nox -s interop")
    if form == "csv":
        counts = pl.read_csv(COUNTS)
    else:
        made = tmp_path / "counts.parquet"
        evaluatie.load_table("municipal_results").to_parquet(made, index=False)
        counts = pl.read_parquet(made)
    counts = counts.filter(pl.col("vintage") == "official")
    now, before = (counts.filter(pl.col("election") == each) for each in ("TK2025", "TK2023"))
    rate = before["invalid"].sum() / before["ballots"].sum()
    change = pl.col("rejected") / pl.col("ballots")
    earlier = pl.col("rejected_before") / pl.col("ballots_before")
    both = (
        now.join(before, on="municipality_code", suffix="_before")
        .filter(pl.col("municipality_code") < "GM9")
        .with_columns(change=change - earlier, new=pl.col("municipality_code").is_in(treated()))
    )
    weighted = (pl.col("change") * pl.col("ballots")).sum() / pl.col("ballots").sum()
    means = both.group_by("new").agg(mean=weighted).sort("new")["mean"].to_list()
    assert rate == pytest.approx(own[0], rel=0, abs=TOLERANCE)
    assert means[1] - means[0] == pytest.approx(own[1], rel=0, abs=TOLERANCE)


def test_results_are_plain_pandas() -> None:
    results = evaluatie.load("TK2023")
    table = evaluatie.rates(results, "invalid", by="municipality").table
    for frame in (results.frame, table):
        assert type(frame) is pd.DataFrame
        assert isinstance(frame.index, pd.RangeIndex)
        assert all(isinstance(name, str) for name in frame.columns)
        assert not frame.attrs
    # Whole numbers stay whole numbers where some are unknown.
    assert str(results.frame["ballots"].dtype) == "Int64"
