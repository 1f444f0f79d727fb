"""How much a file may ask for before it is refused, and why that much.

No official file comes near any of these limits. They bound memory and time for files that
were made to exhaust them.
"""

from __future__ import annotations

from evaluatie.ground.errors import InputError

CHUNK_BYTES = 1 << 18
"""Read at a time: larger is not faster, and every open file costs a few of these."""

MAX_PROLOG_BYTES = 1 << 16
"""Before the root element stand a declaration and perhaps a comment: about 100 bytes."""

MAX_BLOCK_BYTES = 4 << 20
"""XML between two finished blocks. The largest real block (the national total of TK2021, with
short codes) has 0.3 MB; the parser may spend some thirty times its bytes on a block of tiny
elements, so this also bounds memory, at about 120 MB for the worst file."""

MAX_UNITS = 100_000
"""Reporting units in one file: the country has about 10,000 polling stations."""

MAX_SELECTIONS = 20_000
"""Rows of votes in one unit: the longest real ballot had about 1,650 candidates and lists."""

MAX_COUNT_DIGITS = 9
"""Digits of one count: the electorate has eight."""

MAX_NAME_LENGTH = 1_000
"""Characters of one name or identifier: the law allows a list 35, stations use up to 150."""

MAX_ARCHIVE_MEMBERS = 20_000
"""Files in one archive: an election of all municipalities has about 1,100."""

MAX_ARCHIVE_BYTES = 64 << 30
"""Unpacked bytes of one archive, read as a stream: a national election with every station
and candidate has about 1.5 GB."""

MAX_RATIO = 250
"""Unpacked to packed bytes of one member. Real counts reach 33; a bomb 1,000 and more."""

RATIO_FLOOR_BYTES = 1 << 20
"""Members below this size may have any ratio: they cannot hurt."""

MAX_TABLE_BYTES = 32 << 20
"""One delimited table, which is read as a whole: the largest real one (votes per list and
polling station, TK2023) has 26 MB."""

MAX_OFFICE_BYTES = 48 << 20
"""Unpacked bytes of one spreadsheet."""

MAX_SHEET_CELLS = 1_000_000
"""Cells of one spreadsheet, empty ones between others too: the largest table that ships has
155,000."""

MAX_SHEET_ROWS = 200_000
"""Rows of one spreadsheet: the country has about 10,000 polling stations."""

MAX_PARQUET_CELLS = 3_000_000
"""Cells of one Parquet table that is read as a whole."""

MAX_PARQUET_BYTES = 64 << 20
"""Unpacked bytes of one Parquet table, as its foot states them."""

MAX_INNER_BYTES = 64 << 20
"""One archive inside another, which is held in memory: counting software packs one municipality
so, a few MB."""


def refuse_more(found: int, most: int, message: str, *, rule: str) -> None:
    """Refuse a file that has more of something than one of these limits."""
    if found > most:
        raise InputError(message, rule=rule, value=found, expected=f"at most {most}")
