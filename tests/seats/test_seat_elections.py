import pandas as pd
import pytest

from evaluatie.answers.answer import to_json
from evaluatie.answers.seats import (
    RULES,
    allocate_election,
    could_matter,
    margins,
    margins_election,
    outcomes,
    rule_of,
    seats_at_stake,
)
from evaluatie.counts import load_table
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.ground.folders import raw_folder

MUNICIPAL = {"GR2018": ("20180321", 335), "GR2026": ("20260318", 340)}
NATIONAL = {
    "TK2017": "20170315",
    "TK2021": "20210317",
    "TK2023": "20231122",
    "TK2025": "20251029",
    "EP2019": "20190523",
    "EP2024": "20240606",
}
# Official councils that the votes alone do not give, with the legal reason.
LOTS = {"GR2018": [], "GR2026": ["GM0957"]}  # Roermond: CDA 1851 / 3 = Partij voor de Dieren 617


def official(name):
    folder = raw_folder()
    if folder is None:
        pytest.skip("EVALUATIE_RAW does not name a folder with raw files")
    frame = pd.read_csv(
        folder / "official" / name, sep=";", dtype="str", encoding="utf-8-sig", index_col=False
    )
    votes = pd.to_numeric(frame["AantalStemmen"]).astype("int64")
    seats = pd.to_numeric(frame["AantalZetels"]).astype("Int64")
    return frame.assign(votes=votes, seats=seats, list_name=frame["Partij"], source="raw")


def raw_councils(election):
    frame = official(f"uitslag_{election[:2]}{MUNICIPAL[election][0]}_Gemeente.csv")
    return frame.assign(election=election, municipality_code="GM" + frame["Code"].str[1:])


def raw_nation(election):
    frame = official(f"uitslag_{election[:2]}{NATIONAL[election]}_Nederland.csv")
    return frame[frame["Type"] == "Partij"].assign(election=election)


@pytest.fixture(scope="module")
def shipped():
    return load_table("list_votes")


def check_councils(table, election):
    result = allocate_election(table)
    assert len(result.parts["bodies"]) == MUNICIPAL[election][1]
    status = result.parts["bodies"].set_index("municipality_code")["status"]
    assert status[status == "different"].empty
    assert list(status[status == "lot"].index) == LOTS[election]
    assert (result.table["seats"] == result.table["allocated"]).all()
    return result


@pytest.mark.raw
@pytest.mark.parametrize("election", MUNICIPAL)
def test_every_council_from_the_official_file(election):
    check_councils(raw_councils(election), election)


@pytest.mark.parametrize("election", MUNICIPAL)
def test_every_council_from_the_shipped_table(shipped, election):
    result = check_councils(shipped[shipped["election"] == election], election)
    assert result.sources
    assert str(MUNICIPAL[election][1]) in result.sentence("nl")


def test_the_only_lot_is_between_two_lists_of_roermond(shipped):
    table = allocate_election(shipped[shipped["election"] == "GR2026"]).table
    lot = table[table["by_lot"]]
    assert sorted(zip(lot["votes"], lot["seats"], strict=True)) == [(617, 1), (1851, 2)]


@pytest.mark.parametrize("election", MUNICIPAL)
def test_the_tightened_rule_did_not_hold_yet(shipped, election):
    """Bill 36 641 asks a full quota: that does not give the official seats."""
    result = allocate_election(shipped[shipped["election"] == election], rule="municipal_quota")
    assert (result.parts["bodies"]["status"] == "different").sum() > 50


@pytest.mark.parametrize("election", NATIONAL)
def test_national_seats_from_the_shipped_table(election):
    table = load_table("national_list_votes")
    result = allocate_election(table[table["election"] == election])
    assert result.parts["bodies"]["status"].tolist() == ["same"]
    assert result.parts["bodies"]["rule"].tolist() == ["national"]
    assert result.parts["bodies"]["place"].tolist() == [election]
    assert result.parts["bodies"]["n_seats"].tolist() == [
        {"EP2019": 26, "EP2024": 31}.get(election, 150)
    ]


@pytest.mark.raw
@pytest.mark.parametrize("election", NATIONAL)
def test_national_seats_from_the_official_file(election):
    assert allocate_election(raw_nation(election)).parts["bodies"]["status"].tolist() == ["same"]


@pytest.mark.parametrize("election", ["EP2019", "EP2024"])
def test_the_european_threshold_is_needed(election):
    table = load_table("national_list_votes")
    result = allocate_election(table[table["election"] == election], rule="municipal")
    assert result.parts["bodies"]["status"].tolist() == ["different"]


def test_one_vote_decided_in_municipalities_that_recounted(shipped):
    """Press reports of March 2018: recounts where one vote decided a seat."""
    election = shipped[shipped["election"] == "GR2018"]
    pairs = {
        "GM0345": ("Staatkundig Gereformeerde Partij (SGP)", "Partij van de Arbeid (P.v.d.A.)"),
        "GM0479": ("Partij voor de Dieren", "ROSA"),
    }
    for code, pair in pairs.items():
        body = election[election["municipality_code"] == code].set_index("list_name")["votes"]
        n_seats = int(election.loc[election["municipality_code"] == code, "seats"].sum())
        real = outcomes(body.tolist(), n_seats)
        moved = [
            outcomes(
                body.add(pd.Series({a: -1, b: 1})).fillna(body)[body.index].astype(int), n_seats
            )
            for a, b in (pair, pair[::-1])
        ]
        assert any(each != real for each in moved), code


def test_margins_of_many_bodies_are_those_of_one(shipped):
    election = shipped[shipped["election"] == "GR2026"]
    codes = ["GM0755", "GM1730"]  # below and above 19 seats
    many = margins_election(election[election["municipality_code"].isin(codes)])
    assert many.table["votes"].is_monotonic_increasing
    for code in codes:
        body = election[election["municipality_code"] == code]
        one = margins(
            body["votes"].tolist(), int(body["seats"].sum()), lists=body["list_name"].tolist()
        )
        here = many.table.set_index("municipality_code").loc[code, list(one.columns)]
        assert here.tolist() == one.iloc[0].tolist()
    assert "{" not in many.sentence("nl") + many.sentence("en")


def test_seats_at_stake_of_many_bodies_are_those_of_one(shipped):
    excess = pd.DataFrame(
        {
            "election": "GR2026",
            "municipality_code": ["GM0755", "GM1730"],
            "loss": "experiment",
            "excess_low": [-2.0, 8.0],
            "excess_high": [12.0, 40.0],
        }
    )
    result = seats_at_stake(shipped, excess, draws=500)
    assert result.table["place"].tolist() == ["Boekel"] * 2 + ["Tynaarlo"] * 2
    for _, row in excess.iterrows():
        body = shipped[
            (shipped["election"] == "GR2026")
            & (shipped["municipality_code"] == row["municipality_code"])
        ]
        one = could_matter(
            body["votes"].tolist(),
            int(body["seats"].sum()),
            row["excess_low"],
            row["excess_high"],
            lists=body["list_name"].tolist(),
            draws=500,
        )
        here = result.table[result.table["municipality_code"] == row["municipality_code"]]
        here = here[one.columns].reset_index(drop=True)
        pd.testing.assert_frame_equal(here, one, check_dtype=False)
    assert result.sources == ("gr2026-municipal",)
    assert "{" not in result.sentence("nl") + result.sentence("en")
    assert to_json(result.to_dict())


def test_the_closest_is_the_nearest_to_a_seat_at_the_upper_limit(shipped):
    """Boekel needs 53 votes and lost 50 to 60, Tynaarlo needs 9 and lost none to 100."""
    excess = pd.DataFrame(
        {
            "election": "GR2026",
            "municipality_code": ["GM0755", "GM1730"],
            "loss": "experiment",
            "excess_low": [50, 0],
            "excess_high": [60, 100],
        }
    )
    made = seats_at_stake(shipped, excess, draws=200)
    assert "The closest was Tynaarlo: 9 votes" in made.sentence("en")
    assert "0 in" not in made.sentence("en")
    assert made.brief["place"].tolist() == ["Tynaarlo", "Boekel"]
    chance = made.table.query("scenario == 'proportional'")["probability_high"].max()
    assert 0.001 < chance < 0.2
    assert f"Tynaarlo: 0.0% to {100 * chance:.1f}%" in made.sentence("en")


def test_national_seats_at_stake(shipped):
    nation = load_table("national_list_votes")
    excess = pd.DataFrame(
        {
            "election": ["TK2025"],
            "municipality_code": ["NL"],
            "loss": ["first use"],
            "excess_low": [10_000],
            "excess_high": [40_000],
        }
    )
    result = seats_at_stake(nation, excess, draws=500)
    assert result.table["place"].tolist() == ["TK2025"] * 2
    assert result.table["n_seats"].tolist() == [150, 150]


BAD = {
    "no votes known": ({"election": "GR2026", "municipality_code": "GM9999"}, "unknown"),
    "an election without seats": ({"election": "TK2023", "municipality_code": "GM0755"}, "unknown"),
}


@pytest.mark.parametrize("case", BAD)
def test_excess_of_an_unknown_municipality(shipped, case):
    key, words = BAD[case]
    with pytest.raises(InputError, match=words):
        seats_at_stake(shipped, pd.DataFrame([key | {"excess_low": 1, "excess_high": 2}]))


def test_nothing_to_allocate(shipped):
    with pytest.raises(InputError, match="no election"):
        allocate_election(shipped[shipped["election"] == "TK2023"])
    with pytest.raises(InputError, match="no municipality"):
        seats_at_stake(shipped, pd.DataFrame(columns=["election", "municipality_code"]))


def test_official_seats_that_do_not_follow_are_shown(shipped):
    boekel = shipped[
        (shipped["election"] == "GR2026") & (shipped["municipality_code"] == "GM0755")
    ].copy()
    most, least = boekel["seats"].idxmax(), boekel["seats"].idxmin()
    boekel.loc[most, "seats"] -= 1
    boekel.loc[least, "seats"] += 1
    result = allocate_election(boekel, names={"GM0755": "Boekel"})
    assert result.parts["bodies"]["status"].tolist() == ["different"]
    assert (result.table["seats"] != result.table["allocated"]).sum() == 2
    assert "Boekel" in result.sentence("nl")


def test_rules_of_elections():
    assert {rule_of(each) for each in ("GR2026", "GR2030", "PS2027")} == {"municipal"}
    assert {rule_of(each) for each in ("TK2025", "EP2029")} == {"national"}
    assert set(RULES) >= {"municipal", "national"}
    with pytest.raises(UnknownNameError):
        rule_of("WS2027")
