"""What a cell of the report may do: read finished results and print them, nothing else."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.views import view
from evaluatie.ground import formatting
from evaluatie.ground.escape import html_text, markdown_text
from evaluatie.ground.folders import bundled
from evaluatie.ground.tables import to_html, to_markdown
from evaluatie.ground.words import say
from evaluatie.report import exhibits
from evaluatie.report.exhibits import sheets
from evaluatie.report.exhibits.shown import Picture, Shown
from evaluatie.report.finished import Finished, NotAvailableError

if TYPE_CHECKING:
    from IPython.display import Markdown
    from matplotlib.figure import Figure

    from evaluatie.answers.sheets import Sheet

__all__ = ["MUNICIPALITY_VARIABLE", "RESULTS_VARIABLE", "Place", "Report", "open_report"]

RESULTS_VARIABLE = "EVALUATIE_RESULTS"
"""Environment variable that names the folder with the results of the analyses."""
MUNICIPALITY_VARIABLE = "EVALUATIE_MUNICIPALITY"
"""Environment variable with the code of the municipality whose own sheet is rendered."""


def open_report(lang: str) -> Report:
    """Open the results that ``evaluatie report`` has just computed.

    They lie in the folder named by ``EVALUATIE_RESULTS``, else in ``report/_results``.
    """
    named = os.environ.get(RESULTS_VARIABLE)
    folder = Path(named) if named else bundled("report") / "_results"
    return Report(formatting.language(lang), Finished(folder))


@dataclass(frozen=True)
class Report:
    """Results of the analyses, printed in one language.

    What these counts do not allow is said in words in its place: a sentence, a table of one
    cell, a figure with the reason.
    """

    lang: formatting.Language
    done: Finished

    def table(self, name: str) -> Markdown:
        """Print one of :data:`evaluatie.report.exhibits.TABLES`."""
        return self._table(lambda: exhibits.table(name, self.done, self.lang))

    def figure(self, name: str) -> Figure:
        """Draw one of :data:`evaluatie.report.exhibits.FIGURES`."""
        return self._figure(lambda: exhibits.figure(name, self.done, self.lang))

    def figure_data(self, name: str) -> None:
        """Show the numbers in a figure as a table that unfolds, on a page only.

        For cells tagged ``html-only``: nothing but HTML is shown, so that other formats stay
        without it.
        """
        self._figure_data(lambda: exhibits.figure(name, self.done, self.lang))

    def municipality(self, code: str | None = None) -> Place:
        """Return what the sheet of one municipality shows.

        Without a code, the one named by :data:`MUNICIPALITY_VARIABLE`.
        """
        return Place(self, code or os.environ[MUNICIPALITY_VARIABLE])

    def findings(self, rule: str) -> Markdown:
        """List the findings under one rule at elections with the new ballot."""
        rows = self.done.frame("quality", rule=rule, election=list(self.done.elections()))
        return self.bullets([] if rows.empty else list(rows[f"sentence_{self.lang}"]))

    def changes(self) -> Markdown:
        """Print which counts of the user differ from the shipped ones; nothing without any."""
        shown = exhibits.table("changed", self.done, self.lang)
        return _markdown("") if shown.frame.empty else self.table("changed")

    def nationwide(self) -> Markdown:
        """Say what elections with the new ballot everywhere show; nothing without any."""
        texts = [self.sentence(name) for name in self.done.names("nationwide_")]
        return _markdown("\n\n".join(markdown_text(text) for text in texts))

    def sentence(self, name: str) -> str:
        """Return the sentence of a result; inline code is escaped by both engines."""
        return self._said(lambda: self.done.result(name))

    def lines(self, *names: str, key: str = "lines") -> Markdown:
        """List the single statements of results, each once; ``key`` may name others of them."""
        texts: dict[str, None] = {}
        for name in names:
            try:
                texts |= dict.fromkeys(self.done.result(name)[key][self.lang])
            except NotAvailableError as missing:
                texts[missing.words[self.lang]] = None
        return self.bullets(list(texts) or [say("exhibits.no_election", self.lang)])

    def latest(self, stem: str) -> str:
        """Return the sentence of ``<stem>_<election>`` of the newest election that has it."""
        return self._said(lambda: self.done.result(self.done.latest(stem)))

    def each(self, stem: str) -> Markdown:
        """Print the sentences of ``<stem>_<election>``, newest election first, as paragraphs."""
        names = [name for _, name in self.done.of_each(stem)]
        texts = [self.sentence(name) for name in reversed(names)] or [self.latest(stem)]
        return _markdown("\n\n".join(markdown_text(text) for text in texts))

    def value(self, name: str, *keys: str) -> Any:
        """Return one value from a result, such as ``value("plan", "version")``."""
        found: Any = self.done.result(name)
        for key in keys:
            found = found[key]
        return found

    def assumptions(self, *names: str) -> Markdown:
        """List the assumptions of results, each once; ``effect_*`` stands for every election."""
        texts: dict[str, str] = {}
        for name in names:
            stem, star, _ = name.partition("_*")
            found = [each for _, each in self.done.of_each(stem)] if star else [name]
            for result in found:
                if self.done.has(result):
                    texts |= {
                        each["key"]: each[self.lang]
                        for each in self.done.result(result)["assumptions"]
                    }
        return self.bullets(list(texts.values()))

    def bullets(self, texts: Sequence[str]) -> Markdown:
        """Print texts as a list, each safe inside Markdown; an empty list says so."""
        listed = list(texts) or [say("exhibits.no_findings", self.lang)]
        return _markdown("\n".join(f"- {markdown_text(text)}" for text in listed))

    def answers(self) -> Markdown:
        """Print the answers of the summary, each with its verdict in bold."""
        answers = self.done.result("summary_answers")[self.lang]
        lines = (f"- **{markdown_text(a)}** {markdown_text(b)}".rstrip() for a, b in answers)
        return _markdown("\n".join(lines))

    def date(self, text: str) -> str:
        """Print an ISO date in words."""
        return formatting.date(dt.date.fromisoformat(text), self.lang)

    def _table(self, find: Callable[[], Shown]) -> Markdown:
        try:
            shown = find()
        except NotAvailableError as missing:
            return _markdown(self._remark(missing.words[self.lang]))
        if shown.frame.empty:
            return _markdown(self._remark(say("exhibits.no_findings", self.lang)))
        return _markdown(to_markdown(shown.frame, view(shown.view, self.lang), self.lang))

    def _figure(self, find: Callable[[], Picture]) -> Figure:
        from evaluatie.answers.plots import not_available

        try:
            return find().draw()
        except NotAvailableError as missing:
            return not_available(missing.words[self.lang])

    def _figure_data(self, find: Callable[[], Picture]) -> None:
        from IPython.display import display

        try:
            shown = find().data
        except NotAvailableError:
            display({"text/html": "<!-- -->"}, raw=True)  # type: ignore[no-untyped-call]
            return
        words = say("exhibits.data_of_figure", self.lang)
        rows = to_html(shown.frame, view(shown.view, self.lang), self.lang, caption=words)
        summary = f"<summary>{html_text(words)}</summary>"
        text = f'<details class="figure-data">{summary}{rows}</details>'
        display({"text/html": text}, raw=True)  # type: ignore[no-untyped-call]

    def _said(self, find: Callable[[], dict[str, Any]]) -> str:
        try:
            sentence: str = find()["sentence"][self.lang]
        except NotAvailableError as missing:
            return missing.words[self.lang]
        return sentence

    def _remark(self, text: str) -> str:
        return to_markdown(pd.DataFrame({"remark": [text]}), view("remark", self.lang), self.lang)


@dataclass(frozen=True)
class Place:
    """What the sheet of one municipality shows; the shared text of all sheets asks for it."""

    report: Report
    code: str

    @property
    def _sheet(self) -> Sheet:
        return sheets.sheet_of(self.report.done, self.code)

    def sentences(self) -> Markdown:
        """List what is known in a few sentences."""
        return self.report.bullets(self._said(lambda sheet, lang: sheet.sentences(lang)))

    def remarks(self) -> Markdown:
        """List what else is known of its counts."""
        found = self._said(lambda sheet, lang: sheet.remarks(lang))
        return self.report.bullets(found or [say("sheets.no_remarks", self.report.lang)])

    def table(self) -> Markdown:
        """Print its shares, election by election."""
        return self.report._table(lambda: sheets.shares(self._sheet, self.report.lang))

    def effects(self) -> Markdown:
        """Print change, effect, votes lost and seat margin."""
        return self.report._table(lambda: sheets.effects(self._sheet, self.report.lang))

    def figure(self) -> Figure:
        """Draw its shares through time beside those of other municipalities."""
        return self.report._figure(self._picture)

    def figure_data(self) -> None:
        """Show the numbers in the figure, as :meth:`Report.figure_data` does."""
        self.report._figure_data(self._picture)

    def _picture(self) -> Picture:
        return sheets.picture(self._sheet, self.report.lang)

    def _said(self, texts: Callable[[Sheet, formatting.Language], list[str]]) -> list[str]:
        try:
            return texts(self._sheet, self.report.lang)
        except NotAvailableError as missing:
            return [missing.words[self.report.lang]]


def _markdown(text: str) -> Markdown:
    from IPython.display import Markdown

    return Markdown(text)  # type: ignore[no-untyped-call]
