"""A patch in which one file ends up otherwise: that file's section is made anew, by git."""

from __future__ import annotations

import re
from pathlib import Path

from assay.sandbox.temporary import owned
from assay.tasks.git import git

__all__ = ["with_file"]

HEADS = re.compile(r"^(diff --git a/|--- a/|\+\+\+ b/)f(?: b/f)?$", re.MULTILINE)
DIFF = (
    "diff-tree", "-r", "-p", "--full-index", "--no-color", "--unified=3",
    "--diff-algorithm=myers", "--indent-heuristic", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip


def with_file(patch: str, path: str, old: bytes | None, new: bytes) -> str:
    r"""Return the patch with another section for one file.

    Parameters
    ----------
    patch
        Its sections stand in any order; that of the file may be missing.
    path
        The file's.
    old
        What it holds before; None where the patch makes it.
    new
        What it is to hold.

    Raises
    ------
    HistoryError
        Git failed.

    Examples
    --------
    >>> with_file("", "a/b.py", b"x\n", b"y\n").splitlines()[-5:]
    ['--- a/a/b.py', '+++ b/a/b.py', '@@ -1 +1 @@', '-x', '+y']
    """
    with owned("git") as folder:
        git(folder, "init", "--bare", "--quiet", "--template=")
        trees = [_tree(folder, content) for content in (old, new)]
        made = git(folder, *DIFF, *trees).decode("utf-8", "surrogateescape")
    made = HEADS.sub(lambda head: _named(head.group(1), path), made)
    sections = [part for part in re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE) if part]
    head = f"diff --git a/{path} b/{path}\n"
    kept = [made if part.startswith(head) else part for part in sections]
    return "".join(kept if made in kept else sorted([*kept, made]))


def _named(lead: str, path: str) -> str:
    return f"{lead}{path} b/{path}" if lead.startswith("diff") else f"{lead}{path}"


def _tree(folder: Path, content: bytes | None) -> str:
    """Store a tree of one file, or of none; return its name."""
    line = b""
    if content is not None:
        blob = git(folder, "hash-object", "-w", "--stdin", stdin=content).strip()
        line = b"100644 blob " + blob + b"\tf\n"
    return git(folder, "mktree", stdin=line).decode("ascii").strip()
