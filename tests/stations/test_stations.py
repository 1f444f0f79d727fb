"""Polling stations within municipalities: by hand, as shipped, and from own counts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import synthetic_eml as synthetic
from matplotlib.text import Text

import evaluatie
from evaluatie.answers.answer import Answer
from evaluatie.answers.scale_up import scale_up
from evaluatie.answers.stations import stations
from evaluatie.answers.stations.compare import against_others, difference_labels, places_twice
from evaluatie.answers.stations.draw import swarm
from evaluatie.answers.stations.names import by_words
from evaluatie.answers.stations.show import draw
from evaluatie.cli import run
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, InputError, UnknownNameError
from evaluatie.ground.formatting import LANGUAGES


@pytest.fixture(scope="module")
def shipped() -> Results:
    return evaluatie.load(level="polling_station")


@pytest.fixture(scope="module")
def found(shipped: Results) -> Answer:
    return stations(shipped)


def row(frame: pd.DataFrame, **wanted: object) -> pd.Series:
    kept = frame
    for name, value in wanted.items():
        kept = kept[kept[name] == value]
    assert len(kept) == 1, kept
    return kept.iloc[0]


def by_hand(*rows: tuple[object, ...]) -> Results:
    """SIMULATED stations: election, code, station, name, postcode, ballots, invalid, complete."""
    columns = ["election", "municipality_code", "polling_station", "station_name", "postcode"]
    frame = pd.DataFrame(list(rows), columns=[*columns, "ballots", "invalid", "complete"])
    frame = frame.assign(
        municipality=frame["municipality_code"].map(evaluatie.load_design().municipalities),
        blank=0,
        valid=frame["ballots"] - frame["invalid"],
        admitted=frame["ballots"],
        investigated="none",
        vintage="official",
        source="simulated",
        complete=frame["complete"].astype("boolean"),
    )
    return Results(frame, level="polling_station")


# By hand ---------------------------------------------------------------------------------------


def test_a_municipality_by_hand():
    made = stations(
        by_hand(
            ("GR2026", "GM0484", "1", "Zorgcentrum A", "1111AA", 100, 4, True),
            ("GR2026", "GM0484", "2", "School B", "1111 ab", 100, 1, True),
            ("GR2026", "GM0484", "3", "C", None, 200, 1, True),
            ("GR2026", "GM0484", "4", "without ballots", None, 0, 0, True),
            ("GR2022", "GM0484", "9", "School B", "1111AB", 50, 1, True),
        ),
        draws=9,
    )
    now = row(made.table, election="GR2026")
    assert (now["n_stations"], now["total"], now["count"], now["share"]) == (3, 400, 6, 0.015)
    assert (now["lowest"], now["median"], now["highest"]) == (0.005, 0.01, 0.04)
    assert now["highest_station"] == "Zorgcentrum A"
    assert now["n_high"] == 2
    # Expected 1.5, 1.5 and 3: (2.5² + 0.5²) / (1.5 · 0.985) + 2² / (3 · 0.985) on two.
    x2 = (2.5**2 + 0.5**2) / (1.5 * 0.985) + 2**2 / (3 * 0.985)
    assert now["phi"] == pytest.approx(x2 / 2)
    whole = row(made.parts["overall"], election="GR2026")
    # A tenth of 400 ballots is 40 of the first station's hundred: 1.6 of 6.
    assert whole["tenth"] == pytest.approx(1.6 / 6)
    assert (whole["n_places"], whole["n_places_both"], whole["n_places_up"]) == (2, 1, 0)
    care = row(made.parts["kinds"], election="GR2026", kind="care")
    assert (care["share"], care["other_share"]) == (0.04, 2 / 300)
    assert care["estimate"] == pytest.approx(6)
    # Rest of the municipality 2 of 300.
    first = row(made.parts["each"], polling_station="1")
    at_most_three = sum(
        c * (2 / 300) ** k * (298 / 300) ** (100 - k) for k, c in enumerate((1, 100, 4950, 161700))
    )
    assert first["p_value"] == pytest.approx(1 - at_most_three)


def test_incomplete_stations_are_shown_and_in_no_sum():
    made = stations(
        by_hand(
            ("GR2026", "GM0484", "1", "A", None, 100, 4, True),
            ("GR2026", "GM0484", "2", "B", None, 100, 1, True),
            ("GR2026", "GM0268", "1", "X", None, 100, 50, False),
            ("GR2026", "GM0268", "2", "Y", None, 100, 9, False),
        ),
        draws=9,
    )
    whole = made.parts["overall"].iloc[0]
    assert (whole["n_municipalities"], whole["n_incomplete"], whole["count"]) == (1, 1, 5)
    part = row(made.table, municipality_code="GM0268")
    assert part["n_stations"] == 2
    assert part[["total", "count", "share", "phi", "p_value", "n_high", "band_low"]].isna().all()
    assert part["highest"] == 0.5
    assert (
        not made.parts["each"]
        .loc[made.parts["each"]["municipality_code"] == "GM0268", "above"]
        .any()
    )
    assert "Nijmegen" in made.sentence("nl")
    only = stations(by_hand(("GR2026", "GM0268", "1", "X", None, 100, 50, False)), draws=9)
    assert only.parts["overall"].iloc[0]["n_stations"] == 0
    assert "Nijmegen" in only.sentence("en")
    assert only.plot("nl") is not None


def test_completeness_that_is_not_known_is_an_assumption():
    rows = [("GR2026", "GM0484", str(n), "A", None, 100, n, pd.NA) for n in (1, 2)]
    made = stations(by_hand(*rows), draws=9)
    assert made.parts["overall"].iloc[0]["count"] == 3
    assert "stations-assumed-complete" in made.assumptions


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Woonzorgcentrum De Taling", "care"),
        ("GGZ Huize Padua, Centrale hal", "care"),
        ("Mobiel stembureau : SA", "mobile"),
        ("Hennes Automobielen BV", "other"),
        ("KC 't Wikveld", "school"),
        ("Gymzaal Basisschool De Dukdalf", "sport"),
        ("Kerkelijk Centrum", "church"),
        ("Ontmoetingskerk, Creil", "church"),
        ("STADHUIS", "town_hall"),
        ("Wijkcentrum Kerk en Zanen", "community"),
        ("Café-Zaal 't Zuid", "public"),
        ("'t Govertje", "other"),
    ],
)
def test_kind_by_the_words_of_a_name(name: str, kind: str):
    assert by_words(pd.Series([name, None], dtype="object"), "kinds").tolist() == [kind, "other"]


@pytest.mark.parametrize(
    ("note", "label"),
    [
        ("onderzocht vanwege andere fout; uitslag gecorrigeerd", "corrected"),
        ("onderzocht vanwege andere reden; stembiljetten deels herteld", "recounted"),
        ("toegelaten kiezers opnieuw vastgesteld", "admitted"),
        ("onderzocht vanwege onverklaard verschil", "investigated"),
    ],
)
def test_what_was_looked_at(note: str, label: str):
    assert by_words(pd.Series([note]), "looked_at").tolist() == [label]


def test_differences_either_way():
    made = difference_labels(pd.Series([10, 12, 7, pd.NA], dtype="Int64"), pd.Series([10] * 4))
    assert made.fillna("?").tolist() == ["none", "1 or 2", "3 or more", "?"]


def test_a_place_is_the_same_in_capitals_or_not():
    columns = ["municipality_code", "municipality", "postcode", "station_name", "count", "total"]
    now = pd.DataFrame(
        [("GM1", "A", "1234ab", "x", 2, 100), ("GM1", "A", "1234 AB", "y", 1, 100)], columns=columns
    )
    then = pd.DataFrame([("GM1", "A", "1234 AB", "x", 1, 100)], columns=columns)
    places, n = places_twice(now, then)
    assert n == 1
    assert (places["share"][0], places["before"][0]) == (0.015, 0.01)


def test_stations_without_a_label_take_no_part():
    frame = pd.DataFrame(
        {
            "municipality_code": "GM1",
            "count": [4, 2, 90],
            "total": [100, 100, 100],
            "label": ["a", "b", None],
        }
    )
    made = against_others(frame, "label", ["a", "c"], phi=1, alpha=0.05)
    assert made["label"].tolist() == ["a"]
    assert made["estimate"][0] == pytest.approx(2)


# As shipped: docs/methods.md, computed by other code ---------------------------------------------


def test_the_official_counts_of_399_stations(found: Answer):
    now = row(found.parts["overall"], election="GR2026", group="experiment")
    assert (now["n_municipalities"], now["n_stations"], now["n_incomplete"]) == (10, 399, 1)
    assert [round(100 * now[name]) for name in ("tenth", "tenth_chance")] == [28, 20]
    assert now["n_high"] == 98
    assert [round(100 * now[name]) for name in ("high_total", "high_count")] == [22, 47]
    assert now["n_beyond"] == 18
    assert now["expected_most"] == pytest.approx(0.399)
    # Counts are whole, so chance reaches less than the nominal one in a thousand.
    assert 0.2 < now["expected_beyond"] < now["expected_most"]
    phi = found.table.query("election == 'GR2026' and group == 'experiment'")["phi"].dropna()
    assert (round(phi.min(), 1), round(phi.max(), 1)) == (0.9, 4.5)
    # Together: each municipality by its stations less one, which its own count takes.
    each = found.table.loc[phi.index]
    free = each["n_stations"] - 1
    assert now["phi"] == pytest.approx((phi * free).sum() / free.sum(), rel=1e-12)


def test_the_same_places_with_the_old_ballot(found: Answer):
    before = row(found.parts["overall"], election="GR2022", group="experiment")
    assert before["n_municipalities"] == 9
    assert [round(100 * before[name]) for name in ("tenth", "tenth_chance")] == [35, 28]
    phi = found.table.query("election == 'GR2022' and group == 'experiment'")["phi"]
    assert (round(phi.min(), 1), round(phi.max(), 1)) == (1.1, 3.4)
    # A quick count gave 188 and 157: it took 1234ab and 1234AB for two postcodes.
    now = row(found.parts["overall"], election="GR2026", group="experiment")
    assert (now["n_places"], now["n_places_both"], now["n_places_up"]) == (365, 192, 160)


def test_places_of_care(found: Answer):
    care = row(found.parts["kinds"], election="GR2026", group="experiment", kind="care")
    assert (care["n_stations"], care["n_municipalities"]) == (27, 9)
    assert round(100 * care["share"], 2) == 1.11
    assert round(care["estimate"], 1) == 1.8
    rest = found.parts["each"].query(
        "election == 'GR2026' and group == 'experiment' and kind != 'care' and complete"
    )
    assert round(100 * rest["count"].sum() / rest["total"].sum(), 2) == 0.68


def test_tilburg_is_comparison_and_borne_not_of_the_nine(found: Answer):
    assert row(found.table, election="GR2026", municipality_code="GM0855")["group"] == "comparison"
    assert row(found.table, election="GR2022", municipality_code="GM0147")["group"] == "comparison"


def test_chance_of_one_municipality_does_not_depend_on_the_others(shipped: Results, found: Answer):
    alone = stations(shipped.only("Gouda"), "GR2026").table.iloc[0]
    among = row(found.table, election="GR2026", municipality="Gouda")
    assert (alone["phi"], alone["p_value"]) == (among["phi"], among["p_value"])


@pytest.mark.parametrize("outcome", ["invalid", "blank", "rejected"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_have_no_hole(shipped: Results, outcome: str, lang: str):
    said = stations(shipped, outcome=outcome, draws=9).sentence(lang)
    assert "{" not in said
    assert not {"nan", "None", "."} & set(said.split())


def test_the_order_of_rows_does_not_matter(shipped: Results, found: Answer):
    mixed = replace(shipped, rows=shipped.rows.sample(frac=1, random_state=2))
    again = stations(mixed)
    key = ["election", "municipality_code"]
    one, two = (each.table.set_index(key)["phi"].sort_index() for each in (found, again))
    pd.testing.assert_series_equal(one, two, rtol=1e-12)


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda r: stations(evaluatie.load("EP2019")), EstimationError, "no polling station"),
        (lambda r: stations(r, outcome="turnout"), UnknownNameError, "turnout"),
        (lambda r: stations(r, "GR2062"), UnknownNameError, "GR2026"),
        (
            lambda r: stations(replace(r, rows=r.rows.assign(ballots=0))),
            EstimationError,
            "no polling station",
        ),
    ],
)
def test_refusals(shipped: Results, ask, error, words: str):
    with pytest.raises(error, match=words):
        ask(shipped)


@pytest.mark.parametrize("level", ["polling_station", "candidate"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda r: evaluatie.effect(r, "GR2026"),
        evaluatie.rates,
        evaluatie.before_after,
        evaluatie.learning,
        scale_up,
        evaluatie.summary,
        lambda r: evaluatie.sheet(r, "Gouda"),
        evaluatie.published,
    ],
)
def test_stations_do_not_multiply_a_municipality(ask, level: str):
    below = evaluatie.load("GR2026", level=level)
    with pytest.raises(InputError, match="analyses of the ballot take municipalities"):
        ask(below)


# Figure ------------------------------------------------------------------------------------------


def test_no_dot_covers_another():
    rng = np.random.default_rng(5)
    x, radius = rng.normal(0, 20, 80), rng.uniform(1, 4, 80)
    x[:20] = 0  # many stations without any
    y = swarm(x, radius)
    apart = np.hypot(x[:, None] - x, y[:, None] - y) + 100 * np.eye(80)
    assert (apart >= radius[:, None] + radius - 1e-6).all()
    assert y[np.argmax(radius)] == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_title_states_the_finding(found: Answer, lang: str):
    drawn = draw(found, lang)
    title = " ".join(text.get_text() for text in drawn.findobj(Text)[:2])
    now = row(found.parts["overall"], election="GR2026", group="experiment")
    assert f" {now['n_above']} " in title
    assert " 399 " in title
    assert title.split()[-2 if lang == "nl" else -1] == str(round(now["expected_above"]))
    names = [text.get_text() for text in drawn.findobj(Text)]
    assert any("Nijmegen" in name for name in names)
    assert any("47" in name for name in names)


# The command, and own counts ---------------------------------------------------------------------


def test_the_command_in_every_form(capsys: pytest.CaptureFixture[str]):
    ask = ["stations", "-e", "GR2026", "-m", "Gouda"]
    assert run([*ask, "--lang", "en"]) == 0
    assert "whole" not in capsys.readouterr().err
    assert run([*ask, "--json", "--outcome", "blank"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "blank"
    assert [each["municipality"] for each in told["table"]] == ["Gouda"]
    assert {"overall", "beyond", "kinds", "checks", "places", "words"} < set(told)
    assert run([*ask, "--csv"]) == 0
    assert capsys.readouterr().out.startswith("election,municipality_code")


PLAN = '[elections]\nTK2099 = { kind = "TK", date = 2099-03-19 }\n'


def test_own_official_files_keep_their_stations(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    blocks = [synthetic.station(number) for number in (1, 2, 3)]
    blocks[0].name = "Stembureau Zorgcentrum Verzonnen (postcode: 1234 AB)"
    blocks[0].invalid = 9
    (tmp_path / "Telling_TK2099.eml.xml").write_bytes(synthetic.count(blocks))
    (tmp_path / "design.toml").write_text(PLAN, "utf-8")
    assert run(["stations", "-e", "TK2099", "--json", "--data", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    (only,) = told["table"]
    ballots = [block.valid + block.invalid + block.blank for block in blocks]
    assert (only["n_stations"], only["count"], only["total"]) == (3, 11, sum(ballots))
    assert only["complete"] is True
    assert only["highest"] == pytest.approx(9 / ballots[0])
    (care,) = [each for each in told["kinds"] if each["kind"] == "care"]
    assert care["estimate"] == pytest.approx((9 / ballots[0]) / (2 / sum(ballots[1:])))


def test_own_station_counts_as_a_table(tmp_path: Path):
    head = (
        "election,municipality_code,municipality,polling_station,station_name,valid,blank,invalid,"
        "ballots,rejected,vintage,source\n"
    )
    lines = "".join(
        f"TK2099,GM9998,Verzonnen,{n},Basisschool {n},{99 - n},1,{n},100,{n + 1},official,own\n"
        for n in (1, 3)
    )
    (tmp_path / "polling_stations.csv").write_text(head + lines, "utf-8")
    (tmp_path / "design.toml").write_text(PLAN, "utf-8")
    made = stations(evaluatie.load("TK2099", data=tmp_path, level="polling_station"), draws=9)
    assert made.table.iloc[0]["share"] == 0.02
    assert made.table.iloc[0]["group"] == "comparison"
    assert "stations-assumed-complete" in made.assumptions
    assert "TK2099" in made.sentence("nl") or "2099" in made.sentence("nl")
