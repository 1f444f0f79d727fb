"""Run pandoc, which ships in a wheel, on the Markdown of a document."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from evaluatie.ground import formatting
from evaluatie.ground.errors import RenderError
from evaluatie.ground.folders import bundled
from evaluatie.report.rendering.settings import PICTURES, Settings
from evaluatie.report.rendering.source import Document
from evaluatie.report.rendering.typst import to_bitmap

STYLES = bundled("report") / "styles"
"""The filter and the templates of both engines."""
CONTEXT = "EVALUATIE_CONTEXT"
"""Environment variable that tells the filter where files lie."""
_DEFAULT_MARGIN = {"x": "26mm", "top": "27mm", "bottom": "25mm"}
LOCALES = {"nl": "nl-NL", "en": "en-GB"}
"""Languages as word processors name them."""
_AUTHOR_SVG = re.compile(r"\]\(([^()\s]+\.svg)\)")
_CITED = re.compile(r"(?<!\\)@")
_ROOMY = ("+RTS", "-O128m")
"""Collect old garbage only beyond so much memory, which takes pandoc a sixth less."""
_NEXT = "\x1e"
"""Stands before what is remarked of each document."""
_LENGTH = re.compile(r"\d+(\.\d+)?(mm|cm|in|pt)")


@cache
def pandoc_path() -> str:
    """Return the pandoc of the ``pypandoc_binary`` wheel, or one on the PATH.

    Raises
    ------
    RenderError
        If there is none.
    """
    import pypandoc

    try:
        return str(pypandoc.get_pandoc_path())
    except OSError as error:
        raise RenderError(
            "pandoc is not installed; reinstall the package with its dependencies"
        ) from error


@cache
def version() -> str:
    """Return the version of pandoc."""
    done = subprocess.run(  # noqa: S603 - our own program
        [pandoc_path(), "--version"], capture_output=True, text=True, check=True
    )
    return done.stdout.split()[1]


@dataclass(frozen=True)
class Conversion:
    """A document that is to be converted to one format; see :func:`prepare`."""

    document: Document
    kind: str
    asked: Mapping[str, Any]
    """What ``styles/convert.lua`` must know, ready for JSON."""


def prepare(document: Document, kind: str, build: Path, formats: Sequence[str]) -> Conversion:
    """Write what pandoc needs to convert a document.

    Parameters
    ----------
    document
        What was read.
    kind
        ``html``, a page that needs no other file; ``pdf``, for which pandoc writes typst; or
        ``docx``.
    build
        Scratch folder; beside it lies the project, with the files of figures.
    formats
        In which the document is rendered; a page links to the others.

    Raises
    ------
    RenderError
        For a style sheet or a margin that cannot be used.
    """
    settings, markdown = document.settings, document.markdown
    name, to, options = _TARGETS[kind]
    stem = settings.source.stem
    source, out, context = (build / f"{stem}{end}" for end in (".md", f".{name}", f"-{name}.json"))
    errors = context.with_suffix(".errors")
    source.write_text(f"{_front(settings)}\n{markdown}\n", "utf-8")
    bitmaps = _bitmaps(markdown, build) if kind == "docx" else {}
    write_context(
        document, context, build.parent, errors, formats, prefix="project/", bitmaps=bitmaps
    )
    depth = settings.toc.get(name, 0)
    asked = {
        "source": str(source),
        "pictures": PICTURES[name],
        "to": to,
        "filter": str(STYLES / "crossref.lua"),
        "context": str(context),
        "errors": str(errors),
        "metadata": {
            "link-citations": True,
            "bibliography": [str(path.resolve()) for path in settings.bibliography],
            **({"lang": LOCALES[settings.lang]} if kind == "docx" else {}),
        },
        # Even where nothing is cited, citations would take as long as all the rest of a sheet.
        "citeproc": bool(settings.bibliography or _CITED.search(markdown)),
        "options": {
            "wrap_text": "preserve",
            "table_of_contents": depth > 0,
            "toc_depth": depth or 3,
            **options(settings),
        },
        "out": str(out),
    }
    return Conversion(document, kind, asked)


def convert(conversions: Sequence[Conversion], build: Path) -> list[Path]:
    """Convert documents in one run of pandoc, and return the files it made.

    Raises
    ------
    RenderError
        With file and line, for references that point at nothing and whatever else the filter
        refuses.
    """
    asked = build / "conversions.json"
    asked.write_text(json.dumps([dict(each.asked) for each in conversions]), "utf-8")
    done = subprocess.run(  # noqa: S603 - our own program and arguments
        [pandoc_path(), "lua", str(STYLES / "convert.lua"), str(asked), *_ROOMY],
        capture_output=True,
        check=False,
        cwd=build,
        env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"},
    )
    _, *remarks = done.stderr.decode("utf-8", "replace").split(_NEXT)
    made = []
    for each, remark in zip(conversions, chain(remarks, repeat("")), strict=False):
        out = Path(each.asked["out"])
        raise_errors(Path(each.asked["errors"]), each.document)
        if not out.is_file() or "[WARNING]" in remark:
            raise RenderError(
                "pandoc cannot convert the document: "
                + (remark.strip().removeprefix("[WARNING] ") or f"exit code {done.returncode}"),
                file=each.document.settings.source,
            )
        made.append(out)
    return made


def _for_html(settings: Settings) -> dict[str, Any]:
    return {
        "template": str(_template(settings, "html", "page.html")),
        "html_math_method": "mathml",
        "section_divs": True,
        "email_obfuscation": "none",
        "variables": {
            "inline-css": "\n".join(_inline_css(path) for path in settings.css),
            "header-includes": [settings.headers.get("html", "")],
            "include-after": [settings.after_body],
            "policy": _policy(settings.headers.get("html", "") + settings.after_body),
        },
    }


def _for_typst(settings: Settings) -> dict[str, Any]:
    margin = {**_DEFAULT_MARGIN, **settings.margin}
    for key, value in margin.items():
        if key not in _DEFAULT_MARGIN or not _LENGTH.fullmatch(value):
            raise RenderError(
                f"the margin '{key}: {value}' cannot be used",
                file=settings.source,
                expected="x, top and bottom, in mm, cm, in or pt",
            )
    return {
        "template": str(_template(settings, "typst", "document.typ")),
        "variables": {"margin": margin, "header-includes": [settings.headers.get("typst", "")]},
    }


def _for_docx(settings: Settings) -> dict[str, Any]:
    reference = settings.reference_doc
    return {} if reference is None else {"reference_doc": str(reference.resolve())}


_TARGETS: Mapping[str, tuple[str, str, Callable[[Settings], dict[str, Any]]]] = {
    "html": ("html", "html5", _for_html),
    "pdf": ("typst", "typst", _for_typst),
    "docx": ("docx", "docx", _for_docx),
}
"""Of each format: what settings call it, what pandoc calls it, and its options."""


def _front(settings: Settings) -> str:
    """Return the metadata as a YAML block on one line, so that it is read as Markdown."""
    data: dict[str, Any] = {"title": settings.title, "lang": settings.lang}
    if settings.subtitle:
        data["subtitle"] = settings.subtitle
    if settings.authors:
        data["author"] = list(settings.authors)
    if settings.date:
        data["date"] = formatting.date(settings.date, settings.lang)
    if settings.keywords:
        data["keywords"] = list(settings.keywords)
    for name in ("description", "translation"):
        if getattr(settings, name):
            data[name] = getattr(settings, name)
    return f"---\n{json.dumps(data, ensure_ascii=False)}\n---\n"


def _bitmaps(markdown: str, build: Path) -> dict[str, dict[str, Any]]:
    """Return the PNG that stands for each SVG that an author names, by its path."""
    found: dict[str, dict[str, Any]] = {}
    for number, name in enumerate(sorted(set(_AUTHOR_SVG.findall(markdown)))):
        source = build.parent / "project" / name
        if source.is_file():
            target = build / f"author-{number}.png"
            made, width = to_bitmap(source, build.parent)
            target.write_bytes(made)
            found[f"project/{name}"] = {"file": f"build/{target.name}", "width": width}
    return found


def write_context(
    document: Document,
    file: Path,
    root: Path,
    errors: Path,
    formats: Sequence[str],
    *,
    prefix: str = "",
    bitmaps: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Write what the filter of both engines must know; see ``report/styles/crossref.lua``.

    Parameters
    ----------
    document
        What was read.
    file
        Where it is written; :data:`CONTEXT` names it to the filter.
    root
        The folder that paths start from.
    errors
        Where the filter writes what it finds wrong.
    formats
        In which the document is rendered; a page links to the others.
    prefix
        The project's folder, from ``root``.
    bitmaps
        The PNG that stands for an SVG in a word processor, by its path.
    """
    context = {
        "root": str(root), "prefix": prefix, "errors": str(errors), "bitmaps": bitmaps or {},
        "number_sections": document.settings.number_sections,
        "stem": document.settings.source.stem, "formats": list(formats),
        "card": document.settings.image is not None,
        "margin": {**_DEFAULT_MARGIN, **document.settings.margin}["x"],
    }  # fmt: skip
    file.write_text(json.dumps(context), "utf-8")


def raise_errors(errors: Path, document: Document) -> None:
    """Raise what the filter found wrong, at the line where it stands.

    Raises
    ------
    RenderError
        If the filter has written anything.
    """
    found: Sequence[Mapping[str, Any]] = (
        json.loads(errors.read_text("utf-8")) if errors.is_file() else []
    )
    if found:
        raise document.error(found[0]["message"], found[0]["needle"], last=found[0]["last"])


def _template(settings: Settings, name: str, otherwise: str) -> Path:
    """Return the template of the project, or that of the report."""
    return settings.templates.get(name, STYLES / otherwise)


def _inline_css(path: Path) -> str:
    text = path.read_text("utf-8")
    if re.search(r"@import|url\(\s*[\"']?(?!data:)", text) or "</style" in text:
        raise RenderError("a style sheet may not fetch anything", file=path)
    # Dollar signs would be read by pandoc's template only in the template itself.
    return re.sub(r"/\*.*?\*/\s*", "", text, flags=re.DOTALL).strip()


def _policy(included: str) -> str:
    """Return a policy under which a page fetches nothing and runs only its project's scripts."""
    digests = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for script in re.findall(r"<script[^>]*>(.*?)</script>", included, re.DOTALL)
    ]
    scripts = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; "
        f"script-src {scripts}; base-uri 'none'; form-action 'none'"
    )
