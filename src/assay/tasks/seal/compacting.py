"""Text as the gate compares it: without what may change while the code stays the same."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

__all__ = ["code_of", "compact", "words_of"]

DROPPED = b" \t\r\n\f\v\0'\"`\\"
"""White space, quotes of each style, escapes, and the zeros of UTF-16."""
ENTITIES = ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&quot;", b""), (b"&#39;", b""), (b"&amp;", b"&"))
MARKS = {
    **dict.fromkeys((".py", ".rb", ".sh", ".yml", ".yaml", ".toml", ".pl", ".r"), b"#"),
    **dict.fromkeys((".sql", ".lua", ".hs", ".elm"), b"--"),
}
"""What begins a comment, by a file's ending; elsewhere it is //."""
WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{4,59}")
STRING = re.compile(rb"\"([^\"\\\n]{6,80})\"|'([^'\\\n]{6,80})'")


def compact(content: bytes) -> bytes:
    r"""Drop what layout, quoting, line ends and escaping change.

    Examples
    --------
    >>> compact(b"\tif (a &lt; 'b'):\r\n") == compact(b'if (a < "b"):\n')
    True
    """
    if b"&" in content:
        for name, sign in ENTITIES:
            content = content.replace(name, sign)
    return content.translate(None, DROPPED)


def code_of(line: bytes, path: str) -> bytes:
    r"""Return a line of a file, compact, without a comment at its end.

    Examples
    --------
    >>> code_of(b"  return a - b  # not a sum", "x.py"), code_of(b"u = '# no comment';", "x.py")
    (b'returna-b', b'u=#nocomment')
    """
    mark = MARKS.get(PurePosixPath(path).suffix.lower(), b"//")
    at = line.find(mark)
    while at >= 0:
        head = line[:at]
        closed = head.count(b'"') % 2 == 0 and head.count(b"'") % 2 == 0
        if closed and (not head or head[-1:].isspace()):
            line = head
            break
        at = line.find(mark, at + 1)
    return compact(line).rstrip(b",;")


def words_of(line: bytes) -> list[bytes]:
    """Return names and string constants of a line, which survive compilation."""
    strings = [compact(one or other) for one, other in STRING.findall(line)]
    return [*strings, *WORD.findall(STRING.sub(b" ", line))]
