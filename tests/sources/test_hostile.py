"""Files made to do harm: each is refused with file, unit and line, in bounded memory."""

from __future__ import annotations

import importlib
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import synthetic_eml as synthetic

from evaluatie.ground.errors import InputError
from evaluatie.sources import candidate_runs, eml, eml_votes
from evaluatie.sources.eml import read_counts
from evaluatie.sources.eml_lists import read_candidates
from evaluatie.sources.limits import MAX_BLOCK_BYTES, MAX_NAME_LENGTH

GOOD = synthetic.count()
PRETTY = synthetic.count(pretty=True)


def refused(content: bytes, candidates: bool = False) -> InputError:
    with pytest.raises(InputError) as caught:
        read_counts(io.BytesIO(content).read, file="x.xml", candidates=candidates)
    error = caught.value
    assert error.file == "x.xml"
    assert "\n" not in str(error)
    assert len(str(error)) < 600
    return error


def replace(old: bytes, new: bytes, times: int = 1, content: bytes = GOOD) -> bytes:
    assert old in content
    return content.replace(old, new, times)


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE EML [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
"""


@pytest.mark.parametrize(
    ("content", "rule", "unit"),
    [
        pytest.param(b"", "not empty", None, id="zero bytes"),
        pytest.param(b" \n" * 100_000, "not empty", None, id="white space"),
        pytest.param(BOMB + GOOD, "no DTD", "line 2", id="entity bomb"),
        pytest.param(
            b'<!DOCTYPE EML SYSTEM "http://127.0.0.1:9/x.dtd">' + GOOD,
            "no DTD",
            "line 1",
            id="external DTD",
        ),
        pytest.param(
            b"<!-- note --><?pi x?>\n<!DOCTYPE EML [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
            + GOOD,
            "no DTD",
            "line 2",
            id="DTD behind a comment",
        ),
        pytest.param(
            replace(b"Verzonnen Dam", b"&undefined;"), "well-formed XML", "line 1", id="entity"
        ),
        pytest.param(b"<a>" * 300, "well-formed XML", "line 1", id="nested too deep"),
        pytest.param(
            replace(b"<Contests>", b"<Contests>" + b"<x>" * 300), "well-formed XML", "line 1",
            id="nested deep inside",
        ),
        pytest.param(GOOD + b"\n" + GOOD, "well-formed XML", "line 2", id="two documents"),
        pytest.param(GOOD[: len(GOOD) // 2], "well-formed XML", "line 1", id="truncated"),
        pytest.param(
            PRETTY[:-200],
            "well-formed XML",
            f"line {PRETTY[:-200].count(bytes([10])) + 1}",
            id="truncated, with its line",
        ),
        pytest.param(GOOD[:-1], "well-formed XML", "line 1", id="one byte short"),
        pytest.param(b"\x00" * 500, "encoding", "line 1", id="zero bytes of content"),
        pytest.param(GOOD.decode().encode("utf-16"), "encoding", "line 1", id="UTF-16"),
        pytest.param(
            b'<?xml version="1.0" encoding="UTF-7"?>' + GOOD, "encoding", "line 1", id="UTF-7"
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="ISO-8859-1"?>' + GOOD, "encoding", "line 1",
            id="Latin-1 declared",
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="UTF-8"?>' + GOOD.replace(b" Dam", b" D\xe9m"),
            "well-formed XML",
            "line 1",
            id="Latin-1 under UTF-8",
        ),
        pytest.param(
            replace(b"tc:evs:schema:eml", b"tc:evs:schema:xml"), "counts present", None,
            id="wrong namespace",
        ),
        pytest.param(replace(b'Id="510b"', b'Id="230b"'), "EML 510", "line 1", id="wrong kind"),
        pytest.param(
            replace(b'<ElectionIdentifier Id="TK2099">', b'<ElectionIdentifier Id="Bonnie">'),
            "election identifier", "ElectionIdentifier", id="unknown election",
        ),
        pytest.param(
            replace(
                b"<Contests>", b'<ElectionIdentifier Id="TK2098"></ElectionIdentifier><Contests>'
            ),
            "one election", "line 1", id="two elections",
        ),
        pytest.param(
            GOOD.replace(b"9998::SB3", b"9998::SB1"), "unique unit", "9998::SB1, line 1",
            id="duplicate unit",
        ),
        pytest.param(
            replace(b"<TotalVotes>", b"<TotalVotes><ReportingUnitVotes></ReportingUnitVotes>"),
            "place of counts", "line 1", id="unit in a total",
        ),
        pytest.param(
            replace(b"</Contest>", b"</Contest><Contest><ReportingUnitVotes></ReportingUnitVotes>"
                    b"</Contest>"),
            "unit identifier", "ReportingUnitVotes, line 1", id="unit without identifier",
        ),
        pytest.param(
            replace(b'<CandidateIdentifier Id="2">', b'<CandidateIdentifier Id="1">', 100),
            "unique candidate", "TotalVotes, line 1", id="duplicate candidate",
        ),
        pytest.param(
            replace(b'<AffiliationIdentifier Id="2">', b'<AffiliationIdentifier Id="1">', 100),
            "unique list", "TotalVotes, line 1", id="duplicate list",
        ),
        pytest.param(
            replace(b'<AffiliationIdentifier Id="2">', b"<AffiliationIdentifier>", 100),
            "number of list or candidate", "line 1", id="list without number",
        ),
        pytest.param(
            replace(b'<UncountedVotes ReasonCode="geldige stempassen">',
                    b'<UncountedVotes ReasonCode="toegelaten kiezers">'),
            "each count once", "TotalVotes, line 1", id="reason twice",
        ),
        pytest.param(
            replace(b"<Cast>0</Cast>", b"<Onbekend>0</Onbekend>"), "known elements",
            "9998::SB1, line 1", id="unknown element",
        ),
        pytest.param(
            replace(b"Stembureau Verzonnen 1", b"S" * (MAX_NAME_LENGTH + 1)), "length of a name",
            "line 1", id="endless name",
        ),
        pytest.param(
            replace(b'Id="9998::SB1"', b'Id="' + b"S" * (MAX_NAME_LENGTH + 1) + b'"'),
            "identifier", "line 1", id="endless identifier",
        ),
    ],
)  # fmt: skip
def test_refused(content: bytes, rule: str, unit: str | None) -> None:
    error = refused(content, candidates=True)
    assert (error.rule, error.unit) == (rule, unit)


@pytest.mark.parametrize(
    "value",
    [
        "-1",
        "1.5",
        "1e3",
        "1,000",
        "+5",
        "",
        "NaN",
        "0x10",
        "9" * 30,
        "1_000",
        "²",
        "٣",
        "1 2",
        "--",
    ],
)
@pytest.mark.parametrize("where", ["<Cast>0<", "<TotalCounted>", '"ongeldig">', '"blanco">'])
def test_numbers_that_are_no_counts(value: str, where: str) -> None:
    at = GOOD.index(where.encode(), GOOD.index(b"9998::SB2"))
    start = GOOD.index(b">", at) + 1
    end = GOOD.index(b"<", start)
    error = refused(GOOD[:start] + value.encode() + GOOD[end:])
    assert (error.rule, error.unit) == ("count", "9998::SB2, line 1")
    assert str(error.value) == (value or "an empty element")


@pytest.mark.parametrize("value", ["-1", "1.5", "9" * 30, "", "1 2", "٣"])
def test_votes_that_are_no_counts(value: str) -> None:
    """A candidate's votes are looked at where candidates are asked for, a list's always."""
    for tag in (b"CandidateIdentifier", b"AffiliationIdentifier"):
        at = GOOD.index(tag, GOOD.index(b"9998::SB2"))
        start = GOOD.index(b"<ValidVotes>", at) + len(b"<ValidVotes>")
        content = GOOD[:start] + value.encode() + GOOD[GOOD.index(b"<", start) :]
        assert refused(content, candidates=True).rule == "count"
        if tag == b"AffiliationIdentifier":
            assert refused(content).rule == "count"


def test_numbers_hidden_in_markup() -> None:
    """Half a number is never read: comments join their neighbours, elements are refused."""
    comment = replace(b"<Cast>0</Cast>", b"<Cast>1<!-- 9 -->2</Cast>")
    unit = read_counts(io.BytesIO(comment).read, file="x").units[0]
    assert unit.counts["eligible"] == 12
    cdata = replace(b"<Cast>0</Cast>", b"<Cast><![CDATA[1]]>2</Cast>")
    assert read_counts(io.BytesIO(cdata).read, file="x").units[0].counts["eligible"] == 12
    assert refused(replace(b"<Cast>0</Cast>", b"<Cast>1<b/>2</Cast>")).rule == "count"


INVALID = b'<RejectedVotes ReasonCode="ongeldig">1</RejectedVotes>'


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (INVALID, b"", "two rejected, Cast, TotalCounted"),
        (INVALID, INVALID * 2, "each count once"),
        (
            INVALID,
            INVALID + b'<RejectedVotes ReasonCode="misschien">1</RejectedVotes>',
            "known reason",
        ),
        (INVALID, b"<RejectedVotes>1</RejectedVotes>", "known reason"),
        (INVALID, INVALID.replace(b"ongeldig", b"Ongeldig"), "known reason"),
        (b"<Cast>0</Cast>", b"", "two rejected, Cast, TotalCounted"),
        (b"<Cast>0</Cast>", b"<Cast>0</Cast><Cast>0</Cast>", "each count once"),
    ],
)
def test_exactly_two_rejected(old: bytes, new: bytes, rule: str) -> None:
    error = refused(replace(old, new))
    assert (error.rule, error.unit) == (rule, "9998::SB1, line 1")


def test_the_line_is_that_of_the_unit() -> None:
    pretty = PRETTY.decode()
    line = pretty[: pretty.index("9998::SB2")].count("\n")
    at = pretty.index("<Cast>", pretty.index("9998::SB2"))
    own = pretty[:at].count("\n") + 1
    error = refused((pretty[:at] + "<Cast>x</Cast>" + pretty[at + 14 :]).encode())
    assert error.unit == f"9998::SB2, line {own}"
    assert own > line


def _memory_of(action: Callable[[], None]) -> float:
    """Return by how many MB the action raised the peak of this process (0 on Windows)."""
    if sys.platform == "win32":
        action()
        return 0.0
    resource = importlib.import_module("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    action()
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit


class Endless:
    """A stream of 10 GB made of a head and one repeated piece."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self.head, self.piece, self.left = head, piece, 10 << 30

    def read(self, size: int) -> bytes:
        if self.head:
            head, self.head = self.head, b""
            return head
        self.left -= size
        return (self.piece * (size // len(self.piece) + 1))[:size] if self.left > 0 else b""


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(GOOD[: GOOD.index(b"<TotalVotes>")], b" ", id="white space between elements"),
        pytest.param(b"", b" ", id="white space only"),
        pytest.param(GOOD, b" ", id="white space behind the end"),
        pytest.param(GOOD[: GOOD.index(b"Verzonnen Dam")], b"n", id="an endless name"),
        pytest.param(GOOD[: GOOD.index(b"<TotalVotes>")], b"<a/>", id="tiny elements"),
        pytest.param(GOOD[: GOOD.index(b"<TotalVotes>")], b"<!---->", id="comments"),
        pytest.param(GOOD[: GOOD.index(b"</TotalVotes>")],
                     b'<Selection><Candidate><CandidateIdentifier Id="1"></CandidateIdentifier>'
                     b"</Candidate><ValidVotes>1</ValidVotes></Selection>", id="candidates"),
        pytest.param(GOOD[: GOOD.index(b"<TotalVotes>")] + b"<a ", b'x="1" ', id="attributes"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("candidates", [False, True])
def test_ten_gigabytes_are_refused_early(head: bytes, piece: bytes, candidates: bool) -> None:
    stream = Endless(head, piece)

    def read() -> None:
        with pytest.raises(InputError):
            read_counts(stream.read, file="x", candidates=candidates)

    start = time.process_time()
    used = _memory_of(read)
    assert (10 << 30) - stream.left < 8 * MAX_BLOCK_BYTES
    assert time.process_time() - start < 20
    assert used < 300, f"{used:.0f} MB"


def test_endless_candidate_lists_are_refused_early() -> None:
    head = synthetic.candidate_list()
    stream = Endless(head[: head.index(b"<Affiliation>") + 13], b"<Candidate/>")
    with pytest.raises(InputError):
        read_candidates(stream.read)
    assert (10 << 30) - stream.left < 8 * MAX_BLOCK_BYTES


def test_limits_on_units_and_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eml, "MAX_UNITS", 2)
    assert refused(GOOD).rule == "number of units"
    monkeypatch.setattr(eml, "MAX_UNITS", 10)
    monkeypatch.setattr(eml_votes, "MAX_SELECTIONS", 4)
    assert refused(GOOD, candidates=True).rule == "number of candidates"


def test_a_file_cannot_forge_a_run_of_candidates() -> None:
    forged = replace(b'<CandidateIdentifier Id="1">', b'<CandidateIdentifier Id="run-0-0">', 1)
    assert refused(forged, candidates=True).rule == "number of list or candidate"


def test_candidates_inside_text_do_not_vanish() -> None:
    """What looks like candidates inside CDATA is text, and stays text."""
    run = (
        b'</Selection><Selection><Candidate><CandidateIdentifier Id="1"></CandidateIdentifier>'
        b"</Candidate><ValidVotes>1</ValidVotes></Selection>"
    )
    content = replace(b"Stembureau Verzonnen 1", b"<![CDATA[Stembureau " + run + b"]]>")
    unit = read_counts(io.BytesIO(content).read, file="x").units[0]
    assert unit.name.startswith(run.decode())


def test_reading_follows_no_network_and_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    include = (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}" parse="text"/>'
    )
    content = replace(b"Verzonnen Dam", include.encode())
    document = read_counts(io.BytesIO(content).read, file="x")
    assert "secret" not in document.authority


def test_runs_that_nobody_asks_for_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs outside of units are left to the parser once they are too many; nothing is lost."""
    monkeypatch.setattr(candidate_runs, "_MAX_WAITING", 100)
    plain = read_counts(io.BytesIO(GOOD).read, file="x", candidates=True)
    runs = candidate_runs.Runs(keep=True)
    stray = b"</Selection>" + GOOD[GOOD.index(b"<Selection><Candidate>") :]
    runs.filter(stray)
    assert runs.filter(stray).count(b"run-") == 0
    monkeypatch.undo()
    again = read_counts(io.BytesIO(GOOD).read, file="x", candidates=True)
    for left, right in zip(plain.units, again.units, strict=True):
        assert left.candidate_votes is not None
        assert right.candidate_votes is not None
        assert left.candidate_votes.tolist() == right.candidate_votes.tolist()
