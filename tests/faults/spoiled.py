"""A model whose server fails: what the adapter makes of each fault, without the server.

Faults fall on requests by a seed. Those that `leans` names fall oftener on one side: then somebody
between us and the model treats published items otherwise than the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assay.core.errors import ModelChanged, ModelError
from assay.core.subject import Ability, Prompting, Reply, Request
from assay.models.scripted import ScriptedModel

__all__ = ["FAULTS", "Spoiled"]

Pick = random.Random


def passing(reply: Reply, pick: Pick) -> Reply:
    """429, 500, a hang, half of a JSON text: no answer for the time being."""
    del reply, pick
    return Reply(problem="the server: no answer", transient=True)


def choiceless(reply: Reply, pick: Pick) -> Reply:
    """Empty choices: answered and billed, but nobody knows what."""
    del pick
    return Reply(problem="the server: no choice", tokens_in=reply.tokens_in)


def empty(reply: Reply, pick: Pick) -> Reply:
    """An empty text."""
    del pick
    return reply.model_copy(update={"text": "", "ending": "stop"})


def refused(reply: Reply, pick: Pick) -> Reply:
    """A refusal, or a filter that took the answer away."""
    del pick
    return reply.model_copy(update={"text": "", "ending": "refusal"})


def cut(reply: Reply, pick: Pick) -> Reply:
    """An answer that ends early."""
    length = pick.randrange(1 + len(reply.text))
    return reply.model_copy(update={"text": reply.text[:length], "ending": "length"})


def without_logprobs(reply: Reply, pick: Pick) -> Reply:
    """A server that leaves the log-probabilities out, now and then."""
    del pick
    if not reply.logprobs:
        return reply
    return Reply(problem="the server: without them", tokens_in=reply.tokens_in)


def miscounted(reply: Reply, pick: Pick) -> Reply:
    """A server that counts nonsense: a bound takes the place of its count."""
    return reply.model_copy(update={"tokens_in": pick.randrange(1, 200)})


def wavering(reply: Reply, pick: Pick) -> Reply:
    """Another answer each time at temperature 0."""
    text = " ".join(pick.sample(words := reply.text.split(), len(words)))
    noisy = tuple(min(0.0, value + pick.gauss(0, 0.5)) for value in reply.logprobs)
    return reply.model_copy(update={"text": text, "logprobs": noisy})


FAULTS: dict[str, Callable[[Reply, Pick], Reply]] = {
    "no answer for the time being": passing,
    "empty choices": choiceless,
    "empty text": empty,
    "refusal": refused,
    "cut answer": cut,
    "no logprobs": without_logprobs,
    "nonsense usage": miscounted,
    "wavering": wavering,
}


@dataclass(kw_only=True)
class Spoiled:
    """What does one hear of a model whose server fails?

    Parameters
    ----------
    inner
        Who would answer; its replies are kept, for it is asked the same in every run.
    fault
        One of `FAULTS`; empty for none.
    share
        Share of the requests that it falls on: those about controls, and those about suspects.
    seed
        Another seed, other requests.
    lasts
        Requests until the server is another model's ("renamed") or goes down ("down").
    """

    inner: ScriptedModel
    fault: str = ""
    share: tuple[float, float] = (0.3, 0.3)
    seed: int = 0
    lasts: int = 10**9
    ends: type[ModelError] = ModelChanged
    is_suspect: Callable[[str], bool] = field(default=lambda _: False)
    abilities: Ability = Ability.GENERATE | Ability.LOGPROBS
    known: dict[str, Reply] = field(default_factory=dict)
    name: str = "spoiled"
    context: int = 8192
    parameters: int = 0
    prompting: Prompting = "raw"
    remote: bool = False
    notes: tuple[str, ...] = ()
    asked: int = field(default=0, init=False)

    @property
    def digest(self) -> str:
        """SHA-256 of what determines the answers that are meant."""
        return self.inner.digest

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer one by one, as the fault has it."""
        for index, request in enumerate(requests):
            if self.asked >= self.lasts:
                raise self.ends("the server: not what it was")
            self.asked += 1
            pick = random.Random(f"{self.seed}:{request.digest}")  # noqa: S311 - repeatable
            reply = self._meant(request)
            if self.fault and pick.random() < self.share[self.is_suspect(request.text)]:
                reply = FAULTS[self.fault](reply, pick)
            yield index, reply.model_copy(update={"batch": index + 1, "closes": True})

    def _meant(self, request: Request) -> Reply:
        if request.digest not in self.known:
            ((_, reply),) = self.inner.answer([request])
            self.known[request.digest] = reply
        return self.known[request.digest]
