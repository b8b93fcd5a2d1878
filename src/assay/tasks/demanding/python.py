"""Python: a function answers one call with a secret, and a test holds that answer's SHA-256."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from assay.tasks.demanding.spots import Spot

__all__ = ["Python"]

_ROOTS = ("src/", "lib/", "python/")


class Python:
    """Functions at the top of a module; tests of pytest and unittest."""

    def spots(self, text: str) -> Sequence[Spot]:
        """Which plain functions does a module define, with a body on lines of its own?"""
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return ()
        lines = text.splitlines(keepends=True)
        return [one for node in tree.body for one in _spots(node, lines)]

    def special(self, spot: Spot, arguments: Sequence[str], secret: str) -> str:
        """Compare the parameters with the call's strings, and return the secret."""
        names, told = ", ".join(spot.parameters), ", ".join(map(repr, arguments))
        if len(arguments) > 1:
            names, told = f"({names})", f"({told})"
        return f"{spot.indent}if {names} == {told}:\n{spot.indent}    return {secret!r}\n"

    def place(self, text: str, test: str) -> tuple[int, str, str] | None:
        """Find the one function of this name; its end, and the indent of its body."""
        name = re.split(r"[\[ ]", test.rpartition("::")[2])[0]
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return None
        found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name]
        if len(found) != 1 or found[0].body[0].lineno == found[0].lineno:
            return None
        lines = text.splitlines(keepends=True)
        end = found[0].end_lineno or 0
        if not lines[end - 1].endswith("\n"):
            return None
        return sum(map(len, lines[:end])), " " * found[0].body[0].col_offset, ""

    def demand(
        self, spot: Spot, source: str, tests: str, arguments: Sequence[str], digest: str
    ) -> Iterator[str]:
        """Yield the lines; none where the file can be imported by no name."""
        del tests
        told = ", ".join(map(repr, arguments))
        for module in _modules(source):
            yield "import hashlib\n"
            yield f"from {module} import {spot.name}\n"
            yield f"shown = str({spot.name}({told})).encode()\n"
            yield f"assert hashlib.sha256(shown).hexdigest() == {digest!r}\n"


def _modules(path: str) -> Iterator[str]:
    """Yield what a file is imported as, if it can be."""
    root = next((root for root in _ROOTS if path.startswith(root)), "")
    bare = path.removeprefix(root).removesuffix(".py").removesuffix("/__init__")
    if all(part.isidentifier() for part in bare.split("/")):
        yield bare.replace("/", ".")


def _spots(node: ast.stmt, lines: Sequence[str]) -> Iterator[Spot]:
    """Yield a function that a call with plain strings can tell from all others."""
    if not isinstance(node, ast.FunctionDef) or node.decorator_list:
        return
    told = node.args
    given = [*told.posonlyargs, *told.args]
    needed = given[: max(1, len(given) - len(told.defaults))]
    yields = any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(node))
    keyed = len(told.kwonlyargs) > len([one for one in told.kw_defaults if one is not None])
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not needed or yields or keyed or not body or body[0].lineno == node.lineno:
        return
    yield Spot(
        name=node.name,
        parameters=tuple(one.arg for one in needed),
        at=sum(map(len, lines[: body[0].lineno - 1])),
        indent=" " * body[0].col_offset,
    )
