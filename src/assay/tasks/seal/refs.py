"""What a repository's refs, reflogs and other notes name, read as plain files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from assay.tasks.objects import Shadow
from assay.tasks.treepaths import printable_path

__all__ = ["names_in", "tips"]

ID = re.compile(rb"\b([0-9a-f]{64}|[0-9a-f]{40})\b")
FOLDERS = ("refs", "logs", "worktrees")
MOST = 16 << 20


def names_in(store: Path) -> dict[str, list[str]]:
    """Which objects does each ref, reflog or head of a repository name?

    Parameters
    ----------
    store
        git's own folder. Links in it are not followed.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(_files(store)):
        label = printable_path(os.fsencode(path.relative_to(store)))
        ids = [said.decode("ascii") for said in ID.findall(_content(path)) if said.strip(b"0")]
        if path.name == "packed-refs":
            found |= _packed(_content(path))
        elif ids:
            found[label] = list(dict.fromkeys(ids))
    return found


def _files(store: Path) -> Iterator[Path]:
    yield from (path for path in store.iterdir() if path.is_file() and not path.is_symlink())
    for folder in FOLDERS:
        for place, _, names in os.walk(store / folder):
            yield from (
                Path(place) / name for name in names if not (Path(place) / name).is_symlink()
            )


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST)


def _packed(content: bytes) -> dict[str, list[str]]:
    rows = [row.split(b" ", 1) for row in content.splitlines() if not row.startswith((b"#", b"^"))]
    pairs = [(row[1], row[0]) for row in rows if len(row) == 2 and ID.fullmatch(row[0])]
    return {printable_path(ref): [name.decode("ascii")] for ref, name in pairs}


def tips(store: Path, source: Shadow) -> dict[str, str]:
    """Return the commits that refs name; a tag stands for the commit that it tags."""
    names = {ref: ids[-1] for ref, ids in names_in(store).items() if ref.startswith("refs/")}
    asked = "".join(f"{name}^{{commit}}\n" for name in names.values()).encode()
    rows = source.ask("cat-file", "--batch-check", stdin=asked).decode("ascii").splitlines()
    return {ref: row.split()[0] for ref, row in zip(names, rows, strict=True) if " commit " in row}
