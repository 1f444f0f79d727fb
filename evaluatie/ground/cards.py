"""Objects that print as a heading above names and values, on a screen and in a notebook."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from evaluatie.ground.escape import html_text, terminal_text

_WIDTH = 80


class Card:
    """What tells itself in a few lines instead of as one of all its fields."""

    def told(self) -> tuple[str, dict[str, object]]:
        """Return a heading, and what stands below it by name; what is None or empty does not."""
        raise NotImplementedError

    def __repr__(self) -> str:
        heading, lines = self._lines()
        wide = max((len(name) for name in lines), default=0) + 2
        shown = (
            textwrap.fill(
                f"{name + ':':<{wide}}{terminal_text(value)}",
                _WIDTH,
                initial_indent="  ",
                subsequent_indent=" " * (wide + 2),
                break_on_hyphens=False,
            )
            for name, value in lines.items()
        )
        return "\n".join([heading, *shown])

    def _repr_html_(self) -> str:
        heading, lines = self._lines()
        rows = "".join(
            f'<tr><th scope="row">{html_text(name)}</th><td>{html_text(value)}</td></tr>'
            for name, value in lines.items()
        )
        return f"<table><caption>{html_text(heading)}</caption>{rows}</table>"

    def _lines(self) -> tuple[str, dict[str, str]]:
        heading, lines = self.told()
        given = {name: value for name, value in lines.items() if value is not None and value != ""}
        return heading, {name: str(value) for name, value in given.items()}


def enumerated(values: Iterable[object], most: int = 12) -> str:
    """Return values with commas, of many only the first and how many there are."""
    texts = [str(each) for each in values]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
