"""Tables for readers: numbers printed once, hostile text harmless everywhere."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluatie.escape import spreadsheet_text, terminal_text
from evaluatie.tables import Show, to_csv, to_markdown, to_text

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
    Show("name", "Gemeente"),
    Show("n", "Biljetten", "count"),
    Show("share", "Aandeel", "percent"),
    Show("conf", "Interval", "interval"),
]


def test_text_is_aligned_and_unknown_is_a_point() -> None:
    lines = to_text(FRAME, SHOWN).splitlines()
    assert "131.478" in lines[2]
    assert "0,40% – 0,50%" in lines[2]
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


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r=1"])
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
