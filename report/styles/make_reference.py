"""Make ``reference.docx``, the looks of the DOCX: python report/styles/make_reference.py.

Pandoc's own reference document, with the report's letter, colours, paper and styles. Both
engines take it. The same versions give the same bytes.
"""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

import pypandoc
from lxml import etree

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
FONT, MONO = "Source Sans Pro", "DejaVu Sans Mono"
INK, ACCENT, GREY, LINE = "1B1F24", "154273", "565F6B", "CDCDCD"
TONES = {
    "Note": "1F5A94",
    "Tip": "1D6B48",
    "Warning": "8A5A00",
    "Important": "8C2332",
    "Caution": "94450F",
}


def space(before: float, after: float, line: float = 1.15) -> str:
    """Points above and below a paragraph, and the height of its lines."""
    return (
        f'<w:spacing w:before="{before * 20:.0f}" w:after="{after * 20:.0f}" '
        f'w:line="{line * 240:.0f}" w:lineRule="auto"/>'
    )


def letters(size: float, colour: str = INK, *more: str) -> str:
    """Size in points and colour."""
    return f'{"".join(more)}<w:color w:val="{colour}"/><w:sz w:val="{size * 2:.0f}"/>' + (
        f'<w:szCs w:val="{size * 2:.0f}"/>'
    )


def side(name: str, colour: str, width: int, gap: int) -> str:
    """A line at one side of a paragraph."""
    return f'<w:{name} w:val="single" w:sz="{width}" w:space="{gap}" w:color="{colour}"/>'


BOLD = "<w:b/>"
KEEP = "<w:keepNext/><w:keepLines/>"
LEFT = '<w:jc w:val="left"/>'
TABS = '<w:tabs><w:tab w:val="right" w:pos="8958"/></w:tabs>'

# Style: what it is based on, its paragraph, its letters. The order of the elements is Word's.
PARAGRAPHS: dict[str, tuple[str | None, str, str]] = {
    "Normal": (None, space(0, 6), letters(10.5)),
    "BodyText": ("Normal", space(3, 6), ""),
    "FirstParagraph": ("BodyText", "", ""),
    "Compact": ("BodyText", space(1, 2, 1.08), ""),
    "Title": (
        "Normal",
        f"{KEEP}<w:pBdr>{side('top', ACCENT, 20, 14)}</w:pBdr>{space(0, 6, 1.0)}{LEFT}",
        letters(25, ACCENT, BOLD),
    ),
    "Subtitle": ("Normal", KEEP + space(0, 8, 1.1) + LEFT, letters(14, GREY)),
    "Author": ("Normal", KEEP + space(0, 2) + LEFT, letters(10, GREY)),
    "Date": ("Normal", KEEP + space(0, 20) + LEFT, letters(10, GREY)),
    "Heading1": ("Normal", KEEP + space(24, 8, 1.05), letters(17, ACCENT, BOLD)),
    "Heading2": ("Normal", KEEP + space(18, 6, 1.05), letters(13, ACCENT, BOLD)),
    "Heading3": ("Normal", KEEP + space(14, 5, 1.05), letters(11, ACCENT, BOLD)),
    "Heading4": ("Normal", KEEP + space(12, 4, 1.05), letters(10.5, ACCENT, BOLD)),
    "Caption": ("Normal", space(0, 6, 1.05), letters(9.2, GREY)),
    "TableCaption": ("Caption", KEEP + space(14, 5, 1.05), ""),
    "ImageCaption": ("Caption", space(3, 14, 1.05), ""),
    "CaptionedFigure": ("BodyText", KEEP + space(12, 3, 1.0), ""),
    "FootnoteText": ("Normal", space(0, 3, 1.05), letters(8.5)),
    "Bibliography": ("Normal", f'{space(0, 5)}<w:ind w:left="340" w:hanging="340"/>', ""),
    "DefinitionTerm": ("Normal", KEEP + space(7, 1), BOLD),
    "Definition": ("Normal", f'{space(0, 4)}<w:ind w:left="340"/>', ""),
    "Header": (
        "Normal",
        f"<w:pBdr>{side('bottom', LINE, 4, 4)}</w:pBdr>{TABS}{space(0, 0, 1.0)}",
        letters(8.5, GREY),
    ),
    "Footer": ("Normal", TABS + space(0, 0, 1.0), letters(8.5, GREY)),
    "TableText": ("Normal", space(1.5, 1.5, 1.0), letters(8.5)),
    "Small": ("BodyText", space(0, 6), letters(9, GREY)),
}
for name, tone in TONES.items():
    bar = f"<w:pBdr>{side('left', tone, 18, 8)}</w:pBdr>"
    PARAGRAPHS[f"Callout{name}"] = (
        "BodyText",
        f'<w:keepLines/>{bar}{space(0, 4)}<w:ind w:left="227"/>',
        "",
    )
    PARAGRAPHS[f"Callout{name}Title"] = (
        f"Callout{name}",
        f'{KEEP}{bar}{space(10, 4)}<w:ind w:left="227"/>',
        letters(10.5, tone, BOLD),
    )

NAMES = {"TableText": "Table Text", "Header": "header", "Footer": "footer"} | {
    f"Callout{kind}{part}": f"Callout {kind}{' ' + part if part else ''}"
    for kind in TONES
    for part in ("", "Title")
}

TABLE = f"""\
<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblBorders>{side("top", ACCENT, 8, 0)}\
{side("bottom", ACCENT, 6, 0)}{side("insideH", LINE, 4, 0)}</w:tblBorders><w:tblCellMar>\
<w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>\
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>\
{side("bottom", ACCENT, 6, 0)}</w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>"""


def field(code: str) -> str:
    """A field that the word processor fills in."""
    return f'<w:fldSimple w:instr=" {code} "><w:r><w:t></w:t></w:r></w:fldSimple>'


HEADER = f'<w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>{field("TITLE")}</w:p>'
FOOTER = (
    '<w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r><w:tab/></w:r>'
    f"{field('PAGE')}<w:r><w:t> / </w:t></w:r>{field('NUMPAGES')}</w:p>"
)
EMPTY = '<w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr></w:p>'
# The first page has a title and needs no header.
SECTION = (
    '<w:headerReference w:type="default" r:id="rIdHeader"/>'
    '<w:headerReference w:type="first" r:id="rIdFirst"/>'
    '<w:footerReference w:type="default" r:id="rIdFooter"/>'
    '<w:footerReference w:type="first" r:id="rIdFooter"/>'
    '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1531" w:right="1474" w:bottom="1417" '
    'w:left="1474" w:header="709" w:footer="709" w:gutter="0"/><w:titlePg/>'
)
PARTS = {
    "header1.xml": ("rIdHeader", "hdr", HEADER),
    "header2.xml": ("rIdFirst", "hdr", EMPTY),
    "footer1.xml": ("rIdFooter", "ftr", FOOTER),
}


def pieces(xml: str) -> list[etree._Element]:
    """Parse a few elements of a Word document."""
    return list(etree.fromstring(f'<x xmlns:w="{W}" xmlns:r="{R}">{xml}</x>'))


def style(styles: etree._Element, identifier: str) -> etree._Element:
    """Return a style by its identifier, made if need be."""
    found = styles.find(f"{{{W}}}style[@{{{W}}}styleId='{identifier}']")
    if found is None:
        kind = "" if identifier in {"Header", "Footer"} else ' w:customStyle="1"'
        (found,) = pieces(
            f'<w:style w:type="paragraph"{kind} w:styleId="{identifier}">'
            f'<w:name w:val="{NAMES.get(identifier, identifier)}"/><w:qFormat/></w:style>'
        )
        styles.append(found)
    return found


def replace(parent: etree._Element, *new: etree._Element) -> None:
    """Put elements at the end in the place of those with the same name."""
    for each in new:
        for old in parent.findall(each.tag):
            parent.remove(old)
        parent.append(each)


def styles(xml: bytes) -> bytes:
    """Set every style of the report."""
    root = etree.fromstring(xml)
    fonts = (
        f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:cs="{FONT}" w:eastAsia="{FONT}"/>'
        '<w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="nl-NL"/>'
    )
    defaults = root.find(f"{{{W}}}docDefaults/{{{W}}}rPrDefault")
    replace(defaults, *pieces(f"<w:rPr>{fonts}</w:rPr>"))
    for identifier, (based, paragraph, run) in PARAGRAPHS.items():
        each = style(root, identifier)
        for linked in each.findall(f"{{{W}}}link"):
            each.remove(linked)
        if based:
            for old in each.findall(f"{{{W}}}basedOn"):
                each.remove(old)
            each.insert(1, *pieces(f'<w:basedOn w:val="{based}"/>'))
        replace(each, *pieces(f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr>"))
    table = root.find(f"{{{W}}}style[@{{{W}}}styleId='Table']")
    for old in table.findall(f"{{{W}}}pPr") + table.findall(f"{{{W}}}tblStylePr"):
        table.remove(old)
    replace(table, *pieces(TABLE))
    characters = {
        "Hyperlink": f'<w:color w:val="{ACCENT}"/><w:u w:val="single"/>',
        "VerbatimChar": f'<w:rFonts w:ascii="{MONO}" w:hAnsi="{MONO}"/><w:sz w:val="17"/>',
        "SectionNumber": f'<w:color w:val="{GREY}"/>',
    }
    for identifier, run in characters.items():
        replace(style(root, identifier), *pieces(f"<w:rPr>{run}</w:rPr>"))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def section(xml: bytes) -> bytes:
    """Set paper, margins, header and footer; the text of the example stays."""
    root = etree.fromstring(xml)
    last = root.find(f"{{{W}}}body/{{{W}}}sectPr")
    for old in list(last):
        last.remove(old)
    last.extend(pieces(SECTION))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def added(xml: bytes, rows: str, namespace: str) -> bytes:
    """Add rows to a list of relations or of kinds of content."""
    root = etree.fromstring(xml)
    root.extend(list(etree.fromstring(f'<x xmlns="{PACKAGE}/{namespace}">{rows}</x>')))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def fonts(xml: bytes) -> bytes:
    """Name what stands in for a letter that the reader does not have."""
    root = etree.fromstring(xml)
    root.extend(
        pieces(
            f'<w:font w:name="{FONT}"><w:altName w:val="Source Sans 3,Calibri,Carlito"/>'
            '<w:family w:val="swiss"/><w:pitch w:val="variable"/></w:font>'
        )
    )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def make() -> bytes:
    """Return the reference document."""
    default = subprocess.run(  # noqa: S603 - pandoc of the wheel
        [pypandoc.get_pandoc_path(), "--print-default-data-file", "reference.docx"],
        capture_output=True,
        check=True,
    ).stdout
    with zipfile.ZipFile(io.BytesIO(default)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    relations = types = ""
    for name, (identifier, tag, body) in PARTS.items():
        kind = "header" if tag == "hdr" else "footer"
        relations += f'<Relationship Id="{identifier}" Type="{office}/{kind}" Target="{name}"/>'
        types += f'<Override PartName="/word/{name}" ContentType="{word}.{kind}+xml"/>'
        files[f"word/{name}"] = (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<w:{tag} xmlns:w="{W}">{body}</w:{tag}>'
        ).encode()
    for name, change in {
        "word/styles.xml": styles,
        "word/document.xml": section,
        "word/fontTable.xml": fonts,
        "word/_rels/document.xml.rels": lambda xml: added(xml, relations, "relationships"),
        "[Content_Types].xml": lambda xml: added(xml, types, "content-types"),
    }.items():
        files[name] = change(files[name])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, key=lambda each: (each != "[Content_Types].xml", each)):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            archive.writestr(info, files[name])
    return made.getvalue()


if __name__ == "__main__":
    (Path(__file__).parent / "reference.docx").write_bytes(make())
