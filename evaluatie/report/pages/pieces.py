"""The pieces of a page as Markdown: a table, a figure, a list, the sheet of a municipality.

A page names a piece by what it shows: ``{{< include _made/nl/table-effect.md >}}`` is the table
``effect`` in Dutch, ``lines-power+placebos`` the single statements of two results. What the counts
of a run do not allow is said in words in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.answers import sheets
from evaluatie.answers.columns import REMARK
from evaluatie.answers.run import NotAvailableError, Run
from evaluatie.answers.sheets import slug
from evaluatie.ground.escape import html_text, markdown_text
from evaluatie.ground.formatting import Language
from evaluatie.ground.tables import Column, to_html, to_markdown
from evaluatie.ground.words import say
from evaluatie.report import exhibits, prose
from evaluatie.report.exhibits import Picture, Shown
from evaluatie.report.facts import facts
from evaluatie.report.rendering.source import MADE


def picture(done: Run, lang: Language, piece: str) -> Picture:
    """Return the picture in a piece ``figure-…`` or ``sheet-…``, ready to be drawn."""
    kind, _, name = piece.partition("-")
    if kind == "sheet":
        return _of_sheet(done, name, lang)
    return exhibits.figure(name, done, lang)


def _of_sheet(done: Run, code: str, lang: Language) -> Picture:
    """Return the picture of one municipality."""
    sheet = sheets.sheet_of(done, code)
    shown = Shown(sheets.show.numbers(sheet), sheets.show.HISTORY)
    return Picture(
        lambda: sheets.show.draw(sheet, lang),
        shown,
        lambda part: sheets.show.told(sheet, part, lang),
        lambda: sheets.show.draw(sheet, lang, narrow=True),
    )


@dataclass(frozen=True)
class Printer:
    """Prints results in one language.

    Attributes
    ----------
    done
        The results of a run.
    lang
        The language of the page.
    project
        Folder with the pages of prose.
    """

    done: Run
    lang: Language
    project: Path

    def variable(self, name: str) -> str:
        """Print ``<result>.<key>`` as one line of Markdown.

        The key is ``sentence``; ``latest``, the sentence of ``<result>_<election>`` of the newest
        election that has it; or any plain value of the result.
        """
        result, _, key = name.rpartition(".")
        try:
            if key == "latest":
                return markdown_text(self._sentence(self.done.latest(result)))
            if key == "sentence":
                return markdown_text(self._sentence(result))
        except NotAvailableError as missing:
            return markdown_text(missing.words[self.lang])
        return markdown_text(_plain(self.done.result(result)[key]))

    def text(self, name: str) -> str:
        """Fill in a page of prose, ``<lang>/<name>.md`` of the project."""
        source = self.project / self.lang / f"{name}.md"
        told = prose.page(source.read_text("utf-8"), facts(self.done), self.lang, self._shown)
        return told if told.strip() else say("exhibits.no_election", self.lang)

    def table(self, name: str) -> str:
        """Print one of :data:`evaluatie.report.exhibits.TABLES` under its caption."""
        rows = self._table(lambda: exhibits.table(name, self.done))
        told = exhibits.words(exhibits.TABLES[name], "caption", self.done, self.lang)
        return f"{rows}\n: {markdown_text(told)} {{#tbl-{name}}}"

    def figure(self, name: str) -> str:
        """Show one of :data:`evaluatie.report.exhibits.FIGURES`, and on a page its numbers."""
        return self._figure(f"figure-{name}", label=f"#fig-{name} ")

    def lines(self, names: str) -> str:
        """List the single statements of results, each once."""
        texts: dict[str, None] = {}
        for name in names.split("+"):
            try:
                texts |= dict.fromkeys(self.done.result(name)["lines"][self.lang])
            except NotAvailableError as missing:
                texts[missing.words[self.lang]] = None
        return self._bullets(texts, "no_election")

    def assumptions(self, names: str) -> str:
        """List the assumptions of results, each once; ``effect`` means that of every election."""
        texts: dict[str, str] = {}
        for name in names.split("+"):
            found = [each for _, each in self.done.of_each(name)]
            for result in [name] if self.done.has(name) else found:
                listed = self.done.result(result)["assumptions"]
                texts |= {each["key"]: each[self.lang] for each in listed}
        return self._bullets(texts.values())

    def nationwide(self, _: str) -> str:
        """Say what elections with the new ballot everywhere show; nothing without any."""
        texts = [self._sentence(name) for name in self.done.names("nationwide_")]
        return "\n\n".join(markdown_text(text) for text in texts)

    def changes(self, _: str) -> str:
        """Print which counts of the user differ from the shipped ones; nothing without any."""
        shown = exhibits.table("changed", self.done)
        return "" if shown.frame.empty else self._table(lambda: shown)

    def values(self, names: str) -> str:
        """List the values in both languages under ``<result>+<key>``."""
        result, _, key = names.partition("+")
        return self._bullets(each[self.lang] for each in self.done.result(result)[key])

    def index(self, _: str) -> str:
        """List the municipalities of the experiment, each with a link to its sheet."""
        found = sheets.sheets_of(self.done).values()
        return "\n".join(f"- [{markdown_text(name)}]({slug(name)}.html)" for name in found)

    def sheet(self, code: str) -> str:
        """Print what is known of one municipality."""

        def part(name: str, columns: tuple[Column, ...]) -> str:
            rows = self._table(lambda: Shown(sheets.sheet_of(self.done, code).parts[name], columns))
            return f"{rows}\n: {say(f'sheets.caption_{name}', self.lang)}"

        try:
            made = sheets.sheet_of(self.done, code)
        except NotAvailableError as missing:
            return self._bullets([missing.words[self.lang]])
        return "\n\n".join(
            (
                *map(_with_lead, made.parts["lines"][self.lang]),
                self._figure(f"sheet-{code}"),
                part("shares", sheets.show.SHARES),
                part("effects", sheets.show.EFFECTS),
            )
        )

    def _shown(self, kind: str, name: str) -> bool:
        """Tell whether these counts give an exhibit, or the page itself holds it."""
        known = exhibits.FIGURES if kind == "figure" else exhibits.TABLES
        if name not in known:
            return True
        try:
            if kind == "figure":
                exhibits.figure(name, self.done, self.lang)
            else:
                return not exhibits.table(name, self.done).frame.empty
        except NotAvailableError:
            return False
        return True

    def _sentence(self, name: str) -> str:
        sentence: str = self.done.result(name)["sentence"][self.lang]
        return sentence

    def _bullets(self, texts: Iterable[str], otherwise: str = "no_findings") -> str:
        listed = list(texts) or [say(f"exhibits.{otherwise}", self.lang)]
        return "\n".join(f"- {markdown_text(text)}" for text in listed)

    def _table(self, find: Callable[[], Shown]) -> str:
        try:
            shown = find()
        except NotAvailableError as missing:
            return self._remark(missing.words[self.lang])
        if shown.frame.empty:
            return self._remark(say("exhibits.no_findings", self.lang))
        return to_markdown(shown.frame, shown.columns, self.lang)

    def _figure(self, file: str, label: str = "") -> str:
        try:
            found = picture(self.done, self.lang, file)
        except NotAvailableError as missing:
            why = missing.words[self.lang]
            return self._image(file, why, why, label)
        shown = self._image(file, found.told("caption"), found.told("alt"), label)
        on_page = _on_page(found.web()) + "\n\n" if found.web else ""
        return f"{shown}\n\n{on_page}{self._numbers(found.data)}"

    def _image(self, file: str, caption: str, alt: str, label: str) -> str:
        quoted = " ".join(alt.split()).replace("\\", "\\\\").replace('"', '\\"')
        path = f"{MADE}/{self.lang}/{file}"
        return f'![{markdown_text(caption)}]({path}){{{label}fig-alt="{quoted}"}}'

    def _numbers(self, shown: Shown) -> str:
        """Show the numbers in a figure as a table that unfolds, on a page only."""
        words = say("exhibits.data_of_figure", self.lang)
        rows = to_html(shown.frame, shown.columns, self.lang, caption=words)
        details = (
            f'<details class="figure-data"><summary>{html_text(words)}</summary>{rows}</details>'
        )
        return _on_page(details)

    def _remark(self, text: str) -> str:
        return to_markdown(pd.DataFrame({"remark": [text]}), (REMARK,), self.lang)


KINDS: Mapping[str, Callable[[Printer, str], str]] = {
    "assumptions": Printer.assumptions,
    "changes": Printer.changes,
    "figure": Printer.figure,
    "index": Printer.index,
    "lines": Printer.lines,
    "nationwide": Printer.nationwide,
    "sheet": Printer.sheet,
    "table": Printer.table,
    "text": Printer.text,
    "values": Printer.values,
}
"""First word of a piece's name to what prints it, given the rest of the name."""


def _with_lead(text: str) -> str:
    """Print a paragraph whose first sentence stands out."""
    lead, _, rest = re.sub(r"(?<=[.?]) ", "\n", text, count=1).partition("\n")
    return f"**{markdown_text(lead)}** {markdown_text(rest)}".rstrip()


def _on_page(html: str) -> str:
    """Return HTML that other formats leave out."""
    return f'::: {{.content-visible when-format="html"}}\n```{{=html}}\n{html}\n```\n:::'


def _plain(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    # A checksum is told by its beginning; the whole stands in the data package.
    return str(value)[:16] if re.fullmatch(r"[0-9a-f]{64}", str(value)) else str(value)
