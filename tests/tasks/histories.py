"""Git repositories made for tests: real ones, by git itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.tasks.git import environment

START = 1_750_000_000
"""The fifteenth of June 2025."""
DAY = 86_400
GIT = shutil.which("git") or "git"

Files = Mapping[str, str | bytes | None]


class Past:
    """A repository whose commits are written one by one, with `git fast-import`.

    Parameters
    ----------
    folder
        Where it is made.
    form
        Of its objects' names: sha1 or sha256.
    """

    def __init__(self, folder: Path, *, form: str = "sha1") -> None:
        self.folder, self.marks = folder, 0
        self.tip: str | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--template=", "-b", "main", f"--object-format={form}", ".")

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run git here, as its user would, but without its user's settings."""
        who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER")
               for what in ("NAME", "EMAIL")}  # fmt: skip
        done = subprocess.run(
            [GIT, *arguments],
            cwd=self.folder,
            input=stdin,
            env=environment(self.folder, protocols="file") | who,
            capture_output=True,
            check=True,
        )
        return done.stdout

    def commit(
        self,
        files: Files,
        message: str | bytes = "A change of what is there, said in so many words",
        *,
        when: int | None = None,
        authored: int | None = None,
        parents: Sequence[str] | None = None,
        modes: Mapping[str, str] | None = None,
    ) -> str:
        """Commit files (None removes one) and return the commit's name.

        Commits come a day apart, each after the one before on main, unless something else is said.
        """
        self.marks += 1
        when = START + self.marks * DAY if when is None else when
        told = message.encode() if isinstance(message, str) else message
        lines = [
            b"commit refs/heads/main\nmark :1",
            f"author A <a@example.org> {when if authored is None else authored} +0000".encode(),
            f"committer A <a@example.org> {when} +0000".encode(),
            b"data %d\n%s" % (len(told), told),
        ]
        before = parents if parents is not None else filter(None, [self.tip])
        lines += [f"{'merge' if n else 'from'} {name}".encode() for n, name in enumerate(before)]
        for path, content in files.items():
            mode = (modes or {}).get(path, "100644")
            lines += entry(path, content, mode)
        given = b"\n".join([*lines, b"get-mark :1", b""])
        self.tip = self.git("fast-import", "--quiet", "--force", stdin=given).decode().strip()
        return self.tip

    def raw(self, kind: str, content: bytes) -> str:
        """Store an object that git's own commands would refuse to make; return its name."""
        stored = self.git("hash-object", "-t", kind, "-w", "--literally", "--stdin", stdin=content)
        return stored.decode().strip()


def entry(path: str, content: str | bytes | None, mode: str) -> list[bytes]:
    """Return what fast-import reads about one file."""
    name = b'"' + path.encode("utf-8", "surrogateescape").replace(b"\\", b"\\\\") + b'"'
    if content is None:
        return [b"D " + name]
    if mode == "160000":
        return [b"M 160000 " + str(content).encode() + b" " + name]
    body = content.encode() if isinstance(content, str) else content
    return [b"M " + mode.encode() + b" inline " + name, b"data %d\n%s" % (len(body), body)]


def module(number: int) -> str:
    """Return some lines of Python."""
    return "".join(f"def f{line}():\n    return {line}\n\n\n" for line in range(number))


def fixed(past: Past, message: str = "Return nought, not one, when nothing is there at all") -> str:
    """Commit a fix and its test over a first commit; return the fix's name."""
    past.commit({"src/it.py": module(8), "tests/test_it.py": "def test():\n    pass\n"})
    return past.commit(
        {
            "src/it.py": module(8).replace("return 3", "return 0"),
            "tests/test_it.py": "from it import f3\n\n\ndef test():\n    assert f3() == 0\n",
        },
        message,
    )
