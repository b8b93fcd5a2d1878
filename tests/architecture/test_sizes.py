"""Nothing is too long, too deep or too wide to be read."""

from __future__ import annotations

import ast

from tests.architecture.tree import SOURCE, Function, functions

FILE, FUNCTION, PARAMETERS, DEPTH = 300, 40, 6, 3
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)


def lines(node: Function) -> int:
    """Count a function's lines, from its first decorator on, without its docstring."""
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    told = node.body[0]
    has_docstring = ast.get_docstring(node) is not None
    docstring = (told.end_lineno or 0) - told.lineno + 1 if has_docstring else 0
    return (node.end_lineno or 0) - first + 1 - docstring


def parameters(node: Function) -> int:
    """Count parameters, keyword-only ones too; `self` and `cls` are not the caller's."""
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def depth(node: ast.AST, level: int = 0) -> int:
    """How deep are blocks nested? An `elif` is not deeper than its `if`."""
    found = [level]
    for name, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for child in children:
            if not isinstance(child, ast.AST):
                continue
            is_elif = isinstance(node, ast.If) and name == "orelse" and isinstance(child, ast.If)
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue  # measured by itself
            deeper = isinstance(child, BLOCKS) and not is_elif
            found.append(depth(child, level + deeper))
    return max(found)


def test_files_are_short() -> None:
    sizes = {f: len(f.read_text(encoding="utf-8").splitlines()) for f in SOURCE.rglob("*.py")}
    assert not {str(file): size for file, size in sizes.items() if size > FILE}


def test_functions_are_short() -> None:
    assert not {where: lines(node) for where, node in functions() if lines(node) > FUNCTION}


def test_functions_take_few_parameters() -> None:
    wide = {where: parameters(node) for where, node in functions()}
    assert not {where: count for where, count in wide.items() if count > PARAMETERS}


def test_blocks_are_not_nested_deeply() -> None:
    assert not {where: depth(node) for where, node in functions() if depth(node) > DEPTH}


def test_the_measures_measure() -> None:
    text = """
def f(self, a, *, b):
    '''Docstring.

    Of three lines.
    '''
    if a:
        for x in b:
            with x:
                pass
    elif b:
        pass
"""
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef)
    assert (lines(node), parameters(node), depth(node)) == (7, 2, 3)
