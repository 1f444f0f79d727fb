"""Ways to damage a file, and what may come of it; shared by hypothesis tests and the fuzzer."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from typing import Any

from evaluatie.ground.errors import EvaluatieError
from evaluatie.sources.documents import UNCOUNTED, Document
from evaluatie.sources.frames import municipalities, polling_stations
from evaluatie.sources.user_tables import read_csv_table

CHECKED = tuple(UNCOUNTED.values())[:6]
Read = Callable[[bytes], Document]

_NUMBER = re.compile(rb"(?<=[>\";])[0-9]+(?=[<\";\n])")
_TAG = re.compile(rb"<(/?)([A-Za-z:]+)")
_TOKENS = (
    b"-1", b"1.5", b"", b"99999999999999999999", b"0", b"7", b"+1", b"1e9", b" 1 ", b"<", b"&amp;",
    b"]]>", b"<!--", b"<![CDATA[", b"<?x?>", b"\x00", b"\xff", b'"', b";", b"\r\n", b"<a/>",
    "\u0663".encode(), "\u202e".encode(), b"'=1+1",
)  # fmt: skip


def mutate(content: bytes, seed: int) -> bytes:
    """Damage ``content`` once to thrice, in a way that the seed decides."""
    chance = random.Random(seed)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if content:
            content = chance.choice(_WAYS)(content, chance)
    return content


def _cut(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(content))
    return start, min(len(content), start + chance.choice((1, 2, 8, 60, 400, 4000)))


def _flip(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


def _delete(content: bytes, chance: random.Random) -> bytes:
    start, end = _cut(content, chance)
    return content[:start] + content[end:]


def _copy(content: bytes, chance: random.Random) -> bytes:
    start, end = _cut(content, chance)
    at = chance.randrange(len(content))
    return content[:at] + content[start:end] + content[at:]


def _swap(content: bytes, chance: random.Random) -> bytes:
    start, end = _cut(content, chance)
    at = chance.randrange(end, len(content) + 1)
    return content[:start] + content[end:at] + content[start:end] + content[at:]


def _truncate(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _insert(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + chance.choice(_TOKENS) + content[at:]


def _number(content: bytes, chance: random.Random) -> bytes:
    found = list(_NUMBER.finditer(content))
    if not found:
        return _flip(content, chance)
    own = chance.choice(found)
    other = chance.choice(
        (chance.choice(found)[0], chance.choice(_TOKENS), b"%d" % chance.getrandbits(20))
    )
    return content[: own.start()] + other + content[own.end() :]


def _rename(content: bytes, chance: random.Random) -> bytes:
    """Rename one kind of element everywhere, or one element with its end."""
    names = sorted({match[2] for match in _TAG.finditer(content)})
    if not names:
        return _flip(content, chance)
    name, other = chance.choice(names), chance.choice((*names, b"Iets", b"kr:Iets"))
    if chance.random() < 0.5:
        return re.sub(rb"<(/?)%b(?=[ >/])" % re.escape(name), rb"<\1" + other, content)
    whole = re.compile(rb"<%b([ >][^<]*)</%b>" % (re.escape(name), re.escape(name)))
    found = list(whole.finditer(content))
    if not found:
        return content
    own = chance.choice(found)
    return (
        content[: own.start()] + b"<" + other + own[1] + b"</" + other + b">" + content[own.end() :]
    )


def _drop_element(content: bytes, chance: random.Random) -> bytes:
    """Take one whole element, or one line, out or write it twice."""
    found = list(re.finditer(rb"<([A-Za-z]+)[ >][^<]*</\1>|\n[^\n]*", content))
    if not found:
        return _delete(content, chance)
    own = chance.choice(found)
    times = chance.choice((0, 2))
    return content[: own.start()] + own[0] * times + content[own.end() :]


_WAYS = (
    _flip, _delete, _copy, _swap, _truncate, _insert, _number, _number, _rename, _drop_element,
    _drop_element,
)  # fmt: skip


def sums(document: Document) -> dict[str, Any]:
    """Everything of a document that must not change silently."""
    units = Counter(
        (
            unit.counts["valid"],
            unit.counts["blank"],
            unit.counts["invalid"],
            # A list or candidate without votes changes no sum, present or not.
            tuple(sorted(filter(None, unit.votes))),
            ()
            if unit.candidate_votes is None
            else tuple(sorted(filter(None, unit.candidate_votes.tolist()))),
        )
        for unit in document.units
    )
    found, _ = municipalities([document])
    # These six say the same thing twice, as long as every unit has them all.
    optional = {
        name: sum(unit.counts.get(name, 0) for unit in document.units)
        for name in CHECKED
        if all(set(CHECKED) <= set(unit.counts) for unit in document.units)
    }
    municipal = found[["valid", "blank", "invalid"]].sum().to_dict()
    return {"units": units, "municipal": municipal, "optional": optional}


OWN = (
    b"Titel;van;de;tabel\nelection;municipality_code;municipality;vintage;ballots;valid;blank;"
    b"invalid;source\nTK2099;GM9998;Verzonnen Dam;official;1.103;1100;1;2;own\n"
    b'tk2099;9997;"Verzonnen; Wal";Officieel;55,0;50;3;2;own\n'
)
"""A user's own table with what is read as it is meant."""


def check_own(content: bytes) -> str:
    """Read a damaged table of one's own, and count what was read a second time, another way.

    Every count that is read stands in the file in digits, with at most a sign between thousands
    or decimals that are zero.
    """
    try:
        made = read_csv_table(content, file="x")
    except EvaluatieError as error:
        return _one_line(error)
    digits = {
        int(re.sub(r"[^0-9]", "", re.sub(r"[.,]0+$", "", cell)) or 0)
        for line in re.split(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", _text(content))
        for separator in ";,\t"
        for cell in (each.strip().strip('"').strip() for each in line.split(separator))
    }
    for name in ("valid", "blank", "invalid"):
        if name in made.rows:
            read = {int(value) for value in made.rows[name].dropna()}
            assert read <= digits, f"{name}: {read - digits} does not stand in the file"
    return "told" if made.columns else "same"


def _one_line(error: EvaluatieError) -> str:
    line = str(error)
    assert line
    assert "\n" not in line
    return "refused"


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def sheet_of(content: bytes, kind: str) -> bytes:
    """Pack bytes as what a spreadsheet holds: ``ods`` or ``xlsx``."""
    parts = {"content.xml": content}
    if kind == "xlsx":
        parts = {"xl/worksheets/sheet1.xml": content, **_BOOK}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, part in parts.items():
            made.writestr(name, part)
    return buffer.getvalue()


_BOOK = {
    "xl/workbook.xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
    b'main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    b'<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/'
    b'package/2006/relationships"><Relationship Id="r1" Target="worksheets/sheet1.xml"/>'
    b"</Relationships>",
}


def check(content: bytes, read: Read, original: dict[str, Any] | None) -> str:
    """Read damaged content: refused, told, or the same as before. Anything else raises.

    ``original`` are the sums of the undamaged file, or None where there are none to compare
    with. Returns which of the three it was.
    """
    try:
        document = read(content)
        polling_stations([document])
        now = sums(document)
    except EvaluatieError as error:
        return _one_line(error)
    if any(finding.severity != "info" for finding in document.findings):
        return "told"
    if original is not None and now["units"] and document.format != "EML 510a":
        # A count that is not given any more is unknown, which is no other sum, and leaves
        # the others without anything to be compared with.
        kept = {name: original["optional"][name] for name in now["optional"]}
        assert now == {**original, "optional": kept}, "other sums than before, and nobody was told"
    return "same"
