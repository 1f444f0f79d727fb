"""The printed series in parts: they add up, to the last digit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluatie.answers.answer import Answer
from evaluatie.answers.learning import ESTIMANDS, learning
from evaluatie.answers.learning.decomposition import PARTS, shown_parts
from evaluatie.answers.learning.show import DRAWN
from evaluatie.counts import Results, load


def steps(made: Answer) -> list[dict[str, float]]:
    return [
        {str(row["what"]): float(row["estimate"]) for row in rows.to_dict(orient="records")}
        for _, rows in made.table.groupby("from_election", sort=False)
    ]


def test_parts_add_up_to_the_printed_difference(
    learned: Callable[[str], Answer],
) -> None:
    for step in steps(learned("decomposition")):
        assert sum(step[part] for part in PARTS) == pytest.approx(
            step["printed difference"], abs=1e-15
        )


def test_shown_parts_add_up_to_the_last_digit(learned: Callable[[str], Answer]) -> None:
    table = learned("decomposition").table
    for _, rows in table.groupby("from_election"):
        shown = (rows["shown"] * 1e5).round().astype(int)
        assert shown.iloc[1:].sum() == shown.iloc[0]
        away = (rows["shown"] - rows["estimate"]).abs()
        assert away.max() < 1e-5


def test_they_still_add_up_when_counts_change(with_changed: Path) -> None:
    made = learning(load(data=with_changed), "decomposition")
    for step in steps(made):
        assert sum(step[part] for part in PARTS) == pytest.approx(
            step["printed difference"], abs=1e-15
        )


def test_the_first_step_has_no_composition_and_bounds_for_learning(
    learned: Callable[[str], Answer],
) -> None:
    table = learned("decomposition").table
    first = table[table["from_election"] == "EP2024"].set_index("what")
    assert first.loc["composition", "estimate"] == 0
    learned = first.loc["learning"]
    assert learned["bound_low"] < learned["estimate"] < learned["bound_high"]


def test_learning_is_what_was_put_in(
    pretend: Callable[..., Results], real: Results, learned: Callable[[str], Answer]
) -> None:
    table = learning(pretend({1: 0.006, 2: 0.004, 3: 0.002}), "decomposition").table
    last = table[table["from_election"] == "TK2025"].set_index("what")["estimate"]
    assert last["learning"] == pytest.approx(-0.002, abs=2e-6)
    assert last["election kind"] == pytest.approx(0.0021 - 0.0020, abs=2e-6)
    assert last["comparison trend"] == pytest.approx(0.0001 - 0.0005, abs=2e-6)
    # Eleven: four experienced at 0.0042, seven newcomers at 0.0082; five before, all alike.
    rows = real.shares("invalid")
    size = rows[rows["election"] == "GR2026"].set_index("municipality_code")["total"]
    detail = learned("between").parts["detail"]
    new = detail.loc[~detail["experienced"], "unit"]
    share = float(size[new].sum() / size[list(detail["unit"])].sum())
    assert last["composition"] == pytest.approx(0.004 * share, abs=2e-6)


@given(
    parts=st.lists(st.floats(-0.01, 0.01), min_size=1, max_size=6),
    decimals=st.integers(1, 4),
)
def test_rounding_keeps_the_total(parts: list[float], decimals: int) -> None:
    unit = 10.0 ** -(decimals + 2)
    total = round(sum(parts) / unit) * unit
    # The last part takes up what the printed total differs by, as in a decomposition.
    parts = [*parts, total - sum(parts)]
    shown = shown_parts(parts, total, decimals)
    assert round(sum(shown) / unit) == round(total / unit)
    assert all(abs(a - b) <= unit * (1 + 1e-6) for a, b in zip(shown, parts, strict=True))


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_every_estimand_speaks_explains_and_draws(
    learned: Callable[[str], Answer], estimand: str, lang: str
) -> None:
    made = learned(estimand)
    assert len(made.sentence(lang)) > 100
    assert "{" not in made.sentence(lang)
    assert made.explain(lang)
    printed = [
        [column.cell(row, lang) for column in made.shown]
        for row in made.table.to_dict(orient="records")
    ]
    names = [column.name for column in made.shown]
    estimate = names.index("shown" if estimand == "decomposition" else "estimate")
    assert all(row[estimate] for row in printed)
    assert made.to_dict()["detail"]
    if estimand in DRAWN:
        assert made.plot(lang).axes
