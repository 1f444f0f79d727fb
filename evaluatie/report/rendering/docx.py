"""Finish a DOCX that pandoc has made, for both engines.

Pandoc writes headings, captions, links and alternative texts. What it leaves out is put in
here: the document's language and properties, rows of tables that stay whole, header rows that
repeat, the letters themselves, and dates that do not depend on the moment of making.
"""

from __future__ import annotations

import copy
import datetime as dt
import io
import zipfile
from collections.abc import Iterator

from lxml import etree

from evaluatie.ground.files import packed
from evaluatie.report.rendering.letters import with_letters
from evaluatie.report.rendering.pandoc import LOCALES
from evaluatie.report.rendering.settings import Settings

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NAMES = {
    "cp": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


def finish(made: bytes, settings: Settings, timestamp: int) -> bytes:
    """Return the DOCX with language, properties, whole rows, repeating headers and letters.

    Parameters
    ----------
    made
        The file as pandoc or Quarto wrote it.
    settings
        Of the document.
    timestamp
        Moment of creation written in the file, in seconds since 1970.
    """
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    lang = LOCALES[settings.lang]
    has_table_text = b'w:styleId="TableText"' in files["word/styles.xml"]
    files["word/document.xml"] = _body(files["word/document.xml"], has_table_text)
    files["word/styles.xml"] = _language(files["word/styles.xml"], "lang", lang)
    files["word/settings.xml"] = _language(files["word/settings.xml"], "themeFontLang", lang)
    files["docProps/core.xml"] = _properties(settings, timestamp)
    files = with_letters(files)
    # The list of contents comes first, as every word processor writes it.
    names = sorted(files, key=lambda each: (each != "[Content_Types].xml", each))
    return packed({name: files[name] for name in names})


def _body(xml: bytes, has_table_text: bool) -> bytes:
    root = etree.fromstring(xml)
    _turn(root)
    for table in root.iter(f"{_W}tbl"):
        for style in table.iter(f"{_W}pStyle") if has_table_text else ():
            if style.get(f"{_W}val") == "Compact":
                style.set(f"{_W}val", "TableText")
        rows = list(_rows(table))
        for row, is_head in rows:
            properties = row.find(f"{_W}trPr")
            if properties is None:
                properties = etree.Element(f"{_W}trPr")
                row.insert(0, properties)
            for name in ("cantSplit", *(("tblHeader",) if is_head else ())):
                for old in properties.findall(f"{_W}{name}"):
                    properties.remove(old)
                etree.SubElement(properties, f"{_W}{name}")
        # A header alone at the end of a page is no use.
        for paragraph in (each for row, is_head in rows if is_head for each in row.iter(f"{_W}p")):
            kept = paragraph.find(f"{_W}pPr")
            if kept is None:
                kept = etree.Element(f"{_W}pPr")
                paragraph.insert(0, kept)
            if kept.find(f"{_W}keepNext") is None:
                position = 1 if kept.find(f"{_W}pStyle") is not None else 0
                kept.insert(position, etree.Element(f"{_W}keepNext"))
    return _written(root)


def _turn(root: etree._Element) -> None:
    """Write the sections that put wide tables on pages on their side."""
    last = root.find(f"{_W}body/{_W}sectPr")
    for mark in list(root.iter(f"{_W}sectPr")):
        name = mark.get(f"{_W}rsidR")
        parent = mark.getparent()
        if name not in {"upright", "turned"} or parent is None:
            continue
        section = copy.deepcopy(last) if last is not None else etree.Element(f"{_W}sectPr")
        # The first page of all has no header; the first page of a later section has one.
        for first in section.findall(f"{_W}titlePg"):
            if mark is not next(root.iter(f"{_W}sectPr")):
                section.remove(first)
        size = section.find(f"{_W}pgSz")
        if size is not None and name == "turned":
            across, down = size.get(f"{_W}w", ""), size.get(f"{_W}h", "")
            size.set(f"{_W}w", down)
            size.set(f"{_W}h", across)
            size.set(f"{_W}orient", "landscape")
        parent.replace(mark, section)
    if last is not None and len(list(root.iter(f"{_W}sectPr"))) > 1:
        for first in last.findall(f"{_W}titlePg"):
            last.remove(first)


def _rows(table: etree._Element) -> Iterator[tuple[etree._Element, bool]]:
    """Yield the rows of a table and whether each stands above its columns."""
    look = table.find(f"{_W}tblPr/{_W}tblLook")
    headed = look is not None and look.get(f"{_W}firstRow") in {"1", "true", "on"}
    for number, row in enumerate(table.findall(f"{_W}tr")):
        marked = row.find(f"{_W}trPr/{_W}tblHeader") is not None
        yield row, marked or (headed and number == 0)


def _language(xml: bytes, tag: str, lang: str) -> bytes:
    root = etree.fromstring(xml)
    for each in root.iter(f"{_W}{tag}"):
        each.set(f"{_W}val", lang)
    return _written(root)


def _properties(settings: Settings, timestamp: int) -> bytes:
    moment = dt.datetime.fromtimestamp(timestamp, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    root = etree.Element(f"{{{_NAMES['cp']}}}coreProperties", nsmap=_NAMES)

    def add(space: str, name: str, text: str) -> etree._Element:
        each = etree.SubElement(root, f"{{{_NAMES[space]}}}{name}")
        each.text = text
        return each

    add("dc", "title", settings.title)
    if settings.subtitle:
        add("dc", "subject", settings.subtitle)
    add("dc", "creator", "; ".join(settings.authors))
    if settings.keywords:
        add("cp", "keywords", ", ".join(settings.keywords))
    add("dc", "language", LOCALES[settings.lang])
    for name in ("created", "modified"):
        add("dcterms", name, moment).set(f"{{{_NAMES['xsi']}}}type", "dcterms:W3CDTF")
    return _written(root)


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
