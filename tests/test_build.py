"""The tables that ship: rebuilt from the raw files, held to official facts, and protected."""

import hashlib
import io
import itertools
import runpy
import shutil
import tomllib
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from evaluatie.counts import identity_breaches, load_table, loading
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import ChecksumError, InputError, UnknownNameError
from evaluatie.ground.folders import RAW_VARIABLE, bundled
from evaluatie.plan import load_design
from evaluatie.sources import build as building
from evaluatie.sources.build import READERS, BuildReport, Reader, build, make_tables
from evaluatie.sources.catalogue import catalogue

SOURCES = {each.id: each for each in catalogue()}
FIVE = load_design().treated("EP2024")


@pytest.fixture(scope="module")
def read_once(raw) -> tuple[dict[str, bytes], dict[str, Reader]]:
    """The raw files, and readers that read each content once."""

    def remembering(reader: Reader) -> Reader:
        tables = cache(reader)
        return lambda *given: {name: rows.copy() for name, rows in tables(*given).items()}

    contents = {each.id: (raw / each.file).read_bytes() for each in catalogue()}
    return contents, {name: remembering(reader) for name, reader in READERS.items()}


@pytest.fixture
def contents(read_once, monkeypatch) -> dict[str, bytes]:
    contents, readers = read_once
    monkeypatch.setattr(building, "READERS", readers)
    return contents


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    # As printed; load() makes what was not reported unknown.
    return load_table("municipal_results")


def manifest() -> dict:
    return tomllib.loads((bundled("data") / "manifest.toml").read_text("utf-8"))


# --- rebuilt from the raw files -------------------------------------------------------------


@pytest.fixture(scope="module")
def built(raw, tmp_path_factory) -> tuple[Path, BuildReport, str]:
    """What the script built: the folder, the report, and what it printed."""
    out, reports = tmp_path_factory.mktemp("built"), []

    def kept(*arguments: object) -> BuildReport:
        reports.append(build(*arguments))
        return reports[-1]

    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        patch.setattr(building, "build", kept)
        assert run_script(patch, raw, out) == 0
    return out, *reports, printed.getvalue()


@pytest.mark.raw
def test_rebuilding_gives_the_shipped_tables_byte_for_byte(raw, built):
    out, report, _ = built
    made = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert made == set(report.rows) | {"manifest.toml", "datapackage.json"}
    for name in made:
        assert (out / name).read_bytes() == (bundled("data") / name).read_bytes(), name
    assert set(report.changed) == made
    again = build(raw, out)
    assert again.changed == ()


@pytest.mark.raw
def test_report_says_what_was_written(built):
    _, report, _ = built
    total = f"{sum(report.rows.values()):,}"
    assert f"{len(report.rows)} tables with {total} rows" in report.sentence("en")
    assert f"{len(report.rows)} tabellen met {total.replace(',', '.')} rijen" in report.sentence()


@pytest.mark.raw
def test_missing_raw_file_is_named_and_nothing_is_written(raw, tmp_path):
    copy, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(raw, copy)
    lost = copy / SOURCES["tk2021-national"].file
    lost.parent.chmod(0o755)
    lost.unlink()
    with pytest.raises(InputError, match="missing or unreadable") as caught:
        build(copy, out)
    assert caught.value.file == str(lost)
    assert not out.exists()


@pytest.mark.raw
def test_changed_raw_file_is_refused(raw, tmp_path):
    copy, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(raw, copy)
    changed = copy / SOURCES["tk2023-national"].file
    changed.chmod(0o644)
    changed.write_bytes(changed.read_bytes() + b"\n")
    with pytest.raises(ChecksumError, match="not the one catalogued as tk2023-national"):
        build(copy, out)
    assert not out.exists()


def test_no_raw_folder(tmp_path):
    with pytest.raises(InputError, match="no such folder with raw files"):
        build(tmp_path / "nowhere", tmp_path)


@pytest.mark.raw
def test_failed_build_leaves_the_tables_as_they_were(raw, built, tmp_path, monkeypatch):
    copy, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(built[0], out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    shutil.copytree(raw, copy)
    broken = copy / SOURCES["tk2021-municipal"].file
    broken.chmod(0o644)
    text = broken.read_bytes().replace(b"20921;17444;32;25;17387", b"20921;17444;32;x25;17387")
    broken.write_bytes(text)
    digest = hashlib.sha256(text).hexdigest()
    catalogued = tuple(
        replace(each, sha256=digest) if each.id == "tk2021-municipal" else each
        for each in catalogue()
    )
    monkeypatch.setattr("evaluatie.sources.build.catalogue", lambda: catalogued)
    with pytest.raises(InputError, match="holds no count") as caught:
        build(copy, out)
    assert caught.value.unit == "line 2"
    assert caught.value.value == "x25"
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.raw
def test_sources_that_disagree_are_refused(contents):
    # Groningen at GR2026: one vote is blank and not valid. Valid votes stand per list, too.
    name = "gr2026-official"
    line = next(each for each in contents[name].splitlines() if b";G0014;" in each)
    assert line == b"Groningen;G0014;199766;115873;115343;289;241"
    wrong = b"Groningen;G0014;199766;115873;115342;290;241"
    with pytest.raises(InputError, match="two sources disagree on the counts") as caught:
        make_tables({**contents, name: contents[name].replace(line, wrong)})
    assert caught.value.unit == "GR2026, GM0014, official"


@pytest.mark.raw
def test_previous_results_must_agree_with_the_record(contents):
    name = "gr2026-nos"
    header, *lines = contents[name].decode().splitlines()
    column = header.split(",").index("invalid_22")
    place = next(i for i, each in enumerate(lines) if each.startswith("GM0513,"))
    cells = lines[place].split(",")
    assert cells[column] == "85"
    cells[column] = "86"
    changed = "\n".join([header, *lines[:place], ",".join(cells), *lines[place + 1 :]])
    with pytest.raises(InputError, match="another number of invalid votes") as caught:
        make_tables({**contents, name: changed.encode()})
    assert (caught.value.unit, caught.value.value, caught.value.expected) == (
        *("GR2022, GM0513", 86, 85),
    )


@pytest.mark.raw
def test_a_listed_disagreement_must_be_one(contents, tmp_path, monkeypatch):
    listed = building._EXCEPTIONS.read_text("utf-8")
    real = "GR2022,GM0579,official,sources agree,"
    assert real in listed
    own = tmp_path / "known_exceptions.csv"
    monkeypatch.setattr(building, "_EXCEPTIONS", own)

    own.write_text(listed.replace(real, "GR2022,GM0579,official,other-date,"), "utf-8")
    with pytest.raises(InputError, match="two sources disagree") as caught:
        make_tables(contents)
    assert caught.value.unit == "GR2022, GM0579, official"

    own.write_text(listed + "GR2022,GM0513,official,sources agree,Gouda\n", "utf-8")
    with pytest.raises(InputError, match="lists a disagreement that is none") as caught:
        make_tables(contents)
    assert caught.value.unit == "GR2022, GM0513, official"


@pytest.mark.raw
def test_a_breach_must_be_listed_and_a_listed_breach_must_be_real(contents, tmp_path, monkeypatch):
    listed = building._EXCEPTIONS.read_text("utf-8").splitlines(keepends=True)
    real = next(line for line in listed if line.startswith("TK2023,GM0088,"))
    own = tmp_path / "known_exceptions.csv"
    monkeypatch.setattr(building, "_EXCEPTIONS", own)

    own.write_text("".join(line for line in listed if line != real), "utf-8")
    with pytest.raises(InputError, match="Schiermonnikoog at TK2023 break ballots<=eligible"):
        make_tables(contents)

    own.write_text("".join([*listed, real.replace("GM0088", "GM0014")]), "utf-8")
    with pytest.raises(InputError, match="GM0014 at TK2023 do not break") as caught:
        make_tables(contents)
    assert caught.value.unit == f"line {len(listed) + 1}"


# --- official facts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("election", "vintage", "count"),
    [
        ("TK2010", "official", 430),
        ("TK2012", "official", 418),
        ("TK2017", "official", 388 + 3),
        ("GR2018", "official", 335),
        ("EP2019", "official", 355 + 3),
        ("TK2021", "official", 352 + 3),
        ("GR2022", "official", 333),
        ("GR2022", "provisional", 7),  # councils of another date: see known_exceptions.csv
        ("TK2023", "official", 342 + 3 + 1),  # and postal votes from abroad
        ("EP2024", "official", 342 + 1),
        ("TK2025", "official", 342 + 3 + 1),
        ("TK2025", "provisional", 342),
        ("GR2026", "official", 340),
        ("GR2026", "provisional", 258),
    ],
)
def test_number_of_rows(rows, election, vintage, count):
    assert ((rows["election"] == election) & (rows["vintage"] == vintage)).sum() == count


@pytest.mark.parametrize(
    ("election", "vintage", "group", "n", "invalid", "ballots"),
    [
        ("TK2023", "official", "EP2024", 5, 264, 129_343),
        ("EP2019", "official", "EP2024", 5, 109, 69_446),
        ("TK2021", "official", "EP2024", 5, 207, 128_266),
        ("TK2017", "official", "EP2024", 5, 246, 126_182),
        ("GR2026", "provisional", "GR2026", 9, 2_064, 396_917),
    ],
)
def test_known_counts_of_the_experiment_municipalities(
    rows, election, vintage, group, n, invalid, ballots
):
    own = rows[
        (rows["election"] == election)
        & (rows["vintage"] == vintage)
        & rows["municipality_code"].isin(load_design().treated(group))
    ]
    assert (len(own), own["invalid"].sum(), own["ballots"].sum()) == (n, invalid, ballots)


def test_official_rejections_of_tk2025(rows):
    official = rows[(rows["election"] == "TK2025") & (rows["vintage"] == "official")]
    provisional = rows[(rows["election"] == "TK2025") & (rows["vintage"] == "provisional")]
    in_five = official["municipality_code"].isin(FIVE)
    assert official[in_five]["ballots"].sum() == 131_478
    assert official[in_five]["rejected"].sum() == 1_068
    # 66,735 in the 337 others, and 531 of postal votes and the Caribbean Netherlands.
    abroad = official["municipality_code"] >= "GM9"
    assert official[~in_five & ~abroad]["rejected"].sum() == 66_735
    assert official[abroad]["rejected"].sum() == 531
    in_five = provisional["municipality_code"].isin(FIVE)
    assert provisional[in_five]["rejected"].sum() == 991
    assert provisional[~in_five]["rejected"].sum() == 65_997


def test_official_and_provisional_valid_votes_of_gr2026(rows):
    own = rows[rows["election"] == "GR2026"]
    valid = own.pivot_table("valid", "municipality_code", "vintage", aggfunc="first").dropna()
    more = valid["official"] - valid["provisional"]
    treated = more.index.isin(load_design().treated("GR2026"))
    assert (treated.sum(), more[treated].sum()) == (9, -435)
    assert ((~treated).sum(), more[~treated].sum()) == (249, 4_997)


@pytest.mark.parametrize("election", ["EP2024", "GR2018"])
def test_valid_only_elections_stay_empty_elsewhere(rows, election):
    own = rows[(rows["election"] == election) & (rows["vintage"] == "official")]
    assert own["valid"].notna().all()
    assert own[["eligible", "ballots", "blank", "invalid", "rejected"]].isna().all(axis=None)


COUNTS = ["eligible", "ballots", "valid", "blank", "invalid", "rejected"]


@pytest.mark.parametrize(
    ("election", "difference"),
    [
        # municipalities together minus the national total, in the order of COUNTS
        ("TK2017", [37_878, 8_882, 8_797, 42, 43, 85]),
        ("EP2019", [10_181, 0, 0, 0, 0, 0]),
        ("TK2021", [0, -1, -1, 0, 0, 0]),
        ("TK2023", [0, 0, 0, 0, 0, 0]),
        ("TK2025", [0, 0, 0, 0, 0, 0]),
    ],
)
def test_sums_against_national_totals(rows, election, difference):
    own = rows[(rows["election"] == election) & (rows["vintage"] == "official")]
    national = load_table("national_results").set_index("election").loc[election, COUNTS]
    assert (own[COUNTS].sum() - national).tolist() == difference


@pytest.mark.parametrize(
    ("election", "missing"), [("EP2019", 0), ("TK2023", 0), ("EP2024", 2_127), ("TK2025", 0)]
)
def test_lists_have_their_national_names_and_votes(election, missing):
    local = load_table("list_votes", elections=[election]).groupby("list_name")["votes"].sum()
    national = load_table("national_list_votes", elections=[election]).set_index("list_name")
    difference = national["votes"] - local
    assert difference.notna().all()
    assert (difference >= 0).all()
    assert difference.sum() == missing


@pytest.mark.parametrize(
    ("election", "seats"),
    [
        ("TK2017", 150),
        ("EP2019", 26),
        ("TK2021", 150),
        ("TK2023", 150),
        ("EP2024", 31),
        ("TK2025", 150),
    ],
)
def test_national_seats(election, seats):
    assert load_table("national_list_votes", elections=[election])["seats"].sum() == seats


@pytest.mark.parametrize("election", ["GR2018", "GR2022", "GR2026"])
def test_councils_have_an_odd_number_of_seats(election):
    councils = load_table("list_votes", elections=[election]).groupby("municipality_code")["seats"]
    seats = councils.sum()
    assert (seats % 2 == 1).all()
    assert seats.between(9, 45).all()


def test_list_votes_add_up_to_valid_votes(rows):
    summed = load_table("list_votes").groupby(["election", "municipality_code"])["votes"].sum()
    official = rows[rows["vintage"] == "official"].set_index(["election", "municipality_code"])
    assert summed.index.symmetric_difference(official.index).empty
    more = official["valid"] - summed.reindex(official.index)
    # Oegstgeest: known_exceptions.csv, sources agree.
    assert more[more != 0].to_dict() == {("GR2022", "GM0579"): 3}


# --- codes, mergers, characteristics: the checks that the catalogue claims ------------------


def test_codes_are_those_of_the_results(rows):
    codes = load_table("municipality_codes")
    for election, own in codes.groupby("election"):
        if election == "GR2022":
            continue
        counted = set(rows.loc[rows["election"] == election, "municipality_code"])
        abroad = {"GM9001", "GM9002", "GM9003", "GM9010"} if election == "TK2025" else set()
        assert counted == set(own["municipality_code"]) | abroad, election


def test_mergers_explain_every_change_of_codes():
    codes, mergers = load_table("municipality_codes"), load_table("mergers")
    national = ["TK2017", "EP2019", "TK2021", "TK2023", "EP2024", "TK2025", "GR2026"]
    present = [
        {code for code in codes.loc[codes["election"] == name, "municipality_code"] if code < "GM9"}
        for name in national
    ]
    for before, after in itertools.pairwise(present):
        assert before - after <= {*mergers["code_from"], "GM0402"}  # Hilversum voted in 2025
        assert after - before <= set(mergers["code_to"])
    whole = mergers.loc[mergers["kind"] == "whole", "code_from"]
    assert present[-1].isdisjoint(whole)


def test_characteristics_add_up():
    table = load_table("covariates")
    for group in ("age_", "origin_"):
        bands = table[[name for name in table if name.startswith(group)]]
        assert (bands.sum(axis=1) == table["population"]).all()
    for share in ("higher_education", "low_income", "high_income"):
        assert table[share].between(0.05, 0.65).all()


def test_printed_figures_carry_full_election_ids():
    figures = load_table("published_figures")
    assert len(figures) == 74
    known = set(load_design().elections)
    assert set(figures["election"]) - known == {
        *("EP2009", "EP2014", "PS2019", "WS2023"),  # no counts of these ship
        *("policy", "rules", "costs"),
    }
    words = figures.set_index("id").loc["PF016"]
    assert pd.isna(words["decimals"])
    assert words["value"] == "more than a third"


def test_year_of_the_undated_figures_of_maastricht(rows):
    figures = load_table("published_figures").set_index("id")
    own = rows[(rows["election"] == "GR2022") & (rows["municipality_code"] == "GM0935")].iloc[0]
    assert own["vintage"] == "official"
    assert figures.loc["PF059", "value"] == str(own["blank"])
    assert figures.loc["PF060", "value"] == str(own["invalid"])


# --- known exceptions -----------------------------------------------------------------------


def oddities(rows: pd.DataFrame) -> dict[str, set[tuple[str, str, str]]]:
    """Find, from the counts alone, the rows that rules with a definition speak of."""
    key = ["election", "municipality_code", "vintage"]
    media = rows[rows["vintage"] == "provisional"]
    eligible = rows.set_index(key)["eligible"]

    def copied(election: str, vintage: str, before: tuple[str, str]) -> set:
        own, then = (
            eligible.xs((election, vintage), level=[0, 2]),
            eligible.xs(before, level=[0, 2]),
        )
        same = own[own == then.reindex(own.index)]
        return {(election, code, vintage) for code in same.index}

    def keys(which: pd.DataFrame) -> set:
        return set(which[key].itertuples(index=False, name=None))

    councils = rows[rows["election"].str.startswith("GR")]
    usual = councils[~councils["municipality_code"].isin(load_design().treated("GR2026"))]
    old = load_table("municipality_codes", elections=["GR2022"])["municipality_code"]
    return {
        "blank-high": keys(councils[councils["blank"] / councils["ballots"] >= 0.015]),
        "not-reported": keys(media[media["rejected"] == 0]),
        "eligible-round": keys(rows[(rows["eligible"] % 1000 == 0).fillna(False)]),
        "invalid-high": keys(
            usual[(usual["vintage"] == "official") & (usual["invalid"] / usual["ballots"] >= 0.01)]
        ),
        "eligible-copied": copied("GR2026", "provisional", ("GR2022", "official"))
        | copied("TK2025", "provisional", ("TK2023", "official"))
        | copied("TK2025", "official", ("TK2023", "official")),
        "other-date": keys(
            media[(media["election"] == "GR2022") & ~media["municipality_code"].isin(old)]
        ),
    }


@pytest.mark.parametrize(
    "rule",
    [
        "blank-high",
        "invalid-high",
        "not-reported",
        "eligible-round",
        "eligible-copied",
        "other-date",
    ],
)
def test_oddities_are_listed_and_real(rows, rule):
    table = load_table("known_exceptions")
    own = table.loc[table["rule"] == rule, ["election", "municipality_code", "vintage"]]
    assert set(own.itertuples(index=False, name=None)) == oddities(rows)[rule]
    assert len(own) > 0


def test_every_identity_breach_is_listed_and_real(rows):
    table = load_table("known_exceptions").fillna("")
    key = ["election", "municipality_code", "vintage", "rule"]
    listed = set(table.loc[table["rule"].str.contains("="), key].itertuples(index=False, name=None))
    assert {breach.key for breach in identity_breaches(rows)} == listed
    assert {key[1] for key in listed} == {"GM0060", "GM0088", "GM0093", "GM0096"}  # Wadden islands


def test_soest_and_the_named_oddities_are_kept_as_they_were_carried(rows):
    nos = rows[(rows["election"] == "GR2026") & (rows["vintage"] == "provisional")]
    nos = nos.set_index("municipality_code")
    assert nos.loc["GM0342", ["invalid", "blank"]].tolist() == [42, 123]
    assert nos.loc["GM0453", ["invalid", "blank"]].tolist() == [0, 0]
    assert nos.loc["GM0744", "eligible"] == 6_000
    stein = rows[(rows["election"] == "TK2021") & (rows["municipality_code"] == "GM0971")].iloc[0]
    assert stein[["invalid", "blank"]].tolist() == [0, 19]


# --- form of the tables ---------------------------------------------------------------------


def test_the_folder_holds_what_the_manifest_says_and_nothing_else():
    folder = bundled("data")
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    # What simulations found is not a table of counts; it has a README of its own.
    files = {name for name in files if not name.startswith("simulations/")}
    listed = {entry["path"] for entry in manifest()["table"]}
    assert files == listed | {"manifest.toml", "datapackage.json", "README.md"}


def test_manifest_describes_every_source_of_every_row():
    listed = {entry["id"] for entry in manifest()["source"]}
    used: set[str] = set()
    for name in TABLES:
        table = load_table(name)
        if "source" in table and name != "evidence":
            used |= {each for ids in table["source"] for each in ids.split("+")}
    assert used <= listed
    # Printed figures and evidence name their documents themselves; of totals that are checked
    # only, and of seats and lists that another file repeats, no count comes.
    assert listed - used <= {"published-figures", "gr2026-510b", "tk2025-national"}
    for entry in manifest()["source"]:
        for key in ("publisher", "title", "date", "licence", "status", "sha256", "size"):
            assert entry[key], (entry["id"], key)
        assert isinstance(entry["checked"], list)
        assert isinstance(entry["caveats"], list)
        assert entry["checked"] or entry["caveats"], entry["id"]


def test_files_diff_well():
    for entry in manifest()["table"]:
        content = (bundled("data") / entry["path"]).read_bytes()
        text = content.decode("utf-8")
        assert "\r" not in text
        assert text.endswith("\n")
        assert "\ufffd" not in text
        assert "\t" not in text
        assert text.count("\n") == entry["rows"] + 1


def test_rows_are_sorted_by_date_code_and_vintage(rows):
    order = list(load_design().elections)
    key = [
        (order.index(row.election), row.municipality_code, row.vintage)
        for row in rows.itertuples(index=False)
    ]
    assert key == sorted(key)  # "official" < "provisional"


def test_names_are_clean(rows):
    names = rows["municipality"]
    assert (names == names.str.strip()).all()
    assert {"'s-Gravenhage", "Súdwest-Fryslân", "Noardeast-Fryslân", "Wûnseradiel"} <= set(names)


# --- protection and lazy loading ------------------------------------------------------------


@pytest.fixture
def shipped(tmp_path, monkeypatch) -> Path:
    """A copy of the shipped tables that may be damaged."""
    folder = tmp_path / "data"
    shutil.copytree(bundled("data"), folder)
    monkeypatch.setattr(loading, "bundled", lambda name: folder)
    return folder


@pytest.mark.parametrize("name", ["municipal_results", "covariates", "list_votes"])
@pytest.mark.parametrize("damage", ["truncated", "changed"])
def test_damaged_table_is_one_clear_error(shipped, name, damage):
    path = shipped / ("list_votes/TK2023.csv" if name == "list_votes" else f"{name}.csv")
    content = path.read_bytes()
    path.write_bytes(content[:-100] if damage == "truncated" else content.replace(b"1", b"2", 1))
    with pytest.raises(ChecksumError, match="not the one the manifest describes") as caught:
        load_table(name)
    assert caught.value.file == str(path)
    assert len(str(caught.value).splitlines()) == 1


def test_lost_part_of_a_split_table_is_noticed(shipped):
    (shipped / "list_votes" / "TK2023.csv").unlink()
    with pytest.raises(InputError, match="missing"):
        load_table("list_votes")


def test_table_that_the_manifest_does_not_list(shipped):
    path = shipped / "manifest.toml"
    path.write_text(path.read_text("utf-8").replace('"mergers.csv"', '"other.csv"'), "utf-8")
    with pytest.raises(ChecksumError, match="not the one the manifest describes"):
        load_table("mergers")


def test_only_the_files_of_the_wanted_elections_are_read(shipped):
    (shipped / "list_votes" / "TK2010.csv").unlink()
    table = load_table("list_votes", elections=["TK2025", "EP2019"])
    assert set(table["election"]) == {"TK2025", "EP2019"}
    with pytest.raises(InputError, match="missing"):
        load_table("list_votes", elections=["TK2010"])


def test_unknown_election_of_a_table():
    with pytest.raises(UnknownNameError, match="did you mean 'TK2025'"):
        load_table("list_votes", elections=["TK2026"])


def test_own_rows_of_a_split_table_come_on_top(tmp_path):
    folder = tmp_path / "list_votes"
    folder.mkdir()
    (folder / "TK2025.csv").write_text(
        "election,municipality_code,list_name,votes,seats,source\n"
        "TK2025,GM0014,BBB,1,,own\nTK2025,GM0014,A new list,2,,own\n",
        "utf-8",
    )
    shipped, mine = load_table("list_votes"), load_table("list_votes", tmp_path)
    assert len(mine) == len(shipped) + 1
    own = mine[mine["source"] == "own"].set_index("list_name")["votes"]
    assert own.to_dict() == {"BBB": 1, "A new list": 2}


# --- the catalogue --------------------------------------------------------------------------


def test_catalogue_names_readers_and_elections_that_exist():
    for each in catalogue():
        assert each.reader in READERS, each.id
        assert set(each.elections) <= set(load_design().elections), each.id


def test_every_source_has_an_id_of_its_own():
    assert len(SOURCES) == len(catalogue())


# --- the script -----------------------------------------------------------------------------


def run_script(monkeypatch, *arguments: object) -> int:
    script = bundled("analyses") / "build_data.py"
    monkeypatch.setattr("sys.argv", [str(script), *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(script), run_name="__main__")
    return stopped.value.code


@pytest.mark.raw
def test_script_builds(built):
    out, _, printed = built
    assert f"rows are in {out}" in printed
    assert (out / "manifest.toml").exists()


def test_script_without_raw_files(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(RAW_VARIABLE, raising=False)
    assert run_script(monkeypatch) == 2
    assert run_script(monkeypatch, tmp_path / "nowhere", tmp_path) == 2
    assert "no such folder with raw files" in capsys.readouterr().err
