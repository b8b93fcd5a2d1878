"""A loopback server in OpenAI's form that fails in every way that servers fail in.

Which request fails is decided by its prompt and a seed, not by the order in which requests arrive:
a run with ten requests in flight meets the same faults each time.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.servers.loopback import Answer, Asked
from tests.servers.openai_form import Front, problem, serving_front

from assay.core.subject import Model, Request

__all__ = ["FAULTS", "Faulty", "faulty"]

FAULTS = (
    "429 with Retry-After",
    "429",
    "500",
    "hang",
    "cut JSON",
    "empty choices",
    "empty text",
    "refusal",
    "cut answer",
    "no logprobs",
    "nonsense usage",
    "other name",
    "other fingerprint",
    "wavering",
)
SPARED = "The capital of France is"
"""How the test requests of an opening begin; they are answered well unless `spares` is off."""


@dataclass(kw_only=True)
class Faulty(Front):
    """What does a server say that fails now and then?

    Parameters
    ----------
    faults
        Share of prompts that meet each fault, 0 to 1; together at most 1.
    seed
        Another seed, other prompts.
    lasts
        How many attempts at a prompt fail before it is answered.
    after
        Answers that go well before the first fault.
    spares
        Whether the test requests of an opening go well.
    """

    faults: Mapping[str, float]
    seed: int = 0
    lasts: int = 1_000_000
    after: int = 0
    spares: bool = True
    attempts: Counter[str] = field(default_factory=Counter)
    """Attempts at each prompt."""
    met: Counter[str] = field(default_factory=Counter)
    """How often each fault was met."""

    def fault(self, prompt: str) -> str:
        """Which fault does this prompt meet? Empty for none."""
        drawn = hashlib.sha256(f"{self.seed}:{prompt}".encode("utf-8", "surrogatepass")).digest()
        place = int.from_bytes(drawn[:8]) / 2**64
        for name, share in self.faults.items():
            if place < share:
                return name
            place -= share
        return ""

    async def handle(self, asked: Asked) -> Answer:
        """Answer one HTTP request, or fail at it."""
        prompt = prompt_of(asked.body)
        whole = sum(self.attempts.values())
        self.attempts[prompt] += 1
        spared = self.spares and prompt.startswith(SPARED)
        fault = "" if spared or whole < self.after else self.fault(prompt)
        if not fault or self.attempts[prompt] > self.lasts:
            return await super().handle(asked)
        self.met[fault] += 1
        if fault in REFUSED:
            return REFUSED[fault]
        if fault == "hang":
            await asyncio.sleep(3600)  # whoever hangs up, or the end of the test, cancels it
        answer = await super().handle(asked)
        if fault == "cut JSON":
            return replace(answer, body=answer.encoded().partition(b"\r\n\r\n")[2][:-20])
        return replace(answer, body=self.spoiled(fault, answer.body, prompt))

    def completion(self, body: dict[str, Any]) -> Answer:
        """Answer /v1/completions, with a prompt's log-probabilities as vLLM writes them."""
        answer = super().completion(body)
        if answer.status == 200 and body.get("prompt_logprobs") is not None:
            found = self.ask(Request(kind="score", text=body["prompt"])).logprobs
            places = [{str(i): {"logprob": value}} for i, value in enumerate(found)]
            answer.body["choices"][0]["prompt_logprobs"] = [None, *places]
        return answer

    def spoiled(self, fault: str, body: dict[str, Any], prompt: str) -> dict[str, Any]:
        """Return a good answer with one thing wrong."""
        said = json.loads(json.dumps(body))
        (choice,) = said["choices"]
        if fault == "empty choices":
            said["choices"] = []
        elif fault == "nonsense usage":
            said["usage"] = NONSENSE[self.attempts.total() % len(NONSENSE)]
        elif fault == "other name":
            said["model"] = f"{self.name}-2"
        elif fault == "other fingerprint":
            said["system_fingerprint"] = f"{self.fingerprint}-2"
        elif fault == "no logprobs":
            choice.pop("prompt_logprobs", None)
        else:
            rewrite(choice, *self.rewritten(fault, text_of(choice), prompt))
        return dict(said)

    def rewritten(self, fault: str, text: str, prompt: str) -> tuple[str, str]:
        """Return another text, and how it ends."""
        if fault == "refusal":
            return "", "content_filter"
        if fault == "cut answer":
            return text[: len(text) // 2], "length"
        if fault == "wavering":
            return f"{text} {self.attempts[prompt]}.{self.attempts.total()}", "stop"
        return "", "stop"


def prompt_of(body: Mapping[str, Any]) -> str:
    """Return what is asked in a request of either form."""
    content = body["messages"][-1]["content"] if "messages" in body else body.get("prompt", "")
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def text_of(choice: Mapping[str, Any]) -> str:
    """Return what was answered, in either form."""
    return str(choice["message"]["content"] if "message" in choice else choice["text"])


def rewrite(choice: dict[str, Any], text: str, ending: str) -> None:
    """Put another answer in its place."""
    choice["finish_reason"] = ending
    if "message" in choice:
        choice["message"]["content"] = text
    else:
        choice["text"] = text


TOO_MANY = problem(429, "Rate limit reached", "rate_limit_exceeded")
REFUSED = {
    "429 with Retry-After": replace(TOO_MANY, headers={"retry-after": "1"}),
    "429": TOO_MANY,
    "500": problem(500, "The server had an error", "server_error"),
}
NONSENSE: tuple[object, ...] = (
    {"prompt_tokens": -5, "completion_tokens": -5, "total_tokens": -10},
    {"prompt_tokens": 10**12, "completion_tokens": 10**12, "total_tokens": 2 * 10**12},
    {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    None,
)


@contextmanager
def faulty(
    model: Model, faults: Mapping[str, float], **options: Any
) -> Iterator[tuple[str, Faulty]]:
    """Serve a model behind faults; gives the base URL, and the server to look at."""
    front = Faulty(model=model, faults=faults, **options)
    with serving_front(front) as url:
        yield url, front
