"""One page about one municipality: the same numbers as elsewhere, honest, and on one page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import METHODS
from evaluatie.answers.run import Run
from evaluatie.answers.sheets import history, place_of, sheet, sheet_of, sheets_of, show, slug
from evaluatie.cli import run
from evaluatie.counts import Results, load
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.ground.folders import bundled
from evaluatie.plan import load_design
from evaluatie.report import pages, study
from evaluatie.report.making import SHEET_ANALYSES, _sheet, _title, make_report
from evaluatie.report.pages.pieces import Printer
from evaluatie.report.rendering import render
from evaluatie.report.rendering.embedded import copy_project

PLAN = load_design()
CODES = tuple(PLAN.municipalities)


@pytest.fixture(scope="module")
def done(sheet_results: Run) -> Run:
    return sheet_results


def of(done: Run, name: str) -> Answer:
    return sheet_of(done, place_of(name, PLAN))


def rows(table: pd.DataFrame, measure: str, **where: object) -> pd.DataFrame:
    """Return the rows of one measure of a sheet, oldest election first."""
    kept = table["measure"] == measure
    for column, value in where.items():
        kept &= table[column] == value
    return table[kept].reset_index(drop=True)


def only(found: pd.DataFrame) -> dict[str, object]:
    assert len(found) == 1
    return {str(name): value for name, value in found.iloc[0].items()}


def test_the_library_and_a_finished_run_say_the_same(done: Run) -> None:
    results = load()
    for code in ("GM0513", "GM0755", "GM0147"):
        assert sheet(results, code).to_dict() == sheet_of(done, code).to_dict()


def test_for_a_sheet_alone_only_what_it_shows_of_the_effect_is_computed(
    done: Run, tmp_path: Path
) -> None:
    files = study.run(tmp_path, only=SHEET_ANALYSES, sheets=True)
    effects = [path for path in files if path.name.startswith("effect_")]
    assert [path.stem for path in effects] == sorted(f"effect_{name}" for name in PLAN.new_ballot)
    own = Run(tmp_path)
    methods = {row["method"] for path in effects for row in own.result(path.stem)["table"]}
    assert len(methods) < len(METHODS)
    for code in CODES:
        assert sheet_of(own, code).to_dict() == sheet_of(done, code).to_dict()


@pytest.mark.parametrize("code", CODES)
def test_a_sheet_repeats_what_the_analyses_found(done: Run, code: str) -> None:
    made = sheet_of(done, code)
    for election in done.elections():
        effects = done.frame(f"effect_{election}")
        mine = effects[(effects["unit"] == code) & (effects["role"] == "primary")]
        own = rows(made.table, "effect", election=election)
        assert len(own) == len(mine)
        for column in ("estimate", "conf_low", "conf_high", "bound_low", "bound_high"):
            expected = mine[column].astype("float64").tolist()
            assert own[column].tolist() == pytest.approx(expected, nan_ok=True)
    pairs = done.frame("before_after_invalid", municipality_code=code)
    for pair in pairs.to_dict("records"):
        change = only(rows(made.table, "change", election=pair["election"], outcome="invalid"))
        assert change["estimate"] == pytest.approx(pair["change"], abs=1e-15)


def test_votes_lost_and_margins_are_those_of_the_seats_analysis(done: Run) -> None:
    stakes = done.frame(done.latest("seats_at_stake"))
    stakes = stakes[stakes["scenario"] == "one list"]
    assert len(stakes) > 5
    for row in stakes.to_dict("records"):
        made = sheet_of(done, row["municipality_code"])
        lost = only(rows(made.table, "lost_votes", election=row["election"]))
        assert (lost["conf_low"], lost["conf_high"]) == (row["excess_low"], row["excess_high"])
        margin = only(rows(made.table, "seat_margin", election=row["election"]))
        assert (margin["estimate"], margin["to_list"]) == (row["votes_needed"], row["to_list"])
        words = {"yes": "geen reden om", "within": "had een raadszetel", "no": "waren minder"}
        assert words[row["verdict"]] in made.sentence("nl")


def test_ranks_count_the_municipalities_with_a_higher_share(done: Run) -> None:
    every = done.frame("rates_municipality")
    every = every[every["group"] != "excluded"]
    for code in CODES:
        shares = rows(sheet_of(done, code).table, "share", outcome="invalid", new_ballot=True)
        for row in shares.dropna(subset=["estimate"]).to_dict("records"):
            here = every.loc[every["election"] == row["election"], "estimate"]
            assert row["rank"] == 1 + (here > row["estimate"]).sum()
            assert row["n_ranked"] == len(here)


def test_equal_shares_share_a_place(make_results: Callable[..., Results]) -> None:
    def counted(election: str, code: str, invalid: int) -> tuple[object, ...]:
        valid = 1000 - invalid - 2
        return (election, code, code, "official", 2000, 1000, valid, 2, invalid, invalid + 2)

    counts = [
        counted(election, code, invalid)
        for election in ("GR2022", "GR2026")
        for code, invalid in (("GM0513", 5), ("GM0014", 5), ("GM0034", 9), ("GM0037", 1))
    ]
    table = history(make_results(*counts))
    mine = table[(table["election"] == "GR2026") & (table["outcome"] == "invalid")]
    gouda = only(mine[mine["municipality_code"] == "GM0513"])
    assert (gouda["rank"], gouda["n_ranked"], gouda["n_tied"]) == (2, 4, 1)
    assert (gouda["median"], gouda["n_others"]) == (0.005, 3)
    # Without a row, an election with the new ballot is there as unknown.
    leiden = only(mine[mine["municipality_code"] == "GM0546"])
    assert pd.isna(leiden["estimate"])
    assert leiden["new_ballot"]


def test_what_is_unknown_is_said(done: Run) -> None:
    # No first count of these two is at hand, but the official one has them.
    for name, invalid, ballots in (("Boekel", 44, 5_703), ("Tynaarlo", 99, 17_842)):
        made = of(done, name)
        newest = only(rows(made.table, "share", election="GR2026", outcome="invalid"))
        assert newest["estimate"] == pytest.approx(invalid / ballots)
        assert made.parts["latest"] == "GR2026"
    # Of EP2024 only rounded shares are public.
    printed = only(rows(of(done, "Boekel").table, "share", election="EP2024", outcome="invalid"))
    assert pd.isna(printed["estimate"])
    assert printed["bound_low"] < printed["bound_high"]


def test_oddities_and_a_return_to_the_usual_ballot_are_said(done: Run) -> None:
    soest = of(done, "Soest")
    first = "waren 42 stemmen ongeldig en 123 blanco. Officieel zijn het er 150 en 43."
    assert f"{first} Ongeldig en blanco zijn in die eerste telling waarschijnlijk verwisseld." in (
        soest.sentence("nl")
    )
    # Its shares rest on the official count, so that a slip in the first one is a remark.
    assert soest.parts["warnings"]["nl"] == []
    assert any("lijken verwisseld" in remark for remark in soest.parts["remarks"]["nl"])
    borne = of(done, "Borne")
    assert "weer met het oude stembiljet" in borne.sentence("nl")
    ballot = {column.name: column for column in show.SHARES}["ballot"]
    shares = borne.parts["shares"].to_dict("records")
    assert "weer oud" in {ballot.cell(row, "nl") for row in shares}


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("code", CODES)
def test_a_few_sentences_each(done: Run, code: str, lang: str) -> None:
    said = sheet_of(done, code).parts["lines"][lang]
    assert 3 <= len(said) <= 7
    assert "nan" not in " ".join(said)
    assert "None" not in " ".join(said)


def test_names_in_any_spelling() -> None:
    for name in ("'S-HERTOGENBOSCH", "\u2019s-hertogenbosch", "gm0796"):
        assert place_of(name, PLAN) == "GM0796"
    with pytest.raises(UnknownNameError, match="Gouda"):
        place_of("Goud", PLAN, load())
    with pytest.raises(InputError, match="Utrecht never voted with the new ballot"):
        place_of("utrecht", PLAN, load())
    names = ("'s-Hertogenbosch", "S\u00fadwest-Frysl\u00e2n", "<>")
    assert [slug(name) for name in names] == ["s-hertogenbosch", "sudwest-fryslan", "gemeente"]


@pytest.mark.parametrize(("name", "words"), [("Goud", "Gouda"), ("Utrecht", "never voted")])
def test_the_command_refuses_in_one_line(
    name: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["report", "--municipality", name, "--lang", "en"]
    assert run([*asked, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_page_of_links_has_every_municipality_of_the_plan(done: Run) -> None:
    text = Printer(done, "nl", bundled("report")).index("")
    listed = re.findall(r"^- \[(.+)\]\(([a-z-]+)\.html\)$", text, re.MULTILINE)
    names = [name.replace("\\", "") for name, _ in listed]
    assert sorted(names) == sorted(PLAN.municipalities.values())
    assert [file for _, file in listed] == [slug(name) for name in names]
    assert names.index("Gouda") + 1 == names.index("'s-Hertogenbosch") == names.index("Leiden") - 1


def test_a_municipality_that_a_plan_adds_has_a_sheet(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "design.toml").write_text(
        '[new_ballot]\nGR2026 = ["GM0518"]\n[municipalities]\nGM0518 = "\'s-Gravenhage"\n'
    )
    study.run(tmp_path / "results", own, only=("data", "sheets"))
    assert sheets_of(Run(tmp_path / "results"))["GM0518"] == "'s-Gravenhage"


def test_a_title_cannot_become_markup(tmp_path: Path) -> None:
    assert _title("'s-Hertogenbosch") == "\N{RIGHT SINGLE QUOTATION MARK}s-Hertogenbosch"
    bad = '"<script>" | $x$ {{< var x >}}\n---'
    copy_project(bundled("report"), tmp_path / "project")
    document = _sheet("GM0513", bad, "nl", tmp_path / "project")
    front = document.read_text("utf-8").split("\n---\n")[0]
    (title,) = re.findall(r"^title: (.*)$", front, re.MULTILINE)
    assert "\\<script\\>" in json.loads(title)
    assert "\\$x\\$ \\{\\{\\<" in json.loads(title)
    assert "{{< include _made/nl/sheet-GM0513.md >}}" in document.read_text("utf-8")


def test_a_run_without_the_municipality_says_so(done: Run) -> None:
    text = Printer(done, "nl", bundled("report")).sheet("GM0014")
    assert text.count("niets bekend") == 1
    assert "<details" not in text


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_each_fills_one_page(done: Run, lang: Any, tmp_path: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    copy_project(bundled("report"), tmp_path / "project")
    # The two with most rows, the one with most sentences, and the longest name of a list.
    codes = ("GM0484", "GM1842", "GM0755", "GM0342", "GM1948")
    sheets = [_sheet(code, PLAN.municipalities[code], lang, tmp_path / "project") for code in codes]
    pages.write(done.folder, tmp_path / "project", sheets, jobs=1)
    for document in sheets:
        made = render(document, tmp_path / "out", formats=["pdf"], engine="embedded")
        with pikepdf.open(made.files["pdf"]) as pdf:
            assert len(pdf.pages) == 1, document.stem


def test_files_are_called_after_the_municipality(
    done: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(out: Path, *_: object, **asked: object) -> None:
        assert asked["only"] == SHEET_ANALYSES
        assert asked["sheets"] is True
        out.mkdir()
        for path in done.folder.glob("*.json"):
            (out / path.name).write_bytes(path.read_bytes())

    monkeypatch.setattr("evaluatie.report.making.study.run", copied)
    made = make_report(
        tmp_path,
        lang=["nl", "en"],
        formats=["html"],
        engine="embedded",
        municipalities=["gouda", "GM0513"],
    )
    assert set(made.files) == {"gouda.html", "gouda-en.html"}
    for name, lang in (("gouda.html", "nl"), ("gouda-en.html", "en")):
        html = made.files[name].read_text("utf-8")
        assert re.search(rf"<html[^>]* lang=\"{lang}\"", html)
        assert re.search(r"<h1[^>]*>\s*Gouda\s*</h1>", html)
        assert re.search(r"<title>\s*Gouda", html)
