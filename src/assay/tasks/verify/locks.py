"""Which commands build an environment, where a task names none? A lock file says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["PLACE", "commands_of", "depends_on_tree", "manifests"]

PLACE = "/tmp/env"  # noqa: S108 - in the box, whose /tmp is its own
"""Where an environment is built, and seen in every run."""
Command = tuple[str, ...]

LOCKS: tuple[tuple[str, Command], ...] = (
    ("package-lock.json", ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")),
    ("npm-shrinkwrap.json", ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")),
    ("requirements.lock", ("pip", "install", "--requirement", "requirements.lock")),
    ("requirements.txt", ("pip", "install", "--requirement", "requirements.txt")),
    ("go.sum", ("go", "mod", "download")),
)
MANIFESTS = (
    *(name for name, _ in LOCKS),
    "go.mod",
    "package.json",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "tox.ini",
)
READERS = {"npm", "npx", "yarn", "pnpm", "go", "make", "cmake", "sh", "bash"}
LARGEST = 64 << 20


def commands_of(setup: Sequence[Command], tree: Path) -> tuple[Command, ...]:
    """Return a task's own commands, or those of the lock files in its tree.

    Lock files of Poetry, PDM and uv are not read: name their commands in the task's `setup`.
    """
    if setup:
        return tuple(tuple(command) for command in setup)
    found = dict.fromkeys(command for name, command in LOCKS if plain(tree / name))
    return tuple(found)


def depends_on_tree(commands: Sequence[Sequence[str]]) -> bool:
    """May a command read files of the tree? Installing packages by name does not.

    Examples
    --------
    >>> depends_on_tree([("pip", "install", "pytest")])
    False
    >>> depends_on_tree([("pip", "install", "--editable", ".")])
    True
    """
    return any(
        (command[0] in READERS and "--prefix" not in command) or any(map(names_a_file, command[1:]))
        for command in commands
        if "venv" not in command
    )


def names_a_file(word: str) -> bool:
    """May this argument be a path, or say that one follows?"""
    if word.startswith(PLACE):
        return False
    return "/" in word or word.startswith(".") or word in {"-r", "--requirement", "--editable"}


def manifests(tree: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a tree that say what it needs."""
    more = sorted(path.name for path in tree.glob("requirements*.txt"))
    for name in dict.fromkeys((*MANIFESTS, *more)):
        if plain(tree / name):
            yield name, (tree / name).read_bytes()


def plain(path: Path) -> bool:
    """Is it a plain file of a usual size?"""
    return path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST
