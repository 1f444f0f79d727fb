"""Every table and sentence of the evaluation, held to what was committed on purpose.

When a change of the counts or of a method is meant, run ``python tests/test_backtest.py`` and
commit the differences with the reason. Nothing else writes these files.
"""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluatie.answers.run import Run
from evaluatie.ground.tables import to_csv
from evaluatie.report import exhibits, study

EXPECTED = Path(__file__).parent / "expected"
SENTENCES = EXPECTED / "sentences.json"
# Checksums of files, which other tests hold, and what differs from the shipped counts.
TABLES = sorted(set(exhibits.TABLES) - {"sources", "changed"})


def _text(done: Run, name: str) -> str:
    return to_csv(exhibits.table(name, done).frame)


def _read(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text))


def _sentences(done: Run) -> dict[str, dict[str, str]]:
    said = {name: done.result(name) for name in done.names("") if name != "published"}
    return {name: result["sentence"] for name, result in said.items() if "sentence" in result}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_what_it_was(finished: Run, name: str) -> None:
    expected = _read((EXPECTED / f"{name}.csv").read_text("utf-8"))
    found = _read(_text(finished, name))
    assert list(found) == list(expected)
    assert len(found) == len(expected)
    for column in expected:
        if pd.api.types.is_numeric_dtype(expected[column]):
            # Other versions of numpy and scipy may differ in the last digits.
            np.testing.assert_allclose(
                found[column].astype("float64"),
                expected[column].astype("float64"),
                rtol=1e-6,
                atol=1e-12,
                err_msg=column,
            )
        else:
            assert found[column].fillna("").tolist() == expected[column].fillna("").tolist()


def test_every_sentence_is_what_it_was(finished: Run) -> None:
    expected = json.loads(SENTENCES.read_text("utf-8"))
    found = _sentences(finished)
    assert set(found) == set(expected)
    assert {k: v for k, v in found.items() if v != expected[k]} == {}


def test_nothing_is_kept_that_is_no_longer_there() -> None:
    assert {path.stem for path in EXPECTED.glob("*.csv")} == set(TABLES)


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        study.run(Path(scratch))
        results = Run(Path(scratch))
        for table in TABLES:
            (EXPECTED / f"{table}.csv").write_text(_text(results, table), "utf-8")
        said = json.dumps(_sentences(results), ensure_ascii=False, indent=1, sort_keys=True)
        SENTENCES.write_text(said + "\n", "utf-8")
