"""Municipalities that did not exist at their election, and errors that point at the user's file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evaluatie
from evaluatie.cli import run
from evaluatie.counts.codes import strangers

HEAD = "election,municipality_code,municipality,vintage,ballots,valid,blank,invalid\n"
NOBODY, GONE = "GM7777,Verzonnen", "GM0501,Brielle"
PLAN = "[elections]\nTK2029 = {{ kind = 'TK', date = 2029-03-21 }}\n{more}"


def row(who: str, election: str = "GR2026") -> str:
    return f"{election},{who},official,1000,990,4,6\n"


def folder(path: Path, *rows: str, name: str = "municipal_results.csv") -> Path:
    path.mkdir(exist_ok=True)
    (path / name).write_text(HEAD + "".join(rows), "utf-8")
    return path


def test_every_municipality_that_ships_existed_at_its_election() -> None:
    plan = evaluatie.load_design()
    assert strangers(evaluatie.load().rows, plan) == []
    assert "Weesp, GR2026" in {
        each.unit
        for each in strangers(evaluatie.load("TK2021").rows.assign(election="GR2026"), plan)
    }


@pytest.mark.parametrize("name", ["municipal_results.csv", "own.csv"])
@pytest.mark.parametrize(
    ("who", "election", "said"),
    [
        (
            NOBODY,
            "GR2026",
            "Verzonnen, GR2026: geen gemeente heeft ooit deze code gehad; gevonden GM7777",
        ),
        (GONE, "GR2026", "zij ging in 2023 op in Voorne aan Zee (GM1992)"),
    ],
)
def test_a_municipality_that_did_not_exist_is_named(
    who: str,
    election: str,
    said: str,
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own = folder(tmp_path / "own", row(who, election), name=name)
    assert run(["rates", "-e", election, "--data", str(own), "--csv"]) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert f"{own}, " in told.err
    assert told.out.startswith("election,")
    assert run(["validate", str(own / name)]) == 1
    assert said in capsys.readouterr().out
    assert run(["validate", str(own / name), "--json"]) == 1
    assert said in json.loads(capsys.readouterr().out)["implausible"][0]["nl"]


def test_at_an_election_of_the_users_own_a_code_may_be_new_and_none_is_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = folder(tmp_path / "own", row(NOBODY, "TK2029"), row(GONE, "TK2029"))
    (own / "design.toml").write_text(PLAN.format(more=""), "utf-8")
    assert run(["rates", "-e", "TK2029", "--data", str(own), "--csv"]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert "Brielle (GM0501) bestaat niet bij TK2029" in told


@pytest.mark.parametrize(
    "more",
    [
        {"design.toml": PLAN.format(more="[municipalities]\nGM7777 = 'Verzonnen'\n")},
        {"municipality_codes.csv": "election,municipality_code,municipality,source\n"
         "GR2026,GM7777,Verzonnen,own\n"},
        {"mergers.csv": "valid_from_year,code_from,name_from,code_to,name_to,kind,source\n"
         "2025,GM0513,Gouda,GM7777,Verzonnen,whole,own\n"},
    ],
    ids=["plan", "codes", "mergers"],
)  # fmt: skip
def test_a_municipality_that_the_user_names_exists(
    more: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = folder(tmp_path / "own", row(NOBODY))
    for name, text in more.items():
        (own / name).write_text(text, "utf-8")
    assert run(["rates", "-e", "GR2026", "--data", str(own), "--csv"]) == 0
    assert capsys.readouterr().err == ""


def test_of_many_only_some_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = folder(tmp_path / "own", *(row(f"GM77{n},V{n}") for n in range(10, 18)))
    assert run(["rates", "-e", "GR2026", "--data", str(own), "--csv"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 6
    assert "en nog 3 gemeenten" in told[-1]


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("[elections\nTK2029 = 1\n", "regel 1: het plan is hier geen TOML; verwacht [tabel] of"),
        ("[elections]\nTK2029 =", "regel 2: het plan is hier geen TOML"),
        (b"\xff\xfe\xff", "het plan is geen tekst in UTF-8"),
        (
            "[elections]\nTK2029 = { kind = 'XX', date = 2029-03-21 }\n",
            "TK2029: een onbekende soort",
        ),
    ],
)
def test_what_is_wrong_with_the_plan_is_told_of_the_users_own(
    plan: str | bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = folder(tmp_path / "own", row("GM0513,Gouda"), name="gouda.csv")
    (own / "design.toml").write_bytes(plan if isinstance(plan, bytes) else plan.encode())
    for words in (["rates", "--data", str(own)], ["validate", *map(str, sorted(own.iterdir()))]):
        assert run(words) == 2
        told = capsys.readouterr().err.splitlines()[-1]
        assert told.startswith(
            f"evaluatie: {own / 'design.toml'}, " if "," in said else "evaluatie: "
        )
        assert said in told


def test_a_plan_that_is_used_is_no_file_that_was_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = folder(tmp_path / "own", row("GM0513,Gouda", "TK2029"), name="gouda.csv")
    (own / "design.toml").write_text(PLAN.format(more=""), "utf-8")
    for files in ([str(own)], list(map(str, own.iterdir()))):
        run(["validate", *files])
        told = capsys.readouterr().out
        assert "design.toml" not in told
        assert "Niet in het plan" not in told


def test_counts_that_contradict_themselves_are_told_of_the_users_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = folder(tmp_path / "own", "GR2026,GM0513,Gouda,official,1000,900,4,6\n", name="gouda.csv")
    assert run(["rates", "--data", str(own)]) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith(f"evaluatie: {own}: de tellingen van Gouda bij GR2026 voldoen niet")


def test_of_several_files_without_counts_the_first_is_told_in_one_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.csv.gz", "b.csv.gz"):
        (tmp_path / name).write_bytes(b"\x1f\x8b" + bytes(40))
    assert run(["validate", *map(str, sorted(tmp_path.iterdir()))]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"evaluatie: {tmp_path / 'a.csv.gz'}: in geen van 2 bestanden staan")
    assert "van dit: geen bestand met tellingen dat hier bekend is" in told
    assert "counts" not in told
