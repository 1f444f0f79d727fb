"""Formats are known by content, and what is unknown is described."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import synthetic_eml as synthetic
from raw_files import UNNAMED

import evaluatie
from evaluatie.ground.errors import InputError
from evaluatie.sources.detect import HEAD_BYTES, OWN_TABLE, SUPPORTED, detect
from evaluatie.sources.intake import READERS


def test_synthetic_documents() -> None:
    for kind in ("510a", "510b", "510c", "510d"):
        found = detect(synthetic.count(kind=kind))
        assert (found.name, found.reader) == (f"EML {kind}", "eml-count")
    assert detect(synthetic.count(pretty=True)).reader == "eml-count"
    assert detect(b"\xef\xbb\xbf" + synthetic.count()).reader == "eml-count"
    assert detect(synthetic.candidate_list()).reader == "eml-candidates"
    assert detect(synthetic.result()).reader == "eml-result"
    assert detect(synthetic.osv()).reader == "osv"
    assert detect(synthetic.osv(quoted=False)).reader == "osv"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("110a", "election definition"),
        ("110b", "polling stations"),
        ("210", "nomination"),
        ("630", "options"),
    ],
)
def test_other_eml_is_named_and_not_mistaken_for_counts(kind: str, words: str) -> None:
    found = detect(synthetic.count(kind=kind))
    assert found.reader == "none"
    assert words in found.name


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"<html><body>", "a web page"),
        (b"<feed xmlns='urn:x'/>", "root element 'feed' in namespace 'urn:x'"),
        (
            synthetic.count().replace(b"tc:evs:schema:eml", b"tc:evs:schema:eml9"),
            "root element 'EML'",
        ),
        (synthetic.count(kind="999"), "unknown kind '999'"),
        (b"a;b;c\n1;2;3\n", "a table with the columns a, b, c"),
        (b"\x00\x01\x02\x03 binary", "binary data"),
        (b"\x1f\x8b\x08\x00", "a gzip file"),
        (b"Verkiezing,,TK\nDatum,,x\n", "not of layout OSV4-3"),
    ],
)
def test_the_unknown_is_described(head: bytes, words: str) -> None:
    with pytest.raises(InputError) as caught:
        detect(head)
    assert words in caught.value.message
    assert caught.value.expected == (OWN_TABLE if "a table" in words else SUPPORTED)


@pytest.mark.parametrize("head", [b"", b"  \n "])
def test_nothing_is_empty(head: bytes) -> None:
    with pytest.raises(InputError) as caught:
        detect(head)
    assert caught.value.rule == "not empty"


def test_notes_and_own_tables() -> None:
    assert detect(b"Opmerking: dit is een notitie, meer niet.\n").reader == "none"
    assert detect(b"election,municipality_code,ballots\n").reader == "user"
    assert detect(b"PAR1...").reader == "parquet"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.xml", synthetic.count())
    assert detect(buffer.getvalue()).reader == "zip"


@pytest.mark.raw
def test_every_real_file_is_known(raw: Path) -> None:
    expected = {
        "eml": {"eml-count", "eml-candidates", "zip"},
        "osv": {"osv"},
        "official": {*READERS, "zip"} - {"anp", "nos", "stations"},
        "provisional": {"anp", "nos"},
    }
    for folder, readers in expected.items():
        found = {
            detect(path.read_bytes()[:HEAD_BYTES]).reader
            for path in (raw / folder).iterdir()
            if path.name not in UNNAMED
        }
        assert found == readers, folder


@pytest.mark.raw
@pytest.mark.parametrize("name", sorted(UNNAMED))
def test_a_table_that_does_not_name_its_count_is_refused(raw: Path, name: str) -> None:
    (path,) = raw.glob(f"*/{name}")
    with pytest.raises(InputError, match=r"not a file with counts|'vintage' are missing"):
        evaluatie.read(path)
