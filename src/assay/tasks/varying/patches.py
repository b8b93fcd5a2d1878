"""Variants of repository tasks: other names where a patch brings them in, points reordered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from keyword import kwlist
from random import Random

from assay.core.task import Task
from assay.tasks.kinds import language_of
from assay.tasks.varying.parts import Source, Variant
from assay.tasks.varying.points import orders_of, reordered
from assay.tasks.varying.vocabulary import candidates, role_names
from assay.tasks.verify.proving import Proofs

__all__ = ["Patches", "introduced", "is_patch", "patch_family"]

_WORD = re.compile(r"(?<![\w$])[A-Za-z_$][\w$]*")
_DEFINED = re.compile(
    r"""(?x)
    \b(?:def|function|func|fn|fun)\s+(?:\([^)]*\)\s*)?(?P<function>[A-Za-z_]\w*)
    | \b(?:let|const|var|val)\s+(?P<declared>[A-Za-z_]\w*)\s*[:=]
    | \b(?:int|long|char|double|size_t|Py_ssize_t|Py[A-Z]\w+)\s+\**(?P<typed>[A-Za-z_]\w*)\s*[=;]
    | ^\s*(?P<assigned>[A-Za-z_]\w*)\s*:?=(?!=)
    | \bfor\s+(?P<looped>[A-Za-z_]\w*)\s+(?:in|of)\b
    """
)
_CALLED_BY_OTHERS = re.compile(
    r"__\w+__|[A-Z_]+|setUp\w*|tearDown\w*|main|init|test|Test\w*|get|set|toString|equals|hashCode"
)
_TEST = re.compile(r"test_?(?=.)|Test(?=.)")
_WORDS = frozenset(
    (*kwlist, "case", "catch", "char", "const", "default", "double", "enum", "float", "function",
     "int", "let", "long", "new", "null", "short", "static", "struct", "switch", "this", "throw",
     "type", "typeof", "undefined", "var", "void", "all", "any", "filter", "hash", "input", "iter",
     "len", "list", "map", "max", "min", "next", "object", "range", "repr", "set", "sum", "zip")
)  # fmt: skip
"""Words that mean something in one of the languages: no names."""
_LISTS = ("FAIL_TO_PASS", "PASS_TO_PASS")


def is_patch(source: Source) -> bool:
    """Is it a task of a repository: an issue, its fix and the tests?"""
    return bool(source.column("patch") and source.column("test_patch"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patches:
    """What one fix could have looked like.

    Only names that the patches bring in are renamed: they stand on added lines, and on no line
    that was there before. Names that the rest of the repository knows and the patches do not show
    (a method that a framework calls) are not seen here: running the variant finds those. Points of
    the statement's lists get another order.
    """

    source: Source
    names: Mapping[str, str]
    """Name to its role."""
    proofs: Proofs

    def make(self, draw: Random) -> Variant | None:
        """Rename in statement, patch, tests and lists of tests."""
        item, tests = self.source.item, self.source.column("test_patch")
        parts = (reordered(item.statement, draw), item.answer or "", tests)
        used = {word for part in parts for word in _WORD.findall(part)}
        mapping: dict[str, str] = {}
        for name, role in self.names.items():
            free = [one for one in _others(name, role) if one not in used]
            if free:
                mapping[name] = draw.choice(free)
                used.add(mapping[name])
        if not mapping and parts[0] == item.statement:
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

    def hold(self, variants: Sequence[Variant], count: int) -> list[Variant]:
        """Run each before its fix and after it; note those that fail, and stop at `count`."""
        found: list[Variant] = []
        for number, one in enumerate(variants, 1):
            left = len(variants) - number
            ran = self._run(one)
            if isinstance(ran, Variant):
                found.append(ran)
            else:
                self.proofs.note(self.source.item.id, number, ran)
            if len(found) == count or len(found) + left < count:
                break
        return found

    def _run(self, one: Variant) -> Variant | str:
        """Return the variant with the lists of tests that its run showed, or why it fails."""
        if why := self.prove([one]):
            return why
        task = self.proofs.tasks[self.source.item.id]
        changed = {"statement": one.statement, "patch": one.answer}
        changed["test_patch"] = one.columns["test_patch"]
        ran = self.proofs.of(task.model_copy(update=changed))
        if ran.reason:
            return ran.reason
        lists = {"FAIL_TO_PASS": ran.fail_to_pass, "PASS_TO_PASS": ran.pass_to_pass}
        kept = {
            name: _settled(_known(task, name), json.loads(one.columns.get(name, "[]")), there)
            for name, there in lists.items()
        }
        for name, tests in kept.items():
            if len(tests) < len(_known(task, name)):
                return f"tests of {name} do not do what those of the source do"
        told = {name: json.dumps(tests, ensure_ascii=False) for name, tests in kept.items()}
        return Variant(statement=one.statement, answer=one.answer, columns={**one.columns, **told})


def _others(name: str, role: str) -> list[str]:
    """Return other names; what runners know tests by stays in front."""
    lead = _TEST.match(name)
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+|_+", name)
    shorter = [name.replace(part, "", 1).strip("_").replace("__", "_") for part in parts]
    if not lead and role == "other":
        shorter += role_names("other")
    found = [*candidates(name, role), *(one[:1].lower() + one[1:] for one in shorter)]
    fits = (one for one in found if one.isidentifier() and one not in _WORDS and len(one) > 2)
    return [one for one in dict.fromkeys(fits) if one != name and _lead(one) == _lead(name)]


def _lead(name: str) -> str:
    found = _TEST.match(name)
    return found.group() if found else ""


def _known(task: Task, name: str) -> tuple[str, ...]:
    return task.fail_to_pass if name == "FAIL_TO_PASS" else task.pass_to_pass


def _settled(known: Sequence[str], renamed: Sequence[str], ran: Sequence[str]) -> list[str]:
    """Return what each of the source's tests is called now; all that ran where none are known.

    A test that was there before has its old name, though a word of it was renamed elsewhere.
    """
    if not known:
        return list(ran)
    there = set(ran)
    pairs = zip(known, renamed, strict=True)
    return [new if new in there else old for old, new in pairs if there & {old, new}]


def patch_family(source: Source, proofs: Proofs | None) -> Patches | str:
    """What could it have been? Or why it cannot be varied."""
    if proofs is None or source.item.id not in proofs.tasks:
        return "it is a task of a repository, which was not given: nobody can run its gold"
    names = introduced(source.item.answer or "", source.column("test_patch"))
    if not names and orders_of(source.item.statement) < 2:
        return "its patches bring in no name of their own, and its statement has no list of points"
    return Patches(source=source, names=names, proofs=proofs)


def introduced(*patches: str) -> dict[str, str]:
    r"""Which names do the patches define and nothing that was there before uses? With their roles.

    Examples
    --------
    >>> introduced("--- a/x.py\n+++ b/x.py\n@@ -1 +1,2 @@\n a = 1\n+def halve(n): return n / a\n")
    {'halve': 'function'}
    """
    rows = [(path, line) for patch in patches for path, line in _added(patch)]
    added = "\n".join(line for path, line in rows if language_of(path))
    kept = {w for patch in patches for line in _heads(patch) for w in _WORD.findall(line)}
    kept |= {w for path, line in rows if not language_of(path) for w in _WORD.findall(line)}
    strings = {
        w for text in re.findall(r"\"[^\"\n]*\"|'[^'\n]*'", added) for w in _WORD.findall(text)
    }
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


def _added(patch: str) -> Iterator[tuple[str, str]]:
    """Yield the added lines of a diff, each with its file."""
    path = ""
    for line in patch.splitlines():
        if line.startswith("+++ "):
            path = line[4:].partition("\t")[0].strip('"').removeprefix("b/")
        elif line.startswith("+"):
            yield path, line[1:]


def _heads(patch: str) -> Iterator[str]:
    """Yield all that is no added line."""
    for line in patch.splitlines():
        if not line.startswith("+") or line.startswith("+++"):
            yield line


def _renamed(text: str, mapping: Mapping[str, str]) -> str:
    return _WORD.sub(lambda match: mapping.get(match.group(), match.group()), text)
