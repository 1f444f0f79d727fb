"""Tables for readers: numbers printed once, hostile text harmless everywhere."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluatie.answers import entries
from evaluatie.answers.plots.labels import short
from evaluatie.ground.escape import spreadsheet_text, terminal_text
from evaluatie.ground.tables import Column, to_csv, to_markdown, to_text
from evaluatie.report.prose import fill, page

FRAME = pd.DataFrame(
    {
        "name": ["'s-Hertogenbosch", "a|b <script>"],
        "n": [131478, None],
        "share": [0.0048, float("nan")],
        "conf_low": [0.004, None],
        "conf_high": [0.005, None],
    }
)
SHOWN = [
    Column("name", "text", "Gemeente", "Gemeente"),
    Column("n", "count", "Biljetten", "Biljetten"),
    Column("share", "percent", "Aandeel", "Aandeel"),
    Column("conf", "interval", "Interval", "Interval"),
]


def test_text_is_aligned_and_unknown_is_a_point() -> None:
    lines = to_text(FRAME, SHOWN).splitlines()
    assert "131.478" in lines[2]
    assert "0,40% tot 0,50%" in lines[2]
    assert lines[3].split()[-3:] == [".", ".", "."]
    assert len({line.rstrip().rfind("%") for line in lines[2:3]}) == 1


def test_a_narrow_terminal_keeps_numbers_whole() -> None:
    shown = to_text(FRAME, SHOWN, width=60)
    assert max(map(len, shown.splitlines())) <= 60
    assert "131.478" in shown


def test_markdown_cannot_be_broken_out_of() -> None:
    text = to_markdown(FRAME, SHOWN)
    row = text.splitlines()[3]
    assert "<script>" not in row
    assert row.replace("\\|", "").count("|") == len(SHOWN) + 1


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-a", "@x", "\t=1", " =1", "\r=1"])
def test_formulas_are_neutralised(text: str) -> None:
    assert spreadsheet_text(text) == f"'{text}"


@given(st.text())
def test_csv_keeps_every_other_text(text: str) -> None:
    frame = pd.DataFrame({"x": [text], "n": [-3]})
    (row,) = csv.DictReader(io.StringIO(to_csv(frame), newline=""))
    assert row["x"] == spreadsheet_text(text)
    assert row["n"] == "-3"


@given(st.text())
def test_a_terminal_gets_no_control_characters(text: str) -> None:
    assert all(c.isprintable() or c == "\n" for c in terminal_text(text))


def test_a_space_that_does_not_break_is_a_space_on_a_terminal() -> None:
    assert terminal_text("na\u00a0te\u202frekenen\u200b") == "na te rekenen\ufffd"


WIDE = pd.DataFrame(
    {
        "election": ["TK2025", "GR2026"],
        "municipality": ["'s-Hertogenbosch en omstreken", "Alphen aan den Rijn"],
        **{f"n{i}": [1_234_567, 7_654_321] for i in range(9)},
    }
)
WIDE_SHOWN = [
    Column("election", "text", "Verkiezing", "Verkiezing"),
    Column("municipality", "text", "Gemeente", "Gemeente"),
    *(Column(f"n{i}", "count", f"Een lange kop {i}", f"Een lange kop {i}") for i in range(9)),
]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_whatever_the_terminal_no_number_is_cut_and_no_line_is_wider(width: int) -> None:
    text = to_text(WIDE, WIDE_SHOWN, "nl", width)
    assert text.count("1.234.567") == text.count("7.654.321") == 9
    assert max(map(len, text.splitlines())) <= width
    # Each part tells the rows apart by itself.
    parts = text.split("\n\n")
    assert (len(parts) == 1) == (width == 200)
    assert all("TK2025" in part and "GR2026" in part for part in parts)


TABLES_OF_ANSWERS = {
    f"{entry.name} {made.name}": made.columns for entry in entries() for made in entry.tables
}


@pytest.mark.parametrize("name", sorted(TABLES_OF_ANSWERS))
def test_every_table_of_the_package_fits_eighty_columns(name: str) -> None:
    # What a cell of its own printing says depends on the counts; the backtest reads those.
    shown = [each for each in TABLES_OF_ANSWERS[name] if each.nl and each.show is None]
    words = {"text": "Alphen aan den Rijn, 's-Hertogenbosch", "word": "provisional"}
    row: dict[str, object] = {}
    for each in shown:
        if each.kind.startswith("interval"):
            row |= {f"{each.name}_low": -0.12345, f"{each.name}_high": 0.12345}
        elif each.kind == "percent_marked":
            row |= {each.name: 0.12345, f"{each.name}_vintage": "provisional"}
        else:
            row[each.name] = words.get(each.kind, "7" if each.kind == "number" else 0.98765)
    text = to_text(pd.DataFrame([row]), shown, "nl", 80)
    assert max(map(len, text.splitlines())) <= 80
    for each in shown:
        if not each.is_text:
            assert each.cell(row, "nl") in text


def test_ends_that_are_printed_the_same_are_one_value() -> None:
    shown = Column("conf", "interval", "Interval", "Interval")
    assert shown.cell({"conf_low": 0.00261, "conf_high": 0.00264}, "nl") == "0,26%"
    assert shown.cell({"conf_low": 0.0026, "conf_high": 0.0027}, "nl") == "0,26% tot 0,27%"


@pytest.mark.parametrize(
    ("written", "label"),
    [("Mobiel stembureau : SA", "Mobiel stembureau: SA"), ("De Hal, Kerk", "De Hal, Kerk")],
)
def test_a_label_has_no_space_before_a_colon(written: str, label: str) -> None:
    assert short(written) == label


def test_a_filled_caption_is_plain_text_and_a_page_is_markdown() -> None:
    known = {"most": ("’s-Hertogenbosch", "")}
    assert fill("{most}.", known, "nl") == "’s-Hertogenbosch."
    assert page("{most}.", known, "nl", lambda *_: True) == "’s\\-Hertogenbosch.\n"
