"""What a user's own counts changed; every own count here is synthetic."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import evaluatie
from evaluatie.answers.answer import to_json
from evaluatie.answers.changed import changed, preview
from evaluatie.counts import Results
from evaluatie.counts.checking import check_table
from evaluatie.counts.schema import TABLES
from evaluatie.ground.tables import to_text
from evaluatie.plan import load_design

HEADER = (
    "election,municipality_code,municipality,vintage,"
    "eligible,ballots,valid,blank,invalid,rejected,source\n"
)


@pytest.fixture
def load_own(tmp_path: Path) -> Callable[..., Results]:
    def load(*lines: str, plan: str = "") -> Results:
        (tmp_path / "municipal_results.csv").write_text(HEADER + "".join(lines), "utf-8")
        (tmp_path / "design.toml").write_text(plan, "utf-8")
        return evaluatie.load(data=tmp_path)

    return load


def shipped(election: str, code: str, vintage: str) -> dict[str, object]:
    rows = evaluatie.load_table("municipal_results")
    rows = rows[(rows["election"] == election) & (rows["municipality_code"] == code)]
    return dict(rows[rows["vintage"] == vintage].iloc[0])


def test_shipped_data_alone_say_so() -> None:
    made = changed(evaluatie.load())
    assert made.table.empty
    assert "geen eigen tellingen" in made.sentence("nl")
    assert to_json(made.to_dict())


def test_each_kind_of_change_is_told_with_old_and_new_numbers(
    load_own: Callable[..., Results],
) -> None:
    old = shipped("GR2026", "GM0513", "official")
    made = changed(
        load_own(
            f"GR2026,GM0513,Gouda,official,{old['eligible']},36000,35600,140,260,400,own\n",
            "GR2026,GM0755,Boekel,official,8000,5000,4960,20,20,40,own\n",
            "TK2023,GM0513,Gouda,official,56000,43000,42800,100,100,200,own\n",
            # Vught was elected on another day than GR2022: only its first count was known.
            "GR2022,GM0865,Vught,official,24000,14000,13900,60,40,100,own\n",
            "PS2027,GM0513,Gouda,official,56000,30000,29900,40,60,100,own\n",
            "PS2027,GM0546,Leiden,provisional,90000,50000,49600,150,250,400,own\n",
            plan='[elections]\nPS2027 = { kind = "PS", date = 2027-03-17 }\n',
        )
    )
    rows = made.table.set_index(["election", "municipality"])
    what = dict(rows["what"])
    assert what[("GR2026", "Gouda")] == "replaced"
    assert what[("GR2022", "Vught")] == "other vintage"
    assert what[("TK2023", "Gouda")] == "replaced"
    assert what[("PS2027", "Gouda")] == "new election"
    assert len(rows) == 6
    gouda = rows.loc[("GR2026", "Gouda")]
    assert gouda["vintage_before"] == "official"
    assert rows.at[("GR2022", "Vught"), "vintage_before"] == "provisional"
    assert (gouda["invalid_before"], gouda["invalid_after"]) == (old["invalid"], 260)
    assert (
        rows.at[("TK2023", "Gouda"), "ballots_before"]
        == shipped("TK2023", "GM0513", "official")["ballots"]
    )
    # Official and provisional counts of one election are never mixed unseen.
    (mix,) = made.parts["mixed"].to_dict(orient="records")
    assert mix == {"election": "PS2027", "official": 1, "provisional": 1}
    for lang, word in (("nl", "voorlopig geteld"), ("en", "provisional count")):
        told = made.sentence(lang)
        assert word in told
        assert "elections.PS2027" in told
    assert to_json(made.to_dict())
    text = to_text(made.table, made.shown, "nl", 80)
    assert "vervangen" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_same_numbers_are_no_change(load_own: Callable[..., Results]) -> None:
    old = shipped("TK2023", "GM0513", "official")
    counts = ",".join(
        str(old[name]) for name in ("eligible", "ballots", "valid", "blank", "invalid", "rejected")
    )
    made = changed(load_own(f"TK2023,GM0513,Gouda,official,{counts},own\n"))
    assert made.table.empty
    assert made.sentence("en").startswith("The counts of one's own are the same")


def test_rates_that_rest_on_both_kinds_are_marked(load_own: Callable[..., Results]) -> None:
    results = load_own(
        "PS2027,GM0513,Gouda,official,56000,36000,35600,140,260,400,own\n",
        "PS2027,GM0363,Amsterdam,provisional,560000,360000,356000,1400,2600,4000,own\n",
        "PS2027,GM0546,Leiden,provisional,90000,50000,49600,150,250,400,own\n",
        "PS2027,GM0599,Rotterdam,provisional,480000,240000,238600,700,700,1400,own\n",
        plan='[elections]\nPS2027 = { kind = "PS", date = 2027-03-17 }\n'
        '[new_ballot]\nPS2027 = ["GM0513", "GM0546"]\n',
    )
    table = evaluatie.rates(results.where("PS2027")).table.set_index("group")
    assert table.at["experiment", "vintage"] == "mixed"
    assert table.at["comparison", "vintage"] == "provisional"


# --- before anything is computed -------------------------------------------------------------


def said(rows: list[dict[str, object]]) -> list[str]:
    own = pd.DataFrame(rows).reindex(columns=TABLES["municipal_results"].names)
    own = own.assign(vintage="official", source="own")
    checked = check_table(own, TABLES["municipal_results"])
    return [each.say("en") for each in preview(checked, load_design())]


COUNTS = {"ballots": 10_000, "valid": 9_900, "blank": 40, "invalid": 60, "rejected": 100}


def test_a_baseline_that_was_lacking_unblocks_a_comparison() -> None:
    row = {"election": "GR2022", "municipality_code": "GM0439", "municipality": "Purmerend"}
    lines = said([{**row, **COUNTS}])
    assert "the effect on the invalid share would rest on 11 municipalities" in lines[-1]
    after, before = (int(each) for each in re.findall(r"and (\d+)", lines[-1]))
    assert after == before + 1, "one to compare with more than now"


def test_counts_without_a_split_leave_out_by_name() -> None:
    row = {"election": "GR2026", "municipality_code": "GM0755", "municipality": "Boekel"}
    lines = said([{**row, "ballots": 4_805}])
    (rests,) = (each for each in lines if "would rest on" in each)
    assert "on 10 municipalities with the new ballot" in rests
    assert "(now 11 and" in rests
    assert "Boekel" in lines[-1], "who is lacking, with the reason"


def test_counts_that_contradict_themselves_are_said_to_be_loaded_by_no_command() -> None:
    row = {"election": "TK2025", "municipality_code": "GM0599", "municipality": "Rotterdam"}
    lines = said([{**row, **COUNTS, "valid": 9_901}])
    assert "contradict themselves" in lines[-1]
    assert "valid+blank+invalid=ballots" in lines[-1]


def test_an_election_that_is_not_planned_enters_no_estimate() -> None:
    row = {"election": "TK2099", "municipality_code": "GM0599", "municipality": "Rotterdam"}
    lines = said([{**row, **COUNTS}])
    assert "Not in the plan, and so in no estimate: TK2099." in lines[-1]
    assert len(lines) <= 10
