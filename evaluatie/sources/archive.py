"""Zip archives of unknown origin, read as streams: nothing is ever unpacked to disk.

A member with a dangerous name, a link, encryption or an absurd ratio is refused by itself;
an archive that is no archive, lies about itself or is too large is refused as a whole.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

from evaluatie.ground.errors import InputError, in_file
from evaluatie.ground.files import unreadable
from evaluatie.sources.limits import (
    MAX_ARCHIVE_BYTES,
    MAX_ARCHIVE_MEMBERS,
    MAX_OFFICE_BYTES,
    MAX_RATIO,
    RATIO_FLOOR_BYTES,
    refuse_more,
)

Made = TypeVar("Made")

# What the standard library raises on broken archives, apart from OSError.
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNIMPORTANT = ("__MACOSX/", ".DS_Store", "Thumbs.db")


class Member(NamedTuple):
    """A file in an archive: its name as stored, its size, and why it is refused, if it is."""

    name: str
    size: int
    error: InputError | None


@contextmanager
def open_archive(path: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open an archive for reading; what Python says about broken ones becomes InputError."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _BROKEN as error:
        raise _broken(error) from None
    except OSError as error:
        raise unreadable(None, error) from None


def members(archive: zipfile.ZipFile) -> list[Member]:
    """List the files of an archive in the order of their names, with what is wrong with each.

    Folders and the litter of operating systems are left out.

    Raises
    ------
    InputError
        If the archive has too many files, too many bytes, or files that lie over each other.
    """
    infos = [info for info in archive.infolist() if not info.is_dir()]
    said = "more files in the archive than any election has"
    refuse_more(len(infos), MAX_ARCHIVE_MEMBERS, said, rule="number of files")
    total = sum(info.file_size for info in infos)
    said = "the archive unpacks to more than any election"
    refuse_more(total, MAX_ARCHIVE_BYTES, said, rule="unpacked bytes")
    _refuse_overlap(infos)
    seen: set[str] = set()
    found = []
    for info in sorted(infos, key=lambda each: each.filename):
        name = info.filename
        if name.startswith(_UNIMPORTANT) or name.rpartition("/")[2] in _UNIMPORTANT:
            continue
        found.append(Member(name, info.file_size, _refused(info, seen)))
        seen.add(name)
    return found


def sound_members(archive: zipfile.ZipFile) -> list[Member]:
    """List the files of an archive, or raise the error of the first that is refused."""
    listed = members(archive)
    for member in listed:
        if member.error is not None:
            member.error.file = label("", member.name)
            raise member.error
    return listed


@contextmanager
def open_member(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """Open one file of an archive as a stream; broken data becomes InputError."""
    try:
        with archive.open(name) as stream:
            yield stream
    except _BROKEN as error:
        raise _broken(error) from None


def of_members(content: bytes, read: Callable[[IO[bytes], str], Made]) -> Iterator[Made]:
    """Yield what ``read`` makes of every file of an archive, by its stream and its label."""
    with open_archive(io.BytesIO(content)) as archive:
        for member in sound_members(archive):
            name = label("", member.name)
            with in_file(name), open_member(archive, member.name) as stream:
                made = read(stream, name)
            yield made


def check_office(archive: zipfile.ZipFile) -> None:
    """Check that an XLSX or ODS file, which is an archive too, is safe to read as a whole."""
    listed = sound_members(archive)
    total, said = sum(member.size for member in listed), "the spreadsheet unpacks to too much"
    refuse_more(total, MAX_OFFICE_BYTES, said, rule="unpacked bytes")
    for member in listed:
        if not member.name.lower().endswith((".xml", ".rels")):
            continue
        with in_file(label("", member.name)), open_member(archive, member.name) as stream:
            # Also as UTF-16, where every other byte is zero.
            content = stream.read().replace(b"\x00", b"")
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                raise InputError("the spreadsheet declares a document type", rule="no DTD")


def label(file: str, name: str) -> str:
    """Name a member for people: without characters that a terminal would act upon."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    return f"{file}!{shown[:200]}"


def _refused(info: zipfile.ZipInfo, seen: set[str]) -> InputError | None:
    name = info.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        reason, rule = "the name leads out of the archive", "no path traversal"
    elif stat.S_ISLNK(info.external_attr >> 16):
        reason, rule = "a symbolic link, which is not followed", "no links"
    elif info.flag_bits & 0x1:
        reason, rule = "encrypted, and no password is asked for", "no encryption"
    elif info.compress_type not in _METHODS:
        reason = "packed by a method that zip files of counts do not use"
        rule = "stored or deflated"
    elif name in seen:
        reason, rule = "a second file of this name", "unique names"
    elif info.file_size > max(RATIO_FLOOR_BYTES, MAX_RATIO * max(info.compress_size, 1)):
        reason, rule = "unpacks to far more than its packed size allows", "no zip bomb"
    else:
        return None
    return InputError(reason, rule=rule)


def _refuse_overlap(infos: list[zipfile.ZipInfo]) -> None:
    end = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        if info.header_offset < end:
            raise InputError("files in the archive lie over each other", rule="no zip bomb")
        end = info.header_offset + info.compress_size


def _broken(error: Exception) -> InputError:
    message = " ".join(str(error).split())[:120]
    return InputError(f"not a sound zip archive ({message})", rule="zip archive")
