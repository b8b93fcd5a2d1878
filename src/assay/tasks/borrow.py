"""A history that nobody trusts, read through a repository of our own that only borrows its objects.

A repository's own configuration can name programs to run and remotes to fetch from, so git never
runs in it. Only plain files of it are read: HEAD, its refs, the list of shallow commits, and from
its configuration two values, where it came from and how long its objects' names are. Git sees a
fresh repository whose configuration, hooks, attributes, grafts and replacements are ours, that is
none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import HistoryError, UsageError, boundary
from assay.sandbox.temporary import owned
from assay.tasks.git import git
from assay.tasks.objects import Shadow

__all__ = ["Borrowed", "borrowed", "git_folder", "shadow"]

SMALL = 64 << 10
"""Bytes of a file that holds one ref or one path."""
LARGEST_CONFIG = 1 << 20
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
    place = _place(repo)
    common = _common(place)
    with shadow(common) as objects:
        folder = objects.folder
        with boundary(HistoryError, f"reading {repo}"):
            _copy_refs(common, folder)
            for source, name in ((place, "HEAD"), (common, "packed-refs"), (common, "shallow")):
                _copy(source / name, folder / name, LARGE)
        yield Borrowed(folder=folder, tip=_tip(folder, repo, revision), name=_name(repo, common))


@contextmanager
def shadow(*stores: Path) -> Iterator[Shadow]:
    """Open a repository of ours that has the objects of others, and nothing else of them.

    Parameters
    ----------
    stores
        As `git_folder` returns them. The first one says how long names are; of none, SHA-1.

    Raises
    ------
    UsageError
        A pipe or a device lies among the objects.
    """
    with owned("git") as folder:
        objects = [(store / "objects").resolve() for store in stores]
        with boundary(HistoryError, "reading objects"):
            for one in objects:
                _refuse_special(one)
            form = _form(stores[0]) if stores else "sha1"
            _furnish(folder, objects, form)
        yield Shadow(folder)


def git_folder(repo: Path) -> Path:
    """Where are the objects and refs of this repository, or of this work tree?

    Raises
    ------
    UsageError
        It is no git repository.
    """
    return _common(_place(repo))


def _place(repo: Path) -> Path:
    """Find the folder of HEAD and of what is a work tree's own."""
    inner = repo / ".git"
    if inner.is_file():
        told = _text(inner, SMALL).partition("\n")[0].strip()
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


def _name(repo: Path, common: Path) -> str:
    """What is the project called? As its origin says, else as its folder."""
    url = (_settings(common) or {}).get("remote.origin.url", "")[:1000]
    # The name of a folder on this machine says nothing.
    origin = OWNED.search(url) if REMOTE.match(url) else None
    if origin and not {".", ".."} & set(origin.groups()):
        return "/".join(origin.groups())
    bare = re.sub(r"[^\w.-]+", "-", repo.resolve().name.removesuffix(".git"), flags=re.ASCII)
    return bare.strip(".-")[:100] or "repository"


def _settings(store: Path) -> dict[str, str] | None:
    """Read a repository's configuration, without obeying it; None where git cannot parse it.

    Git parses it as it does when it runs there, but from a copy, and without what it includes.
    """
    with owned("git") as folder:
        copy = _text(store / "config", LARGEST_CONFIG)
        (folder / "config").write_text(copy, encoding="utf-8")
        try:
            told = git(folder, "config", "--file=config", "--no-includes", "--list", "-z")
        except HistoryError:
            return None
    rows = (row.partition("\n") for row in told.decode("utf-8", "replace").split("\0"))
    return {key: value.strip() for key, _, value in rows}


def _furnish(folder: Path, objects: Sequence[Path], form: str) -> None:
    """Write a repository of ours over folders of objects."""
    for part in ("objects/info", "refs/heads"):
        (folder / part).mkdir(parents=True)
    lines = b"".join(_alternate(one) for one in objects)
    (folder / "objects/info/alternates").write_bytes(lines)
    (folder / "HEAD").write_text("ref: refs/heads/main\n", encoding="ascii")
    (folder / "config").write_text(CONFIG.format(form=form), encoding="ascii")


def _alternate(objects: Path) -> bytes:
    """Write a folder's name as git's list of alternates has it: quoted, for it may be hostile."""
    return b'"' + b"".join(_octal(byte) for byte in os.fsencode(objects)) + b'"\n'


def _octal(byte: int) -> bytes:
    plain = 32 < byte < 127 and byte not in b'"\\'
    return bytes([byte]) if plain else b"\\%03o" % byte


def _refuse_special(folder: Path) -> None:
    """Refuse pipes and devices among the objects: git would wait for them for ever."""
    with os.scandir(folder) as found:
        for one in found:
            if one.is_dir(follow_symlinks=False):
                _refuse_special(Path(one.path))
            elif not one.is_file() and not one.is_dir():
                msg = f"{one.path}: is no plain file\n  next: make a fresh clone, and name that"
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


def _form(store: Path) -> str:
    """Are the names of its objects SHA-1 or SHA-256? As git, its configuration decides.

    Only where that cannot be parsed does the length of the names that its refs hold: whoever can
    write a ref could else hide all objects.
    """
    settings = _settings(store)
    if settings is not None:
        return "sha256" if settings.get("extensions.objectformat") == "sha256" else "sha1"
    refs = (file for file in (store / "refs").rglob("*") if file.is_file())
    for file in (store / "HEAD", store / "packed-refs", *refs):
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
