"""Patches and trees that nobody should trust."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from assay.core.errors import HistoryError
from assay.tasks.patches import PatchRefused, apply, paths_of
from assay.tasks.trees import lay

GIT = shutil.which("git") or "git"
EDIT = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"


def git(repo: Path, *arguments: str, stdin: bytes = b"") -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(
        [GIT, "-C", str(repo), *who, *arguments], input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def test_a_patch_that_fits_is_applied(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("a\n")
    assert apply(EDIT, tmp_path) == ("x.py",)
    assert (tmp_path / "x.py").read_text() == "b\n"


def test_a_patch_that_does_not_fit_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("c\n")
    with pytest.raises(HistoryError, match="does not apply"):
        apply(EDIT, tmp_path)


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (EDIT.replace("x.py", "../x.py"), "leads out"),
        (EDIT.replace("b/x.py", "b/a/../../x.py"), "leads out"),
        (EDIT.replace("x.py", ".git/hooks/post-checkout"), "into .git"),
        (EDIT.replace("x.py", "sub/.GIT/config"), "into .git"),
        (EDIT.replace("a/x.py", "a//etc/passwd"), "leads out"),
        ("diff --git a/../e b/../e\nnew file mode 100644\nindex 0000000..e69de29\n", "leads out"),
        (
            "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/\n",
            "link or a submodule",
        ),
        ("diff --git a/s b/s\nnew file mode 160000\nindex 0000000..1111111\n", "submodule"),
        ("diff --git a/b b/b\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIcmZ\n", "binary"),
        ("diff --git a/b b/b\nBinary files a/b and b/b differ\n", "binary"),
        ("diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to ../y\n", "leads out"),
        ("nothing\n", "names no file"),
    ],
)
def test_what_a_patch_may_not_hold(tmp_path: Path, patch: str, why: str) -> None:
    inside = tmp_path / "tree"
    inside.mkdir()
    (inside / "x.py").write_text("a\n")
    (tmp_path / "x.py").write_text("a\n")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(PatchRefused, match=why):
        apply(patch, inside)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "x.py").read_text() == "a\n"


def test_words_of_a_hunk_are_no_headers() -> None:
    words = "GIT binary patch\n+++ b/../x\nnew file mode 120000\n".splitlines()
    hunk = "@@ -0,0 +1,3 @@\n" + "".join(f"+{word}\n" for word in words)
    assert paths_of("diff --git a/n b/n\n--- /dev/null\n+++ b/n\n" + hunk) == ("n",)


def test_git_does_not_write_through_a_link_of_the_tree(tmp_path: Path) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    tree.mkdir()
    outside.mkdir()
    (tree / "d").symlink_to(outside)
    head = "diff --git a/d/x b/d/x\nnew file mode 100644\n--- /dev/null\n+++ b/d/x\n"
    new = head + "@@ -0,0 +1 @@\n+a\n"
    with pytest.raises(HistoryError):
        apply(new, tree)
    assert list(outside.iterdir()) == []


def raw_tree(repo: Path, entries: list[tuple[str, str, str]]) -> str:
    """Write a tree that git's own commands would refuse, and a commit of it."""
    data = b"".join(
        f"{mode} {name}".encode() + b"\0" + bytes.fromhex(found) for mode, name, found in entries
    )
    words = ("hash-object", "-t", "tree", "-w", "--literally", "--stdin")
    tree = git(repo, *words, stdin=data)
    return git(repo, "commit-tree", tree, "-m", "hostile")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = tmp_path / "repo"
    made.mkdir()
    git(made, "init", "--quiet")
    return made


def blob(repo: Path, content: bytes) -> str:
    return git(repo, "hash-object", "-w", "--stdin", stdin=content)


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "git~1", "."])
def test_a_tree_that_leads_out_is_refused(repo: Path, tmp_path: Path, name: str) -> None:
    inner = git(repo, "mktree", stdin=f"100644 blob {blob(repo, b'x')}\tx\n".encode())
    commit = raw_tree(repo, [("40000", name, inner)])
    with pytest.raises(HistoryError, match=r"leads out|refused|failed"):
        lay(repo, commit, tmp_path / "laid" / "tree")
    assert not (tmp_path / "laid" / "x").exists()


def test_links_stay_in_the_tree_and_nothing_is_written_through_them(
    repo: Path, tmp_path: Path
) -> None:
    (repo / "d").mkdir()
    (repo / "d" / "x").write_text("x")
    targets = {"in": "d/x", "out": "../../etc/passwd", "abs": "/etc/passwd", "dots": "d/../../up"}
    for name, to in targets.items():
        (repo / name).symlink_to(to)
    (repo / "d" / "up").symlink_to("../d/x")
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "-m", "links")
    laid = tmp_path / "laid"
    left = lay(repo, git(repo, "rev-parse", "HEAD"), laid)
    assert sorted(left) == ["abs", "dots", "out"]
    assert (laid / "in").read_text() == (laid / "d" / "up").read_text() == "x"


def test_a_path_that_is_link_and_folder_at_once(repo: Path, tmp_path: Path) -> None:
    inner = git(repo, "mktree", stdin=f"100644 blob {blob(repo, b'x')}\tx\n".encode())
    link = blob(repo, str(tmp_path / "outside").encode())
    (tmp_path / "outside").mkdir()
    commit = raw_tree(repo, [("120000", "d", link), ("40000", "d", inner)])
    left = lay(repo, commit, tmp_path / "laid")
    assert left == ("d",)
    assert list((tmp_path / "outside").iterdir()) == []


def test_submodules_and_attributes_change_nothing(repo: Path, tmp_path: Path) -> None:
    (repo / ".gitattributes").write_text("secret export-ignore\nsub export-subst\n*.x filter=run\n")
    (repo / "secret").write_text("kept")
    (repo / "sub").write_text("$Format:%H$")
    git(repo, "add", "--all")
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    git(repo, "commit", "--quiet", "-m", "all")
    laid = tmp_path / "laid"
    lay(repo, git(repo, "rev-parse", "HEAD"), laid)
    assert (laid / "secret").read_text() == "kept"
    assert (laid / "sub").read_text() == "$Format:%H$"
    assert not (laid / "module").exists()
