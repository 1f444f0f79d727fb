"""Municipality codes: spellings, names in the division of a day, mergers followed."""

from __future__ import annotations

import datetime as dt
import doctest

import numpy as np
import pandas as pd
import pytest

from evaluatie.counts import codes, load_table
from evaluatie.ground.errors import EvaluatieError, InputError, UnknownNameError


def test_the_examples_in_the_docstrings_hold() -> None:
    done = doctest.testmod(codes)
    assert done.attempted >= 4
    assert done.failed == 0


@pytest.mark.parametrize(
    "spelling",
    [
        *("GM0484", "gm0484", "G0484", "GM484", "g484", "0484", "484", " 0484 "),
        *(484, 484.0, np.int64(484), np.float64(484)),
    ],
)
def test_every_spelling_gives_one_code(spelling: object) -> None:
    assert codes.normalise(spelling) == "GM0484"


@pytest.mark.parametrize(
    "spelling",
    [
        *("", "Gouda", "GM", "GM04841", "GMGM0484", "04 84", "-484", "٤٨٤", "0000"),
        *(0, -484, 48.4, 12345, True, None, float("nan"), float("inf"), pd.NA),
    ],
)
def test_what_is_no_code_is_refused(spelling: object) -> None:
    with pytest.raises(InputError) as error:
        codes.normalise(spelling)
    assert error.value.rule == "municipality code"
    assert "such as GM0484" in str(error.value)


def test_a_column_from_a_spreadsheet_is_translated() -> None:
    column = pd.Series([484.0, 513.0]).map(codes.normalise)
    assert column.tolist() == ["GM0484", "GM0513"]


@pytest.mark.parametrize(
    ("day", "municipalities"),
    # As Statistics Netherlands counts them; the three islands come on top from TK2012 on.
    [
        (dt.date(2017, 6, 1), 388),
        (dt.date(2018, 6, 1), 380),
        (dt.date(2019, 6, 1), 355),
        (dt.date(2020, 6, 1), 355),
        (dt.date(2021, 6, 1), 352),
        (dt.date(2022, 1, 1), 345),
        (dt.date(2023, 6, 1), 342),
        (dt.date(2025, 12, 31), 342),
        (dt.date(2026, 1, 1), 341),
    ],
)
def test_a_day_has_as_many_municipalities_as_there_were(day: dt.date, municipalities: int) -> None:
    here = codes._division(*codes._moment(day)).names
    assert len([code for code in here if code < "GM9"]) == municipalities


def test_names_and_codes_are_each_others_inverse_at_every_election() -> None:
    lists = load_table("municipality_codes")
    for election, code, name in zip(
        lists["election"], lists["municipality_code"], lists["municipality"], strict=True
    ):
        assert codes.name_of(code, at=election) == name
        if name != "Bergen":  # two of them, see below
            assert codes.code_of(name, at=election) == code


@pytest.mark.parametrize("name", ["Den Haag", "'s-Gravenhage", "’s-gravenhage", "DEN  HAAG "])
def test_a_city_answers_to_both_its_names(name: str) -> None:
    assert codes.code_of(name) == "GM0518"


def test_accents_do_not_matter() -> None:
    assert codes.code_of("sudwest-fryslan") == "GM1900"


def test_councils_elected_on_another_day_are_there_all_the_same() -> None:
    assert codes.code_of("Boxtel", at="GR2022") == "GM0757"
    assert codes.name_of("GM0402", at="GR2026") == "Hilversum"


def test_mergers_are_followed() -> None:
    assert codes.became("GM0457") == "GM0363"
    assert codes.became("GM1927", at="TK2017") == "GM1927"
    assert codes.became(856, at=dt.date(2022, 1, 1)) == "GM1991"
    assert codes.became("G0484", at="PS2027") == "GM0484"


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: codes.code_of("Goude"), UnknownNameError, "did you mean 'Gouda'?"),
        (
            lambda: codes.code_of("Boxmeer"),
            UnknownNameError,
            "no Boxmeer (GM0756) at GR2026: it went into Land van Cuijk (GM1982) in 2022",
        ),
        (lambda: codes.code_of("Bergen"), InputError, "2 municipalities are called 'Bergen'"),
        (lambda: codes.name_of("GM0485"), UnknownNameError, "unknown municipality code"),
        (
            lambda: codes.name_of(1980, at="TK2021"),
            UnknownNameError,
            "no Dijk en Waard (GM1980) at TK2021: it is first listed at TK2023",
        ),
        (lambda: codes.became("GM0788"), InputError, "divided in 2021 over Boxtel (GM0757)"),
        (lambda: codes.became("GM1671"), UnknownNameError, "last listed at TK2012"),
        (lambda: codes.name_of(484, at="TK"), InputError, "ends in its year"),
    ],
)
def test_what_cannot_be_answered_says_why(
    call: object, kind: type[EvaluatieError], message: str
) -> None:
    with pytest.raises(kind) as error:
        call()  # type: ignore[operator]
    assert message in str(error.value)
