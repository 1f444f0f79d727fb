"""Readers of official delimited text: what they read, and the error of each bad input."""

import contextlib
import functools
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluatie.counts.delimited import decode, unix_lines
from evaluatie.ground.errors import InputError, in_file
from evaluatie.sources.build import READERS
from evaluatie.sources.kiesraad_csv import TOTALS as TOTALS_LAYOUT
from evaluatie.sources.kiesraad_csv import (
    WIDE_2010,
    read_fields,
    read_fields_archive,
    read_municipal,
    read_national,
    read_wide,
)

# Invented counts of invented places, small enough to add up by hand.
WIDE_HEAD = (
    "RegioNaam;RegioCode;AmsterdamseCode;OuderRegioNaam;OuderRegioCode;Kiesgerechtigden;"
    "Opkomst;OngeldigeStemmen;BlancoStemmen;GeldigeStemmen;Lijst A;Lijst B\n"
)
WIDE = WIDE_HEAD + "Súdwest;G0484;1;X;K1;100;60;2;1;57;50;7\nEiland;O9001;2;X;K20;10;5;0;0;5;5;\n"
WIDE_OLD = (
    "Amsterdamse code,CBS code,Naam,# geldige stemmen,# ongeldige stemmen,# blanco stemmen,"
    "Percentage blanco stemmen,# kiesgerechtigden,Opkomst,Opkomstpercentage,Lijst A,Lijst B\n"
    '1,484,Zuid,57,2,1,"1,67 %",100,60,"60,00 %",50,7\n'
)
MUNICIPAL = (
    "Gemeente;Code;AmsterdamseCode;Partij;AantalStemmen;AantalZetels;\n"
    "Zuid;G0484;1;Lijst A;50;9;\nZuid;G0484;1;Lijst B;7;;\nNBSB;NBSB;;Lijst A;3;;\n"
)
NATIONAL = (
    "Regio;Code;Type;Partij;AantalStemmen;AantalZetels;\n"
    "Nederland;L528;AantalBlancoStemmen;;1;;\nNederland;L528;AantalGeldigeStemmen;;57;;\n"
    "Nederland;L528;AantalOngeldigeStemmen;;2;;\nNederland;L528;Kiesgerechtigden;;100;;\n"
    "Nederland;L528;Opkomst;;60;;\n"
    "Nederland;L528;Partij;Lijst A;50;2;\nNederland;L528;Partij;Lijst B;7;;\n"
)
FIELDS = "Regio;RegioCode;LijstNaam;VeldType;Waarde\n" + "".join(
    f"{region};{name};{field};{value}\n"
    for region in ("Zuid;G0484", "Kring;K1")
    for name, field, value in (
        ("", "Kiesgerechtigden", 100),
        ("", "Opkomst", 60),
        ("", "AantalGeldigeStemmen", 57),
        ("", "AantalBlancoStemmen", 1),
        ("", "AantalOngeldigeStemmen", 2),
        ("Lijst A", "LijstAantalStemmen", 50),
        ("Lijst B", "LijstAantalStemmen", 7),
    )
)
FIELDS += "Kring;K1;Lijst A;KandidaatAantalStemmen;50\n"
COUNTRY = {
    "Kiesgerechtigden": 110,
    "Opkomst": 65,
    "AantalGeldigeStemmen": 61,
    "AantalBlancoStemmen": 1,
    "AantalOngeldigeStemmen": 3,
}
FIELDS += "Nederland;L528;Lijst A;LijstAantalZetels;2\n"
FIELDS += "".join(f"Nederland;L528;;{field};{value}\n" for field, value in COUNTRY.items())
TOTALS = (
    "Regio;RegioCode;Kiesgerechtigden;Opkomst;AantalGeldigeStemmen;AantalBlancoStemmen;"
    "AantalOngeldigeStemmen\nZuid;G0484;100;60;57;1;2\nOost;G0485;90;50;50;0;0\n"
)

READ = {
    "wide": (read_wide, WIDE),
    "wide-2010": (functools.partial(read_wide, layout=WIDE_2010), WIDE_OLD),
    "fields": (read_fields, FIELDS),
    "totals": (functools.partial(read_wide, layout=TOTALS_LAYOUT), TOTALS),
    "municipal": (read_municipal, MUNICIPAL),
    "national": (read_national, NATIONAL),
}


def row(tables, name="municipal_results", position=0):
    return tables[name].iloc[position].to_dict()


COUNTS = {"eligible": 100, "ballots": 60, "valid": 57, "blank": 1, "invalid": 2, "rejected": 3}


@pytest.mark.parametrize("layout", ["wide", "wide-2010", "fields"])
def test_layouts_of_one_municipality_give_the_same_rows(layout):
    read, text = READ[layout]
    tables = read(text.encode())
    first = row(tables)
    assert first.pop("municipality_code") == "GM0484"
    assert first.pop("municipality") in ("Zuid", "Súdwest")
    assert first == COUNTS
    own = tables["list_votes"][tables["list_votes"]["municipality_code"] == "GM0484"]
    assert dict(zip(own["list_name"], own["votes"], strict=True)) == {"Lijst A": 50, "Lijst B": 7}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_line_ends_make_no_difference(encoding, end):
    content = WIDE.replace("\n", end).encode(encoding)
    assert row(read_wide(content))["municipality"] == "Súdwest"


def test_list_that_did_not_stand_somewhere_has_no_row_there():
    lists = read_wide(WIDE.encode())["list_votes"]
    assert set(lists.loc[lists["municipality_code"] == "GM9001", "list_name"]) == {"Lijst A"}


def test_stray_commas_and_tabs_at_line_ends_are_not_part_of_a_cell():
    commas = "".join(line + ",\n" for line in WIDE.splitlines())
    partly = commas.replace("50;7,", "50;7")  # as in the row of a name with a comma
    tabs = "".join(line + "\t\n" for line in WIDE.splitlines())
    expected = read_wide(WIDE.encode())
    for text in (commas, partly, tabs):
        found = read_wide(text.encode())
        for name in expected:
            assert found[name].equals(expected[name])


def test_municipal_export_leaves_zeros_empty():
    tables = read_municipal(MUNICIPAL.encode())
    assert tables["list_votes"]["seats"].tolist() == [9, 0, 0]
    assert row(tables) == {"municipality_code": "GM0484", "municipality": "Zuid", "valid": 57}
    assert row(tables, position=1)["municipality_code"] == "GM9010"
    seatless = read_municipal(MUNICIPAL.replace(";9;", ";;").encode())["list_votes"]
    assert seatless["seats"].isna().all()  # no seat anywhere: the file gives none
    voteless = read_municipal(MUNICIPAL.replace(";7;;", ";;;").encode())["list_votes"]
    assert voteless["votes"].tolist() == [50, 0, 3]


def test_a_stray_cell_after_the_closing_separator_is_passed_over():
    # As in one line of the export of GR2022; every named column is intact.
    stray = MUNICIPAL.replace("Lijst B;7;;", "Lijst B;7;;9")
    assert row(read_municipal(stray.encode()), "list_votes", 1)["votes"] == 7


def test_totals_without_lists():
    tables = read_wide(TOTALS.encode(), TOTALS_LAYOUT)
    assert set(tables) == {"municipal_results"}
    assert row(tables) == {"municipality_code": "GM0484", "municipality": "Zuid", **COUNTS}


def test_the_country_of_a_table_of_fields():
    national = row(read_fields(FIELDS.encode()), "national_results")
    names = ("eligible", "ballots", "valid", "blank", "invalid", "rejected")
    assert [national[name] for name in names] == [110, 65, 61, 1, 3, 4]
    without = "".join(line for line in FIELDS.splitlines(True) if ";L528;" not in line)
    assert "national_results" not in read_fields(without.encode())
    # Seats of the country alone are no counts of it.
    seats = without + "Nederland;L528;Lijst A;LijstAantalZetels;2\n"
    assert "national_results" not in read_fields(seats.encode())
    twice = FIELDS + "Nederland;L528;;Opkomst;65\n"
    with pytest.raises(InputError, match="same VeldType stands twice"), in_file("f.csv"):
        read_fields(twice.encode())


def zipped(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.csv", text)
    return stream.getvalue()


def test_the_table_of_fields_in_an_archive_is_the_table():
    content = zipped(TK2099_Per_Stembureau="Stembureau;Stemmen\nA;1\n", TK2099_uitslag=FIELDS)
    found, expected = read_fields_archive(content), read_fields(FIELDS.encode())
    assert set(found) == {"municipal_results", "list_votes", "national_results"}
    for name, table in expected.items():
        assert found[name].equals(table)


def test_archives_without_a_sound_table_of_fields():
    with pytest.raises(InputError, match=r"holds no …_uitslag\.csv") as caught, in_file("a.zip"):
        read_fields_archive(zipped(TK2099_Per_Stembureau="Stembureau;Stemmen\nA;1\n"))
    assert caught.value.file == "a.zip"
    wrong = FIELDS.replace("B;LijstAantalStemmen;7", "B;LijstAantalStemmen;9", 1)
    with pytest.raises(InputError, match="do not add up") as caught, in_file("a.zip"):
        read_fields_archive(zipped(TK2099_uitslag=wrong))
    assert caught.value.file == "a.zip!TK2099_uitslag.csv"
    with pytest.raises(InputError), in_file("a.zip"):
        read_fields_archive(b"no archive")


def test_quotation_marks_in_names_of_lists():
    bare = MUNICIPAL.replace("Lijst A;50", '"Leefbaar Zuid"  Jansen;50')
    quoted = MUNICIPAL.replace("Lijst A;50", '"RAAD ""ZUID""";50')
    assert row(read_municipal(bare.encode()), "list_votes")["list_name"] == (
        '"Leefbaar Zuid"  Jansen'
    )
    assert row(read_municipal(quoted.encode()), "list_votes")["list_name"] == 'RAAD "ZUID"'


def test_national_totals_and_lists():
    tables = read_national(NATIONAL.encode())
    assert row(tables, "national_results") == COUNTS
    assert tables["national_list_votes"]["seats"].tolist() == [2, 0]
    lists_only = "\n".join(
        line for line in NATIONAL.splitlines() if ";Partij;" in line or line.startswith("Regio")
    )
    assert row(read_national(lists_only.encode()), "national_results") == {"valid": 57}


# --- bad input: one clear error each --------------------------------------------------------

BAD = [
    # layout, text to replace, replacement, part of the message, where
    ("wide", "Kiesgerechtigden;", "Kiezers;", "column 'Kiesgerechtigden' is missing", "line 1"),
    ("wide", ";60;2;", ";zestig;2;", "column 'Opkomst' holds no count", "line 2"),
    ("wide", ";60;2;", ";-60;2;", "column 'Opkomst' holds no count", "line 2"),
    ("wide", ";60;2;", ";6.0;2;", "column 'Opkomst' holds no count", "line 2"),
    ("wide", ";60;2;", ";٦٠;2;", "column 'Opkomst' holds no count", "line 2"),
    ("wide", ";60;2;", ";;2;", "column 'Opkomst' holds no count", "line 2"),
    ("wide", ";60;2;", ";60000000000;2;", "column 'Opkomst' holds no count", "line 2"),
    ("wide", ";50;7\n", ";50;x\n", "column 'Lijst B' holds no count", "line 2"),
    ("wide", ";50;7\n", ";50;8\n", "lists do not add up to the valid votes", "GM0484"),
    ("wide", ";50;7\n", ";50;7;1\n", "another number of cells than the header", "line 2"),
    ("wide", ";50;7\n", ";50\n", "another number of cells than the header", "line 2"),
    ("wide", "G0484", "P20", "no municipality code", "line 2"),
    ("wide", "G0484", "", "no municipality code", "line 2"),
    ("wide", "O9001", "G484", "same municipality_code stands twice", "line 3"),
    ("wide", "Lijst B", "Lijst A", "column 'Lijst A' stands twice", "line 1"),
    ("wide", WIDE[len(WIDE_HEAD) :], "", "the file holds no rows", None),
    ("wide-2010", ",57,2,1,", ",57,2,een,", "'# blanco stemmen' holds no count", "line 2"),
    ("wide-2010", "CBS code", "Code", "column 'CBS code' is missing", "line 1"),
    ("fields", "Waarde", "Aantal", "column 'Waarde' is missing", "line 1"),
    ("fields", "Zuid;G0484;;Opkomst", "Zuid;G0484;;Turnout", "an unknown kind of row", "line 3"),
    ("fields", "Zuid;G0484;;Opkomst;60\n", "", "lacks its ballots count", None),
    (
        "fields",
        "Zuid;G0484;;Opkomst;60\n",
        "Zuid;G0484;;Opkomst;60\n" * 2,
        "same municipality_code + field stands twice",
        "line 4",
    ),
    ("fields", "Lijst B", "Lijst A", "same municipality_code + list_name", "line 8"),
    ("fields", "AantalStemmen;7\n", "AantalStemmen;9\n", "do not add up", "GM0484"),
    ("municipal", "Partij;", "Lijst;", "column 'Partij' is missing", "line 1"),
    ("municipal", "Lijst B;7", "Lijst A;7", "same municipality_code + list_name", "line 3"),
    ("municipal", "Lijst B;7;;", "Lijst;B;7;", "'AantalStemmen' holds no count", "line 3"),
    ("totals", "Opkomst", "Stemmen", "column 'Opkomst' is missing", "line 1"),
    ("totals", ";60;57;", ";60;;", "column 'AantalGeldigeStemmen' holds no count", "line 2"),
    ("totals", "G0485", "G0484", "same municipality_code stands twice", "line 3"),
    ("fields", ";L528;;Opkomst;65\n", ";L528;;LijstAantalZetels;65\n", "lacks its Opkomst", None),
    ("fields", ";L528;;Opkomst;65\n", ";L528;;Opkomst;veel\n", "holds no count", "line 19"),
    ("municipal", "Lijst A;50;9", "Lijst A;50;veel", "'AantalZetels' holds no count", "line 2"),
    ("national", "Opkomst", "Stemmen", "an unknown kind of row", "line 6"),
    ("national", "Lijst B", "Lijst A", "same Type + Partij stands twice", "line 8"),
    ("national", "Geldige", "Blanco", "same Type + Partij stands twice", "line 3"),
    ("national", "Lijst B;7", "Lijst B;8", "lists do not add up to the valid votes", None),
]


@pytest.mark.parametrize(("layout", "before", "after", "message", "unit"), BAD)
def test_bad_input(layout, before, after, message, unit):
    read, text = READ[layout]
    assert before in text
    with pytest.raises(InputError) as caught, in_file("uitslag.csv"):
        read(text.replace(before, after, 1).encode())
    error = caught.value
    assert message in str(error)
    assert error.unit == unit
    assert error.file == "uitslag.csv"
    assert "\n" not in str(error)


def test_another_separator_is_read_too():
    expected = read_wide(WIDE.encode())["municipal_results"]
    swapped = read_wide(WIDE.replace(";", ",").encode())["municipal_results"]
    assert swapped.equals(expected)


@pytest.mark.parametrize("layout", READ)
@pytest.mark.parametrize("content", [b"", b" \r\n\n", b"\xef\xbb\xbf", b";;\n"])
def test_empty_file(layout, content):
    with (
        pytest.raises(InputError, match=r"the file (is empty|holds no rows)"),
        in_file("uitslag.csv"),
    ):
        READ[layout][0](content)


@pytest.mark.parametrize(
    ("content", "message", "unit"),
    [
        (WIDE.encode("utf-16-le"), "holds null bytes", "line 1"),
        (WIDE.encode("utf-16")[:-1], "damaged UTF-16", "line 3"),
        (WIDE.encode("utf-8-sig").replace(b"Eiland", b"Eil\xe2nd"), "damaged UTF-8", "line 3"),
        (WIDE.encode("utf-8").replace(b"Eiland", b"Eil\xe2nd"), "damaged UTF-8", "line 3"),
        (WIDE.encode("cp1252").replace(b"Eiland", b"Eil\x81nd"), "neither UTF-8", "line 3"),
    ],
)
def test_wrong_encoding(content, message, unit):
    with pytest.raises(InputError, match=message) as caught, in_file("uitslag.csv"):
        read_wide(content)
    assert caught.value.unit == unit
    assert caught.value.rule == "encoding"


@given(st.text(st.characters(codec="cp1252", exclude_characters="\x00"), min_size=1))
def test_text_of_either_encoding_is_read_as_it_was_written(text):
    if not text.strip():
        return
    assert decode(text.encode("utf-8")) == unix_lines(text.removeprefix("\ufeff"))


@pytest.mark.parametrize("layout", ["wide", "wide-2010", "fields", "municipal", "national"])
@given(data=st.data())
def test_damage_gives_rows_or_one_clear_error(layout, data):
    read, text = READ[layout]
    content = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["byte", "cut", "insert"]))
        if kind == "byte":
            content[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del content[at : at + data.draw(st.integers(1, 30))]
        else:
            content[at:at] = data.draw(st.sampled_from([b'"', b";", b",", b"\n", b"\x00", b"9"]))
        if not content:
            break
    with contextlib.suppress(InputError):  # any other exception fails the test
        assert read(bytes(content))


@pytest.mark.parametrize("reader", sorted(READERS))
@given(content=st.binary(max_size=200))
def test_no_bytes_make_a_reader_fail_otherwise(reader, content):
    with pytest.raises(InputError), in_file("f.csv"):
        READERS[reader](content)
