"""The source as syntax trees."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "assay"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def parsed(folder: Path) -> dict[str, ast.Module]:
    """Return all modules below a folder, by path from the root."""
    files = sorted(folder.rglob("*.py"))
    return {str(f.relative_to(ROOT)): ast.parse(f.read_text(encoding="utf-8")) for f in files}


@cache
def functions(folder: Path = SOURCE) -> list[tuple[str, Function]]:
    """Return all functions, each with where it stands."""
    return [
        (f"{path}:{node.lineno} {node.name}", node)
        for path, module in parsed(folder).items()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@cache
def calls(folder: Path = SOURCE) -> list[tuple[str, str]]:
    """Return what is called by a plain or dotted name, and where."""
    return [
        (f"{path}:{node.lineno}", ast.unparse(node.func))
        for path, module in parsed(folder).items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
    ]


@cache
def imports(folder: Path = SOURCE) -> list[tuple[str, str]]:
    """Return the names of imported modules, and where."""
    found = []
    for path, module in parsed(folder).items():
        for node in ast.walk(module):
            if isinstance(node, ast.Import):
                found += [(f"{path}:{node.lineno}", alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                found.append((f"{path}:{node.lineno}", node.module or ""))
    return found
