"""The Data Package describes the shipped tables, as the frictionless library sees them."""

import json
import shutil

import pytest

from evaluatie.counts.schema import TABLES
from evaluatie.ground.folders import bundled

frictionless = pytest.importorskip("frictionless", reason="needs the extra 'tests'")


@pytest.fixture
def descriptor() -> dict:
    return json.loads((bundled("data") / "datapackage.json").read_text("utf-8"))


def test_the_shipped_package_is_valid():
    report = frictionless.Package(bundled("data") / "datapackage.json").validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])[:5]
    assert report.stats["tasks"] == len(
        [path for path in bundled("data").rglob("*.csv") if path.parent.name != "simulations"]
    )


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (",6804,6780,8,16,24,", ",6804,6780,8,-16,24,", "constraint-error"),
        (",6804,6780,8,16,24,", ",6804,6780,8,1.5,24,", "type-error"),
        ("GM0003,Appingedam", "0003,Appingedam", "constraint-error"),
        ("Appingedam,official", "Appingedam,final", "constraint-error"),
        ("TK2010,GM0003,Appingedam", "TK2010,GM0003,", "constraint-error"),
        ("TK2010,GM0005", "TK2010,GM0003", "primary-key"),
        ("ballots", "stembiljetten", "incorrect-label"),
    ],
)
def test_frictionless_finds_what_the_description_forbids(tmp_path, descriptor, before, after, kind):
    (resource,) = [r for r in descriptor["resources"] if r["name"] == "municipal_results"]
    del resource["hash"], resource["bytes"]
    path = tmp_path / resource["path"]
    text = (bundled("data") / resource["path"]).read_text("utf-8")
    head = "".join(text.splitlines(keepends=True)[:20])
    assert before in head
    path.write_text(head.replace(before, after, 1), "utf-8")
    (tmp_path / "datapackage.json").write_text(
        json.dumps({**descriptor, "resources": [resource]}), "utf-8"
    )
    report = frictionless.Package(tmp_path / "datapackage.json").validate()
    assert kind in {error[0] for error in report.flatten(["type"])}


def test_frictionless_finds_a_changed_file(tmp_path):
    shutil.copytree(bundled("data"), tmp_path / "data")
    path = tmp_path / "data" / "mergers.csv"
    path.write_bytes(path.read_bytes().replace(b"2017", b"2016", 1))
    report = frictionless.Package(tmp_path / "data" / "datapackage.json").validate()
    assert {error[0] for error in report.flatten(["type"])} == {"hash-count"}


def test_every_column_is_described(descriptor):
    named = {resource["name"].partition("-")[0] for resource in descriptor["resources"]}
    assert named == set(TABLES)
    for resource in descriptor["resources"]:
        table = TABLES[resource["name"].partition("-")[0]]
        assert [field["name"] for field in resource["schema"]["fields"]] == table.names
        assert all(field["description"] for field in resource["schema"]["fields"])
        assert resource["schema"]["primaryKey"] == list(table.key)
        assert resource["schema"]["missingValues"] == [""]
