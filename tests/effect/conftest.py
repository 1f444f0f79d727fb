"""Synthetic pairs of elections on the real plan: treated codes, invented counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import Across, across, effect, event_study, placebos
from evaluatie.counts import Results, load
from evaluatie.plan import load_design


@pytest.fixture(scope="session")
def shipped() -> Results:
    return load()


@pytest.fixture(scope="session")
def ep2024(shipped: Results) -> Answer:
    return effect(shipped, "EP2024")


@pytest.fixture(scope="session")
def elections(shipped: Results) -> Across:
    return across(shipped, "invalid")


@pytest.fixture(scope="session")
def study(shipped: Results) -> Answer:
    return event_study(shipped)


@pytest.fixture(scope="session")
def checks(shipped: Results) -> Answer:
    return placebos(shipped)


@pytest.fixture
def pair(make_results: Callable[..., Results]) -> Callable[..., Results]:
    """Build TK2023 and TK2025 for the five and ``n`` invented municipalities.

    Counts are Poisson around a share of 0.2%, plus ``effect`` for the treated at TK2025.
    """

    def make(
        n: int = 30,
        effect: float = 0.002,
        seed: int = 1,
        vintage: str = "official",
        drop: tuple[tuple[str, str], ...] = (),
        zero: bool = False,
    ) -> Results:
        rng = np.random.default_rng(seed)
        plan = load_design()
        treated = plan.treated("TK2025")
        codes = [*treated, *(f"GM{8000 + i}" for i in range(n))]
        rows = []
        for election in ("TK2023", "TK2025"):
            for code in codes:
                ballots = int(rng.integers(5_000, 60_000))
                share = 0.002 + (effect if election == "TK2025" and code in treated else 0.0)
                invalid = 0 if zero else int(rng.poisson(share * ballots))
                blank = int(rng.poisson(0.002 * ballots))
                if (election, code) in drop:
                    continue
                valid = ballots - invalid - blank
                name = plan.municipalities.get(code, f"Synthetic {code}")
                counts = (ballots + 5_000, ballots, valid, blank, invalid, invalid + blank)
                kind = vintage if election == "TK2025" else "official"
                rows.append((election, code, name, kind, *counts))
        return make_results(*rows)

    return make
