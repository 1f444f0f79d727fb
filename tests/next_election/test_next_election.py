"""The next elections, simulated: one entry in the plan and a folder of files, no code.

Every count of PS2027 and EP2029 here is invented; see ``simulated.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import simulated
import synthetic_eml as synthetic

import evaluatie
from evaluatie.answers.rates.nationwide import nationwide
from evaluatie.cli import run
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import load_design


@pytest.fixture(scope="module")
def ps2027(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder with PS2027: the old ballot everywhere."""
    counts = simulated.old_ballot("PS2027", 20270317)
    return simulated.folder(tmp_path_factory.mktemp("ps2027"), simulated.PS2027, counts)


@pytest.fixture(scope="module")
def ep2029(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder with EP2029: the new ballot everywhere."""
    counts = simulated.new_ballot_everywhere("EP2029", 20290607)
    return simulated.folder(tmp_path_factory.mktemp("ep2029"), simulated.EP2029, counts)


def test_old_ballot_nationwide_is_one_entry_and_one_table(ps2027: Path) -> None:
    results = evaluatie.load(data=ps2027)
    assert results.elections[-1] == "PS2027"
    assert results.plan.additions == ("elections.PS2027",)
    table = evaluatie.rates(results.where("PS2027")).table.set_index("group")
    # The twelve that met the new ballot are back on the old one; nobody is in the experiment.
    assert dict(table["n_municipalities"]) == {
        "comparison": 328,
        "reversal": 12,
        "rest": 340,
        "all": 340,
    }
    assert table.at["all", "conf_low"] < 0.002 < table.at["all", "conf_high"]
    with pytest.raises(EstimationError, match="no municipality voted with the new ballot"):
        evaluatie.effect(results, "PS2027")


def test_the_new_election_leaves_earlier_answers_alone(ps2027: Path) -> None:
    own, shipped = (evaluatie.effect(evaluatie.load(data=d), "TK2025") for d in (ps2027, None))
    pd.testing.assert_frame_equal(own.table, shipped.table)


def test_new_ballot_nationwide_has_no_effect_to_estimate(ep2029: Path) -> None:
    results = evaluatie.load(data=ep2029)
    for outcome in ("invalid", "rejected"):
        with pytest.raises(EstimationError, match="EP2029: everybody voted with the new ballot"):
            evaluatie.effect(results, "EP2029", outcome)
    # Nothing that needs a comparison group takes it for an election of the experiment.
    assert "EP2029" not in results.counted_plan.new_ballot
    assert results.counted_plan.latest == "GR2026"
    assert results.counted_plan.exposure("GM0484", "EP2029") == 4  # Alphen aan den Rijn
    assert results.counted_plan.exposure("GM0363", "EP2029") == 1  # Amsterdam
    assert results.counted_plan.group("GM9001", "EP2029") == "excluded"


def test_new_ballot_nationwide_gives_before_and_after(ep2029: Path) -> None:
    made = nationwide(evaluatie.load(data=ep2029), "EP2029")
    rows = made.table.set_index("kind")
    change = rows.loc["change"]
    assert change["estimate"] == pytest.approx(change["after"] - change["before"])
    assert abs(change["estimate"] - simulated.FIRST_USE) < 0.0003
    # What the ballot did lies within the bounds, for nothing else was simulated to change.
    assert change["bound_low"] < simulated.FIRST_USE < change["bound_high"]
    past = made.table.loc[made.table["kind"] == "earlier change", "estimate"]
    assert change["bound_low"] == pytest.approx(change["estimate"] - past.max())
    assert change["bound_high"] == pytest.approx(change["estimate"] - past.min())
    known = rows.loc[["experience"]].iloc[0]
    truth = simulated.LATER_USE - simulated.FIRST_USE
    assert known["conf_low"] < truth < known["conf_high"] < 0
    assert known["n_treated"] == 12
    for lang, word in (
        ("nl", "geen schatting van het effect"),
        ("en", "no estimate of the effect"),
    ):
        assert word in made.sentence(lang)
        assert len(made.explain(lang)) == len(made.assumptions) == 3


def test_before_and_after_is_only_for_nationwide_elections(ep2029: Path) -> None:
    with pytest.raises(EstimationError, match="not used in every municipality"):
        nationwide(evaluatie.load(data=ep2029), "TK2025")


def test_municipalities_with_the_new_ballot_at_the_baseline_are_left_out(tmp_path: Path) -> None:
    plan = """
[elections]
GR2030 = { kind = "GR", date = 2030-03-20, baseline = "GR2026" }
[new_ballot]
GR2030 = "nationwide"
"""
    own = simulated.folder(tmp_path, plan, simulated.new_ballot_everywhere("GR2030", 2))
    table = nationwide(evaluatie.load(data=own), "GR2030").table
    # The eleven voted with it at GR2026 too: their change says nothing about its introduction.
    counted = evaluatie.load("GR2026").shares("invalid").dropna(subset=["share"])
    usual = set(counted["municipality_code"]) - set(load_design().treated("GR2026"))
    n = int(table.loc[table["kind"] == "change", "n_municipalities"].iloc[0])
    assert n == len(usual & set(simulated.municipalities()["municipality_code"]))


@pytest.mark.parametrize("command", ["rates", "quality", "before-after", "scale-up"])
def test_every_command_sees_the_new_election(
    ep2029: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([command, "--election", "EP2029", "--data", str(ep2029), "--json"])
    assert code in (0, 1)
    rows = json.loads(capsys.readouterr().out)["table"]
    assert rows
    assert "EP2029" in {row["election"] for row in rows}


def test_the_command_refuses_in_one_line_and_says_what_there_is(
    ep2029: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["effect", "--election", "EP2029", "--data", str(ep2029)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "geen vergelijkingsgroep" in told
    assert "evaluatie before-after --election EP2029" in told


def test_counts_without_an_entry_say_where_it_goes(tmp_path: Path) -> None:
    own = simulated.folder(tmp_path, "", simulated.old_ballot("PS2027", 3))
    results = evaluatie.load("PS2027", data=own)
    with pytest.raises(UnknownNameError, match=r"\[elections\] in design.toml in your data folder"):
        evaluatie.rates(results)


def eml(folder: Path) -> None:
    for kind, name in (("510b", "Telling_PS2027_Alphen.eml.xml"), ("510c", "nieuw/tel.eml.xml")):
        code, place = ("0484", "Alphen aan den Rijn") if kind == "510b" else ("0513", "Gouda")
        (folder / name).parent.mkdir(exist_ok=True)
        blocks = [synthetic.station(number, code=code) for number in (1, 2, 3)]
        content = synthetic.count(
            blocks,
            kind=kind,
            election="PS2027_ZuidHolland",
            authority=code,
            authority_name=place,
        )
        (folder / name).write_bytes(content)


def osv(folder: Path) -> None:
    text = synthetic.osv().decode("utf-8")
    for old, new in (
        ("Tweede Kamer der Staten-Generaal 2099", "Provinciale Staten Zuid-Holland 2027"),
        ("2099-01-01", "2027-03-17"),
        ("Verzonnen Dam", "Gouda"),
        ("9998", "0513"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "osv4-3_telling_ps2027_gouda.csv").write_bytes(text.encode("utf-8"))


def kiesraad(folder: Path) -> None:
    lines = (
        "RegioNaam;RegioCode;AmsterdamseCode;OuderRegioNaam;OuderRegioCode;Kiesgerechtigden;"
        "Opkomst;OngeldigeStemmen;BlancoStemmen;GeldigeStemmen;Lijst A;Lijst B",
        "Gouda;G0513;1;X;K1;100;60;2;1;57;50;7",
        "Leiden;G0546;2;X;K1;200;90;1;2;87;50;37",
    )
    name = "Uitslag_alle_gemeenten_PS20270317.csv"
    (folder / name).write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.parametrize(
    ("write", "codes"),
    [
        (eml, {"GM0484", "GM0513"}),
        (osv, {"GM0513"}),
        (kiesraad, {"GM0513", "GM0546"}),
    ],
    ids=["eml", "osv4-3", "kiesraad"],
)
def test_a_folder_of_official_files_is_enough(
    write: Callable[[Path], None],
    codes: set[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path)
    (tmp_path / "design.toml").write_text(simulated.PS2027, "utf-8")
    asked = ["rates", "--election", "PS2027", "--by", "municipality", "--json"]
    assert run([*asked, "--data", str(tmp_path)]) == 0
    told = capsys.readouterr()
    one_step = json.loads(told.out)
    assert {row["municipality_code"] for row in one_step["table"]} == codes
    assert ": bestanden gelezen: " in told.err
    # The same in two steps.
    tables = tmp_path / "tables"
    assert run(["ingest", str(tmp_path), "--out", str(tables)]) in (0, 1)
    (tables / "design.toml").write_text(simulated.PS2027, "utf-8")
    capsys.readouterr()
    assert run([*asked, "--data", str(tables)]) == 0
    two_steps = json.loads(capsys.readouterr().out)
    assert two_steps["table"] == one_step["table"]


def test_official_files_beside_tables_are_not_guessed_about(
    ps2027: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulated.folder(tmp_path, simulated.PS2027, simulated.old_ballot("PS2027", 4))
    eml(tmp_path)
    assert run(["rates", "--election", "PS2027", "--data", str(tmp_path)]) == 2
    assert "naast tabellen met tellingen" in capsys.readouterr().err


def test_a_refused_official_file_stops_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    eml(tmp_path)
    (tmp_path / "design.toml").write_text(simulated.PS2027, "utf-8")
    (tmp_path / "kapot.eml.xml").write_text("<EML><Count>", "utf-8")
    assert run(["rates", "--election", "PS2027", "--data", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "kapot.eml.xml" in told
    assert told.strip().count("\n") == 0
