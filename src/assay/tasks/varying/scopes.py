"""Which names of a Python text may be renamed, where do they stand, and what are they for?"""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Names", "Span", "names_of"]

Span = tuple[int, int]
_BUILTIN = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | frozenset(keyword.softkwlist)
_LOOKS = frozenset({"locals", "globals", "vars", "exec", "eval", "setattr", "getattr"})
"""What reads names as text: nothing is renamed then that could be meant."""
_DEFINES = re.compile(r"(?:async\s+def|def|class)\s+")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True, kw_only=True)
class Names:
    """What was found in a text."""

    places: dict[str, list[Span]] = field(default_factory=dict)
    """Name to where it stands, in characters; only names that may be renamed."""
    roles: dict[str, str] = field(default_factory=dict)
    """Name to what it is for: a role of the vocabulary."""
    told: set[str] = field(default_factory=set)
    """Functions and their parameters: what a statement may speak of."""
    taken: set[str] = field(default_factory=set)
    """Every identifier of the text: no new name may be one of them."""
    prose: list[Span] = field(default_factory=list)
    """Docstrings and comments."""


def names_of(text: str) -> Names:
    """What may be renamed in this Python text, and where does it stand?

    A name that is bound in functions of the text may be renamed. One that is imported, built in, an
    attribute of a class, declared `global`, or read inside an f-string may not; where names are
    looked up as text (`locals()`), none may.

    Raises
    ------
    SyntaxError
        It is no Python.

    Examples
    --------
    >>> found = names_of("def half(n):\\n    return n // 2\\n")
    >>> sorted(found.places), found.places["n"]
    (['half', 'n'], [(9, 10), (24, 25)])
    """
    tree = ast.parse(text)
    lines = _Lines(text)
    found = Names(taken=_identifiers(tree), prose=list(_prose(text, tree, lines)))
    wanted = _bound(tree) - _kept(tree)
    for name, span in _occurrences(tree, text, lines):
        if name in wanted:
            found.places.setdefault(name, []).append(span)
    found.told = _told_of(tree)
    found.roles = {name: role for name, role in _roles(tree).items() if name in found.places}
    return found


class _Lines:
    """From lines and columns in bytes to places in characters."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        """Return the place of a column counted in bytes, as `ast` counts."""
        before = self.lines[line - 1].encode()[:column].decode()
        return self.starts[line - 1] + len(before)


def _identifiers(tree: ast.AST) -> set[str]:
    found = set(_BUILTIN)
    for node in ast.walk(tree):
        for value in vars(node).values():
            found |= {value} if isinstance(value, str) and value.isidentifier() else set()
        if isinstance(node, ast.Global | ast.Nonlocal):
            found |= set(node.names)
    return found


def _bound(tree: ast.AST) -> set[str]:
    """Return the names that the text binds itself."""
    found = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, Function):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return {name for name in found if name.strip("_") and not name.startswith("__")} - _BUILTIN


def _told_of(tree: ast.AST) -> set[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    return {f.name for f in functions} | {
        one.arg for f in functions for one in ast.walk(f.args) if isinstance(one, ast.arg)
    }


def _kept(tree: ast.AST) -> set[str]:
    """Return the names that must stay as they are."""
    found = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(a.asname or a.name).partition(".")[0] for a in node.names}
        elif isinstance(node, ast.Global | ast.Nonlocal):
            found |= set(node.names)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.JoinedStr | ast.ClassDef):  # attributes; places before 3.12
            found |= _inside(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in _LOOKS - {"eval"}:
            return _bound(tree)
    return found


def _inside(node: ast.AST) -> set[str]:
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    if isinstance(node, ast.ClassDef):
        names |= {one.name for one in ast.walk(node) if isinstance(one, Function)}
        names |= {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    return names


def _occurrences(tree: ast.AST, text: str, lines: _Lines) -> Iterator[tuple[str, Span]]:
    """Yield every place at which a name stands as a name."""
    ours = {node.name for node in ast.walk(tree) if isinstance(node, Function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id, _span(node.id, lines.at(node.lineno, node.col_offset))
        elif isinstance(node, ast.arg):
            yield node.arg, _span(node.arg, lines.at(node.lineno, node.col_offset))
        elif isinstance(node, Function):
            at = lines.at(node.lineno, node.col_offset)
            match = _DEFINES.match(text, at)
            yield node.name, _span(node.name, match.end() if match else at)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ours:
            for one in node.keywords:
                if one.arg:
                    yield one.arg, _span(one.arg, lines.at(one.lineno, one.col_offset))


def _span(name: str, start: int) -> Span:
    return start, start + len(name)


def _prose(text: str, tree: ast.AST, lines: _Lines) -> Iterator[Span]:
    """Yield where docstrings and comments stand."""
    for node in ast.walk(tree):
        if isinstance(node, Function) and ast.get_docstring(node) is not None:
            told = node.body[0].value  # type: ignore[attr-defined] # an expression, by its docstring
            first = lines.at(told.lineno, told.col_offset)
            yield first, lines.at(told.end_lineno, told.end_col_offset)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            start = lines.starts[token.start[0] - 1] + token.start[1]
            yield start, start + len(token.string)


def _roles(tree: ast.AST) -> dict[str, str]:
    """Guess what each name is for, from annotations and from what it is bound to."""
    votes: dict[str, Counter[str]] = {}
    for node in ast.walk(tree):
        for name, role in _told(node):
            votes.setdefault(name, Counter())[role] += 1
    for node in ast.walk(tree):
        if isinstance(node, Function):
            votes[node.name] = Counter({"function": 1})
        elif isinstance(node, ast.arg | ast.Name):
            votes.setdefault(node.arg if isinstance(node, ast.arg) else node.id, Counter())
    return {name: v.most_common(1)[0][0] if v else "other" for name, v in votes.items()}


def _told(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.arg) and node.annotation is not None:
        yield node.arg, _of_annotation(ast.unparse(node.annotation))
    elif isinstance(node, ast.Assign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name):
                yield target.id, _of_value(node.value)
    elif isinstance(node, ast.For | ast.comprehension):
        yield from _of_loop(node.target, ast.unparse(node.iter))


def _of_loop(target: ast.expr, source: str) -> Iterator[tuple[str, str]]:
    names = [one.id for one in ast.walk(target) if isinstance(one, ast.Name)]
    if source.startswith("range"):
        yield from ((name, "index") for name in names)
    elif source.startswith("enumerate") and len(names) == 2:
        yield from zip(names, ("index", "element"), strict=True)
    else:
        yield from ((name, "element") for name in names)


def _of_annotation(text: str) -> str:
    kinds = {"List": "list", "list": "list", "str": "text", "int": "number", "float": "fraction"}
    return next((role for start, role in kinds.items() if text.startswith(start)), "other")


def _of_value(node: ast.expr) -> str:
    kinds: dict[type[ast.expr], str] = {
        ast.List: "list", ast.ListComp: "list", ast.Dict: "table", ast.DictComp: "table",
        ast.JoinedStr: "text", ast.BinOp: "number", ast.Compare: "truth",
    }  # fmt: skip
    if isinstance(node, ast.Constant):
        of = {bool: "truth", int: "number", float: "fraction", str: "text"}
        return of.get(type(node.value), "other")
    return kinds.get(type(node), "result")
