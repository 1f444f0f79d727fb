"""From a path to pieces: which files there are, and what each of them says.

This is the part that runs in worker processes. Nothing that a file holds makes it raise
anything but an EvaluatieError, and that travels back inside the piece.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Literal

import pandas as pd

from evaluatie.counts.checking import check_table
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import EvaluatieError, InputError, in_file
from evaluatie.ground.files import too_large, unreadable
from evaluatie.sources import archive, detect, kiesraad_csv, media, office, user_tables
from evaluatie.sources.catalogue import Source, catalogue
from evaluatie.sources.columns import LEVEL_TABLES
from evaluatie.sources.documents import Document, Finding, Severity
from evaluatie.sources.eml import read_counts
from evaluatie.sources.eml_lists import CandidateName, ListSeats, read_candidates, read_result
from evaluatie.sources.limits import MAX_INNER_BYTES, MAX_TABLE_BYTES
from evaluatie.sources.osv import read_osv
from evaluatie.sources.xml_stream import Read

Tables = Mapping[str, pd.DataFrame]
_FIRST_COUNTS: Mapping[str, Callable[[bytes], Tables]] = {
    "anp": media.read_anp,
    "nos": media.read_nos,
}
"""Reader of each layout of provisional counts, by its name in :mod:`.detect`."""
READERS: Mapping[str, Callable[[bytes], Tables]] = {
    **_FIRST_COUNTS,
    "wide": kiesraad_csv.read_wide,
    "wide-2010": functools.partial(kiesraad_csv.read_wide, layout=kiesraad_csv.WIDE_2010),
    "totals": functools.partial(kiesraad_csv.read_wide, layout=kiesraad_csv.TOTALS),
    "fields": kiesraad_csv.read_fields,
    "municipal": kiesraad_csv.read_municipal,
    "national": kiesraad_csv.read_regions,
    "stations": kiesraad_csv.read_station_lists,
    "ep2024": functools.partial(kiesraad_csv.read_wide, layout=kiesraad_csv.EP2024),
}
"""Reader of each layout of counts, by its name in :mod:`.detect`."""
# Layouts that one election was published in; the file itself does not name it.
_ELECTION_OF_LAYOUT = {"ep2024": "EP2024", "anp": "TK2025"}
_TARGETS = {
    **dict.fromkeys(("list_votes", "region_list_votes", "national_list_votes"), "unit_list_votes"),
    "region_totals": "unit_totals",
}
"""The table that rows of a reader go into, where it has another name."""
_MADE_BY_INGEST = ("findings", "files", "candidate_names")
_ELECTION_OF_FOLDER = re.compile(r"[\\/]election=([A-Z]{2}[0-9]{4})[\\/]")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SIGNATURES = {"signature", "sig", "p7s", "asc", "sha256", "sha512", "md5"}
_ELECTION_IN_NAME = re.compile(r"(?<![A-Z])(TK|EP|GR|PS)((?:19|20)\d\d)(?!\d{5})")


@dataclass(frozen=True)
class Item:
    """A file, or a member of an archive, or of an archive in it: ``inside`` names them in turn.

    ``error`` is set where it is refused unread, ``note`` where it is passed over unread.
    """

    path: str
    size: int
    label: str
    inside: tuple[str, ...] = ()
    error: EvaluatieError | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """Its own name, without folders."""
        return Path(self.inside[-1] if self.inside else self.label).name


@dataclass(frozen=True)
class Options:
    """What is wanted of every file.

    ``candidates``: read every candidate: ``no``, ``check`` (compare with the lists, then drop) or
    ``keep``. ``election`` is that of files that do not name theirs.
    """

    candidates: Literal["no", "check", "keep"] = "no"
    election: str | None = None


@dataclass
class Piece:
    """What one file says."""

    label: str
    size: int
    format: str = ""
    status: Literal["read", "no counts", "refused"] = "read"
    document: Document | None = None
    tables: Tables = field(default_factory=dict)
    names: list[CandidateName] = field(default_factory=list)
    seats: list[ListSeats] = field(default_factory=list)
    error: EvaluatieError | None = None
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def units(self) -> int:
        """How many reporting units were read."""
        return 0 if self.document is None else len(self.document.units)


def expand(paths: Iterable[Path | str]) -> list[Item]:
    """List every file under the paths, and every member of the archives among them.

    Folders are walked in the order of names, links to folders are not followed, and hidden
    files are passed over. Sockets, pipes and devices are refused.
    """
    items: list[Item] = []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(each for each in folders if not each.startswith("."))
                for name in sorted(names):
                    if not name.startswith("."):
                        items.extend(_expand_file(Path(folder) / name))
        elif os.path.lexists(path):
            items.extend(_expand_file(path))
        else:
            raise InputError("there is no such file or folder", file=path, rule="readable")
    return items


def read_items(items: Sequence[Item], options: Options) -> list[Piece]:
    """Read several items of one file or archive; see :func:`read_item`."""
    return [read_item(item, options) for item in items]


def read_item(item: Item, options: Options) -> Piece:
    """Read one item; what is wrong with it stands in the piece."""
    piece = Piece(item.label, item.size)
    try:
        with in_file(item.label):
            if item.error is not None:
                raise item.error
            if item.note:
                return Piece(item.label, item.size, item.note, "no counts")
            with _opened(item) as stream:
                _read(stream, item, options, piece)
    except EvaluatieError as error:
        if item.inside and isinstance(error, detect.CompanionError):
            # What is published beside counts: the printed record, pictures, a read-me.
            return Piece(item.label, item.size, error.what, "no counts")
        piece.error = error
    except OSError as error:
        piece.error = unreadable(item.label, error)
    except (MemoryError, RecursionError):
        piece.error = InputError("needs more memory than there is", file=item.label, rule="memory")
    if piece.error is not None:
        return Piece(item.label, item.size, piece.format, "refused", error=piece.error)
    return piece


def is_candidate_list(item: Item) -> bool:
    """Tell whether an item is a candidate list (EML 230), by its first bytes."""
    try:
        with _opened(item) as stream:
            return detect.detect(stream.read(4096)).reader == "eml-candidates"
    except (EvaluatieError, OSError):
        return False  # whatever is wrong with it is told when it is read


def drop_candidates(document: Document) -> None:
    """Forget the votes of candidates, once they are checked or written."""
    document.units = [unit._replace(candidate_votes=None) for unit in document.units]
    document.totals = [unit._replace(candidate_votes=None) for unit in document.totals]
    document.slates = [
        replace(slate, candidate_list=(), candidate_numbers=(), short_codes=(), candidate_names=())
        for slate in document.slates
    ]


def _expand_file(path: Path) -> list[Item]:
    # A name that is not UTF-8 on disk is written with what its bytes are: \udcff.
    label = str(path).encode("utf-8", "backslashreplace").decode()
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError("not a regular file", file=label, rule="regular file")
        with path.open("rb") as handle:
            is_zip = handle.read(4) in _ZIP
        if is_zip:
            return _members(path, Item(str(path), status.st_size, label))
    except EvaluatieError as error:
        return [Item(str(path), 0, label, error=error)]
    except OSError as error:
        return [Item(str(path), 0, label, error=unreadable(label, error))]
    return [Item(str(path), status.st_size, label)]


def _members(content: Path | IO[bytes], item: Item) -> list[Item]:
    """Return what an archive holds, and what archives in it hold; a spreadsheet is one item."""
    with archive.open_archive(content) as opened:
        if office.is_office(opened):
            return [item]
        listed = archive.members(opened)
        names = {each.name for each in listed}
        found = []
        for each in listed:
            label, inside = archive.label(item.label, each.name), (*item.inside, each.name)
            note = "signature" if _signs(each.name, names) else ""
            own = Item(item.path, each.size, label, inside, each.error, note)
            if item.inside or own.error or note:
                found.append(own)
            else:
                found.extend(_expand_member(opened, own))
    if not found:
        raise InputError("the archive is empty", file=item.label, rule="not empty")
    return found


def _signs(name: str, names: set[str]) -> bool:
    """Whether a file is the signature or checksum of another one beside it."""
    of, _, suffix = name.rpartition(".")
    return of in names and suffix.lower() in _SIGNATURES


def _expand_member(opened: zipfile.ZipFile, item: Item) -> list[Item]:
    try:
        with archive.open_member(opened, item.inside[0]) as stream:
            if stream.read(4) not in _ZIP:
                return [item]
        return _members(_held(opened, item), item)
    except EvaluatieError as error:
        return [replace(item, error=error)]


def _held(opened: zipfile.ZipFile, item: Item) -> IO[bytes]:
    """Return the content of an archive in an archive."""
    with archive.open_member(opened, item.inside[0]) as stream:
        content = stream.read(MAX_INNER_BYTES + 1)
    if len(content) > MAX_INNER_BYTES:
        said, most = "an archive inside an archive that is larger than any", MAX_INNER_BYTES >> 20
        rule = "size of an inner archive"
        raise InputError(said, rule=rule, expected=f"at most {most} MB")
    return io.BytesIO(content)


@contextmanager
def _opened(item: Item) -> Iterator[IO[bytes]]:
    if not item.inside:
        with Path(item.path).open("rb") as stream:
            yield stream
        return
    opened = _archive(item.path, Path(item.path).stat().st_mtime_ns, item.inside[:-1])
    with archive.open_member(opened, item.inside[-1]) as member:
        yield member


# Opening an archive reads its whole directory; a worker meets its members in a row, and holds one
# archive of another, which is opened every time that one of these is made.
@functools.lru_cache(maxsize=2)
def _archive(path: str, changed: int, inside: tuple[str, ...]) -> zipfile.ZipFile:
    label = path
    content: Path | IO[bytes] = Path(path)
    if inside:
        label = archive.label(path, inside[0])
        content = _held(_archive(path, changed, ()), Item(path, 0, label, inside))
    with archive.open_archive(content):
        return zipfile.ZipFile(content)


def _read(stream: IO[bytes], item: Item, options: Options, piece: Piece) -> None:
    head = stream.read(detect.HEAD_BYTES)
    found = detect.detect(head)
    piece.format = found.name
    stream.seek(0)
    read, with_candidates = stream.read, options.candidates != "no"
    match found.reader:
        case "eml-count":
            piece.document = read_counts(read, file=item.label, candidates=with_candidates)
        case "eml-candidates":
            piece.names = read_candidates(read)
        case "eml-result":
            piece.seats = read_result(read)
        case "none":
            piece.status = "no counts"
        case "osv":
            content = _whole(read)
            piece.document = read_osv(content, file=item.label, candidates=with_candidates)
        case layout if layout in READERS:
            piece.tables = _tables(_whole(read), layout, item, options, piece)
        case "user":
            _own(piece, user_tables.read_csv_table(_whole(read), file=item.label))
        case "parquet":
            election = _ELECTION_OF_FOLDER.search(item.path)
            content, name = _whole(read), election[1] if election else None
            made = user_tables.read_parquet_table(content, file=item.label, election=name)
            _own(piece, made, by_hand=False)
        case "zip":
            content = _whole(read)
            with archive.open_archive(io.BytesIO(content)) as opened:
                if item.inside and not office.is_office(opened):
                    said = "an archive in an archive in an archive is not opened"
                    raise InputError(said, rule="one archive deep")
            piece.format = "own table (spreadsheet)"
            _own(piece, user_tables.read_office_table(content, file=item.label))
    if options.candidates == "check" and piece.document is not None:
        drop_candidates(piece.document)


def _own(piece: Piece, made: user_tables.Named, *, by_hand: bool = True) -> None:
    """Take a table of the user's own, and tell what of its file is not in it."""
    if made.name in _MADE_BY_INGEST:
        piece.status, piece.format = "no counts", f"{made.name} of an earlier reading"
        return
    if by_hand and made.rows.empty:  # ingest writes a table without rows where there is nothing
        piece.status, piece.format = "no counts", "headings without rows"
        return
    piece.tables = {made.name: made.rows}
    for rule, names in (("columns used", made.columns), ("sheets read", made.sheets)):
        if names:
            _find(piece, rule, ", ".join(names), made.sheet, "warning")


def _find(piece: Piece, rule: str, value: str, expected: str, severity: Severity) -> None:
    piece.findings.append(Finding(piece.label, "", "", rule, value, expected, severity))


def _tables(content: bytes, layout: str, item: Item, options: Options, piece: Piece) -> Tables:
    """Read a delimited table and add what the file itself does not say."""
    known = _catalogued(content)
    read = dict(READERS[layout](content))
    for passed in read.pop("passed_over", pd.DataFrame({"what": []}))["what"]:
        _find(piece, "rows used", passed, "", "info")
    if "region_totals" in read:
        regions = ", ".join(dict.fromkeys(read["region_totals"]["name"]))
        _find(piece, "municipalities", regions, "", "warning")
    election = options.election or _ELECTION_OF_LAYOUT.get(layout)
    if known is not None and known.elections:
        election = known.elections[0]
    if election is None:
        in_name = _ELECTION_IN_NAME.search(item.name)
        election = in_name[1] + in_name[2] if in_name else None
    head = {
        "election": election,
        "vintage": "provisional" if layout in _FIRST_COUNTS else "official",
        "source": known.id if known else item.name,
        "file": item.label,
    }
    names = dict(known.names) if known else {}
    return {_TARGETS.get(name, name): _full(name, rows, head, names) for name, rows in read.items()}


def _full(
    name: str, rows: pd.DataFrame, head: Mapping[str, str | None], names: Mapping[str, str]
) -> pd.DataFrame:
    if "election" not in rows and head["election"] is None:
        raise InputError(
            "neither the file nor its name says which election it is of; name it",
            rule="election known",
            expected="election such as TK2021",
        )
    full = rows.assign(**{column: head[column] for column in head if column not in rows})
    for column in {"municipality", "list_name"} & {*full.columns}:
        full[column] = full[column].replace(names)
    if "municipality" in full:
        full["municipality"] = full["municipality"].fillna(full["municipality_code"])
    if name == "list_votes":
        full = full.assign(level="municipality", unit=full["municipality_code"])
    elif name == "national_list_votes":
        full = full.assign(level="national", unit="", municipality_code=None)
    return check_table(full, {**TABLES, **LEVEL_TABLES}[_TARGETS.get(name, name)])


def _catalogued(content: bytes) -> Source | None:
    digest = hashlib.sha256(content).hexdigest()
    return next((each for each in catalogue() if each.sha256 == digest), None)


def _whole(read: Read) -> bytes:
    content = bytearray()
    while chunk := read(1 << 20):
        content += chunk
        if len(content) > MAX_TABLE_BYTES:
            raise too_large(f"at most {MAX_TABLE_BYTES >> 20} MB")
    return bytes(content)
