"""What the instruments have in common that ask a model for text: the prompt, the reading, the null.

A prompt that is continued as it stands ends with what is to be continued. In a chat an instruction
goes before it, and the answer may repeat the prompt's end or come in a fence of backticks: that is
taken off. A refusal or an empty answer is an answer, and its score is that of the worst one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from assay.core.evidence import Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.subject import Prompting, Reply
from assay.probes.unstaked import Unstaked
from assay.text.pieces import led, pieces

__all__ = ["Asking", "problem", "prompt", "room", "words_of"]

TOKENS = 4
"""Tokens allowed for each word that is wanted; more in a chat, which begins with politeness."""
POLITE = 32
ECHO = 4
"""Words of the prompt's end that an answer must repeat for it to be taken for an echo."""
_FENCE = re.compile(r"\A\s*```[\w+-]*[ \t]*\n|\n?```\s*\Z")


class Asking(Unstaked):
    """What these instruments share: scores, no e-value of their own."""

    __slots__ = ()
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS | Need.GENERATE
    strongest_null: ClassVar[Null] = Null.MATCHED
    scope: ClassVar[Scope] = Scope.UNIT
    claim: ClassVar[str] = "the published text of the items was in the training data"
    topic: ClassVar[Topic] = Topic.SEEN


def prompt(how: Prompting, instruction: str, text: str) -> str:
    r"""Return what to send so that `text` is gone on with.

    Examples
    --------
    >>> prompt("raw", "Go on.", "Once upon"), prompt("chat", "Go on.", "Once upon")
    ('Once upon', 'Go on.\n\nOnce upon')
    """
    return text if how == "raw" else f"{instruction}\n\n{text}"


def room(words: int, how: Prompting) -> int:
    """Return how many tokens to allow for so many words."""
    return words * TOKENS + (POLITE if how == "chat" else 0)


def words_of(reply: Reply, how: Prompting, before: str) -> list[str]:
    r"""Return the words of an answer, without its fence and an echo of the prompt's end.

    Parameters
    ----------
    reply
        A refusal has no words.
    how
        Only in a chat is an answer wrapped: a text that is gone on with may repeat itself.
    before
        The text that was to be gone on with.

    Examples
    --------
    >>> reply = Reply(text="```python\nfor i in range(3): go()\n```")
    >>> words_of(reply, "chat", "if now:\n  for i in range(3):")
    ['go', '()']
    """
    if reply.ending == "refusal":
        return []
    if how == "raw":
        return [piece.word for piece in pieces(reply.text)]
    found = [piece.word for piece in pieces(_FENCE.sub("", reply.text))]
    end = [piece.word for piece in pieces(before[-4 * len(reply.text) - 80 :])]
    # The longest echo: an answer that repeats a whole line also repeats the end of that line.
    sizes = range(min(len(found), len(end)), ECHO - 1, -1)
    repeated = next((n for n in sizes if led(found, end[-n:]) == n), 0)
    return found[repeated:]


def problem(replies: Sequence[Reply]) -> str:
    """Why can these answers not be read? Empty when they can."""
    return next((reply.problem for reply in replies if reply.problem), "")
