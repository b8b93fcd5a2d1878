"""Archives from outside: what does not belong there is refused, whatever else they hold."""

from __future__ import annotations

import random
import stat
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.core.errors import BadFormat, IntegrityError, StoreError
from assay.store.archive import Archive, Packing

LIMITS = {"a.json": 1000, "b.jsonl": 1000}


def packed(path: Path) -> Path:
    with Packing(path) as pack:
        pack.add("a.json", [b"{}", b"\n"])
        pack.add("b.jsonl", [b"1\n", b"2\n"])
    return path


def zipped(path: Path, members: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # zipfile warns of the double name that is meant
        for name, content in members:
            archive.writestr(name, content)
    return path


def read_all(path: Path) -> list[bytes]:
    with Archive(path, LIMITS) as archive:
        lines = list(archive.lines("b.jsonl", 100))
        return [archive.read("a.json"), archive.digest("b.jsonl").encode(), *lines]


def test_what_was_packed_is_read(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip")
    assert read_all(path)[0] == b"{}\n"
    assert read_all(path)[2:] == [b"1\n", b"2\n"]
    assert packed(tmp_path / "y.zip").read_bytes() == path.read_bytes()
    assert list(tmp_path.glob(".*")) == []


def torn() -> Iterator[bytes]:
    yield b"half"
    raise OSError("the disk is gone")


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip")
    before = path.read_bytes()
    with pytest.raises(StoreError), Packing(path) as pack:
        pack.add("a.json", torn())
    assert path.read_bytes() == before
    assert list(tmp_path.glob(".*")) == []
    with pytest.raises(StoreError):
        Packing(tmp_path / "nowhere" / "x.zip")


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("a.json")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


B = ("b.jsonl", b"")
HOSTILE: list[tuple[list[tuple[zipfile.ZipInfo | str, bytes]], str]] = [
    ([("../a.json", b""), B], "does not belong"),
    ([("/etc/a.json", b""), B], "does not belong"),
    ([("a.json", b""), B, ("c.json", b"")], "does not belong"),
    ([("a.json/", b""), B], "does not belong"),
    ([(link(), b"/etc/passwd"), B], "no plain file"),
    ([("a.json", b""), ("a.json", b""), B], "twice"),
    ([("a.json", b"0" * 1001), B], "larger than"),
    ([B], "a.json is missing"),
]


@pytest.mark.parametrize(("members", "why"), HOSTILE)
def test_what_does_not_belong(
    tmp_path: Path, members: list[tuple[zipfile.ZipInfo | str, bytes]], why: str
) -> None:
    with pytest.raises(IntegrityError, match=why):
        read_all(zipped(tmp_path / "x.zip", members))


def test_an_encrypted_member(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip")
    raw = path.read_bytes()
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.index(magic) + flags
        raw = raw[:at] + bytes([raw[at] | 1]) + raw[at + 1 :]
    path.write_bytes(raw)
    with pytest.raises(IntegrityError, match="encrypted"):
        read_all(path)


def test_a_size_that_lies(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("a.json", b"0" * 900_000), B])
    raw = path.read_bytes()
    size = (900_000).to_bytes(4, "little")
    path.write_bytes(raw.replace(size, (10).to_bytes(4, "little")))
    with pytest.raises(IntegrityError, match="cannot be unpacked"):
        read_all(path)


def test_a_line_without_an_end(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("a.json", b""), ("b.jsonl", b"0" * 101)])
    with pytest.raises(IntegrityError, match="too long"):
        read_all(path)


def test_no_archive(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no archive")
    for path in (tmp_path / "x.zip", tmp_path / "nowhere.zip", tmp_path):
        with pytest.raises(BadFormat, match="assay bundle"):
            read_all(path)


def test_any_damage_is_an_error_of_ours(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip")
    whole, content = path.read_bytes(), read_all(path)
    rng = random.Random(1)  # noqa: S311 - repeatable, not secret
    for _ in range(400):
        raw = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        path.write_bytes(bytes(raw[: rng.choice([len(raw), len(raw), rng.randrange(len(raw))])]))
        try:
            assert read_all(path) == content
        except (BadFormat, IntegrityError):
            continue
