"""An election at which two municipalities alone vote with the new ballot, invented."""

from __future__ import annotations

from pathlib import Path

import evaluatie
from evaluatie.answers.run import Run
from evaluatie.report import study
from evaluatie.report.facts import facts

PLAN = """
[elections]
TK2029 = { kind = "TK", date = 2029-03-21, baseline = "TK2025" }

[new_ballot]
TK2029 = ["GM0513", "GM0546"]
"""


def test_a_run_of_that_election_alone_names_what_it_can(tmp_path: Path) -> None:
    """Nobody is new, nobody of TK2025 came back, and no effects of three can be borrowed."""
    rows = evaluatie.load("TK2025", vintage="official").rows
    rows = rows[rows["eligible"].notna() & (rows["ballots"] <= rows["eligible"])].copy()
    new = rows["municipality_code"].isin(["GM0513", "GM0546"])
    rows["election"], rows["source"] = "TK2029", "invented"
    for count in ("invalid", "rejected", "ballots"):
        rows[count] += 60 * new + rows.index % 3
    rows["eligible"] += 100
    rows.to_csv(tmp_path / "municipal_results.csv", index=False)
    (tmp_path / "design.toml").write_text(PLAN)
    asked = ("data", "effect", "learning", "rates", "scale_up", "summary")
    study.run(tmp_path / "run", only=asked, data=tmp_path, elections=("TK2029",))
    done = Run(tmp_path / "run")
    assert done.frame("learning_within_invalid").empty
    known = facts(done)
    assert known["e_n"][0] == 2
    assert not {"fresh_n", "fresh_who", "again_who", "national_low"} & set(known)
