"""Never less answer for more input: who has no baseline is left out by name, the rest stays.

Three made-up municipalities with the new ballot (Aa, Bee, Cee) and three to compare with; all
numbers can be done in the head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from evaluatie.answers.baselines import uncounted
from evaluatie.answers.data import coverage
from evaluatie.answers.effect import changes_of, effect, pooled
from evaluatie.answers.learning import learning
from evaluatie.answers.rates import before_after, rates
from evaluatie.answers.scale_up import scale_up
from evaluatie.answers.seats import body_votes, lost_votes, seats_at_stake
from evaluatie.answers.sheets import sheet
from evaluatie.answers.statement import Names, on_provisional
from evaluatie.answers.summary import summary
from evaluatie.counts import Results, load
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Question, load_design

NEW = {"GM9101": "Aa", "GM9102": "Bee", "GM9103": "Cee", "GM9104": "Dee", "GM9105": "Ee"}
USUAL = {"GM9201": "Ka", "GM9202": "El", "GM9203": "Em", "GM9204": "En"}
BEFORE, AFTER = "TK2023", "TK2025"
Make = Callable[..., Results]


@pytest.fixture
def small(make_results: Make) -> Callable[..., Results]:
    """Thousand ballots everywhere, 10 invalid before; ``after`` and who lacks a baseline."""

    def make(
        after: dict[str, int], lacking: tuple[str, ...] = (), vintage: str = "official"
    ) -> Results:
        names = {name: code for code, name in (NEW | USUAL).items()}
        rows = []
        for name, invalid in after.items():
            counts = {AFTER: invalid} if name in lacking else {BEFORE: 10, AFTER: invalid}
            for election, x in counts.items():
                kind = vintage if election == AFTER else "official"
                split = (1200, 1000, 1000 - x, 0, x, x)
                rows.append((election, names[name], name, kind, *split))
        treated = tuple(code for code, name in NEW.items() if name in after)
        plan = replace(
            load_design(),
            municipalities=NEW,
            history={AFTER: treated},
            new_ballot={AFTER: treated},
            sha256=f"small {sorted(after)}",
        )
        return replace(make_results(*rows), plan=plan)

    return make


USUAL_AFTER = {"Ka": 10, "El": 20, "Em": 30}  # on average +10 in 1,000


def test_one_without_a_baseline_leaves_the_others_as_they_are(small: Make) -> None:
    made = effect(
        small({"Aa": 30, "Bee": 50, "Cee": 900, **USUAL_AFTER}, lacking=("Cee",)),
        AFTER,
        methods=("variance-weighted t",),
    )
    # (20 + 40) / 2 - 10 in 1,000
    assert pooled(made)["estimate"].item() == pytest.approx(0.02)
    assert pooled(made)["n_treated"].item() == 2
    row = made.left_out.iloc[0]
    assert (row["municipality"], row["reason"], row["baseline"]) == ("Cee", "no_baseline", BEFORE)
    assert "Zonder Cee, omdat daarvan geen telling van TK2023 bekend is" in made.sentence("nl")
    assert "Without Cee, because no count of TK2023" in made.sentence("en")
    assert made.to_dict()["left_out"] == [dict(row)]
    assert "treated-missing" in made.assumptions


def test_all_that_lack_one_are_named_at_once_and_many_by_number(small: Make) -> None:
    after = dict.fromkeys(NEW.values(), 40) | USUAL_AFTER
    two = effect(small(after, lacking=("Bee", "Aa")), AFTER, methods=("variance-weighted t",))
    assert "Zonder Aa en Bee, omdat" in two.sentence("nl")
    four = small(after, lacking=("Aa", "Bee", "Cee", "Dee"))
    made = effect(four, AFTER, methods=("variance-weighted t",))
    assert "Zonder Aa, Bee, Cee en nog 1, omdat" in made.sentence("nl")
    assert list(made.left_out["municipality"]) == ["Aa", "Bee", "Cee", "Dee"]


def test_where_all_lack_one_a_single_line_says_why(small: Make) -> None:
    after = {"Aa": 30, "Bee": 50, **USUAL_AFTER}
    results = small(after, lacking=("Aa", "Bee"))
    with pytest.raises(EstimationError, match=r"can be compared\. Without Aa and Bee, because"):
        effect(results, AFTER)
    made = summary(results)
    said = made.sentence("nl")
    assert "Van de Tweede Kamerverkiezing van 2025 is geen effect te schatten." in said
    assert "Zonder Aa en Bee" in said
    assert made.table.empty


def test_a_comparison_municipality_without_one_is_counted_and_not_named(small: Make) -> None:
    results = small({"Aa": 30, "Bee": 50, **USUAL_AFTER, "En": 900}, lacking=("En",))
    made = effect(results, AFTER, methods=("variance-weighted t",))
    assert pooled(made)["estimate"].item() == pytest.approx(0.02)
    assert pooled(made)["n_comparison"].item() == 3
    assert list(made.left_out["group"]) == ["comparison"]
    assert "En" not in made.sentence("nl").split()
    assert "treated-missing" not in made.assumptions


def test_a_municipality_without_counts_at_the_election_has_that_reason(small: Make) -> None:
    results = small({"Aa": 30, "Bee": 50, "Cee": 40, **USUAL_AFTER})
    gone = (results.rows["municipality"] == "Cee") & (results.rows["election"] == AFTER)
    results = replace(results, rows=results.rows[~gone].reset_index(drop=True))
    table = changes_of(results, AFTER, Question())
    assert list(table.left_out["reason"]) == ["no_counts"]


def test_groups_of_rates_hold_who_can_be_compared(small: Make) -> None:
    results = small({"Aa": 30, "Bee": 50, "Cee": 900, **USUAL_AFTER}, lacking=("Cee",))
    made = rates(results)
    shares = made.table[made.table["election"] == AFTER].set_index("group")["estimate"]
    assert shares["experiment"] == pytest.approx(80 / 2000)
    assert shares["rest"] == pytest.approx(60 / 3000)
    assert shares["all"] == pytest.approx(1040 / 6000)  # every vote in the country counts
    assert "Zonder Cee" in made.sentence("nl")
    changes = before_after(results)
    assert list(changes.table["municipality"]) == ["Aa", "Bee"]
    assert "Zonder Cee" in changes.sentence("nl")
    # Without any count of the baseline nobody differs from the others.
    alone = rates(results.where(AFTER)).table.set_index("group")
    assert alone.at["experiment", "count"] == 980


def test_only_provisional_counts_carry_the_assumption(small: Make) -> None:
    after = {"Aa": 30, "Bee": 50, **USUAL_AFTER}
    for vintage, expected in (("official", False), ("provisional", True)):
        results = small(after, vintage=vintage)
        for made in (
            effect(results, AFTER, methods=("variance-weighted t",)),
            rates(results),
            before_after(results),
            summary(results),
        ):
            assert ("provisional-counts" in made.assumptions) == expected
    assert on_provisional(["official", None, "printed"]) == ()
    assert on_provisional(["official"], ["mixed"]) == ("provisional-counts",)


def test_coverage_takes_the_best_count_of_each(
    make_results: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def row(code: str, vintage: str) -> tuple[object, ...]:
        return (AFTER, code, code, vintage, 1200, 1000, 990, 5, 5, 10)

    codes = load_design().treated(AFTER)
    rows = [row(code, "provisional") for code in (*codes, "GM9201")]
    rows += [row(code, "official") for code in codes[:3]]
    listed = pd.DataFrame({"election": AFTER, "municipality_code": [*codes, "GM9201"]})
    monkeypatch.setattr(Results, "table", lambda *_: listed)
    made = coverage(make_results(*rows))
    assert "6 van 6 gemeenten (3 officieel, 3 voorlopig)" in made.sentence("nl")
    assert "5 van de 5 (3 officieel, 2 voorlopig)" in made.sentence("nl")


def test_names_in_a_sentence() -> None:
    assert Names(()).say("nl") == ""
    assert Names(("Bee",)).say("nl") == "Bee"
    assert Names(("Cee", "Aa", "Bee")).say("nl") == "Aa, Bee en Cee"
    assert Names(("Dee", "Ee", "Cee", "Aa", "Bee")).say("en") == "Aa, Bee, Cee and 2 more"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Boekel as one added row (invented counts) and no count of GR2022; the rest as shipped."""
    folder = tmp_path_factory.mktemp("case 20")
    (folder / "municipal_results.csv").write_text(
        "election,municipality_code,municipality,vintage,"
        "eligible,ballots,valid,blank,invalid,rejected,source\n"
        "GR2026,GM0755,Boekel,official,9000,4805,4746,16,43,59,invented\n",
        "utf-8",
    )
    results = load(data=folder)
    rows = results.rows
    gone = (rows["election"] == "GR2022") & (rows["municipality_code"] == "GM0755")
    return replace(results, rows=rows[~gone].reset_index(drop=True))


@pytest.mark.parametrize(
    "ask",
    [
        lambda results: effect(results, "GR2026", methods=("variance-weighted t",)),
        summary,
        lambda results: learning(results, "between"),
        lambda results: learning(results, "within"),
        lambda results: learning(results, "exposure"),
        lambda results: learning(results, "decomposition"),
        lambda results: scale_up(results, models=((),)),
        rates,
        before_after,
    ],
)
def test_every_answer_stays_and_names_boekel(case: Results, ask: Callable[..., object]) -> None:
    made = ask(case)
    named = made.left_out[made.left_out["group"] == "treated"]  # type: ignore[attr-defined]
    assert set(named["municipality"]) == {"Boekel"}
    assert "Zonder Boekel, omdat" in made.sentence("nl")  # type: ignore[attr-defined]
    assert "scherper" not in made.sentence("nl")  # type: ignore[attr-defined]


def test_the_other_ten_are_in_every_answer(case: Results) -> None:
    assert pooled(effect(case, "GR2026"))["n_treated"].iloc[0] == 10
    first = summary(case).table.iloc[0]
    assert (first["election"], first["n_treated"]) == ("GR2026", 10)
    between = learning(case, "between").table.iloc[0]
    assert (between["n_experienced"], between["n_newcomers"]) == (3, 7)
    uses = learning(case, "exposure").table.set_index("what")
    assert set(uses.loc[["use 3"], "n_units"].dropna()) == {3}
    lost = lost_votes(case, "GR2026")
    assert len(lost) == 10
    votes, names = body_votes(case, "GR2026")
    assert "Zonder Boekel" in seats_at_stake(votes, lost, names=names).sentence("nl")
    made = sheet(case, "Boekel")
    assert "van GR2022 is geen telling bekend" in made.sentence("nl").replace(
        "de gemeenteraadsverkiezing van 2022", "GR2022"
    )


def test_turnout_above_one_is_a_reason_of_its_own() -> None:
    results = load()
    found = uncounted(results, results.plan, "TK2025", "turnout", "best")
    above = found[found["reason"] == "more_than_all"]
    assert "Vlieland" in set(above["municipality"])
