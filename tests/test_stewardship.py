"""What an organisation asks before it adopts a package: descriptions, licences, logs."""

from __future__ import annotations

import copy
import fnmatch
import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import distribution
import jsonschema
import pandas as pd
import pytest
import yaml

import evaluatie
from evaluatie.ground.folders import bundled
from evaluatie.ground.words import sentences

ROOT = Path(evaluatie.__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(
    not (ROOT / "publiccode.yml").exists(), reason="these files stand in the checkout"
)


def read_yaml(name: str) -> dict[str, Any]:
    """Read YAML with days as text, as both standards have them."""
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.yaml_implicit_resolvers = {
        sign: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
        for sign, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load((ROOT / name).read_text("utf-8"), loader)  # a SafeLoader all the same


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


PUBLICCODE = json.loads(Path(__file__).with_name("publiccode.schema.json").read_text("utf-8"))


def test_publiccode_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(PUBLICCODE)
    jsonschema.validate(
        read_yaml("publiccode.yml"), PUBLICCODE, cls=jsonschema.Draft202012Validator
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda each: each.pop("legal"),
        lambda each: each.update(developmentStatus="finished"),
        lambda each: each.update(categories=["elections"]),
        lambda each: each["maintenance"].update(type="internal"),
        lambda each: each["maintenance"].update(type="contract"),
        lambda each: each["description"]["nl"].update(shortDescription="x" * 151),
        lambda each: each["description"]["en"].update(longDescription="short"),
        lambda each: each["intendedAudience"].update(countries=["NL"]),
        lambda each: each.update(url="evaluatie"),
        lambda each: each.update(colour="blue"),
    ],
)
def test_the_schema_refuses_what_the_standard_refuses(
    spoil: Callable[[dict[str, Any]], object],
) -> None:
    content = copy.deepcopy(read_yaml("publiccode.yml"))
    spoil(content)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, PUBLICCODE, cls=jsonschema.Draft202012Validator)


def test_citation_is_valid() -> None:
    vendored = pytest.importorskip("check_jsonschema", reason="comes with the extra 'tests'")
    folder = Path(vendored.__file__).parent / "builtin_schemas" / "vendor"
    schema = json.loads((folder / "citation-file-format.json").read_text("utf-8"))
    jsonschema.validate(read_yaml("CITATION.cff"), schema)


def test_all_descriptions_tell_the_same_version_licence_and_day() -> None:
    citation, publiccode = read_yaml("CITATION.cff"), read_yaml("publiccode.yml")
    assert citation["version"] == publiccode["softwareVersion"] == evaluatie.__version__
    assert citation["license"] == publiccode["legal"]["license"] == project()["license"]
    assert citation["title"].startswith(f"{project()['name']}: ")
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.search(
        rf"^## \[{re.escape(evaluatie.__version__)}\] - (\d{{4}}-\d\d-\d\d)$", changes, re.MULTILINE
    )
    day = released[1] if released else None
    assert citation.get("date-released") == publiccode.get("releaseDate") == day


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert text.startswith("# Changelog\n")
    versions = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", each) for each in versions[1:])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        headings = re.findall(r"^### (.*)$", section, re.MULTILINE)
        assert headings
        assert set(headings) <= kinds
        assert len(set(headings)) == len(headings)


def files() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.split("\n")[:-1]


def matches(name: str, pattern: str) -> bool:
    """Apply a glob of REUSE.toml: ``**`` crosses folders, ``*`` does not."""
    rule = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.fullmatch(rule, name) is not None


def test_every_file_has_a_licence_whose_text_is_there() -> None:
    annotations = tomllib.loads((ROOT / "REUSE.toml").read_text("utf-8"))["annotations"]
    used = set()
    for name in files():
        licences = [
            each["SPDX-License-Identifier"]
            for each in annotations
            for pattern in ([each["path"]] if isinstance(each["path"], str) else each["path"])
            if matches(name, pattern)
        ]
        assert licences, name
        used.add(licences[-1])  # the last one that matches counts
        facts = ("data/**", "evaluatie/sources/*.csv", "tests/reference/county_employment.csv")
        tables = any(matches(name, each) for each in facts)
        assert (licences[-1] == "CC0-1.0") == tables
    texts = {path.stem for path in (ROOT / "LICENSES").iterdir()}
    assert used == texts == {"EUPL-1.2", "CC0-1.0", "OFL-1.1"}
    own = (ROOT / "LICENSES" / "EUPL-1.2.txt").read_text("utf-8")
    assert own == (ROOT / "LICENSE").read_text("utf-8")


def test_owners_name_existing_places_only() -> None:
    known = files()
    lines = (ROOT / "CODEOWNERS").read_text("utf-8").splitlines()
    rules = [line.split() for line in lines if line and not line.startswith("#")]
    assert rules[0][0] == "*"
    for place, *owners in rules:
        assert owners
        assert all(each.startswith("@") for each in owners)
        pattern = "*" if place == "*" else place.strip("/") + ("/*" if place[-1] == "/" else "")
        assert fnmatch.filter(known, pattern), place


# The logs of decisions


def log(name: str) -> dict[str, str]:
    text = (ROOT / "decisions" / f"{name}.md").read_text("utf-8")
    entries = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {each.partition("\n")[0]: each.partition("\n")[2].strip() for each in entries}


def test_the_log_of_assumptions_has_every_assumption_in_its_words() -> None:
    logged, spoken = log("assumptions"), sentences("assumptions")
    missing = set(spoken) - set(logged)
    assert not missing, f"write an entry in decisions/assumptions.md for {sorted(missing)}"
    assert set(logged) == set(spoken)
    for key, entry in logged.items():
        quoted, _, record = entry.partition("\n\n")
        assert quoted == f"> {spoken[key]['en']}", key
        assert re.match(r"\d{4}-\d\d-\d\d\. Checkable: [a-z].*\.$", record), key


def test_every_assumption_is_one_that_a_result_carries() -> None:
    code = "\n".join(
        path.read_text("utf-8") for path in Path(evaluatie.__file__).parent.rglob("*.py")
    )
    for key in log("assumptions"):
        assert f'"{key}"' in code, key


def test_the_log_of_methods_is_dated_and_points_to_what_is_there() -> None:
    entries = log("methods")
    days = [title[:10] for title in entries]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in days)
    assert days == sorted(days, reverse=True)
    for title, entry in entries.items():
        assert "**Where:**" in entry, title
        named = re.findall(r"`((?:evaluatie|data|tests|analyses)/[^`\s]*)`", entry)
        assert named, title
        assert all((ROOT / each).exists() for each in named), title


def test_every_deviation_of_the_plan_is_in_the_log_of_its_day() -> None:
    days = {title[:10] for title in log("methods")}
    for deviation in evaluatie.load_design().raw["deviations"]:
        assert deviation["date"].isoformat() in days


def test_sizes_in_the_log_are_those_that_were_simulated() -> None:
    sizes = pd.read_csv(bundled("data") / "simulations" / "size_and_coverage.csv")
    # In the log the name of one method is shortened, to fit its column.
    named = sizes["method"].str.replace("randomization by re-assignment, per", "re-assignment, per")
    lines = re.findall(r"^\| ([^|]+) \| (\w+) \|(.*)\|$", text_of_methods(), re.MULTILINE)
    assert sorted(name for name, *_ in lines) == sorted(named.unique())
    for test, estimand, cells in lines:
        rows = sizes[named == test]
        assert set(rows["estimand"]) == {estimand}, test
        # The interval for one municipality is of the effect there: one of "these".
        covered = f"coverage_{'these' if estimand == 'own' else estimand}"
        computed = [
            "" if found.isna().all() else f"{found.min():.0%} to {found.max():.0%}"
            for column in ("size", covered)
            for data in ("fitted model", "real counts")
            for found in [rows.loc[rows["cell"].str.startswith(f"{data}, "), column]]
        ]
        assert [cell.strip() for cell in cells.split("|")] == computed, test


def test_counts_in_the_log_are_those_of_the_tables() -> None:
    rows = evaluatie.load_table("municipal_results", elections=["TK2025"])
    treated = evaluatie.load_design().treated("TK2025")
    kept = ~rows["municipality_code"].isin(treated) & (rows["municipality_code"] < "GM9")
    rejected = rows[kept].pivot_table("rejected", "municipality_code", "vintage", aggfunc="sum")
    added = rejected["official"] - rejected["provisional"]
    silent = rejected["provisional"] == 0
    assert (int(added.sum()), int(added[silent].sum())) == (738, 221)
    assert "738 more rejected votes" in text_of_methods()
    assert "221 of them" in text_of_methods()
    # The entry was written when first counts of nine municipalities were all there was.
    first = evaluatie.load("GR2026", "provisional")
    table = evaluatie.rates(first, "invalid", by="group").table
    row = table[table["group"] == "experiment"].iloc[0]
    urn, clustered = (
        f"{row[f'{kind}_low']:.2%} to {row[f'{kind}_high']:.2%}" for kind in ("binomial", "conf")
    )
    assert f"{urn} as if one urn, {clustered} clustered" in text_of_methods().replace("\n", " ")


def text_of_methods() -> str:
    return (ROOT / "decisions" / "methods.md").read_text("utf-8")


# What is in a release

WHEEL = dict.fromkeys((*distribution.IN_WHEEL, "evaluatie-0.1.0.dist-info/licenses/LICENSE"), 1)
SDIST = dict.fromkeys(distribution.IN_SDIST, 1)


@pytest.mark.parametrize(("sizes", "sdist"), [(WHEEL, False), (SDIST, True)])
def test_a_complete_distribution_passes(sizes: dict[str, int], sdist: bool) -> None:
    assert distribution.complaints(sizes, {"raw.csv"}, sdist=sdist) == []


@pytest.mark.parametrize(
    ("name", "size", "sdist"),
    [
        ("data/raw.csv", 1, True),
        ("report/_output/rapport.html", 1, True),
        (".ci/run", 1, True),
        ("data/huge.csv", distribution.LARGEST + 1, True),
        ("tests/test_rates.py", 1, False),
        ("evaluatie/__pycache__/rates.pyc", 1, False),
    ],
)
def test_what_does_not_belong_in_it_is_named(name: str, size: int, sdist: bool) -> None:
    sizes = (SDIST if sdist else WHEEL) | {name: size}
    (complaint,) = distribution.complaints(sizes, {"raw.csv"}, sdist=sdist)
    assert name in complaint


def test_a_missing_file_is_named() -> None:
    sizes = {name: size for name, size in SDIST.items() if name != "CHANGELOG.md"}
    assert distribution.complaints(sizes, (), sdist=True) == ["CHANGELOG.md is missing"]


def test_the_raw_files_have_names_to_look_for() -> None:
    names = distribution.raw_names()
    assert "TK2010_alle_gemeenten.csv" in names
    assert len(names) > 10


def test_the_release_checklist_names_existing_sessions_and_files() -> None:
    text = (ROOT / "RELEASING.md").read_text("utf-8")
    sessions = set(
        re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text("utf-8"), re.M)
    )
    for command in re.findall(r"`nox -s ([^`]+)`", text):
        assert set(command.partition(" -- ")[0].split()) <= sessions, command
    for name in re.findall(r"`([\w/]+\.(?:md|toml|yml|cff|py))`", text):
        assert (ROOT / name).exists(), name


def test_the_commands_of_the_readme_name_existing_sessions() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    sessions = re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text("utf-8"), re.M)
    for name in ("report", "tests"):
        (command,) = re.findall(rf"<!-- command: {name} -->\n```sh\n(.+)\n```", text)
        assert command.endswith(f"&& .venv/bin/nox -s {name}")
        assert name in sessions
