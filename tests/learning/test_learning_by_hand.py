"""Within, the return and exposure on synthetic counts whose answers follow by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evaluatie.answers.effect import placebos
from evaluatie.answers.learning import learning
from evaluatie.answers.learning.exposure import panel_of
from evaluatie.counts import Results
from evaluatie.plan import Question

BALLOTS = 10_000
ELECTIONS = ("TK2023", "TK2025", "GR2022", "GR2026")
# Code, name, ballots, and invalid votes per 10,000 at the four elections.
TREATED = (
    ("GM0484", "Alphen aan den Rijn", BALLOTS, (20, 50, 20, 50)),
    ("GM1842", "Midden-Delfland", 3 * BALLOTS, (10, 60, 10, 60)),
)
BORNE = ("GM0147", "Borne", BALLOTS, (20, 60, 30, 40))  # went back at GR2026
# Elsewhere nothing moved from TK2023 to TK2025, and 10 in 10,000 from GR2022 to GR2026.
ELSEWHERE = tuple(
    (f"GM80{i:02}", f"Elders {i}", BALLOTS, (20, 20 + move, 20, 30 + move))
    for i, move in enumerate((0, 2, -2, 4, -4, 1, -1, 3, -3, 5, -5, 0))
)

Unit = tuple[str, str, int, tuple[int | None, ...]]


@pytest.fixture
def counted(make_results: Callable[..., Results]) -> Callable[..., Results]:
    def make(*units: Unit) -> Results:
        return make_results(
            *(
                (election, code, name, "official", 2 * n, n, n - x, 0, x, x)
                for code, name, n, shares in units
                for election, share in zip(ELECTIONS, shares, strict=True)
                if share is not None
                for x in [share * n // BALLOTS]
            )
        )

    return make


@pytest.mark.parametrize(
    ("weights", "before", "after"),
    # Excesses 30 and 50 at TK2025; 30 and 50 less the 10 of elsewhere at GR2026.
    [("voters", (30 + 3 * 50) / 4, (20 + 3 * 40) / 4), ("municipalities", 40, 30)],
)
def test_within_is_the_difference_of_weighted_excesses(
    counted: Callable[..., Results], weights: str, before: float, after: float
) -> None:
    made = learning(counted(*TREATED, *ELSEWHERE), "within", weights=weights)
    pooled = made.table[made.table["unit"] == "pooled"].set_index("scale")
    assert pooled.loc["points", "estimate"] == pytest.approx((after - before) / BALLOTS)
    assert pooled.loc["ratio", "estimate"] == pytest.approx(after / before)
    assert pooled["n_units"].tolist() == [2, 2]
    assert pooled["n_comparison"].tolist() == [12, 12]
    assert pooled["to_use"].tolist() == [3, 3]  # EP2024 was the first
    alone = made.table[(made.table["unit"] != "pooled") & (made.table["scale"] == "points")]
    assert alone["municipality"].tolist() == ["Alphen aan den Rijn", "Midden-Delfland"]
    assert alone["estimate"].tolist() == pytest.approx([-10 / BALLOTS] * 2)
    points = made.parts["detail"]
    assert points["election"].tolist() == ["TK2025", "GR2026"] * 3
    assert points["estimate"].iloc[:2].tolist() == pytest.approx([before / 1e4, after / 1e4])
    said = made.statements[0]
    assert said.key == "learning.within_counts"
    assert said.values["names"] == "Alphen aan den Rijn, Midden-Delfland"


def test_what_is_left_after_the_return_is_the_change_net_of_elsewhere(
    counted: Callable[..., Results],
) -> None:
    table = placebos(counted(*TREATED, BORNE, *ELSEWHERE)).table
    rows = table[(table["check"] == "reversal") & (table["election"] == "GR2026")]
    assert rows["who"].tolist() == ["Borne"]
    assert rows["estimate"].tolist() == pytest.approx([0], abs=1e-12)  # 40 - 30, as elsewhere
    assert rows["n_comparison"].tolist() == [12]  # nobody that met the ballot


def test_the_panel_numbers_uses_and_leaves_out_whom_the_plan_does(
    counted: Callable[..., Results],
) -> None:
    gorinchem = ("GM0512", "Gorinchem", BALLOTS, (20, 20, 20, 30))  # voted again at GR2026
    soest = ("GM0342", "Soest", BALLOTS, (20, 20, None, 50))  # new, and without a baseline
    results = counted(*TREATED, BORNE, gorinchem, soest, *ELSEWHERE)
    panel = panel_of(results, Question.of(results.counted_plan))
    assert panel.elections == ("GR2022", "TK2023", "TK2025", "GR2026")
    row = {code: position for position, code in enumerate(panel.codes)}
    assert panel.use[row["GM0484"]].tolist() == [0, 0, 2, 3]
    assert panel.use[row["GM0147"]].tolist() == [0, 0, 2, 0]
    assert panel.back.sum() == 1
    assert panel.back[row["GM0147"], 3]
    assert panel.counts[row["GM0147"]].tolist() == [30, 20, 60, 40]
    assert np.isnan(panel.counts[row["GM0512"]]).tolist() == [False, False, False, True]
    assert np.isnan(panel.counts[row["GM0342"]]).tolist() == [True, False, False, True]
