"""A model that is asked once for each request, however many examinations of a process ask it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from assay.core.subject import Model, Reply, Request

__all__ = ["remembering"]


class Remembering:
    """What did this model answer before?"""

    def __init__(self, inner: Model) -> None:
        self.inner = inner
        self.replies: dict[str, Reply] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer from memory; ask for the rest together."""
        asked = {r.digest: r for r in requests if r.digest not in self.replies}
        new = list(asked.values())
        for index, reply in self.inner.answer(new):
            self.replies[new[index].digest] = reply
        for index, request in enumerate(requests):
            reply = self.replies[request.digest]
            yield index, reply.model_copy(update={"batch": index, "closes": True})


def remembering(inner: Model) -> Model:
    """Return the model with a memory: for a reference that several runs have in common.

    Each answer is recorded by itself, since what was computed together is no longer known.

    Parameters
    ----------
    inner
        Asked for what is not known yet.

    Examples
    --------
    >>> from assay.core.subject import ask
    >>> from assay.models.scripted import ScriptedModel
    >>> model = remembering(ScriptedModel(name="scripted:clean"))
    >>> question = Request(kind="score", text="One text, asked twice.")
    >>> ask(model, [question]) == ask(model, [question, question])[:1]
    True
    """
    return cast("Model", Remembering(inner))
