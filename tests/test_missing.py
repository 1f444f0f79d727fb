"""A run with few elections: every analysis is made, or says in words why it cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import evaluatie
from evaluatie.answers.answer import Answer, attempt, because, missing
from evaluatie.answers.run import Run, read_result
from evaluatie.ground.errors import EstimationError, InputError, UnknownNameError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.report.export.sheets import collect
from evaluatie.report.study import Inputs


def test_a_note_has_the_shape_of_a_result() -> None:
    note = missing("no_counts", "EP2024").to_dict()
    assert note["missing"] == note["sentence"]
    assert note["table"] == note["assumptions"] == note["sources"] == []
    assert all("(EP2024)" in words for words in note["missing"].values())


def test_the_reason_of_an_error_is_told_in_both_languages() -> None:
    refused = EstimationError("…", unit="EP2029", rule="comparison group")
    assert because(refused).statements == missing("nationwide", "EP2029").statements
    unknown = EstimationError("…", rule="a rule that nobody wrote words for")
    assert because(unknown, "TK2025").statements == missing("not_possible", "TK2025").statements


def test_only_what_data_may_lack_is_turned_into_a_note() -> None:
    def refuse(error: Exception) -> Answer:
        raise error

    told = attempt(lambda: refuse(UnknownNameError.of("election", "EP2024", ["TK2025"])))
    assert isinstance(told, Answer)
    assert told.statements == missing("no_election").statements
    with pytest.raises(UnknownNameError):
        attempt(lambda: refuse(UnknownNameError.of("method", "guess", ["t"])))
    with pytest.raises(InputError):
        attempt(lambda: refuse(InputError("a broken table")))


def test_elections_bring_their_baselines_and_nothing_else() -> None:
    inputs = Inputs(elections=("GR2026",))
    assert inputs.results.elections == ("GR2022", "GR2026")
    assert list(inputs.counted_plan.new_ballot) == ["GR2026"]
    assert set(inputs.table("national_results")["election"]) <= {"GR2022", "GR2026"}
    # How often voters met the ballot does not depend on the counts at hand.
    assert inputs.counted_plan.exposure("GM0484", "GR2026") == 3
    with pytest.raises(UnknownNameError, match="GR2062"):
        _ = Inputs(elections=("GR2062",)).results


@pytest.mark.parametrize("election", ["TK2021", "EP2024", "GR2026"])
def test_a_run_with_one_election_is_made_or_says_why_not(
    election: str, finished_of: Callable[[str], Run]
) -> None:
    written = sorted(finished_of(election).folder.glob("*.json"))
    for path in written:
        content = json.loads(path.read_text("utf-8"))
        if "missing" in content:
            assert set(content["missing"]) == {"nl", "en"}
            assert content["table"] == []
    names = {path.stem for path in written}
    assert {"coverage", "quality", "published", "overview", "changed"} <= names


def test_the_tables_of_one_election_can_be_exported(finished_of: Callable[[str], Run]) -> None:
    """What has no rows there has no numbers for its caption either."""
    for lang in LANGUAGES:
        sheets, _ = collect(finished_of("GR2026"), lang)
        titles = {sheet.name: sheet.title for sheet in sheets}
        assert {"effect", "learning-within"} <= set(titles)
        assert all(titles.values())
        assert not [title for title in titles.values() if "{" in title]


def test_without_ep2024_the_rest_stands(tmp_path: Path) -> None:
    kept = [name for name in evaluatie.load().elections if not name.startswith("EP")]
    few = Inputs(elections=tuple(kept))
    assert "EP2024" not in few.counted_plan.new_ballot
    made = evaluatie.effect(few.results, "TK2025", methods=("variance-weighted t",)).table
    whole = evaluatie.effect(evaluatie.load(), "TK2025", methods=("variance-weighted t",)).table
    assert made["estimate"].tolist() == whole["estimate"].tolist()


def test_with_all_shipped_elections_little_is_missing(finished: Run) -> None:
    names = {path.stem for path in finished.folder.glob("*.json")}
    missing = {name for name in names if "missing" in read_result(finished.folder, name)}
    # Counts per candidate are not public.
    assert missing == {"personal_vote_EP2024", "personal_vote_TK2025"}
