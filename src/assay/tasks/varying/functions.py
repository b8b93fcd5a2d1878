"""Variants of functions to complete: HumanEval's form."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from assay.tasks.varying.examples import LONGEST, Example, calls_in_tests, examples_in, literal
from assay.tasks.varying.examples import swaps as swapped
from assay.tasks.varying.parts import Source, Variant
from assay.tasks.varying.proving import Prover
from assay.tasks.varying.renaming import chosen, edited, edits_of
from assay.tasks.varying.scopes import Names, Span, names_of

__all__ = ["Functions", "function_family", "is_function"]


def is_function(source: Source) -> bool:
    """Is it a function to complete, with tests and the name to call?"""
    return bool(source.column("test") and source.column("entry_point") and source.item.answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """What one function could have been: other names, other calls among its examples.

    Not covered: names inside f-strings, of classes, imported or built in, and those that English
    prose uses too ("a") stay as they are. Calls are taken from the task's own examples and tests,
    so that their arguments are ones that the statement allows.
    """

    source: Source
    prover: Prover
    examples: tuple[Example, ...] = ()
    pool: tuple[tuple[str, str], ...] = ()
    """Calls with their results, as the gold gave them."""

    def make(self, draw: Random) -> Variant | None:
        """Rename it throughout, and draw other examples."""
        code, cut = code_of(self.source)
        moved = swapped(self.examples, self.pool, draw)
        statement = edited(code[:cut], moved)
        text = statement + code[cut:]
        found, entry = names_of(text), self.source.column("entry_point")
        test = self.source.column("test")
        mapping = chosen(found, draw, taken=re.findall(r"\w+", test), text=text)
        if not mapping and not moved:
            return None
        edits, at = edits_of(text, found, mapping), len(statement)
        return Variant(
            statement=edited(statement, [one for one in edits if one[0][0] < at]),
            answer=edited(text[at:], [((a - at, b - at), new) for (a, b), new in edits if a >= at]),
            columns={
                "test": edited(test, _in_test(test, found, mapping)),
                "entry_point": mapping.get(entry, entry),
            },
        )

    def prove(self, variants: Sequence[Variant]) -> str:
        """Run the gold of each against its tests."""
        failures = self.prover.failures([program_of(one) for one in variants])
        return next((why for why in failures if why), "")

    def hold(self, variants: Sequence[Variant], count: int) -> list[Variant]:
        """Return so many: `prove` runs the set as a whole."""
        return list(variants[:count])


def code_of(source: Source) -> tuple[str, int]:
    """Return prompt and solution as one text, and where the solution begins."""
    return source.item.text, len(source.item.text) - len(source.item.answer or "")


def program_of(one: Variant) -> str:
    """Return the program that ends well exactly when the gold passes its tests."""
    joint = "" if one.statement.endswith("\n") else "\n"
    call = f"check({one.columns['entry_point']})"
    return f"{one.statement}{joint}{one.answer}\n{one.columns['test']}\n{call}\n"


def function_family(source: Source, prover: Prover) -> Functions | str:
    """What could it have been? Or why it cannot be varied."""
    code, cut = code_of(source)
    entry, test = source.column("entry_point"), source.column("test")
    try:
        found = names_of(code)
        calls = calls_in_tests(test)
    except (SyntaxError, ValueError, RecursionError) as error:
        return f"it does not parse as Python: {error}"
    if entry not in found.places:
        return f"its entry point {entry!r} cannot be renamed"
    own = Variant(
        statement=code[:cut], answer=code[cut:], columns={"test": test, "entry_point": entry}
    )
    (failure,) = prover.failures([program_of(own)])
    if failure:
        return f"its own gold fails its own tests: {failure}"
    told = examples_in(code, entry, [s for s in found.prose if s[0] < cut])
    examples, pool = _recomputed(told, calls, code, entry, prover)
    return Functions(source=source, prover=prover, examples=examples, pool=pool)


def _recomputed(
    told: Sequence[Example], calls: Sequence[str], code: str, entry: str, prover: Prover
) -> tuple[tuple[Example, ...], tuple[tuple[str, str], ...]]:
    """Keep the examples that the gold confirms, and the calls whose results can be written."""
    if not told:
        return (), ()
    arguments = list(dict.fromkeys([*(one.text for one in told), *calls]))
    given = dict(zip(arguments, prover.values(code, entry, arguments), strict=True))
    examples = tuple(one for one in told if _is(given[one.text], one.value))
    longest = max([LONGEST // 2, *(len(one.text) for one in examples)])
    kinds = {type(one.value) for one in examples}
    pool = tuple(
        (text, result)
        for text, result in given.items()
        if result is not None
        and len(text) <= longest
        and len(result) <= longest
        and (value := literal(result)) is not None
        and type(value[0]) in kinds
    )
    return examples, pool


def _is(result: str | None, value: object) -> bool:
    got = None if result is None else literal(result)
    return got is not None and type(got[0]) is type(value) and got[0] == value


def _in_test(test: str, found: Names, mapping: Mapping[str, str]) -> list[tuple[Span, str]]:
    """Rename the program's functions where the tests call them, and arguments given by name."""
    tree, bound = ast.parse(test), names_of(test)
    functions = {n for n in mapping if found.roles.get(n) == "function"} - bound.places.keys()
    lines = [0, *(match.end() for match in re.finditer("\n", test))]
    edits = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in functions:
            at = lines[node.lineno - 1] + _characters(test, lines, node)
            edits.append(((at, at + len(node.id)), mapping[node.id]))
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and called in functions | {"candidate"}:
            for one in (k for k in node.keywords if k.arg in mapping):
                at = lines[one.lineno - 1] + _characters(test, lines, one)
                edits.append(((at, at + len(one.arg or "")), mapping[one.arg or ""]))
    return edits


def _characters(test: str, lines: Sequence[int], node: ast.Name | ast.keyword) -> int:
    """Return the column in characters: `ast` counts bytes."""
    start = lines[node.lineno - 1]
    return len(test[start:].encode()[: node.col_offset].decode())
