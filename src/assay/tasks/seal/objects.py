"""Git objects of a repository that nobody trusts, read without reading its configuration.

A repository's own configuration can name programs to run and remotes to fetch from. So git never
runs in it: a new, empty, bare repository of ours names its object folder as an alternate, and git
runs there. Hooks, replacements, filters and remotes of the hostile one are then mere files.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from assay.core.errors import BadFormat, SandboxError
from assay.sandbox.temporary import owned

__all__ = [
    "ENVIRONMENT",
    "GIT",
    "WINDOW",
    "Entry",
    "Shadow",
    "Stored",
    "git_folder",
    "shadow",
    "uses_sha256",
    "windows",
]

GIT = (
    *("git", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"),
    *("-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "core.symlinks=true"),
)
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": os.devnull,
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}
SECONDS = 900.0
"""On the clock, for one call of git that answers at once."""
WINDOW = 64 << 20
"""Bytes of an object that are held at a time; a larger one comes in overlapping windows."""
OVERLAP = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object, or a window of one that is too large to hold."""

    id: str
    kind: str
    """blob, tree, commit or tag; "missing" for one that cannot be unpacked."""
    content: bytes
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file, link or submodule of a tree."""

    mode: str
    kind: str
    id: str
    size: int
    path: bytes
    """From the root, as git has it: no claim that it is safe."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A bare repository of ours that sees the objects of others."""

    folder: Path

    def ask(self, *words: str, stdin: bytes = b"") -> bytes:
        """Run git once and return what it prints.

        Raises
        ------
        SandboxError
            Git failed or took too long.
        """
        try:
            done = subprocess.run(  # noqa: S603 - an argument vector, and no shell
                [*GIT, f"--git-dir={self.folder}", *words],
                input=stdin,
                capture_output=True,
                check=False,
                timeout=SECONDS,
                env=ENVIRONMENT,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            msg = f"git {words[0]}: {error}"
            raise SandboxError(msg) from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()[-400:]
            msg = f"git {words[0]} failed ({done.returncode}): {said}"
            raise SandboxError(msg)
        return done.stdout

    def has(self, name: str) -> bool:
        """Is there a commit of this id?"""
        said = self.ask("cat-file", "--batch-check", stdin=name.encode() + b"^{commit}\n")
        return b" commit " in said

    def read(self, name: str) -> bytes:
        """Return a blob's content."""
        return self.ask("cat-file", "blob", name)

    def tree(self, commit: str) -> list[Entry]:
        """Return all entries below a commit's root, as git has them."""
        listed = self.ask("ls-tree", "-r", "-l", "-z", "--full-tree", commit)
        found = []
        for row in listed.split(b"\0")[:-1]:
            about, _, path = row.partition(b"\t")
            mode, kind, name, size = about.decode("ascii").split()
            length = int(size) if size != "-" else 0
            found.append(Entry(mode=mode, kind=kind, id=name, size=length, path=path))
        return found

    def reached_from(self, *starts: str) -> set[str]:
        """Return the ids of all objects that can be reached; missing ones are passed over."""
        text = "\n".join(starts).encode() + b"\n"
        options = ("--objects", "--missing=allow-any", "--ignore-missing", "--no-object-names")
        return set(self.ask("rev-list", *options, "--stdin", stdin=text).decode("ascii").split())

    def contents(self, names: Sequence[str] | None = None) -> Iterator[Stored]:
        """Yield objects as they lie on disk: the named ones, or all, reachable or not."""
        words = ["cat-file", "--batch", "--buffer"]
        words += ["--batch-all-objects", "--unordered"] if names is None else []
        with TemporaryFile() as asked:
            asked.write("".join(f"{name}\n" for name in names or ()).encode("ascii"))
            asked.seek(0)
            process = subprocess.Popen(  # noqa: S603 - as above
                [*GIT, f"--git-dir={self.folder}", *words],
                stdin=asked,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
            )
            with process:
                try:
                    assert process.stdout is not None  # noqa: S101 - it is a pipe
                    yield from _objects(process.stdout)
                finally:
                    process.kill()

    def take_pack(self, pack: bytes) -> list[str]:
        """Add the objects of a pack, whose bases may lie in what this shadow sees; list them.

        Raises
        ------
        SandboxError
            It is damaged, or a base is missing.
        """
        self.ask("index-pack", "--stdin", "--fix-thin", stdin=pack)
        rows = [
            self.ask("show-index", stdin=index.read_bytes())
            for index in (self.folder / "objects" / "pack").glob("*.idx")
        ]
        return [line.split()[1].decode("ascii") for row in rows for line in row.splitlines()]


def _objects(pipe: IO[bytes]) -> Iterator[Stored]:
    while line := pipe.readline():
        words = line.decode("ascii", "replace").split()
        if len(words) != 3:
            yield Stored(id=words[0] if words else "", kind="missing", content=b"")
            continue
        name, kind, size = words[0], words[1], int(words[2])
        if size <= WINDOW:
            yield Stored(id=name, kind=kind, content=pipe.read(size))
        else:
            for window in windows(pipe, size):
                yield Stored(id=name, kind=kind, content=window, whole=False)
        pipe.read(1)


def windows(pipe: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield the next `size` bytes in windows that overlap."""
    tail = b""
    while size > 0:
        piece = pipe.read(min(size, WINDOW))
        if not piece:
            return
        size -= len(piece)
        yield tail + piece
        tail = piece[-OVERLAP:]


@contextmanager
def shadow(stores: Sequence[Path], *, sha256: bool = False) -> Iterator[Shadow]:
    """Open a repository of ours over the object folders of others.

    Parameters
    ----------
    stores
        Folders called `objects`.
    sha256
        Whether ids have 64 digits.
    """
    with owned("git") as folder:
        made = Shadow(folder)
        form = ["--object-format=sha256"] if sha256 else []
        made.ask("init", "--bare", "--template=", "--quiet", *form)
        (folder / "objects" / "info").mkdir(exist_ok=True)
        lines = b"".join(_alternate(store) for store in stores)
        (folder / "objects" / "info" / "alternates").write_bytes(lines)
        yield made


def _alternate(store: Path) -> bytes:
    """Write a folder's name as git's list of alternates has it: quoted, for it may be hostile."""
    name = os.fsencode(store.resolve())
    return b'"' + b"".join(_octal(byte) for byte in name) + b'"\n'


def _octal(byte: int) -> bytes:
    plain = 32 < byte < 127 and byte not in b'"\\'
    return bytes([byte]) if plain else b"\\%03o" % byte


def git_folder(repo: Path) -> Path:
    """Where are the objects and refs of this repository, or of this work tree?

    Raises
    ------
    BadFormat
        It is no git repository.
    """
    found = repo / ".git" if (repo / ".git").exists() else repo
    if found.is_file():  # a worktree or a submodule
        said = re.match(rb"gitdir: ([^\n]+)\n?", found.read_bytes()[:4096])
        found = found.parent / os.fsdecode(said[1]) if said else found
    shared = found / "commondir"
    if shared.is_file():
        found /= os.fsdecode(shared.read_bytes()[:4096].strip())
    if not (found / "objects").is_dir():
        fix = "give a folder that git clone or git init made"
        raise BadFormat(str(repo), None, "is no git repository", fix)
    return found


def uses_sha256(store: Path) -> bool:
    """Have this repository's ids 64 digits? Its configuration is read as text."""
    try:
        said = (store / "config").read_bytes()[: 1 << 20]
    except OSError:
        return False
    return re.search(rb"objectformat\s*=\s*\"?sha256", said, re.IGNORECASE) is not None
