"""JavaScript: a function answers one call with a secret, and a test holds its SHA-256.

There is no parser here: functions and tests are found by how they begin. What was found wrongly is
seen when it is run.
"""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Iterator, Sequence

from assay.tasks.demanding.spots import Spot

__all__ = ["JavaScript"]

_FUNCTION = r"function\s*\w*\s*\(([\w, ]*)\) \{\n"
_WHOLE = re.compile(rf"^module\.exports = {_FUNCTION}", re.MULTILINE)
_NAMED = re.compile(rf"^(?:var|let|const) (\w+) = {_FUNCTION}", re.MULTILINE)
_OWN = re.compile(r"^function (\w+)\(([\w, ]*)\) \{\n", re.MULTILINE)
_TEST = r"\b\w+(?:\.\w+)*\(\s*{title}\s*,\s*(?:function\s*\w*\s*\((\w+)\)|\((\w+)\)\s*=>)\s*\{{"
_STEP = re.compile(r"\n([ \t]+)\S")


class JavaScript:
    """Functions that a CommonJS module exports; tests in the manner of tape."""

    def spots(self, text: str) -> Sequence[Spot]:
        """Which functions does a module export?"""
        found = [_spot(text, "", one, one[1]) for one in _WHOLE.finditer(text)]
        for one in (*_NAMED.finditer(text), *_OWN.finditer(text)):
            exported = rf"exports\.{one[1]} =|module\.exports = \{{[^}}]*\b{one[1]}\b"
            if re.search(exported, text):
                found.append(_spot(text, one[1], one, one[2]))
        return [spot for spot in found if spot.parameters]

    def special(self, spot: Spot, arguments: Sequence[str], secret: str) -> str:
        """Compare the first parameters with the call's strings, and return the secret."""
        pairs = zip(spot.parameters, arguments, strict=True)
        told = " && ".join(f"{name} === {quoted(value)}" for name, value in pairs)
        line = spot.indent
        return f"{line}if ({told}) {{\n{line}{line}return {quoted(secret)};\n{line}}}\n"

    def place(self, text: str, test: str) -> tuple[int, str, str] | None:
        """Find the test of this title, and where it says that it has ended."""
        title = re.escape(test.rpartition(" > ")[2])
        begun = re.search(_TEST.format(title=f"(?:'{title}'|\"{title}\")"), text)
        if begun is None:
            return None
        teller = begun[1] or begun[2]
        ended = re.compile(rf"^([ \t]*){teller}\.end\(\);", re.MULTILINE).search(text, begun.end())
        return (ended.start(), ended[1], teller) if ended else None

    def demand(
        self, spot: Spot, source: str, tests: str, arguments: Sequence[str], digest: str
    ) -> Iterator[str]:
        """Yield the lines, with the file's place as the test sees it."""
        bare = source.removesuffix(".js").removesuffix("/index")
        place = os.path.relpath(bare, os.path.dirname(tests) or ".")  # noqa: PTH120 - no real path
        near = place if place.startswith(".") else f"./{place}"
        call = f"require({quoted(near)}){f'.{spot.name}' if spot.name else ''}"
        told = ", ".join(map(quoted, arguments))
        yield f"var shown = String({call}({told}));\n"
        yield "var hash = require('crypto').createHash('sha256').update(shown);\n"
        yield f"{{teller}}.equal(hash.digest('hex'), {quoted(digest)});\n"


def quoted(text: str) -> str:
    """Write a plain string as JavaScript has it.

    Examples
    --------
    >>> quoted("a b")
    "'a b'"
    """
    return "'" + json.dumps(text)[1:-1].replace("'", "\\'") + "'"


def _spot(text: str, name: str, found: re.Match[str], parameters: str) -> Spot:
    step = _STEP.match(text, found.end() - 1)
    return Spot(
        name=name,
        parameters=tuple(one.strip() for one in parameters.split(",") if one.strip())[:2],
        at=found.end(),
        indent=step[1] if step else "    ",
    )
