"""Patches that anybody may have written: looked at first, then applied to a folder by git."""

from __future__ import annotations

import re
from pathlib import Path

from assay.core.errors import HistoryError, UsageError
from assay.tasks.git import git
from assay.tasks.trees import checked_path

__all__ = ["PatchRefused", "apply", "paths_of"]

HEAD = re.compile(r"diff --git a/(.*) b/\1$")
MODE = re.compile(r"^(?:new file mode|new mode|deleted file mode|old mode|index \S+) ?(\d{6})?$")
NAMED = re.compile(r"(---|\+\+\+|rename from|rename to|copy from|copy to) (.*)$")
PLAIN_MODES = {"100644", "100755", None}
QUOTED = re.compile(r"\\([0-7]{3}|.)")
ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class PatchRefused(UsageError):
    """A patch that is not applied, because of what it would do."""


def apply(patch: str, folder: Path) -> tuple[str, ...]:
    """Apply a patch to a folder; return the paths that it names.

    Parameters
    ----------
    patch
        A unified diff with git's headers.
    folder
        A tree without links out of it, and no repository.

    Raises
    ------
    PatchRefused
        It holds binary hunks, links or submodules, or names a path out of the tree.
    HistoryError
        It does not fit the tree.
    """
    paths = paths_of(patch)
    text = patch if patch.endswith("\n") else patch + "\n"
    options = ("--whitespace=nowarn", "--no-unsafe-paths", "-")
    git(folder, "apply", *options, stdin=text.encode("utf-8", "surrogateescape"))
    return paths


def paths_of(patch: str) -> tuple[str, ...]:
    r"""Which files does a patch name? In order, each once.

    Raises
    ------
    PatchRefused
        It holds binary hunks, links or submodules, or names a path out of the tree.

    Examples
    --------
    >>> paths_of("diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n")
    ('x.py',)
    """
    found: dict[str, None] = {}
    left = (0, 0)
    for line in patch.split("\n"):
        if left != (0, 0):
            left = _hunk_line(line, left)
        elif hunk := re.match(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@", line):
            left = (int(hunk[1] or 1), int(hunk[2] or 1))
        else:
            found.update(dict.fromkeys(_named(line)))
    if not found:
        msg = "the patch names no file"
        raise PatchRefused(msg)
    return tuple(found)


def _hunk_line(line: str, left: tuple[int, int]) -> tuple[int, int]:
    """Count down the old and new lines that a hunk still has."""
    old, new = left
    if line.startswith("\\"):
        return left
    old -= not line.startswith("+")
    new -= not line.startswith("-")
    return max(old, 0), max(new, 0)


def _named(line: str) -> list[str]:
    """Read the paths of a header line; refuse what a header may not hold."""
    if line.startswith(("GIT binary patch", "Binary files ")):
        msg = "the patch holds binary hunks, which nobody can read: refused"
        raise PatchRefused(msg)
    mode = MODE.match(line)
    if mode and mode[1] not in PLAIN_MODES:
        msg = f"the patch makes a link or a submodule (mode {mode[1]}): refused"
        raise PatchRefused(msg)
    path = _path(line)
    if not path:
        return []
    try:
        return [str(checked_path(path))]
    except HistoryError as error:
        msg = f"the patch names {error}"
        raise PatchRefused(msg) from error


def _path(line: str) -> str:
    """Which path does a header line name? None for a line that names none, or two."""
    if head := HEAD.match(line):  # all there is of an empty file
        return head[1]
    named = NAMED.match(line)
    if not named or named[2].startswith("/dev/null"):
        return ""
    path = _unquoted(named[2].split("\t")[0])
    return path.partition("/")[2] if named[1] in {"---", "+++"} else path


def _unquoted(path: str) -> str:
    """Undo git's quotes around a path."""
    if not path.startswith('"'):
        return path
    raw = QUOTED.sub(lambda m: _escape(m[1]), path.strip('"'))
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def _escape(code: str) -> str:
    return chr(int(code, 8) & 255) if code.isdigit() else ESCAPES.get(code, code)
