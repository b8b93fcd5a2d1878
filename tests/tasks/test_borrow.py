"""A history is read as it is, whatever the repository's own files would have git do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.tasks.histories import Past, fixed

from assay.core.errors import HistoryError, UsageError
from assay.tasks.borrow import borrowed
from assay.tasks.git import git
from assay.tasks.history import commits, count


def told(repo: Path, revision: str = "HEAD", *, merges: bool = False) -> list[str]:
    """Return the first lines of all messages, newest first."""
    with borrowed(repo, revision) as history:
        found = [one.message.partition("\n")[0] for one in commits(history, merges=merges)]
        assert count(history, merges=merges) == len(found)
    return found


def two(past: Past) -> Past:
    past.commit({"a.py": "1\n"}, "first")
    past.commit({"a.py": "2\n"}, "second")
    return past


def test_every_shape_of_repository_is_read(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))
    past.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    past.git("reset", "--hard", "--quiet")
    past.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    past.git("clone", "--quiet", "--shared", ".", str(tmp_path / "shared"))
    past.git("pack-refs", "--all")
    for folder in ("it", "bare.git", "linked", "shared"):
        assert told(tmp_path / folder) == ["second", "first"], folder


def test_long_names_of_objects(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it", form="sha256"))
    with borrowed(past.folder) as history:
        assert len(history.tip) == 64
    assert told(past.folder) == ["second", "first"]


def test_a_shallow_clone_ends_where_it_was_cut(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))
    past.git("clone", "--quiet", "--depth=1", f"file://{past.folder}", str(tmp_path / "cut"))
    assert told(tmp_path / "cut") == ["second"]


def test_any_revision(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))
    past.git("tag", "-a", "-m", "one", "v1", "main~1")
    past.git("branch", "other", "main~1")
    for revision in ("v1", "other", "main~1", past.git("rev-parse", "main~1").decode().strip()):
        assert told(past.folder, revision) == ["first"]


@pytest.mark.parametrize("revision", ["nothing", "--all", "", "main:a.py", "../x", "HEAD\nmain"])
def test_no_such_revision(tmp_path: Path, revision: str) -> None:
    past = two(Past(tmp_path / "it"))
    with pytest.raises(UsageError, match="has no commit"):
        told(past.folder, revision)


def test_replacements_and_grafts_are_not_followed(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))
    first, second = past.git("rev-parse", "main~1", "main").decode().split()
    past.git("replace", second, first)
    info = past.folder / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "grafts").write_text(f"{second}\n", encoding="ascii")
    assert told(past.folder) == ["second", "first"]


def test_broken_configuration_leaves_the_length_of_names_to_the_refs(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it", form="sha256"))
    (past.folder / ".git" / "config").write_text("[core\n", encoding="ascii")
    assert told(past.folder) == ["second", "first"]


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    past = two(Past(tmp_path / 'a\n"b\\'))
    assert told(past.folder) == ["second", "first"]


def test_its_configuration_is_not_obeyed(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))
    config = past.folder / ".git" / "config"
    config.write_text("[include]\n\tpath = /dev/zero\n[core\n", encoding="ascii")  # endless, broken
    assert told(past.folder) == ["second", "first"]


def test_alternates_are_followed_to_plain_objects_only(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))
    past.git("clone", "--quiet", "--shared", ".", str(tmp_path / "shared"))
    shutil.rmtree(past.folder)
    with pytest.raises((UsageError, HistoryError)):
        told(tmp_path / "shared")


def test_pipes_among_the_objects_are_refused(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))
    pack = past.folder / ".git" / "objects" / "pack"
    pack.mkdir(exist_ok=True)
    os.mkfifo(pack / "pack-1.idx")
    with pytest.raises(UsageError, match="no plain file"):
        told(past.folder)


def test_refs_that_are_links_are_not_taken(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))
    secret = tmp_path / "secret"
    secret.write_text("0" * 40, encoding="ascii")
    (past.folder / ".git" / "refs" / "heads" / "linked").symlink_to(secret)
    assert told(past.folder) == ["second", "first"]
    with pytest.raises(UsageError):
        told(past.folder, "linked")


def test_what_is_no_repository(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    file = tmp_path / "file"
    file.write_text("x", encoding="ascii")
    for place in (empty, file, tmp_path / "nowhere"):
        with pytest.raises(UsageError, match="is no git repository"):
            told(place)
    Past(tmp_path / "unborn")
    with pytest.raises(UsageError, match="has no commit"):
        told(tmp_path / "unborn")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/me/it.git", "me/it"),
        ("git@github.com:me/it.git", "me/it"),
        ("ssh://git@example.org:22/me/it/", "me/it"),
        ("/srv/it.git", "fold-er"),
        ("file:///srv/me/it.git", "fold-er"),
        ("https://x/../..", "fold-er"),
        ("https://x/a/b;rm -rf", "fold-er"),
        ("ext::sh -c true", "fold-er"),
    ],
)
def test_a_project_is_called_as_its_origin_says(tmp_path: Path, url: str, name: str) -> None:
    past = two(Past(tmp_path / "fold er"))
    past.git("config", "remote.origin.url", url)
    with borrowed(past.folder) as history:
        assert history.name == name


def test_the_repository_is_not_changed(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))

    def state() -> dict[str, int]:
        return {str(p): p.stat().st_mtime_ns for p in sorted(past.folder.rglob("*"))}

    before = state()
    told(past.folder)
    assert state() == before


def test_the_main_line_takes_a_merge_as_one_change(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))
    base = past.commit({"a.py": "3\n"}, "third")
    side = past.commit({"b.py": "1\n"}, "side", parents=[base])
    main = past.commit({"c.py": "1\n"}, "main", parents=[base])
    past.commit({"b.py": "1\n"}, "Merge pull request #7 from me/side", parents=[main, side])
    assert told(past.folder) == ["main", "side", "third", "second", "first"]
    assert told(past.folder, merges=True)[:2] == ["Merge pull request #7 from me/side", "main"]
    with borrowed(past.folder) as history:
        merge = next(commits(history, merges=True))
    assert [change.path for change in merge.changes] == [b"b.py"]


def test_broken_objects_are_an_error(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    tip = fixed(past)
    past.git("repack", "-adq")
    for pack in (past.folder / ".git" / "objects" / "pack").iterdir():
        pack.chmod(0o644)
        content = pack.read_bytes()
        pack.write_bytes(content[: len(content) // 2] + bytes(len(content) // 4))
    with pytest.raises((HistoryError, UsageError)):
        told(past.folder, tip)


def test_borrowed_objects_are_read_by_git(tmp_path: Path) -> None:
    past = two(Past(tmp_path / "it"))
    with borrowed(past.folder) as history:
        assert git(history.folder, "show", f"{history.tip}:a.py") == b"2\n"
        assert not (history.folder / "hooks").exists()
    assert not history.folder.exists()
