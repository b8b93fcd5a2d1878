"""Models of Inspect behind loopback servers that answer well, or change their ways."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.servers.loopback import Answer
from tests.servers.openai_form import Front, serving_front

from assay.core.subject import Reply, Request
from assay.models.inspect import InspectModel
from assay.models.scripted import ScriptedModel

__all__ = ["CHAT", "HASTY", "KNOWN", "RAW", "Odd", "generate", "odd", "opened"]

CHAT, RAW = "openai-api/some/tiny", "openai-api-completions/some/tiny"
KNOWN = "the cat sat on the mat and was happy ever after"
HASTY = {"max_retries": "0", "provider.max_retries": "0"}
"""No retry by Inspect, none by the library below it."""


def generate(count: int, **options: Any) -> list[Request]:
    texts = [f"{KNOWN[:22]}{'.' * i}" for i in range(count)]
    return [Request(kind="generate", text=t, **({"max_tokens": 5} | options)) for t in texts]


class Odd(Front):
    """A server whose answers change from the `after`-th request for text on."""

    after: int
    changes: dict[str, Any]
    status: int

    def enveloped(
        self, kind: str, reply: Reply, body: dict[str, Any], choice: dict[str, Any]
    ) -> Answer:
        """Answer as ever, or with the changes."""
        answer = super().enveloped(kind, reply, body, choice)
        if len(self.asked) < self.after:
            return answer
        return Answer(status=self.status, body=answer.body | self.changes)


def odd(*, after: int = 3, status: int = 200, **changes: Any) -> Odd:
    front = Odd(model=ScriptedModel(knows=(KNOWN,)))
    front.after, front.status, front.changes = after, status, changes
    return front


@contextmanager
def opened(front: Front, provider: str = CHAT, **arguments: str) -> Iterator[InspectModel]:
    """A model behind this front, with one request at a time in flight."""
    said = {"connections": "1"} | HASTY | arguments
    with (
        serving_front(front) as url,
        closing(InspectModel(provider, {"base_url": url} | said)) as m,
    ):
        yield m
