"""Which version of the lab made this? A digest of the code that a result rests on."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

import assay

__all__ = ["code_digest", "rests_on"]

ROOMS = ("assay.lab", "assay.nn")
"""Whose changes make another result; the rest of the tree is used through its interfaces."""
SOURCE = Path(assay.__file__).parents[1]


def code_digest(module: str) -> str:
    """What is the digest of a module and of all modules of the lab that it rests on?

    Examples
    --------
    >>> code_digest("assay.lab.world") == code_digest("assay.lab.routes")
    False
    """
    files = {name: file.read_bytes() for name in rests_on(module) if (file := _file(name))}
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name} {hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


def rests_on(module: str) -> set[str]:
    """Which modules of the lab does this one import, itself and at second hand included?

    Examples
    --------
    >>> "assay.lab.wording" in rests_on("assay.lab.world")
    True
    """
    found, waiting = set[str](), [module]
    while waiting:
        name = waiting.pop()
        file = _file(name)
        if name in found or file is None:
            continue
        found.add(name)
        waiting += [one for one in _imported(file) if one.startswith(ROOMS)]
    return found


def _file(module: str) -> Path | None:
    """Where does a module of ours lie? Other people's are not looked at."""
    place = SOURCE.joinpath(*module.split("."))
    known = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in known if file.is_file()), None)


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
