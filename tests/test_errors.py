"""The one family of errors: one clear line, data to read, survives parallel workers."""

from __future__ import annotations

import pickle

import pytest

from evaluatie.ground.errors import EvaluatieError, InputError, UnknownNameError


def test_the_line_names_file_unit_value_and_expectation() -> None:
    error = InputError(
        "blank is not a number", file="counts.csv", unit="line 7", value="many", expected="a count"
    )
    assert str(error) == "counts.csv, line 7: blank is not a number; found many; expected a count"


def test_the_message_stays_one_line_whatever_the_value() -> None:
    error = InputError("odd\nname", value="two\nlines\x1b[31m" + "x" * 500)
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 200


def test_errors_survive_pickling_with_their_data() -> None:
    error = InputError("broken", file="a.csv", unit=3, rule="sum", value=1, expected=2)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is InputError
    assert str(again) == str(error)
    assert (again.file, again.unit, again.rule, again.value) == ("a.csv", "3", "sum", 1)


@pytest.mark.parametrize(
    ("name", "near"),
    [("TK2052", "TK2025"), ("gr2026", "GR2026"), ("tk2025", "TK2025")],
)
def test_an_unknown_name_suggests_the_nearest(name: str, near: str) -> None:
    error = UnknownNameError.of("election", name, ["TK2023", "TK2025", "GR2026"])
    assert near in str(error)


def test_a_name_near_nothing_lists_what_is_known() -> None:
    assert "one of TK2023, GR2026" in str(
        UnknownNameError.of("election", "x", ["TK2023", "GR2026"])
    )


def test_every_kind_is_an_evaluatie_error() -> None:
    for kind in EvaluatieError.__subclasses__():
        assert issubclass(kind, EvaluatieError)
        with pytest.raises(EvaluatieError):
            raise kind("…")
