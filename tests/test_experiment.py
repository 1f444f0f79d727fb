"""The plan as data: who voted with which ballot when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluatie.counts import load_table
from evaluatie.ground.errors import DesignError, EstimationError, UnknownNameError
from evaluatie.ground.folders import bundled
from evaluatie.plan import load_design

PLAN = (
    (bundled("data").parent / "evaluatie" / "plan" / "design.toml")
    if (bundled("data").parent / "evaluatie" / "plan" / "design.toml").exists()
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
        ("GM0512", "GR2026", "excluded"),  # Gorinchem: the vote was reportedly held again
        ("GM0512", "TK2025", "comparison"),
        ("GM0453", "GR2026", "comparison"),  # Velsen: only its first count was not reported
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
        (('kind = "EP", date = 2019', 'knd = "EP", date = 2019'), "did you mean 'kind'"),
        (("[seeds]", "[seeds"), "the plan is not TOML here"),
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


OWN = """
alpha = 0.10
outcomes = ["invalid"]

[elections]
PS2027 = { kind = "PS", date = 2027-03-17 }
TK2025 = { date = 2025-10-30 }

[new_ballot]
EP2029 = "nationwide"

[elections.EP2029]
kind = "EP"
date = 2029-06-07
baseline = "EP2024"

[[excluded]]
codes = ["GM0001"]
reason = "synthetic"
"""


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], Path]:
    def make(text: str) -> Path:
        (tmp_path / "design.toml").write_text(text, "utf-8")
        return tmp_path

    return make


def test_a_plan_of_ones_own_adds_and_replaces_entry_by_entry(own: Callable[[str], Path]) -> None:
    shipped, plan = load_design(), load_design(data=own(OWN))
    assert set(plan.elections) - set(shipped.elections) == {"PS2027", "EP2029"}
    assert list(plan.elections)[-2:] == ["PS2027", "EP2029"]
    assert plan.election("TK2025").kind == "TK"  # what the user does not say stays
    assert plan.election("TK2025").date.day == 30
    assert (plan.alpha, plan.outcomes) == (0.10, ("invalid",))
    assert len(plan.exclusions) == len(shipped.exclusions) + 1
    assert plan.new_ballot == shipped.new_ballot
    assert plan.nationwide == {"EP2029"}
    assert set(plan.additions) == {
        *("alpha", "outcomes", "elections.PS2027", "elections.TK2025.date", "elections.EP2029"),
        *("new_ballot.EP2029", "excluded"),
    }
    assert plan.sha256 != shipped.sha256
    last = plan.raw["deviations"][-1]
    assert all("elections.PS2027" in last[lang] for lang in ("nl", "en"))
    assert load_design() is shipped  # the package's own plan is untouched


def test_a_folder_without_a_plan_has_the_packages(tmp_path: Path) -> None:
    assert load_design(data=tmp_path) is load_design()


def test_a_changed_plan_is_read_again(own: Callable[[str], Path]) -> None:
    assert load_design(data=own("alpha = 0.10")).alpha == 0.10
    assert load_design(data=own("alpha = 0.20")).alpha == 0.20


def test_a_new_ballot_can_be_taken_back(own: Callable[[str], Path]) -> None:
    plan = load_design(data=own("[new_ballot]\nGR2026 = []"))
    assert plan.treated("GR2026") == ()
    assert plan.latest == "TK2025"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[electoins]\nPS2027 = 1", "did you mean 'elections'"),
        ('[elections]\nPS2027 = { kind = "PX", date = 2027-03-17 }', "unknown kind of election"),
        ('[elections]\nPS2027 = { kind = "PS", date = "2027-03-17" }', "a date is written as"),
        ('[elections]\nPS2027 = { kind = "PS" }', "lacks or misspells an entry: 'date'"),
        ('[new_ballot]\nTK2025 = "everywhere"', "neither a list of municipality codes nor"),
        ('[new_ballot]\nTK2052 = "nationwide"', "unknown election under new_ballot"),
        ('[new_ballot]\nTK2025 = ["GM9999"]', "a municipality without a name"),
        ("elections = 5", "lacks or misspells"),
        ("[inference]\nmax_assignmens = 9", "did you mean 'max_assignments'"),
        ("[quality]\nblank_shares = 0.1", "did you mean 'blank_share'"),
        ("[quality.boundary]\nundocumented_growth = 1", "did you mean 'boundaries'"),
        ("[quality.usual_spread]\nvoid = 1.0", "entry of the plan 'void'"),
        ("[elections.TK2025]\nbasline = 'TK2021'", "did you mean 'baseline'"),
        ("[elections]\nPS2027 = { kind = 'PS', date = 2027-03-17, name = 'x' }", "'name'"),
        ("[[excluded]]\ncodes = ['GM0001']\nreason = 'x'\nelection = ['GR2026']", "'elections'"),
        ("alpha = ", "the plan is not TOML here"),
    ],
)
def test_a_bad_plan_of_ones_own_is_refused_by_name(
    own: Callable[[str], Path], text: str, message: str
) -> None:
    folder = own(text)
    with pytest.raises(DesignError, match=message) as refused:
        load_design(data=folder)
    assert refused.value.file == str(folder / "design.toml")


def test_narrowing_keeps_the_history() -> None:
    plan = load_design().narrowed(["TK2025"])
    assert list(plan.new_ballot) == ["TK2025"]
    assert plan.exposure("GM0484", "TK2025") == 2
    assert plan.treated("GR2026") == load_design().treated("GR2026")
    with pytest.raises(EstimationError, match="none of these elections"):
        _ = plan.narrowed(["TK2023"]).latest


def test_municipalities_are_spelled_as_in_the_official_list() -> None:
    plan = load_design()
    listed = load_table("municipality_codes", elections=["GR2026"])
    official = dict(zip(listed["municipality_code"], listed["municipality"], strict=True))
    assert dict(plan.municipalities) == {code: official[code] for code in plan.municipalities}
