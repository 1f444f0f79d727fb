"""The letters of the house inside a DOCX, so that it looks the same where nobody installed them.

A word processor embeds a font under a key of its own: the first 32 bytes are mixed with it, which
keeps nobody out (ECMA-376, part 1, 17.8.1).
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping

from lxml import etree

from evaluatie.report.rendering.typst import font_folders

FAMILY = "Source Sans Pro"
_FACES = {"Regular": "Regular", "Bold": "Bold", "Italic": "It"}
"""Face of a word processor to the end of the name of its file."""
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TABLE, _LINKS = "word/fontTable.xml", "word/_rels/fontTable.xml.rels"
_BEFORE = (
    *("writeProtection", "view", "zoom", "removePersonalInformation", "removeDateAndTime"),
    *("doNotDisplayPageBoundaries", "displayBackgroundShape", "printPostScriptOverText"),
    *("printFractionalCharacterWidth", "printFormsData"),
)
"""Settings that stand before that of embedded letters."""
_TYPES, _SETTINGS = "[Content_Types].xml", "word/settings.xml"


def with_letters(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a DOCX with the faces of :data:`FAMILY`, if it uses that family.

    Without the font files on this machine, and where they are embedded already, nothing changes.
    """
    faces = _found()
    made = dict(files)
    if _LINKS in files or not faces:
        return made
    table = etree.fromstring(files[_TABLE])
    font = next((each for each in table if each.get(f"{{{_W}}}name") == FAMILY), None)
    if font is None:
        return made
    links = etree.fromstring(f'<Relationships xmlns="{_PACKAGE}/relationships"/>')
    for number, (face, content) in enumerate(faces.items(), start=1):
        key = hashlib.sha256(content).hexdigest()[:32].upper()
        name, target = f"rId{number}", f"fonts/font{number}.odttf"
        embedded = etree.SubElement(font, f"{{{_W}}}embed{face}", nsmap={"r": _R})
        embedded.set(f"{{{_R}}}id", name)
        embedded.set(f"{{{_W}}}fontKey", _guid(key))
        etree.SubElement(
            links, f"{{{_PACKAGE}/relationships}}Relationship",
            Id=name, Type=f"{_R}/font", Target=target,
        )  # fmt: skip
        made[f"word/{target}"] = _mixed(content, key)
    types = etree.fromstring(files[_TYPES])
    known = {"Extension": "odttf"}
    known["ContentType"] = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
    types.insert(0, etree.Element(f"{{{_PACKAGE}/content-types}}Default", known))
    settings = etree.fromstring(files[_SETTINGS])
    _say_embedded(settings)
    changed = {_TABLE: table, _LINKS: links, _TYPES: types, _SETTINGS: settings}
    made |= {
        name: etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        for name, root in changed.items()
    }
    return made


def _found() -> dict[str, bytes]:
    """Return the faces whose files are on this machine, all or none."""
    paths = {
        face: path
        for folder in font_folders()
        for face, end in _FACES.items()
        for path in folder.glob(f"SourceSansPro-{end}.ttf")
    }
    return {face: paths[face].read_bytes() for face in _FACES} if len(paths) == len(_FACES) else {}


def _mixed(content: bytes, key: str) -> bytes:
    signs = bytes.fromhex(key)[::-1]
    first = bytes(byte ^ signs[n % 16] for n, byte in enumerate(content[:32]))
    return first + content[32:]


def _guid(key: str) -> str:
    ends = (0, 8, 12, 16, 20, 32)
    return "{" + "-".join(key[a:b] for a, b in itertools.pairwise(ends)) + "}"


def _say_embedded(settings: etree._Element) -> None:
    """Say it in the settings, where the order of elements is fixed."""
    place = sum(etree.QName(each).localname in _BEFORE for each in settings)
    settings.insert(place, etree.Element(f"{{{_W}}}embedTrueTypeFonts"))
