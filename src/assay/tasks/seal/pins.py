"""Does a file pin the project itself at a version that holds the fix?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from packaging.version import Version

from assay.tasks.seal.answer import version_in

__all__ = ["pinned"]

LISTS = re.compile(
    r"(requirements.*\.(txt|in)|constraints.*\.txt|setup\.(cfg|py)|pyproject\.toml|environment.*\.ya?ml"
    r"|Pipfile|tox\.ini|go\.(mod|sum)|Gemfile(\.lock)?|pom\.xml|build\.gradle.*|Dockerfile.*)$",
    re.IGNORECASE,
)
LOCKS = re.compile(
    r"(poetry|uv|pdm|Pipfile|Cargo|yarn|composer)\.lock$|(package-lock|npm-shrinkwrap|package|composer)"
    r"\.json$|pnpm-lock\.ya?ml$|Cargo\.toml$|METADATA$|PKG-INFO$"
)
NUMBER = r"v?(\d+(?:\.\d+)+[A-Za-z0-9.+]*)"
DEPTH = 40


def pinned(path: str, content: bytes, projects: Sequence[str], fixed: str) -> str:
    """Which version of the project, at or after the fixed one, does this file ask for?

    A bound from below (`>=`, `^`, `~=`) at or after the fix counts, too: what it admits has the
    fix. One from before the fix (`>=1.0`) does not, though a network would let it install it.

    Parameters
    ----------
    path
        The file's name: also that of a wheel or of a source archive.
    content
        Its text.
    projects
        Names of the project, in lower case.
    fixed
        The first version that holds the fix.

    Examples
    --------
    >>> pinned("requirements.txt", b"calc==1.4.0", ["calc"], "1.3.2")
    'calc 1.4.0'
    >>> pinned("requirements.txt", b"calc==1.3.1", ["calc"], "1.3.2")
    ''
    """
    least = version_in(fixed)
    if least is None:
        return ""
    for name, said in _named(path, content, projects):
        version = version_in(said)
        if version is not None and _reaches(version, least):
            return f"{name} {said}"
    return ""


def _reaches(version: Version, least: Version) -> bool:
    return version >= least


def _named(path: str, content: bytes, projects: Sequence[str]) -> Iterator[tuple[str, str]]:
    base = PurePosixPath(path.replace("!", "/")).name
    for name in projects:
        spelled = (
            re.escape(name).replace("\\-", "[-_.]").replace("_", "[-_.]").replace("\\.", "[-_.]")
        )
        archive = re.match(
            rf"{spelled}-(\d+(?:\.\d+)+[a-z0-9.]*?)(?:-.*\.whl|\.tar\.\w+|\.tgz|\.zip)$",
            base.lower(),
        )
        if archive:
            yield name, archive[1]
        if LISTS.search(base) or LOCKS.search(base):
            yield from _in_text(content.decode("utf-8", "replace"), name, spelled)
        if base.endswith(".json"):
            yield from _in_json(content, name)


def _in_text(text: str, name: str, spelled: str) -> Iterator[tuple[str, str]]:
    """Find "name==1.2", "name = {version = "1.2"}", "name v1.2", and blocks of lock files."""
    own = rf"(?<![\w./-]){spelled}(?:\[[^\]]*\])?"
    joint = r"[\"']?\s*(?:[=~^><!@:({\s\"']|version|npm)*"
    for said in re.finditer(own + joint + NUMBER, text, re.IGNORECASE):
        if "<" not in said[0] and "!=" not in said[0]:
            yield name, said[1]
    block = rf"^name\s*[=:]\s*[\"']?{spelled}[\"']?\s*\nversion\s*[=:]\s*[\"']?{NUMBER}"
    for said in re.finditer(block, text, re.IGNORECASE | re.MULTILINE):
        yield name, said[1]
    for said in re.finditer(rf"{spelled}(?:\.git)?@{NUMBER}", text, re.IGNORECASE):
        yield name, said[1]


def _in_json(content: bytes, name: str) -> Iterator[tuple[str, str]]:
    """Find a dependency in package.json and in the lock files of npm."""
    try:
        root = json.loads(content)
    except (ValueError, RecursionError):
        return
    left = [(root, 0, "")]
    while left:
        value, depth, key = left.pop()
        if not isinstance(value, dict) or depth > DEPTH:
            continue
        for inner, one in value.items():
            called = inner.rpartition("node_modules/")[2].lower()
            said = one.get("version") if isinstance(one, dict) else one
            if called == name and key and isinstance(said, str):
                yield name, said
            left.append((one, depth + 1, inner))
