"""What a library user sees: printed, in a notebook, and drawn on axes of their own."""

from __future__ import annotations

import html
import inspect
import io
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import evaluatie
from evaluatie.answers import COMMANDS
from evaluatie.answers.answer import Answer
from evaluatie.plan import Question

ASKED: dict[str, Callable[[Any], Answer]] = {
    "rates": evaluatie.rates,
    "municipalities": lambda r: evaluatie.rates(r, by="municipality"),
    "before_after": evaluatie.before_after,
    "effect": evaluatie.effect,
    "bounds": lambda r: evaluatie.effect(r, "EP2024"),
    "learning": evaluatie.learning,
    "published": evaluatie.published,
    "statements": evaluatie.statements,
    "seats": evaluatie.seats,
    "stake": lambda r: evaluatie.seats(r, "stake"),
    "power": evaluatie.power,
    "reasons": evaluatie.reasons,
    "scale_up": lambda r: evaluatie.scale_up(r, ["TK2025"]),
    "summary": evaluatie.summary,
    "first_counts": evaluatie.first_counts,
    "personal_vote": evaluatie.personal_vote,
    "quality": evaluatie.quality,
    "evidence": evaluatie.evidence,
    "stations": lambda r: evaluatie.stations(r.where("GR2026").only(["Gouda", "Leiden"])),
}


@pytest.fixture(scope="module")
def results() -> Any:
    return evaluatie.load()


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_fits_a_screen_and_says_how_to_see_more(name: str, results: Any) -> None:
    made = ASKED[name](results)
    for lang, other in (("nl", "en"), ("en", "nl")):
        lines = repr(made.spoken(lang)).splitlines()
        assert len(lines) <= 25
        assert max(map(len, lines)) <= 80
        assert lines[0] == repr(made.spoken(lang)).partition("\n")[0]
        assert made.sentence(lang).startswith(lines[0])
        assert f".spoken('{other}')" in lines[-1]
    page = made._repr_html_()
    assert "<table" in page
    assert page.count("<tr>") <= 1 + 8


@pytest.mark.parametrize("name", ["rates", "municipalities", "before_after"])
def test_where_not_all_rows_fit_the_newest_election_comes_first(name: str, results: Any) -> None:
    made = ASKED[name](results)
    elections = made.table["election"].tolist()
    newest = {"GR2026"} & set(elections)
    for text in (repr(made), made._repr_html_()):
        named = re.findall(r"^(?:<tr><td>|<tr><th scope=.row.>)?([A-Z]{2}20\d\d)\b", text, re.M)
        assert named, text
        assert set(named[: min(len(named), elections.count("GR2026"))]) == newest
    assert elections == made.table["election"].tolist()


def test_the_vintage_is_said(results: Any) -> None:
    assert "Tellingen: officieel." in repr(evaluatie.rates(results.where("TK2025")))
    first = evaluatie.load("GR2026", "provisional")
    assert "Counts: provisional." in repr(evaluatie.rates(first).spoken("en"))


@pytest.mark.parametrize("level", ["municipality", "polling_station", "candidate"])
def test_counts_print_a_line_an_election(level: str) -> None:
    shown = repr(evaluatie.load(["GR2022", "GR2026"], level=level))
    assert len(shown.splitlines()) <= 10
    assert max(map(len, shown.splitlines())) <= 80
    assert "GR2026" in shown
    one = evaluatie.load("GR2026").only("Gouda")
    assert "Counts of 1 election: 1 municipality, official where complete" in repr(one)
    assert "<td>34,998</td>" in one._repr_html_()


def test_a_question_can_be_asked_and_keeps_its_functions(results: Any) -> None:
    found = evaluatie.seats(results, "margins", municipality=["Gouda"])
    assert set(found.table["place"]) == {"Gouda"}
    assert evaluatie.seats.allocate([300, 100], 4) == [3, 1]


def test_every_command_that_answers_is_a_function_of_the_library() -> None:
    assert {word.replace("-", "_") for word in COMMANDS} <= set(evaluatie.__all__)


@pytest.mark.parametrize("name", ["power", "scale_up", "seats"])
def test_a_question_is_a_function_like_the_others(name: str) -> None:
    asked = getattr(evaluatie, name)
    answer = import_module(f"evaluatie.answers.{name}")
    assert inspect.isfunction(asked)
    assert next(iter(inspect.signature(asked).parameters)) == "results"
    assert all(getattr(asked, each) is getattr(answer, each) for each in answer.__all__)


@pytest.mark.parametrize("home", [evaluatie, evaluatie.stats, evaluatie.plots, evaluatie.codes])
def test_errors_name_a_public_function_as_users_call_it(home: Any) -> None:
    public = {name: getattr(home, name) for name in home.__all__}
    functions = {name: each for name, each in public.items() if inspect.isfunction(each)}
    assert functions
    for name, function in functions.items():
        assert (function.__name__, function.__qualname__) == (name, name)
        with pytest.raises(TypeError, match=rf"^{name}\(\) got an unexpected keyword argument"):
            function(nobody_has_this=1)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Question(), "  outcome:    invalid"),
        (Question(comparison=tuple(f"GM{n:04}" for n in range(300))), "GM0011 and 288 more"),
        (evaluatie.load_design(), "  primary outcome: invalid"),
        (evaluatie.load_design(), "GR2026 (11 municipalities)"),
    ],
    ids=["question", "long question", "plan", "ballot"],
)
def test_what_is_asked_and_planned_fits_a_screen(told: Any, said: str) -> None:
    shown = repr(told)
    assert " ".join(said.split()) in " ".join(shown.split())
    assert len(shown.splitlines()) <= 12
    assert max(map(len, shown.splitlines())) <= 80
    page = html.unescape(told._repr_html_())
    assert page.count("<tr>") >= 6
    assert said.rpartition(":")[2].strip() in page


def test_what_is_read_tells_itself(tmp_path: Path) -> None:
    file = tmp_path / "<b>.csv"
    file.write_text(
        "election,municipality_code,vintage,valid,blank,invalid,remark\n"
        "GR2026,GM0513,official,990,4,6,x\n",
        "utf-8",
    )
    shown = repr(evaluatie.read(file))
    assert "  files:          1, of which refused 0" in shown
    assert "remark" in shown
    assert len(shown.splitlines()) <= 12
    assert "&lt;b&gt;" in evaluatie.read(file)._repr_html_()


def test_a_figure_shows_itself_in_a_kernel_where_pyplot_was_never_imported() -> None:
    code = (
        "import sys, evaluatie\n"
        "made = evaluatie.effect(evaluatie.load(['GR2022', 'GR2026'])).plot()\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert made._repr_png_().startswith(b'\\x89PNG')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


PAGES = ("stations", "first_counts")
NONE = ("rates", "published", "statements", "seats", "quality", "evidence")


@pytest.mark.parametrize("name", [n for n in ASKED if n not in (*NONE, *PAGES)])
def test_an_answer_draws_on_given_axes(name: str, results: Any) -> None:
    from matplotlib.figure import Figure

    own = Figure(figsize=(12, 6), layout="constrained")
    left, right = own.subplots(1, 2)
    left.set_title("mine")
    made = ASKED[name](results)
    drawing: Any = made.plot
    assert drawing("en", ax=right) is None  # a notebook shows the own figure once
    assert left.get_title(loc="center") == "mine"
    drawn = own.axes if not own.subfigs else own.subfigs[0].axes
    assert any(ax.has_data() for ax in drawn if ax is not left)
    own.savefig(io.BytesIO(), format="png")
    assert made.plot().axes  # a figure of its own again


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_itself_where_pyplot_was_imported(name: str, results: Any) -> None:
    """IPython then passes over figures of which it sees no axes."""
    page: Any = ASKED[name](results).plot()
    assert page._repr_mimebundle_()["image/png"].startswith(b"\x89PNG")
    chart: Any = evaluatie.effect(results).plot()
    assert chart._repr_mimebundle_() == {}


@pytest.mark.parametrize("name", PAGES)
def test_a_figure_that_is_a_page_is_refused_on_given_axes(name: str, results: Any) -> None:
    from matplotlib.figure import Figure

    with pytest.raises(evaluatie.EvaluatieError, match="a whole page"):
        ASKED[name](results).plot("en", ax=Figure().subplots())


def test_figures_name_the_outcome_that_they_show(results: Any) -> None:
    blank = evaluatie.rates(results.where(["GR2022", "GR2026"]), "blank", by="municipality")
    assert "blank" in blank.plot("en").axes[0].get_xlabel()


def test_in_a_notebook_an_answer_is_one_output_and_nothing_else() -> None:
    nbclient = pytest.importorskip("nbclient")
    from nbformat.v4 import new_code_cell, new_notebook

    code = "import evaluatie\nevaluatie.effect(evaluatie.load(['GR2022', 'GR2026']))"
    book = new_notebook(cells=[new_code_cell(code)])
    nbclient.NotebookClient(book, timeout=300).execute()
    (shown,) = book.cells[0].outputs
    assert set(shown["data"]) == {"text/plain", "text/html"}


PLOTTED = {
    "page": "evaluatie.first_counts(results).plot()",
    "figure": "evaluatie.effect(results).plot()",
    "own axes": "evaluatie.effect(results).plot(ax=plt.subplots()[1])",
}


@pytest.fixture(scope="module")
def plotted() -> dict[str, Any]:
    """Cells of a notebook with pyplot, each with a figure."""
    nbclient = pytest.importorskip("nbclient")
    from nbformat.v4 import new_code_cell, new_notebook

    begin = "import evaluatie\nimport matplotlib.pyplot as plt\nresults = evaluatie.load()"
    book = new_notebook(cells=list(map(new_code_cell, [begin, *PLOTTED.values()])))
    nbclient.NotebookClient(book, timeout=300).execute()
    return dict(zip(PLOTTED, book.cells[1:], strict=True))


@pytest.mark.parametrize("name", PLOTTED)
def test_in_a_notebook_with_pyplot_a_figure_is_shown_once(
    name: str, plotted: dict[str, Any]
) -> None:
    outputs = plotted[name].outputs
    shown = [each for each in outputs if "image/png" in each.get("data", {})]
    assert len(shown) == 1


def test_no_two_printed_rows_of_the_summary_are_of_the_same(results: Any) -> None:
    made = evaluatie.summary(results)
    told = [column for column in made.shown if column.name in ("election", "outcome", "kind")]
    told += [column for column in made.shown if column.name == "municipality"]
    rows = [tuple(c.cell(row, "en") for c in told) for row in made.table.to_dict("records")]
    assert len(set(rows)) == len(rows)
    assert "one more" in repr(made.spoken("en"))


def test_of_elections_that_were_not_asked_no_published_figure_is_judged(results: Any) -> None:
    few = results.where(["GR2022", "GR2026"])
    some, every = evaluatie.published(few), evaluatie.published(results)
    assert set(some.table["election"]) == {"GR2022", "GR2026"}
    same = every.table[every.table["election"].isin(some.table["election"])]
    assert some.table["verdict"].tolist() == same["verdict"].tolist()
    assert f"Of {len(some.table)} published figures" in some.sentence("en")


# A subset of municipalities -----------------------------------------------------------------------


def test_of_municipalities_that_nobody_asked_for_nothing_is_said(results: Any) -> None:
    few = results.only(["Leiden", "Zwolle", "Delft", "Zeist", "Hengelo"])
    for lang in ("nl", "en"):
        said = evaluatie.effect(few, "GR2026").sentence(lang)
        assert "Gouda" not in said
        assert "Boekel" not in said
        assert not any(word in said for word in (" . ", "1 municipalities", "1 gemeenten"))
    assert "1 municipality with the new ballot" in evaluatie.effect(few, "GR2026").sentence("en")
    assert "Gouda" not in evaluatie.before_after(few).sentence()


def test_a_chosen_treated_municipality_leaves_the_others_out_of_both_groups(results: Any) -> None:
    others = ["Zwolle", "Delft", "Zeist", "Hengelo"]
    made = evaluatie.effect(results, treated="Leiden", comparison=others)
    used = made.parts["changes"].query("group in ('treated', 'comparison')")
    assert set(used["municipality"]) == {"Leiden", *others}
    # By hand: the change of Leiden less that of the four, each counting by its ballots.
    by = used.set_index("municipality")
    rest = by.loc[others]
    expected = by.loc["Leiden", "change"] - (
        rest["change"] @ rest["ballots_after"] / rest["ballots_after"].sum()
    )
    assert made.table["estimate"].iloc[0] == pytest.approx(expected, rel=1e-12)
    every = evaluatie.effect(results, treated=["GM0546"]).table["n_comparison"].iloc[0]
    assert every == evaluatie.effect(results).table["n_comparison"].iloc[0]
