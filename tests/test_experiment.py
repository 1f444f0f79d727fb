"""The plan as data: who voted with which ballot when."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluatie.errors import DesignError, UnknownNameError
from evaluatie.experiment import load_design
from evaluatie.places import bundled

PLAN = (
    (bundled("data").parent / "evaluatie" / "design.toml")
    if (bundled("data").parent / "evaluatie" / "design.toml").exists()
    else None
)


def test_the_five_and_the_eleven() -> None:
    plan = load_design()
    assert len(plan.treated("EP2024")) == len(plan.treated("TK2025")) == 5
    assert len(plan.treated("GR2026")) == 11
    assert plan.treated("TK2023") == ()


@pytest.mark.parametrize(
    ("code", "election", "times"),
    [
        ("GM0484", "TK2023", 0),
        ("GM0484", "EP2024", 1),
        ("GM0484", "TK2025", 2),
        ("GM0484", "GR2026", 3),  # Alphen aan den Rijn: third use
        ("GM0513", "GR2026", 1),  # Gouda: first use
        ("GM0147", "GR2026", 2),  # Borne went back, and met it twice
        ("GM0363", "GR2026", 0),
    ],
)
def test_exposure_counts_meetings_up_to_and_including(code: str, election: str, times: int) -> None:
    assert load_design().exposure(code, election) == times


@pytest.mark.parametrize(
    ("code", "election", "group"),
    [
        ("GM0513", "GR2026", "first use"),
        ("GM0484", "GR2026", "later use"),
        ("GM0484", "EP2024", "first use"),
        ("GM0147", "GR2026", "reversal"),
        ("GM0453", "GR2026", "excluded"),
        ("GM0453", "TK2025", "comparison"),
        ("GM9001", "TK2023", "excluded"),
        ("GM0484", "TK2023", "comparison"),
    ],
)
def test_groups(code: str, election: str, group: str) -> None:
    assert load_design().group(code, election) == group


def test_baselines_are_of_the_same_kind_and_earlier() -> None:
    plan = load_design()
    assert {e.id: e.baseline for e in plan.elections.values() if e.baseline} == {
        "EP2024": "EP2019",
        "TK2025": "TK2023",
        "GR2026": "GR2022",
    }


def test_unknown_election_is_named() -> None:
    with pytest.raises(UnknownNameError, match="GR2026"):
        load_design().election("GR2062")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('baseline = "TK2023"', 'baseline = "GR2022"'), "same kind"),
        (('baseline = "TK2023"', 'baseline = "TK2032"'), "unknown baseline"),
        (("alpha = 0.05", "alpha = 5"), "alpha lies outside"),
        (('primary_outcome = "invalid"', 'primary_outcome = "spoilt"'), "primary outcome"),
        (('GM0755 = "Boekel"\n', ""), "municipality without a name"),
        (('kind = "EP", date = 2019', 'knd = "EP", date = 2019'), "lacks or misspells"),
        (("[seeds]", "[seeds"), "cannot read the plan"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(
    change: tuple[str, str], message: str, tmp_path: Path
) -> None:
    assert PLAN is not None
    text = PLAN.read_text("utf-8")
    assert change[0] in text
    broken = tmp_path / "design.toml"
    broken.write_text(text.replace(*change), "utf-8")
    with pytest.raises(DesignError, match=message):
        load_design(broken)


def test_the_hash_is_that_of_the_file() -> None:
    import hashlib

    assert PLAN is not None
    assert load_design().sha256 == hashlib.sha256(PLAN.read_bytes()).hexdigest()
