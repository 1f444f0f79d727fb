"""EML_NL 510, 230 and 520: what is read, and that it is what the files say."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import synthetic_eml as synthetic

import evaluatie
from evaluatie.ground.errors import InputError
from evaluatie.sources.candidate_runs import Runs
from evaluatie.sources.documents import Document
from evaluatie.sources.eml import read_counts
from evaluatie.sources.eml_lists import read_candidates, read_result
from evaluatie.sources.osv import read_osv

COMMITTED = Path(__file__).parent / "data" / "synthetic_510b.eml.xml"
WEST = "Telling_TK2025_gemeente_West_Maas_en_Waal.eml.xml"


def parse(content: bytes, candidates: bool = False) -> Document:
    return read_counts(io.BytesIO(content).read, file="x.xml", candidates=candidates)


def same(left: Document, right: Document, *, names: bool = True) -> None:
    for own, other in zip([*left.units, *left.totals], [*right.units, *right.totals], strict=True):
        assert own.kind == other.kind
        assert own.counts == other.counts
        assert own.votes == other.votes
        assert (own.candidate_votes is None) == (other.candidate_votes is None)
        if own.candidate_votes is not None and other.candidate_votes is not None:
            np.testing.assert_array_equal(own.candidate_votes, other.candidate_votes)
        if names:
            assert (own.id, own.name, own.postcode) == (other.id, other.name, other.postcode)


@pytest.mark.parametrize("candidates", [False, True])
@pytest.mark.parametrize("pretty", [False, True])
def test_synthetic_count(candidates: bool, pretty: bool) -> None:
    blocks = [synthetic.station(number) for number in (1, 2, 3)]
    document = parse(synthetic.count(blocks, pretty=pretty), candidates)
    assert document.findings == []
    assert (document.format, document.election, document.authority) == (
        "EML 510b",
        "TK2099",
        "Verzonnen Dam",
    )
    for unit, block in zip(document.units, blocks, strict=True):
        assert (unit.kind, unit.id, unit.municipality_code) == (
            "polling_station",
            block.id,
            "GM9998",
        )
        assert (unit.name, unit.postcode) == (f"Verzonnen {block.id[-1]}", "1234 AB")
        assert unit.counts["valid"] == block.valid
        assert unit.counts["admitted"] == block.uncounted["toegelaten kiezers"]
        assert unit.votes == tuple(map(sum, block.votes))
        assert document.slates[unit.slate].lists[1] == (2, "Tweede & Derde")
        if candidates:
            assert unit.candidate_votes is not None
            assert unit.candidate_votes.tolist() == [vote for own in block.votes for vote in own]
        else:
            assert unit.candidate_votes is None
    assert len(document.slates) == 1, "every unit has the same ballot"
    assert document.totals[0].counts["eligible"] == 5000


def test_the_committed_file_is_the_synthetic_one() -> None:
    assert COMMITTED.read_bytes() == synthetic.count()


def test_order_of_elements_means_nothing() -> None:
    content = synthetic.count()
    swapped = content.replace(
        b'<RejectedVotes ReasonCode="ongeldig">1</RejectedVotes>'
        b'<RejectedVotes ReasonCode="blanco">2</RejectedVotes>',
        b'<RejectedVotes ReasonCode="blanco">2</RejectedVotes>'
        b'<RejectedVotes ReasonCode="ongeldig">1</RejectedVotes>',
    )
    assert swapped != content
    same(parse(content), parse(swapped))


def test_another_prefix_is_the_same_document() -> None:
    content = synthetic.count(pretty=True)
    prefixed = (
        content.replace(b"</", b"</e:")
        .replace(b"<", b"<e:")
        .replace(b"<e:/e:", b"</e:")
        .replace(b"<e:?", b"<?")
        .replace(b"e:kr:", b"kr:")
        .replace(b"xmlns=", b"xmlns:e=")
    )
    same(parse(content, True), parse(prefixed, True))


def test_candidates_taken_out_or_parsed_are_the_same() -> None:
    """A comment switches the fast way off; nothing else may change."""
    fast = synthetic.count()
    slow = fast.replace(b"<Contests>", b"<Contests><!-- slow -->")
    same(parse(fast, True), parse(slow, True))
    same(parse(fast), parse(slow))


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_the_size_of_chunks_means_nothing(size: int) -> None:
    content = synthetic.count([synthetic.station(n, lists=4, candidates=30) for n in range(1, 9)])
    slowly = read_counts(_Slow(content, size).read, file="x", candidates=True)
    same(parse(content, True), slowly)
    assert len(slowly.slates) == 1


@pytest.mark.parametrize("size", [100, 1000, 10_000])
def test_runs_are_found_across_chunks(size: int) -> None:
    content = synthetic.count([synthetic.station(n, lists=4, candidates=30) for n in range(1, 9)])
    stream, runs = io.BytesIO(content), Runs(keep=True)
    pieces = [runs.filter(chunk) for chunk in iter(lambda: stream.read(size), b"")]
    filtered = b"".join(pieces) + runs.rest()
    assert filtered.count(b"run-") == content.count(b"<AffiliationIdentifier")
    assert len(filtered) < len(content) / 2
    dropped = Runs(keep=False)
    assert dropped.filter(content) + dropped.rest() == re.sub(
        rb"<Selection><Candidate>.*?</Selection>", b"", content
    )


class _Slow:
    """A stream that gives less than it is asked for."""

    def __init__(self, content: bytes, size: int) -> None:
        self.stream, self.size = io.BytesIO(content), size

    def read(self, _wanted: int) -> bytes:
        return self.stream.read(self.size)


@pytest.mark.parametrize("first", ["Initial", "Previous"])
def test_optional_elements_of_newer_versions(first: str) -> None:
    content = synthetic.count(
        in_count='<kr:CountingMethod MethodCode="centrale stemopneming"/>'
        '<kr:Phase PhaseCode="corrigendum"/>'
    )
    unit = b'"9998::SB1">Stembureau Verzonnen 1 (postcode: 1234 AB)</ReportingUnitIdentifier>'
    content = content.replace(
        unit,
        unit + b"<kr:ReportingUnitType>Mobile</kr:ReportingUnitType>"
        b"<kr:SharedLocation>true</kr:SharedLocation>",
    )
    at = content.index(b"9998::SB1")
    before, behind = content[:at], content[at:]
    behind = behind.replace(
        b"<TotalCounted>", b"<kr:InitialTotalCounted>7</kr:InitialTotalCounted><TotalCounted>", 1
    )
    behind = behind.replace(
        b"<RejectedVotes",
        b'<kr:InitialRejectedVotes ReasonCode="ongeldig">9</kr:InitialRejectedVotes><RejectedVotes',
        1,
    )
    behind = behind.replace(
        b"<UncountedVotes",
        b'<kr:InitialUncountedVotes ReasonCode="toegelaten kiezers">8</kr:InitialUncountedVotes>'
        b"<UncountedVotes",
        1,
    )
    # A list and one of its candidates were corrected.
    behind = behind.replace(
        b"<ValidVotes>", b"<kr:InitialValidVotes>3</kr:InitialValidVotes><ValidVotes>", 2
    )
    behind = behind.replace(b"kr:Initial", f"kr:{first}".encode())
    document = parse(before + behind, candidates=True)
    told = [(each.unit, each.value, each.rule) for each in document.findings]
    assert told == [
        (f"9998::SB1, {what}", value, "first count")
        for what, value in (("valid", "7"), ("invalid", "9"), ("admitted", "8"), ("1 lists", "3"))
    ]
    assert (document.phase, document.counting_method) == ("corrigendum", "centrale stemopneming")
    first, second = document.units[:2]
    assert (first.unit_type, first.shared_location) == ("Mobile", True)
    assert first.initial == {"valid": 7, "invalid": 9, "admitted": 8}
    assert first.initial_votes == {0: 3, 3: 3}
    assert (second.unit_type, second.shared_location, second.initial) == ("", None, {})
    same(parse(synthetic.count(), True), document)


def test_counting_method_behind_the_election() -> None:
    content = synthetic.count().replace(
        b"</Election></Count>",
        b'</Election><kr:CountingMethod MethodCode="decentrale stemopneming"/></Count>',
    )
    assert parse(content).counting_method == "decentrale stemopneming"


def test_a_polling_station_of_its_own() -> None:
    one = [synthetic.station(4)]
    with_unit = parse(synthetic.count(one, kind="510a"))
    assert [unit.id for unit in with_unit.units] == ["9998::SB4"]
    content = synthetic.count(one, kind="510a", authority="SB4")
    start, end = content.index(b"<ReportingUnitVotes>"), content.index(b"</Contest>")
    alone = parse(content[:start] + content[end:])
    assert [unit.kind for unit in alone.units] == ["polling_station"]
    assert alone.units[0].counts["valid"] == one[0].valid


def test_units_of_districts_and_the_country() -> None:
    blocks = [synthetic.station(number) for number in (1, 2)]
    blocks[0].id, blocks[1].id = "HSB8::9998", "HSB8::9997"
    district = parse(synthetic.count(blocks, kind="510c", authority="HSB8"))
    assert [(u.kind, u.municipality_code) for u in district.units] == [
        ("municipality", "GM9998"),
        ("municipality", "GM9997"),
    ]
    assert (district.totals[0].kind, district.totals[0].municipality_code) == ("district", "")
    blocks[0].id, blocks[1].id = "HSB1", "HSB2"
    country = parse(synthetic.count(blocks, kind="510d", authority="CSB"))
    assert [unit.kind for unit in country.units] == ["district", "district"]
    assert (country.totals[0].kind, country.totals[0].municipality_code) == ("national", "")


def test_municipal_election() -> None:
    document = parse(synthetic.count(election="GR2098_VerzonnenDam"))
    assert (document.election, document.election_id) == ("GR2098", "GR2098_VerzonnenDam")
    assert {unit.municipality_code for unit in document.units} == {"GM9998"}
    assert {unit.municipality for unit in document.units} == {"Verzonnen Dam"}


def test_what_does_not_add_up_is_found_and_kept() -> None:
    blocks = [synthetic.station(number) for number in (1, 2)]
    content = synthetic.count(blocks)
    at = content.rindex(b"<TotalCounted>")
    valid = blocks[1].valid
    broken = content[:at] + content[at:].replace(
        b"<TotalCounted>%d<" % valid, b"<TotalCounted>%d<" % (valid + 10), 1
    )
    document = parse(broken)
    assert document.units[1].counts["valid"] == valid + 10, "nothing is repaired"
    assert {(f.unit, f.rule) for f in document.findings} == {
        ("9998::SB2", "lists=valid"),
        ("9998::SB2", "ballots-admitted=more-fewer"),
        ("total, valid", "units=total"),
    }


def test_a_candidate_who_does_not_add_up() -> None:
    content = synthetic.count()
    at = content.rindex(b'<CandidateIdentifier Id="4">')
    broken = content[:at] + content[at:].replace(b"<ValidVotes>", b"<ValidVotes>1", 1)
    assert parse(broken).findings == [], "a summary does not look at candidates"
    rules = [finding.rule for finding in parse(broken, candidates=True).findings]
    assert rules == ["candidates=list", "units=total"]


def test_unknown_reason_and_extension_are_kept_as_findings() -> None:
    content = synthetic.count()
    at = content.rindex(b"<UncountedVotes")
    extra = (
        b'<UncountedVotes ReasonCode="een nieuwe reden">5</UncountedVotes><kr:Nieuw>1</kr:Nieuw>'
    )
    document = parse(content[:at] + extra + content[at:])
    assert [(f.rule, f.value) for f in document.findings] == [
        ("known reason", "een nieuwe reden: 5"),
        ("known elements", "Nieuw"),
    ]


def test_names_are_kept_as_they_are() -> None:
    names = ("<script>alert('x')</script>", '=cmd|"/c calc"!A1', "\u202egnirts & \u00e9\u200f")
    blocks = [synthetic.station(1)]
    blocks[0].name = 'Stembureau "=1+1" <b>'
    document = parse(synthetic.count(blocks, names=names), candidates=True)
    assert tuple(name for _, name in document.slates[0].lists) == names
    assert document.units[0].name == '"=1+1" <b>'


def test_odd_station_numbers() -> None:
    blocks = [synthetic.station(number) for number in (1, 2, 3)]
    for block, odd in zip(blocks, ("9998::SB-1", "9998::SBextra", "SB7"), strict=True):
        block.id = odd
    document = parse(synthetic.count(blocks))
    assert {unit.kind for unit in document.units} == {"polling_station"}
    assert {unit.municipality_code for unit in document.units} == {"GM9998"}


def test_candidate_list_and_result() -> None:
    names = read_candidates(io.BytesIO(synthetic.candidate_list()).read)
    assert len(names) == 12
    assert (names[5].contest, names[5].list_number, names[5].candidate_number, names[5].name) == (
        "6",
        2,
        2,
        "van Verzin2, B.",
    )
    seats = read_result(io.BytesIO(synthetic.result()).read)
    assert [(row.list_number, row.seats) for row in seats] == [(1, 2), (2, 1), (3, 0)]
    with pytest.raises(InputError, match="no candidates"):
        read_candidates(io.BytesIO(synthetic.result()).read)


@pytest.mark.raw
def test_real_municipality_equals_its_osv_file_cell_by_cell(raw: Path) -> None:
    with (raw / "eml" / WEST).open("rb") as stream:
        eml = read_counts(stream.read, file=WEST, candidates=True)
    path = raw / "osv" / "osv4-3_telling_tk2025_gemeente_westmaasenwaal.csv"
    osv = read_osv(path.read_bytes(), file=path.name, candidates=True)
    same(eml, osv, names=False)
    for left, right in zip(eml.units, osv.units, strict=True):
        assert (left.id, left.name, left.postcode) == (right.id, right.name, right.postcode)
    left, right = eml.slates[0], osv.slates[0]
    assert left.lists == right.lists
    assert left.candidate_numbers == right.candidate_numbers
    assert left.candidate_list == right.candidate_list
    assert eml.findings == osv.findings == []
    total = eml.totals[0]
    assert (len(eml.units), total.counts["invalid"], total.counts["blank"], total.ballots) == (
        11,
        13,
        57,
        13_697,
    )


@pytest.mark.raw
def test_real_names_equal_those_of_the_osv_file(raw: Path) -> None:
    with (raw / "eml" / "Kandidatenlijsten_TK2025_Nijmegen.eml.xml").open("rb") as stream:
        names = read_candidates(stream.read)
    path = raw / "osv" / "osv4-3_telling_tk2025_gemeente_westmaasenwaal.csv"
    slate = read_osv(path.read_bytes(), file=path.name, candidates=True).slates[0]
    assert [row.name for row in names] == list(slate.candidate_names)


@pytest.mark.raw
@pytest.mark.parametrize("candidates", [False, True])
def test_real_total_of_2021_equals_its_districts(raw: Path, candidates: bool) -> None:
    archive = zipfile.ZipFile(raw / "eml" / "EML_bestanden_TK2021_deel_1.zip")
    documents = {}
    for name in archive.namelist():
        if name.startswith(("Telling", "Totaaltelling")):
            with archive.open(name) as stream:
                documents[name] = read_counts(stream.read, file=name, candidates=candidates)
    assert [d.findings for d in documents.values() if d.findings] == []
    country = documents.pop("Totaaltelling_TK2021.eml.xml")
    total = country.totals[0].counts
    assert (total["eligible"], total["valid"], total["invalid"], total["blank"]) == (
        13_187_770,
        10_422_852,
        22_652,
        17_173,
    )
    by_district = {unit.id: unit for unit in country.units}
    assert len(by_district) == 20
    differences = {}
    for document in documents.values():
        stated, national = document.totals[0], by_district[document.authority_id]
        for name in ("eligible", "valid", "blank", "invalid"):
            if stated.counts[name] != national.counts[name]:
                differences[document.authority, name] = (stated.counts[name], national.counts[name])
        numbers = [number for number, _ in document.slates[stated.slate].lists]
        assert numbers == [number for number, _ in country.slates[national.slate].lists]
        assert stated.votes == national.votes
    # The note beside the files: districts filled in no eligible voters for some of their
    # municipalities; valid, blank and invalid votes are the same everywhere.
    assert differences == {
        ("Haarlem", "eligible"): (578_393, 726_342),
        ("'s-Gravenhage", "eligible"): (356_481, 449_253),
    }


def test_no_pattern_takes_a_group_for_good() -> None:
    """Python 3.11.0 to 3.11.4, which the package promises to run on, then match wrongly."""
    package = Path(evaluatie.__file__).parent
    for_good = re.compile(r"\)(?:[*+?]|\{[\d,]*\})\+|\(\?>")
    assert for_good.search('b"(?:" + _ONE + b")++"')
    found = [
        (path.name, line)
        for path in package.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if for_good.search(line)
    ]
    assert found == []
