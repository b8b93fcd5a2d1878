"""Histories that were made to hurt: safe handling, or a clear error."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from tests.tasks.histories import DAY, START, Past, fixed
from tests.tasks.mined import mined

from assay.core.errors import HistoryError, UsageError

TEST = {"tests/test_it.py": "def test():\n    assert f3() == 0\n"}


def refused(past: Past) -> dict[str, int]:
    """Return why nothing was mined, besides the first commit."""
    tasks, left_out = mined(past.folder)
    assert tasks == []
    left_out.pop("the first of a history", None)
    return left_out


def planted(past: Past, entries: list[tuple[str, bytes, str]]) -> None:
    """Commit a tree that git's own commands refuse to make, over an empty one.

    Parameters
    ----------
    past
        The repository.
    entries
        Mode, name and object of each entry besides a test.
    """
    blob = past.raw("blob", b"assert 1\n")
    made = sorted([*entries, ("100644", b"test_it.py", blob)], key=lambda entry: entry[1])
    listed = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(id_)
                      for mode, name, id_ in made)  # fmt: skip
    first = past.tip or past.commit({"z.py": "1\n"})
    who = f"A <a@example.org> {START + 9 * DAY} +0000"
    head = f"tree {past.raw('tree', listed)}\nparent {first}\nauthor {who}\ncommitter {who}\n\n"
    tip = past.raw("commit", head.encode() + b"Mend what was wrong with all of this at once\n")
    past.git("update-ref", "refs/heads/main", tip)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"..", "a path leads out of the tree"),
        (b".", "a path leads out of the tree"),
        (b".git", "a path leads into .git"),
        (b".GIT", "a path leads into .git"),
        (b"git~1", "a path leads into .git"),
        (b"a\\b", "a path that not every system can hold"),
        (b"a\nb", "a path that not every system can hold"),
        (b"\x1b[2J", "a path that not every system can hold"),
        (b"\xe2\x80\x8b.git", "a path that not every system can hold"),
        (b"C:", "a path that not every system can hold"),
        (b"\xff", "a path is no UTF-8"),
    ],
)
def test_paths_that_lead_elsewhere(tmp_path: Path, name: bytes, reason: str) -> None:
    past = Past(tmp_path / "it")
    inner = past.raw("tree", b"100644 a.py\0" + bytes.fromhex(past.raw("blob", b"1\n")))
    planted(past, [("40000", name, inner)])
    assert refused(past) == {reason: 1}


def test_slashes_in_a_name(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    planted(past, [("100644", b"../../out.py", past.raw("blob", b"1\n"))])
    assert refused(past) == {"a path leads out of the tree": 1}


def test_symbolic_links(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a.py": "1\n"})
    past.commit({"a.py": "/etc/passwd", **TEST}, modes={"a.py": "120000"})
    past.commit({"a.py": "2\n", "tests/test_it.py": "2\n"})
    assert refused(past) == {"changes a symbolic link": 2}


def test_submodules(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    secret = Past(tmp_path / "secret")
    fixed(secret)
    past.commit({"a.py": "1\n"})
    settings = f'[submodule "s"]\n\tpath = s.py\n\turl = file://{secret.folder}\n'
    files = {"a.py": "2\n", "s.py": secret.tip, ".gitmodules": settings, **TEST}
    past.commit(files, modes={"s.py": "160000"})
    assert refused(past) == {"changes a submodule": 1}


def test_names_that_differ_only_in_case(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a.py": "1\n"})
    past.commit({"b.py": "2\n", "B.py": "3\n", **TEST})
    assert refused(past) == {"names that differ only in case": 1}


def test_messages_that_are_no_text(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a.py": "1\n"})
    past.commit({"a.py": "2\n", **TEST}, b"Mend \xff\xfe it\n\n\x1b[31m and so on")
    (task,), _ = mined(past.folder)
    assert task.statement == "Mend �� it\n\n[31m and so on"


@pytest.mark.parametrize("when", ["99999999999999", "-5", "9223372036854775808", "x", ""])
def test_dates_that_cannot_be(tmp_path: Path, when: str) -> None:
    past = Past(tmp_path / "it")
    first, fix = past.commit({"a.py": "1\n"}), past.commit({"a.py": "2\n", **TEST})
    tree = past.git("rev-parse", f"{fix}^{{tree}}").decode().strip()
    who = f"A <a@example.org> {when} +0000"
    told = f"tree {tree}\nparent {first}\nauthor {who}\ncommitter {who}\n\nMend it, whenever\n"
    past.git("update-ref", "refs/heads/main", past.raw("commit", told.encode()))
    assert refused(past) == {"a date that cannot be": 1}


def test_a_missing_blob(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    fix = fixed(past)
    past.git("unpack-objects", "-q", stdin=packed(past))
    blob = past.git("rev-parse", f"{fix}:src/it.py").decode().strip()
    (past.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert refused(past) == {"objects are missing": 1}


def packed(past: Past) -> bytes:
    """Take the packs away and return them as one."""
    whole = past.git("pack-objects", "--all", "--stdout", "-q")
    for pack in (past.folder / ".git" / "objects" / "pack").iterdir():
        pack.unlink()
    return whole


def test_a_missing_tree(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    fix = fixed(past)
    past.git("unpack-objects", "-q", stdin=packed(past))
    tree = past.git("rev-parse", f"{fix}^{{tree}}").decode().strip()
    (past.folder / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(HistoryError, match="git log"):
        mined(past.folder)


def test_sizes_are_asked_before_contents_are_read(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    name = "12" * 20  # an object that says how large it is, and whose content nobody can read
    place = past.folder / ".git" / "objects" / name[:2]
    place.mkdir()
    (place / name[2:]).write_bytes(zlib.compress(b"blob %d\0" % (8 << 30)))
    planted(past, [("100644", b"a.py", name)])
    assert refused(past) == {"a file that is too large": 1}


def test_messages_and_commits_without_end(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a.py": "1\n"})
    past.commit({f"d{n}/f{n}.py": "" for n in range(1_000)}, "Many")
    past.commit({"a.py": "2\n", **TEST}, "word " * 200_000)
    (task,), left_out = mined(past.folder)
    assert len(task.statement) <= 100_000
    assert left_out["changes more files than are looked at"] == 1


def test_programs_that_a_repository_names_are_not_run(tmp_path: Path) -> None:
    past, marker = Past(tmp_path / "it"), tmp_path / "marker"
    past.commit({"a.py": "1\n", ".gitattributes": "*.py diff=x filter=x\n"})
    past.commit({"a.py": "2\n", **TEST})
    past.git("reset", "--hard", "--quiet")
    for key in ("core.fsmonitor", "diff.external", "diff.x.textconv", "diff.x.command",
                "filter.x.smudge", "filter.x.clean", "core.pager", "gpg.program"):  # fmt: skip
        past.git("config", key, f"touch {marker}; cat")
    (past.folder / ".git" / "info").mkdir(exist_ok=True)
    (past.folder / ".git" / "info" / "attributes").write_text("* diff=x\n", encoding="ascii")
    assert len(mined(past.folder)[0]) == 1
    assert not marker.exists()


def test_a_git_file_that_points_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "it"
    folder.mkdir()
    (folder / ".git").write_text("gitdir: ../../../../../../etc\n", encoding="ascii")
    with pytest.raises(UsageError, match="is no git repository"):
        mined(folder)
