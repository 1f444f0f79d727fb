"""Synthetic EML_NL documents for tests: invented counts, in the shape of official files.

Nothing here is a result of any election. Place and people do not exist.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = (
    'xmlns="urn:oasis:names:tc:evs:schema:eml" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '
    'xmlns:kr="http://www.kiesraad.nl/extensions" '
    'xmlns:xal="urn:oasis:names:tc:ciq:xsdschema:xAL:2.0" '
    'xmlns:xnl="urn:oasis:names:tc:ciq:xsdschema:xNL:2.0"'
)


@dataclass
class Block:
    """One unit: votes per candidate per list, and the other counts."""

    id: str
    name: str
    votes: list[list[int]]
    invalid: int = 1
    blank: int = 2
    eligible: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def valid(self) -> int:
        return sum(map(sum, self.votes))

    @property
    def uncounted(self) -> dict[str, int]:
        admitted = self.valid + self.invalid + self.blank
        return {
            "geldige stempassen": admitted - 3,
            "geldige volmachtbewijzen": 2,
            "geldige kiezerspassen": 1,
            "toegelaten kiezers": admitted,
            "meer getelde stembiljetten": 0,
            "minder getelde stembiljetten": 0,
            **self.reasons,
        }


def station(number: int, *, lists: int = 3, candidates: int = 4, code: str = "9998") -> Block:
    """Invent one polling station, always the same for the same number."""
    votes = [
        [(7 * number + 5 * own + 3 * place) % 23 + 1 for place in range(candidates)]
        for own in range(lists)
    ]
    return Block(f"{code}::SB{number}", f"Stembureau Verzonnen {number} (postcode: 1234 AB)", votes)


def total(blocks: Sequence[Block], eligible: int = 5000) -> Block:
    """Sum blocks into the total of a file."""
    reasons: dict[str, int] = {}
    for block in blocks:
        for reason, value in block.uncounted.items():
            reasons[reason] = reasons.get(reason, 0) + value
    votes = [
        [sum(values) for values in zip(*own, strict=True)]
        for own in zip(*(block.votes for block in blocks), strict=True)
    ]
    return Block(
        "",
        "",
        votes,
        sum(block.invalid for block in blocks),
        sum(block.blank for block in blocks),
        eligible,
        reasons,
    )


def count(
    blocks: Sequence[Block] | None = None,
    *,
    kind: str = "510b",
    election: str = "TK2099",
    authority: str = "9998",
    authority_name: str = "Verzonnen Dam",
    names: Sequence[str] = ("Eerste Lijst", "Tweede & Derde", ""),
    in_count: str = "",
    pretty: bool = False,
) -> bytes:
    """Write a 510 document; ``in_count`` goes right behind ``<Count>``."""
    own = list(blocks) if blocks is not None else [station(number) for number in (1, 2, 3)]
    parts = [_block("TotalVotes", total(own), names)]
    parts += [_block("ReportingUnitVotes", block, names) for block in own]
    text = (
        f'<EML {NAMESPACES} Id="{kind}" SchemaVersion="5"><TransactionId>1</TransactionId>'
        f'<ManagingAuthority><AuthorityIdentifier Id="{authority}">{escape(authority_name)}'
        "</AuthorityIdentifier><AuthorityAddress></AuthorityAddress></ManagingAuthority>"
        "<kr:CreationDateTime>2099-01-01T00:00:00.000</kr:CreationDateTime>"
        f"<Count>{in_count}<EventIdentifier></EventIdentifier><Election>"
        f'<ElectionIdentifier Id="{election}"><ElectionName>Synthetic</ElectionName>'
        "<ElectionCategory>TK</ElectionCategory><kr:ElectionDate>2099-01-01</kr:ElectionDate>"
        '</ElectionIdentifier><Contests><Contest><ContestIdentifier Id="6"><ContestName>Synthetic'
        f"</ContestName></ContestIdentifier>{''.join(parts)}"
        "</Contest></Contests></Election></Count></EML>"
    )
    if pretty:
        text = '<?xml version="1.0" encoding="UTF-8"?>\n' + text.replace("><", ">\n<")
    return text.encode()


def candidate_list(
    *, election: str = "TK2099", contest: str = "6", lists: int = 3, candidates: int = 4
) -> bytes:
    """Write a 230 document that belongs to :func:`count`."""
    parts = []
    for own in range(1, lists + 1):
        people = "".join(
            f'<Candidate><CandidateIdentifier Id="{place}"></CandidateIdentifier>'
            "<CandidateFullName><xnl:PersonName>"
            f'<xnl:NameLine NameType="Initials">{chr(64 + place)}.</xnl:NameLine>'
            f"<xnl:NamePrefix>van</xnl:NamePrefix><xnl:LastName>Verzin{own}</xnl:LastName>"
            "</xnl:PersonName></CandidateFullName></Candidate>"
            for place in range(1, candidates + 1)
        )
        parts.append(
            f'<Affiliation><AffiliationIdentifier Id="{own}"><RegisteredName>Lijst {own}'
            f"</RegisteredName></AffiliationIdentifier>{people}</Affiliation>"
        )
    return (
        f'<EML {NAMESPACES} Id="230b" SchemaVersion="5"><CandidateList><Election>'
        f'<ElectionIdentifier Id="{election}"></ElectionIdentifier><Contest>'
        f'<ContestIdentifier Id="{contest}"></ContestIdentifier>{"".join(parts)}'
        "</Contest></Election></CandidateList></EML>"
    ).encode()


def result(seats: Sequence[int] = (2, 1, 0), election: str = "TK2099") -> bytes:
    """Write a 520 document."""
    parts = []
    for own, elected in enumerate(seats, start=1):
        parts.append(
            f'<Selection><AffiliationIdentifier Id="{own}"><RegisteredName>Lijst {own}'
            "</RegisteredName></AffiliationIdentifier>"
            f"<Elected>{'yes' if elected else 'no'}</Elected></Selection>"
        )
        parts += [
            f'<Selection><Candidate><CandidateIdentifier Id="{place}"></CandidateIdentifier>'
            f"</Candidate><Elected>{'yes' if place <= elected else 'no'}</Elected></Selection>"
            for place in range(1, 4)
        ]
    return (
        f'<EML {NAMESPACES} Id="520" SchemaVersion="5"><Result><Election>'
        f'<ElectionIdentifier Id="{election}"></ElectionIdentifier><Contest>'
        f'<ContestIdentifier Id="alle"></ContestIdentifier>{"".join(parts)}'
        "</Contest></Election></Result></EML>"
    ).encode()


def osv(blocks: Sequence[Block] | None = None, *, quoted: bool = True) -> bytes:
    """Write an OSV4-3 file of a municipality; unquoted, as a spreadsheet program re-saves it."""
    own = list(blocks) if blocks is not None else [station(number) for number in (1, 2, 3)]
    columns = [total(own), *own]
    labels = {
        "geldige stempassen": "geldige stempas",
        "geldige volmachtbewijzen": "geldig volmachtbewijs",
        "geldige kiezerspassen": "geldige kiezerspas",
        "toegelaten kiezers": "toegelaten kiezers",
        "meer getelde stembiljetten": "meer stembiljetten dan toegelaten kiezers",
        "minder getelde stembiljetten": "minder stembiljetten dan toegelaten kiezers",
    }
    rows: list[list[object]] = [
        ["Verkiezing", "", "Tweede Kamer der Staten-Generaal 2099"],
        ["Datum", "", "2099-01-01" if quoted else "01-01-2099"],
        ["Gebied", "", "Gemeente Verzonnen Dam"],
        ["Nummer", "", "9998"],
        [],
        ["Lijstnummer", "Aanduiding", "Volgnummer", "Naam kandidaat", "Totaal"]
        + [f"Verzonnen {block.id.rpartition('SB')[2]}" for block in own],
        ["Gebiednummer", "", "", "", "", *(block.id.rpartition("SB")[2] for block in own)],
        ["Postcode", "", "", "", "", *("1234 AB" for _ in own)],
        ["", "opgeroepenen", "", "", *(block.eligible for block in columns)],
    ]
    for reason, label in labels.items():
        rows.append(["", label, "", "", *(block.uncounted[reason] for block in columns)])
    rows += [
        ["", "geldige stembiljetten", "", "", *(block.valid for block in columns)],
        ["", "blanco stembiljetten", "", "", *(block.blank for block in columns)],
        ["", "ongeldige stembiljetten", "", "", *(block.invalid for block in columns)],
        ["", "aangetroffen stembiljetten", "", ""]
        + [block.valid + block.blank + block.invalid for block in columns],
    ]
    for position in range(len(own[0].votes)):
        number = position + 1
        rows.append([number, f"Lijst {number}", "", "", *(sum(b.votes[position]) for b in columns)])
        for place in range(len(own[0].votes[position])):
            person = f"Verzin{number}, {chr(65 + place)}."
            rows.append(
                ["", "", place + 1, person, *(block.votes[position][place] for block in columns)]
            )
    width = len(rows[5])
    lines = []
    for row in rows:
        cells = ["" if cell == "" else f'"{cell}"' if quoted else f"{cell}" for cell in row]
        lines.append(";".join(cells if quoted else cells + [""] * (width - len(cells))))
    return b"\xef\xbb\xbf" + "\n".join(lines).encode()


def _block(tag: str, block: Block, names: Sequence[str]) -> str:
    head = ""
    if block.id:
        head = (
            f"<ReportingUnitIdentifier Id={quoteattr(block.id)}>{escape(block.name)}"
            "</ReportingUnitIdentifier>"
        )
    selections = []
    for own, votes in enumerate(block.votes, start=1):
        name = names[own - 1] if own <= len(names) else f"Lijst {own}"
        selections.append(
            f'<Selection><AffiliationIdentifier Id="{own}"><RegisteredName>{escape(name)}'
            f"</RegisteredName></AffiliationIdentifier><ValidVotes>{sum(votes)}</ValidVotes>"
            "</Selection>"
        )
        selections += [
            f'<Selection><Candidate><CandidateIdentifier Id="{place}"></CandidateIdentifier>'
            f"</Candidate><ValidVotes>{value}</ValidVotes></Selection>"
            for place, value in enumerate(votes, start=1)
        ]
    uncounted = "".join(
        f'<UncountedVotes ReasonCode="{reason}">{value}</UncountedVotes>'
        for reason, value in block.uncounted.items()
    )
    return (
        f"<{tag}>{head}{''.join(selections)}<Cast>{block.eligible}</Cast>"
        f"<TotalCounted>{block.valid}</TotalCounted>"
        f'<RejectedVotes ReasonCode="ongeldig">{block.invalid}</RejectedVotes>'
        f'<RejectedVotes ReasonCode="blanco">{block.blank}</RejectedVotes>{uncounted}</{tag}>'
    )


def example(path: Path) -> None:
    """Write the zip archive that the how-to pages read: five stations, and half a download."""
    blocks = [station(number, code="9998") for number in range(1, 6)]
    whole = count(blocks, authority="9998", authority_name="Verzonnen")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("Telling_TK2099_Verzonnen.eml.xml", whole),
            ("half-a-download.eml.xml", whole[: len(whole) // 2]),
        ):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
