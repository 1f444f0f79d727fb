"""Each rule on made-up counts, at its threshold and just below."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import evaluatie
from evaluatie.answers.quality import quality, quality_as_printed
from evaluatie.answers.quality.given import municipal_rows, settings
from evaluatie.answers.quality.peers import expectations
from evaluatie.answers.quality.rules import national_sums
from evaluatie.answers.quality.spread import between_variance, log_probability, to_count, to_scale
from evaluatie.cli import run
from evaluatie.counts import load
from evaluatie.ground.errors import DesignError, InputError, UnknownNameError
from evaluatie.ground.folders import RAW_VARIABLE, raw_folder
from evaluatie.sources.reading import read

NOTHING = evaluatie.load_table("known_exceptions")[:0]
NATIONAL = evaluatie.load_table("national_results")[:0]


def municipality(**counts: object) -> pd.DataFrame:
    """One made-up municipality that is in order, but for ``counts``."""
    row = {
        "election": "TK2025",
        "municipality_code": "GM9999",
        "municipality": "Voorbeeld",
        "vintage": "official",
        "eligible": 15001,
        "ballots": 10000,
        "valid": 9950,
        "blank": 20,
        "invalid": 30,
        "rejected": 50,
    }
    return pd.DataFrame([row | counts])


def station(n: int = 1, **counts: object) -> pd.DataFrame:
    """Made-up polling stations that are in order, but for ``counts``."""
    row = {
        "election": "TK2025",
        "municipality_code": "GM9999",
        "municipality": "Voorbeeld",
        "polling_station": "SB",
        "station_name": "School <b>",
        "eligible": None,
        "ballots": 1000,
        "valid": 990,
        "blank": 4,
        "invalid": 6,
        "rejected": 10,
        "admitted": 1000,
    }
    rows = pd.DataFrame([row] * n)
    rows["polling_station"] = [f"SB{i + 1}" for i in range(n)]
    for name, value in counts.items():
        rows.loc[0, name] = value
    return rows


def judge(rows: pd.DataFrame, stations: pd.DataFrame | None = None, **more: object) -> pd.DataFrame:
    more = {"exceptions": NOTHING} | more
    return quality(rows, stations, **more).table


def test_what_is_in_order_gives_no_finding() -> None:
    result = quality(municipality(), station(10), NOTHING)
    assert set(result.table["rule"]) == {"stations=municipality"} or result.table.empty
    alone = quality(municipality(), exceptions=NOTHING)
    assert alone.table.empty
    assert alone.findings == 0
    assert "1" in alone.sentence("nl")


@pytest.mark.parametrize(
    ("counts", "rule", "severity"),
    [
        ({"valid": 9951}, "valid+blank+invalid=ballots", "error"),
        ({"valid": 9951}, "valid+rejected=ballots", "error"),
        ({"rejected": 51}, "blank+invalid=rejected", "error"),
        ({"eligible": 9999}, "ballots<=eligible", "warning"),
        ({"blank": 300, "valid": 9670, "rejected": 330}, "W.201", "warning"),
        ({"invalid": 300, "valid": 9680, "rejected": 320}, "W.202", "warning"),
        (
            {"ballots": 0, "valid": 0, "blank": 0, "invalid": 0, "rejected": 0},
            "no-voters",
            "warning",
        ),
        ({"eligible": 15000}, "eligible-round", "info"),
    ],
)
def test_rules_on_a_municipality(counts, rule, severity) -> None:
    table = judge(municipality(**counts))
    assert table.set_index("rule").loc[rule, "severity"] == severity
    assert set(table["unit"]) == {"GM9999"}


@pytest.mark.parametrize(
    "counts",
    [
        {"blank": 299, "valid": 9671, "rejected": 329},
        {"invalid": 299, "valid": 9681, "rejected": 319},
        {"eligible": 10000 + 1, "valid": None, "rejected": None},
        {"blank": None, "invalid": None},
    ],
)
def test_just_below_a_threshold_and_unknown_counts_are_no_finding(counts) -> None:
    assert judge(municipality(**counts)).empty


@pytest.mark.parametrize(
    ("admitted", "ballots", "found"),
    [
        (1020, 1000, True),
        (980, 1000, True),
        (1019, 1000, False),  # 1.9%
        (514, 500, False),  # 2.8%, but 14 voters
        (515, 500, True),
        (None, 1000, False),
    ],
)
def test_admitted_voters_against_ballots(admitted, ballots, found) -> None:
    box = station(admitted=admitted, ballots=ballots, valid=ballots - 10)
    table = judge(municipality(), box)
    assert ("W.203" in set(table["rule"])) == found


def test_stations_must_add_up_to_their_municipality() -> None:
    total = municipality(ballots=2000, valid=1980, blank=8, invalid=12, rejected=20)
    assert judge(total, station(2)).empty
    table = judge(total, station(2, invalid=7, valid=989))
    sums = table[table["rule"] == "stations=municipality"].set_index("measure")
    assert sums["value"].to_dict() == {"invalid": 13, "valid": 1979}
    assert sums["expected"].to_dict() == {"invalid": 12, "valid": 1980}
    assert set(sums["severity"]) == {"error"}
    first = judge(total.assign(vintage="provisional"), station(2, invalid=7, valid=989))
    assert set(first.loc[first["rule"] == "stations=municipality", "severity"]) == {"warning"}


def test_a_station_of_its_own() -> None:
    boxes = station(12, invalid=60, valid=936)
    table = judge(municipality(), boxes).set_index("rule")
    assert table.loc["outlier-invalid", "unit"] == "SB1"
    assert table.loc["outlier-invalid", "unit_name"] == "School <b> (Voorbeeld)"
    assert table.loc["W.202", "level"] == "polling_station"
    empty = station(12, blank=0, invalid=0, valid=5000, ballots=5000, admitted=5000)
    assert judge(municipality(), empty).set_index("rule").loc["not-reported", "unit"] == "SB1"
    no_voters = station(12, ballots=0, valid=0, blank=0, invalid=0, rejected=0, admitted=0)
    assert judge(municipality(), no_voters).set_index("rule").loc["no-voters", "unit"] == "SB1"
    # A small station without rejected votes is as it should be.
    small = station(12, blank=0, invalid=0, valid=80, ballots=80, rejected=0, admitted=80)
    assert set(judge(municipality(), small)["rule"]) <= {"stations=municipality"}


def test_municipalities_against_the_national_total() -> None:
    two = municipal_rows(pd.concat([municipality(), municipality(municipality_code="GM9998")]))
    total = NATIONAL.reindex([0]).assign(election="TK2025", vintage="official", invalid=61)
    codes = pd.DataFrame({"election": "TK2025", "municipality_code": ["GM9998", "GM9999"]})
    (below,) = national_sums(two, total, codes)
    assert (below.rule, below.value, below.expected) == ("sum-below-national", 60, 61)
    assert (below.level, below.unit, below.measure) == ("national", "", "invalid")
    # Of a few municipalities only a sum above the total says something.
    assert list(national_sums(two[:1], total, codes)) == []
    (above,) = national_sums(two[:1], total.assign(invalid=29), codes)
    assert (above.rule, above.severity) == ("sum-above-national", "error")


def test_an_exception_makes_a_finding_known() -> None:
    note = NOTHING.iloc[:0].copy()
    note.loc[0] = ["TK2025", "GM9999", "official", "ballots<=eligible", "an island"]
    table = judge(municipality(eligible=9999), exceptions=note)
    assert table[["severity", "known"]].to_numpy().tolist() == [["info", "an island"]]
    other = note.assign(vintage="provisional")
    assert judge(municipality(eligible=9999), exceptions=other)["severity"].tolist() == ["warning"]


# --- against the past -----------------------------------------------------------------------


def simulated(seed: int, units: int = 300, between: float = 0.004) -> pd.DataFrame:
    """Synthetic counts of two elections: shares move together, with municipal variation."""
    rng = np.random.default_rng(seed)
    ballots = np.exp(rng.uniform(np.log(3000), np.log(120000), units)).astype(int)
    level = {"invalid": rng.normal(0.05, 0.008, units), "blank": rng.normal(0.04, 0.006, units)}
    parts = []
    for election, shift in (("TK2027", 0.0), ("TK2031", 0.006)):
        moved = {
            name: rng.binomial(
                ballots, np.sin(y + shift + rng.normal(0, between / np.sqrt(2), units)) ** 2
            )
            for name, y in level.items()
        }
        parts.append(
            pd.DataFrame(
                {
                    "election": election,
                    "municipality_code": [f"GM{i:04d}" for i in range(units)],
                    "municipality": [f"Name {i}" for i in range(units)],
                    "vintage": "official",
                    "eligible": (1.3 * ballots * rng.lognormal(0.01, 0.01, units)).astype(int),
                    "ballots": ballots,
                    "valid": ballots - moved["invalid"] - moved["blank"],
                    **moved,
                    "rejected": moved["invalid"] + moved["blank"],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def test_synthetic_counts_without_errors_give_next_to_no_alarms() -> None:
    alarms = 0
    for seed in range(8):
        table = judge(simulated(seed))
        alarms += int((table["severity"] != "info").sum())
    # 8 × 300 × 3 judged counts; at four standard deviations 0.5 would be expected.
    assert alarms <= 4


def test_planted_swaps_are_found_where_the_two_counts_differ() -> None:
    rows = simulated(11, between=0.002)
    now = rows["election"] == "TK2031"
    # Only where an exchange shows: half as many invalid again as blank, and not a handful.
    apart = (rows["invalid"] > 1.6 * rows["blank"]) & (rows["blank"] > 20)
    chosen = rows.index[now & apart][:20]
    planted = rows.copy()
    planted.loc[chosen, ["invalid", "blank"]] = rows.loc[chosen, ["blank", "invalid"]].to_numpy()
    table = judge(planted)
    swapped = set(table.loc[table["rule"] == "invalid-blank-swapped", "unit"])
    truly = set(rows.loc[chosen, "municipality_code"])
    assert len(swapped & truly) >= 16
    assert not swapped - truly


def test_planted_errors_are_found_each_by_its_rule() -> None:
    rows = simulated(12)
    now = rows.index[rows["election"] == "TK2031"]
    big = [i for i in now if rows.at[i, "ballots"] > 30000][:6]
    rows.loc[big[0], ["invalid", "blank", "rejected"]] = 0
    rows.loc[big[1], "invalid"] = 0
    rows.loc[big[2], "blank"] *= 4
    rows.loc[big[3], "invalid"] *= 4
    rows.loc[big[4], "eligible"] = int(rows.at[big[4], "eligible"] * 1.4)
    copied = [i for i in now if i not in big][:20]
    before = rows[rows["election"] == "TK2027"].set_index("municipality_code")["eligible"]
    rows.loc[copied, "eligible"] = before[rows.loc[copied, "municipality_code"]].to_numpy()
    rows["valid"] = rows["ballots"] - rows["invalid"] - rows["blank"]
    rows["rejected"] = rows["invalid"] + rows["blank"]
    table = judge(rows)
    asked = table[table["severity"] == "warning"]
    units = rows.loc[big, "municipality_code"].tolist()
    rules = asked.groupby("unit")["rule"].agg(set)
    assert rules[units[0]] == {"not-reported"}
    assert rules[units[1]] == {"invalid-zero"}
    assert rules[units[2]] == {"jump-blank"}
    assert rules[units[3]] == {"jump-invalid"}
    assert rules[units[4]] == {"jump-eligible"}
    found = set(asked.loc[asked["rule"] == "eligible-copied", "unit"])
    assert len(found & set(rows.loc[copied, "municipality_code"])) >= 18


def test_a_first_count_against_the_official_one() -> None:
    rows = simulated(13, units=40)
    now = rows[rows["election"] == "TK2031"]
    first = now.assign(vintage="provisional")
    unit = first["municipality_code"].iloc[3]
    here = first["municipality_code"] == unit
    for name in ("ballots", "valid", "blank", "invalid", "rejected"):
        first.loc[here, name] = (first.loc[here, name] * 0.9).astype(int)
    first.loc[here, "ballots"] = first.loc[here, ["valid", "blank", "invalid"]].sum(axis=1)
    first.loc[here, "rejected"] = first.loc[here, ["blank", "invalid"]].sum(axis=1)
    table = judge(pd.concat([rows, first], ignore_index=True))
    late = table[table["rule"].str.startswith("vintage")]
    assert set(late["unit"]) == {unit}
    assert "vintage-ballots" in set(late["rule"])


@pytest.mark.raw
def test_an_official_file_of_a_municipality_and_its_stations() -> None:
    folder = raw_folder()
    if folder is None:
        pytest.skip(f"{RAW_VARIABLE} does not name a folder with the raw files")
    file = folder / "eml" / "Telling_TK2025_gemeente_West_Maas_en_Waal.eml.xml"
    boxes = read(file, level="polling_station").frame
    own = read(file).frame
    assert quality(own, boxes, previous=evaluatie.load()).table.empty
    wrong = boxes.copy()
    wrong.loc[2, ["admitted", "invalid"]] = [1700, 90]
    table = quality(own, wrong, previous=evaluatie.load()).table
    assert set(table["rule"]) == {
        "W.202",
        "W.203",
        "outlier-invalid",
        "stations=municipality",
        "blank+invalid=rejected",
        "valid+blank+invalid=ballots",
    }


# --- numerics -------------------------------------------------------------------------------


def test_between_variance_is_recovered_in_spite_of_outliers() -> None:
    rng = np.random.default_rng(3)
    noise = rng.uniform(1e-6, 2e-5, 4000)
    residual = rng.normal(0, np.sqrt(noise + 0.005**2))
    assert np.sqrt(between_variance(residual, noise)) == pytest.approx(0.005, rel=0.05)
    residual[:200] = 1.0
    assert np.sqrt(between_variance(residual, noise)) == pytest.approx(0.005, rel=0.15)
    assert between_variance(rng.normal(0, 0.3 * np.sqrt(noise)), noise) == 0.0


@pytest.mark.filterwarnings("error")
def test_between_variance_of_counts_that_counting_alone_cannot_move() -> None:
    nowhere, far = np.zeros(3), np.array([3.0, -3.0, 0.0])
    assert between_variance(nowhere, nowhere) == 0.0
    # The median of |3| / sqrt(tau2) is 0.674.
    assert between_variance(far, nowhere) == pytest.approx((3 / 0.6744897501960817) ** 2)


def test_the_scale_goes_back_and_forth_and_has_the_variance_it_says() -> None:
    x, n = np.array([0.0, 3.0, 40.0]), np.array([500.0, 1000.0, 9000.0])
    assert to_count(to_scale(x, n), n) == pytest.approx(x)
    rng = np.random.default_rng(4)
    y = to_scale(rng.binomial(20000, 0.003, 20000), 20000)
    assert y.var() == pytest.approx(1 / (4 * 20000), rel=0.05)


def test_log_probability_is_that_of_scipy() -> None:
    mean, variance = 40.0, 130.0
    size = mean**2 / (variance - mean)
    x = np.arange(0, 200)
    reference = stats.nbinom.logpmf(x, size, size / (size + mean))
    assert log_probability(x, mean, variance) == pytest.approx(reference, abs=1e-9)
    assert log_probability(x, mean, mean) == pytest.approx(stats.poisson.logpmf(x, mean), abs=1e-2)


# --- what is refused ------------------------------------------------------------------------


def test_bad_input_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="'municipality_code' is missing"):
        quality(municipality().drop(columns="municipality_code"))
    with pytest.raises(InputError, match="election is empty"):
        quality(municipality(election=None))
    with pytest.raises(InputError, match="invalid is not a count"):
        quality(municipality(invalid=2.5))
    with pytest.raises(InputError, match="'polling_station' is missing"):
        quality(municipality(), station().drop(columns="polling_station"))
    with pytest.raises(UnknownNameError, match="TK2025"):
        quality(municipality(), elections=["TK2026"])


def test_a_plan_without_a_threshold_is_refused() -> None:
    plan = evaluatie.load_design()
    table = {k: v for k, v in plan.raw["quality"].items() if k != "jump_limit"}
    broken = dataclasses.replace(plan, raw={**plan.raw, "quality": table})
    with pytest.raises(DesignError, match="jump_limit"):
        settings(broken)
    silent = {name: value for name, value in plan.raw.items() if name != "quality"}
    assert settings(dataclasses.replace(plan, raw=silent)) == settings(plan)


def test_the_users_plan_and_tables_decide_what_is_conspicuous(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(*more: str) -> list[dict[str, object]]:
        run(["quality", "-e", "GR2026", "--json", *more])
        return [r for r in json.loads(capsys.readouterr().out)["table"] if r["rule"] == "W.201"]

    before = len(found())
    (tmp_path / "design.toml").write_text("[quality]\nblank_share = 0.015\n", "utf-8")
    (tmp_path / "mergers.csv").write_text(
        "valid_from_year,code_from,name_from,code_to,name_to,kind,source\n"
        "2026,GM9998,Verzonnen,GM0014,Groningen,part,own\n",
        "utf-8",
    )
    assert len(found("--data", str(tmp_path))) > before

    seen: list[pd.DataFrame] = []

    def spy(*given: Any, **tables: pd.DataFrame) -> pd.DataFrame:
        seen.append(tables["mergers"])
        return expectations(*given, **tables)

    monkeypatch.setattr("evaluatie.answers.quality.analyse.expectations", spy)
    quality_as_printed(load(data=tmp_path), ["GR2026"])
    assert "GM9998" in set(seen[0]["code_from"])


def test_exchanged_is_what_two_counts_of_the_same_ballots_say() -> None:
    from evaluatie.answers.quality.given import settings
    from evaluatie.answers.quality.vintages import counted_twice, vintage_swaps
    from evaluatie.plan import load_design

    def count(code: str, vintage: str, invalid: int, blank: int) -> dict[str, object]:
        counts = {"invalid": invalid, "blank": blank, "rejected": invalid + blank}
        whole = {"eligible": 2000, "ballots": 1000, "valid": 1000 - invalid - blank}
        names = {"election": "TK2025", "municipality_code": code, "municipality": f"Place {code}"}
        return {**names, "vintage": vintage, **whole, **counts}

    rows = pd.DataFrame(
        [
            count("GM0001", "provisional", 60, 20),
            count("GM0001", "official", 20, 60),
            count("GM0002", "provisional", 60, 20),
            count("GM0002", "official", 61, 20),
            # 5 and 2 either way round is what chance may do.
            count("GM0003", "provisional", 5, 2),
            count("GM0003", "official", 2, 5),
            # More of both with the official count is no exchange.
            count("GM0004", "provisional", 20, 20),
            count("GM0004", "official", 60, 22),
        ]
    )
    limits = settings(load_design())
    (found,) = vintage_swaps(counted_twice(rows), set(), limits)
    assert (found.unit, found.value, found.expected) == ("GM0001", 60, 20)
    # (60 - 20) log(60.5 / 20.5) = 43.3 > log 9 + log 999 = 9.1.
    assert "60 invalid and 20 blank" in found.say("en")
    assert "20 ongeldig en 60 blanco" in found.say("nl")
    known = {("TK2025", "provisional", "GM0001", "invalid")}
    assert list(vintage_swaps(counted_twice(rows), known, limits)) == []
