"""evaluatie.reading and evaluatie.ingesting: many files, some of them bad."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import joblib
import pandas as pd
import pytest
import synthetic_eml as synthetic
from raw_files import UNNAMED

from evaluatie import counts as results
from evaluatie.counts.checking import check_table
from evaluatie.ground.errors import EvaluatieError, InputError, UnknownNameError
from evaluatie.ground.words import sentences
from evaluatie.sources.columns import LEVEL_TABLES, MUNICIPAL
from evaluatie.sources.documents import RULES
from evaluatie.sources.reading import Progress, Reading, ingest, read, validate

TROUBLE = ("<script>alert(1)</script>", "=cmd|' /C calc'!A1", '\u202egnirts "x"')


def municipality(number: int, stations: int = 3, **options: object) -> bytes:
    """Invent the count of one municipality."""
    code = f"{9000 + number}"
    blocks = [synthetic.station(n + number, code=code) for n in range(1, stations + 1)]
    return synthetic.count(blocks, authority=code, authority_name=f"Dorp {number}", **options)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Seven good files of four kinds and three bad ones."""
    root = tmp_path / "files"
    root.mkdir()
    for number in range(1, 5):
        (root / f"m{number}.eml.xml").write_bytes(municipality(number))
    (root / "names.xml").write_bytes(synthetic.candidate_list())
    (root / "seats.xml").write_bytes(synthetic.result())
    (root / "note.txt").write_text("A note, nothing else.")
    with zipfile.ZipFile(root / "more.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("m5.eml.xml", municipality(5))
        made.writestr("osv.csv", synthetic.osv())
    (root / "bad1.xml").write_bytes(municipality(8)[:-50])
    (root / "bad2.xml").write_bytes(b"")
    (root / "bad3.csv").write_bytes(b"a;b\n1;2\n")
    (root / ".hidden").write_bytes(b"x")
    return root


def test_good_files_are_read_and_bad_ones_listed(folder: Path) -> None:
    reading = read(folder, "candidate")
    assert [Path(str(error.file)).name for error in reading.rejected] == [
        "bad1.xml",
        "bad2.xml",
        "bad3.csv",
    ]
    assert all(isinstance(error, InputError) for error in reading.rejected)
    assert reading.files["status"].value_counts().to_dict() == {
        "read": 8,
        "refused": 3,
        "no counts": 1,
    }
    assert len(reading.municipalities) == 6
    assert len(reading.polling_stations) == 18
    assert len(reading.candidates) == 18 * 12
    assert len(reading.seats) == 3
    assert not reading.sound
    eml = reading.candidates[reading.candidates["source"] != "osv.csv"]
    assert set(eml["candidate_name"]) == {
        f"van Verzin{own}, {initial}." for own in (1, 2, 3) for initial in "ABCD"
    }


def test_tables_are_as_described(folder: Path) -> None:
    reading = read(folder, "candidate")
    tables = {
        "polling_stations": reading.polling_stations,
        "unit_totals": reading.totals,
        "unit_list_votes": reading.list_votes,
        "seats": reading.seats,
        "candidate_names": reading.candidate_names,
        "files": reading.files,
    }
    for name, frame in tables.items():
        check_table(frame, LEVEL_TABLES[name])
        assert list(frame.columns) == LEVEL_TABLES[name].names
    assert list(reading.candidates.columns) == LEVEL_TABLES["candidate_votes"].names
    check_table(reading.municipalities, MUNICIPAL)
    results.check_identities(reading.municipalities)
    assert reading.frame is reading.candidates
    assert reading.results.frame["ballots"].sum() == reading.municipalities["ballots"].sum()


def test_levels_add_up(folder: Path) -> None:
    reading = read(folder, "candidate")
    stations = reading.polling_stations.groupby("municipality_code")
    municipal = reading.municipalities.set_index("municipality_code")
    for name in ("valid", "blank", "invalid", "ballots", "rejected"):
        assert stations[name].sum().to_dict() == municipal[name].to_dict()
    by_candidates = reading.candidates.groupby("municipality_code", observed=True)["votes"].sum()
    assert by_candidates.to_dict() == municipal["valid"].to_dict()
    assert (municipal["eligible"] == 5000).all(), "from the total, the stations say 0"
    assert reading.polling_stations["eligible"].isna().all()


def test_strict_stops_at_the_first(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(folder, strict=True)
    assert str(caught.value.file).endswith("bad1.xml")
    for number in range(10, 150):  # enough for several batches
        (folder / f"m{number}.eml.xml").write_bytes(municipality(number, stations=1))
    with pytest.raises(InputError) as caught:
        read(folder, strict=True, jobs=2)
    assert str(caught.value.file).endswith("bad1.xml")


def test_the_only_file_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the file is empty"):
        read(folder / "bad2.xml")
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "nothing")
    with pytest.raises(InputError, match="plain text, which holds no counts"):
        read(folder / "note.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no files here"):
        read(tmp_path / "empty")
    with pytest.raises(InputError, match="none of 2 files"):
        read([folder / "bad1.xml", folder / "bad2.xml"])
    with pytest.raises(UnknownNameError, match="did you mean 'candidate'"):
        read(folder, "candidates")


def test_validate_compares_candidates_and_keeps_none(tmp_path: Path) -> None:
    content = municipality(1)
    at = content.rindex(b'<CandidateIdentifier Id="4">')
    path = tmp_path / "m.xml"
    path.write_bytes(content[:at] + content[at:].replace(b"<ValidVotes>", b"<ValidVotes>9", 1))
    assert read(path).sound
    checked = validate(path)
    assert not checked.sound
    assert set(checked.findings["rule"]) == {"candidates=list", "units=total"}
    assert len(checked.candidates) == 0


def test_the_same_municipality_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "b.xml").write_bytes(municipality(1))
    block = synthetic.total([synthetic.station(n + 1, code="9001") for n in (1, 2, 3)])
    block.id, block.name = "HSB8::9001", "Dorp 1"
    district = synthetic.count([block], kind="510c", authority="HSB8")
    (tmp_path / "c.xml").write_bytes(district)
    same = read(tmp_path)
    assert same.sound
    assert list(same.municipalities["source"]) == ["c.xml"]
    block.invalid = 24
    (tmp_path / "c.xml").write_bytes(synthetic.count([block], kind="510c", authority="HSB8"))
    other = read(tmp_path)
    assert other.municipalities["invalid"].tolist() == [24]
    told = other.findings[other.findings["rule"] == "files agree"]
    assert told[["unit", "value", "expected"]].to_numpy().tolist() == [
        [f"{other.municipalities['municipality'].item()} (GM9001), invalid", "3", "24 (c.xml)"]
    ]


def test_the_same_station_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(synthetic.count())
    (tmp_path / "b.csv").write_bytes(synthetic.osv())
    reading = read(tmp_path, "polling_station")
    assert reading.sound
    assert len(reading.polling_stations) == 3
    blocks = [synthetic.station(number) for number in (1, 2, 3)]
    blocks[0].invalid = 9
    (tmp_path / "b.csv").write_bytes(synthetic.osv(blocks))
    reading = read(tmp_path, "polling_station")
    assert "files agree" in set(reading.findings["rule"])
    assert len(reading.polling_stations) == 3


def test_one_station_with_the_number_of_all(tmp_path: Path) -> None:
    blocks = [synthetic.station(number) for number in (1, 2, 3)]
    blocks[0].eligible = 5000
    (tmp_path / "a.xml").write_bytes(synthetic.count(blocks))
    reading = read(tmp_path, "polling_station")
    assert reading.polling_stations["eligible"].isna().all()
    assert reading.municipalities["eligible"].tolist() == [5000]
    assert reading.findings["rule"].tolist() == ["eligible per station"]
    assert reading.sound, "a remark, not a fault"


def test_progress_is_told(folder: Path) -> None:
    seen: list[Progress] = []
    read(folder, progress=seen.append)
    last = seen[-1]
    assert last.files == last.total_files == 12
    assert last.bytes == last.total_bytes > 0
    assert (last.stations, last.refused) == (18, 3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_and_unreadable_files_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xml")
    (tmp_path / "loop.xml").symlink_to(tmp_path / "loop.xml")
    (tmp_path / "good.xml").write_bytes(synthetic.count())
    reading = read(tmp_path)
    assert {error.rule for error in reading.rejected} == {"regular file", "readable"}
    assert len(reading.municipalities) == 1


def test_five_thousand_files_of_which_three_are_bad(tmp_path: Path) -> None:
    content = [municipality(number % 900 + 1, stations=1) for number in range(50)]
    for number in range(5000):
        (tmp_path / f"{number:04d}.xml").write_bytes(content[number % 50])
    for number in (17, 2500, 4999):
        (tmp_path / f"{number:04d}.xml").write_bytes(b"<EML")
    reading = read(tmp_path)
    assert len(reading.rejected) == 3
    assert len(reading.municipalities) == 50
    assert reading.files["status"].value_counts().to_dict() == {"read": 4997, "refused": 3}


def _as_text(reading: Reading) -> dict[str, str]:
    names = ("municipalities", "polling_stations", "list_votes", "totals", "findings", "files")
    return {name: getattr(reading, name).to_csv() for name in names}


def test_parallel_is_the_same(folder: Path) -> None:
    alone = read(folder, "candidate", jobs=1)
    several = read(folder, "candidate", jobs=2)
    assert _as_text(alone) == _as_text(several)
    pd.testing.assert_frame_equal(alone.candidates, several.candidates)
    assert [str(e) for e in alone.rejected] == [str(e) for e in several.rejected]


def test_on_a_dask_cluster(folder: Path) -> None:
    distributed = pytest.importorskip("distributed")
    # More than one batch, so that work is sent out.
    for number in range(10, 150):
        (folder / f"m{number}.eml.xml").write_bytes(municipality(number, stations=1))
    alone = read(folder, jobs=1)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        there = read(folder)
    assert _as_text(alone) == _as_text(there)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_ingest_writes_what_read_gives(folder: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    done = ingest(folder, out, "candidate", format=kind)
    reading = read(folder, "candidate")
    assert done.rows["candidate_votes"] == len(reading.candidates)
    assert done.rows["municipal_results"] == len(reading.municipalities)
    assert len(done.reading.rejected) == 3
    if kind == "parquet":
        votes = pd.read_parquet(out / "candidate_votes")
        stations = pd.read_parquet(out / "polling_stations.parquet")
    else:
        votes = pd.read_csv(out / "candidate_votes.csv")
        stations = pd.read_csv(out / "polling_stations.csv")
        again = read(out / "municipal_results.csv").municipalities
        pd.testing.assert_frame_equal(again, reading.municipalities)
        loaded = results.load(elections="TK2099", data=out)
        assert loaded.frame["valid"].sum() == reading.municipalities["valid"].sum()
    assert votes["votes"].sum() == reading.candidates["votes"].sum()
    assert sorted(votes["candidate_name"].unique()) == sorted(
        reading.candidates["candidate_name"].unique()
    )
    assert stations["invalid"].tolist() == reading.polling_stations["invalid"].tolist()
    assert not list(out.rglob(".*")), "nothing temporary stays"


def test_candidates_on_disk_add_up_to_their_stations(folder: Path, tmp_path: Path) -> None:
    ingest(folder, tmp_path / "out", "candidate", format="parquet")
    written = pd.read_parquet(tmp_path / "out" / "candidate_votes")
    reading = read(folder, "candidate")
    stations = reading.polling_stations.set_index("polling_station")
    by = {"by": "polling_station", "observed": True}
    summed = written.groupby(**by)["votes"].sum()
    assert summed.to_dict() == stations["valid"].to_dict()
    leaders, own = (
        rows[rows["candidate_number"] == 1].groupby(**by)["votes"].sum()
        for rows in (written, reading.candidates)
    )
    assert leaders.to_dict() == own.to_dict()


def test_a_second_ingest_leaves_no_old_candidates(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ingest(folder, out, "candidate", format="parquet")
    ingest(folder / "m1.eml.xml", out, "candidate", format="parquet")
    assert len(pd.read_parquet(out / "candidate_votes")) == 3 * 12


def test_nothing_is_written_when_it_fails(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(InputError):
        ingest(folder, out, strict=True)
    assert not out.exists() or not list(out.iterdir())
    with pytest.raises(UnknownNameError):
        ingest(folder, out, format="xls")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot write here"):
        ingest(folder, tmp_path / "file")


def test_trouble_in_names_is_kept_and_harmless(tmp_path: Path) -> None:
    blocks = [synthetic.station(number) for number in (1, 2)]
    blocks[0].name, blocks[1].name = "Stembureau =1+1", "Stembureau @SUM(A1)"
    (tmp_path / "a.xml").write_bytes(synthetic.count(blocks, names=TROUBLE))
    reading = read(tmp_path / "a.xml", "candidate")
    assert tuple(dict.fromkeys(reading.candidates["list_name"])) == TROUBLE
    assert reading.polling_stations["station_name"].tolist() == ["=1+1", "@SUM(A1)"]
    out = tmp_path / "out"
    ingest(tmp_path / "a.xml", out, "candidate")
    for path in out.glob("*.csv"):
        raw = pd.read_csv(path, dtype="str", keep_default_na=False)
        for cell in raw.to_numpy().ravel():
            assert not str(cell).lstrip().startswith(("=", "@", "+")), path.name
    again = read(out / "polling_stations.csv", "polling_station").polling_stations
    assert again["station_name"].tolist() == ["=1+1", "@SUM(A1)"], "the guard comes off again"
    ingest(tmp_path / "a.xml", out, "candidate", format="parquet")
    assert set(pd.read_parquet(out / "candidate_votes")["list_name"]) == set(TROUBLE)


def _own() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "election": ["GR2098", "GR2098"],
            "municipality_code": ["GM9001", "GM9002"],
            "municipality": ["Dorp 1", "Dorp 2"],
            "vintage": ["official", "provisional"],
            "eligible": [200, None],
            "ballots": [103, 55],
            "valid": [100, 50],
            "blank": [2, 3],
            "invalid": [1, 2],
        }
    )


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "ods"])
def test_own_tables(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"own.{kind}"
    frame = _own()
    if kind == "csv":
        frame.to_csv(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path, index=False)
    else:
        engine = "openpyxl" if kind == "xlsx" else "odf"
        text = frame.astype({"eligible": "Int64"})
        text.to_excel(path, index=False, engine=engine)  # type: ignore[call-overload]
    rows = read(path).municipalities
    assert rows["municipality_code"].tolist() == ["GM9001", "GM9002"]
    assert rows["ballots"].tolist() == [103, 55]
    assert rows["eligible"].isna().tolist() == [False, True]
    assert rows["municipality"].tolist() == ["Dorp 1", "Dorp 2"]
    assert rows["source"].str.endswith(f"own.{kind}").all()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("valid", -1, "valid is too small"),
        ("valid", 1.5, "valid is not a whole number"),
        ("valid", "many", "valid is not a number"),
        ("municipality_code", "90011", "municipality_code has another form"),
        ("vintage", "maybe", "vintage is not allowed"),
        ("municipality", "x" * 2000, "municipality is too long"),
    ],
)
def test_own_tables_that_are_wrong(tmp_path: Path, column: str, value: object, words: str) -> None:
    frame = _own().astype("object")
    frame.loc[1, column] = value
    path = tmp_path / "own.csv"
    frame.to_csv(path, index=False)
    with pytest.raises(InputError, match=words) as caught:
        read(path)
    assert caught.value.unit == "line 3"


def test_spreadsheets_made_to_harm(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    _own().to_excel(buffer, index=False, engine="openpyxl")
    source = zipfile.ZipFile(buffer)

    def rewritten(name: str, change: bytes) -> Path:
        path = tmp_path / "bad.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            for each in source.namelist():
                content = source.read(each)
                made.writestr(each, change if each == name else content)
        return path

    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><sst>&b;</sst>'
    with pytest.raises(InputError, match="document type"):
        read(rewritten("xl/worksheets/sheet1.xml", bomb))
    with pytest.raises(InputError, match="document type"):
        read(rewritten("xl/styles.xml", bomb.decode().encode("utf-16")))
    with pytest.raises(InputError, match="packed size"):
        read(rewritten("xl/worksheets/sheet1.xml", b" " * (40 << 20)))
    with pytest.raises(InputError, match="not sound XLSX"):
        read(rewritten("xl/workbook.xml", b"<workbook/>"))


def test_a_sheet_repeated_to_the_edge(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    _own().to_excel(buffer, index=False, engine="odf")
    source = zipfile.ZipFile(buffer)
    content = source.read("content.xml")
    wide = content.replace(
        b"<table:table-cell ", b'<table:table-cell table:number-columns-repeated="9999999" ', 1
    )
    path = tmp_path / "wide.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for each in source.namelist():
            made.writestr(each, wide if each == "content.xml" else source.read(each))
    with pytest.raises(InputError, match="larger than any table"):
        read(path)


def test_errors_travel_between_processes(folder: Path) -> None:
    errors = read(folder, jobs=2).rejected
    assert all(isinstance(error, EvaluatieError) and error.rule for error in errors)


# --- the real files --------------------------------------------------------------------------


@pytest.mark.raw
def test_official_counts_of_2021_equal_the_official_table(raw: Path) -> None:
    eml = read(raw / "eml" / "EML_bestanden_TK2021_deel_1.zip").municipalities
    table = read(raw / "official" / "Uitslag_alle_gemeenten_TK20210317.csv").municipalities
    both = eml.merge(table, on=["election", "municipality_code"], suffixes=("", "_table"))
    assert len(eml) == len(both) == 352
    for name in ("valid", "blank", "invalid", "ballots"):
        assert both[name].tolist() == both[f"{name}_table"].tolist()
    # As the note beside the files says: no eligible voters for six, and Stein's 24 invalid
    # votes were not taken over. 's-Gravenhage is wrong without a note.
    unknown = set(both.loc[both["eligible"].isna(), "municipality"])
    assert unknown == {
        "Berg en Dal",
        "Bloemendaal",
        "Haarlem",
        "Leidschendam-Voorburg",
        "Weststellingwerf",
        "Zandvoort",
    }
    differs = (both["eligible"] != both["eligible_table"]).fillna(False)
    assert both.loc[differs, "municipality"].tolist() == ["'s-Gravenhage"]
    assert both.set_index("municipality").at["Stein", "invalid"] == 0


@pytest.mark.raw
def test_osv_counts_of_2023_against_the_final_figures(raw: Path) -> None:
    osv = read([p for p in (raw / "osv").iterdir() if "tk2023" in p.name.lower()])
    final = read(raw / "official" / "TK2023_uitslag_gemeente.csv").municipalities
    assert osv.sound
    both = osv.municipalities.merge(
        final, on=["election", "municipality_code"], suffixes=("", "_final")
    )
    assert len(both) == len(osv.municipalities) == 341
    differs = {
        name: int((both[name] != both[f"{name}_final"]).sum())
        for name in ("valid", "invalid", "blank")
    }
    assert differs == {"valid": 26, "invalid": 7, "blank": 6}


@pytest.mark.raw
def test_every_raw_file_is_read(raw: Path) -> None:
    # The 226 MB of GR2022 have a proof of their own: tests/test_proof.py.
    eml = [path for path in (raw / "eml").iterdir() if not path.name.startswith("GR2022")]
    reading = read([*eml, *(raw / name for name in ("osv", "official", "provisional"))])
    # What does not say which count it is stays out: tests/raw_files.py has the list.
    refused = {Path(error.file.rpartition("!")[2]).name for error in reading.rejected}
    assert refused == UNNAMED
    results.check_identities(
        reading.municipalities[reading.municipalities["election"].isin(["TK2021", "TK2023"])],
        results.load_table("known_exceptions"),
    )
    assert set(reading.municipalities["vintage"]) == {"official", "provisional"}


def test_every_finding_is_a_sentence_in_both_languages(tmp_path: Path) -> None:
    assert set(RULES.values()) == set(sentences("reading"))
    blocks = [synthetic.station(number) for number in (1, 2)]
    content = synthetic.count(blocks).replace(b"<TotalCounted>", b"<TotalCounted>1", 1)
    (tmp_path / "a.xml").write_bytes(content)
    findings = read(tmp_path / "a.xml").findings
    assert findings["sentence_nl"].str.startswith("a.xml, ").all()
    assert "the sum over the units is 297, the total stated is 1297" in " ".join(
        findings["sentence_en"]
    )


def test_a_council_with_districts_as_units(tmp_path: Path) -> None:
    blocks = [synthetic.station(number) for number in (1, 2)]
    blocks[0].id, blocks[1].id = "HSB1", "HSB2"
    content = synthetic.count(blocks, kind="510d", election="GR2098_VerzonnenDam")
    (tmp_path / "d.xml").write_bytes(content)
    reading = read(tmp_path / "d.xml")
    rows = reading.municipalities
    assert rows[["election", "municipality_code", "municipality"]].to_numpy().tolist() == [
        ["GR2098", "GM9998", "Verzonnen Dam"]
    ]
    assert rows["valid"].tolist() == [sum(block.valid for block in blocks)]
    assert set(reading.totals["level"]) == {"district", "municipality"}
