"""Readers of news tables, transcribed counts and reference tables."""

import functools

import pandas as pd
import pytest

from evaluatie.ground.errors import InputError, in_file
from evaluatie.sources import kiesraad_csv
from evaluatie.sources.media import read_anp, read_nos
from evaluatie.sources.reference import (
    read_codes,
    read_covariates,
    read_mergers,
    read_published,
)

read_ep2024 = functools.partial(kiesraad_csv.read_wide, layout=kiesraad_csv.EP2024)

# Invented counts, small enough to add up by hand.
ANP = (
    "Municipality_cbs,Regio,party_key,prev_votes,Waarde,turnout_current,voters_current,"
    "invalid_current,invalid_previous,blank_current,blank_previous\n"
    "0484,Zuid,a,40,50,60.0,100,2,9,1,9\n0484,Zuid,b,0,7,60.0,100,2,9,1,9\n"
    '0820,"Nuenen, Gerwen en Nederwetten",a,0,5,50.0,10,0,9,0,9\n'
)
NOS = (
    "gm_code,municipality,eligible_26,turnout_26,invalid_26,blank_26,eligible_22,turnout_22,"
    "invalid_22,blank_22,status,published_at,sum_party_votes_26\n"
    "GM0484,Zuid,100,60,2,1,90,50,1,1,Eindstand,2026-03-19,57.0\n"
    "GM0171,Oost,80,40,4,1,70,30,0,1,Eindstand,,\n"
)
EP2024 = "cbs,valid,a,b\r\n0484,57,50,7\r\nHSB1,57,50,7\r\n9010,3,3,0\r\n"
MERGERS = (
    "valid_from_year,gm_from,name_from,gm_to,name_to,kind\n"
    "2019,GM0005,Bedum,GM1966,Hogeland,whole\n"
)
CODES = "gm_code,name,TK2010,TK2012\nGM0003,Appingedam,1,1\nGM0005,Bedum,1,0\n"
COVARIATES = (
    "inwoners,mannen,a0_15,a15_25,a25_45,a45_65,a65plus,gm_code,municipality,herk_nl,herk_eur,"
    "herk_buiteneur,hbo_wo_2024_pct,ink_inw,laagste40,hoogste20,Prov,Land-oppervlakte,"
    "Inw_km2_2025\n100,50,20,20,20,20,20,GM0484,Zuid,80,10,10,33,28.2,28.1,,Drenthe,276.09,94.0\n"
)
PUBLISHED = (
    "id,election,scope,municipality,measure,value,unit,decimals_printed,denominator,source_title,"
    "source_url,source_date,note\n"
    "PF1,EP24,experiment (5),,invalid share,0.74,percent,2,votes,T,U,2024-06,\n"
    "PF2,rules,Abacus,,errors,more than a third,words,words,,T,U,2024-06,\n"
)


def test_anp_ballots_are_votes_and_rejections():
    rows = read_anp(ANP.encode())["municipal_results"].set_index("municipality_code")
    expected = {"eligible": 100, "ballots": 60, "valid": 57, "blank": 1, "invalid": 2}
    assert rows.loc["GM0484", list(expected)].to_dict() == expected
    assert rows.loc["GM0484", "rejected"] == 3
    assert rows.loc["GM0820", "municipality"] == "Nuenen, Gerwen en Nederwetten"
    assert rows.loc["GM0820", "ballots"] == 5


def test_nos_gives_both_elections():
    rows = read_nos(NOS.encode())["municipal_results"]
    rows = rows.set_index(["election", "municipality_code"])
    names = ["eligible", "ballots", "valid", "blank", "invalid", "rejected"]
    assert rows.loc[("GR2026", "GM0484"), names].tolist() == [100, 60, 57, 1, 2, 3]
    carried = rows.loc[("GR2022", "GM0484")]
    assert carried[["eligible", "blank", "invalid", "rejected"]].tolist() == [90, 1, 1, 2]
    # 50 is a number of voters admitted: no ballots, and no valid votes, may come of it.
    assert carried[["ballots", "valid"]].isna().all()
    assert rows.loc[("GR2026", "GM0171"), "valid"] == 35  # no sum of party votes to check it by


def test_ep2024_leaves_central_polling_stations_out():
    tables = read_ep2024(EP2024.encode())
    assert tables["municipal_results"]["municipality_code"].tolist() == ["GM0484", "GM9010"]
    assert tables["municipal_results"]["valid"].tolist() == [57, 3]
    assert tables["list_votes"]["votes"].tolist() == [50, 3, 7, 0]


def test_codes_become_one_row_per_election():
    rows = read_codes(CODES.encode())["municipality_codes"]
    assert rows[["election", "municipality_code"]].to_numpy().tolist() == [
        ["TK2010", "GM0003"],
        ["TK2010", "GM0005"],
        ["TK2012", "GM0003"],
    ]


def test_percentages_become_exact_fractions_and_unknown_stays_unknown():
    row = read_covariates(COVARIATES.encode())["covariates"].iloc[0]
    assert row["low_income"] == "0.281"
    assert row["higher_education"] == "0.33"
    assert row["density"] == "94"
    assert row["income"] == "28.2"
    assert row["high_income"] == ""


def test_election_ids_of_printed_figures():
    rows = read_published(PUBLISHED.encode())["published_figures"]
    assert rows["election"].tolist() == ["EP2024", "rules"]
    assert rows["decimals"].tolist() == [2, pd.NA]


def test_mergers_are_read_as_they_stand():
    row = read_mergers(MERGERS.encode())["mergers"].iloc[0]
    assert (row["valid_from_year"], row["code_from"], row["kind"]) == (2019, "GM0005", "whole")


BAD = [
    (read_anp, ANP, "Waarde", "Stemmen", "column 'Waarde' is missing", "line 1"),
    (read_anp, ANP, ",b,0,7,", ",b,0,zeven,", "column 'Waarde' holds no count", "line 3"),
    (read_anp, ANP, ",b,0,7,", ",a,0,7,", "same municipality_code + party", "line 3"),
    (read_anp, ANP, "b,0,7,60.0,100,2", "b,0,7,60.0,100,3", "disagree on its counts", "line 3"),
    (read_anp, ANP, '"Nuenen, Ge', "Nuenen, Ge", "another number of cells", "line 4"),
    (read_nos, NOS, "57.0", "58.0", "party votes do not add up", "line 2"),
    (read_nos, NOS, "57.0", "57.5", "'sum_party_votes_26' holds no count", "line 2"),
    (read_nos, NOS, "GM0171", "GM0484", "same municipality_code stands twice", "line 3"),
    (read_nos, NOS, "80,40,4,1", "80,4,4,1", "more blank and invalid votes", "line 3"),
    (read_nos, NOS, "70,30,0,1", "70,30,,1", "column 'invalid_22' holds no count", "line 3"),
    (read_nos, NOS, "blank_22", "blanco_22", "column 'blank_22' is missing", "line 1"),
    (read_ep2024, EP2024, "0484,57", "0484,58", "do not add up to the valid votes", "GM0484"),
    (read_ep2024, EP2024, "9010", "0484", "same municipality_code stands twice", "line 4"),
    (read_codes, CODES, "Bedum,1,0", "Bedum,1,2", "neither 0 nor 1", "line 3"),
    (read_mergers, MERGERS, "2019", "begin 2019", "holds no count", "line 2"),
    (read_covariates, COVARIATES, "28.2", "28,2", "another number of cells", "line 2"),
    (read_covariates, COVARIATES, "28.2", "veel", "'ink_inw' holds no number", "line 2"),
    (read_covariates, COVARIATES, "28.2", "inf", "'ink_inw' holds no number", "line 2"),
    (read_published, PUBLISHED, "percent,2", "percent,two", "holds no count", "line 2"),
    (read_published, PUBLISHED, "measure", "what", "column 'measure' is missing", "line 1"),
]


@pytest.mark.parametrize(("read", "text", "before", "after", "message", "unit"), BAD)
def test_bad_input(read, text, before, after, message, unit):
    assert before in text
    with pytest.raises(InputError) as caught, in_file("bron.csv"):
        read(text.replace(before, after, 1).encode())
    error = caught.value
    assert message in str(error)
    assert error.unit == unit
    assert error.file == "bron.csv"
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("read", "text"),
    [(read_anp, ANP), (read_nos, NOS), (read_published, PUBLISHED)],
)
def test_empty_and_wrong_encoding(read, text):
    with pytest.raises(InputError, match="the file is empty"), in_file("b"):
        read(b"")
    with pytest.raises(InputError, match="null bytes"), in_file("b"):
        read(text.encode("utf-16-le"))
    for name, rows in read(text.encode("utf-16")).items():
        assert rows.equals(read(text.encode())[name])
