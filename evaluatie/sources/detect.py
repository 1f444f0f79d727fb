"""What a file is, by its content and never by its name."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass

from evaluatie.counts.delimited import TITLE_LINES, cells_of, header_of, unix_lines
from evaluatie.counts.own import is_own_header
from evaluatie.ground.errors import InputError
from evaluatie.sources.eml import COUNT_IDS
from evaluatie.sources.eml_lists import OTHER_IDS
from evaluatie.sources.osv import HEADER as OSV_HEADER
from evaluatie.sources.xml_stream import EML, root_of


class CompanionError(InputError):
    """A document that is published beside counts, such as the printed record."""

    what = ""


HEAD_BYTES = 1 << 16
"""How much of a file :func:`detect` wants to see."""

SUPPORTED = (
    "EML_NL 510a-d, 230 and 520 (XML), OSV4-3 CSV, Kiesraad and verkiezingsuitslagen.nl CSV, "
    "ANP and NOS tables, own tables as CSV, Parquet, XLSX or ODS, and zip archives of these"
)
"""What can be read, in words."""
OWN_TABLE = (
    "a known file, or a table of your own with at least the columns "
    "election, municipality_code, vintage"
)
"""What a table must be that nobody knows."""


@dataclass(frozen=True)
class Format:
    """A format that was recognised.

    ``name`` is such as ``EML 510b`` or ``kiesraad wide``, and ``reader`` says what reads it: a name
    in ``intake.READERS``, another that ``intake`` knows, or ``none`` for what holds no counts.
    """

    name: str
    reader: str


_HEADERS: Mapping[Format, frozenset[str]] = {
    Format("kiesraad wide", "wide"): frozenset(
        ("RegioNaam", "RegioCode", "Kiesgerechtigden", "OngeldigeStemmen", "BlancoStemmen")
    ),
    Format("kiesraad wide 2010", "wide-2010"): frozenset(
        ("CBS code", "Naam", "# geldige stemmen", "# ongeldige stemmen")
    ),
    Format("kiesraad fields", "fields"): frozenset(
        ("RegioCode", "LijstNaam", "VeldType", "Waarde")
    ),
    Format("kiesraad totals", "totals"): frozenset(
        ("Regio", "RegioCode", "Kiesgerechtigden", "Opkomst", "AantalOngeldigeStemmen")
    ),
    Format("verkiezingsuitslagen.nl per municipality", "municipal"): frozenset(
        ("Gemeente", "Code", "Partij", "AantalStemmen", "AantalZetels")
    ),
    Format("verkiezingsuitslagen.nl national", "national"): frozenset(
        ("Regio", "Type", "Partij", "AantalStemmen", "AantalZetels")
    ),
    Format("ANP", "anp"): frozenset(
        ("Municipality_cbs", "party_key", "Waarde", "invalid_current", "blank_current")
    ),
    Format("NOS", "nos"): frozenset(
        ("gm_code", "eligible_26", "turnout_26", "invalid_26", "blank_26")
    ),
    Format("EP2024 lists per municipality", "ep2024"): frozenset(("cbs", "valid", "50plus", "vvd")),
    Format("kiesraad lists per station", "stations"): frozenset(
        ("GemeenteCode", "StembureauCode", "PartijNaam", "AantalStemmen")
    ),
    Format("own table", "user"): frozenset(("election", "vintage", "ballots", "valid", "rejected")),
    Format("findings of an earlier reading", "none"): frozenset(("rule", "severity", "value")),
    Format("files of an earlier reading", "none"): frozenset(("file", "status", "bytes")),
    Format("names of candidates", "none"): frozenset(("election_id", "contest", "list_number")),
    Format("municipal mergers", "none"): frozenset(("valid_from_year", "gm_from", "gm_to")),
    Format("municipality codes", "none"): frozenset(("gm_code", "name", "TK2017", "TK2021")),
    Format("covariates", "none"): frozenset(("gm_code", "inwoners")),
    Format("published figures", "none"): frozenset(("id", "measure", "value", "source_url")),
}
_OWN = Format("own table", "user")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAGIC: Mapping[bytes, str] = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\xd0\xcf\x11\xe0": "an old Office document (XLS or DOC)",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x1f\x8b": "a gzip file",
    b"{\\rtf": "an RTF document",
}


def detect(head: bytes) -> Format:
    """Recognise a format by the first :data:`HEAD_BYTES` of a file, or all of a shorter one.

    Known documents without counts and plain notes have ``reader="none"``.
    """
    if not head:
        raise InputError("the file is empty", rule="not empty")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Format("zip archive", "zip")
    if head.startswith(b"PAR1"):
        return Format("own table (Parquet)", "parquet")
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            told = _unknown(what)
            error = CompanionError(told.message, expected=told.expected)
            error.what = what
            raise error
    if head.startswith(_UTF16):
        text = head[: len(head) // 2 * 2].decode("utf-16", errors="ignore")
        return _xml(head) if text.lstrip().startswith("<") else _text(text)
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        return _xml(head)
    if b"\x00" in head:
        raise _unknown("binary data")
    try:
        text = head.decode("utf-8-sig", errors="strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        text = head.decode("cp1252", errors="replace")
    return _text(text)


def _xml(head: bytes) -> Format:
    lowered = head[:1000].lstrip().lower()
    if lowered.startswith((b"<!doctype html", b"<html")):
        raise _unknown("a web page (HTML)")
    namespace, name, attributes = root_of(head)
    if name != "EML" or f"{{{namespace}}}" != EML:
        where = f"in namespace {namespace[:120]!r}" if namespace else "without a namespace"
        raise _unknown(f"XML with root element {name[:60]!r} {where}")
    identifier = attributes.get("Id", "")
    if identifier in COUNT_IDS:
        return Format(f"EML {identifier}", "eml-count")
    # 230a to 230c are candidate lists on their way; 110a and 110b differ in kind.
    known = OTHER_IDS.get(identifier) or OTHER_IDS.get(identifier[:3])
    if known is None:
        raise _unknown(f"EML of the unknown kind {identifier[:20]!r}")
    kinds = {"230": "eml-candidates", "520": "eml-result"}
    return Format(f"EML {identifier} ({known})", kinds.get(identifier[:3], "none"))


def _text(text: str) -> Format:
    text = unix_lines(text)
    lines = [line for line in text.splitlines()[:TITLE_LINES] if line.strip()]
    if not lines:
        raise InputError("the file holds only white space", rule="not empty")
    found = header_of(text, lambda cells: _known(cells) is not None)
    if found is not None:
        known = _known(found[2])
        assert known is not None
        return known
    for separator in (";", ","):
        cells = cells_of(lines[0], separator)
        if len(cells) >= 3 and cells[0] == "Verkiezing":
            return _osv(lines, separator)
    for separator in (";", ",", "\t"):
        widths = [len(cells_of(line, separator)) for line in lines[:5]]
        if len(lines) > 1 and min(widths) >= 2 and len(set(widths)) == 1:
            shown = ", ".join(cell[:30] for cell in cells_of(lines[0], separator)[:8])
            raise _unknown(f"a table with the columns {shown}", OWN_TABLE)
    return Format("plain text", "none")


def _known(cells: list[str]) -> Format | None:
    """Recognise a header."""
    names = set(cells)
    found = next((known for known, columns in _HEADERS.items() if columns <= names), None)
    return _OWN if found is None and is_own_header(cells) else found


def _osv(lines: list[str], separator: str) -> Format:
    header = next((line for line in lines if cells_of(line, separator)[0] == OSV_HEADER[0]), "")
    if separator != ";" or tuple(cells_of(header, separator)[: len(OSV_HEADER)]) != OSV_HEADER:
        raise _unknown("an OSV file, but not of layout OSV4-3")
    return Format("OSV4-3", "osv")


def _unknown(what: str, expected: str = SUPPORTED) -> InputError:
    said = f"not a file with counts that is known here: it looks like {what}"
    return InputError(said, rule="supported format", expected=expected)
