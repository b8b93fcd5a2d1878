"""A history that nobody trusts, read through a repository of our own that only borrows its objects.

Of the repository itself only plain files are read: HEAD, its refs, the list of shallow commits, and
from its configuration the one line that says where it came from. Git sees a fresh repository whose
configuration, hooks, attributes, grafts and replacements are ours, that is none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import HistoryError, UsageError, boundary
from assay.sandbox.temporary import owned
from assay.tasks.git import git

__all__ = ["Borrowed", "borrowed", "name_of"]

SMALL = 64 << 10
"""Bytes of a file that holds one ref or one path."""
LARGE = 256 << 20
"""Bytes of packed refs."""
OWNED = re.compile(r"[/:]([\w.-]{1,100})/([\w.-]{1,100}?)(?:\.git)?/?$", re.ASCII)
NAMED = re.compile(r"^[0-9a-f]{40,64}\b", re.MULTILINE)
REMOTE = re.compile(r"(?!file:)\w+://|[\w.-]+@[\w.-]+:|[\w-]+(?:\.[\w-]+)+:")
CONFIG = """\
[core]
repositoryformatversion = 1
bare = true
commitGraph = false
[extensions]
objectFormat = {form}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """A repository of ours, in which all commits of another can be read.

    Parameters
    ----------
    folder
        A bare repository; it goes when the history is closed.
    tip
        The commit that was asked for.
    name
        The project's name: owner/name where its origin says so, else its folder's name.
    """

    folder: Path
    tip: str
    name: str


@contextmanager
def borrowed(repo: Path, revision: str = "HEAD") -> Iterator[Borrowed]:
    """Open the history of a repository, from a revision back, without trusting it.

    Parameters
    ----------
    repo
        A work tree with a ``.git``, a linked work tree, or a bare repository. It is not changed.
    revision
        Branch, tag or commit.

    Raises
    ------
    UsageError
        It is no git repository, or has no such revision.

    Examples
    --------
    >>> from assay.core.errors import UsageError
    >>> try:
    ...     with borrowed(Path("nowhere")):
    ...         pass
    ... except UsageError as error:
    ...     print(error)
    nowhere: is no git repository
      next: name a folder that holds .git, or a bare repository
    """
    place = _git_folder(repo)
    common = _common(place)
    with owned("history") as folder:
        with boundary(HistoryError, f"reading {repo}"):
            _furnish(folder, place, common)
        yield Borrowed(folder=folder, tip=_tip(folder, repo, revision), name=name_of(repo, common))


def name_of(repo: Path, common: Path) -> str:
    """What is the project called? As its origin says, else as its folder.

    Parameters
    ----------
    repo
        The folder that the user named.
    common
        Where its configuration lies.
    """
    owned = OWNED.search(_origin(_text(common / "config", SMALL)))
    if owned and not {".", ".."} & set(owned.groups()):
        return "/".join(owned.groups())
    bare = re.sub(r"[^\w.-]+", "-", repo.resolve().name.removesuffix(".git"), flags=re.ASCII)
    return bare.strip(".-")[:100] or "repository"


def _origin(config: str) -> str:
    """Find the address of the remote "origin"; a folder of this machine says nothing."""
    section = ""
    for line in map(str.strip, config.splitlines()):
        if line.startswith("["):
            section = line
        key, _, value = line.partition("=")
        if section == '[remote "origin"]' and key.strip() == "url":
            return value.strip()[:1000] if REMOTE.match(value.strip()) else ""
    return ""


def _git_folder(repo: Path) -> Path:
    """Find the folder of refs and HEAD."""
    inner = repo / ".git"
    if inner.is_file():
        told = _text(inner, SMALL).strip()
        place = repo / told.removeprefix("gitdir:").strip()
    else:
        place = inner if inner.is_dir() else repo
    if not (place / "HEAD").exists():
        msg = f"{repo}: is no git repository"
        raise UsageError(f"{msg}\n  next: name a folder that holds .git, or a bare repository")
    return place


def _common(place: Path) -> Path:
    """Find the folder of objects and shared refs, which linked work trees have elsewhere."""
    told = _text(place / "commondir", SMALL).strip()
    common = place / told if told else place
    if not (common / "objects").is_dir():
        msg = f"{common}: has no objects\n  next: name a folder that holds a git repository"
        raise UsageError(msg)
    if (common / "reftable").exists():
        msg = f"{common}: keeps its refs in a reftable, which is not read"
        raise UsageError(f"{msg}\n  next: git refs migrate --ref-format=files")
    return common


def _furnish(folder: Path, place: Path, common: Path) -> None:
    """Write a repository of ours that has the other's objects and refs, and nothing else of it."""
    objects = (common / "objects").resolve()
    _refuse_special(objects)
    if "\n" in str(objects):
        msg = f"{objects!s:.80}: a line break in the name of the folder\n  next: rename it"
        raise UsageError(msg)
    for part in ("objects/info", "refs/heads"):
        (folder / part).mkdir(parents=True)
    (folder / "objects/info/alternates").write_text(f"{objects}\n", encoding="utf-8")
    _copy_refs(common, folder)
    for source, name in ((place, "HEAD"), (common, "packed-refs"), (common, "shallow")):
        _copy(source / name, folder / name, LARGE)
    (folder / "config").write_text(CONFIG.format(form=_form(folder)), encoding="utf-8")


def _refuse_special(objects: Path) -> None:
    """Refuse pipes and devices among the objects: git would wait for them for ever."""
    for folder, _, files in os.walk(objects):
        for file in files:
            path = Path(folder, file)
            if not path.is_file():
                msg = f"{path}: is no plain file\n  next: make a fresh clone, and name that"
                raise UsageError(msg)


def _copy_refs(common: Path, folder: Path) -> None:
    """Copy loose refs: plain files only, no links."""
    for where, _, files in os.walk(common / "refs"):
        there = folder / Path(where).relative_to(common)
        there.mkdir(parents=True, exist_ok=True)
        for file in files:
            _copy(Path(where, file), there / file, SMALL)


def _copy(source: Path, target: Path, most: int) -> None:
    """Copy a plain file of some size; whatever else lies there is not taken."""
    if source.is_file() and not source.is_symlink() and source.stat().st_size <= most:
        target.write_bytes(source.read_bytes())


def _form(folder: Path) -> str:
    """Are the names of its objects SHA-1 or SHA-256? Their length says so."""
    refs = (file for file in (folder / "refs").rglob("*") if file.is_file())
    for file in (folder / "HEAD", folder / "packed-refs", *refs):
        named = NAMED.search(_text(file, LARGE))
        if named:
            return "sha256" if len(named.group()) == 64 else "sha1"
    return "sha1"


def _text(path: Path, most: int) -> str:
    """Read the beginning of a plain file; nothing where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(most).decode("utf-8", "replace")


def _tip(folder: Path, repo: Path, revision: str) -> str:
    try:
        named = f"{revision}^{{commit}}"
        told = git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", named)
    except HistoryError as error:
        msg = f"{repo}: has no commit {revision!r:.80}\n  next: git -C {repo} branch --all"
        raise UsageError(msg) from error
    return told.decode("ascii").strip()
