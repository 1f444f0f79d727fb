"""The answer in a few sentences: from the estimates, and it changes with the counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import pytest

import evaluatie
from evaluatie.answers.answer import Answer
from evaluatie.answers.statement import Statement, speak, without
from evaluatie.answers.summary import statements, summary
from evaluatie.answers.summary.analyse import run as run_answer
from evaluatie.answers.summary.show import COLUMNS
from evaluatie.cli import run
from evaluatie.ground import formatting

HEADER = (
    "election,municipality_code,municipality,vintage,"
    "eligible,ballots,valid,blank,invalid,rejected,source\n"
)


def answers(made: Answer, lang: str) -> list[tuple[str, str]]:
    """Return pairs of verdict and evidence; the evidence is empty where there is none."""
    pairs = [
        (said.values["verdict"].say(lang), said.values["evidence"].say(lang))
        if said.key == "summary.answer"
        else (said.say(lang), "")
        for said in made.statements
    ]
    left_out = speak(without(made.left_out), lang)
    return [*pairs, (left_out, "")] if left_out else pairs


@pytest.fixture(scope="module")
def shipped() -> Answer:
    return summary(evaluatie.load())


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_answers_say_every_pooled_estimate_with_its_interval(shipped: Answer, lang: str) -> None:
    lines = shipped.sentences(lang)
    assert len(lines) == 8
    whole = " ".join(lines)
    apart = shipped.table[shipped.table["kind"] != "municipality"]
    assert apart["kind"].value_counts().to_dict() == {
        "effect": 7,
        "mean": 1,
        "next": 1,
        "elections": 1,
        "learning": 1,
    }
    for row in apart.to_dict(orient="records"):
        for column in ("estimate", "conf_low", "conf_high", "bound_low", "bound_high"):
            if pd.notna(row[column]):
                assert formatting.points(row[column], lang) in whole


def _made(
    effects: list[tuple[float, float, float]],
    learning: tuple[float, float, float],
    apart: dict[str, tuple[float, float, float]] = MappingProxyType({}),
) -> list[tuple[str, str]]:
    """Rows as they would be with other counts (synthetic): estimate, low and high end."""
    elections = ["GR2026", "TK2025", "EP2024"]
    rows = [
        {"kind": "effect", "election": name, "outcome": "invalid", "vintage": "official"}
        | dict(zip(("estimate", "conf_low", "conf_high"), ends, strict=True))
        for name, ends in zip(elections, effects, strict=False)
    ]
    rows.append(
        {"kind": "learning", "election": "GR2026", "outcome": "invalid", "vintage": "official"}
        | dict(zip(("estimate", "conf_low", "conf_high"), learning, strict=True))
    )
    rows += [
        {"kind": "municipality", "election": "GR2026", "municipality": name}
        | dict(zip(("estimate", "conf_low", "conf_high"), ends, strict=True))
        for name, ends in apart.items()
    ]
    table = pd.DataFrame(rows).assign(n_treated=9, n_comparison=200)
    table = table.reindex(columns=list(COLUMNS))
    names = {name: {"nl": name, "en": name} for name in elections}
    made = Answer(table=table, columns=(), statements=statements(table, names, {}))
    return answers(made, "en")


@pytest.mark.parametrize(
    ("effects", "learning", "first", "last"),
    [
        ([(0.003, 0.002, 0.004)], (-0.002, -0.003, -0.001), "brings more", "do better"),
        ([(-0.003, -0.004, -0.002)], (0.002, 0.001, 0.003), "brings fewer", "but worse"),
        ([(0.001, -0.001, 0.003)], (0.0, -0.001, 0.001), "cannot be established", "cannot be"),
        (
            [(0.003, 0.002, 0.004), (0.001, -0.001, 0.003)],
            (0.0, -0.001, 0.001),
            "depends on the election",
            "cannot be established",
        ),
    ],
)
def test_no_word_contradicts_a_number(
    effects: list[tuple[float, float, float]],
    learning: tuple[float, float, float],
    first: str,
    last: str,
) -> None:
    answers = _made(effects, learning)
    assert first in answers[0][0]
    assert last in answers[-1][0]


NO_LEARNING = (0.0, -0.001, 0.001)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((0.0044, 0.003, 0.0058), "44 more per 10,000"),  # 0.44 points are 44 in 10,000
        ((-0.0023, -0.004, -0.001), "23 fewer per 10,000"),
        ((0.0, -0.001, 0.001), "0 more per 10,000"),
    ],
)
def test_votes_per_ten_thousand_by_hand(ends: tuple[float, float, float], said: str) -> None:
    assert said in _made([ends], NO_LEARNING)[0][1]


def test_an_interval_that_ends_at_zero_is_no_evidence() -> None:
    for ends in ((0.002, 0.0, 0.004), (-0.002, -0.004, 0.0)):
        answers = _made([ends], ends)
        assert "cannot be established" in answers[0][0]
        assert "cannot be established" in answers[-1][0]


def test_where_it_differs_by_hand() -> None:
    effects = {
        "Gouda": (0.003, 0.001, 0.005),
        "Borne": (0.004, 0.0, 0.008),
        "Leiden": (0.001, -0.002, 0.004),
    }
    answers = _made([(0.003, 0.002, 0.004)], NO_LEARNING, effects)
    verdict, evidence = answers[-2]
    assert "differs" in verdict
    low, high = formatting.points(0.001, "en"), formatting.points(0.004, "en")
    assert f"from {low} percentage points in Leiden" in evidence
    assert f"to {high} in Borne" in evidence
    assert "in 1 of the 3 municipalities" in evidence
    alone, nothing = _made([(0.003, 0.002, 0.004)], NO_LEARNING, {"Gouda": (0.003, 0.001, 0.005)})[
        -2
    ]
    assert "Gouda" in alone
    assert nothing == ""


def test_the_mean_over_elections_by_hand() -> None:
    """Known between bounds: its middle is told, and the elections furthest apart."""
    effect = {"kind": "effect", "outcome": "invalid", "vintage": "official"}
    table = pd.DataFrame(
        [
            {**effect, "election": "GR2026", "estimate": 0.005, "conf_low": 0.004},
            {**effect, "election": "TK2025", "estimate": 0.002, "conf_low": 0.001},
            {**effect, "election": "EP2024", "bound_low": 0.003, "bound_high": 0.005},
            {"kind": "elections", "bound_low": 0.0034, "bound_high": 0.0042, "n_treated": 3},
        ]
    ).reindex(columns=list(COLUMNS))
    names = {name: {"nl": name, "en": name} for name in ("GR2026", "TK2025", "EP2024")}
    (said,) = (each for each in statements(table, names, {}) if each.key == "summary.elections")
    assert said.values["mean"] == pytest.approx(0.0038)
    assert (said.values["least"], said.values["most"]) == (0.002, 0.005)
    assert "from +0.20 (TK2025) to +0.50 (GR2026)" in said.say("en")


def test_the_latest_election_is_told_first(shipped: Answer) -> None:
    effects = shipped.table[
        (shipped.table["kind"] == "effect") & (shipped.table["outcome"] == "invalid")
    ]
    assert effects["election"].tolist() == ["GR2026", "TK2025", "EP2024"]
    (learned,) = shipped.table[shipped.table["kind"] == "learning"].to_dict("records")
    # Four had met the ballot before, seven had not.
    assert (learned["n_treated"], learned["n_comparison"]) == (4, 7)


def test_it_speaks_of_halving_only_where_the_interval_reaches_there() -> None:
    wide = _made([(0.004, 0.003, 0.005)], (0.0, -0.0021, 0.002))
    half = _made([(0.004, 0.003, 0.005)], (0.0, -0.002, 0.002))
    assert "halves" in wide[-1][1]
    assert "halves" not in half[-1][1]


def test_it_changes_with_the_counts(tmp_path: Path, shipped: Answer) -> None:
    line = "GR2026,GM0796,'s-Hertogenbosch,official,120000,57000,56000,100,900,1000,own\n"
    (tmp_path / "municipal_results.csv").write_text(HEADER + line, "utf-8")
    own = summary(evaluatie.load(data=tmp_path)).table
    assert own["estimate"].iloc[0] > shipped.table["estimate"].iloc[0]
    assert own["vintage"].iloc[0] == "official"


def test_without_an_experiment_election_it_says_so() -> None:
    made = summary(evaluatie.load(["TK2021", "TK2023"]))
    assert made.table.empty
    assert len(made.sentences("nl")) == 1


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["summary"], "Het nieuwe stembiljet geeft"),
        (["effect", "-e", "TK2025"], "hertoewijzing"),
        (["effect", "-e", "EP2024", "--lang", "en"], "bound"),
        (["learning", "decomposition"], "gepubliceerd verschil"),
        (["first-counts", "--lang", "en"], "official count"),
        (["power"], "vijf"),
        (["power", "--simulate", "10", "--design", "five", "--jobs", "1"], "vijf"),
        (["personal-vote"], "Voorkeurstemmen"),
        (["reasons"], "ontwerp"),
        (["evidence"], "nog niet ontvangen"),
        (["seats", "-m", "Gouda"], "Zetels"),
        (["scale-up", "-e", "GR2026"], "Voorspelling"),
    ],
)
def test_commands_say_what_they_are_asked(
    words: list[str], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 0
    assert shown in capsys.readouterr().out


def test_quality_finds_something_to_ask_the_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["quality", "-e", "TK2025"]) == 1
    # 29 invalid votes at TK2023, 171 now. Deventer's first count is explained, so not asked.
    shown = capsys.readouterr().out
    assert "Stein, TK2025: 171 ongeldige stemmen" in shown
    assert "Deventer" not in shown


def test_validate_names_the_bad_file_and_reads_the_good_one(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text("<EML><oops")
    (good,) = (raw / "eml").glob("Telling_TK2025_gemeente_West*.xml")
    assert run(["validate", str(good), str(bad)]) == 1
    told = capsys.readouterr()
    assert "bad.xml" in told.err
    assert "stembureaus: 11" in told.out
    assert run(["validate", str(good)]) == 0
    assert run(["validate", str(bad)]) == 2


def test_ingest_writes_tables_that_read_back(raw: Path, tmp_path: Path) -> None:
    (good,) = (raw / "eml").glob("Telling_TK2025_gemeente_West*.xml")
    assert run(["ingest", str(good), "--out", str(tmp_path)]) == 0
    rows = evaluatie.load("TK2025", "official", data=tmp_path).only("GM0668").rows
    official = rows[rows["vintage"] == "official"]
    assert official["invalid"].tolist() == [13]
    assert official["ballots"].tolist() == [13_697]


def test_summary_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["summary", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["table"][0]["n_treated"] == 11


def test_which_numbers_are_taken_by_hand(make_results: Callable[..., evaluatie.Results]) -> None:
    # Invalid votes of 10,000 ballots, before and with the new ballot; the first two had met it.
    treated = {
        ("GM0484", "Alphen aan den Rijn"): (20, 40),
        ("GM1842", "Midden-Delfland"): (10, 50),
        ("GM0513", "Gouda"): (20, 60),
        ("GM0546", "Leiden"): (30, 90),
        ("GM1948", "Meierijstad"): (25, 75),
    }
    moves = (0, 2, -2, 4, -4, 1, -1, 3, -3, 5, -5, 0)
    others = {(f"GM80{i:02}", f"Elders {i}"): (20, 20 + x) for i, x in enumerate(moves)}
    counts = [
        (election, *unit, "official", 20_000, 10_000, 10_000 - x, 0, x, x)
        for unit, pair in (treated | others).items()
        for election, x in zip(("GR2022", "GR2026"), pair, strict=True)
    ]
    soest = ("GR2026", "GM0342", "Soest", "official", 20_000, 10_000, 9_950, 0, 50, 50)
    found = run_answer(make_results(*counts, soest))
    made = found["summary"]
    assert isinstance(made, Answer)
    table = made.table
    assert table["kind"].tolist() == [
        *["effect", "mean", "next"],
        *["municipality"] * 5,
        *["effect", "learning"],
    ]
    assert table["outcome"].tolist() == [*["invalid"] * 8, "rejected", "invalid"]
    # Rises of 20, 40, 40, 60 and 50; nothing moved elsewhere on average.
    assert table["estimate"].iloc[0] == pytest.approx(0.0042)
    assert table[["n_treated", "n_comparison"]].iloc[[0, 9]].to_numpy().tolist() == [
        *([5, 12], [2, 3]),
    ]
    groups = table.set_index("municipality")["group"]
    assert (groups["Alphen aan den Rijn"], groups["Gouda"]) == ("later use", "first use")
    pairs = answers(made, "en")
    assert len(pairs) == 6
    assert table["estimate"].iloc[1] == pytest.approx(0.0042, abs=2e-4)
    assert "Municipalities like these may expect" in pairs[1][0]
    assert "42 more per 10,000" in pairs[0][1]
    assert "in Alphen aan den Rijn" in pairs[3][1]
    assert "in Leiden" in pairs[3][1]
    assert "Soest" in pairs[5][0]
    assert pairs[5][1] == ""
    assert made.sentences("en") == [" ".join(filter(None, pair)) for pair in pairs]


def test_an_effect_without_a_number_is_told_with_the_reason(tmp_path: Path) -> None:
    """Shares that changed alike leave no variance, and so no estimate and no bounds."""
    (tmp_path / "design.toml").write_text(
        "[elections]\nTK2028 = { kind = 'TK', date = 2028-03-21 }\n"
        "TK2029 = { kind = 'TK', date = 2029-03-21, baseline = 'TK2028' }\n"
        "[new_ballot]\nTK2029 = ['GM0513']\n"
    )
    counts = "official,96000,62000,61000,500,500,own"
    places = ("GM0513,Gouda", "GM0546,Leiden", "GM0599,Rotterdam", "GM0034,Almere")
    rows = [f"{e},{place},{counts}" for e in ("TK2028", "TK2029") for place in places]
    head = "election,municipality_code,municipality,vintage,eligible,ballots,valid,blank,invalid"
    (tmp_path / "municipal_results.csv").write_text("\n".join([f"{head},source", *rows]))
    made = evaluatie.summary(evaluatie.load(data=tmp_path))
    assert made.sentences("en")[0].startswith("The new ballot brings more invalid votes.")
    assert "TK2029" not in set(made.table["election"])
    told = [each for each in made.sentences("en") if "2029" in each]
    assert told == [
        "No effect of the House of Representatives election of 2029 can be estimated. "
        "These data do not allow this to be computed (TK2029)."
    ]


def test_what_cannot_be_estimated_is_told_with_the_reason() -> None:
    table = pd.DataFrame(columns=list(COLUMNS))
    names = {"GR2026": {"nl": "raad", "en": "council"}}
    said = statements(table, names, {"GR2026": Statement("missing.nobody", {"where": ""})})
    made = Answer(table=table, columns=(), statements=said)
    (none, nothing), (refused, why) = answers(made, "en")
    assert "no election" in none
    assert nothing == ""
    assert "council" in refused
    assert why == Statement("missing.nobody", {"where": ""}).say("en")
