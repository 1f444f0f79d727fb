"""Every number in the prose of README and docs is one that the data give, or counts nothing.

A sentence that states a count is held to ``claims``: the same words with the number computed.
When the counts change, the sentence no longer fits its claim and the number is left over.
"""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

import evaluatie
from evaluatie.answers.effect import pooled
from evaluatie.counts.manifest import sources

ROOT = Path(evaluatie.__file__).parent.parent
PAGES = [
    page
    for page in (
        ROOT / "README.md",
        *sorted((ROOT / "docs").rglob("*.md")),
        ROOT / "data/README.md",
    )
    # Generated pages are made of the package's own texts.
    if page.exists() and "generated" not in page.parts
]
WORDS = {9: "nine", 10: "ten", 11: "eleven"}

# Names, dates, versions, conventions and limits that are set: they count nothing. Numbers below
# nine are written as words ("one page", "two groups") and are not looked at.
NO_COUNT = re.compile(
    r"\b(?:TK|EP|GR)20\d\d\b|18 March 2026|\b20[0-3]\d\b|Python 3\.11|UTF-(?:8|16)|EUPL-1\.2|OSV4-3"
    r"|EML 510b|95% interval|\b5% level|\b5% of the attempts|[Tt]en minutes|number 1\b"
    r"|Exit codes: 0 done, 1 done with findings, 2 bad input|exit code is 0 when all is well and 1"
    r"|the exit code is 1\.|In 1854 a|2nd edition, 1855|so 0\.01 is one percentage point"
)

DOTTED = """election;municipality_code;vintage;ballots;valid;blank;invalid
TK2023;GM0513;official;1.103;1.095;4;4
"""


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every statement of a count in these pages, with the number that the data give."""
    results = evaluatie.load()
    treated = results.counted_plan.treated("GR2026")
    eleven = WORDS[len(treated)]
    compared = pooled(evaluatie.effect(results, "GR2026", methods=("variance-weighted t",)))
    rows = results.rows
    base = rows[(rows["election"] == "GR2022") & (rows["vintage"] == "official")]
    record = base["source"].str.startswith("gr2022-eml")
    latest = rows[rows["election"] == "GR2026"]
    first, official = (latest[latest["vintage"] == v] for v in ("provisional", "official"))
    stations = {
        name: evaluatie.load(name, level="polling_station").rows for name in ("GR2022", "GR2026")
    }
    now = stations["GR2026"]
    whole = now[now["complete"] & now["municipality_code"].isin(treated)]
    before = stations["GR2022"]["municipality_code"]
    candidates = [
        evaluatie.load_table("candidate_summary", elections=[name])["municipality_code"].nunique()
        for name in ("GR2026", "GR2022")
    ]
    sizes = pd.read_csv(ROOT / "data" / "simulations" / "size_and_coverage.csv")
    few = {5: "five"}[int(sizes["n_treated"].min())]
    many = WORDS[int(sizes["n_treated"].max())]
    nine = WORDS[before[before.isin(treated)].nunique()]
    ten = WORDS[whole["municipality_code"].nunique()]
    partly = int((now["municipality_code"] == "GM0268").sum())
    # By benchmarks/bench_install.py; other machines differ a little.
    installed = tomllib.loads((ROOT / "benchmarks" / "install.toml").read_text("utf-8"))
    listed = evaluatie.load_table("known_exceptions")
    rows_of_sources = evaluatie.load_table("municipal_results")
    high = {}
    for rule, count in (("blank-high", "blank"), ("invalid-high", "invalid")):
        noted = listed[listed["rule"] == rule].merge(
            rows, on=["election", "municipality_code", "vintage"], validate="one_to_one"
        )
        high[rule] = math.floor(200 * (noted[count] / noted["ballots"]).min()) / 2
    silent = listed[listed["rule"] == "not-reported"].merge(
        rows_of_sources, on=["election", "municipality_code", "vintage"], validate="one_to_one"
    )
    assert set(silent["vintage"]) == {"provisional"}
    (nothing,) = set(silent["invalid"]) | set(silent["blank"])
    # Of Nijmegen, what the catalogue says of a record that is not public as a whole.
    (nijmegen,) = (
        re.findall(r"of about (\d+) polling stations of Nijmegen", source["title"])
        for source in sources(ROOT / "data")
        if source["id"] == "gr2026-stations-nijmegen"
    )
    dotted = tmp_path_factory.mktemp("claims") / "own.csv"
    dotted.write_text(DOTTED)
    (thousand,) = evaluatie.read(dotted).municipalities["ballots"]
    return [
        f"as a count of {thousand:,}",
        f"both {nothing} in a first count",
        f"about {nijmegen[0]} of Nijmegen",
        f"in {eleven} Dutch municipalities",
        f"counts of {WORDS[len(results.elections)]} elections since {results.elections[0][2:]}",
        f"all {eleven} are compared with {int(compared['n_comparison'].iloc[0])} others",
        f"known for {ten} of the {eleven} municipalities, {len(whole)} stations",
        f"Of Nijmegen only {partly} are",
        f"{eleven} municipalities are too few",
        f"{few} to {many} treated municipalities",
        f"GR2026 of {len(first)} of {len(official)} municipalities",
        f"Of GR2022 {len(base)} municipalities are official",
        f"{int(record.sum())} from their record (EML 510b), and {int((~record).sum())} from",
        f"all stations of {ten} experiment municipalities and Tilburg, and {partly} of",
        f"those of {nine} of the {eleven} and of Borne",
        f"about {round(installed['base'], -1)} MB with everything it stands on",
        f"({round(installed['report'], -1)} MB: pandoc, typst)",
        f"at least {high['blank-high']:g}% of the ballots of a council election blank",
        f"at least {high['invalid-high']:g}% of the ballots of a council election invalid",
        f"Candidates ship of {candidates[0]} municipalities at GR2026 and {candidates[1]} of these",
    ]


def prose(page: Path) -> str:
    """The text of a page without code, addresses and directives, on one line."""
    text = re.sub(r"\A---\n.*?\n---\n", "", page.read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"^(`{3,}).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`]*`|\]\([^)]*\)|^:.*:.*$", "", text, flags=re.MULTILINE)
    return " ".join(text.split())


def numbers(text: str) -> list[str]:
    return re.findall(rf"\S*\d\S*|\b(?:{'|'.join(WORDS.values())})\b", text, re.IGNORECASE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_states_a_count_that_the_data_do_not_give(page: Path, claims: list[str]) -> None:
    text = prose(page)
    # The longest first, so that no claim is eaten by a part of it.
    for claim in sorted(claims, key=len, reverse=True):
        text = text.replace(claim, "")
    assert numbers(NO_COUNT.sub("", text)) == []


def test_every_claim_is_made_somewhere(claims: list[str]) -> None:
    text = " ".join(prose(page) for page in PAGES)
    assert [claim for claim in claims if claim not in text] == []


def test_a_wrong_count_is_found(claims: list[str]) -> None:
    wrong = "in nine Dutch municipalities, 0.52% of the ballots of GR2026"
    for claim in claims:
        wrong = wrong.replace(claim, "")
    assert numbers(NO_COUNT.sub("", wrong)) == ["nine", "0.52%"]
