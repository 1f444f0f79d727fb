"""Zip archives of unknown origin."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import synthetic_eml as synthetic

from evaluatie.ground.errors import InputError
from evaluatie.sources import archive, intake, limits
from evaluatie.sources.intake import Options, expand, read_item


def write(path: Path, files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def outcomes(path: Path) -> dict[str, str]:
    """Give rule or "read" per member."""
    pieces = [read_item(item, Options()) for item in expand([path])]
    return {
        piece.label.rpartition("!")[2]: piece.status
        if piece.error is None
        else str(piece.error.rule)
        for piece in pieces
    }


def test_members_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"b.xml": synthetic.count(), "a.csv": synthetic.osv()})
    assert outcomes(path) == {"a.csv": "read", "b.xml": "read"}


def first(path: Path) -> str:
    """Give the outcome of the first member."""
    return next(iter(outcomes(path).values()))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("../evil.xml", "no path traversal"),
        ("a/../../evil.xml", "no path traversal"),
        ("/etc/evil.xml", "no path traversal"),
        ("..\\evil.xml", "no path traversal"),
        ("C:\\evil.xml", "no path traversal"),
    ],
)
def test_names_that_lead_out(tmp_path: Path, name: str, rule: str) -> None:
    path = write(tmp_path / "a.zip", {name: synthetic.count(), "good.xml": synthetic.count()})
    found = outcomes(path)
    assert found.pop("good.xml") == "read"
    assert list(found.values()) == [rule]
    assert sorted(tmp_path.iterdir()) == [path], "nothing is ever unpacked"


def test_links_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        link = zipfile.ZipInfo("link.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
        made.writestr("good.xml", synthetic.count())
    assert outcomes(path) == {"good.xml": "read", "link.xml": "no links"}


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"secret.xml": synthetic.count()})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(signature) + offset
        content[at] |= 1
    path.write_bytes(bytes(content))
    assert outcomes(path) == {"secret.xml": "no encryption"}


def test_other_packing_methods_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"a.xml": synthetic.count()}, zipfile.ZIP_LZMA)
    assert outcomes(path) == {"a.xml": "stored or deflated"}


def test_a_bomb_is_refused_unread(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"bomb.xml": b" " * (50 << 20), "good.xml": synthetic.count()})
    assert path.stat().st_size < 100_000
    assert outcomes(path) == {"bomb.xml": "no zip bomb", "good.xml": "read"}


def test_files_over_each_other_are_refused(tmp_path: Path) -> None:
    """The trick of bombs that reuse one packed file many times."""
    path = write(tmp_path / "a.zip", {"a.xml": b"x" * 5000, "b.xml": b"y" * 5000})
    content = bytearray(path.read_bytes())
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(bytes(content))
    assert list(outcomes(path).values()) == ["no zip bomb"]


def test_a_member_that_lies_about_its_size(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"a.xml": synthetic.count()})
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<I", 100)
    path.write_bytes(bytes(content))
    assert first(path) in ("zip archive", "well-formed XML")


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_truncated_archives(tmp_path: Path, keep: float) -> None:
    path = write(tmp_path / "a.zip", {"a.xml": synthetic.count(), "b.xml": synthetic.count()})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    assert list(outcomes(path).values()) == ["zip archive"]


def test_damaged_data(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"a.xml": synthetic.count()})
    content = bytearray(path.read_bytes())
    for at in range(60, 90):
        content[at] ^= 0xFF
    path.write_bytes(bytes(content))
    assert first(path) in (
        "zip archive",
        "well-formed XML",
        "supported format",
    )


def test_an_archive_in_an_archive_is_read_and_one_deeper_is_not(tmp_path: Path) -> None:
    whole = {"a.xml": synthetic.count(), "a.xml.signature": b"\xd2\xf4\x00", "r.pdf": b"%PDF-1.7"}
    inner = write(tmp_path / "inner.zip", whole).read_bytes()
    middle = write(tmp_path / "middle.zip", {"inner.zip": inner, "b.xml": b"<a/>"}).read_bytes()
    path = write(tmp_path / "outer.zip", {"inner.zip": inner, "good.xml": synthetic.count()})
    assert outcomes(path) == {
        "good.xml": "read",
        "a.xml": "read",
        "a.xml.signature": "no counts",
        "r.pdf": "no counts",
    }
    deep = write(tmp_path / "deep.zip", {"middle.zip": middle})
    assert outcomes(deep) == {"inner.zip": "one archive deep", "b.xml": "well-formed XML"}
    assert list(outcomes(write(tmp_path / "empty.zip", {})).values()) == ["not empty"]


def test_an_inner_archive_that_is_broken_or_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = write(tmp_path / "inner.zip", {"a.xml": synthetic.count()}).read_bytes()
    broken = write(tmp_path / "outer.zip", {"inner.zip": inner[:-30]})
    assert outcomes(broken) == {"inner.zip": "zip archive"}
    monkeypatch.setattr(intake, "MAX_INNER_BYTES", 100)
    large = write(tmp_path / "large.zip", {"inner.zip": inner})
    assert outcomes(large) == {"inner.zip": "size of an inner archive"}


def test_too_many_members_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.zip", {f"{n}.xml": b"<a/>" for n in range(4)})
    monkeypatch.setattr(archive, "MAX_ARCHIVE_MEMBERS", 3)
    assert list(outcomes(path).values()) == ["number of files"]
    monkeypatch.setattr(archive, "MAX_ARCHIVE_MEMBERS", limits.MAX_ARCHIVE_MEMBERS)
    monkeypatch.setattr(archive, "MAX_ARCHIVE_BYTES", 10)
    assert list(outcomes(path).values()) == ["unpacked bytes"]


def test_litter_is_passed_over_and_labels_are_harmless(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.zip",
        {
            "__MACOSX/._a.xml": b"x",
            "folder/.DS_Store": b"x",
            "\x1b[31mred\u202e.xml": synthetic.count(),
        },
    )
    (item,) = expand([path])
    assert all(character.isprintable() for character in item.label)
    assert read_item(item, Options()).status == "read"


def test_a_name_that_stands_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a.xml", synthetic.count())
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("a.xml", synthetic.count())
    items = expand([path])
    assert [item.error is None for item in items] == [True, False]


def test_broken_bytes_never_raise_anything_else() -> None:
    for content in (b"PK\x03\x04", b"PK\x05\x06" + b"\x00" * 18, b"PK\x05\x06" + b"\xff" * 18):
        try:
            with archive.open_archive(io.BytesIO(content)) as opened:
                archive.members(opened)
        except InputError as error:
            assert error.rule == "zip archive"  # noqa: PT017
