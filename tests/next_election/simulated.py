"""Elections that have not been held, simulated: invented counts, for tests only.

Municipalities and their sizes are those of the latest shipped election; every count is drawn
from a model with known truth. Nothing here is a result of any election.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import evaluatie

SOURCE = "synthetic"
FIRST_USE, LATER_USE = 0.0025, 0.0015
"""What the simulated nationwide ballot adds to the share of invalid votes."""

PS2027 = """\
[elections]
PS2027 = { kind = "PS", date = 2027-03-17 }
"""
EP2029 = """\
[elections]
EP2029 = { kind = "EP", date = 2029-06-07, baseline = "EP2019" }
[new_ballot]
EP2029 = "nationwide"
"""


def old_ballot(election: str, seed: int) -> pd.DataFrame:
    """Counts of every municipality with the usual ballot: 0.2% invalid on average."""
    rng = np.random.default_rng(seed)
    rows = municipalities()
    return counted(rows, election, rng.normal(0.002, 0.0003, len(rows)), rng)


def new_ballot_everywhere(election: str, seed: int) -> pd.DataFrame:
    """Counts with the new ballot in every municipality: the share of EP2019 and the effect."""
    rng = np.random.default_rng(seed)
    rows = municipalities()
    before = evaluatie.load("EP2019").shares("invalid").set_index("municipality_code")["share"]
    usual = rows["municipality_code"].map(before).astype("float64")
    plan = evaluatie.load_design()
    met = [plan.exposure(code, "GR2026") > 0 for code in rows["municipality_code"]]
    added = np.where(met, LATER_USE, FIRST_USE)
    drift = rng.normal(0.0, 0.0002, len(rows))
    return counted(rows, election, usual.fillna(usual.median()) + added + drift, rng)


def municipalities() -> pd.DataFrame:
    """Code, name and number of voters of the municipalities of the latest shipped election."""
    codes = evaluatie.load_table("municipality_codes")
    rows = codes[codes["election"] == "GR2026"].reset_index(drop=True)
    sizes = evaluatie.load_table("covariates").set_index("municipality_code")["population"]
    eligible = rows["municipality_code"].map(sizes).astype("Float64").fillna(20_000) * 0.78
    return rows.assign(eligible=eligible.astype("int64"))[
        ["municipality_code", "municipality", "eligible"]
    ]


def counted(
    rows: pd.DataFrame, election: str, share: object, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the counts of an election, one row a municipality."""
    chance = np.clip(np.asarray(share, dtype=float), 1e-5, 0.5)
    eligible = rows["eligible"].to_numpy()
    ballots = rng.binomial(eligible, 0.55)
    invalid = rng.binomial(ballots, chance)
    blank = rng.binomial(ballots, 0.0015)
    return rows.assign(
        election=election,
        vintage="official",
        ballots=ballots,
        valid=ballots - invalid - blank,
        blank=blank,
        invalid=invalid,
        rejected=invalid + blank,
        source=SOURCE,
    )


def folder(path: Path, plan: str, counts: pd.DataFrame) -> Path:
    """Write a user's data folder: a plan and a table of counts."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "design.toml").write_text(plan, "utf-8")
    counts.to_csv(path / "municipal_results.csv", index=False)
    return path
