"""Variants of repository tasks: the names that a patch brings in, renamed in all its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from assay.tasks.varying.parts import Source, Variant
from assay.tasks.varying.vocabulary import candidates

__all__ = ["Patches", "introduced", "is_patch", "patch_family"]

_WORD = re.compile(r"(?<![\w$])[A-Za-z_$][\w$]*")
_DEFINED = re.compile(
    r"""(?x)
    \b(?:def|function|func|fn|fun)\s+(?:\([^)]*\)\s*)?(?P<function>[A-Za-z_]\w*)
    | \b(?:let|const|var|val)\s+(?P<declared>[A-Za-z_]\w*)\s*[:=]
    | ^\s*(?P<assigned>[A-Za-z_]\w*)\s*:?=(?!=)
    | \bfor\s+(?P<looped>[A-Za-z_]\w*)\s+(?:in|of)\b
    """
)
_CALLED_BY_OTHERS = re.compile(
    r"__\w+__|[A-Z_]+|setUp\w*|tearDown\w*|main|init|test|Test\w*|get|set|toString|equals|hashCode"
)
_LISTS = ("FAIL_TO_PASS", "PASS_TO_PASS")


def is_patch(source: Source) -> bool:
    """Is it a task of a repository: an issue, its fix and the tests?"""
    return bool(source.column("patch") and source.column("test_patch"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patches:
    """What one fix could have looked like.

    Only names that the patches bring in are renamed: they stand on added lines, and on no line
    that was there before. Nothing is run here: `assay bench verify` runs the gold of what is
    written. Not covered: names that the rest of the repository knows and the patches do not show
    (a method that a framework calls); verifying finds those, and the item is then left out.
    """

    source: Source
    names: Mapping[str, str]
    """Name to its role."""

    def make(self, draw: Random) -> Variant | None:
        """Rename in statement, patch, tests and lists of tests."""
        item, tests = self.source.item, self.source.column("test_patch")
        parts = (item.statement, item.answer or "", tests)
        used = {word for part in parts for word in _WORD.findall(part)}
        mapping: dict[str, str] = {}
        for name, role in self.names.items():
            free = [one for one in candidates(name, role) if one not in used]
            if free:
                mapping[name] = draw.choice(free)
                used.add(mapping[name])
        if not mapping:
            return None
        statement, patch, test_patch = (_renamed(part, mapping) for part in parts)
        lists = {name: _renamed(self.source.column(name), mapping) for name in _LISTS}
        columns = {"test_patch": test_patch, **{k: v for k, v in lists.items() if v}}
        return Variant(statement=statement, answer=patch, columns=columns)

    def prove(self, variants: Sequence[Variant]) -> str:
        """Check that what stood in the repository before is untouched in every variant."""
        own = self.source.item.answer or ""
        before = list(_lines(own, " -@"))
        for one in variants:
            if list(_lines(one.answer, " -@")) != before:
                return "a line that was there before would change"
            if len(set(one.answer.splitlines())) < len(set(own.splitlines())):
                return "two lines would become one"
        return ""


def patch_family(source: Source) -> Patches | str:
    """What could it have been? Or why it cannot be varied."""
    names = introduced(source.item.answer or "", source.column("test_patch"))
    if not names:
        return "its patches bring in no name of their own"
    return Patches(source=source, names=names)


def introduced(*patches: str) -> dict[str, str]:
    r"""Which names do the patches define and nothing that was there before uses? With their roles.

    Examples
    --------
    >>> introduced("--- a/x.py\n+++ b/x.py\n@@ -1 +1,2 @@\n a = 1\n+def halve(n): return n / a\n")
    {'halve': 'function'}
    """
    added = "\n".join(line for patch in patches for line in _lines(patch, "+"))
    kept = {w for patch in patches for line in _heads(patch) for w in _WORD.findall(line)}
    strings = {w for text in re.findall(r"\"[^\"\n]*\"|'[^'\n]*'", added) for w in _WORD.findall(text)}
    attributes = set(re.findall(r"\.\s*([A-Za-z_]\w*)", added))
    keywords = set(re.findall(r"[(,]\s*([A-Za-z_]\w*)\s*=(?!=)", added))
    found: dict[str, str] = {}
    for line in added.splitlines():
        for match in _DEFINED.finditer(line):
            kind = str(match.lastgroup)
            name = match.group(kind)
            if name not in kept | strings | attributes | keywords and len(name) > 2:
                found[name] = "function" if kind == "function" else "other"
    return {n: r for n, r in found.items() if not _CALLED_BY_OTHERS.fullmatch(n)}


def _lines(patch: str, signs: str) -> Iterator[str]:
    """Yield the lines of a diff that begin with one of these signs, without the heads of files."""
    for line in patch.splitlines():
        if line[:1] and line[0] in signs and not line.startswith(("+++", "---")):
            yield line[1:] if line[0] != "@" else line


def _heads(patch: str) -> Iterator[str]:
    """Yield all that is no added line."""
    for line in patch.splitlines():
        if not line.startswith("+") or line.startswith("+++"):
            yield line


def _renamed(text: str, mapping: Mapping[str, str]) -> str:
    return _WORD.sub(lambda match: mapping.get(match.group(), match.group()), text)
