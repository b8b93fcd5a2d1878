"""An OpenAI-compatible server on loopback in front of any of our models."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.servers.loopback import Answer, Asked, listening

from assay.core.subject import Model, Reply, Request

__all__ = ["Front", "serving", "serving_front"]

REASONS = {"": "stop", "stop": "stop", "length": "length", "refusal": "content_filter"}


@dataclass(kw_only=True)
class Front:
    """What does a server say in OpenAI's form, when this model answers?

    Parameters
    ----------
    model
        Who answers; asked by one thread at a time.
    latency
        Seconds before each answer; requests wait side by side.
    name
        The model's name, as `served` in every answer.
    fingerprint
        `system_fingerprint` of every answer; none where empty.
    key
        The key that is accepted; any, where empty.
    """

    model: Model
    latency: float = 0.0
    name: str = "tiny"
    fingerprint: str = "fp_tiny"
    key: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of all requests for text, in order of arrival."""
    keeps: bool = True
    """Whether `asked` is kept; switched off where memory is measured."""
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    async def handle(self, asked: Asked) -> Answer:
        """Answer one HTTP request."""
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            return problem(401, "Incorrect API key provided", "invalid_api_key")
        if asked.path.endswith("/models"):
            return Answer(body={"object": "list", "data": [{"id": self.name, "object": "model"}]})
        makers = {"/v1/chat/completions": self.chat, "/v1/completions": self.completion}
        if asked.path not in makers:
            return problem(404, f"no such path: {asked.path}", "not_found")
        if asked.body.get("model") != self.name:
            return problem(404, f"no model {asked.body.get('model')!r}", "model_not_found")
        if self.keeps:
            self.asked.append(asked.body)
        await asyncio.sleep(self.latency)
        return await asyncio.get_running_loop().run_in_executor(
            self.thread, makers[asked.path], asked.body
        )

    def chat(self, body: dict[str, Any]) -> Answer:
        """Answer /v1/chat/completions: what the user said last is the prompt."""
        content = body["messages"][-1]["content"]
        prompt = content if isinstance(content, str) else "".join(p["text"] for p in content)
        reply = self.written(prompt, body)
        message = {"role": "assistant", "content": reply.text}
        return self.enveloped("chat.completion", reply, body, {"index": 0, "message": message})

    def completion(self, body: dict[str, Any]) -> Answer:
        """Answer /v1/completions: the prompt is continued as it stands."""
        reply = self.written(body["prompt"], body)
        choice = {"index": 0, "text": reply.text, "logprobs": None}
        return self.enveloped("text_completion", reply, body, choice)

    def written(self, prompt: str, body: dict[str, Any]) -> Reply:
        """Have the model write."""
        request = Request(
            kind="generate",
            text=prompt,
            max_tokens=limit(body),
            temperature=body.get("temperature") or 0.0,
            seed=body.get("seed") or 0,
        )
        return self.ask(request)

    def ask(self, request: Request) -> Reply:
        """Ask the model one thing."""
        ((_, reply),) = self.model.answer([request])
        return reply

    def enveloped(
        self, kind: str, reply: Reply, body: dict[str, Any], choice: dict[str, Any]
    ) -> Answer:
        """Put what the model said into the common form."""
        if reply.problem:
            return problem(400, reply.problem, "invalid_request_error")
        full = not reply.ending and reply.tokens_out >= limit(body)
        said = {
            "id": "cmpl-1",
            "object": kind,
            "created": 1,
            "model": self.name,
            "choices": [choice | {"finish_reason": "length" if full else REASONS[reply.ending]}],
            "usage": {
                "prompt_tokens": reply.tokens_in,
                "completion_tokens": reply.tokens_out,
                "total_tokens": reply.tokens_in + reply.tokens_out,
            },
        }
        return Answer(
            body=said | ({"system_fingerprint": self.fingerprint} if self.fingerprint else {})
        )


def limit(body: dict[str, Any]) -> int:
    """How many tokens may be written?"""
    return int(body.get("max_completion_tokens") or body.get("max_tokens") or 16)


def problem(status: int, message: str, code: str) -> Answer:
    """Return an error in OpenAI's form."""
    said = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return Answer(status=status, body={"error": said})


@contextmanager
def serving_front(front: Front) -> Iterator[str]:
    """Serve this front; gives the base URL, which ends in /v1."""
    with front.thread, listening(front.handle) as url:
        yield f"{url}/v1"


@contextmanager
def serving(model: Model, *, latency: float = 0.0, name: str = "tiny") -> Iterator[str]:
    """Serve a model; gives the base URL, which ends in /v1.

    Examples
    --------
    >>> from assay.models.scripted import ScriptedModel
    >>> with serving(ScriptedModel()) as url:
    ...     url.startswith("http://127.0.0.1:")
    True
    """
    with serving_front(Front(model=model, latency=latency, name=name)) as url:
        yield url
