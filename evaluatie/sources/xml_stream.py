"""XML as a stream of finished elements, and the checked values of single ones.

:func:`elements` is the only door through which XML of unknown origin enters the package: bounded
memory, no entities, no network, no DTD. What it refuses before parsing: empty files, other
encodings than UTF-8, and any DOCTYPE (without which entities cannot be declared). What the
parser refuses: anything not well formed, elements nested more than 256 deep, texts above 10 MB.
What is bounded while it runs: the bytes between two finished blocks (``limits.MAX_BLOCK_BYTES``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any, cast

from evaluatie.ground.errors import InputError
from evaluatie.sources.candidate_runs import Runs
from evaluatie.sources.limits import (
    CHUNK_BYTES,
    MAX_BLOCK_BYTES,
    MAX_COUNT_DIGITS,
    MAX_NAME_LENGTH,
    MAX_PROLOG_BYTES,
)

if TYPE_CHECKING:
    from lxml.etree import _Element


Read = Callable[[int], bytes]
"""``read(n)`` of an open binary file."""

EML = "{urn:oasis:names:tc:evs:schema:eml}"
KR = "{http://www.kiesraad.nl/extensions}"

_SPACE = " \t\r\n"
_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,300}?\?>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_SKIPPED = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>", re.S)
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")


def elements(
    read: Read,
    tags: Collection[str],
    blocks: Collection[str],
    *,
    runs: Runs | None = None,
) -> Iterator[_Element]:
    """Yield every element with one of ``tags`` (``{namespace}local``) when its end is reached.

    Those of ``tags`` that are ``blocks`` are thrown away, with all that stands before them, once
    the caller asks for the next element. ``runs`` takes candidates out of the stream before it is
    parsed.
    """
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("end",),
        tag=list(tags),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    since, first = 0, True
    try:
        for raw, chunk in _chunks(read, runs):
            since += raw
            parser.feed(chunk)
            for _, element in cast("Iterator[tuple[str, _Element]]", parser.read_events()):
                if first:
                    _refuse_dtd(element)
                    first = False
                yield element
                if element.tag in blocks:
                    _forget(element)
                    since = 0
            if since > MAX_BLOCK_BYTES:
                raise InputError(
                    f"more than {MAX_BLOCK_BYTES >> 20} MB without a finished block of counts",
                    rule="block size",
                )
        parser.close()
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error) from None


def _chunks(read: Read, runs: Runs | None) -> Iterator[tuple[int, bytes]]:
    """Yield how many bytes were read, and what of them the parser gets."""
    head = _fill(read)
    if head and not head.strip():
        raise InputError("the file holds only white space", rule="not empty")
    body = check_prolog(head)
    # The prolog has been checked and means nothing for the content; leaving it out also
    # leaves its comments out of the search for markup that hides other markup. Its line
    # breaks stay, so that errors name the right line.
    raw, chunk = len(head), b"\n" * head.count(b"\n", 0, body) + head[body:]
    while raw:
        yield raw, runs.filter(chunk) if runs else chunk
        chunk = _fill(read)
        raw = len(chunk)
    if runs:
        yield 0, runs.rest()


def root_of(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Return namespace, local name and attributes of the root element, from the first bytes."""
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, no_network=True, load_dtd=False
    )
    body = check_prolog(head)
    content = b"\n" * head.count(b"\n", 0, body) + head[body:]
    broken: InputError | None = None
    seen: list[tuple[str, _Element]] = []
    for start in range(0, len(content), 4096):
        try:
            parser.feed(content[start : start + 4096])
        except etree.XMLSyntaxError as error:
            # What is wrong behind the root element is told when the file is read.
            broken = _not_well_formed(error)
        seen = cast("list[tuple[str, _Element]]", list(parser.read_events()))
        if seen or broken:
            break
    if not seen:
        raise broken or InputError("the file ends before its root element", rule="well-formed XML")
    root = seen[0][1]
    # Not QName: that refuses names such as "EML:", which the parser lets pass.
    namespace, _, local = str(root.tag).rpartition("}")
    return namespace.removeprefix("{"), local, {str(k): str(v) for k, v in root.items()}


def check_prolog(head: bytes) -> int:
    """Refuse no bytes, other encodings than UTF-8 and a DOCTYPE; return where the root begins."""
    if not head:
        raise InputError("the file is empty", rule="not empty")
    if head.startswith(_OTHER_ENCODINGS):
        raise _encoding("UTF-16, UTF-32 or no text")
    at = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    declaration = _DECLARATION.match(head, at)
    if declaration:
        named = _ENCODING.search(declaration[0])
        if named and named[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
            raise _encoding(named[1].decode("ascii"))
        at = declaration.end()
    while skipped := _SKIPPED.match(head, at):
        at = skipped.end()
    if head.startswith(b"<!DOCTYPE", at):
        said = "the file declares a document type, which counts never do"
        raise InputError(said, unit=_line(head, at), rule="no DTD")
    if not head.startswith(b"<", at) or head.startswith((b"<!", b"<?"), at):
        said = "no XML element at the start of the file"
        found = head[at : at + 40].decode("utf-8", "replace")
        raise InputError(said, unit=_line(head, at), rule="well-formed XML", value=found)
    return at


def line_of(element: _Element) -> str:
    """Return where an element stands, for error messages."""
    return f"line {element.sourceline}"


def refusal(
    message: str,
    element: _Element,
    rule: str,
    *,
    unit: str = "",
    value: object = None,
    expected: object = None,
) -> InputError:
    """Return the error of an element, with its line, behind the unit that it is of."""
    where = f"{unit}, {line_of(element)}" if unit else line_of(element)
    return InputError(message, unit=where, rule=rule, value=value, expected=expected)


def number(element: _Element, unit: str) -> int:
    """Return the count that an element holds: digits, nine at most, and nothing else."""
    value = whole(element.text or "") if not len(element) else None
    if value is None:
        said = f"{element.tag.rpartition('}')[2]} is not a count"
        found = element.text or "an empty element"
        wanted = f"a whole number of at most {MAX_COUNT_DIGITS} digits"
        raise refusal(said, element, "count", unit=unit, value=found, expected=wanted)
    return value


def whole(text: str) -> int | None:
    """Return a whole number written in ASCII digits, or None."""
    digits = text.strip(_SPACE)
    # isdigit() alone would take superscripts and the digits of other scripts.
    if digits.isascii() and digits.isdigit() and len(digits) <= MAX_COUNT_DIGITS:
        return int(digits)
    return None


def identifier(element: _Element) -> str:
    """Return the attribute Id, which must be there and of a sane length."""
    value = element.get("Id") or ""
    if not value or len(value) > MAX_NAME_LENGTH:
        said = f"{element.tag.rpartition('}')[2]} has no usable Id"
        wanted = f"1 to {MAX_NAME_LENGTH} characters"
        raise refusal(said, element, "identifier", value=value or "nothing", expected=wanted)
    return value


def text_of(element: _Element) -> str:
    """Return the text of an element, a name at most, without white space around it."""
    value = (element.text or "").strip(_SPACE)
    if len(value) > MAX_NAME_LENGTH:
        said = f"the text of {element.tag.rpartition('}')[2]} is too long for a name"
        found = f"{len(value)} characters"
        wanted = f"at most {MAX_NAME_LENGTH}"
        raise refusal(said, element, "length of a name", value=found, expected=wanted)
    return value


def place_number(element: _Element) -> int:
    """Return the attribute Id of a list or candidate, which is its number on the ballot from 1."""
    value = whole(element.get("Id") or "")
    if not value:
        raise refusal(
            f"{element.tag.rpartition('}')[2]} has no number",
            element,
            "number of list or candidate",
            value=element.get("Id") or "no Id",
            expected="a whole number from 1",
        )
    return value


def _fill(read: Read) -> bytes:
    # A stream may give less than it is asked for. The prolog is needed as a whole, and runs
    # of candidates are best found in large chunks.
    chunk = read(CHUNK_BYTES)
    while chunk and len(chunk) < MAX_PROLOG_BYTES and (more := read(CHUNK_BYTES)):
        chunk += more
    return chunk


def _line(head: bytes, at: int) -> str:
    return "line {}".format(head.count(b"\n", 0, at) + 1)


def _refuse_dtd(element: Any) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise InputError("the file declares a document type", rule="no DTD")


def _forget(element: Any) -> None:
    element.clear()
    while element is not None:
        parent = element.getparent()
        if parent is not None:
            while parent[0] is not element:
                del parent[0]
        element = parent


def _encoding(found: str) -> InputError:
    said = "not in UTF-8, which EML_NL files are; save it as UTF-8"
    return InputError(said, unit="line 1", rule="encoding", value=found, expected="UTF-8")


def _not_well_formed(error: Any) -> InputError:
    message = " ".join(str(error.msg or "not well formed").split())
    # The line is said before; the column is not that of the file where candidates were taken out.
    message = re.sub(r"(?:,? line \d+,? column \d+)$", "", message)
    said = f"not well-formed XML ({message})"
    where = f"line {error.lineno}" if error.lineno else None
    return InputError(said, unit=where, rule="well-formed XML")
