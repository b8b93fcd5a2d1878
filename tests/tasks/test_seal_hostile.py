"""Repositories, patches and archives that mean harm."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tasks.planting import commit, git, project, write

from assay.core.errors import HistoryError
from assay.tasks.borrow import git_folder, shadow
from assay.tasks.objects import Shadow
from assay.tasks.seal.answer import Answer
from assay.tasks.seal.diffs import parse
from assay.tasks.seal.gate import Gated, gate
from assay.tasks.seal.reduce import Refused, reduce, tree_of
from assay.tasks.seal.unpacking import Budget, inside
from assay.tasks.treepaths import collisions, leads_out, unsafe


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Return an empty repository."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


@pytest.fixture
def source(repo: Path) -> Iterator[Shadow]:
    with shadow(git_folder(repo)) as made:
        yield made


def tree_with(repo: Path, *rows: tuple[str, str, bytes]) -> str:
    """Commit a tree that git itself would not make: (mode, content, path within one folder)."""
    body = b""
    for mode, content, name in rows:
        made = git(repo, "hash-object", "-w", "--stdin", stdin=content.encode())
        body += mode.encode() + b" " + name + b"\0" + bytes.fromhex(made)
    tree = git(repo, "hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=body)
    return git(repo, "commit-tree", "-m", "hostile", tree)


@pytest.mark.parametrize(
    "name",
    [
        *(b"..", b".", b".git", b".GIT", b"git~1", b".git ", b".git.", b".git::$INDEX_ALLOCATION"),
        *(".g‌it".encode(), b"..\\x", "．git".encode(), b"a\\b"),
    ],
)
def test_paths_that_reach_out_are_refused(repo: Path, source: Shadow, name: bytes) -> None:
    where = tree_with(repo, ("100644", "x", name))
    with pytest.raises(Refused, match="the path"):
        tree_of(source, where)


@pytest.mark.parametrize(
    "path", [b"a.py", b"src/.gitignore", b"git/x", b"a..b", b".github/x", b"\xff"]
)
def test_honest_paths_are_not(path: bytes) -> None:
    assert unsafe(path) == ""


def test_absolute_paths_are_refused() -> None:
    assert unsafe(b"/etc/passwd") == "is absolute"


def test_names_that_differ_in_case_are_refused(repo: Path, source: Shadow) -> None:
    where = tree_with(repo, ("100644", "x", b"Makefile"), ("100644", "y", b"makefile"))
    with pytest.raises(Refused, match="'Makefile' and 'makefile'"):
        tree_of(source, where)


def test_spellings_of_one_accent_are_one_name() -> None:
    assert collisions(["caf\u00e9".encode(), "cafe\u0301".encode()])


@pytest.mark.parametrize(
    ("target", "out"),
    [
        *(("../x", True), ("/etc/passwd", True), ("sub/../../x", True), ("sub/a", False)),
        *((".git/config", True), ("up/../x", True), ("loop", True), ("sub/../a", False)),
        (".", False),
    ],
)
def test_links_are_followed_in_thought(*, target: str, out: bool) -> None:
    links = {b"d/up": b"..", b"up": b"d/up", b"loop": b"loop", b"link": target.encode()}
    assert leads_out(b"link", links) is out


def test_links_out_and_submodules_are_left_out(repo: Path, source: Shadow, tmp_path: Path) -> None:
    write(repo, "a.txt", "hello")
    (repo / "out").symlink_to("/etc/passwd")
    (repo / "in").symlink_to("a.txt")
    commit(repo, "links")
    write(repo, ".gitmodules", '[submodule "s"]\n\tpath = s\n\turl = file:///etc\n')
    git(repo, "add", ".gitmodules")
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},s")
    git(repo, "commit", "-q", "-m", "submodule")
    tree = tree_of(source, git(repo, "rev-parse", "HEAD"))
    reduce(source, tree, tmp_path / "made", "start")
    left = {one.name: one.reason for one in tree.left_out}
    assert left == {"out": "a link out of the tree", "s": f"a submodule, at {'1' * 40}"}
    names = [".git", ".gitmodules", "a.txt", "in"]
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == names
    assert git(tmp_path / "made", "status", "--porcelain") == ""


def test_hooks_and_configuration_are_never_used(repo: Path, tmp_path: Path) -> None:
    write(repo, "a.txt", "hello")
    where = commit(repo, "a")
    ran = tmp_path / "ran"
    script = f"#!/bin/sh\ntouch {ran}\n"
    for hook in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor"):
        path = repo / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(script, "utf-8")
        path.chmod(0o755)
    with (repo / ".git" / "config").open("a", encoding="utf-8") as file:
        file.write(
            f"[core]\n\tfsmonitor = {repo}/.git/hooks/fsmonitor\n\tsshCommand = touch {ran}\n"
        )
        file.write(f'[remote "o"]\n\turl = ext::touch {ran}\n\tpromisor = true\n')
        file.write("[protocol]\n\tallow = always\n[extensions]\n\tpartialClone = o\n")
    with shadow(git_folder(repo)) as seen:
        reduce(seen, tree_of(seen, where), tmp_path / "made", "start")
    gate(
        repo,
        Answer(patch="--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-hello\n+a line of some length\n"),
    )
    assert not ran.exists()
    assert not (tmp_path / "made" / ".git" / "hooks").exists()


def test_the_reduced_repository_has_one_commit_and_nothing_else(tmp_path: Path) -> None:
    planted = project(tmp_path)
    with shadow(git_folder(planted.source)) as seen:
        reduce(seen, tree_of(seen, planted.task.base_commit), tmp_path / "made", "start")
    made = tmp_path / "made"
    files = {
        path.relative_to(made).as_posix() for path in (made / ".git").rglob("*") if path.is_file()
    }
    plain = {name for name in files if "/pack/" not in name}
    assert plain == {f".git/{name}" for name in ("HEAD", "config", "index", "refs/heads/main")}
    objects = git(made, "cat-file", "--batch-all-objects", "--batch-check").splitlines()
    reached = git(made, "rev-list", "--objects", "HEAD").splitlines()
    assert {row.split()[0] for row in objects} == {row.split()[0] for row in reached}
    assert git(made, "log", "--all", "--format=%an %at %s") == "Assay 946684800 start"
    assert git(made, "fsck", "--strict", "--no-progress") == ""


def test_names_that_are_no_utf8_are_kept(repo: Path, source: Shadow, tmp_path: Path) -> None:
    where = tree_with(repo, ("100644", "x", b"caf\xe9\n.txt"))
    reduce(source, tree_of(source, where), tmp_path / "made", "start")
    assert (tmp_path / "made" / os.fsdecode(b"caf\xe9\n.txt")).read_text("utf-8") == "x"


def test_a_huge_file_is_left_out_by_name(repo: Path, source: Shadow) -> None:
    with (repo / "big.bin").open("wb") as file:
        file.truncate(65 << 20)
    tree = tree_of(source, commit(repo, "big"))
    (left,) = tree.left_out
    assert left.name == "big.bin"
    assert left.reason.startswith("68157440 bytes")


def test_a_huge_blob_is_searched_in_windows(repo: Path) -> None:
    line = b"a_long_line_that_only_the_fixed_file_of_this_task_has = 1\n"
    with (repo / "big.bin").open("wb") as file:
        file.truncate(65 << 20)
        file.seek(0, 2)
        file.write(line)
    commit(repo, "big")
    (repo / "big.bin").unlink()
    patch = f"--- a/x.py\n+++ b/x.py\n@@ -1,0 +1,1 @@\n+{line.decode()}"
    assert gate(repo, Answer(patch=patch)).count == 1


def test_a_damaged_object_does_not_pass(repo: Path) -> None:
    write(repo, "a.txt", "hello")
    commit(repo, "a")
    name = git(repo, "rev-parse", "HEAD:a.txt")
    path = repo / ".git" / "objects" / name[:2] / name[2:]
    path.chmod(0o644)
    path.write_bytes(b"garbage")
    found = gate(repo, Answer(patch=LINE))
    assert not found.passes
    assert [one.reason for one in found.unsearched] == ["damaged or missing"]


def test_a_damaged_pack_does_not_pass(repo: Path) -> None:
    write(repo, "a.txt", "hello")
    commit(repo, "a")
    git(repo, "repack", "-adq")
    (pack,) = (repo / ".git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    content = pack.read_bytes()
    pack.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    assert not gate(repo, Answer(patch=LINE)).passes


def test_a_pipe_among_the_objects_does_not_pass_and_nothing_waits_for_it(repo: Path) -> None:
    write(repo, "a.txt", "hello")
    commit(repo, "a")
    os.mkfifo(repo / ".git" / "objects" / "pack" / "pack-1.idx")
    reasons = [one.reason for one in gate(repo, Answer(patch=LINE)).unsearched]
    assert any(reason.endswith("is no plain file") for reason in reasons)


def test_no_file_hides_the_objects_by_speaking_of_longer_names(repo: Path) -> None:
    write(repo, "x.py", LINE.rpartition("+")[2])
    commit(repo, "x")
    (repo / "x.py").unlink()
    with (repo / ".git" / "config").open("a", encoding="utf-8") as file:
        file.write("# objectformat = sha256\n")
    (repo / ".git" / "refs" / "heads" / "a").write_text("1" * 64 + "\n", encoding="ascii")
    assert gate(repo, Answer(patch=LINE)).count == 1


LINE = "--- a/x.py\n+++ b/x.py\n@@ -1,0 +1,1 @@\n+a_line_that_is_long_enough_to_be_looked_for = 1\n"


def searched(folder: Path, name: str, content: bytes) -> Gated:
    """Search a folder of one file."""
    folder.mkdir()
    (folder / name).write_bytes(content)
    return gate(folder, Answer(patch=LINE))


def test_a_bomb_is_put_out() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(str(number), bytes(1 << 20))
    parts = list(inside("bomb.zip", out.getvalue(), Budget(left=3 << 20)))
    assert [len(part.content) for part in parts] == [1 << 20, 1 << 20, 1 << 20, 0]
    assert parts[-1].refused == "more is packed in it than is unpacked here"


@pytest.mark.slow
def test_a_real_bomb_does_not_pass(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(str(number), bytes(250 << 20))
    found = searched(tmp_path / "x", "bomb.zip", out.getvalue())
    assert [one.reason for one in found.unsearched] == [
        "more is packed in it than is unpacked here"
    ]


def test_archives_in_archives_end_somewhere(tmp_path: Path) -> None:
    content = b"x"
    for _ in range(9):
        content = gzip.compress(content)
    found = searched(tmp_path / "x", "deep.gz", content)
    assert [one.reason for one in found.unsearched] == ["is packed more than 5 times"]


def test_many_members_end_somewhere() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(30):
            archive.writestr(str(number), b"")
    refused = [part.refused for part in inside("a.zip", out.getvalue(), Budget(members=20))]
    assert refused[-1] == "it has more members than are unpacked here"


def test_a_tar_that_points_outside_writes_nothing(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("../evil", "/tmp/evil-absolute"):  # noqa: S108 - never written
            member = tarfile.TarInfo(name)
            member.size = 3
            archive.addfile(member, io.BytesIO(b"abc"))
        link = tarfile.TarInfo("l")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    found = searched(tmp_path / "x", "evil.tar", out.getvalue())
    assert found.passes
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(30), "a 7z archive: cannot be opened here"),
        (
            "a.zip",
            b"PK\x03\x04" + b"\xff" * 40 + b"PK\x05\x06" + b"\xff" * 18,
            "cannot be unpacked",
        ),
        ("a.gz", b"\x1f\x8b\x08" + bytes(3), ""),
        ("a.pack", b"PACK" + bytes(40), "git index-pack failed"),
    ],
)
def test_what_cannot_be_opened_is_said(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    found = searched(tmp_path / "x", name, content)
    assert [one.reason.startswith(reason) for one in found.unsearched] == [True] * bool(reason)


def test_a_pipe_and_a_link_out_of_the_folder_do_not_pass(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    os.mkfifo(tmp_path / "x" / "pipe")
    (tmp_path / "x" / "link").symlink_to("/etc/hostname")
    reasons = {one.reason for one in gate(tmp_path / "x", Answer(patch=LINE)).unsearched}
    assert reasons == {"no plain file", "a link out of the folder"}


def test_a_patch_with_binary_hunks_is_named_and_its_text_is_used() -> None:
    patch = (
        "diff --git a/logo.png b/logo.png\nindex 1111111111..2222222222 100644\n"
        "GIT binary patch\nliteral 3\nKcmZQzU|?VX\n\nliteral 0\nHcmV?d00001\n\n" + LINE
    )
    found = parse(patch)
    assert found.binary == ["logo.png"]
    assert found.blobs == ["2222222222"]
    assert [run.path for run in found.runs] == ["x.py"]


@pytest.mark.parametrize("patch", ["", "@@ -1 +1 @@", "@@ -1,999999999 +1,9 @@\n+x\n", "\0\ud800"])
def test_no_patch_is_too_strange(patch: str) -> None:
    found = parse(patch)
    assert found.binary == found.blobs == []
    assert len(found.runs) <= 1


def test_a_patch_that_tells_nothing_does_not_pass(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    found = gate(tmp_path / "x", Answer(patch="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a = 1\n+a  = 1\n"))
    assert not found.passes
    assert "could be told" in found.unsearched[0].reason


def test_a_missing_base_commit_is_an_error(source: Shadow) -> None:
    with pytest.raises(HistoryError):
        tree_of(source, "1" * 40)
