"""Which paths of a git tree may be written to a disk?"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

__all__ = ["collisions", "is_git", "leads_out", "printable_path", "unsafe"]

IGNORED = dict.fromkeys(
    [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF]
)
"""Characters that HFS+ passes over when it compares names."""
HOPS = 40


def unsafe(path: bytes) -> str:
    r"""Why may this path not be written? Empty when it may.

    Examples
    --------
    >>> unsafe(b"src/a.py"), unsafe(b"a/../../b"), unsafe(b"lib/.GIT/config")
    ('', "has a part '..'", "has a part '.GIT', which is git's own on some disks")
    """
    if not path:
        return "is empty"
    if path.startswith(b"/"):
        return "is absolute"
    if b"\\" in path:
        return "has a backslash, which parts folders on some systems"
    for part in path.split(b"/"):
        if part in {b"", b".", b".."}:
            return f"has a part {part.decode()!r}"
        if is_git(part):
            return f"has a part {printable_path(part)!r}, which is git's own on some disks"
    return ""


def is_git(part: bytes) -> bool:
    """Would any file system take this name for .git?"""
    text = part.decode("utf-8", "surrogateescape").translate(IGNORED)
    name = unicodedata.normalize("NFKC", text).casefold()
    name = name.partition(":")[0].rstrip(" .")  # NTFS drops these, and has streams after a colon
    return name in {".git", "git~1"}


def collisions(paths: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Which paths, or folders of them, differ in nothing but case or accents' spelling?

    Examples
    --------
    >>> collisions([b"Read.me", b"READ.me", b"a/b", b"A/c"])
    [(b'Read.me', b'READ.me'), (b'a', b'A')]
    """
    seen: dict[str, bytes] = {}
    found = []
    for path in _with_folders(paths):
        text = path.decode("utf-8", "surrogateescape")
        plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
        other = seen.setdefault(plain, path)
        if other != path:
            found.append((other, path))
    return found


def _with_folders(paths: Iterable[bytes]) -> Iterable[bytes]:
    known = set()
    for path in paths:
        parts = path.split(b"/")
        for length in range(1, len(parts) + 1):
            some = b"/".join(parts[:length])
            if some not in known:
                known.add(some)
                yield some


def leads_out(link: bytes, links: Mapping[bytes, bytes]) -> bool:
    """Would following this link leave the tree, by whichever other links it passes?

    Parameters
    ----------
    link
        The link's path.
    links
        All links of the tree, with what they say.
    """
    place, left = link.split(b"/")[:-1], [links[link]]
    for _ in range(HOPS):
        target = left.pop(0)
        if target.startswith(b"/") or not target or b"\0" in target:
            return True
        left = [*target.split(b"/"), *left]
        met = _walk(place, left, links)
        if met is None:
            return bool(left)  # it stopped where the tree ends
        place.pop()
        left.insert(0, met)
    return True  # a loop


def _walk(place: list[bytes], left: list[bytes], links: Mapping[bytes, bytes]) -> bytes | None:
    """Go down from a place until a link is met, whose target is returned, or the tree is left."""
    while left:
        part = left[0]
        if (part == b".." and not place) or (not place and is_git(part)):
            return None
        left.pop(0)
        if part == b"..":
            place.pop()
        elif part not in {b"", b"."}:
            place.append(part)
            if b"/".join(place) in links:
                return links[b"/".join(place)]
    return None


def printable_path(path: bytes) -> str:
    r"""Show a path that may be anything.

    Examples
    --------
    >>> printable_path(b"a\xff\n")
    'a\\xff\\x0a'
    """
    text = path.decode("utf-8", "backslashreplace")
    return "".join(
        c if c.isprintable() else "".join(f"\\x{b:02x}" for b in c.encode()) for c in text
    )
