"""Asking an item's question, in one fixed form without examples, and grading what comes."""

from __future__ import annotations

from collections.abc import Sequence

from assay.core.subject import Model, Reply, Request
from assay.probes.asking import prompt
from assay.probes.grading import Key, gives, key_of

__all__ = ["Question", "excerpt", "graded", "keys_of", "request"]

Question = tuple[str, str]
"""What is asked, and the answer that counts."""
INSTRUCTION = "Answer this question. Give the final answer alone on the last line, after 'Answer:'."


def request(model: Model, question: str, tokens: int) -> Request:
    """Ask one question: as it stands where the model goes on with a text, else as in a chat.

    A model that goes on with texts is given what stood before the answer in the published file,
    for that is where it would have learned the answer.
    """
    raw = model.prompting == "raw"
    text = prompt(model.prompting, INSTRUCTION, question if raw else question.strip())
    return Request(kind="generate", text=text, max_tokens=tokens)


def keys_of(questions: Sequence[Question]) -> list[Key] | str:
    """What counts as an answer to each question? A text says why one of them cannot be graded."""
    keys: list[Key] = []
    for question, answer in questions:
        key = key_of(question, answer)
        if isinstance(key, str):
            return key
        keys.append(key)
    return keys


def graded(model: Model, keys: Sequence[Key], replies: Sequence[Reply]) -> list[int]:
    """Return 1 for each right answer; a wrong or cut one, none and a refusal are 0."""
    pairs = zip(keys, replies, strict=True)
    return [int(gives(key, reply, model.prompting)) for key, reply in pairs]


def excerpt(reply: Reply) -> str:
    r"""Return what a report shows of a reply: its beginning, half characters replaced.

    Examples
    --------
    >>> excerpt(Reply(text="so \ud800"))
    'so ?'
    """
    return reply.text[:200].encode("utf-8", "replace").decode()
