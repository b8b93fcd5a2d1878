"""The answer by name: ids of commits and files, sums, subjects, submodules and versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ahocorasick_rs import BytesAhoCorasick

from assay.tasks.seal.answer import Answer
from assay.tasks.seal.compacting import compact
from assay.tasks.seal.pieces import Piece
from assay.tasks.seal.pins import pinned

__all__ = ["Names"]

SHORT, LONG = 7, 12
"""Digits of an id that tell: of the fix, as a word of its own; of any later commit."""
MESSAGES = {"commit", "tag", "git"}
GITLINK = b"160000 "


class Names:
    """Looks for all names of an answer at once."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        holders = {name for name in (answer.fix, *answer.holders) if name}
        self._raw = {bytes.fromhex(name): name for name in holders}
        texts = {
            name[:LONG].encode(): f"names {name[:LONG]}, which has the fix" for name in holders
        }
        texts |= {one.encode(): "names a fixed file by its SHA-256" for one in answer.sums}
        self._subject = compact(answer.subject.encode("utf-8", "replace"))
        self._short = answer.fix[:SHORT].encode()
        texts |= {self._subject: "has the fix's subject"} if self._subject else {}
        texts.setdefault(self._short, "names the fix") if self._short else None
        self._texts = list(texts.items())
        self._machine = BytesAhoCorasick([text for text, _ in self._texts]) if texts else None
        self._word = re.compile(rb"(?<![0-9A-Za-z])" + self._short + rb"[0-9a-f]*(?![0-9A-Za-z])")

    def find(self, piece: Piece) -> Iterator[str]:
        """Yield what of the answer's names this piece holds."""
        if piece.id and any(piece.id.startswith(name) for name in self._answer.blobs):
            yield "is a fixed file"
        if piece.id and piece.id == self._answer.fix and piece.kind == "commit":
            yield "is the fix"
        if piece.kind == "tree":
            yield from self._gitlinks(piece.content)
        else:
            yield from self._texts_in(piece)
        if piece.kind in {"file", "blob"} and self._answer.fixed_version:
            name = piece.where.rpartition("!")[2] or piece.where
            pin = pinned(name, piece.content, self._answer.projects, self._answer.fixed_version)
            if pin:
                yield f"pins {pin}; the fix is in {self._answer.fixed_version}"

    def _texts_in(self, piece: Piece) -> Iterator[str]:
        if self._machine is None:
            return
        found = self._machine.find_matches_as_indexes(compact(piece.content), overlapping=True)
        for which in sorted({one for one, _, _ in found}):
            text, said = self._texts[which]
            if text == self._subject and piece.kind not in MESSAGES:
                continue
            if text == self._short and not self._whole_word(piece.content):
                continue
            yield said

    def _whole_word(self, content: bytes) -> bool:
        """Does an abbreviation of the fix's id stand there as a word of its own?"""
        fix = self._answer.fix.encode()
        return any(fix.startswith(said[0]) for said in self._word.finditer(content))

    def _gitlinks(self, tree: bytes) -> Iterator[str]:
        """Find submodules at a commit that has the fix, in a tree as git stores it."""
        at = tree.find(GITLINK)
        size = len(next(iter(self._raw), b"")) or 20
        while at >= 0:
            end = tree.find(b"\0", at)
            name = self._raw.get(tree[end + 1 : end + 1 + size]) if end > 0 else None
            if name:
                yield f"has a submodule at {name[:LONG]}, which has the fix"
            at = tree.find(GITLINK, at + 1)
