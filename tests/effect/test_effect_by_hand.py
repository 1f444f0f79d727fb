"""From a table of counts to the printed effect, with numbers that can be done in the head.

Two municipalities with the new ballot (Aa, Bee) and three to compare with (Ka, El, Em); shares
are in per mille of ballots:

=====  ==========  =======  ==========  =======  ======
place  1000s then  invalid  1000s now   invalid  change
=====  ==========  =======  ==========  =======  ======
Aa             10       20          10       70      +5
Bee            30       60          30      120      +2
Ka             20       40          20       60      +1
El             40       80          60      180      +1
Em             10       30          20       60       0
=====  ==========  =======  ==========  =======  ======
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import effect, pooled
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import load_design

BEFORE, AFTER = "TK2023", "TK2025"
NEW = {"GM9101": "Aa", "GM9102": "Bee"}
USUAL = {"GM9201": "Ka", "GM9202": "El", "GM9203": "Em"}
COUNTS = {
    "Aa": (10_000, 20, 10_000, 70),
    "Bee": (30_000, 60, 30_000, 120),
    "Ka": (20_000, 40, 20_000, 60),
    "El": (40_000, 80, 60_000, 180),
    "Em": (10_000, 30, 20_000, 60),
}
PRIMARY = ("variance-weighted t",)


@pytest.fixture
def two(make_results: Callable[..., Results]) -> Callable[..., Results]:
    """The table above under a plan that gave Aa and Bee the new ballot."""

    def make(lacking: tuple[str, ...] = (), vintage: str = "official") -> Results:
        names = {name: code for code, name in (NEW | USUAL).items()}
        rows = []
        for name, (n0, x0, n1, x1) in COUNTS.items():
            pairs = [(AFTER, n1, x1, vintage)]
            pairs += [] if name in lacking else [(BEFORE, n0, x0, "official")]
            for election, n, x, kind in pairs:
                rows.append((election, names[name], name, kind, n, n, n - x, 0, x, x))
        plan = replace(
            load_design(),
            municipalities=NEW,
            history={AFTER: tuple(NEW)},
            new_ballot={AFTER: tuple(NEW)},
            sha256="two by hand",
        )
        return replace(make_results(*rows), plan=plan)

    return make


def per_mille(made: Answer) -> float:
    return 1000 * float(pooled(made)["estimate"].item())


def test_per_voter_and_per_municipality(two: Callable[..., Results]) -> None:
    results = two()
    # Treated by ballots: (10 × 5 + 30 × 2) / 40 = 2.75; others (20 + 60 + 0) / 100 = 0.8.
    assert per_mille(effect(results, AFTER, methods=PRIMARY)) == pytest.approx(2.75 - 0.8)
    each = effect(results, AFTER, methods=PRIMARY, weights="municipalities")
    assert per_mille(each) == pytest.approx(3.5 - 2 / 3)


def test_rows_by_municipality_and_what_they_rest_on(two: Callable[..., Results]) -> None:
    made = effect(two(), AFTER, methods=PRIMARY)
    own = made.table.set_index("municipality")["estimate"]
    assert 1000 * own["Aa"] == pytest.approx(5 - 0.8)
    assert 1000 * own["Bee"] == pytest.approx(2 - 0.8)
    row = pooled(made).iloc[0]
    assert (row["n_treated"], row["n_comparison"]) == (2, 3)
    assert (row["vintage"], row["baseline_vintage"]) == ("official", "official")
    changes = made.parts["changes"].set_index("municipality")
    assert changes["group"].to_dict() == {
        **dict.fromkeys(("Aa", "Bee"), "treated"),
        **dict.fromkeys(("Ka", "El", "Em"), "comparison"),
    }
    assert changes.loc["El", ["count_before", "ballots_after"]].tolist() == [80, 60_000]
    assert "provisional-counts" not in made.assumptions


def test_who_has_no_baseline_is_left_out_by_name(two: Callable[..., Results]) -> None:
    made = effect(two(lacking=("Aa",)), AFTER, methods=PRIMARY)
    assert per_mille(made) == pytest.approx(2 - 0.8)
    assert pooled(made)["n_treated"].item() == 1
    assert made.left_out[["municipality", "reason"]].to_numpy().tolist() == [["Aa", "no_baseline"]]
    assert "treated-missing" in made.assumptions
    assert "Aa" in made.sentence("nl")
    with pytest.raises(EstimationError, match="new ballot can be compared"):
        effect(two(lacking=("Aa", "Bee")), AFTER, methods=PRIMARY)


def test_a_list_to_compare_with(two: Callable[..., Results]) -> None:
    made = effect(two(), AFTER, methods=("conley-taber",), comparison=["Em", "GM9201"])
    # Ka and Em have 20 thousand ballots each: (1 + 0) / 2.
    assert per_mille(made) == pytest.approx(2.75 - 0.5)
    row = pooled(made).iloc[0]
    assert (row["comparison"], row["n_comparison"]) == ("list", 2)
    changes = made.parts["changes"].set_index("municipality")
    assert changes.at["El", "group"] == "other"
    assert changes.at["El", "reason"] == "not taken by rule list"


def test_the_ratio_of_mean_shares(two: Callable[..., Results]) -> None:
    made = effect(two(), AFTER, methods=PRIMARY, scale="ratio", weights="municipalities")
    # Mean shares: treated 2 to 5.5 per mille; others 7/3 to 3 per mille.
    assert pooled(made)["estimate"].item() == pytest.approx((5.5 / 2) / (3 / (7 / 3)))
    own = made.table.set_index("municipality")["estimate"]
    assert own["Aa"] == pytest.approx((7 / 2) / (3 / (7 / 3)))
    assert "log-linearised" in made.assumptions


def test_first_counts_are_marked_beside_an_official_baseline(two: Callable[..., Results]) -> None:
    made = effect(two(vintage="provisional"), AFTER, methods=PRIMARY)
    row = pooled(made).iloc[0]
    assert (row["vintage"], row["baseline_vintage"]) == ("provisional", "official")
    assert {"provisional-counts", "mixed-vintage-pair"} <= set(made.assumptions)


def test_the_first_sentence_names_points_groups_and_weights(two: Callable[..., Results]) -> None:
    said = effect(two(), AFTER, methods=PRIMARY, weights="municipalities").sentence("en")
    # 3.5 - 2/3 = 2.83 per mille is 0.28 percentage points.
    assert "per municipality: the new ballot made an estimated +0.28 percentage points" in said
    assert "2 municipalities with the new ballot, minus that in 3 comparison" in said


def test_a_table_for_readers_prints_the_same_numbers(two: Callable[..., Results]) -> None:
    made = effect(two(), AFTER, methods=PRIMARY, weights="municipalities")
    row = pooled(made).iloc[0].to_dict()
    cells = {column.heading("en"): column.cell(row, "en") for column in made.shown}
    assert cells["Municipality"] == "pooled"
    assert cells["Effect"] == "+0.28"  # 3.5 - 2/3 = 2.83 per mille
    assert cells["Experiment"] == "2"
    assert cells["Comparison"] == "3"
