"""Which text is the answer? What of a patch tells it from everything that was there before.

A line that the base tree has already says nothing. So each changed run gets the added lines that
no file of the base tree holds, and, for runs too small for that, three texts that hold the run in
its place: with the lines above and below it, as the fixed file has it; and as a quoted diff has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ahocorasick_rs import BytesAhoCorasick

from assay.tasks.seal.compacting import code_of, compact, words_of
from assay.tasks.seal.diffs import Diff, Run

__all__ = ["Hit", "Sought", "seek"]

LEAST = 6
"""A compact line of fewer bytes (`}else{`) is no evidence."""
RARE = 4
"""A line that more files of the base tree hold than this tells nothing."""
TELLING = 20.0
"""Bytes, each line's divided by the number of files that have it, that a run in its place needs."""
SHARE = 0.6
"""Of a run's distinctive bytes, that must stand near each other."""
ALONE, TOGETHER = 40, 30
"""Bytes of one distinctive line that suffice alone, and of two or more."""
MANY, MUCH = 6, 240
"""Of a long run, so many lines and bytes suffice, whatever their share."""
LINES = 24
"""Lines of one run that are looked for: the longest."""
WINDOW, OVERLAP = 1 << 20, 1 << 16
HALF_BINARY = 1 << 16
Found = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What to look for of one run; numbers are places in the list of all texts."""

    name: str
    lines: dict[int, int]
    """Distinctive lines, and their bytes."""
    wholes: tuple[int, ...]
    words: dict[int, int]
    """Names and strings that no file of the base has, for compiled files."""
    span: int

    @property
    def searchable(self) -> bool:
        """Is there enough of it to be found?"""
        return bool(self.wholes) or enough(self.lines, set(self.lines))


@dataclass(frozen=True, slots=True)
class Hit:
    """A run that stands somewhere."""

    run: str
    how: str


class Sought:
    """A machine that looks for all runs at once."""

    def __init__(self, texts: Sequence[bytes], aims: Sequence[Aim]) -> None:
        self.aims = tuple(aims)
        self._texts = tuple(texts)
        self._machine = BytesAhoCorasick(list(texts)) if texts else None

    @property
    def searchable(self) -> bool:
        """Could the answer be found if it stood there?"""
        return any(aim.searchable for aim in self.aims)

    def find(self, content: bytes) -> list[Hit]:
        """Which runs does this content hold?"""
        binary = b"\0" in content[:HALF_BINARY]
        found: dict[str, Hit] = {}
        for places in places_of(self._machine, compact(content)):
            for aim in self.aims:
                how = standing(aim, places, binary=binary)
                if how:
                    found.setdefault(aim.name, Hit(aim.name, how))
        return list(found.values())


def places_of(machine: BytesAhoCorasick | None, text: bytes) -> Iterable[dict[int, list[int]]]:
    """Yield, window by window, where each text stands."""
    if machine is None:
        return
    for at in range(0, max(len(text), 1), WINDOW):
        window = text[at : at + WINDOW + OVERLAP]
        places: dict[int, list[int]] = {}
        for which, begin, _ in machine.find_matches_as_indexes(window, overlapping=True):
            places.setdefault(which, []).append(begin)
        if places:
            yield places


def standing(aim: Aim, places: dict[int, list[int]], *, binary: bool) -> str:
    """How does a run stand in a window? Empty when it does not."""
    if any(one in places for one in aim.wholes):
        return "in its place"
    if enough(aim.lines, nearest(aim.lines, places, aim.span)):
        return "its lines"
    if binary and telling(aim.words, {one for one in aim.words if one in places}):
        return "its names and strings, compiled"
    return ""


def nearest(lines: dict[int, int], places: dict[int, list[int]], span: int) -> set[int]:
    """Return the lines that stand within a span, where they weigh most."""
    marks = sorted((at, one) for one in lines if one in places for at in places[one])
    best: set[int] = set()
    heaviest, start, weight = 0, 0, 0
    inside: Counter[int] = Counter()
    for at, one in marks:
        weight += lines[one] * (not inside[one])
        inside[one] += 1
        while marks[start][0] < at - span:
            gone = marks[start][1]
            inside[gone] -= 1
            weight -= lines[gone] * (not inside[gone])
            start += 1
        if weight > heaviest:
            heaviest, best = weight, {name for name, count in inside.items() if count}
    return best


def enough(lines: dict[int, int], found: set[int]) -> bool:
    """Are these lines of a run so many that chance did not bring them together?"""
    weight = sum(lines[one] for one in found)
    if len(found) >= MANY and weight >= MUCH:
        return True
    needed = TOGETHER if len(found) > 1 else ALONE
    return bool(found) and weight >= needed and weight >= SHARE * sum(lines.values())


def telling(words: dict[int, int], found: set[int]) -> bool:
    """The same of names and strings in a compiled file."""
    weight = sum(words[one] for one in found)
    return weight >= 16 and weight >= SHARE * sum(words.values())


def seek(diff: Diff, base: Iterable[tuple[str, bytes]]) -> Sought:
    """What is to be looked for, given the files of the base tree?

    Parameters
    ----------
    diff
        The patch.
    base
        Each file's path, as the patch would have it, and its content. A file that holds a whole
        run in its place, or nearly all rare lines of one, is itself under suspicion and does not
        count as base; but the file that the run changes is what it was.
    """
    texts = Texts(diff.runs)
    machine = BytesAhoCorasick(texts.all) if texts.all else None
    files: list[tuple[str, set[int]]] = []
    for path, content in base:
        seen: set[int] = set()
        for places in places_of(machine, compact(content)):
            seen.update(places)
        if seen:
            files.append((path, seen))
    every = Counter(one for _, seen in files for one in seen)
    clean = [seen for path, seen in files if not texts.suspects(path, seen, every)]
    counts = Counter(one for seen in clean for one in seen)
    return Sought(texts.all, [aim_of(one, counts) for one in texts.runs])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A run as numbers of texts: those that may count, before the base tree is known."""

    run: Run
    lines: dict[int, int]
    context: dict[int, int]
    removed: dict[int, int]
    wholes: tuple[int, ...]
    quoted: tuple[int, ...]
    words: dict[int, int]
    span: int


class Texts:
    """All texts of all runs, each once."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self.all: list[bytes] = []
        self._known: dict[bytes, int] = {}
        runs = list(runs)
        old = {code_of(row, r.path) for r in runs for row in (*r.removed, *r.before, *r.after)}
        self.runs = [self._cut(run, old) for run in runs]

    def suspects(self, path: str, seen: set[int], counts: Counter[int]) -> bool:
        """Does a file of the base tree hold a run that another file is to get?"""
        others = (cut for cut in self.runs if cut.run.path != path)
        return any(suspect(cut, seen, counts) for cut in others)

    def _number(self, text: bytes) -> int:
        if text not in self._known:
            self._known[text] = len(self.all)
            self.all.append(text)
        return self._known[text]

    def _weighed(self, texts: Iterable[bytes]) -> dict[int, int]:
        return {self._number(t): min(len(t), 60) for t in texts if len(t) >= LEAST}

    def _cut(self, run: Run, old: set[bytes]) -> Cut:
        added = [code_of(row, run.path) for row in run.added]
        fresh = sorted({row for row in added if row not in old}, key=len, reverse=True)
        same = compact(b"".join(run.added)) == compact(b"".join(run.removed))
        wholes = () if same else tuple(self._number(t) for t in placed(run))
        quoted = () if same else tuple(self._number(t) for t in quotes(run))
        words = {word for row in run.added for word in words_of(row) if len(word) >= LEAST}
        return Cut(
            run=run,
            lines=self._weighed(fresh[:LINES]),
            context=self._weighed(code_of(row, run.path) for row in (*run.before, *run.after)),
            removed=self._weighed(code_of(row, run.path) for row in run.removed),
            wholes=wholes,
            quoted=quoted,
            words=self._weighed(words),
            span=4 * sum(len(row) for row in (*run.added, *run.before, *run.after)) + 2000,
        )


def placed(run: Run) -> list[bytes]:
    """Return the run in its place, as the fixed file has it, with what is above and below."""
    above, below = compact(b"".join(run.before)), compact(b"".join(run.after))
    inner = compact(b"".join(run.added))
    last, first = compact(b"".join(run.before[-1:])), compact(b"".join(run.after[:1]))
    texts = [above + inner + below]
    if inner:
        texts += [above + inner] * bool(last) + [inner + below] * bool(first)
    return [text for text in dict.fromkeys(texts) if len(text) >= TELLING]


def quotes(run: Run) -> list[bytes]:
    """Return the run as a diff has it: removed lines, then added ones, with their signs."""
    if not run.removed or not run.added:
        return []
    minus = b"".join(b"-" + compact(row) for row in run.removed)
    plus = b"".join(b"+" + compact(row) for row in run.added)
    return [minus + plus] if len(minus + plus) >= TELLING else []


def told(lines: dict[int, int], counts: Counter[int]) -> float:
    """How much do these lines tell? Each its bytes, parted among the files that have it."""
    rare = (one for one in lines if counts[one] <= RARE)
    return sum(lines[one] / max(counts[one], 1) for one in rare)


def suspect(cut: Cut, seen: set[int], counts: Counter[int]) -> bool:
    """Does a file of the base tree hold the answer?"""
    rare = {one: size for one, size in cut.lines.items() if counts[one] <= RARE}
    if any(one in seen for one in cut.quoted):
        return told(cut.lines | cut.removed, counts) >= TELLING / 2
    if any(one in seen for one in cut.wholes[:1]):  # with all of its context: parts are common
        own = not cut.run.added or told(cut.lines, counts) >= LEAST / 2
        return own and told(cut.lines | cut.context, counts) >= TELLING
    held = sum(size for one, size in rare.items() if one in seen)
    return len(rare) >= 5 and held >= 0.9 * sum(rare.values())


def aim_of(cut: Cut, counts: Counter[int]) -> Aim:
    """Keep of a run what the base tree does not have."""
    lines = {one: size for one, size in cut.lines.items() if not counts[one]}
    words = {one: size for one, size in cut.words.items() if not counts[one]}
    wholes = list(cut.quoted) if told(cut.lines | cut.removed, counts) >= TELLING / 2 else []
    if told(cut.lines | cut.context, counts) >= TELLING:
        wholes += cut.wholes
    return Aim(
        name=f"{cut.run.path}, line {cut.run.line} of the patch",
        lines=lines,
        wholes=tuple(one for one in wholes if not counts[one]),
        words=words,
        span=cut.span,
    )
