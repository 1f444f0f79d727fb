"""Synthetic counts for real municipalities, with learning of a known size in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluatie.experiment import load_design
from evaluatie.learning import LearningResult, learning
from evaluatie.results import Results, load

LEVELS = {"TK2023": 0.0020, "TK2025": 0.0025, "GR2022": 0.0021, "GR2026": 0.0022}
"""Shares with the usual ballot, the same in every municipality: synthetic."""


@pytest.fixture(scope="session")
def real() -> Results:
    """The counts that ship."""
    return load()


@pytest.fixture(scope="session")
def learned(real: Results) -> Callable[[str], LearningResult]:
    """Every estimand on the counts that ship, computed once."""

    @cache
    def make(estimand: str) -> LearningResult:
        return learning(real, estimand)

    return make


@pytest.fixture(scope="session")
def pretend(real: Results) -> Callable[..., Results]:
    """Replace invalid votes by synthetic ones: level + excess by number of use, real sizes."""
    plan = load_design()

    def make(
        excess: Mapping[int, float],
        *,
        back: float = 0.0,
        seed: int | None = None,
        factor: bool = False,
        spread: float = 0.0,
    ) -> Results:
        rows = real.rows[real.rows["election"].isin(LEVELS)].copy()
        rng = np.random.default_rng(seed)
        known = rows["ballots"].notna() & rows["invalid"].notna()
        own = {code: rng.normal(0, spread) for code in plan.municipalities} if spread else {}
        shares = []
        for election, code in zip(rows["election"], rows["municipality_code"], strict=True):
            # A hair of difference between municipalities, so that there is a variance.
            share = LEVELS[election] * (1 + 3e-4 * (int(code[2:]) % 3 - 1))
            extra = 0.0
            if code in plan.treated(election):
                extra = excess[plan.exposure(code, election)] + own.get(code, 0.0)
            elif plan.exposure(code, election):
                extra = back
            shares.append(share * extra if factor and extra else share + (0 if factor else extra))
        ballots = rows["ballots"].fillna(0).to_numpy("float64")
        p = np.clip(np.array(shares), 1e-6, 1)
        # Without a seed the expected counts, on a scale where rounding does not matter.
        scale = 1 if seed is not None else 10_000
        drawn = rng.binomial(ballots.astype(int), p) if seed is not None else ballots * scale * p
        for column in ("eligible", "ballots", "valid", "blank", "rejected"):
            rows[column] = (rows[column] * scale).astype("Int64")
        invalid = pd.Series(np.round(drawn), index=rows.index).astype("Int64")
        rows["invalid"] = invalid.where(known, pd.NA)
        return Results(rows.reset_index(drop=True), "official")

    return make


@pytest.fixture
def with_changed(tmp_path: Path) -> Path:
    """A user's folder with other counts of one municipality (invented)."""
    (tmp_path / "municipal_results.csv").write_text(
        "election,municipality_code,municipality,vintage,"
        "eligible,ballots,valid,blank,invalid,rejected,source\n"
        "GR2026,GM0755,Boekel,official,9000,4805,4746,16,43,59,invented\n",
        "utf-8",
    )
    return tmp_path
